"""From grids, whatever they were read from, to an instance: the one way for files and data frames."""

from __future__ import annotations

from typing import Any

import pandas as pd

from raymenu.instances.errors import InputError
from raymenu.instances.tables.building import BuiltInstance, Meaning, as_costs, build, extremes, per_agent, per_task
from raymenu.instances.tables.costs import Incomplete, ReadPreferences, one_box, preferences_of
from raymenu.instances.tables.grid import Grid
from raymenu.instances.tables.matching import matched, refuse_gaps
from raymenu.instances.tables.numbers import Decimal
from raymenu.instances.tables.shape import Table, grid_of_frame, table_of
from raymenu.instances.tables.shrinkage import shrunk
from raymenu.instances.text import quoted

PERFORMANCE_WORDS = {"performance", "cost", "score", "rate"}
STATUS_QUO_WORDS = {"status quo", "count", "number"}
CASES_WORDS = {"cases", "n"}
DEFAULT_BOX = (0.5, 2.0)


def from_frames(
    performance: Any,
    status_quo: Any,
    performance_is: Meaning = "cost",
    preferences: Any = DEFAULT_BOX,
    counts: Any = None,
    copies: Any = None,
    slack: Any = None,
    name: str = "mine",
    source: str = "",
) -> BuiltInstance:
    """See ``raymenu.Instance.from_frames``."""
    box = preferences if isinstance(preferences, tuple | list) else grid_of_frame(preferences, "preferences")
    return assemble(
        grid_of_frame(performance, "performance"),
        grid_of_frame(status_quo, "status_quo"),
        performance_is,
        box,
        counts=counts,
        copies=copies,
        slack=slack,
        name=name,
        source=source or "Made by raymenu.Instance.from_frames.",
    )


def assemble(
    performance: Grid,
    status_quo: Grid,
    performance_is: Meaning,
    preferences: tuple[float, float] | list[float] | Grid,
    *,
    incomplete: Incomplete = "refuse",
    counts: Any = None,
    copies: Any = None,
    slack: Any = None,
    cases: Grid | None = None,
    shrink: str | None = None,
    decimal: Decimal | None = None,
    name: str,
    source: str,
) -> BuiltInstance:
    """Read the grids, match them by name, and build the instance.

    Raises
    ------
    InputError
        Naming table, row, column and mend.
    """
    given = table_of(performance, "performance", PERFORMANCE_WORDS, decimal)
    held = table_of(status_quo, "status quo", STATUS_QUO_WORDS, decimal)
    multiple: pd.Series | None
    if isinstance(copies, str):
        given, held, multiple = _copies_column(given, held, copies)
    else:
        multiple = per_agent(copies, given, "copies")
    if len(given.columns) < 2:
        raise given.fault("holds one task only, and there is nothing to exchange it for: give at least two")
    refuse_gaps(given, "write the agent's performance at the task; who has none yet needs an estimate")
    held = matched(held, given)
    notes = [f"{given.place}: {len(given.rows)} agents, {len(given.columns)} tasks{given.told}"]
    if held.place != given.place:
        notes.append(f"{held.place}: the status quo{held.told}")
    rates, shrunk_by = given, list[str]()
    if shrink is not None:
        rates, shrunk_by = _shrunk(given, held, cases, shrink, decimal)
    elif cases is not None:
        raise InputError("numbers of cases are for shrinking noisy rates: add --shrink auto, or leave out --cases")
    social, said = as_costs(rates, performance_is)
    drawn = _preferences(preferences, given, incomplete, decimal)
    built = build(
        social,
        held,
        said=[*shrunk_by, said, *extremes(social, rates), *drawn.notes],
        preferences=drawn,
        copies=multiple,
        slack=per_agent(slack, given, "slack"),
        counts=per_task(counts, given, "counts"),
        name=name,
        source=" ".join([source, *(f"{_sentence(line)}." for line in (*shrunk_by, said)), drawn.source]),
    )
    return BuiltInstance(built.instance, (*notes, *built.notes))


def _preferences(
    given: tuple[float, float] | list[float] | Grid, performance: Table, incomplete: Incomplete, decimal: Decimal | None
) -> ReadPreferences:
    if isinstance(given, Grid):
        return preferences_of(given, performance, incomplete, decimal)
    if len(given) != 2:
        raise InputError("two numbers, the least and the greatest cost, are needed", field="preferences")
    return one_box(given[0], given[1], performance)


def _shrunk(
    rates: Table, held: Table, cases: Grid | None, shrink: str, decimal: Decimal | None
) -> tuple[Table, list[str]]:
    try:
        weight = None if shrink == "auto" else float(shrink)
    except ValueError:
        raise InputError(f"{quoted(shrink)} given: say auto, or a weight in cases such as 10", field="shrink") from None
    if cases is None:
        number, note = held, "numbers of cases are those of the status quo"
    else:
        number, note = (
            matched(table_of(cases, "cases", CASES_WORDS, decimal), rates),
            f"numbers of cases from {cases.place}",
        )
        refuse_gaps(number, "write the number of cases the rate comes from, 0 where there were none")
    made, said = shrunk(rates, number, weight)
    return made, [f"{'; '.join(said)} ({note})"]


def _copies_column(given: Table, held: Table, column: str) -> tuple[Table, Table, pd.Series]:
    """Either table may have the column, and both if they agree."""
    found, faults = [], []
    for n, table in enumerate((given, held)):
        try:
            rest, values = table.taken(column)
        except InputError as fault:
            faults.append(fault)
            continue
        given, held = (rest, held) if n == 0 else (given, rest)
        found.append(matched(Table(values.to_frame(), table.place), given, ("row",)).frame[values.name])
    if not found:
        raise InputError(faults[0].problem, field="copies", source=faults[0].source)
    if len(found) == 2 and not (found[0] == found[1]).all():
        agent = (found[0] == found[1]).idxmin()
        raise held.fault(f"other copies than in {given.place}: make them equal", str(agent), column)
    return given, held, found[0]


def _sentence(line: str) -> str:
    return line[:1].upper() + line[1:]
