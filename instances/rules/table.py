"""Rules from a table: one row a rule, the fields as columns, lists separated by semicolons."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from raymenu.instances.errors import InputError
from raymenu.instances.rules.rule import Rule
from raymenu.instances.tables.numbers import MARKS, read_number
from raymenu.instances.tables.reading import read_grid
from raymenu.instances.text import quoted

_YES, _NO = ("yes", "true", "1", "x"), ("no", "false", "0", "")


def read_rules(path: str | Path, folder: Path | None = None) -> list[Rule]:
    """The rules of a CSV or XLSX file, with a header of the fields of ``Rule``.

    ``agents`` and ``tasks`` hold names separated by semicolons (or "all"); ``groups`` such lists separated by bars;
    ``terms`` holds ``agent;task;coefficient`` separated by bars; ``each`` and ``times`` yes or no. A name that holds a
    semicolon or a bar stands in double quotes. Empty cells are left out. ``folder`` is where a relative path starts.

    Raises
    ------
    InputError
        One line that names the file, the line, the field and the mend.
    """
    grid = read_grid(path, folder)
    fields = ["" if cell is None else str(cell).strip() for cell in grid.cells[0]]
    records = [(line, dict(zip(fields, row))) for line, row in zip(grid.lines[1:], grid.cells[1:])]
    try:
        return rules_from_records(records)
    except InputError as fault:
        raise fault.within(str(path)) from None


def rules_from_records(records: Iterable[tuple[int, Mapping[str, Any]]]) -> list[Rule]:
    """Rules from the rows of a table: pairs of a line's number, for messages, and cells by column.

    Examples
    --------
    >>> row = {"kind": "equal", "name": "even", "groups": "Lee; Moe | Poe", "within": "2,5", "agents": ""}
    >>> rules_from_records([(2, row)])[0].groups
    (('Lee', 'Moe'), ('Poe',))
    """
    made = []
    for number, cells in records:
        given = {field.strip(): _text(cell) for field, cell in cells.items() if _text(cell)}
        try:
            made.append(Rule(**{field: _value(field, text) for field, text in given.items()}))
        except InputError as fault:
            raise InputError(fault.problem, field=f"line {number}: {fault.field}") from None
    return made


def _text(cell: Any) -> str:
    missing = cell is None or (isinstance(cell, float) and math.isnan(cell))
    return "" if missing else str(cell).strip()


def _value(field: str, text: str) -> Any:
    if field in ("agents", "tasks"):
        return "all" if text == "all" else _split(text, ";")
    if field == "groups":
        return [_split(part, ";") for part in _split(text, "|", strip_quotes=False)]
    if field == "terms":
        return [_term(part) for part in _split(text, "|", strip_quotes=False)]
    if field in ("each", "times"):
        if text.lower() not in _YES + _NO:
            raise InputError(f"{quoted(text)} is neither yes nor no", field=field)
        return text.lower() in _YES
    if field in ("at_most", "at_least", "within"):
        return _number(text, field)
    return text


def _term(text: str) -> tuple[str, str, float]:
    parts = _split(text, ";")
    if len(parts) != 3:
        raise InputError(f"{quoted(text)} is not agent;task;coefficient", field="terms")
    return parts[0], parts[1], _number(parts[2], "terms")


def _number(text: str, field: str) -> float:
    found = {value for decimal in MARKS if (value := read_number(text, decimal)) is not None}
    if not found:
        raise InputError(f"{quoted(text)} is not a number", field=field)
    if len(found) == 2:
        low, high = sorted(found)
        raise InputError(f"{quoted(text)} may be {low:g} or {high:g}: leave thousands together", field=field)
    return found.pop()


def _split(text: str, separator: str, strip_quotes: bool = True) -> list[str]:
    """Parts between separators outside double quotes."""
    parts, quoted, part = [], False, ""
    for character in text:
        quoted ^= character == '"'
        if character == separator and not quoted:
            parts.append(part)
            part = ""
        else:
            part += character
    cleaned = [piece.strip() for piece in (*parts, part)]
    if strip_quotes:
        cleaned = [p[1:-1].replace('""', '"') if len(p) > 1 and p[0] == p[-1] == '"' else p for p in cleaned]
    return [piece for piece in cleaned if piece]
