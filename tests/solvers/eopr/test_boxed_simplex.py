"""The boxed dual simplex against a general solver, from every start, and the worth of a unit by taking it out."""

import numpy as np
import pytest
from scipy.optimize import linprog

from raymenu.solvers.eopr.boxed_simplex import certified, no_bases, solve_boxed, solve_with_marginals


def _programs(rng, rows, n, programs=12, most=3):
    columns, values = rng.normal(size=(rows, n)), rng.normal(size=n)
    return columns, values, rng.integers(0, most + 1, size=(programs, n)).astype(float)


@pytest.mark.parametrize(("rows", "n"), [(1, 6), (2, 9), (3, 30), (6, 25), (12, 60)])
def test_agrees_with_a_general_solver(rows, n):
    rng = np.random.default_rng(rows)
    columns, values, upper = _programs(rng, rows, n)
    found = solve_boxed(columns, values, upper)
    reach = np.abs(columns) @ upper.max(axis=0)
    assert certified(columns, values, upper, found, clearing=1e-9 * (1 + reach), gap=1e-9).all()
    for boxes, z in zip(upper, found.z):
        known = linprog(values, A_eq=columns, b_eq=np.zeros(rows), bounds=np.column_stack([0 * boxes, boxes]))
        assert z @ values == pytest.approx(known.fun, abs=1e-7)


def test_any_basis_is_a_start():
    """Bases of other values, of columns without a box, and singular ones lead to the same optima."""
    rng = np.random.default_rng(5)
    columns, values, upper = _programs(rng, 3, 20)
    columns[:, 1] = columns[:, 0]
    optima = solve_boxed(columns, values, upper).z @ values
    bases = no_bases(len(upper), 3)
    solve_boxed(columns, rng.normal(size=20), upper, bases)
    singular, drawn = np.tile([0, 1, 2], (len(upper), 1)), rng.integers(0, 20, size=(len(upper), 3))
    for start in (bases, singular, drawn):
        np.testing.assert_allclose(solve_boxed(columns, values, upper, start).z @ values, optima, atol=1e-9)
        again = solve_boxed(columns, values, upper, start)
        assert (again.iterations == 0).all()


@pytest.mark.parametrize("rows", [1, 2, 4])
def test_a_unit_less_costs_what_solving_again_says(rows):
    rng = np.random.default_rng(rows)
    columns, values, upper = _programs(rng, rows, 15)
    columns, values = np.hstack([columns, columns]), np.tile(values, 2)  # ties: many reduced costs are 0
    upper = np.hstack([upper, upper[::-1]])
    found, marginals = solve_with_marginals(columns, values, upper, most=100)
    for g in range(30):
        fewer = upper.copy()
        fewer[:, g] = np.maximum(fewer[:, g] - 1, 0)
        lost = (solve_boxed(columns, values, fewer).z - found.z) @ values
        np.testing.assert_allclose(marginals[:, g], lost, atol=1e-9)


def test_some_units_stand_for_all_without_bias():
    """The mean over many programs of what a unit is worth hardly depends on how many are taken out one by one."""
    rng = np.random.default_rng(1)
    columns, values, upper = _programs(rng, 2, 40, programs=4000, most=1)
    _, exact = solve_with_marginals(columns, values, upper, most=100)
    _, some = solve_with_marginals(columns, values, upper, most=4)
    error = (some - exact).sum(axis=1)
    assert abs(error.mean()) < 4 * error.std() / np.sqrt(error.size)
    reduced = np.maximum(-(values - solve_boxed(columns, values, upper).prices @ columns), 0) * (upper > 0)
    assert exact.sum() > 1.01 * reduced.sum()
