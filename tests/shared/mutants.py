"""Files as they go wrong: documents, tables and bytes changed at random places, drawn by hypothesis."""

import csv
import io
import json
import math
import zipfile
from copy import deepcopy
from datetime import datetime, time

import openpyxl
from hypothesis import strategies as st

ENDLESS = "\ue000"
"""Stands for a number of 5,000 digits, which Python would not write."""
NUMBERS = [0, -1, 1, 1.5, 1e155, 1e308, 5e-324, -1e-320, 2**70, math.nan, math.inf, -math.inf, ENDLESS]
TEXTS = [
    "",
    " ",
    "1",
    "0,5",
    "x" * 3000,
    "a\0b",
    "\x1b[31mred",
    "\ud800",
    "Größe [b] $1–$2",
    "\u202eabc",
    "NaN",
    "=1+1",
]
OTHERS = [None, True, False, [], {}, [[]], [1, "a"], {"a": 1}, [0] * 300]
WILD_VALUES = [*NUMBERS, *TEXTS, *OTHERS]
WILD_CELLS = [
    *[
        "",
        " ",
        "NA",
        "-",
        "0",
        "1",
        "-5",
        "1.234",
        "1,234",
        "1.234,5",
        "1,234.5",
        "12%",
        "12,5 %",
        "1e999",
        "inf",
        "nan",
    ],
    *[
        "#DIV/0!",
        "=1+1",
        "x" * 3000,
        "9" * 5000,
        "ü",
        "\0",
        "\x1b[31m",
        '"',
        'a"b',
        ";",
        ",",
        "\t",
        "\n",
        "1e5",
        "−3",
        "TRUE",
    ],
    *["Total", "agent", "task", "lower", "upper", "K", "A", "Z"],
]


def _places(data, found, depth=0):
    """Every (container, key) in a document, but for the bottom of what is nested deep."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items if depth < 20 else ():
        found.append((data, key))
        _places(value, found, depth + 1)
    return found


def _deep(levels):
    nested = []
    for _ in range(levels):
        nested = [nested]
    return nested


@st.composite
def documents(draw, whole):
    """The bytes of a JSON document with one to four faults."""
    data = json.loads(json.dumps(whole))
    for _ in range(draw(st.integers(1, 4))):
        places = _places(data, [])
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        deed = draw(st.sampled_from(["drop", "wild", "wild", "wild", "double", "wrap", "rename", "other", "deep"]))
        if deed == "drop":
            del holder[key]
        elif deed == "wild":
            holder[key] = deepcopy(draw(st.sampled_from(WILD_VALUES)))
        elif deed == "double" and isinstance(holder, list):
            holder.insert(key, holder[key])
        elif deed == "wrap":
            holder[key] = [holder[key]]
        elif deed == "rename" and isinstance(holder, dict):
            holder[str(draw(st.sampled_from(TEXTS)))] = holder.pop(key)
        elif deed == "other":
            other, name = draw(st.sampled_from(places))
            if name in other if isinstance(other, dict) else name < len(other):
                holder[key] = json.loads(json.dumps(other[name]))
        elif deed == "deep":
            holder[key] = _deep(draw(st.sampled_from([5, 200, 900])))
    text = json.dumps(data, ensure_ascii=draw(st.booleans())).replace(json.dumps(ENDLESS), "9" * 5000)
    text = text.replace(json.dumps(ENDLESS, ensure_ascii=False), "9" * 5000)
    return draw(spoilt_bytes(draw(encoded(text))))


@st.composite
def encoded(draw, text):
    """Text as bytes, mostly in UTF-8."""
    codec = draw(st.sampled_from(["utf-8"] * 5 + ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "latin-1"]))
    return text.encode(
        codec, errors=draw(st.sampled_from(["replace", "surrogatepass"])) if "utf" in codec else "replace"
    )


@st.composite
def spoilt_bytes(draw, data):
    """Mostly the bytes as they are; else cut, doubled, overwritten, or with brackets without end."""
    deed = draw(st.sampled_from(["keep"] * 6 + ["cut", "flip", "insert", "brackets", "twice", "nothing"]))
    at = draw(st.integers(0, 10**6)) % max(len(data), 1)  # workbooks differ in length by the time of day
    if deed == "cut":
        return data[:at]
    if deed == "flip":
        return data[:at] + bytes([draw(st.integers(0, 255))]) + data[at + 1 :]
    if deed == "insert":
        return data[:at] + draw(st.binary(min_size=1, max_size=20)) + data[at:]
    if deed == "brackets":
        return data[:at] + draw(st.sampled_from([b"[", b'{"a":', b'"'])) * 100_000 + data[at:]
    if deed == "twice":
        return data + data
    return b"" if deed == "nothing" else data


@st.composite
def cells(draw, table, wild=tuple(WILD_CELLS)):
    """A table, a list of rows, with one to four faults."""
    rows = [list(row) for row in table]
    for _ in range(draw(st.integers(1, 4))):
        if not rows:
            break
        r = draw(st.integers(0, len(rows) - 1))
        c = draw(st.integers(0, max(len(rows[r]) - 1, 0)))
        deed = draw(
            st.sampled_from(["wild"] * 4 + ["drop row", "double row", "drop column", "double column", "swap", "blank"])
        )
        if deed == "wild" and rows[r]:
            rows[r][c] = draw(st.sampled_from(wild))
        elif deed == "drop row":
            del rows[r]
        elif deed == "double row":
            rows.insert(r, list(rows[r]))
        elif deed == "drop column":
            rows = [row[:c] + row[c + 1 :] for row in rows]
        elif deed == "double column":
            rows = [row[: c + 1] + row[c:] for row in rows]
        elif deed == "swap":
            rows[0], rows[r] = rows[r], rows[0]
        elif deed == "blank":
            rows.insert(r, [])
    return rows


@st.composite
def csv_files(draw, table):
    """The bytes of a CSV file with faults in cells, separators, encoding and bytes; sometimes large."""
    text = io.StringIO()
    separator = draw(st.sampled_from([",", ",", ";", "\t", "|", "/"]))
    made = csv.writer(text, delimiter=separator, lineterminator=draw(st.sampled_from(["\n", "\r\n", "\r"])))
    rows = draw(cells(table))
    made.writerows(rows * draw(st.sampled_from([1] * 30 + [3000])))
    return draw(spoilt_bytes(draw(encoded(text.getvalue()))))


@st.composite
def xlsx_files(draw, table):
    """The bytes of a workbook with faults in cells, in the archive and in its parts."""
    wild = (
        None,
        True,
        1e300,
        -1,
        0,
        10**20,
        "1,5",
        "12%",
        "=1/0",
        "#REF!",
        datetime(2024, 5, 1),
        time(1, 2),
        "x" * 3000,
        "ü",
    )
    book = openpyxl.Workbook()
    for row in draw(cells(table, wild)):
        book.active.append(
            [float(cell) if isinstance(cell, str) and cell.replace(".", "").isdigit() else cell for cell in row]
        )
    stream = io.BytesIO()
    book.save(stream)
    data = stream.getvalue()
    if draw(st.integers(0, 3)) == 0:
        return draw(spoilt_bytes(data))
    if draw(st.booleans()):
        return data
    packed, again = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    names = packed.namelist()
    victim = draw(st.sampled_from(names))
    with zipfile.ZipFile(again, "w") as out:
        for name in names:
            content = packed.read(name)
            if name == victim:
                if draw(st.booleans()):
                    continue
                content = draw(spoilt_bytes(content))
            out.writestr(name, content)
    return again.getvalue()
