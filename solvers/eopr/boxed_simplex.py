"""Many small programs that differ in their bounds only, and what one unit less of a bound costs.

    min v.z  s.t.  D z = 0,  0 <= z <= u        D is (I, G) with few rows; u changes from program to program

The compiled dual simplex only proposes. ``certified`` decides, in plain numpy, with primal feasibility and weak
duality: for every lambda, ``sum_g u_g min(0, v_g - lambda.d_g)`` is at most the optimum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from raymenu.solvers.eopr.dual_simplex import Program, climb, copy_standing, dual_objective, empty_program, restart

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FEASIBLE = 1e-11
UNKNOWN = np.iinfo(np.int64).min
"""In a basis: no start is known for this program."""


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
    iterations: Ints


def solve_boxed(columns: Floats, values: Floats, upper: Floats, bases: Ints | None = None) -> BoxedSolutions:
    """Solve the programs in the order given, each from its own basis or that of the one before.

    Parameters
    ----------
    columns
        D, (I, G).
    values
        v, (G,).
    upper
        u, (P, G), nonnegative; without ``bases`` sort alike programs next to each other.
    bases
        (P, I), where each program starts, and on return where it ended; see ``no_bases``. Equal optima, fewer pivots.

    Examples
    --------
    >>> found = solve_boxed(np.array([[1.0, -1.0]]), np.array([-2.0, 1.0]), np.array([[3.0, 5.0], [3.0, 2.0]]))
    >>> found.z.tolist()
    [[3.0, 3.0], [2.0, 2.0]]
    """
    shape = upper.shape[0], columns.shape[0]
    z, prices, iterations = np.zeros(upper.shape), np.zeros(shape), np.zeros(shape[0], dtype=np.int64)
    if upper.shape[1]:
        known = no_bases(*shape) if bases is None else bases
        arrays = np.ascontiguousarray(columns), values, np.ascontiguousarray(upper)
        _solve_each(empty_program(*columns.shape), *arrays, _nothing(values), known, z, prices, iterations)
    return BoxedSolutions(z, prices, iterations)


def solve_with_marginals(
    columns: Floats, values: Floats, upper: Floats, most: int, bases: Ints | None = None
) -> tuple[BoxedSolutions, Floats]:
    """As ``solve_boxed``, with what one unit less of each box costs, (P, G): 0 where it is not used.

    From the optimum of a program each is one pivot away, or none. Where more than ``most`` of a program's boxes are
    used up, ``most`` of them, evenly spaced, stand for all: the others are the reduced cost, which is at most the
    difference, and the mean of what those that were examined lack is spread over all alike.
    """
    known = no_bases(upper.shape[0], columns.shape[0]) if bases is None else bases
    found = solve_boxed(columns, values, upper, known)
    marginals = np.zeros(upper.shape)
    if upper.shape[1]:
        m = empty_program(*columns.shape)
        trial = empty_program(*columns.shape)._replace(columns=m.columns, values=m.values, upper=m.upper)
        arrays = np.ascontiguousarray(columns), values, np.ascontiguousarray(upper)
        _one_less(m, trial, *arrays, _nothing(values), known, found.z, most, marginals)
    return found, marginals


def _nothing(values: Floats) -> float:
    """A reduced cost that is nothing."""
    return 1e-13 * float(np.abs(values).max())


def no_bases(programs: int, rows: int) -> Ints:
    """(P, I), to be filled by a first solve."""
    return np.full((programs, rows), UNKNOWN)


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
def _gather(columns: Floats, values: Floats, upper: Floats, bases: Ints, z: Floats, p: int, m: Program) -> int:
    """Program p at z: its columns with a box, and those of its basis, side by side. How many they are."""
    n = 0
    for g in range(values.size):
        m.place[g] = -1
        if upper[p, g] > 0.0:
            m.ids[n] = g
            m.place[g] = n
            n += 1
    for k in range(m.basis.size):
        g = bases[p, k]
        if g >= 0 and m.place[g] < 0:
            m.ids[n] = g
            m.place[g] = n
            n += 1
        m.basis[k] = m.place[g] if g >= 0 else g
    for c in range(n):
        m.values[c], m.upper[c] = values[m.ids[c]], upper[p, m.ids[c]]
        m.at_upper[c] = 0.0 < upper[p, m.ids[c]] <= z[p, m.ids[c]]
    for i in range(m.basis.size):
        for c in range(n):
            m.columns[i, c] = columns[i, m.ids[c]]
    return n


@numba.njit(cache=True, nogil=True)
def _solve_each(
    m: Program,
    columns: Floats,
    values: Floats,
    upper: Floats,
    zero: float,
    bases: Ints,
    z: Floats,
    prices: Floats,
    iterations: Ints,
) -> None:
    """Each program from its basis in ``bases``, or from where the one before ended; results go into the arrays."""
    rows = m.basis.size
    for p in range(upper.shape[0]):
        if bases[p, 0] == UNKNOWN:
            for k in range(rows):
                bases[p, k] = bases[p - 1, k] if p else -1 - k
        n = _gather(columns, values, upper, bases, z, p, m)
        pivots = 1
        while pivots > 0:
            # Each optimum is confirmed on a fresh inverse.
            if not restart(m, n, zero):
                for k in range(rows):
                    m.basis[k] = -1 - k
                continue
            pivots = climb(m, n, _tolerance(m, n), zero)
            iterations[p] += pivots
        if pivots < 0:
            # The next program starts afresh.
            iterations[p] = -1
            for k in range(rows):
                bases[p, k] = -1 - k
            continue
        for k in range(rows):
            prices[p, k] = m.lam[k]
            bases[p, k] = m.ids[m.basis[k]] if m.basis[k] >= 0 else m.basis[k]
        for c in range(n):
            z[p, m.ids[c]] = m.upper[c] if m.at_upper[c] else 0.0
        for k in range(rows):
            if m.basis[k] >= 0:
                z[p, bases[p, k]] = min(max(m.basic[k], 0.0), m.upper[m.basis[k]])


@numba.njit(cache=True, nogil=True)
def _one_less(
    m: Program,
    trial: Program,
    columns: Floats,
    values: Floats,
    upper: Floats,
    zero: float,
    bases: Ints,
    z: Floats,
    most: int,
    marginals: Floats,
) -> None:
    """What one unit less of each box costs, from the optima z; ``trial`` shares the columns of ``m``."""
    rows, used, tight = m.basis.size, m.ratios, m.order
    for p in range(upper.shape[0]):
        n = _gather(columns, values, upper, bases, z, p, m)
        if not restart(m, n, zero):
            continue
        tolerance = _tolerance(m, n)
        for c in range(n):
            used[c] = m.upper[c] if m.at_upper[c] else 0.0
        for k in range(rows):
            m.basic[k] = 0.0
            for i in range(rows):
                m.basic[k] += m.inverse[k, i] * m.level[i]
            if m.basis[k] >= 0:
                used[m.basis[k]] = m.basic[k]
        count, optimum = 0, dual_objective(m, n)
        for c in range(n):
            if m.upper[c] > 0.0 and used[c] > m.upper[c] - 1.0:
                tight[count] = c
                count += 1
                marginals[p, m.ids[c]] = -m.reduced[c] if m.at_upper[c] else 0.0
        stride = max(1, -(-count // most))
        first = p % stride
        examined = len(range(first, count, stride))
        for t in range(first, count, stride):
            c = tight[t]
            m.upper[c] -= 1.0
            feasible = True
            for k in range(rows):
                x = m.basic[k]
                if m.at_upper[c]:
                    for i in range(rows):
                        x += m.inverse[k, i] * m.columns[i, c]
                box = m.upper[m.basis[k]] if m.basis[k] >= 0 else 0.0
                feasible &= -tolerance <= x <= box + tolerance
            if not feasible:
                copy_standing(m, trial, n)
                if m.at_upper[c]:
                    for i in range(rows):
                        trial.level[i] += m.columns[i, c]
                if climb(trial, n, tolerance, zero) >= 0:
                    lacking = dual_objective(trial, n) - optimum - marginals[p, m.ids[c]]
                    marginals[p, m.ids[c]] += max(lacking, 0.0) * count / examined
            m.upper[c] += 1.0


@numba.njit(cache=True, nogil=True)
def _tolerance(m: Program, n: int) -> float:
    largest = 0.0
    for c in range(n):
        largest = max(largest, m.upper[c])
    return FEASIBLE * (1.0 + largest)
