"""Robustness: never dearer than the endowment, nobody worse off, whatever the preferences."""

import numpy as np
import pytest

import raymenu
from raymenu import InputError, Menu
from raymenu.mechanisms import OfferPlan
from raymenu.presentation.pictures import draw_replicas, draw_robustness, save
from raymenu.solvers.eopr.robustness import Scenario, standard_scenarios


def setting():
    inst = raymenu.load("anaesthesia").with_copies(3)
    gamma = np.array([1.0, -1.2, 0.6, -0.2])
    lotteries = [
        [(0.6, Menu(eta, [0.5 * gamma, -0.5 * gamma])), (0.4, Menu(eta, [0.4 * gamma]))] for eta in inst.endowment
    ]
    return inst, lotteries


def test_no_scenario_costs_more_or_leaves_anyone_worse_off():
    inst, lotteries = setting()
    rows = raymenu.robustness(inst, lotteries, draws=60)
    assert len(rows) == len(standard_scenarios(inst))
    for row in rows:
        assert row.highest <= row.endowment
        assert row.participation <= 1e-9
    # Where all tasks are equally hard everybody takes the same side of the one direction, and nothing clears.
    assert [row.name for row in rows if row.trading == 0] == ["one draw for all tasks"]
    assert all(row.cost < row.endowment for row in rows if row.trading > 0)


def test_a_scenario_of_ones_own_and_what_is_refused():
    inst, lotteries = setting()

    def ones(row, size, rng):
        return np.ones((size, inst.n_tasks))

    row = raymenu.robustness(inst, lotteries, [Scenario("all alike", ones)], draws=5)[0]
    assert row.name == "all alike"
    with pytest.raises(InputError, match="positive"):
        raymenu.robustness(inst, lotteries, [Scenario("free", lambda *a: 0 * ones(*a))], draws=5)
    with pytest.raises(InputError, match="draws"):
        raymenu.robustness(inst, lotteries, draws=1)


def test_menus_are_handed_out_in_proportion():
    inst, lotteries = setting()
    menus = OfferPlan.make(inst, lotteries).menus(seed=1)
    assert len(menus) == inst.copies.sum()
    first = [menu is lotteries[0][0][1] for menu in menus[:3]]
    assert sum(first) in (1, 2)  # 0.6 of 3 agents


def test_pictures_are_written(tmp_path):
    inst, lotteries = setting()
    save(draw_robustness(raymenu.robustness(inst, lotteries, draws=10), "robustness"), tmp_path / "a.png")
    found = raymenu.simulate(inst, lotteries, replicas=[1, 3], draws=5)
    save(draw_replicas([found], "replicas", (70.0, 71.0)), tmp_path / "b.png")
    assert all((tmp_path / name).stat().st_size > 5000 for name in ("a.png", "b.png"))
