"""A table as its file has it: cells in rows, with where each came from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, time
from math import isnan

from raymenu.instances.errors import InputError

Cell = str | float | int | bool | date | time | None
"""Text, a number, or what a spreadsheet holds besides; None is a blank."""


class PerCent(float):
    """A number that a spreadsheet shows in per cent: 0.12, shown as 12%."""


@dataclass(frozen=True)
class Grid:
    """Cells of a table, one list a row, all rows equally long.

    Attributes
    ----------
    cells
        The first row is the header.
    place
        What messages call the table: its file, or the argument.
    lines
        The line of the file each row came from.
    separator
        What separates columns in a text file; None for spreadsheets and data frames.
    notes
        What was found out about the file and might be wrong.
    """

    cells: list[list[Cell]]
    place: str
    lines: list[int]
    separator: str | None = None
    notes: tuple[str, ...] = ()

    def trimmed(self) -> Grid:
        """Without blank rows, blank columns at the end, and lines of a title above the header.

        Raises
        ------
        InputError
            Where no table is left.
        """
        filled = [n for n, row in enumerate(self.cells) if any(not is_blank(cell) for cell in row)]
        width = max((last_filled(self.cells[n]) for n in filled), default=-1) + 1
        notes = list(self.notes)
        if width > 1:
            while filled and last_filled(self.cells[filled[0]]) == 0:
                title = self.cells[filled[0]][0]
                notes.append(f"line {self.lines[filled[0]]} ({title}) is taken as a title")
                filled = filled[1:]
        if len(filled) < 2 or width < 2:
            raise InputError(
                "no table is in it: write names of tasks in the first line, and below it a line an agent with the "
                "agent's name first, columns separated by comma, semicolon or tab",
                source=self.place,
            )
        cells = [(self.cells[n] + [None] * width)[:width] for n in filled]
        return replace(self, cells=cells, lines=[self.lines[n] for n in filled], notes=tuple(notes))


def is_blank(cell: Cell) -> bool:
    """Whether a cell holds nothing but blanks."""
    return cell is None or (isinstance(cell, str) and not cell.strip()) or (isinstance(cell, float) and isnan(cell))


def last_filled(row: list[Cell]) -> int:
    """The number of the last cell that is not blank, -1 where all are."""
    return max((n for n, cell in enumerate(row) if not is_blank(cell)), default=-1)
