"""The verb simulate, and files of menus: files in, tables and JSON out, one line for bad input."""

import json

import numpy as np
import pytest

import raymenu
from raymenu.cli import main
from raymenu.designs.design import Certificate, Design, compare
from raymenu.designs.document import write_design
from raymenu.designs.offers import read_offers


@pytest.fixture
def menus_file(tmp_path):
    inst = raymenu.load("anaesthesia")
    gamma = np.array([1.0, -1.2, 0.6, -0.2])
    menus = [raymenu.Menu(eta, [0.5 * gamma, -0.5 * gamma]) for eta in inst.endowment]
    path = tmp_path / "menus.json"
    path.write_text(json.dumps({"instance": "anaesthesia", "menus": [menu.to_dict() for menu in menus]}))
    return path


def run(*arguments):
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    return stop.value.code


def test_simulate(menus_file, tmp_path):
    out, picture = tmp_path / "out.json", tmp_path / "out.png"
    assert run("simulate", menus_file, "--replicas", "1,5", "--draws", 5, "--json", out, "--picture", picture) == 0
    rows = json.loads(out.read_text())["simulated"]
    assert [row["replicas"] for row in rows] == [1, 5] and picture.stat().st_size > 5000
    assert run("simulate", menus_file, "--robust", "--draws", 5, "--json", out, "--picture", picture) == 0
    assert len(json.loads(out.read_text())["scenarios"]) == 7


def test_a_design_is_read_by_mechanism(tmp_path):
    inst = raymenu.load("two_task_ratio")
    large = raymenu.solve_large_market(inst, types=12, rel_gap=0.01)
    certificate = Certificate.of(large, drawn_with=(12, 0))
    options = compare(inst, {"large-market menus": certificate.plan}, draws=20, seed=0)
    path = tmp_path / "design.json"
    write_design(path, Design(inst, options, options[0], 0, certificate))
    offers = read_offers(path, "large_market")
    assert offers.value == (large.lower, large.upper) and offers.types[1].same_as(large.types[1])
    assert len(read_offers(path).plan.menus()) == 2
    assert run("simulate", path, "--replicas", "2", "--draws", 3) == 0
    assert run("simulate", path, "--mechanism", "status quo", "--replicas", "2", "--draws", 3) == 0
    assert run("simulate", path, "--mechanism", "best guess") == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "the file is empty"),
        ("[]", "an object"),
        ("{}", "instance"),
        ('{"instance": "anaesthesia"}', "menus"),
        ('{"instance": "anaesthesia", "menus": [{}]}', "endowment"),
        ('{"instance": "anaesthesia", "menus": 3}', "menus"),
        ('{"format": 2, "instance": "anaesthesia"}', "made_with: is missing"),
        ('{"format": 1}', "format"),
    ],
)
def test_bad_files_are_named_in_one_line(tmp_path, capsys, content, says):
    path = tmp_path / "bad.json"
    path.write_text(content)
    assert run("simulate", path) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "bad.json" in error and says in error


def test_bad_numbers_are_named(menus_file, tmp_path):
    assert run("simulate", menus_file, "--replicas", "many") == 2
    assert run("simulate", tmp_path / "none.json") == 2
