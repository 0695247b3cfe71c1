"""``raymenu small-market``: the design on the screen and in a file."""

import json

import pytest

from raymenu import Menu
from raymenu.cli import main


def test_writes_the_design(tmp_path, capsys):
    place = tmp_path / "design.json"
    with pytest.raises(SystemExit) as end:
        main(["small-market", "two_task_uniform", "--effort", "0.05", "--profiles", "300", "--json", str(place)])
    assert end.value.code == 0
    design = json.loads(place.read_text())
    assert design["cost"] < design["endowment_cost"]
    assert all(row["dearest_profile"] <= design["endowment_cost"] for row in design["table"])
    for group in design["groups"]:
        assert Menu.from_dict(group["menu"]).is_polarized()
    assert "either way" in capsys.readouterr().out


def test_a_limit_is_told_by_the_exit_status(tmp_path):
    place = tmp_path / "design.json"
    with pytest.raises(SystemExit) as end:
        main(["small-market", "two_task_uniform", "--time-limit", "0", "--profiles", "50", "--json", str(place)])
    assert end.value.code == 3
    assert json.loads(place.read_text())["stopped"] == "time limit"


def test_bad_input_is_one_line(capsys):
    with pytest.raises(SystemExit) as end:
        main(["small-market", "two_task_uniform", "--effort", "-1"])
    assert end.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
