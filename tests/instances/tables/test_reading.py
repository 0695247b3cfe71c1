"""CSV and XLSX as people have them: every way to write one table gives the same instance."""

import io
import itertools
from datetime import date

import numpy as np
import openpyxl
import pandas as pd
import pytest

from raymenu import InputError, Instance
from raymenu.instances.tables.recipe import TableRecipe

AGENTS = ["Dr Lee [A]", "Dr Müller", "Dr $1–$2"]
TASKS = ["hip, left", "knee"]
RATES = [[0.041, 0.125], [0.5, 0.02], [0.0, 1.25]]
TODAY = [[1234, 20], [15, 2500.5], [1000000, 7]]


def text(cells, separator=",", decimal=".", thousands="", quote='"'):
    def shown(value):
        if isinstance(value, str):
            return value
        whole, _, rest = f"{value:.12g}".partition(".")
        if thousands and len(whole) > 3:
            whole = f"{int(whole):,}".replace(",", thousands)
        return whole + (decimal + rest if rest else "")

    def cell(value):
        written = shown(value)
        return quote + written + quote if separator in written or '"' in written else written

    return "".join(separator.join(map(cell, row)) + "\n" for row in cells)


def wide(values, corner="agent"):
    return [[corner, *TASKS], *([agent, *row] for agent, row in zip(AGENTS, values))]


def long(values, head):
    return [
        ["agent", "task", head],
        *([a, t, values[j][i]] for (j, a), (i, t) in itertools.product(enumerate(AGENTS), enumerate(TASKS))),
    ]


def put(place, name, content, encoding="utf-8"):
    path = place / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def made(place, performance, status_quo, **options):
    return TableRecipe(str(performance), "cost", str(status_quo), **options).build()


def holds(built):
    inst = built.instance
    assert inst.agents == AGENTS and inst.tasks == TASKS
    assert np.array_equal(inst.performance, RATES) and np.array_equal(inst.status_quo, TODAY)
    assert inst.counts.tolist() == [1001249, 2527.5]
    return built


WAYS = {
    "plain": {},
    "semicolons, decimal commas, thousands": {"separator": ";", "decimal": ",", "thousands": "."},
    "tabs, blanks in thousands": {"separator": "\t", "decimal": ",", "thousands": "\u202f"},
    "Swiss": {"separator": ";", "decimal": ".", "thousands": "’"},
    "quoted decimal commas": {"separator": ",", "decimal": ",", "thousands": "."},
    "bars": {"separator": "|", "thousands": ","},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_every_way_to_write_a_table(tmp_path, way, encoding):
    if encoding == "cp1252" and WAYS[way].get("thousands") == "\u202f":
        pytest.skip("no narrow blank there")
    performance = put(tmp_path, "performance.csv", text(wide(RATES), **WAYS[way]), encoding)
    status_quo = put(tmp_path, "status quo.csv", text(wide(TODAY), **WAYS[way]).replace("\n", "\r\n"), encoding)
    notes = holds(made(tmp_path, performance, status_quo)).notes
    told = {"cp1252": "Windows-1252", "utf-16": "read as UTF-16", "utf-16-le": "without a byte order mark"}
    assert encoding not in told or told[encoding] in notes[0]


def test_long_form_in_any_order(tmp_path):
    rows = long(RATES, "performance")
    mixed = [[t, v, a] for a, t, v in [rows[0], *rows[:0:-1]]]
    performance = put(tmp_path, "p.csv", text(mixed))
    status_quo = put(tmp_path, "q.csv", text(wide(TODAY)))
    built = made(tmp_path, performance, status_quo)
    assert np.array_equal(built.instance.performance, np.array(RATES)[::-1, ::-1])
    assert np.array_equal(built.instance.status_quo, np.array(TODAY)[::-1, ::-1])
    both = [[*first, second[2]] for first, second in zip(rows, long(TODAY, "status quo"))]
    one = put(tmp_path, "one.csv", text(both))
    holds(made(tmp_path, one, one))


def test_rows_and_columns_are_matched_by_name(tmp_path):
    performance = put(tmp_path, "p.csv", text(wide(RATES)))
    shuffled = [["", "KNEE ", "hip,  left"], *([f" {a.lower()}", row[1], row[0]] for a, row in zip(AGENTS, TODAY))]
    shuffled = [shuffled[0], shuffled[2], shuffled[3], shuffled[1]]
    notes = holds(made(tmp_path, performance, put(tmp_path, "q.csv", text(shuffled)))).notes
    assert any("'dr müller' is 'Dr Müller' of" in note for note in notes)
    turned = [list(row) for row in zip(*wide(TODAY))]
    notes = holds(made(tmp_path, performance, put(tmp_path, "q.csv", text(turned)))).notes
    assert any("exchanged" in note for note in notes)


def test_titles_blank_rows_and_columns(tmp_path):
    cells = [["Error rates 2024"], [], *wide(RATES)]
    untidy = "".join(";".join([*map(str, row), "", "", ""]) + "\n" for row in cells) + ";;;;\n\n\n;;;\n"
    performance = put(tmp_path, "p.csv", untidy)
    notes = holds(made(tmp_path, performance, put(tmp_path, "q.csv", "sep=;\n" + text(wide(TODAY), ";")))).notes
    assert any("Error rates 2024" in note for note in notes)


def test_per_cent(tmp_path):
    rates = [[f"{100 * value:.12g} %" for value in row] for row in RATES]
    performance = put(tmp_path, "p.csv", text(wide(rates)))
    holds(made(tmp_path, performance, put(tmp_path, "q.csv", text(wide(TODAY)))))
    rates[1][0] = "0.5"
    with pytest.raises(InputError, match=r"'Dr Müller', column 'hip, left': '0.5' has no per cent sign"):
        made(tmp_path, put(tmp_path, "p.csv", text(wide(rates))), tmp_path / "q.csv")


def workbook(sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, cells in sheets.items():
        sheet = book.create_sheet(name)
        for row in cells:
            sheet.append(row)
    return book


def save(book, path):
    stream = io.BytesIO()
    book.save(stream)
    path.write_bytes(stream.getvalue())
    return path


def test_workbooks(tmp_path):
    book = workbook({"empty": [], "rates": [["title"], *wide(RATES)], "today": wide(TODAY)})
    for row in book["rates"].iter_rows(min_row=3, min_col=2):
        for cell in row:
            cell.number_format = "0.0%"
    path = save(book, tmp_path / "book.xlsx")
    built = holds(made(tmp_path, path, f"{path}#today"))
    assert "sheet 'rates'; for another write" in built.notes[0]
    texts = save(
        workbook({"a": wide([[f"{v:.12g}".replace(".", ",") for v in row] for row in RATES])}), tmp_path / "t.xlsx"
    )
    holds(made(tmp_path, texts, f"{path}#today"))
    with pytest.raises(InputError, match="has no sheet 'tomorrow': name one of 'empty', 'rates', 'today'"):
        made(tmp_path, path, f"{path}#tomorrow")


@pytest.mark.parametrize(
    "value, mend",
    [("=1/8", "result is not stored"), (date(2024, 5, 1), "is a date"), ("#DIV/0!", "formula that fails")],
)
def test_what_a_spreadsheet_holds_besides_numbers(tmp_path, value, mend):
    cells = wide(RATES)
    cells[2][1] = value
    path = save(workbook({"a": cells}), tmp_path / "book.xlsx")
    with pytest.raises(InputError, match=mend) as caught:
        made(tmp_path, path, put(tmp_path, "q.csv", text(wide(TODAY))))
    assert "B3" in str(caught.value) or "row 'Dr Müller', column 'hip, left'" in str(caught.value)


def test_a_number_that_may_be_two(tmp_path):
    quo = put(tmp_path, "q.csv", text(wide(TODAY)))
    cells = wide([["1.234", "2"], ["3", "4"], ["5.678", "6"]])
    with pytest.raises(
        InputError, match=r"p.csv: row 'Dr Lee \[A\]', column 'hip, left': '1.234' may be 1.234 or 1234"
    ):
        made(tmp_path, put(tmp_path, "p.csv", text(cells, ";")), quo)
    for mark, value in (("point", 1.234), ("comma", 1234)):
        built = made(tmp_path, tmp_path / "p.csv", put(tmp_path, "q.csv", text(wide([[1, 2]] * 3))), decimal=mark)
        assert built.instance.performance[0, 0] == value
    # Another number of the same table decides; commas between columns do too.
    for other, value in (("0,5", 1234), ("0.5", 1.234)):
        cells[2][2] = other
        built = made(tmp_path, put(tmp_path, "p.csv", text(cells, ";")), tmp_path / "q.csv")
        assert built.instance.performance[0, 0] == value
    plain = text([*cells[:3], ["Dr $1–$2", "5.678", "6"]])
    assert made(tmp_path, put(tmp_path, "p.csv", plain), tmp_path / "q.csv").instance.performance[0, 0] == 1.234


SPOILT = {
    "no such file": (None, "no such file"),
    "empty": ("", "is empty"),
    "one column": ("agent\nA\nB\n", "no table is in it"),
    "no rows": ("agent,x,y\n", "no table is in it"),
    "one task": ("agent,x\nA,1\nB,2\n", "one task only"),
    "gap": ("agent,x,y\nA,1,2\nB,,4\n", r"row 'B', column 'x': is empty: write the agent's performance"),
    "dash": ("agent,x,y\nA,1,2\nB,3,-\n", r"row 'B', column 'y': is empty"),
    "word": ("agent,x,y\nA,1,2\nB,high,4\n", r"row 'B', column 'x': 'high' is not a number"),
    "two marks": ("agent;x;y\nA;0,1;2\nB;0.3;4\n", "'0.3' .*decimal point"),
    "row twice": ("agent,x,y\nA,1,2\nA,3,4\n", r"row 'A': is given twice \(lines 2 and 3\)"),
    "row twice but for blanks": ("agent,x,y\nA b,1,2\n A  b ,3,4\n", "is given twice"),
    "row twice but for case": ("agent,x,y\nA,1,2\na,3,4\n", "as 'A' too"),
    "column twice": ("agent,x,x\nA,1,2\nB,3,4\n", "column 'x': is given twice"),
    "row without a name": ("agent,x,y\nA,1,2\n,3,4\n", "line 3: the row has no name"),
    "column without a name": ("agent,x,,y\nA,1,2,3\n", "column 3: the column has no name"),
    "blank column within": ("agent,x,,y\nA,1,,3\n", "column 3 is blank"),
    "decimal commas between commas": (
        "agent,x,y\nA,0,5,1\nB,3,4\n",
        "line 2 has 4 cells, the header 3; commas .* in quotes",
    ),
    "control character": ("agent,x,y\nA\x1b[31m,1,2\nB,3,4\n", r"A\\x1b.*U\+001B"),
    "infinite": ("agent,x,y\nA,1e999,2\nB,3,4\n", "too large"),
    "no number": ("agent,x,y\nA,inf,2\nB,3,4\n", "'inf' is not a number"),
    "pair twice": ("agent,task,cost\nA,x,1\nA,y,1\nA,x,2\n", "line 4: agent 'A' and task 'x' are given in line 2"),
    "pair missing": ("agent,task,cost\nA,x,1\nA,y,1\nB,x,2\n", "row 'B', column 'y': is empty"),
    "which numbers": ("agent,task,one,two\nA,x,1,3\n", "'one' or 'two' may hold the numbers"),
    "quote": ('agent,x,y\nA,"1,2\n' + "B,3,4\n" * 40_000, "field larger than field limit"),
}


@pytest.mark.parametrize("case", SPOILT)
def test_spoilt_tables(tmp_path, case):
    content, mend = SPOILT[case]
    path = tmp_path / "p.csv" if content is None else put(tmp_path, "p.csv", content)
    with pytest.raises(InputError, match=mend) as caught:
        made(tmp_path, path, put(tmp_path, "q.csv", "agent,x,y\nA,1,2\nB,3,4\n"))
    message = str(caught.value)
    assert message.startswith(str(path)) and "\n" not in message and "\x1b" not in message and len(message) < 600


MISMATCHED = {
    "missing row": ("agent,x,y\nA,1,2\n", "row 'B': is missing, .*p.csv has it: add it"),
    "surplus row": ("agent,x,y\nA,1,2\nB,3,4\nC,5,6\n", "row 'C': is not in .*p.csv"),
    "near": ("agent,x,y\nA,1,2\nB.,3,4\n", "row 'B.'"),
    "misspelt": ("agent,x,ypsilon\nA,1,2\nB,3,4\n", "column 'ypsilon'"),
    "total": ("agent,x,y\nA,1,2\nB,3,4\nTotal,4,6\n", "row 'Total': is not in .* and seems to hold totals: remove it"),
    "several": ("agent,x\nA,1\nC,5\n", r"\(and 2 more: .*row 'B': is missing"),
    "negative": ("agent,x,y\nA,1,2\nB,-3,4\n", "row 'B', column 'x': -3 is below 0"),
    "nobody": ("agent,x,y\nA,1,0\nB,3,0\n", "column 'y': nobody does any"),
}


@pytest.mark.parametrize("case", MISMATCHED)
def test_tables_that_do_not_fit(tmp_path, case):
    content, mend = MISMATCHED[case]
    quo = put(tmp_path, "q.csv", content)
    with pytest.raises(InputError, match=mend) as caught:
        made(tmp_path, put(tmp_path, "p.csv", "agent,x,y\nA,1,2\nB,3,4\n"), quo)
    assert str(caught.value).startswith(str(quo))


def test_a_row_of_totals_in_both(tmp_path):
    path = put(tmp_path, "q.csv", "agent,x,y\nA,1,2\nB,3,4\nTotal,4,6\n")
    with pytest.raises(InputError, match="row 'Total': is the sum of the other rows"):
        made(tmp_path, path, path)


def test_frames_give_the_same():
    rates = pd.DataFrame(RATES, index=AGENTS, columns=TASKS)
    today = pd.DataFrame(TODAY, index=AGENTS, columns=TASKS)
    ways = [
        (rates, today.iloc[::-1, ::-1]),
        (rates.reset_index(names="agent"), today.astype(object)),
        (rates.astype(str), today.T),
        (rates.rename_axis("surgeon"), today.stack().rename_axis(["agent", "task"]).rename("count")),
    ]
    made_ones = [Instance.from_frames(*way) for way in ways]
    assert {inst.digest for inst in made_ones} == {made_ones[0].digest}
    assert np.array_equal(made_ones[0].performance, RATES) and np.array_equal(made_ones[0].status_quo, TODAY)
    with pytest.raises(InputError, match="performance: a pandas DataFrame is needed, a list given"):
        Instance.from_frames(RATES, today)
    with pytest.raises(InputError, match="status_quo: row 'Dr Müller', column 'knee': is empty"):
        Instance.from_frames(rates, today.mask(today == 2500.5))
