"""The cleared market against EOPR's certified programs, and the worth of the marginal agent by taking him out."""

import numpy as np
import pytest

import raymenu
from raymenu.mechanisms import choose
from raymenu.solvers.small_market.clearing import clear, clear_with_marginals
from raymenu.solvers.small_market.design import plan_of
from raymenu.solvers.small_market.offers import both_sides, single_direction, unit_basis


def _market(copies):
    return raymenu.load("anaesthesia").with_copies(copies)


@pytest.mark.parametrize("seed", range(4))
def test_marginals_are_differences(seed):
    rng = np.random.default_rng(seed)
    rays, values = rng.normal(size=(9, 3)), rng.normal(size=9)
    counts = rng.integers(0, 4, size=(6, 9)).astype(float)
    market = clear_with_marginals(rays, values, counts)
    for g in range(9):
        fewer = counts.copy()
        fewer[:, g] = np.maximum(fewer[:, g] - 1, 0)
        np.testing.assert_allclose(market.marginals[:, g], market.gains - clear(rays, values, fewer), atol=1e-9)
    dual = (counts * np.maximum(values + market.prices @ rays.T, 0)).sum(axis=1)
    np.testing.assert_allclose(market.gains, dual, atol=1e-9)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_the_search_clears_as_the_exact_menus_do(rank):
    inst = _market(2)
    rng = np.random.default_rng(rank)
    rows = np.arange(inst.n_agents)
    basis = unit_basis(inst) @ rng.normal(size=(4, rank))
    basis[:, 0] = [-0.2, -1.0, 0.79, 0.47]
    slots = np.eye(rank)[0] + 0.2 * rng.normal(size=(rows.size, rank)) * (rank > 1)
    offers = both_sides(inst, rows, inst.copies, rows, slots, basis).quantised()
    menus = plan_of(offers).menus()
    assert all(menu.is_polarized() for menu in menus)
    types = rng.uniform(0.5, 2.0, size=(300, len(menus), 4))
    choices = choose(inst, menus, types)
    counts = np.zeros((300, offers.n_rays))
    for agent, row in enumerate(inst.agent_rows):
        for k in range(2):
            counts[:, 2 * row + k] += choices[:, agent] == k
    gains = clear(offers.coordinates, offers.values, counts)
    exact = raymenu.EoprRule(inst, menus).costs(choices)
    np.testing.assert_allclose(inst.status_quo_cost - exact, gains, atol=1e-7)
    assert rank > 2 or gains.max() > 0


def test_two_sides_of_one_direction_match_by_a_sort():
    """The program with one row is the matching of the cheapest takers of one side with the dearest of the other."""
    inst = _market(1)
    offers = single_direction(inst, np.array([1.0, -1.0, 0.5, -0.2]))
    rng = np.random.default_rng(0)
    for _ in range(50):
        side = rng.integers(0, 2, size=5)
        counts = np.zeros((1, 10))
        counts[0, 2 * np.arange(5) + side] = 1.0
        size = np.abs(offers.coordinates[:, 0])
        units = [[(offers.values[g] / size[g], size[g]) for g in 2 * np.flatnonzero(side == s) + s] for s in (0, 1)]
        forth, back = (sorted(each, reverse=True) for each in units)
        gain = 0.0
        while forth and back and forth[0][0] + back[0][0] > 0:
            amount = min(forth[0][1], back[0][1])
            gain += amount * (forth[0][0] + back[0][0])
            for queue in (forth, back):
                rate, left = queue.pop(0)
                if left > amount:
                    queue.insert(0, (rate, left - amount))
        assert clear(offers.coordinates, offers.values, counts)[0] == pytest.approx(gain, abs=1e-9)
