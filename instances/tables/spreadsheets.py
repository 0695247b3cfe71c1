"""A table from an XLSX workbook."""

from __future__ import annotations

import io
import warnings
import zipfile
from typing import Any

from raymenu.instances.errors import InputError
from raymenu.instances.tables.grid import Cell, Grid, PerCent, is_blank
from raymenu.instances.text import quoted

LARGEST_UNPACKED = 100_000_000
MOST_CELLS = 5_000_000


def read_spreadsheet(data: bytes, file: str, sheet: str | None) -> Grid:
    """The cells of one sheet: the one named, else the first that holds anything.

    Raises
    ------
    InputError
        Naming the file and, where there is one, the cell.
    """
    values, formulas = _workbook(data, file, data_only=True), _workbook(data, file, data_only=False)
    names = [name for name in values.sheetnames if hasattr(values[name], "iter_rows")]
    if sheet is not None and sheet not in names:
        told = ", ".join(quoted(name) for name in names[:10])
        raise InputError(f"has no sheet {quoted(sheet)}: name one of {told}", source=file)
    grids = {name: _cells(values[name], file) for name in ([sheet] if sheet is not None else names)}
    chosen = sheet or next((name for name, cells in grids.items() if _filled(cells)), None)
    if chosen is None:
        raise InputError("its sheets are empty: write a table into one", source=file)
    _check_formulas(grids[chosen], _cells(formulas[chosen], file), file)
    others = [name for name, cells in grids.items() if name != chosen and _filled(cells)]
    note = f"read from sheet {quoted(chosen)}"
    if others:
        note += f"; for another write {file}#{others[0]}"
    cells = grids[chosen]
    return Grid(cells, file, list(range(1, len(cells) + 1)), notes=(note,))


def _workbook(data: bytes, file: str, *, data_only: bool) -> Any:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(part.file_size for part in packed.infolist()) > LARGEST_UNPACKED:
                raise InputError("is too large to be a table: save the table alone as CSV", source=file)
        import openpyxl

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions that hold no data
            return openpyxl.load_workbook(io.BytesIO(data), data_only=data_only, read_only=True)
    except InputError:
        raise
    except Exception as fault:  # noqa: BLE001  a spoilt workbook raises whatever its part happens to raise
        raise _spoilt(file, fault) from None


def _cells(sheet: Any, file: str) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    count = 0
    try:
        sheet.reset_dimensions()  # what a file claims of its size need not be so
        for row in sheet.iter_rows():
            cells = [_cell(cell) for cell in row]
            count += len(cells) + 1
            if count > MOST_CELLS:
                raise InputError("is too large to be a table: save the table alone as CSV", source=file)
            rows.append(cells)
    except InputError:
        raise
    except Exception as fault:  # noqa: BLE001  as above, met while reading on
        raise _spoilt(file, fault) from None
    while rows and all(is_blank(cell) for cell in rows[-1]):
        rows.pop()
    return rows


def _cell(cell: Any) -> Cell:
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool) and "%" in (cell.number_format or ""):
        return PerCent(value)
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if hasattr(value, "isoformat"):
        return value
    return str(value)


def _check_formulas(values: list[list[Cell]], formulas: list[list[Cell]], file: str) -> None:
    from openpyxl.utils import get_column_letter

    for r, (row, shown) in enumerate(zip(formulas, values)):
        for c, (formula, value) in enumerate(zip(row, shown)):
            if value is None and isinstance(formula, str) and formula.startswith("="):
                raise InputError(
                    "holds a formula whose result is not stored: open the file in a spreadsheet program and save it",
                    field=f"cell {get_column_letter(c + 1)}{r + 1}",
                    source=file,
                )


def _filled(cells: list[list[Cell]]) -> bool:
    return any(not is_blank(cell) for row in cells for cell in row)


def _spoilt(file: str, fault: Exception) -> InputError:
    return InputError(f"is no readable XLSX file ({type(fault).__name__}): save it again, or as CSV", source=file)
