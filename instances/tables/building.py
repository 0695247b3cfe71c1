"""An instance from tables, with everything that was assumed on the way said in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import fsum
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from raymenu.instances.errors import InputError
from raymenu.instances.instance import Instance, make_instance
from raymenu.instances.schema import CLEARING_TOLERANCE
from raymenu.instances.tables.costs import ReadPreferences
from raymenu.instances.tables.matching import TOTALS, matched, refuse_gaps
from raymenu.instances.tables.shape import Table
from raymenu.instances.text import plain_name, quoted

Floats = NDArray[np.float64]
Meaning = Literal["cost", "score"]
DIGITS = 12
"""Significant digits kept of sums and differences: 1 - 0.93 is 0.07."""


@dataclass(frozen=True)
class BuiltInstance:
    """An instance, and what was read and assumed, a line each."""

    instance: Instance
    notes: tuple[str, ...]


def as_costs(performance: Table, meaning: Meaning) -> tuple[Table, str]:
    """Performance as social cost, and how it was made so.

    The design depends only on differences between agents at one task, so what scores are subtracted from does not
    matter to it; it does matter to percentages of a total cost, hence the words.

    Raises
    ------
    InputError
        Where ``meaning`` is neither "cost" nor "score".
    """
    if meaning == "cost":
        return performance, "performance is a cost: less is better"
    if meaning != "score":
        raise InputError(
            f"{quoted(meaning)} given: say cost (less is better) or score (more is better)", field="performance_is"
        )
    scores = performance.frame
    top = 1.0 if scores.min().min() >= 0 and scores.max().max() <= 1 else float(scores.max().max())
    said = (
        "performance is a score, more is better: cost = 1 - score, as all scores are between 0 and 1"
        if top == 1.0
        else f"performance is a score, more is better: cost = {top:.12g} - score, {top:.12g} being the best score given"
    )
    scale = max(abs(top), float(scores.abs().max().max()))
    return performance.with_frame((top - scores).map(lambda cost: _trimmed(cost, scale))), said


def build(
    performance: Table,
    status_quo: Table,
    *,
    said: list[str],
    preferences: ReadPreferences,
    copies: pd.Series | None = None,
    slack: pd.Series | None = None,
    counts: pd.Series | None = None,
    name: str,
    source: str,
) -> BuiltInstance:
    """Put an instance together from tables that are matched already; ``performance`` holds costs.

    Raises
    ------
    InputError
        Naming table, row and column.
    """
    held = status_quo.frame.to_numpy()
    _check_status_quo(status_quo, held)
    multiple = _copies(copies, status_quo)
    sums = [float(f"{fsum(multiple * held[:, i]):.{DIGITS}g}") for i in range(held.shape[1])]
    _check_counts(counts, sums, status_quo)
    counted = "" if copies is None else ", copies counted"
    told = ", ".join(f"{quoted(task)} {n:,.10g}" for task, n in zip(status_quo.columns, sums))
    notes = [f"counts of tasks are the column sums of the status quo{counted}: {told}"]
    try:
        inst = make_instance(
            name,
            source,
            counts=sums,
            performance=performance.frame.to_numpy(),
            status_quo=held,
            preferences=preferences.preferences,
            tasks=performance.columns,
            agents=performance.rows,
            copies=None if copies is None else [int(n) for n in multiple],
            slack=None if slack is None else [float(value) for value in slack],
        )
    except InputError as fault:
        raise fault.within(performance.place) from None
    notes += [*said, preferences.source]
    return BuiltInstance(inst, tuple(notes))


def extremes(performance: Table, shown: Table) -> list[str]:
    """For each task who does it best and worst, in the numbers given, so that a wrong sign is seen at once.

    Parameters
    ----------
    performance
        Costs.
    shown
        The same as it was given.
    """
    lines = []
    for task in performance.columns:
        costs = performance.frame[task]
        best, worst = costs.idxmin(), costs.idxmax()
        if costs[best] == costs[worst]:
            lines.append(f"at {quoted(task)} all are alike: {shown.frame.loc[best, task]:.6g}")
        else:
            first, last = shown.frame.loc[best, task], shown.frame.loc[worst, task]
            lines.append(f"best at {quoted(task)}: {best}, {first:.6g}; worst: {worst}, {last:.6g}")
    return lines


def per_agent(values: Any, table: Table, what: str) -> pd.Series | None:
    """Numbers by agent, in the table's order: from one number for all, a mapping or a Series by name.

    Raises
    ------
    InputError
        Where they come by position, or a name is missing.
    """
    return _by_name(values, table.rows, what, "agent", table.place)


def per_task(values: Any, table: Table, what: str) -> pd.Series | None:
    """Numbers by task, in the table's order, as ``per_agent``."""
    return _by_name(values, table.columns, what, "task", table.place)


def _by_name(values: Any, names: list[str], what: str, kind: str, place: str) -> pd.Series | None:
    if values is None:
        return None
    if isinstance(values, int | float) and not isinstance(values, bool):
        return pd.Series(float(values), index=names)
    if not isinstance(values, pd.Series | Mapping):
        raise InputError(
            f"a number for all, or numbers by name of the {kind} (a dict or a Series), are needed", field=what
        )
    given = pd.Series({str(key): value for key, value in dict(values).items()})
    table = Table(pd.DataFrame({what: given}), what)
    named = matched(table, Table(pd.DataFrame(index=names), place), ("row",))
    try:
        return named.frame[what].astype(float)
    except (TypeError, ValueError) as fault:
        raise InputError(f"numbers are needed ({fault})", field=what) from None


def _check_status_quo(table: Table, held: Floats) -> None:
    refuse_gaps(table, "write a number, 0 where the agent does none")
    for j, i in zip(*(held < 0).nonzero()):
        raise table.fault(
            f"{held[j, i]:g} is below 0: write how many tasks the agent does", table.rows[j], table.columns[i]
        )
    for i, task in enumerate(table.columns):
        if not held[:, i].any():
            raise table.fault("nobody does any: remove the task from both tables", column=task)
    for j, agent in enumerate(table.rows):
        others = np.delete(held, j, axis=0).sum(axis=0)
        if plain_name(agent).casefold() in TOTALS and np.allclose(held[j], others):
            raise table.fault("is the sum of the other rows, no agent: remove it from both tables", agent)


def _copies(copies: pd.Series | None, table: Table) -> Floats:
    if copies is None:
        return np.ones(len(table.rows))
    for agent, value in zip(table.rows, copies):
        if not (value >= 1 and float(value).is_integer()):
            raise table.fault(f"{value:g} copies: write a whole number, at least 1", agent)
    found: Floats = copies.to_numpy(dtype=np.float64)
    return found


def _check_counts(counts: pd.Series | None, sums: list[float], table: Table) -> None:
    if counts is None:
        return
    faults = [
        table.fault(
            f"the column sums to {total:.12g} (copies counted), counts says {wanted:.12g}: make them equal", None, task
        )
        for task, total, wanted in zip(table.columns, sums, counts)
        if not abs(total - wanted) <= CLEARING_TOLERANCE * abs(wanted)
    ]
    if faults:
        raise InputError.of_all(faults)


def _trimmed(value: float, scale: float) -> float:
    """Without the digits that a difference of decimals leaves behind in binary."""
    if value == 0 or scale == 0:
        return 0.0
    digits = DIGITS + int(np.floor(np.log10(abs(value) / scale)))
    return float(f"{value:.{max(digits, 1)}g}") + 0.0
