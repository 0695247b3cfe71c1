"""Two tables brought together by the names of their rows and columns, never by position."""

from __future__ import annotations

import difflib
from typing import Literal

import pandas as pd

from raymenu.instances.errors import InputError
from raymenu.instances.tables.shape import Table
from raymenu.instances.text import plain_name, quoted

Axis = Literal["row", "column"]
TOTALS = {"total", "totals", "sum", "summe", "gesamt", "somme", "totale", "suma", "all"}


def matched(table: Table, to: Table, axes: tuple[Axis, ...] = ("row", "column")) -> Table:
    """The table with its rows and columns in the order, and under the names, of another.

    Names that differ in case are the same, which a note tells. A table turned on its side is turned back, which a note
    tells too.

    Raises
    ------
    InputError
        Naming every row and column that is missing or too many, with the mend.
    """
    turned = table.with_frame(table.frame.T, f"{table.place}: rows and columns are exchanged")
    if len(axes) == 2 and _mismatches(table, to, axes) and not _mismatches(turned, to, axes):
        table = turned
    faults = _mismatches(table, to, axes)
    if faults:
        raise InputError.of_all(faults).within(table.place)
    frame, notes = table.frame, []
    for axis in axes:
        given, wanted = _names(table, axis), _names(to, axis)
        spelt = {_key(name): name for name in given}
        for name in wanted:
            if spelt[_key(name)] != name:
                notes.append(f"{table.place}: {axis} {quoted(spelt[_key(name)])} is {quoted(name)} of {to.place}")
        order = [spelt[_key(name)] for name in wanted]
        frame = frame.loc[order] if axis == "row" else frame[order]
        frame = frame.set_axis(wanted, axis=0 if axis == "row" else 1)
    return table.with_frame(frame, *notes)


def _mismatches(table: Table, to: Table, axes: tuple[Axis, ...]) -> list[InputError]:
    faults = []
    for axis in axes:
        given, wanted = _names(table, axis), _names(to, axis)
        given_keys, wanted_keys = {_key(name) for name in given}, {_key(name) for name in wanted}
        missing = [name for name in wanted if _key(name) not in given_keys]
        surplus = [name for name in given if _key(name) not in wanted_keys]
        for name in surplus:
            near = _nearest(name, missing)
            if near is not None:
                missing.remove(near)
                mend = f"{to.place} has {quoted(near)}: write the name alike in both"
            elif _key(name) in TOTALS:
                mend = f"is not in {to.place} and seems to hold totals: remove it"
            else:
                mend = f"is not in {to.place}: add it there, or remove it here"
            faults.append(InputError(mend, field=f"{axis} {quoted(name)}"))
        faults += [
            InputError(f"is missing, {to.place} has it: add it", field=f"{axis} {quoted(name)}") for name in missing
        ]
    return faults


def _nearest(name: str, candidates: list[str]) -> str | None:
    keys = {_key(candidate): candidate for candidate in candidates[:1000]}
    near = difflib.get_close_matches(_key(name)[:200], list(keys), n=1, cutoff=0.8)
    return keys[near[0]] if near else None


def _names(table: Table, axis: Axis) -> list[str]:
    return table.rows if axis == "row" else table.columns


def _key(name: str) -> str:
    return plain_name(name).casefold()


def refuse_gaps(table: Table, mend: str) -> None:
    """Refuse missing numbers, naming every cell.

    Raises
    ------
    InputError
        With the first of them, and the others after it.
    """
    gaps = [(row, column) for row, column in _cells(table.frame.isna())]
    if gaps:
        raise InputError.of_all([table.fault(f"is empty: {mend}", row, column) for row, column in gaps])


def _cells(mask: pd.DataFrame) -> list[tuple[str, str]]:
    rows, columns = mask.to_numpy().nonzero()
    return [(mask.index[r], mask.columns[c]) for r, c in zip(rows, columns)]
