"""Designs with rules: what they say is proven again, and menus that break a rule are found."""

import copy
from fractions import Fraction

from small_designs import as_written, make_design

import raymenu
from raymenu import Rule
from raymenu.designs.verification import verify


def ruled(*rules):
    return raymenu.load("two_task_ratio").with_rules(rules)


def test_an_honest_design_with_rules_passes():
    document = as_written(make_design(ruled(Rule("cap", "few", each=True, tasks="task 1", at_most=1.2, times=True))))
    findings = {found.name: found for found in verify(document, bounds=True)}
    assert not [found for found in findings.values() if not found.passed]
    assert findings["rules"].outcome == findings["lower bound"].outcome == "holds"


def test_prices_of_joint_rules_are_not_in_the_file():
    inst = raymenu.load("two_task_ratio")
    cap = Rule(
        "cap", "together", agents=inst.agents[:2], tasks=inst.tasks[0], at_most=float(inst.endowment[:2, 0].sum())
    )
    findings = {found.name: found for found in verify(as_written(make_design(inst.with_rules([cap]))), bounds=True)}
    assert not [found for found in findings.values() if not found.passed]
    assert findings["lower bound"].outcome == "unchecked"


def test_rays_beyond_a_rule_are_found():
    document = copy.deepcopy(
        as_written(make_design(ruled(Rule("cap", "few", each=True, tasks="task 1", at_most=1.2, times=True))))
    )
    for lottery in document["large_market"]["lotteries"]:
        for entry in lottery:
            entry["menu"]["rays"] = [[str(3 * Fraction(x)) for x in ray] for ray in entry["menu"].get("rays", [])]
    assert any(found.name == "rules" and not found.passed for found in verify(document))
