"""From two spreadsheets to letters, through the shell; and the same numbers in every file on the way."""

import csv
import json
import re
from html.parser import HTMLParser

import pytest
from browser import look_at
from shell import raymenu

from raymenu.designs.document import read_design

AGENTS = ["Müller, Jörg", "Lee [/Ward B]", "debt $0-$500", "Øystein & <Søn>"]
TASKS = ["Hüfte", "Knie [x] $1"]
PERFORMANCE = [[0.04, 0.11], [0.09, 0.05], [0.06, 0.07], [0.12, 0.04]]
STATUS_QUO = [[40, 20], [30, 35], [25, 25], [1010.5, 20]]


def spreadsheet(rows):
    """As a German Excel exports it."""
    lines = [["Arzt", *TASKS], *([name, *row] for name, row in zip(AGENTS, rows))]
    cells = [
        [f"{x:,}".translate(str.maketrans(",.", ".,")) if isinstance(x, float) else str(x) for x in line]
        for line in lines
    ]
    quoted = [[f'"{cell}"' if any(c in cell for c in ',;"') else cell for cell in line] for line in cells]
    return "\r\n".join(";".join(line) for line in [*quoted, ["", "", ""]]).encode("utf-8-sig")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("round trip ü")
    (folder / "leistung.csv").write_bytes(spreadsheet(PERFORMANCE))
    (folder / "heute.csv").write_bytes(spreadsheet([[float(x) for x in row] for row in STATUS_QUO]))
    made = raymenu(
        "new", "--performance", "leistung.csv", "--performance-is", "cost", "--status-quo", "heute.csv",
        "--out", "mine.json", cwd=folder,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    solved = raymenu(
        "solve", "mine.json", "--types", 20, "--draws", 200, "--out", "out", "--json", "figures.json", cwd=folder
    )
    assert solved.returncode == 0, solved.stderr
    (folder / "screen.txt").write_text(solved.stdout, encoding="utf-8")
    return folder


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Page(HTMLParser):
    """The tables of a page, and its elements with an id."""

    def __init__(self, path):
        super().__init__()
        self.tables, self.ids, self.codes, self.links = [], {}, [], []
        self._cell = self._id = None
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.links += [found[name] for name in ("src", "href") if name in found]
        if "data-code" in found:
            self.codes.append(found["data-code"])
        if "id" in found:
            self._id, self.ids[found["id"]] = found["id"], ""
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self._cell = ""

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.tables[-1][-1].append(self._cell)
            self._cell = None
        self._id = None

    def handle_data(self, data):
        if self._cell is not None:
            self._cell += data
        if self._id is not None:
            self.ids[self._id] += data


def test_everything_is_in_one_folder(place):
    out = place / "out"
    assert {"design.json", "report.html", "choices.csv", "ladder.csv", "menus.csv", "exchange-rates.txt"} <= {
        file.name for file in out.iterdir()
    }
    assert len(list((out / "choice-sheets").iterdir())) == len(AGENTS)
    assert raymenu("verify", out / "design.json").returncode == 0


def test_agents_answers_and_percentages_are_the_same_everywhere(place):
    out = place / "out"
    figures = json.loads((place / "figures.json").read_text(encoding="utf-8"))
    assert list(figures["agents"]) == AGENTS
    menus, choices = table(out / "menus.csv"), table(out / "choices.csv")
    assert [row["agent"] for row in choices] == AGENTS
    report = Page(out / "report.html")
    shown = report.tables[0][1:]
    sheets = sorted((out / "choice-sheets").iterdir())
    for name, row, sheet in zip(AGENTS, choices, sheets):
        own = [line for line in menus if line["agent"] == name]
        codes = [line["code"] for line in own]
        assert row["options"].split("|") == codes and row["choice"] == ""
        assert Page(sheet).codes == codes
        assert Page(sheet).ids["agent"] == name
        shares = {line["code"]: line["expected"] for line in own}
        assert shares == figures["agents"][name]
        assert sum(int(share.rstrip("%")) for share in shares.values()) == 100
        start = next(k for k, line in enumerate(shown) if line[0].startswith(name))
        for line, (code, share) in zip(shown[start:], shares.items()):
            assert (line[1], line[-1]) == (code, share)
        # What the sheet shows at most is what the table says.
        outcomes = Page(sheet).tables[0]
        for k, line in enumerate(own[1:], start=2):
            for i, task in enumerate(TASKS):
                at_most = STATUS_QUO[AGENTS.index(name)][i] + float(line[f"most: {task}"])
                assert float(outcomes[1 + i][k].replace(",", "")) == pytest.approx(at_most, rel=0.01, abs=0.01)


def test_costs_are_the_same_everywhere(place):
    out = place / "out"
    figures = json.loads((place / "figures.json").read_text(encoding="utf-8"))
    design = read_design(out / "design.json")
    report, screen = Page(out / "report.html"), (place / "screen.txt").read_text(encoding="utf-8")
    assert figures["recommended"]["cost"] == design.recommended.cost
    for cost, where in ((design.instance.status_quo_cost, "now"), (design.recommended.cost, "then")):
        assert float(report.ids[where].replace(",", "")) == pytest.approx(cost, rel=1e-3)
        assert report.ids[where] in screen
    assert report.ids["saves"] == figures["recommended"]["saves"] and report.ids["saves"] in screen
    ladder = table(out / "ladder.csv")
    assert [(row["rung"], float(row["lower"]), float(row["upper"])) for row in ladder] == [
        (rung["name"], pytest.approx(rung["lower"]), pytest.approx(rung["upper"])) for rung in figures["ladder"]
    ]
    said = next(found for found in report.tables if "how sure" in found[0])
    for row, line in zip(ladder, said[1:]):
        assert (line[0], line[1], line[3], line[4]) == (
            row["words"],
            row["in the paper"],
            row["saves"],
            row["standing"],
        )
        assert line[0] in screen and line[3] in screen


def test_the_pages_need_no_network(place):
    pages = [place / "out" / "report.html", *(place / "out" / "choice-sheets").iterdir()]
    for page in pages:
        assert all(link.startswith("data:") for link in Page(page).links)


@pytest.mark.parametrize("width", [400, 1400])
def test_the_report_in_a_browser(place, tmp_path, width):
    found, console = look_at(place / "out" / "report.html", tmp_path, width)
    assert not console
    assert found["inner"] == width and found["page"] <= width and not found["outside"]
    assert found["tables"] >= 3 and not found["hidden"]
    assert found["pictures"] and min(found["pictures"]) > 300
    assert found["ladder"] >= 7 and found["smallest"] >= 12


def test_answers_become_an_assignment_and_letters(place):
    out = place / "out"
    rows = table(out / "choices.csv")
    lines = ["agent;choice"]
    for row in rows[:-1]:
        name = row["agent"].replace('"', '""')
        lines.append(f'"{name}";{row["options"].split("|")[-1].lower()}')
    (place / "answers.csv").write_bytes("\r\n".join(lines).encode("utf-8-sig"))
    done = raymenu("allocate", "out/design.json", "answers.csv", "--out", "assigned", cwd=place)
    assert done.returncode == 0, done.stderr
    assert f"No answer from 1, who keep what they have: {AGENTS[-1]}" in done.stdout
    assigned = table(place / "assigned" / "assignment.csv")
    assert [row["agent"] for row in assigned[:: len(TASKS)]] == AGENTS
    for task, count in zip(TASKS, map(sum, zip(*STATUS_QUO))):
        assert sum(float(row["after"]) for row in assigned if row["task"] == task) == pytest.approx(count)
    letters = sorted((place / "assigned" / "letters").iterdir())
    assert [Page(letter).codes for letter in letters] == [
        [row["options"].split("|")[-1] if row is not rows[-1] else "K"] for row in rows
    ]
    refused = raymenu("allocate", "out/design.json", "answers.csv", "--whole", 1, "--out", "whole", cwd=place)
    assert refused.returncode == 2 and re.fullmatch(r".*Hüfte.*whole.*\n", refused.stderr.splitlines(True)[-1])
    assert not (place / "whole").exists()
    published = raymenu("publish", "out/design.json", "--out", "round.html", cwd=place)
    assert published.returncode == 0 and "0.04" not in (place / "round.html").read_text(encoding="utf-8")
