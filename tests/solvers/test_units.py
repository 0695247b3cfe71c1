"""Units do not matter: performance, counts and costs scaled by 1e-9 to 1e9, apart and together."""

import numpy as np
import pytest
from random_instances import random_instance

import raymenu
from raymenu import FinitePreferences, UniformPreferences


def in_other_units(inst, performance, counts, costs):
    """The same market with social costs, tasks and private costs counted in other units."""
    return raymenu.make_instance(
        "other units",
        "made for a test",
        counts=inst.counts * counts,
        performance=inst.performance * performance,
        status_quo=inst.status_quo * counts,
        preferences=[
            FinitePreferences(costs=tuple(map(tuple, np.array(p.costs) * costs)), weights=p.weights)
            for p in inst.preferences
        ],
        copies=inst.copies,
        slack=inst.slack,
    )


def units(seed, rng):
    """By turns performance alone, counts alone, costs alone, all by one factor, each by its own."""
    factors = 10.0 ** rng.uniform(-9, 9, 3)
    kind = seed % 5
    if kind < 3:
        return [factor if k == kind else 1.0 for k, factor in enumerate(factors.tolist())]
    return [float(factors[0])] * 3 if kind == 3 else factors.tolist()


def check_units(seed):
    rng = np.random.default_rng(seed)
    inst = random_instance(
        rng,
        boxes=False,
        copies=2,
        agents=int(rng.integers(2, 5)),
        tasks=int(rng.integers(2, 5)),
        n_types=int(rng.integers(2, 8)),
    )
    performance, counts, costs = units(seed, rng)
    other, unit = in_other_units(inst, performance, counts, costs), performance * counts
    size = abs(inst.status_quo_cost)
    for solve in (
        raymenu.solve_first_best,
        raymenu.solve_no_choice,
        lambda i: raymenu.solve_full_information(i, 5),
        lambda i: raymenu.solve_bic(i, 5, market="large"),
        lambda i: raymenu.solve_bic(i, 5),
        lambda i: raymenu.solve_bic(i, 3, form="token"),
    ):
        here, there = solve(inst), solve(other)
        assert (there.lower / unit, there.cost / unit) == pytest.approx((here.lower, here.cost), abs=1e-6 * size)
        assert there.check().ok(1e-6)
    here, there = raymenu.solve_large_market(inst, 5), raymenu.solve_large_market(other, 5)
    assert there.status == here.status == "optimal" and there.check().ok(1e-6)
    assert max(here.lower, there.lower / unit) <= min(here.upper, there.upper / unit) + 1e-9 * size


@pytest.mark.parametrize("seed", range(10))
def test_intervals_are_the_same_up_to_units(seed):
    check_units(seed)


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(10))
def test_intervals_are_the_same_up_to_units_in_500_markets(batch):
    for seed in range(1000 + 50 * batch, 1050 + 50 * batch):
        check_units(seed)


def test_first_best_of_the_smallest_units_is_the_closed_form():
    inst = raymenu.load("anaesthesia")
    for unit in (1e-9, 1e-8, 1e8, 1e9):
        scaled = raymenu.make_instance(
            "anaesthesia",
            "made for a test",
            counts=inst.counts,
            performance=inst.performance * unit,
            status_quo=inst.status_quo,
            preferences=inst.preferences,
        )
        best = raymenu.solve_first_best(scaled)
        closed = float(scaled.counts @ scaled.performance.min(axis=0))
        assert (best.lower, best.cost) == pytest.approx((closed, closed), rel=1e-9)


def test_a_column_with_next_to_nothing_of_a_task_does_not_unbound_the_master():
    """Zeros in the status quo, and a menu that leaves 1e-9 of a task: a solver ignores such coefficients."""
    finite = [[(4.0, 4.0, 2.0), (4.0, 2.0, 2.0), (3.0, 4.0, 1.0)], [(1.0, 2.0, 2.0), (3.0, 2.0, 4.0), (1.0, 1.0, 1.0)]]
    inst = raymenu.make_instance(
        "zeros",
        "made for a test",
        counts=[10.0, 7.0, 2.0],
        performance=[
            [0.4823988807053238, 0.6820333658193899, 0.8852018356518209],
            [-0.7934494741096175, -1.2798083730046699, -0.022120684738263383],
            [-0.4996478840609398, -0.21947937494576322, 2.252711806998583],
        ],
        status_quo=[[2.0, 1.0, 1.0], [2.0, 2.0, 0.0], [2.0, 1.0, 0.0]],
        preferences=[
            *(FinitePreferences(costs=costs) for costs in finite),
            UniformPreferences(lower=[0.5] * 3, upper=[0.5, 1.0, 1.0]),
        ],
        copies=[2, 2, 1],
    )
    for types in (3, 20):
        found = raymenu.solve_large_market(inst, types)
        assert found.status == "optimal" and found.check().ok(1e-6)


@pytest.mark.parametrize("size", [1e5, 1e9])
def test_performance_far_from_nothing(size):
    """Social costs of 1e5 and 1e9 that differ by little, beside small columns."""
    inst = random_instance(np.random.default_rng(8), boxes=False, agents=3, tasks=3)
    far = raymenu.make_instance(
        "far",
        "made for a test",
        counts=inst.counts,
        performance=size * (1 + inst.performance),
        status_quo=inst.status_quo,
        preferences=inst.preferences,
    )
    for solve in (raymenu.solve_bic, raymenu.solve_full_information, raymenu.solve_large_market):
        found = solve(far, 5)
        assert found.check().ok(1e-6)
