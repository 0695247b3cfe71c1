"""The interval for a menu's gap on the distribution covers the true gap, where that is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from raymenu import (
    InputError,
    LognormalPreferences,
    Menu,
    UniformPreferences,
    optimality_gap_interval,
    support_function,
)

BOX = UniformPreferences(lower=(0.5, 0.5), upper=(2.0, 2.0))
W = np.array([1.0, 0.8])


def best_on_the_box():
    """S(w) on the box itself at two tasks: the best of each side's exact acceptance, on a fine grid of prices."""
    prices = np.linspace(0.25, 4, 40_001)

    def chance(p):  # Pr[c_2 p <= c_1], both uniform on [.5, 2]: integrate the first over the second
        p = np.asarray(p)[:, None]
        second = (np.arange(2000) + 0.5) / 2000 * 1.5 + 0.5
        return np.clip((2 - np.maximum(0.5, second * p)) / 1.5, 0, 1).mean(axis=1)

    share = np.concatenate([chance(part) for part in np.array_split(prices, 40)])
    first = ((W[1] * prices - W[0]) * share).max()
    second = ((W[0] * prices - W[1]) * share).max()
    return W.sum() + max(first, 0) + max(second, 0)


def test_interval_covers_the_true_gap():
    truth, covered = best_on_the_box(), 0
    for seed in range(20):
        menu = support_function(BOX.discretize(20, seed=seed), [1, 1], W).menu
        found = optimality_gap_interval(menu, BOX, W, replications=8, types=50, seed=seed, confidence=0.9)
        covered += truth - found.value <= found.upper + 1e-9
        assert found.value <= truth + 1e-4
    assert covered >= 17


def test_larger_samples_narrow_it():
    menu = support_function(BOX.discretize(500), [1, 1], W).menu
    coarse = optimality_gap_interval(menu, BOX, W, types=20, replications=10)
    fine = optimality_gap_interval(menu, BOX, W, types=2000, replications=10)
    assert fine.upper < coarse.upper
    assert fine.bound - 4 * fine.bound_stderr <= best_on_the_box() + 1e-3


def test_three_tasks_and_other_distributions():
    cube = {"lower": (0.5,) * 3, "upper": (2.0,) * 3}
    costs = LognormalPreferences(**cube, median=(1.0,) * 3, sigma=(0.5,) * 3)
    w = [0.9, 0.6, 0.8]
    menu = support_function(costs.discretize(60), np.ones(3), w, rel_gap=0.02).menu
    found = optimality_gap_interval(menu, costs, w, replications=4, types=60, rel_gap=0.05)
    assert found.value_stderr > 0
    assert 0 < found.upper < 1
    assert found.estimate <= found.upper


def test_seeded():
    menu = Menu([1, 1], [[-1.0, 1.5]])
    one = optimality_gap_interval(menu, BOX, W, replications=3, types=30, seed=5)
    assert one == optimality_gap_interval(menu, BOX, W, replications=3, types=30, seed=5)
    assert one != optimality_gap_interval(menu, BOX, W, replications=3, types=30, seed=6)
    assert math.isfinite(one.upper)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"replications": 1}, "replications: 1 replications"),
        ({"types": 0}, "types: 0 types"),
        ({"confidence": 1.0}, "confidence: confidence 1.0"),
        ({"method": "nlp"}, "method: nlp proves no upper bound"),
        ({"w": [1.0]}, "w: 2 finite numbers"),
    ],
)
def test_bad_input_is_named(change, said):
    given = {"menu": Menu([1, 1]), "preferences": BOX, "w": W, "replications": 2, "types": 5} | change
    with pytest.raises(InputError, match=said):
        optimality_gap_interval(**given)
