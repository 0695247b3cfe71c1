"""S^BIC(w): certified on both sides, equal to S(w) at two tasks, never below it."""

from fractions import Fraction

import numpy as np
import pytest

from raymenu import FiniteTypes, InputError, models
from raymenu.solvers.backends import backend
from raymenu.solvers.support.bic_support import support_function_bic


def random_agent(rng, tasks, size):
    kind = rng.integers(3)
    costs = rng.integers(1, 5, (size, tasks)).astype(float) if kind == 0 else rng.uniform(0.5, 2, (size, tasks))
    weights = rng.uniform(0.05, 1, size) if kind == 1 else None
    eta = rng.uniform(0, 3, tasks) * (rng.random(tasks) < 0.9)
    w = rng.uniform(-0.5, 1, tasks)
    if rng.random() < 0.1:
        w[rng.integers(tasks)] = 0.0
    return FiniteTypes(costs, weights), eta, w


def two_task_support(types, eta, w):
    """S(w) for I = 2 by trying every price at which some type is indifferent."""

    def side(a, b):
        prices = np.array([float(Fraction(x) / Fraction(y)) for x, y in types.costs[:, [a, b]].tolist()])
        return max([0.0, *((w[b] * p - w[a]) * eta[a] * types.weights[prices >= p].sum() for p in prices)])

    if (w > 0).all():
        return w @ eta + side(0, 1) + side(1, 0)
    return max(np.maximum(w, 0) @ eta, w @ eta + max(side(0, 1), side(1, 0)))


@pytest.mark.parametrize("batch", range(5))
def test_two_tasks_leave_no_price_of_obviousness(batch):
    rng = np.random.default_rng(batch)
    for _ in range(100):
        types, eta, w = random_agent(rng, 2, int(rng.integers(1, 16)))
        found = support_function_bic(types, eta, w)
        exact = two_task_support(types, eta, w)
        assert found.lower == pytest.approx(exact, abs=1e-9)
        assert found.upper == pytest.approx(exact, abs=1e-9)


def exact_check(types, eta, w, found):
    """Incentives, participation and value, in rational arithmetic."""
    costs = [[Fraction(c) for c in row] for row in types.costs.tolist()]
    x = [[Fraction(v) for v in row] for row in found.interim.tolist()]
    work = lambda c, b: sum(p * q for p, q in zip(c, b))  # noqa: E731
    for t, c in enumerate(costs):
        assert min(x[t]) >= 0
        assert work(c, x[t]) <= work(c, [Fraction(e) for e in eta.tolist()])
        assert all(work(c, x[t]) <= work(c, bundle) for bundle in x)
    value = sum(f * work([Fraction(v) for v in w.tolist()], b) for f, b in zip(types.exact_weights, x))
    assert Fraction(found.lower) <= value <= Fraction(found.upper)


@pytest.mark.parametrize("tasks", [1, 2, 3, 4])
def test_mechanism_is_exactly_incentive_compatible_and_nearly_optimal(tasks):
    rng = np.random.default_rng(tasks)
    for _ in range(8):
        types, eta, w = random_agent(rng, tasks, 20)
        found = support_function_bic(types, eta, w)
        exact_check(types, eta, w, found)
        assert found.upper - found.lower <= 1e-8 * (1 + abs(found.upper))
        whole = backend("highs").solve(models.support_bic(types, eta, w))
        assert found.lower - 1e-6 <= whole.objective <= found.upper + 1e-6


def test_lies_between_the_menus_value_and_the_simple_bound():
    rng = np.random.default_rng(7)
    for _ in range(3):
        types, eta, w = FiniteTypes(rng.uniform(0.5, 2, (5, 3))), np.ones(3), rng.uniform(0.2, 1, 3)
        menu = backend("scip").solve(models.menu(types, eta, w))
        found = support_function_bic(types, eta, w)
        everything_for_the_best_task = (types.costs @ eta * (w / types.costs).max(axis=1)).mean()
        assert menu.objective <= found.upper + 1e-6
        assert found.lower <= everything_for_the_best_task + 1e-12


def test_scaling_a_type_changes_nothing():
    rng = np.random.default_rng(8)
    types, eta, w = random_agent(rng, 3, 15)
    again = FiniteTypes(types.costs * 2.0 ** rng.integers(-3, 4, (15, 1)), types.weights)
    assert support_function_bic(again, eta, w).upper == pytest.approx(
        support_function_bic(types, eta, w).upper, abs=1e-9
    )


def test_several_hundred_types():
    rng = np.random.default_rng(9)
    types, w = FiniteTypes(rng.uniform(0.5, 2, (300, 3))), rng.uniform(0.2, 1, 3)
    found = support_function_bic(types, np.ones(3), w)
    assert found.upper - found.lower <= 1e-8
    assert found.rows < 300 * 299 / 4


def test_bad_input_is_named():
    with pytest.raises(InputError, match="w: 2 numbers needed"):
        support_function_bic(FiniteTypes([[1.0, 2.0]]), [1, 1], [1])
