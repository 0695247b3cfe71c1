"""``raymenu small-market``: the design on the screen and in a file."""

import json

import pytest

from raymenu import Menu
from raymenu.cli import main
from raymenu.designs.document import checksum, read_document
from raymenu.designs.offers import read_offers
from raymenu.designs.verification import verify


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
    assert all(found.passed for found in verify(read_document(place)))


def test_writes_sheets_that_an_office_can_use(tmp_path):
    folder = tmp_path / "made"
    arguments = ["small-market", "two_task_uniform", "--copies", "2", "--effort", "0.05", "--profiles", "300"]
    with pytest.raises(SystemExit) as end:
        main([*arguments, "--out", str(folder)])
    assert end.value.code == 0
    assert sorted(file.name for file in folder.iterdir()) == [
        "choice-sheets.txt",
        "design.json",
        "exchange-rates.txt",
        "menus.png",
    ]
    document = read_document(folder / "design.json")
    assert all(found.passed for found in verify(document))
    sheets = (folder / "choice-sheets.txt").read_text()
    assert sheets.count(": tick one") == len(document["groups"])
    assert (folder / "exchange-rates.txt").read_text().splitlines() == document["exchange_rates"]
    offers = read_offers(folder / "design.json")
    assert len(offers.single) == offers.inst.copies.sum()


def test_a_changed_group_is_found(tmp_path):
    place = tmp_path / "design.json"
    with pytest.raises(SystemExit):
        main(["small-market", "two_task_uniform", "--effort", "0.05", "--profiles", "100", "--json", str(place)])
    document = json.loads(place.read_text())
    document["groups"][0]["menu"]["rays"] = []
    document["checksum"] = checksum(document)
    assert [found.name for found in verify(document) if not found.passed] == ["groups"]


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
