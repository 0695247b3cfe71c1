"""Lotteries over allocations: exact expectation, all constraints, and what is refused."""

from fractions import Fraction
from math import ceil, floor, lcm

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import raymenu
from raymenu import InputError, Menu, decompose


def random_assignment(rng):
    """Rationals of many shapes, columns made exactly whole by scaling or by topping up one entry."""
    agents, tasks = int(rng.integers(1, 31)), int(rng.integers(1, 9))
    values = rng.gamma(0.7, rng.uniform(0.3, 3), (agents, tasks))
    if rng.random() < 0.5:
        exact = [[Fraction(v).limit_denominator(int(rng.integers(2, 60))) for v in row] for row in values.tolist()]
        for i in range(tasks):
            total = sum(row[i] for row in exact)
            exact[int(rng.integers(agents))][i] += -(-total.numerator // total.denominator) - total
        return exact
    exact = [[Fraction(v) for v in row] for row in values.tolist()]
    sums = [sum(column) for column in zip(*exact)]
    return [[v * max(1, round(s)) / s for v, s in zip(row, sums)] for row in exact]


def verify(lottery, expected):
    """All promises, recomputed here and exactly: whole numbers over a common denominator."""
    weights, z = lottery.weights, lottery.allocations.astype(object)
    common = lcm(*(w.denominator for w in weights))
    shares = np.array([int(w * common) for w in weights], dtype=object)
    assert shares.sum() == common and shares.min() > 0
    target = np.array(expected, dtype=object)
    assert z.shape[1:] == target.shape
    assert lottery.size <= target.shape[0] * (target.shape[1] + 1) + 1
    assert (np.tensordot(shares, z, 1) == target * common).all()
    assert (z >= 0).all()
    low, high = np.vectorize(floor)(target), np.vectorize(ceil)(target)
    assert ((z >= low) & (z <= high)).all()
    totals = [sum(row) for row in expected]
    for j, total in enumerate(totals):
        assert set(z[:, j].sum(axis=1)) <= {floor(total), ceil(total)}
    assert (z.sum(axis=1) == target.sum(axis=0)).all()


def check_random(seeds):
    for seed in seeds:
        exact = random_assignment(np.random.default_rng(seed))
        lottery = decompose(exact)
        verify(lottery, exact)
        assert lottery.adjustment == 0


def test_random_assignments():
    check_random(range(60))


@pytest.mark.slow
def test_a_thousand_random_assignments():
    check_random(range(1000))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5), st.integers(1, 4), st.data())
def test_small_assignments(agents, tasks, data):
    weights = data.draw(
        st.lists(st.lists(st.integers(0, 6), min_size=agents, max_size=agents), min_size=tasks, max_size=tasks)
    )
    counts = data.draw(st.lists(st.integers(1, 7), min_size=tasks, max_size=tasks))
    columns = [
        [Fraction(n * w, sum(ws)) if sum(ws) else Fraction(n * (j == 0)) for j, w in enumerate(ws)]
        for ws, n in zip(weights, counts)
    ]
    expected = [list(row) for row in zip(*columns)]
    lottery = decompose(expected)
    verify(lottery, expected)
    assert lottery.check() == []


def test_floats_that_sum_exactly_are_taken_exactly():
    values = np.array([[0.5, 0.9], [0.25, 0.0], [0.25, 1.0]])
    values[1, 1] = 1 - values[0, 1]  # exact: 0.9 is at least 1/2
    lottery = decompose(values)
    assert lottery.adjustment == 0
    verify(lottery, [[Fraction(v) for v in row] for row in values.tolist()])


def test_floats_with_rounding_are_adjusted_a_little_and_it_is_said():
    values = np.array([[1 / 3, 1 - 1e-13], [1 / 3, 1.0], [1 / 3, 1e-13]])
    lottery = decompose(values)
    assert 0 < lottery.adjustment < 1e-12
    assert lottery.allocations[:, :, 1].tolist() == [[1, 1, 0]] * lottery.size
    assert lottery.check() == []


def test_draws_have_the_frequencies_of_the_weights():
    lottery = decompose([[0.5, 1.0], [0.25, 0.5], [0.25, 0.5]])
    draws = lottery.sample(200_000, seed=0)
    assert draws.shape == (200_000, 3, 2)
    np.testing.assert_allclose(draws.mean(axis=0), [[0.5, 1.0], [0.25, 0.5], [0.25, 0.5]], atol=0.005)
    assert (lottery.sample(7, seed=5) == lottery.sample(7, seed=5)).all()
    assert lottery.sample(seed=5).shape == (3, 2)
    for k in range(lottery.size):
        assert (lottery.allocation(k) == lottery.allocations[k]).all()


def test_the_check_finds_faults():
    lottery = decompose([[0.5, 1.0], [0.25, 0.5], [0.25, 0.5]])
    lottery.allocations[0, 0, 0] += 1
    assert len(lottery.check()) >= 3


def test_what_is_refused():
    with pytest.raises(InputError, match="whole tasks"):
        decompose([[0.5], [0.6]])
    with pytest.raises(InputError, match="whole tasks"):
        decompose([[Fraction(1, 3)], [Fraction(2, 3) + Fraction(1, 10**12)]])
    with pytest.raises(InputError, match="nonnegative"):
        decompose([[-0.5], [1.5]])
    with pytest.raises(InputError, match="finite"):
        decompose([[float("nan")], [1.5]])
    with pytest.raises(InputError, match="matrix"):
        decompose([])


def test_an_allocation_is_handed_out():
    inst = raymenu.make_instance(
        "two",
        "made up",
        counts=[3, 3],
        performance=[[1, 2], [2, 1]],
        status_quo=[[1.5, 1.5]] * 2,
        preferences=[raymenu.UniformPreferences(lower=(1, 1), upper=(2, 2))] * 2,
    )
    menus = [Menu([1.5, 1.5], [[0.9, -1]]), Menu([1.5, 1.5], [[-0.9, 1]])]
    a = raymenu.allocate(inst, menus, [0, 0])
    for seed in range(20):
        drawn = a.lottery(seed=seed)
        assert drawn.sum(axis=0).tolist() == [3, 3]
        assert (np.abs(drawn - a.assignment) < 1).all()
    with pytest.raises(InputError, match="one profile"):
        raymenu.allocate(inst, menus, [[0, 0]]).lottery()
