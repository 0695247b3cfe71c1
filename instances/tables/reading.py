"""A table from a file: encoding and separator found out, and said."""

from __future__ import annotations

import codecs
import csv
import io
from itertools import islice
from pathlib import Path

from raymenu.instances.errors import InputError
from raymenu.instances.tables.grid import Cell, Grid, last_filled
from raymenu.instances.text import quoted

LARGEST_FILE = 20_000_000
"""Bytes; ten thousand agents with twenty tasks need a tenth of it."""
SEPARATORS = {";": "semicolons", "\t": "tabs", ",": "commas", "|": "bars"}
ROWS_LOOKED_AT = 200
SPREADSHEETS = (".xlsx", ".xlsm")
UNREAD = (".xls", ".ods", ".numbers", ".pdf", ".docx", ".json", ".parquet", ".sav", ".dta", ".rds")
_MARKS = {
    codecs.BOM_UTF8: ("utf-8-sig", "UTF-8"),
    codecs.BOM_UTF32_LE: ("utf-32", "UTF-32"),
    codecs.BOM_UTF32_BE: ("utf-32", "UTF-32"),
    codecs.BOM_UTF16_LE: ("utf-16", "UTF-16"),
    codecs.BOM_UTF16_BE: ("utf-16", "UTF-16"),
}
"""Byte order marks, the longer before those they begin with."""


def read_grid(path: str | Path, folder: Path | None = None) -> Grid:
    """The cells of a CSV or XLSX file.

    Parameters
    ----------
    path
        A text file with columns separated by comma, semicolon or tab; or ``book.xlsx``, ``book.xlsx#sheet``.
    folder
        Where a relative path starts; messages call the file by ``path`` alone.

    Raises
    ------
    InputError
        Naming the file and, where there is one, the line.
    """
    text, place = str(path), folder or Path()
    file, _, sheet = text.partition("#") if "#" in text and not (place / text).exists() else (text, "", "")
    suffix = Path(file).suffix.lower()
    data = _bytes(place / file, file)
    if suffix in SPREADSHEETS or data[:4] == b"PK\x03\x04":
        from raymenu.instances.tables.spreadsheets import read_spreadsheet

        return read_spreadsheet(data, file, sheet or None).trimmed()
    if suffix in UNREAD or data[:4] in (b"\xd0\xcf\x11\xe0", b"%PDF"):
        raise InputError("is no CSV or XLSX file: save the table as one", source=file)
    if sheet:
        raise InputError(f"a text file has no sheet {quoted(sheet)}: leave out #{sheet}", source=file)
    content, notes = _decoded(data, file)
    return _split(content, file, notes).trimmed()


def _bytes(path: Path, file: str) -> bytes:
    try:
        if path.is_file() and path.stat().st_size > LARGEST_FILE:
            raise InputError(
                f"holds {path.stat().st_size / 1e6:.0f} MB, tables of up to {LARGEST_FILE / 1e6:.0f} MB are read: "
                "leave out what is no part of the table",
                source=file,
            )
        with path.open("rb") as stream:
            data = stream.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise InputError("no such file: check the path", source=file) from None
    except IsADirectoryError:
        raise InputError("is a folder: name a file in it", source=file) from None
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or fault
        raise InputError(f"cannot be read ({reason}): check the path", source=file) from None
    if not data.strip(b"\0 \t\r\n"):
        raise InputError("the file is empty: write a table into it", source=file)
    return data


def _decoded(data: bytes, file: str) -> tuple[str, list[str]]:
    for mark, (codec, name) in _MARKS.items():
        if data.startswith(mark):
            return _strictly(data, codec, file), [] if name == "UTF-8" else [f"read as {name}"]
    zeros = data[:2000].count(0)
    if zeros * 3 > len(data[:2000]):  # plain letters in two bytes each
        codec = "utf-16-le" if data[1] == 0 else "utf-16-be"
        return _strictly(data, codec, file), ["read as UTF-16, without a byte order mark"]
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError:
        note = "not UTF-8, read as Windows-1252 (cp1252): look whether names with accents or umlauts are right"
        return _strictly(data, "cp1252", file), [note]


def _strictly(data: bytes, codec: str, file: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as fault:
        raise InputError(f"is no text in {codec} (byte {fault.start}): save it as CSV in UTF-8", source=file) from None


def _split(text: str, file: str, notes: list[str]) -> Grid:
    # Spreadsheet programs write the separator into a first line such as "sep=;".
    first, _, rest = text.partition("\n")
    told = first.strip().lower()
    if told.startswith("sep=") and len(told) <= 5:
        separator, text, skipped = told[4:] or "\t", rest, 1
    else:
        separator, skipped = _separator(text), 0
    rows: list[list[Cell]] = []
    lines: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    try:
        for row in reader:
            rows.append([cell.strip() for cell in row])
            lines.append(reader.line_num + skipped)
    except csv.Error as fault:
        raise InputError(f"line {reader.line_num + skipped}: {fault}: mend it there", source=file) from None
    _check_widths(rows, lines, separator, file)
    return Grid(rows, file, lines, separator, (*notes, f"columns separated by {SEPARATORS.get(separator, separator)}"))


def _separator(text: str) -> str:
    """The separator under which most rows are as wide as the header, and the widest among equals."""
    best, best_score = ",", (0.0, 0)
    start = list(islice(io.StringIO(text, newline=""), ROWS_LOOKED_AT))
    for separator in SEPARATORS:
        try:
            rows = list(csv.reader(start, delimiter=separator, skipinitialspace=True))
        except csv.Error:
            continue
        widths = [last_filled(list(row)) + 1 for row in rows]
        told = [width for width in widths if width > 1]
        if not told:
            continue
        # Rows that end in blanks are short, titles stand alone: how many are as wide as the first wide one counts.
        score = (sum(width == told[0] for width in told) / sum(width > 0 for width in widths), told[0])
        if score > best_score:
            best, best_score = separator, score
    return best


def _check_widths(rows: list[list[Cell]], lines: list[int], separator: str, file: str) -> None:
    widths = [last_filled(row) + 1 for row in rows]
    header = next((width for width in widths if width > 1), 0)
    for width, line in zip(widths, lines):
        if width > header > 1:
            mend = ": put numbers with a decimal comma in quotes" if separator == "," else ""
            raise InputError(
                f"line {line} has {width} cells, the header {header}; {SEPARATORS.get(separator, separator)} separate "
                f"the columns{mend or ': leave out the cells too many, or name their columns'}",
                source=file,
            )
