"""Names and values of a table, in wide form (agents by tasks) or long form (one line for each agent and task)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from raymenu.instances.errors import InputError
from raymenu.instances.tables.grid import Cell, Grid, is_blank
from raymenu.instances.tables.numbers import Decimal, numbers, reads_as_number
from raymenu.instances.text import plain_name, quoted, same_name, unprintable

AGENT_WORDS = {"agent", "agents", "name", "respondent"}
TASK_WORDS = {"task", "tasks"}


@dataclass(frozen=True)
class Table:
    """Numbers by name of row and column.

    Attributes
    ----------
    frame
        Rows and columns carry unique names; NaN where a number is missing.
    place
        What messages call the table.
    notes
        What was found out about it and might be wrong.
    """

    frame: pd.DataFrame
    place: str
    notes: tuple[str, ...] = field(default=())

    @property
    def rows(self) -> list[str]:
        """Names of the rows."""
        return list(self.frame.index)

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return list(self.frame.columns)

    @property
    def told(self) -> str:
        """The notes, to be put behind what the table is."""
        return "".join(f"; {note}" for note in self.notes)

    def fault(self, problem: str, row: str | None = None, column: str | None = None) -> InputError:
        """An error about a row, a column or a cell of this table."""
        parts = [f"{kind} {quoted(name)}" for kind, name in (("row", row), ("column", column)) if name is not None]
        return InputError(problem, field=", ".join(parts) or None, source=self.place)

    def with_frame(self, frame: pd.DataFrame, *notes: str) -> Table:
        """The table with other numbers, and more to say of it."""
        return Table(frame, self.place, (*self.notes, *notes))

    def taken(self, column: str) -> tuple[Table, pd.Series]:
        """The table without one column, and that column.

        Raises
        ------
        InputError
            Where there is no such column.
        """
        found = [name for name in self.columns if same_name(name, column)]
        if not found:
            told = ", ".join(quoted(name) for name in self.columns[:12])
            raise self.fault(f"there is no column {quoted(column)}: name one of {told}")
        return self.with_frame(self.frame.drop(columns=found)), self.frame[found[0]]


def table_of(grid: Grid, role: str, words: set[str] | None = None, decimal: Decimal | None = None) -> Table:
    """A grid as a table.

    Parameters
    ----------
    role
        What its numbers are: "performance", "status quo", ...
    words
        Names of the column that holds them, should the table be in long form with several columns of numbers.
    decimal
        The decimal mark; by default found out.

    Raises
    ------
    InputError
        Naming row, column and mend.
    """
    try:
        header = [_name(cell) for cell in grid.cells[0]]
        body = grid.cells[1:]
        long = _long_columns(header, body, {role, *(words or ())})
        table = _from_long(grid, header, long, decimal) if long else _from_wide(grid, header, decimal)
    except InputError as fault:
        raise fault.within(grid.place) from None
    return table


def grid_of_frame(frame: Any, place: str) -> Grid:
    """The cells of a data frame, with names from its index, or from its first column.

    Raises
    ------
    InputError
        Where it is no data frame.
    """
    if isinstance(frame, pd.Series):
        frame = frame.to_frame()
    if not isinstance(frame, pd.DataFrame):
        raise InputError(f"a pandas DataFrame is needed, {quoted(frame)} given", field=place)
    if isinstance(frame.columns, pd.MultiIndex):
        raise InputError("columns of several levels: give one name a column", field=place)
    named = isinstance(frame.index, pd.MultiIndex) or not isinstance(frame.index, pd.RangeIndex)
    if not named and frame.shape[1] and all(reads_as_number(_cell(value)) for value in frame.iloc[:, 0].tolist()):
        named = True  # numbered rows, and numbers from the first column on
    frame = frame.reset_index(names=_index_names(frame)) if named else frame
    cells: list[list[Cell]] = [[_name(name) for name in frame.columns.tolist()]]
    cells += [[_cell(value) for value in row] for row in frame.astype(object).to_numpy().tolist()]
    return Grid(cells, place, list(range(len(cells)))).trimmed()


def _index_names(frame: pd.DataFrame) -> list[str]:
    levels = list(frame.index.names)
    return [str(name) if name is not None else ("agent", "task", "level")[min(n, 2)] for n, name in enumerate(levels)]


def _cell(value: Any) -> Cell:
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    return value.item() if isinstance(value, np.generic) else value


def _name(cell: Cell) -> str:
    if is_blank(cell):
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))  # spreadsheets keep every number as a float
    return plain_name(str(cell))


def _long_columns(header: list[str], body: list[list[Cell]], words: set[str]) -> tuple[int, int, int] | None:
    """The columns of agents, tasks and numbers, where the table is in long form."""
    lower = [name.casefold().replace("_", " ") for name in header]
    agents = next((n for n, name in enumerate(lower) if name in AGENT_WORDS), 0)
    tasks = next((n for n, name in enumerate(lower) if name in TASK_WORDS), None)
    said = tasks is not None
    if tasks is None:
        tasks = 1
        texts = [row[tasks] for row in body if not is_blank(row[tasks])]
        if len(header) < 3 or agents != 0 or not texts or any(reads_as_number(cell) for cell in texts):
            return None
    if agents == tasks:
        return None
    left = [n for n in range(len(header)) if n not in (agents, tasks)]
    wanted = [n for n in left if lower[n] in {word.casefold() for word in words}] or left
    if len(wanted) != 1:
        if not said:
            return None
        told = " or ".join(quoted(header[n]) for n in left[:6]) or "no column"
        raise InputError(f"{told} may hold the numbers: name the column that does {quoted(min(words))}")
    return agents, tasks, wanted[0]


def _from_wide(grid: Grid, header: list[str], decimal: Decimal | None) -> Table:
    columns = _column_names(header[1:], [[row[n] for row in grid.cells[1:]] for n in range(1, len(header))])
    names: list[str] = []
    for row, line in zip(grid.cells[1:], grid.lines[1:]):
        names.append(_checked_name(_name(row[0]), f"line {line}", "row"))
    _refuse_twice("row", names, grid.lines[1:])
    placed = [
        (f"row {quoted(name)}, column {quoted(column)}", cell)
        for name, row in zip(names, grid.cells[1:])
        for column, cell in zip(columns, row[1:])
    ]
    values = np.array(numbers(placed, grid.separator, decimal)).reshape(len(names), len(columns))
    return Table(pd.DataFrame(values, index=names, columns=columns), grid.place, grid.notes)


def _from_long(grid: Grid, header: list[str], long: tuple[int, int, int], decimal: Decimal | None) -> Table:
    agent, task, value = long
    placed, pairs = [], []
    for row, line in zip(grid.cells[1:], grid.lines[1:]):
        pair = (
            _checked_name(_name(row[agent]), f"line {line}, column {quoted(header[agent])}", "agent"),
            _checked_name(_name(row[task]), f"line {line}, column {quoted(header[task])}", "task"),
        )
        pairs.append(pair)
        placed.append(
            (f"line {line} ({quoted(pair[0])}, {quoted(pair[1])}), column {quoted(header[value])}", row[value])
        )
    rows, columns = list(dict.fromkeys(a for a, _ in pairs)), list(dict.fromkeys(t for _, t in pairs))
    _refuse_twice("agent", rows, None)
    _refuse_twice("task", columns, None)
    frame = pd.DataFrame(np.nan, index=rows, columns=columns)
    first: dict[tuple[str, str], int] = {}
    for pair, line, number in zip(pairs, grid.lines[1:], numbers(placed, grid.separator, decimal)):
        if pair in first:
            raise InputError(
                f"agent {quoted(pair[0])} and task {quoted(pair[1])} are given in line {first[pair]} already: keep one",
                field=f"line {line}",
            )
        first[pair] = line
        frame.loc[pair] = number
    note = f"in long form: a line for each agent and task, numbers in column {quoted(header[value])}"
    return Table(frame, grid.place, (*grid.notes, note))


def _column_names(header: list[str], columns: list[list[Cell]]) -> list[str]:
    kept = []
    for n, (name, cells) in enumerate(zip(header, columns)):
        if not name and all(is_blank(cell) for cell in cells):
            raise InputError(f"column {n + 2} is blank, with others after it: remove it")
        kept.append(_checked_name(name, f"column {n + 2}", "column"))
    _refuse_twice("column", kept, None)
    return kept


def _checked_name(name: str, at: str, kind: str) -> str:
    if not name:
        raise InputError(f"the {kind} has no name: write one, or remove the {kind}", field=at)
    mark = unprintable(name)
    if mark is not None:
        raise InputError(f"the name {quoted(name)} holds the character U+{ord(mark):04X}: write it anew", field=at)
    return name


def _refuse_twice(kind: str, names: list[str], lines: list[int] | None) -> None:
    seen: dict[str, int] = {}
    for n, name in enumerate(names):
        known = seen.setdefault(name.casefold(), n)
        if known != n:
            where = "" if lines is None else f" (lines {lines[known]} and {lines[n]})"
            spelt = "" if names[known] == name else f", as {quoted(names[known])} too"
            raise InputError(
                f"is given twice{where}{spelt}: keep one, or make names different", field=f"{kind} {quoted(name)}"
            )
