"""``raymenu new``: from tables to an instance file, and what it says."""

import json
import shlex

import pytest

from raymenu import load
from raymenu.cli import main


def run(*arguments):
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return ended.value.code


@pytest.fixture
def tables(tmp_path):
    (tmp_path / "p.csv").write_bytes(
        "Arzt;Hüfte [links];Knie $\nDr. Öz;0,04;0,12\nDr. Lee;0,3;0,02\n".encode("utf-8-sig")
    )
    (tmp_path / "q.csv").write_bytes(
        "Arzt;Knie $;Hüfte [links]\nDr. Lee;1.200;30\nDr. Öz;15;2.500,5\n".encode("cp1252")
    )
    return ["new", "--performance", tmp_path / "p.csv", "--status-quo", tmp_path / "q.csv"]


def test_tables_as_spreadsheet_programs_write_them(tmp_path, tables, capsys):
    out = tmp_path / "mine.json"
    assert run(*tables, "--performance-is", "cost", "--preferences", "0.8..1.25", "--out", out) == 0
    said = capsys.readouterr().out
    assert "best at 'Hüfte [links]': Dr. Öz, 0.04; worst: Dr. Lee, 0.3" in said and "Windows-1252" in said
    inst = load(out)
    assert inst.name == "mine" and inst.tasks == ["Hüfte [links]", "Knie $"]
    assert inst.status_quo.tolist() == [[2500.5, 15], [30, 1200]]
    assert inst.preferences[0].lower == (0.8, 0.8)
    # The command in the source makes the same instance, wherever it is written.
    command = shlex.split(inst.source.split("`")[1])
    assert command[0] == "raymenu" and run(*command[1:], "--out", tmp_path / "again.json", "--name", "mine") == 0
    again = load(tmp_path / "again.json")
    assert again.record.model_copy(update={"source": ""}) == inst.record.model_copy(update={"source": ""})


def test_standard_output_holds_the_instance_alone(tables, capsys):
    assert run(*tables, "--performance-is", "score", "--out", "-") == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["name"] == "mine" and "cost = 1 - score" in told.err


def test_the_source_from_a_file(tmp_path, tables):
    (tmp_path / "SOURCE.txt").write_text("Ward book,\n2024.\n")
    assert (
        run(*tables, "--performance-is", "cost", "--source", tmp_path / "SOURCE.txt", "--out", tmp_path / "m.json") == 0
    )
    assert load(tmp_path / "m.json").source.startswith("Ward book, 2024. Made by `raymenu new --performance")


def test_nothing_is_guessed(tmp_path, tables, capsys):
    out = tmp_path / "mine.json"
    for arguments, mend in (
        ([*tables, "--out", out], "--performance-is: is missing: say cost where less is better"),
        ([*tables, "--performance-is", "quality", "--out", out], "'quality' is not one of 'cost', 'score'"),
        ([*tables, "--performance-is", "cost"], "--out missing"),
        ([*tables, "--performance-is", "cost", "--out", tmp_path / "mine"], "ends in .json"),
        ([*tables, "--performance-is", "cost", "--out", tmp_path / "no" / "mine.json"], "does not exist"),
        ([*tables, "--performance-is", "cost", "--out", out, "--preferences", "2..1"], "no range of costs"),
    ):
        assert run(*arguments) == 2
        told = capsys.readouterr()
        assert mend in told.err and told.err.count("\n") == 1 and not told.out
    assert sorted(file.name for file in tmp_path.iterdir()) == ["p.csv", "q.csv"]


def test_examples_to_start_from(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    folder = tmp_path / "my own"
    assert run("new", "--example", folder) == 0
    command = shlex.split(capsys.readouterr().out.splitlines()[-1])
    assert run(*command[1:]) == 0
    inst = load(folder / "mine.json")
    assert inst.n_agents == 7 and "Dr Güler" in inst.agents
    assert run("new", "--example", folder) == 2
    assert "is there already" in capsys.readouterr().err
