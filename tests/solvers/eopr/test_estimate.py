"""One estimator: the same plan has the same number everywhere, and its interval covers what few draws can hide."""

from itertools import product

import numpy as np
import pytest

import raymenu
from raymenu import InputError, Menu
from raymenu.mechanisms import OfferPlan
from raymenu.solvers.eopr.allocation import EoprRule
from raymenu.solvers.eopr.estimate import estimate, play

RARE = raymenu.FinitePreferences(costs=((1.0, 1.2), (1.0, 3.0)), weights=(299.0, 1.0))
COMMON = raymenu.FinitePreferences(costs=((1.2, 1.0),))


@pytest.fixture(scope="module")
def rarely_trading():
    """One side is taken once in 300 times, the other always: and saves 1.5 then."""
    inst = raymenu.make_instance(
        "rare",
        "made up",
        counts=[2, 2],
        performance=[[1, 2], [2, 1]],
        status_quo=[[1, 1], [1, 1]],
        preferences=[RARE, COMMON],
    )
    return OfferPlan.make(inst, [Menu([1, 1], [[1, -0.5]]), Menu([1, 1], [[-1, 0.5]])])


def test_plans_share_their_draws_and_stand_alone():
    inst = raymenu.load("anaesthesia").with_copies(2)
    gamma = np.array([1.0, -1.2, 0.6, -0.2])
    sides = [Menu(eta, [0.5 * gamma, -0.5 * gamma]) for eta in inst.endowment]
    mixed = [[(0.3, menu), (0.7, Menu(menu.endowment))] for menu in sides]
    plans = [OfferPlan.make(inst, sides), OfferPlan.make(inst, mixed), OfferPlan.keep(inst)]
    together = play(plans, 300, seed=4)
    for plan, played in zip(plans, together):
        assert play([plan], 300, seed=4)[0].costs.tolist() == played.costs.tolist()
    # A menu offered to fewer of the same agents saves less in every profile or as much.
    assert (together[0].costs <= together[1].costs + 1e-9).all()
    assert (together[2].costs == inst.endowment_cost).all()
    again = raymenu.simulate(inst, mixed, replicas=[1], draws=300, seed=4)
    assert again.costs[0].tolist() == together[1].costs.tolist()
    one = raymenu.load("anaesthesia")
    assert raymenu.simulate(one, mixed, replicas=[2], draws=300, seed=4).cost[0] == pytest.approx(again.cost[0] / 2)


@pytest.mark.parametrize("draws", [7, 300])
def test_costs_are_those_of_the_rule(draws):
    """Against drawing the same types by hand and allocating profile by profile."""
    inst = raymenu.load("anaesthesia")
    gamma = np.array([0.9, -1.0, 0.7, -0.3])
    menus = [Menu(eta, [0.4 * gamma, -0.4 * gamma]) for eta in inst.endowment]
    rng = np.random.default_rng([3, 5, 0])
    types = np.stack([p.sample(draws, rng) for p in inst.preferences], axis=1)
    choices = np.stack([menu.choices(types[:, a]) for a, menu in enumerate(menus)], axis=1)
    played = play([OfferPlan.make(inst, menus)], draws, seed=3)[0]
    np.testing.assert_allclose(played.costs, EoprRule(inst, menus).costs(choices), atol=1e-9)


def test_more_agents_than_fit_at_once_are_drawn_in_parts(monkeypatch):
    inst = raymenu.load("anaesthesia").with_copies(7)
    gamma = np.array([0.9, -1.0, 0.7, -0.3])
    menus = [[(0.4, Menu(eta, [0.4 * gamma, -0.4 * gamma])), (0.6, Menu(eta))] for eta in inst.endowment]
    plan = OfferPlan.make(inst, menus)
    whole = play([plan], 2, seed=1)[0]
    monkeypatch.setattr("raymenu.solvers.eopr.estimate.AT_ONCE", 3)
    parts = play([plan], 200, seed=1)[0].estimate(1)
    monkeypatch.undo()
    all_at_once = play([plan], 200, seed=2)[0].estimate(2)
    assert whole.costs.max() <= inst.endowment_cost
    assert abs(parts.cost - all_at_once.cost) < 4 * (parts.stderr + all_at_once.stderr)


def test_the_interval_covers_trades_too_rare_to_be_drawn(rarely_trading):
    exact = 6 - 1.5 / 300
    seen = [estimate([rarely_trading], 50, seed)[0] for seed in range(40)]
    silent = [found for found in seen if found.stderr == 0]
    assert silent and all(found.lower < found.upper for found in silent)
    assert sum(found.lower <= exact <= found.upper for found in seen) >= 38
    assert all(found.upper <= 6.0 for found in seen)


def test_where_nothing_can_trade_the_interval_is_a_point(rarely_trading):
    found = estimate([OfferPlan.keep(rarely_trading.inst)], 10)[0]
    assert found.lower == found.cost == found.upper == 6.0


@pytest.mark.parametrize("in_sample", [False, True])
def test_intervals_cover_exact_expectations(in_sample):
    types = raymenu.FinitePreferences(costs=((1.0, 2.0), (2.0, 1.0), (1.0, 1.1)), weights=(1.0, 2.0, 2.0))
    inst = raymenu.make_instance(
        "three",
        "made up",
        counts=[3, 3],
        performance=[[1.0, 3.0], [3.0, 1.0], [2.0, 2.0]],
        status_quo=[[1.0, 1.0]] * 3,
        preferences=[types] * 3,
    )
    menus = [Menu([1.0, 1.0], [[1.0, -1.0], [-1.0, 1.0]])] * 3
    rule, own = EoprRule(inst, menus), inst.types(1)
    exact = 0.0
    for profile in product(range(3), repeat=3):
        costs = np.array([own[0].costs[s] for s in profile])
        choices = [int(menu.choices(cost)[0]) for menu, cost in zip(menus, costs)]
        exact += float(np.prod([own[0].weights[s] for s in profile])) * rule.allocate(choices).cost
    plan = OfferPlan.make(inst, menus)
    found = [estimate([plan], 300, seed, own if in_sample else None)[0] for seed in range(40)]
    assert sum(each.lower <= exact <= each.upper for each in found) >= 34
    assert {each.in_sample for each in found} == {in_sample}


def test_what_does_not_fit_is_named():
    inst = raymenu.load("two_task_finite")
    eta = inst.endowment[0]
    bent = Menu(eta, [[-0.5, 0.1], [-0.6, 0.2]])
    with pytest.raises(InputError, match="not polarized"):
        raymenu.simulate(inst, [bent, Menu(inst.endowment[1])], draws=2)
    with pytest.raises(InputError, match="seed -1"):
        raymenu.simulate(inst, OfferPlan.keep(inst), draws=2, seed=-1)
