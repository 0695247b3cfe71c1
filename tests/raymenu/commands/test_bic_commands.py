"""``raymenu bic`` and ``raymenu check`` from the command line."""

import json

import pytest

import raymenu
from raymenu.cli import main


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    captured = capsys.readouterr()
    return stopped.value.code, " ".join(captured.out.split()), captured.err


def test_bic_prints_the_mechanism_and_writes_it(capsys, tmp_path):
    path = tmp_path / "bic.json"
    status, out, _ = run(capsys, "bic", "two_task_finite", "--json", str(path))
    written = json.loads(path.read_text())
    assert status == 0
    assert "no choice" in out and "worst violation" in out
    assert written["cost"] == pytest.approx(raymenu.solve_bic(raymenu.load("two_task_finite")).cost)
    assert max(written["violations"].values()) <= 1e-7
    assert len(written["agents"]) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("bic", "anaesthesia", "--form", "border"), "choose one of auto, profile, token, cuts"),
        (("bic", "anaesthesia", "--market", "small"), "choose one of finite, large"),
        (("bic", "anaesthesia", "--types", "0"), "greater than or equal to 1"),
        (("bic", "anaesthesia", "--form", "profile"), "too many to enumerate"),
        (("bic", "nosuch"), "no instance of that name"),
        (("check", "missing.json"), "no such file"),
    ],
)
def test_bad_input_ends_with_one_line_and_status_2(capsys, arguments, message):
    status, out, err = run(capsys, *arguments)
    assert status == 2 and out == ""
    assert message in err and err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "verdict", "words"),
    [
        ("anaesthesia", "valuable", "expected gain"),
        ("identical_performance", "not valuable", "performance is identical"),
        ("known_preferences", "not valuable", "a constant swap may still improve: one between"),
        ("zeros_in_endowment", "undecided", "holds none of"),
    ],
)
def test_check_says_what_theorem_1_says(capsys, tmp_path, name, verdict, words):
    path = tmp_path / "check.json"
    status, out, _ = run(capsys, "check", name, "--types", "30", "--json", str(path))
    written = json.loads(path.read_text())
    assert status == 0 and words in out
    assert written["verdict"] == verdict and written["valid"]
    assert (written["trade"] is None) == (verdict == "not valuable")
    if written["trade"] is not None:
        assert all(written["trade"]["lemma_2"].values())
