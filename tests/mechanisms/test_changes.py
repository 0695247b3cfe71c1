"""Choices after an agent has left, joined, or holds something else: what stands, and what EOPR makes of it."""

import numpy as np

import raymenu
from raymenu import Menu


def test_nothing_changed_changes_nothing():
    inst = raymenu.load("anaesthesia")
    menus = [Menu(eta, [[0.9, -0.9, 0, 0], [-0.9, 0.9, 0, 0]]) for eta in inst.endowment]
    choices = [0, 1, -1, 1, 0]
    found = raymenu.carry_over(inst, menus, choices, inst)
    assert not (found.left or found.joined or found.moved or found.lost)
    before, after = raymenu.allocate(inst, menus, choices), raymenu.allocate(inst, found.menus, found.choices)
    assert np.isclose(before.cost, after.cost) and np.allclose(before.assignment, after.assignment)


def test_leaving_joining_and_choices_that_no_longer_stand():
    box = raymenu.UniformPreferences(lower=[1, 1], upper=[2, 2])

    def market(names, held, tasks):
        return raymenu.make_instance(
            "market",
            "made up",
            counts=np.sum(held, axis=0),
            agents=names,
            tasks=tasks,
            performance=np.arange(2 * len(names)).reshape(-1, 2) % 3,
            status_quo=held,
            preferences=[box] * len(names),
        )

    old = market(["Lee", "Moe", "Poe"], [[2, 2]] * 3, ["hip", "knee"])
    menus = [Menu([2, 2], [[1, -1], [-1, 1]])] * 3
    now = market(["Moe", "Roe", "Lee"], [[0, 3], [1, 1], [3, 1]], ["hip", "knee"])
    found = raymenu.carry_over(old, menus, [0, 1, 0], now)
    assert (found.left, found.joined, found.moved, found.lost) == (["Poe"], ["Roe"], ["Lee"], ["Moe"])
    assert found.choices.tolist() == [-1, -1, 0]
    a = raymenu.allocate(now, found.menus, found.choices)
    assert np.allclose(a.assignment.sum(axis=0), now.counts) and a.cost <= now.endowment_cost
    renamed = market(["Lee", "Moe", "Poe"], [[2, 2]] * 3, ["hip", "hand"])
    assert raymenu.carry_over(old, menus, [0, 1, -1], renamed).lost == ["Lee", "Moe"]
