"""Preferences from tables: a box for all agents, a box an agent, or costs that people stated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from raymenu.instances.errors import InputError
from raymenu.instances.preferences import FinitePreferences, Preferences, UniformPreferences
from raymenu.instances.tables.grid import Grid
from raymenu.instances.tables.matching import matched
from raymenu.instances.tables.numbers import Decimal
from raymenu.instances.tables.shape import Table, table_of
from raymenu.instances.text import quoted, same_name

Incomplete = Literal["refuse", "drop", "fill"]
"""What becomes of respondents who left a cost blank or stated 0."""
ENDS = ("lower", "upper")
ASSUMED = "Preferences are an ASSUMPTION, not data: "


@dataclass(frozen=True)
class ReadPreferences:
    """One distribution of costs an agent, and in words what was read or assumed."""

    preferences: list[Preferences]
    source: str
    notes: tuple[str, ...] = ()


def one_box(low: float, high: float, performance: Table) -> ReadPreferences:
    """Independent uniform costs on [low, high] for every agent and task.

    Raises
    ------
    InputError
        Where 0 < low <= high does not hold.
    """
    low, high = float(low), float(high)
    if not (0 < low <= high < float("inf")):
        raise InputError(
            f"{low:g}..{high:g} is no range of costs: write such as 0.5..2, the lower end above 0", field="preferences"
        )
    size = len(performance.columns)
    box = UniformPreferences(lower=(low,) * size, upper=(high,) * size)
    source = f"{ASSUMED}private costs independent and uniform on [{low:g}, {high:g}] for each task."
    return ReadPreferences([box] * len(performance.rows), source)


def preferences_of(
    grid: Grid, performance: Table, incomplete: Incomplete = "refuse", decimal: Decimal | None = None
) -> ReadPreferences:
    """Boxes where the table has columns "lower" and "upper", else stated costs, respondents by tasks.

    Raises
    ------
    InputError
        Naming row, column and mend.
    """
    header = [str(cell) for cell in grid.cells[0] if cell is not None]
    if all(any(same_name(name, end) for name in header) for end in ENDS):
        return _boxes(grid, performance, decimal)
    return _stated(table_of(grid, "cost", decimal=decimal), performance, incomplete)


def _boxes(grid: Grid, performance: Table, decimal: Decimal | None) -> ReadPreferences:
    tables = [table_of(grid, end, decimal=decimal) for end in ENDS]
    notes = (f"{grid.place}: a range of costs for each agent{tables[0].told}",)
    if all(any(same_name(column, end) for column in tables[0].columns) for end in ENDS):  # one box for all tasks
        rows = matched(tables[0], performance, ("row",))
        ends = [np.repeat(rows.taken(end)[1].to_numpy()[:, None], len(performance.columns), axis=1) for end in ENDS]
    else:
        ends = [matched(table, performance).frame.to_numpy() for table in tables]
    made = []
    for j, agent in enumerate(performance.rows):
        for i, task in enumerate(performance.columns):
            low, high = float(ends[0][j, i]), float(ends[1][j, i])
            if not 0 < low <= high:
                raise InputError(
                    f"costs from {low:g} to {high:g}: both ends are needed, the lower above 0 and no higher than the "
                    "upper",
                    field=f"agent {quoted(agent)}, task {quoted(task)}",
                    source=grid.place,
                )
        made.append(UniformPreferences(lower=tuple(ends[0][j].tolist()), upper=tuple(ends[1][j].tolist())))
    source = f"{ASSUMED}private costs independent and uniform, each agent's on its own range."
    return ReadPreferences(list(made), source, notes)


def _stated(table: Table, performance: Table, incomplete: Incomplete) -> ReadPreferences:
    table = matched(table, performance, ("column",))
    frame = table.frame
    costs: NDArray[np.float64] = frame.to_numpy()
    useless: NDArray[np.bool_] = np.logical_not(costs > 0)
    said = ""
    if useless.any() and incomplete == "refuse":
        raise _useless_cells(table, costs, useless)
    if useless.any() and incomplete == "drop":
        left_out: NDArray[np.bool_] = np.any(useless, axis=1)
        if left_out.all():
            raise table.fault("every respondent left a cost blank or stated 0: no one is left")
        costs = costs[~left_out]
        told = ", ".join(quoted(name) for name, out in zip(table.rows, left_out) if out)
        said = f"left out for blanks or costs of 0: respondents {told}; {len(costs)} of {len(left_out)} are kept"
    elif useless.any():
        costs, said = _filled(table, costs)
    source = (
        f"Preferences: the costs {len(costs)} respondents stated, each as likely as the others, for every agent alike."
    )
    notes = [f"{table.place}: costs that respondents stated{table.told}"]
    if said:
        notes.append(f"{table.place}: {said}")
        source += f" {said[:1].upper()}{said[1:]}."
    shared = FinitePreferences(costs=tuple(map(tuple, costs.tolist())))
    return ReadPreferences([shared] * len(performance.rows), source, tuple(notes))


def _useless_cells(table: Table, costs: NDArray[np.float64], useless: NDArray[np.bool_]) -> InputError:
    faults = []
    for s, i in zip(*useless.nonzero()):
        what = (
            "is empty" if np.isnan(costs[s, i]) else f"{costs[s, i]:g} is no cost that can be used, it must be above 0"
        )
        mend = "write a number above 0, or say --incomplete drop (leaves the respondent out) or fill"
        faults.append(table.fault(f"{what}: {mend}", table.rows[s], table.columns[i]))
    return InputError.of_all(faults)


def _filled(table: Table, costs: NDArray[np.float64]) -> tuple[NDArray[np.float64], str]:
    """Blanks become the task's median over the other respondents, zeros the least cost above 0 stated for it."""
    filled = costs.copy()
    for i, task in enumerate(table.columns):
        stated = costs[:, i][costs[:, i] > 0]
        if stated.size == 0:
            raise table.fault("nobody stated a cost above 0: nothing to fill it from", column=task)
        if (costs[:, i] < 0).any():
            s = int(np.argmax(costs[:, i] < 0))
            raise table.fault(f"{costs[s, i]:g} is no cost: write a number above 0", table.rows[s], task)
        filled[np.isnan(costs[:, i]), i] = np.median(stated)
        filled[costs[:, i] == 0, i] = stated.min()
    blanks, zeros = int(np.isnan(costs).sum()), int((costs == 0).sum())
    return filled, (
        f"{blanks} blank cells were filled with the median of the task's stated costs, {zeros} zeros with the least "
        "cost above 0 stated for the task"
    )
