"""What is handed round holds everybody's menu and nobody's performance."""

import json
import re

import pytest

import raymenu
from raymenu.cli import main
from raymenu.designs.design import Design, compare
from raymenu.designs.document import write_design
from raymenu.mechanisms import Menu, OfferPlan
from raymenu.presentation.publication import publication, publication_page


@pytest.fixture
def design():
    data = raymenu.load("anaesthesia").to_dict()
    for n, agent in enumerate(data["agents"]):
        agent["name"] = f"<b>Lee & {n} $1 $2</b>"
        agent["performance"] = [0.123456789 + n + i for i in range(4)]
    inst = raymenu.Instance(raymenu.instances.schema.check(data))
    ray = [0.1, -0.2, 0.3, -0.1]
    plan = OfferPlan.make(inst, [Menu(eta, [ray, [-x for x in ray]]) for eta in inst.endowment])
    options = compare(inst, {"one common direction": plan}, draws=10, seed=0)
    return Design(inst, options, options[1])


def test_menus_can_be_rebuilt_and_are_polarized(design):
    data = publication(design)
    for agent, menu in zip(data["agents"], design.plan.menus()):
        changes = [[eval(x) for x in action["change"]] for action in agent["actions"]]
        assert changes[1:] == menu.rays.tolist()
        assert [pair["polarized"] for pair in agent["pairs"]] == [menu.is_polarized()]
    bent = Menu([1, 1, 1], [[-1, 1, 1], [-1, 1, 0.5]])
    from raymenu.presentation.publication import _pairs

    assert [pair["polarized"] for pair in _pairs(bent, ["a", "b", "c"])] == [False]


def test_no_performance_is_handed_round(design, tmp_path):
    page = publication_page(design)
    told = page + json.dumps(publication(design))
    assert "123456789" not in told and "performance" not in told and "preferences" not in told
    assert "<b>Lee" not in page and "&lt;b&gt;Lee &amp; 0 $1 $2" in page
    inside = re.search(r'<script type="application/json" id="menus">(.*)</script>', page)
    assert json.loads(inside.group(1)) == publication(design)


def test_the_verb(design, tmp_path, capsys):
    write_design(tmp_path / "design.json", design)
    for name in ("menus.html", "menus.json"):
        with pytest.raises(SystemExit) as stop:
            main(["publish", str(tmp_path / "design.json"), "--out", str(tmp_path / name)])
        assert stop.value.code == 0
    assert json.loads((tmp_path / "menus.json").read_text(encoding="utf-8")) == publication(design)
