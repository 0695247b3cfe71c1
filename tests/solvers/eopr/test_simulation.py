"""Replica economies: exact expectations in small markets, Proposition 3 in large ones."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

import raymenu
from raymenu import FiniteTypes, InputError, Menu
from raymenu.mechanisms import OfferGroup, Probability, choose


@pytest.fixture(scope="module")
def market():
    finite = raymenu.FinitePreferences(
        costs=((1.0, 2.0, 1.5), (2.0, 1.0, 0.7), (1.0, 1.3, 1.9)), weights=(1.0, 2.0, 1.0)
    )
    inst = raymenu.make_instance(
        "three",
        "made up",
        counts=[6, 6, 6],
        performance=[[1.0, 3.0, 2.0], [3.0, 1.0, 2.5], [2.0, 2.0, 1.0]],
        status_quo=[[2.0] * 3] * 3,
        preferences=[finite] * 3,
    )
    gamma = np.array([1.0, -1.0, 0.25])
    pair = Menu([2.0] * 3, [gamma, -gamma])
    lotteries = [[(1.0, pair)], [(0.75, pair), (0.25, Menu([2.0] * 3))], [(1.0, Menu.remedial([2.0] * 3, [0, 0, 0]))]]
    return inst, lotteries


def expected_cost(inst, lotteries, types):
    """By hand: every profile of menus and types with its probability."""
    total = 0.0
    for menus in product(*lotteries):
        held = [menu for _, menu in menus]
        for profile in product(*[range(t.size) for t in types]):
            chance = np.prod([p for p, _ in menus]) * np.prod([t.weights[s] for t, s in zip(types, profile)])
            choices = choose(inst, held, np.array([t.costs[s] for t, s in zip(types, profile)]))
            total += chance * raymenu.allocate(inst, held, choices).cost
    return total


@pytest.mark.parametrize("given", [True, False])
def test_one_replica_is_the_market_itself(market, given):
    inst, lotteries = market
    types = inst.types(1)
    found = raymenu.simulate(inst, lotteries, replicas=[1], draws=4000, types=types if given else None, seed=1)
    exact = expected_cost(inst, lotteries, types)
    assert exact < found.endowment_cost
    assert abs(found.cost[0] - exact) < 4 * found.stderr[0]
    assert found.in_sample == given


def test_proposition_3_is_visible(market):
    inst, lotteries = market
    found = raymenu.simulate(inst, lotteries, replicas=[1, 10, 100, 10_000], draws=400, types=1)
    # In the limit the shares of choices are their probabilities: one deterministic program.
    limit = raymenu.simulate(inst, lotteries, replicas=[10_000_000], draws=2, types=1, seed=9).cost[0]
    distance = found.cost - limit
    assert (found.costs <= found.endowment_cost).all()
    assert distance[0] > 4 * found.stderr[0] > 0  # few traders: less can be cleared
    assert (np.abs(distance[2:]) < 4 * found.stderr[2:] + 1e-3).all()
    assert abs(distance[3]) < 1e-3 * abs(limit)
    assert (np.diff(found.stderr) < 0).all()


def test_seeds_repeat_and_replica_counts_stand_alone(market):
    inst, lotteries = market
    first = raymenu.simulate(inst, lotteries, replicas=[2, 5], draws=5, seed=3)
    again = raymenu.simulate(inst, lotteries, replicas=[5], draws=5, seed=3)
    assert first.costs[1].tolist() == again.costs[0].tolist()


def test_lotteries_are_split_in_proportion():
    menu = Menu([1.0, 1.0])
    group = OfferGroup(0, 7, [(Probability(Fraction(3, 10)), menu), (Probability(Fraction(7, 10)), menu)])
    shares = group.split(20_000, np.random.default_rng(0))
    assert (shares.sum(axis=1) == 7).all()
    assert (np.abs(shares - [2.1, 4.9]) < 1).all()
    np.testing.assert_allclose(shares.mean(axis=0), [2.1, 4.9], atol=0.02)


def test_bad_input_is_named(market):
    inst, lotteries = market
    with pytest.raises(InputError, match="sum to 1"):
        raymenu.simulate(inst, [[(0.5, lotteries[0][0][1])], *lotteries[1:]])
    with pytest.raises(InputError, match="one per row"):
        raymenu.simulate(inst, lotteries[:1])
    with pytest.raises(InputError, match="replicas"):
        raymenu.simulate(inst, lotteries, replicas=[0])
    with pytest.raises(InputError, match="replicas"):
        raymenu.simulate(inst, lotteries, replicas=[1.5])
    with pytest.raises(InputError, match="draws"):
        raymenu.simulate(inst, lotteries, draws=1)
    with pytest.raises(InputError, match="types"):
        raymenu.simulate(inst, lotteries, types=[FiniteTypes([[1.0, 2.0]])] * 3)


def test_the_large_markets_menus_tend_to_its_certified_value():
    inst = raymenu.load("random_j6_i3")
    lm = raymenu.solve_large_market(inst, types=30, seed=0, rel_gap=0.02)
    found = raymenu.simulate(inst, lm.lotteries, replicas=[1, 100, 100_000], draws=30, types=lm.types)
    # V bounds every mechanism of the kind from below in markets of every size, and these menus tend to their own cost.
    assert (found.cost + 4 * found.stderr >= lm.lower).all()
    assert found.cost[0] > found.cost[1] > found.cost[2]
    assert found.cost[2] == pytest.approx(lm.upper, rel=2e-3)
    for lottery in lm.lotteries:
        for _, menu in lottery:
            protocol = raymenu.ray_protocol(single(inst, menu), [menu])
            verdict = raymenu.is_osp(protocol, reduced=False)
            assert verdict and verdict.proof.check(protocol, reduced=False) == []


def single(inst, menu):
    """A market of one agent that holds the menu."""
    return raymenu.make_instance(
        "one",
        "made up",
        counts=menu.endowment,
        performance=inst.performance[:1],
        status_quo=[menu.endowment],
        preferences=inst.preferences[:1],
    )
