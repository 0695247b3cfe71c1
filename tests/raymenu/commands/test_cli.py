"""The command line: exit statuses, one line for bad input, outputs whole or not at all."""

import json

import pytest

from raymenu import load
from raymenu.cli import main
from raymenu.presentation.run_folder import FILES


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return stop.value.code, captured.out, captured.err


def one_line(text):
    return text.endswith("\n") and text.count("\n") == 1 and "Traceback" not in text


@pytest.mark.parametrize(
    "arguments",
    [
        ["solve", "no_such_instance"],
        ["solve", "no_such_file.json"],
        ["solve", "anaesthesia", "--types", "many"],
        ["solve", "anaesthesia", "--types", "0"],
        ["solve", "anaesthesia", "--no-such-option"],
        ["solve"],
        ["verify", "no_such_file.json"],
        ["no-such-verb"],
    ],
)
def test_bad_input(capsys, arguments):
    status, _, err = run(capsys, *arguments)
    assert status == 2 and one_line(err), err


def test_a_bad_file_is_named(capsys, tmp_path):
    data = load("anaesthesia").to_dict()
    data["agents"][2]["status_quo"][1] = -1
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(data))
    status, _, err = run(capsys, "solve", path, "--out", tmp_path / "out")
    assert status == 2 and one_line(err)
    assert "mine.json: agents[2].status_quo[1]:" in err
    assert not (tmp_path / "out").exists()


def test_solve_and_verify(capsys, tmp_path):
    out = tmp_path / "out"
    status, text, _ = run(
        capsys,
        "solve",
        "two_task_ratio",
        "--types",
        20,
        "--draws",
        200,
        "--out",
        out,
        "--json",
        tmp_path / "figures.json",
    )
    assert status == 0
    assert "first best" in text and "Recommended" in text and "K: keep" in text
    assert {file.name for file in out.iterdir()} == {name.rstrip("/") for name in FILES}
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["large_market"]["lower"] <= figures["large_market"]["upper"]
    status, text, _ = run(capsys, "verify", out / "design.json", "--bounds")
    assert status == 0 and "FAILS" not in text
    spoilt = json.loads((out / "design.json").read_text())
    spoilt["market"]["report"]["draws"] += 1
    (out / "design.json").write_text(json.dumps(spoilt))
    status, text, _ = run(capsys, "verify", out / "design.json")
    assert status == 1 and "FAILS" in text


def test_a_limit_has_its_own_status(capsys, tmp_path):
    status, _, _ = run(capsys, "solve", "two_task_ratio", "--types", 20, "--draws", 50, "--time-limit", 0)
    assert status == 3


def test_support(capsys, tmp_path):
    file = tmp_path / "support.json"
    status, text, _ = run(capsys, "support", "two_task_uniform", "--w", "-0.1,0.4", "--agent", 2, "--json", file)
    assert status == 0 and "optimal" in text and "K: keep" in text
    found = json.loads(file.read_text())
    assert found["lower"] <= found["upper"] and found["w"] == [-0.1, 0.4]


@pytest.mark.parametrize(
    "arguments",
    [["--w", "1"], ["--w", "a,b"], ["--agent", "nobody"], ["--method", "magic"], ["--w", "1,1", "--prices", "1,1"]],
)
def test_support_refuses(capsys, arguments):
    status, _, err = run(capsys, "support", "two_task_uniform", *arguments)
    assert status == 2 and one_line(err)
