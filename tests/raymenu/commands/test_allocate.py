"""``raymenu allocate``: answers in, by name and code; assignment, hand-overs and letters out."""

import csv
import json
import re

import numpy as np
import pytest

import raymenu
from raymenu.cli import main
from raymenu.designs.choices import choice_rows, read_answers
from raymenu.mechanisms import OfferPlan

NAMES = ["Lee [/Ward B]", "debt $0-$500", "Jürgen Ä", "Ann, A.", "Bo"]


@pytest.fixture
def plan():
    base = raymenu.load("anaesthesia").to_dict()
    for agent, name in zip(base["agents"], NAMES):
        agent["name"] = name
    base["tasks"][1]["name"] = "fair $1 [x] $2"
    inst = raymenu.Instance(raymenu.instances.schema.check(base))
    gamma = np.array([1.0, -1.2, 0.6, -0.2])
    return OfferPlan.make(inst, [raymenu.Menu(eta, [0.5 * gamma, -0.5 * gamma]) for eta in inst.endowment])


@pytest.fixture
def design(plan, tmp_path):
    path = tmp_path / "menus.json"
    path.write_text(
        json.dumps({"instance": plan.inst.to_dict(), "menus": [menu.to_dict() for menu in plan.menus()]}),
        encoding="utf-8",
    )
    return path


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    captured = capsys.readouterr()
    return stop.value.code, captured.out, captured.err


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_round_trip(design, plan, tmp_path, capsys):
    answers = dict(zip(NAMES, "AABB"))
    choices = tmp_path / "choices.csv"
    lines = [f'"{row["agent"]}";{answers.get(row["agent"], "").lower()};{row["options"]}' for row in choice_rows(plan)]
    choices.write_bytes("\r\n".join(["Agent;Choice;Options", *lines, ";;", ""]).encode("utf-8-sig"))
    out, figures = tmp_path / "out", tmp_path / "figures.json"
    status, text, _ = run(capsys, "allocate", design, choices, "--whole", 3, "--out", out, "--json", figures)
    assert status == 0
    assert "Lee [/Ward B]" in text and "No answer from 1, who keep what they have: Bo." in text
    found = json.loads(figures.read_text(encoding="utf-8"))
    assert found["choices"] == answers | {"Bo": "K"} and found["unanswered"] == ["Bo"]
    rows = table(out / "assignment.csv")
    assert list(rows[0]) == ["agent", "task", "before", "after", "change", "drawn"]
    inst = plan.inst
    after, drawn = (np.array([float(row[c]) for row in rows]).reshape(5, 4) for c in ("after", "drawn"))
    np.testing.assert_allclose(after, found["assignment"], rtol=1e-9)
    np.testing.assert_allclose(drawn, found["drawn"])
    np.testing.assert_allclose(drawn.sum(axis=0), inst.counts)
    assert (np.abs(drawn - after) < 1).all()
    assert found["drawn_cost"] == pytest.approx(float((inst.performance * drawn).sum()))
    assert f"{found['drawn_cost']:.3f}" in text and f"{found['cost']:.3f}" in text
    moved = np.zeros((5, 4))
    for edge in table(out / "handovers.csv"):
        amount, i = float(edge["amount"]), inst.tasks.index(edge["task"])
        moved[NAMES.index(edge["to"]), i] += amount
        moved[NAMES.index(edge["from"]), i] -= amount
    np.testing.assert_allclose(moved, after - inst.status_quo, atol=1e-9)
    letters = sorted((out / "letters").iterdir())
    assert len(letters) == 5
    for letter, name in zip(letters, NAMES):
        page = letter.read_text(encoding="utf-8")
        assert f"<h1>{name}</h1>" in page.replace("&#34;", '"')
        assert re.findall(r'data-code="(.)"', page) == [answers.get(name, "K")]
    assert (out / "handovers.png").stat().st_size > 5000


def test_answers_as_programs_write_them(design, plan, tmp_path, capsys):
    path = tmp_path / "choices.json"
    for content in ('{"choices": {"bo": "B"}}', '{"choices": ["K", "K", "K", -1, 1]}'):
        path.write_text(content)
        assert read_answers(path, plan).codes == ["K", "K", "K", "K", "B"]
    path.write_text(json.dumps({"costs": np.linspace(0.5, 2, 20).reshape(5, 4).tolist()}))
    assert run(capsys, "allocate", design, path, "--quiet") == (0, "", "")


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("agent,choice\nBo,C", "line 2, agent 'Bo': 'C' is not on this menu: choose K or A or B"),
        ("agent,choice\nBoo,A", "line 2: no agent is called 'Boo': did you mean 'Bo'?"),
        ("agent,choice\nBo,A\nbo ,B", "line 3: 'Bo' has answered at line 2 too"),
        ("name,choice\nBo,A", "one column called 'agent' is needed"),
        ("", "empty"),
    ],
)
def test_bad_tables_are_named_with_their_line(design, tmp_path, capsys, lines, says):
    path = tmp_path / "choices.csv"
    path.write_text(lines)
    status, _, err = run(capsys, "allocate", design, path, "--out", tmp_path / "out")
    assert status == 2 and err.count("\n") == 1 and f"{path}: " in err and says in err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "content",
    [
        '{"choices": [0, 1]}',
        '{"choices": [0.5, 1, 1, 1, 1]}',
        '{"choices": {"Bo": true}}',
        '{"choices": {"Bo": 7}}',
        '{"costs": [[1]]}',
        "{}",
        '{"costs": "x"}',
    ],
)
def test_bad_documents_are_named(design, tmp_path, capsys, content):
    path = tmp_path / "choices.json"
    path.write_text(content)
    status, _, err = run(capsys, "allocate", design, path)
    assert status == 2 and err.count("\n") == 1 and "choices.json" in err


def test_a_mechanism_that_is_not_there_is_refused(design, tmp_path, capsys):
    path = tmp_path / "choices.csv"
    path.write_text("agent,choice\nBo,A\n")
    status, _, err = run(capsys, "allocate", design, path, "--mechanism", "large_market")
    assert status == 2 and "large_market" in err
