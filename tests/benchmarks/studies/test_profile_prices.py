"""Bounds from multipliers that depend on the profile lie between the large market and the best menus of two agents."""

import pytest
from bilateral_oracle import best_gain

import raymenu
from raymenu.benchmarks.studies.profile_prices import bound, tiny_market


@pytest.mark.parametrize("seed", [0, 1, 4, 5, 8, 9])
def test_the_bound_is_one(seed):
    inst = tiny_market(seed)
    types = inst.types()
    found = bound(inst, types)
    # Two agents clear by opposite rays only: the best menus are the best bilateral trade.
    _, best = best_gain(inst, types)
    assert found <= inst.status_quo_cost - best + 1e-7
    large = raymenu.solve_large_market(inst, types, rel_gap=1e-4)
    assert large.lower - 1e-6 <= found
