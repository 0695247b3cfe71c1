"""``raymenu small-market``: the design on the screen and in a file."""

import json

import pytest

from raymenu.cli import main
from raymenu.designs.document import checksum, read_design
from raymenu.designs.offers import read_offers
from raymenu.designs.verification import read_document, verify


def test_writes_the_design(tmp_path, capsys):
    place = tmp_path / "design.json"
    with pytest.raises(SystemExit) as end:
        main(["small-market", "two_task_uniform", "--effort", "0.05", "--profiles", "300", "--json", str(place)])
    assert end.value.code == 0
    design = read_design(place)
    assert design.recommended.cost < design.instance.endowment_cost
    assert all(option.report.dearest <= design.instance.endowment_cost for option in design.options)
    printed = capsys.readouterr().out
    # The number on the screen is the number in the file.
    assert "either way" in printed and f"to {design.recommended.cost:.3f}, by" in printed
    assert all(found.passed for found in verify(read_document(place)))


def test_writes_sheets_that_an_office_can_use(tmp_path):
    folder = tmp_path / "made"
    arguments = ["small-market", "two_task_uniform", "--copies", "2", "--effort", "0.05", "--profiles", "300"]
    with pytest.raises(SystemExit) as end:
        main([*arguments, "--out", str(folder)])
    assert end.value.code == 0
    assert sorted(file.name for file in folder.iterdir()) == [
        "choice-sheets",
        "choices.csv",
        "design.json",
        "exchange-rates.txt",
        "menus.csv",
        "menus.png",
        "report.html",
    ]
    document = read_document(folder / "design.json")
    assert all(found.passed for found in verify(document))
    assert len(list((folder / "choice-sheets").iterdir())) == 4
    offers = read_offers(folder / "design.json")
    assert offers.plan.fixed and len(offers.plan.menus()) == offers.plan.inst.copies.sum() == 4


def test_a_changed_group_is_found(tmp_path):
    place = tmp_path / "design.json"
    with pytest.raises(SystemExit):
        main(["small-market", "two_task_uniform", "--effort", "0.05", "--profiles", "100", "--json", str(place)])
    document = json.loads(place.read_text())
    option = document["market"]["options"][1]
    option["groups"][0]["lottery"][0]["menu"]["rays"] = []
    document["checksum"] = checksum(document)
    assert "report estimates" in [found.name for found in verify(document) if not found.passed]


def test_a_limit_is_told_by_the_exit_status(tmp_path):
    place = tmp_path / "design.json"
    with pytest.raises(SystemExit) as end:
        main(["small-market", "two_task_uniform", "--time-limit", "0", "--profiles", "50", "--json", str(place)])
    assert end.value.code == 3
    assert read_design(place).recommended.report.draws == 50


def test_bad_input_is_one_line(capsys):
    with pytest.raises(SystemExit) as end:
        main(["small-market", "two_task_uniform", "--effort", "-1"])
    assert end.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
