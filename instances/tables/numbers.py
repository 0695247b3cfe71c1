"""Numbers as people write them: decimal comma or point, thousands separated, in per cent."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from math import isfinite, isnan
from typing import Literal

from raymenu.instances.errors import InputError
from raymenu.instances.tables.grid import Cell, PerCent, is_blank
from raymenu.instances.text import quoted

Decimal = Literal["point", "comma"]
Placed = tuple[str, Cell]
"""A cell with its address in words."""
MARKS: dict[Decimal, str] = {"point": ".", "comma": ","}
NOT_GIVEN = {"-", "–", "—", "na", "n/a", "#n/a", "nan", "null", "none", "."}
"""What stands for a missing number, in lower case."""
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009]+")


@cache
def _pattern(decimal: Decimal) -> re.Pattern[str]:
    mark, other = (r"\.", ",") if decimal == "point" else (",", r"\.")
    grouped = rf"[1-9]\d{{0,2}}(?P<group>[ '{other}])\d{{3}}(?:(?P=group)\d{{3}})*"
    return re.compile(rf"[+-]?(?:(?:{grouped}|\d+)(?:{mark}\d*)?|{mark}\d+)(?:e[+-]?\d{{1,4}})?(?P<percent> ?%)?")


def read_number(text: str, decimal: Decimal) -> float | None:
    """A number as written with this decimal mark; None where the text is none.

    Thousands may be separated by the other mark, blanks or apostrophes; 12,5% is 0.125.

    Examples
    --------
    >>> read_number("1.234,5", "comma"), read_number("1 234", "point"), read_number("12.3 %", "point")
    (1234.5, 1234.0, 0.123)
    >>> read_number("1,2,3", "comma") is None
    True
    """
    plain = _plain(text)
    found = _pattern(decimal).fullmatch(plain)
    if found is None:
        return None
    digits = plain.rstrip("% ")
    if found["group"]:
        digits = digits.replace(found["group"], "")
    digits = digits.replace(MARKS[decimal], ".")
    if found["percent"]:
        mantissa, _, exponent = digits.partition("e")
        digits = f"{mantissa}e{int(exponent or 0) - 2}"  # dividing by 100 would not give the nearest float
    return float(digits)


def reads_as_number(cell: Cell) -> bool:
    """Whether a cell is a number, or text that can be read as one."""
    if isinstance(cell, str):
        return any(read_number(cell, decimal) is not None for decimal in MARKS)
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def is_missing(cell: Cell) -> bool:
    """Whether a cell stands for a number that is not there.

    Examples
    --------
    >>> is_missing("n/a"), is_missing(None), is_missing("0")
    (True, True, False)
    """
    return is_blank(cell) or (isinstance(cell, str) and _plain(cell) in NOT_GIVEN)


def decide_decimal(cells: Iterable[Placed], separator: str | None) -> Decimal:
    """The decimal mark of a whole table: the only one under which every number can be read.

    Parameters
    ----------
    cells
        All its numbers with their addresses.
    separator
        What separates the columns. Where commas do and nothing else decides, they are no decimal marks too.

    Raises
    ------
    InputError
        Where a cell is no number, two contradict each other, or nothing decides.

    Examples
    --------
    >>> decide_decimal([("here", "1.234"), ("there", "0,5")], ";")
    'comma'
    """
    marked = [(at, cell) for at, cell in cells if isinstance(cell, str) and ("." in cell or "," in cell)]
    read = {decimal: [(at, cell, read_number(cell, decimal)) for at, cell in marked] for decimal in MARKS}
    failing = {d: next(((at, cell) for at, cell, value in read[d] if value is None), None) for d in MARKS}
    readable = [decimal for decimal in MARKS if failing[decimal] is None]
    if len(readable) == 1:
        return readable[0]
    if not readable:
        for (at, cell, point), (_, _, comma) in zip(read["point"], read["comma"]):
            if point is None and comma is None:
                raise not_a_number(at, cell)
        (at, comma_cell), (other, point_cell) = failing["point"] or ("", ""), failing["comma"] or ("", "")
        raise InputError(
            f"{quoted(comma_cell)} has a decimal comma, but {quoted(point_cell)} in {other} a decimal point: write "
            "all numbers of a table alike",
            field=at,
        )
    for (at, cell, point), (_, _, comma) in zip(read["point"], read["comma"]):
        if point != comma and separator != ",":
            raise InputError(
                f"{quoted(cell)} may be {point:g} or {comma:g}, and no other number of the table decides: write "
                f"{quoted(f'{min(point or 0, comma or 0):.4f}')} or {quoted(f'{max(point or 0, comma or 0):.0f}')}, or "
                "say --decimal point (or comma)",
                field=at,
            )
    return "point"


def numbers(cells: list[Placed], separator: str | None, decimal: Decimal | None = None) -> list[float]:
    """All numbers of a table, NaN where one is missing.

    Parameters
    ----------
    decimal
        The mark, where it is known; by default found out.

    Raises
    ------
    InputError
        Naming the cell and the mend.
    """
    decimal = decimal or decide_decimal(cells, separator)
    values = [_value(at, cell, decimal) for at, cell in cells]
    _check_percent(cells, values)
    return values


def not_a_number(at: str, cell: Cell) -> InputError:
    """What is said of a cell that should be a number."""
    if hasattr(cell, "isoformat"):
        problem = f"{cell} is a date: spreadsheet programs make dates of numbers such as 1.5; write the number again"
    elif isinstance(cell, str) and cell.startswith("#"):
        problem = f"{quoted(cell)} is what a spreadsheet program says of a formula that fails: mend the formula"
    else:
        problem = (
            f"{quoted(cell)} is not a number: write one, or leave out the row or column if it is no part of the table"
        )
    return InputError(problem, field=at)


def _value(at: str, cell: Cell, decimal: Decimal) -> float:
    if is_missing(cell):
        return float("nan")
    if isinstance(cell, str):
        value = read_number(cell, decimal)
    elif isinstance(cell, bool) or not isinstance(cell, int | float):
        value = None
    else:
        value = float(cell) if abs(cell) < 1e300 else float("inf")
    if value is None:
        raise not_a_number(at, cell)
    if not isfinite(value):
        raise InputError(f"{quoted(cell)} is too large: choose larger units", field=at)
    return value


def _check_percent(cells: list[Placed], values: list[float]) -> None:
    """Per cent in some cells and not in others: 5 beside 5% is one of the two."""
    marked = [isinstance(cell, PerCent) or (isinstance(cell, str) and "%" in cell) for _, cell in cells]
    if not any(marked):
        return
    for (at, cell), value, percent in zip(cells, values, marked):
        if not percent and not isnan(value) and value != 0:
            raise InputError(
                f"{quoted(cell)} has no per cent sign and other numbers of the table have one: write all in per cent, "
                "or none",
                field=at,
            )


def _plain(text: str) -> str:
    plain = _SPACES.sub(" ", text.strip().strip("\u00a0\u202f\ufeff")).lower()
    return plain.replace("−", "-").replace("’", "'").removeprefix("'")
