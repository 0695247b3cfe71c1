"""The search for bilateral trades: against brute force on whole numbers, and the same on any scale."""

import numpy as np
import pytest
from bilateral_oracle import best_gain
from random_instances import random_instance

import raymenu
from raymenu import FinitePreferences
from raymenu.solvers.value_of_choice.bilateral import best_bilateral_trade


def whole_numbers(seed):
    """Two or three agents, two or three tasks, few types of whole-number costs, some shared."""
    rng = np.random.default_rng(seed)
    agents, tasks = int(rng.integers(2, 4)), int(rng.integers(2, 4))
    quo = rng.integers(0, 4, (agents, tasks))
    quo[rng.integers(agents), :] += 1
    quo[:, quo.sum(axis=0) == 0] = 1
    shared = rng.integers(1, 5, (4, tasks))
    kinds = [
        FinitePreferences(costs=tuple(map(tuple, shared[: rng.integers(1, 5)].astype(float).tolist())))
        if rng.random() < 0.5
        else FinitePreferences(costs=tuple(map(tuple, rng.integers(1, 5, (3, tasks)).astype(float).tolist())))
        for _ in range(agents)
    ]
    return raymenu.make_instance(
        "whole", "seeded", counts=quo.sum(axis=0), performance=rng.integers(0, 6, (agents, tasks)), status_quo=quo,
        preferences=kinds,
    )  # fmt: skip


def check_whole(seed):
    inst = whole_numbers(seed)
    types = inst.types()
    strict, best = best_gain(inst, types)
    trade = best_bilateral_trade(inst, types, seed)
    found = trade.gain if trade is not None else 0.0
    assert found <= best * (1 + 1e-9)
    return 1.0 if strict == 0 else found / strict


@pytest.mark.parametrize("seed", range(40))
def test_the_best_trade_in_whole_numbers(seed):
    assert check_whole(seed) >= 0.999


@pytest.mark.slow
def test_the_best_trade_in_whole_numbers_often():
    reached = [check_whole(seed) for seed in range(40, 340)]
    assert min(reached) > 0.99


@pytest.mark.parametrize("scale", [1e-9, 1e-3, 1e9])
def test_the_search_does_not_see_the_scale(scale):
    inst = random_instance(np.random.default_rng(3), agents=3, tasks=3)
    types = inst.types(30)
    same = best_bilateral_trade(inst, types).gain
    again = raymenu.make_instance(
        "scaled", "performance times a number", counts=inst.counts, performance=inst.performance * scale,
        status_quo=inst.status_quo, preferences=inst.preferences,
    )  # fmt: skip
    assert best_bilateral_trade(again, types).gain == pytest.approx(same * scale, rel=1e-6)
    larger = raymenu.make_instance(
        "scaled", "amounts times a number", counts=inst.counts * scale, performance=inst.performance,
        status_quo=inst.status_quo * scale, preferences=inst.preferences,
    )  # fmt: skip
    assert best_bilateral_trade(larger, types).gain == pytest.approx(same * scale, rel=1e-6)
