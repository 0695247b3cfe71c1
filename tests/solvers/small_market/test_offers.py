"""Offers: exactly polarized menus, planes kept exactly, copies split and joined without loss."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import raymenu
from raymenu.solvers.small_market.ascent import whole_sizes
from raymenu.solvers.small_market.choice_probabilities import Draws, Enumeration, Population
from raymenu.solvers.small_market.design import plan_of
from raymenu.solvers.small_market.large import lotteries_at_prices, split_copies
from raymenu.solvers.small_market.moves import compact, halved, reassigned, split
from raymenu.solvers.small_market.objective import Objective
from raymenu.solvers.small_market.offers import both_sides, own_rays, unit_basis
from raymenu.solvers.small_market.polarize import polarize_rays
from raymenu.solvers.small_market.search import make_search


def random_menu(inst, rng):
    """Polarized rays, each giving up a part of a random partition of the tasks."""
    size = int(rng.integers(1, inst.n_tasks + 1))
    owner = rng.permutation(np.r_[np.arange(size), rng.integers(size, size=inst.n_tasks - size)])
    rays = np.abs(rng.normal(size=(size, inst.n_tasks))) * np.where(owner == np.arange(size)[:, None], -1.0, 0.7)
    return polarize_rays(rays * inst.counts / inst.copies.sum())


def _plane(inst, seed=0):
    rng = np.random.default_rng(seed)
    rows = np.arange(inst.n_agents)
    basis = unit_basis(inst) @ rng.normal(size=(inst.n_tasks, 2))
    return both_sides(inst, rows, inst.copies, rows, rng.normal(size=(rows.size, 2)), basis)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 5), st.integers(2, 4))
def test_raised_rays_are_polarized_exactly(seed, tasks, size):
    rays = np.random.default_rng(seed).normal(size=(size, tasks))
    made = polarize_rays(rays)
    menu = raymenu.Menu(np.full(tasks, 1e6), made)
    assert menu.is_polarized()
    assert (made >= np.minimum(rays, 0)).all()


@pytest.mark.parametrize("seed", range(5))
def test_a_plane_stays_a_plane_exactly(seed):
    """All 3 x 3 minors vanish in rational arithmetic: any three of the rays balance exactly."""
    offers = _plane(raymenu.load("anaesthesia"), seed)
    rays = [[Fraction(x) for x in ray] for _, menu in plan_of(offers).holders for ray in menu.rays]
    first, second = rays[0], rays[2]
    for third in rays[4:]:
        for i, j, k in ((0, 1, 2), (0, 1, 3), (1, 2, 3)):
            a, b, c = ([ray[x] for x in (i, j, k)] for ray in (first, second, third))
            minor = (
                a[0] * (b[1] * c[2] - b[2] * c[1])
                - a[1] * (b[0] * c[2] - b[2] * c[0])
                + a[2] * (b[0] * c[1] - b[1] * c[0])
            )
            assert minor == 0


def test_splitting_and_joining_copies_changes_nothing():
    inst = raymenu.load("anaesthesia").with_copies(4)
    objective = Objective(Population(inst, 512, 0), Draws(inst, 200, 1))
    offers = reassigned(_plane(inst), 2, 0)
    halves = split(offers, 1, int(offers.slot[offers.span(1)][0]))
    assert halves.sizes.tolist() == [4, 2, 2, 4, 4, 4]
    assert objective.gain(halves) == pytest.approx(objective.gain(offers), abs=1e-9)
    joined = compact(halves)
    assert joined.sizes.tolist() == offers.sizes.tolist()
    assert len(joined.slots) == 4  # the direction that row 2 left is gone
    assert objective.gain(joined) == pytest.approx(objective.gain(offers), abs=1e-9)


def test_enumeration_is_a_distribution():
    inst = raymenu.load("anaesthesia").with_copies(2)
    rng = np.random.default_rng(3)
    offers = own_rays(inst, [0, 0, 1, 2], [1, 1, 2, 2], [random_menu(inst, rng) for _ in range(4)])
    chance = Population(inst, 512, 0).probabilities(offers)
    everything = Enumeration.of(offers)
    profiles = everything.profiles(offers, chance)
    assert everything.size == Enumeration.number(offers)
    assert profiles.weights.sum() == pytest.approx(1.0)
    means = profiles.weights @ profiles.counts
    assert means == pytest.approx(chance * offers.sizes[offers.owner])


def test_probabilities_are_those_of_the_menus():
    inst = raymenu.load("anaesthesia")
    rng = np.random.default_rng(5)
    offers = own_rays(inst, [0, 1], [1, 1], [random_menu(inst, rng) for _ in range(2)]).quantised()
    population = Population(inst, 1024, 0)
    expected = [
        float(p)
        for _, menu in plan_of(offers).holders
        for p in menu.acceptance(inst.preferences[0].discretize(1024, seed=0))
    ]
    assert population.probabilities(offers) == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize("method", ["local-search", "auto"])
def test_lotteries_clear_in_expectation_and_their_copies_are_split(method):
    """Never more than BIC saves on the same types; the copies of a row go to its menus in proportion."""
    inst = raymenu.load("anaesthesia")
    search = make_search(inst, 0)
    types = inst.types(60, 0)
    plan = lotteries_at_prices(search, types, method, 0.01)
    gain, trade = 0.0, np.zeros(inst.n_tasks)
    for lottery, own, pi, eta in zip(plan.lotteries, types, inst.performance, inst.endowment):
        for chance, menu in lottery:
            moved = chance * (menu.expected_assignment(own) - eta)
            gain, trade = gain - pi @ moved, trade + moved
    assert trade == pytest.approx(np.zeros(inst.n_tasks), abs=1e-7)
    assert 0 < gain <= inst.status_quo_cost - raymenu.solve_bic(inst, types=60, seed=0, market="large").cost + 1e-7
    spread = split_copies(inst.with_copies(10), plan)
    assert 0 < spread.sizes.sum() <= 50


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 50), min_size=4, max_size=4), st.integers(0, 1000))
def test_whole_sizes_keep_every_row_and_every_group(real, seed):
    inst = raymenu.load("anaesthesia").with_copies(20)
    rng = np.random.default_rng(seed)
    offers = own_rays(inst, [0, 0, 2, 2], [13, 7, 1, 19], [random_menu(inst, rng) for _ in range(4)])
    made = whole_sizes(offers, np.array(real))
    assert made.min() >= 1
    assert made[:2].sum() == made[2:].sum() == 20


def test_halves_stay_polarized_and_keep_every_agent():
    inst = raymenu.load("anaesthesia").with_copies(3)
    rng = np.random.default_rng(5)
    offers = own_rays(inst, range(5), [3] * 5, [random_menu(inst, rng) for _ in range(5)])
    made = halved(offers, rng)
    assert made.sizes.tolist() == [2, 1] * 5
    assert made.rows.tolist() == np.repeat(range(5), 2).tolist()
    plan = plan_of(made)
    assert not plan.unpolarized()
    assert sum(group.agents for group in plan.groups) == 15
    assert np.allclose(made.rays[made.owner == 0], offers.rays[offers.owner == 0])


@pytest.mark.parametrize("rank", [2, 3])
def test_without_pure_work_in_their_space_only_opposite_rays_are_polarized(rank):
    """Both sides of one direction are all that a menu in such a space can hold."""
    rng = np.random.default_rng(rank)
    for _ in range(50):
        worth = rng.integers(1, 9, size=4)
        # Whole numbers orthogonal to a positive vector: no combination is nonnegative but zero.
        spanning = [
            np.eye(4, dtype=int)[a] * worth[b] - np.eye(4, dtype=int)[b] * worth[a] for a, b in ((0, 1), (1, 2))
        ]
        spanning += [np.eye(4, dtype=int)[3] * worth[0] - np.eye(4, dtype=int)[0] * worth[3]]
        first, second = (rng.integers(-3, 4, size=rank) @ np.array(spanning)[:rank] for _ in range(2))
        if not first.any() or not second.any() or np.linalg.matrix_rank([first, second]) < 2:
            continue
        eta = np.full(4, float(max(np.abs(first).max(), np.abs(second).max())))
        assert not raymenu.Menu(eta, [first, second]).is_polarized()
        assert raymenu.Menu(eta, [first, -first]).is_polarized()
