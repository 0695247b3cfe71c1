"""What once kept a certificate open: specks in w, costs that differ by orders of magnitude, ties."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from support_cases import exact_two_tasks, heavy_tailed, speck_case

from raymenu import FiniteTypes
from raymenu.solvers.support import support_function

HANGING = FiniteTypes([[2.0, 3, 2, 4], [1, 1, 3, 4], [3, 2, 3, 1]]), np.array([1.0, 1, 3, 2])


@pytest.mark.parametrize("speck", [-1e-6, -1e-9, 0.0, 1e-300, 1e-15, 1e-12, 1e-9, 1e-6])
def test_a_price_within_rounding_of_a_performance(speck):
    types, endowment = HANGING
    result = support_function(types, endowment, [0.0, speck, 23.3333333333, 5.0], time_limit=10)
    assert result.status == "optimal"
    assert result.lower <= 127.2222222222 + 1e-4 and result.upper >= 127.2222222222 - 1e-4


def test_both_ends_are_continuous_where_w_passes_zero():
    types, endowment = HANGING
    ends = []
    for speck in (0.0, 1e-13, 1e-11, 1e-9, -1e-9):
        result = support_function(types, endowment, [0.0, speck, 23.3333333333, 5.0], rel_gap=1e-6, time_limit=10)
        ends.append((result.lower, result.upper))
    assert np.ptp(ends, axis=0).max() <= 1e-4


@pytest.mark.parametrize("block", range(4))
def test_specks_among_whole_numbers_close(block):
    for seed in range(100 * block, 100 * (block + 1)):
        types, endowment, w = speck_case(seed)
        result = support_function(types, endowment, w, method="branch-and-bound", time_limit=10)
        assert result.menu.is_polarized()
        assert result.status == "optimal", seed
        if w.size == 2:
            assert Fraction(result.lower) <= exact_two_tasks(types, endowment, w) <= Fraction(result.upper)


@pytest.mark.parametrize("seed", [503, 39, 16])
def test_outliers_crowd_no_bucket(seed):
    types, endowment, w = heavy_tailed(seed, 3 if seed < 503 else 4, 1000)
    result = support_function(types, endowment, w, time_limit=30)
    assert result.status == "optimal"
