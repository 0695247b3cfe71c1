"""What the small-market benchmarks rest on: files that pass their checks, and values on the distribution itself."""

import numpy as np
import pytest

import raymenu
from raymenu.benchmarks.suites.small_market import cost_of_distribution, dual_cost, random_instance, rechecked
from raymenu.solvers.small_market import FAMILIES


@pytest.mark.parametrize("copies", [1, pytest.param(4, marks=pytest.mark.slow)])
def test_every_family_passes_verify(copies):
    inst = random_instance(5, 3, 1).with_copies(copies)
    design = raymenu.design_small_market(inst, effort=0.05, profiles=200)
    found = rechecked(design, seed=0)
    assert set(found) == {row.family for row in design.table} >= set(FAMILIES[:6])
    for name, checks in found.items():
        assert len(checks) > 3
        assert all(check.passed for check in checks), name


def test_the_distribution_is_worth_less_than_the_types_and_no_more_than_its_bound():
    inst = raymenu.load("anaesthesia")
    large = raymenu.solve_large_market(inst, types=100, rel_gap=0.02)
    cost = cost_of_distribution(large)
    assert large.upper < cost < inst.status_quo_cost
    # On types of its own each bound is on average below the value, by more than its spread with so few types.
    bounds = [dual_cost(inst, large.prices, 300, seed, 0.02) for seed in range(1, 5)]
    assert np.mean(bounds) < cost
