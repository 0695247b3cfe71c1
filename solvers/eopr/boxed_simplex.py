"""Dual simplex for many small programs that differ in their bounds only.

    min v.z  s.t.  D z = 0,  0 <= z <= u        D is (I, G) with few rows; u changes from program to program

Every variable is boxed, so each basis is dual feasible once the other variables sit at the bound their reduced cost
asks for: the basis of one program is a warm start for the next, whatever its bounds. The ratio test is the long one
(a variable whose box is used up by the step flips to its other bound; Maros 2003, Computational Techniques of the
Simplex Method, section 10.2). Artificial columns with the box [0, 0] fill the basis where D lacks rank; they leave and
never return.

The kernel only proposes. ``certified`` decides, in plain numpy, with primal feasibility and weak duality:
for every lambda, ``sum_g u_g min(0, v_g - lambda.d_g)`` is at most the optimum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
PIVOT = 1e-9
FEASIBLE = 1e-11
REFACTOR = 20


@dataclass(frozen=True)
class BoxedSolutions:
    """Proposed solutions of P programs.

    Attributes
    ----------
    z
        (P, G), within the bounds.
    prices
        lambda, (P, I).
    iterations
        (P,), pivots; -1 where the kernel gave up.
    """

    z: Floats
    prices: Floats
    iterations: NDArray[np.int64]


def solve_boxed(columns: Floats, values: Floats, upper: Floats) -> BoxedSolutions:
    """Solve the programs in the order given, each from the basis of the one before.

    Parameters
    ----------
    columns
        D, (I, G).
    values
        v, (G,).
    upper
        u, (P, G), nonnegative; sort alike programs next to each other.

    Examples
    --------
    >>> found = solve_boxed(np.array([[1.0, -1.0]]), np.array([-2.0, 1.0]), np.array([[3.0, 5.0], [3.0, 2.0]]))
    >>> found.z.tolist()
    [[3.0, 3.0], [2.0, 2.0]]
    """
    shape = upper.shape[0], columns.shape[0]
    z, prices, iterations = np.zeros(upper.shape), np.zeros(shape), np.zeros(shape[0], dtype=np.int64)
    if upper.shape[1]:
        _solve_all(np.ascontiguousarray(columns), values, np.ascontiguousarray(upper), z, prices, iterations)
    return BoxedSolutions(z, prices, iterations)


def dual_bound(columns: Floats, values: Floats, upper: Floats, prices: Floats) -> Floats:
    """(P,), the lower bound on each optimum that the prices prove by weak duality."""
    reduced = values - prices @ columns
    bound: Floats = (upper * np.minimum(reduced, 0.0)).sum(axis=1)
    return bound


def certified(
    columns: Floats, values: Floats, upper: Floats, found: BoxedSolutions, *, clearing: Floats, gap: float
) -> NDArray[np.bool_]:
    """(P,), whether each proposal is feasible and within ``gap`` of its own dual bound.

    Parameters
    ----------
    clearing
        (I,), the largest residual of each row of D z = 0.
    gap
        In units of the objective.
    """
    fine: NDArray[np.bool_] = (found.iterations >= 0) & np.isfinite(found.z).all(axis=1)
    fine &= ((found.z >= 0) & (found.z <= upper)).all(axis=1)
    fine &= (np.abs(found.z @ columns.T) <= clearing).all(axis=1)
    fine &= found.z @ values - dual_bound(columns, values, upper, found.prices) <= gap
    return fine


@numba.njit(cache=True, nogil=True)
def _invert(columns: Floats, basis: NDArray[np.int64], inverse: Floats) -> bool:
    """Gauss-Jordan with partial pivoting; False where the basis is singular. Columns past G are artificial."""
    rows, n = columns.shape
    work = np.zeros((rows, 2 * rows))
    for k in range(rows):
        work[k, rows + k] = 1.0
        if basis[k] >= n:
            work[basis[k] - n, k] = 1.0
        else:
            for i in range(rows):
                work[i, k] = columns[i, basis[k]]
    for k in range(rows):
        best = k
        for i in range(k + 1, rows):
            if abs(work[i, k]) > abs(work[best, k]):
                best = i
        if abs(work[best, k]) < 1e-12:
            return False
        for c in range(2 * rows):
            work[k, c], work[best, c] = work[best, c], work[k, c]
        scale = 1.0 / work[k, k]
        for c in range(2 * rows):
            work[k, c] *= scale
        for i in range(rows):
            if i != k and work[i, k] != 0.0:
                factor = work[i, k]
                for c in range(2 * rows):
                    work[i, c] -= factor * work[k, c]
    for i in range(rows):
        for k in range(rows):
            inverse[i, k] = work[i, rows + k]
    return True


@numba.njit(cache=True, nogil=True)
def _solve_all(
    columns: Floats, values: Floats, upper: Floats, z: Floats, prices: Floats, iterations: NDArray[np.int64]
) -> None:
    rows, n = columns.shape
    basis = np.arange(n, n + rows)
    place = np.full(n, -1)  # place in the basis, or -1
    at_upper = np.zeros(n, dtype=np.bool_)
    inverse = np.eye(rows)
    since_refactor = 0
    reduced, lam, level, alpha = np.zeros(n), np.zeros(rows), np.zeros(rows), np.zeros(n)
    ratios, order = np.zeros(n), np.zeros(n, dtype=np.int64)
    size = np.abs(values).max()
    reduced_zero = 1e-13 * size
    limit = 100 + 20 * (rows + n)
    for p in range(upper.shape[0]):
        u = upper[p]
        tolerance = FEASIBLE * (1.0 + u.max())
        iteration = 0
        while True:
            # Prices, reduced costs, the bound each asks for, and the levels of the basic variables.
            for k in range(rows):
                lam[k] = 0.0
            for k in range(rows):
                if basis[k] < n:
                    for i in range(rows):
                        lam[i] += values[basis[k]] * inverse[k, i]
            for i in range(rows):
                level[i] = 0.0
            for g in range(n):
                if place[g] >= 0:
                    reduced[g] = 0.0
                    continue
                r = values[g]
                for i in range(rows):
                    r -= lam[i] * columns[i, g]
                reduced[g] = r
                if r > reduced_zero:
                    at_upper[g] = False
                elif r < -reduced_zero:
                    at_upper[g] = True
                if at_upper[g]:
                    for i in range(rows):
                        level[i] -= columns[i, g] * u[g]
            worst, leaving, above = tolerance, -1, False
            for k in range(rows):
                x = 0.0
                for i in range(rows):
                    x += inverse[k, i] * level[i]
                box = u[basis[k]] if basis[k] < n else 0.0
                if -x > worst:
                    worst, leaving, above = -x, k, False
                if x - box > worst:
                    worst, leaving, above = x - box, k, True
            if leaving < 0:
                if since_refactor > 0:
                    # Confirm on a fresh inverse.
                    if not _invert(columns, basis, inverse):
                        iteration = -1
                        break
                    since_refactor = 0
                    continue
                break
            if iteration >= limit:
                iteration = -1
                break
            iteration += 1
            # The row of the leaving variable, turned so that it must rise.
            turn = -1.0 if above else 1.0
            candidates = 0
            for g in range(n):
                if place[g] >= 0:
                    continue
                a = 0.0
                for i in range(rows):
                    a += inverse[leaving, i] * columns[i, g]
                alpha[g] = a
                a *= turn
                if (a < -PIVOT and not at_upper[g]) or (a > PIVOT and at_upper[g]):
                    ratios[g] = abs(reduced[g]) / abs(a)
                    order[candidates] = g
                    candidates += 1
            slope, entering = worst, -1
            for c in range(candidates):
                best = c
                for d in range(c + 1, candidates):
                    gap = ratios[order[d]] - ratios[order[best]]
                    if gap < 0.0 or (gap == 0.0 and abs(alpha[order[d]]) > abs(alpha[order[best]])):
                        best = d
                order[c], order[best] = order[best], order[c]
                g = order[c]
                slope -= abs(alpha[g]) * u[g]
                if slope <= 0.0 or c == candidates - 1:
                    entering = g
                    break
                at_upper[g] = not at_upper[g]
            if entering < 0:
                # No step is left though z = 0 is feasible: rounding; the caller solves this one another way.
                iteration = -1
                break
            left = basis[leaving]
            if left < n:
                place[left] = -1
                at_upper[left] = above
            basis[leaving] = entering
            place[entering] = leaving
            since_refactor += 1
            if since_refactor >= REFACTOR:
                if not _invert(columns, basis, inverse):
                    iteration = -1
                    break
                since_refactor = 0
            else:
                pivot = 0.0
                for k in range(rows):
                    x = 0.0
                    for i in range(rows):
                        x += inverse[k, i] * columns[i, entering]
                    level[k] = x
                pivot = level[leaving]
                for i in range(rows):
                    inverse[leaving, i] /= pivot
                for k in range(rows):
                    if k != leaving and level[k] != 0.0:
                        for i in range(rows):
                            inverse[k, i] -= level[k] * inverse[leaving, i]
        iterations[p] = iteration
        if iteration < 0:
            # Start the next program afresh.
            for g in range(n):
                place[g] = -1
                at_upper[g] = False
            for k in range(rows):
                basis[k] = n + k
                for i in range(rows):
                    inverse[k, i] = 1.0 if i == k else 0.0
            since_refactor = 0
            continue
        for g in range(n):
            z[p, g] = u[g] if at_upper[g] else 0.0
        for k in range(rows):
            prices[p, k] = lam[k]
            if basis[k] < n:
                x = 0.0
                for i in range(rows):
                    x += inverse[k, i] * level[i]
                z[p, basis[k]] = min(max(x, 0.0), u[basis[k]])
