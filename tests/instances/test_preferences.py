"""Distributions of costs: quantiles true in far tails and on narrow boxes, weights of any size."""

import warnings
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import truncnorm

from raymenu import FiniteTypes, InputError, LognormalPreferences, UniformPreferences
from raymenu.instances.truncated_normal import truncated_normal

SHARES = np.array([0.0, 1e-12, 0.1, 0.5, 0.9, 1 - 1e-9, 1.0])[:, None]


def quantiles(location, scale, lower, upper, shares=SHARES):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = truncated_normal(shares, *(np.array([value], float) for value in (location, scale, lower, upper)))
    return made.ravel()


@pytest.mark.parametrize("side", [1, -1])
def test_tails(side):
    """Far above the mean the excess over the lower bound is exponential, -log(1 - u) / e, less terms of 1/e^3."""
    for e in (10.0, 100.0, 1e4):
        found = quantiles(0, 1, e, e + 100) if side > 0 else -quantiles(0, 1, -e - 100, -e, 1 - SHARES)
        inner = slice(1, -1)
        steps = -np.log1p(-SHARES.ravel()[inner]) / e
        assert np.allclose(found[inner] - e, steps, rtol=3 * 12 / e**2, atol=1e-11 * e)
        assert np.allclose(found[[0, -1]], [e, e + 100], rtol=1e-15)


def test_a_median_far_below_the_box():
    types = LognormalPreferences(median=(0.04, 1.0), sigma=(0.3, 0.3), lower=(0.5, 0.5), upper=(2, 2)).discretize(4096)
    assert abs(types.costs[:, 0].mean() - 0.518) < 1e-3 and types.costs[:, 0].max() < 1
    mirrored = LognormalPreferences(median=(25.0, 1.0), sigma=(0.3, 0.3), lower=(0.5, 0.5), upper=(2, 2))
    assert abs(1 / mirrored.discretize(4096).costs[:, 0] - 0.518).mean() < 0.05


@given(st.floats(-5, 5), st.floats(0.2, 3), st.floats(-3, 3), st.floats(0.01, 4))
def test_against_scipy_where_nothing_is_extreme(location, scale, lower, width):
    ends = (lower - location) / scale, (lower + width - location) / scale
    wanted = truncnorm.ppf(SHARES.ravel(), *ends, loc=location, scale=scale)
    assert np.allclose(quantiles(location, scale, lower, lower + width), wanted, atol=1e-6 * width)


EXTREME = st.sampled_from([-1e100, -700.0, -40.0, -1.0, 0.0, 0.3, 1.0, 9.0, 60.0, 1e5, 1e100])


@given(
    EXTREME,
    st.sampled_from([1e-300, 1e-100, 1e-9, 1e-3, 1.0, 1e6, 1e100]),
    EXTREME,
    st.sampled_from([0, 1e-12, 1, 300]),
)
def test_extremes_stay_in_the_box_and_in_order(location, scale, lower, width):
    found = quantiles(location, scale, lower, lower + width)
    assert (np.diff(found) >= 0).all() and found[0] >= lower and found[-1] <= lower + width
    median = found[3]
    if width and scale * 1e3 < width and lower < location < lower + width:
        assert abs(median - location) <= 1e-3 * width
    if width and scale >= 1e6 * max(1, abs(location), abs(lower)):  # flat there
        assert abs(median - lower - width / 2) <= 1e-2 * width + 1e-15 * abs(lower)


def test_uniform_at_extremes():
    box = UniformPreferences(lower=(1e-100, 1.0), upper=(1e100, 1.0))
    costs = box.quantiles(np.array([[0.0, 0.0], [0.5, 0.5], [1.0, 1.0]]))
    assert np.isfinite(costs).all() and (costs >= box.lower_bounds).all() and (costs <= box.upper_bounds).all()


@pytest.mark.parametrize("unit", [1e308, 1e300, 1.0, 1e-300, 5e-324])
def test_weights_of_any_size(unit):
    types = FiniteTypes([[1, 2], [2, 1], [1, 1]], [unit] * 3)
    assert types.weights.tolist() == [1 / 3] * 3 and types.exact_weights == [Fraction(1, 3)] * 3
    uneven = FiniteTypes([[1, 2], [2, 1]], [1e308, 1e308 / 4])
    assert np.allclose(uneven.weights, [0.8, 0.2])


def test_more_types_than_are_of_use():
    box = UniformPreferences(lower=(0.5, 0.5), upper=(2, 2))
    with pytest.raises(InputError, match=r"types: 3000000 types asked for: at most 1000000"):
        box.discretize(3_000_000)
