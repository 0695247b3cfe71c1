"""The compiled dual simplex for one program of ``boxed_simplex``.

Every variable is boxed, so each basis is dual feasible once the other variables sit at the bound their reduced cost
asks for: any basis is a warm start for any program, whatever its bounds. The ratio test is the long one (a variable
whose box is used up by the step flips to its other bound; Maros 2003, Computational Techniques of the Simplex Method,
section 10.2). Artificial columns with the box [0, 0] fill the basis where D lacks rank; they leave and never return.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
PIVOT = 1e-9
REFACTOR = 20


class Program(NamedTuple):
    """One program without the columns whose box is empty, and where its solution stands.

    Columns g of D lie in ``columns[:, g]``; a negative number -1 - i in the basis is the artificial column of row i.
    """

    ids: Ints  # of its columns in D
    place: Ints  # of the columns of D among its own, -1 where they are not
    columns: Floats
    values: Floats
    upper: Floats
    basis: Ints
    at_upper: NDArray[np.bool_]
    inverse: Floats
    work: Floats  # (rows, 2 rows), to invert in
    reduced: Floats
    lam: Floats
    level: Floats  # what the variables at a bound leave for the basic ones, -sum d_g u_g
    basic: Floats  # inverse @ level
    alpha: Floats
    ratios: Floats
    order: Ints


def empty_program(rows: int, n: int) -> Program:
    """Room for a program of so many rows and at most n columns."""
    lengths = [np.zeros(n) for _ in range(5)]
    return Program(
        ids=np.zeros(n, dtype=np.int64),
        place=np.zeros(n, dtype=np.int64),
        columns=np.zeros((rows, n)),
        values=lengths[0],
        upper=lengths[1],
        basis=np.zeros(rows, dtype=np.int64),
        at_upper=np.zeros(n, dtype=np.bool_),
        inverse=np.zeros((rows, rows)),
        work=np.zeros((rows, 2 * rows)),
        reduced=lengths[2],
        lam=np.zeros(rows),
        level=np.zeros(rows),
        basic=np.zeros(rows),
        alpha=lengths[3],
        ratios=lengths[4],
        order=np.zeros(n, dtype=np.int64),
    )


@numba.njit(cache=True, nogil=True)
def invert(m: Program) -> bool:
    """Gauss-Jordan with partial pivoting; False where the basis is singular."""
    rows, work = m.basis.size, m.work
    for k in range(rows):
        for c in range(2 * rows):
            work[k, c] = 1.0 if c == rows + k else 0.0
    for k in range(rows):
        if m.basis[k] < 0:
            work[-1 - m.basis[k], k] = 1.0
        else:
            for i in range(rows):
                work[i, k] = m.columns[i, m.basis[k]]
    for k in range(rows):
        best = k
        for i in range(k + 1, rows):
            if abs(work[i, k]) > abs(work[best, k]):
                best = i
        if abs(work[best, k]) < 1e-12:
            return False
        if best != k:
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
            m.inverse[i, k] = work[i, rows + k]
    return True


@numba.njit(cache=True, nogil=True)
def price(m: Program, n: int) -> None:
    """Prices and reduced costs of the basis."""
    rows = m.basis.size
    for i in range(rows):
        m.lam[i] = 0.0
    for k in range(rows):
        if m.basis[k] >= 0:
            for i in range(rows):
                m.lam[i] += m.values[m.basis[k]] * m.inverse[k, i]
    for g in range(n):
        m.reduced[g] = m.values[g]
    for i in range(rows):
        price, row = m.lam[i], m.columns[i]
        for g in range(n):
            m.reduced[g] -= price * row[g]
    for k in range(rows):
        if m.basis[k] >= 0:
            m.reduced[m.basis[k]] = 0.0


@numba.njit(cache=True, nogil=True)
def place(m: Program, n: int, zero: float) -> None:
    """The bound that each reduced cost asks for, and the level that this leaves; where it is nothing, as it is."""
    rows = m.basis.size
    for k in range(rows):
        m.level[k] = 0.0
    for g in range(n):
        if m.reduced[g] > zero:
            m.at_upper[g] = False
        elif m.reduced[g] < -zero:
            m.at_upper[g] = True
    for k in range(rows):
        if m.basis[k] >= 0:
            m.at_upper[m.basis[k]] = False
    for g in range(n):
        if m.at_upper[g]:
            for i in range(rows):
                m.level[i] -= m.columns[i, g] * m.upper[g]


@numba.njit(cache=True, nogil=True)
def _flip(m: Program, g: int, up: bool) -> None:
    """A variable that is not basic goes to its other bound."""
    m.at_upper[g] = up
    amount = -m.upper[g] if up else m.upper[g]
    for i in range(m.basis.size):
        m.level[i] += m.columns[i, g] * amount


@numba.njit(cache=True, nogil=True)
def restart(m: Program, n: int, zero: float) -> bool:
    """Everything but the basis made anew; False where it is singular."""
    if not invert(m):
        return False
    price(m, n)
    place(m, n, zero)
    return True


@numba.njit(cache=True, nogil=True)
def climb(m: Program, n: int, tolerance: float, zero: float) -> int:
    """Dual simplex from where the program stands to its optimum: how many pivots, or -1."""
    rows = m.basis.size
    since, pivots, limit = 0, 0, 100 + 20 * (rows + n)
    while True:
        worst, leaving, above = tolerance, -1, False
        for k in range(rows):
            x = 0.0
            for i in range(rows):
                x += m.inverse[k, i] * m.level[i]
            m.basic[k] = x
            box = m.upper[m.basis[k]] if m.basis[k] >= 0 else 0.0
            if -x > worst:
                worst, leaving, above = -x, k, False
            if x - box > worst:
                worst, leaving, above = x - box, k, True
        if leaving < 0:
            return pivots
        if pivots >= limit:
            return -1
        pivots += 1
        # The row of the leaving variable, turned so that it must rise.
        for g in range(n):
            m.alpha[g] = 0.0
        for i in range(rows):
            factor, row = m.inverse[leaving, i], m.columns[i]
            for g in range(n):
                m.alpha[g] += factor * row[g]
        for k in range(rows):
            if m.basis[k] >= 0:
                m.alpha[m.basis[k]] = 0.0
        turn = -1.0 if above else 1.0
        candidates = 0
        for g in range(n):
            a = m.alpha[g] * turn
            if (a > PIVOT) if m.at_upper[g] else (a < -PIVOT):
                m.ratios[g] = abs(m.reduced[g]) / abs(a)
                m.order[candidates] = g
                candidates += 1
        slope, entering = worst, -1
        for c in range(candidates):
            best = c
            for d in range(c + 1, candidates):
                gap = m.ratios[m.order[d]] - m.ratios[m.order[best]]
                if gap < 0.0 or (gap == 0.0 and abs(m.alpha[m.order[d]]) > abs(m.alpha[m.order[best]])):
                    best = d
            m.order[c], m.order[best] = m.order[best], m.order[c]
            g = m.order[c]
            slope -= abs(m.alpha[g]) * m.upper[g]
            if slope <= 0.0 or c == candidates - 1:
                entering = g
                break
            _flip(m, g, not m.at_upper[g])
        if entering < 0:
            # No step is left though z = 0 is feasible: rounding; the caller solves this one another way.
            return -1
        if m.at_upper[entering]:
            _flip(m, entering, False)
        left = m.basis[leaving]
        if left >= 0 and above:
            _flip(m, left, True)
        m.basis[leaving] = entering
        since += 1
        if since >= REFACTOR:
            since = 0
            if not restart(m, n, zero):
                return -1
            continue
        for k in range(rows):
            x = 0.0
            for i in range(rows):
                x += m.inverse[k, i] * m.columns[i, entering]
            m.basic[k] = x
        pivot = m.basic[leaving]
        for i in range(rows):
            m.inverse[leaving, i] /= pivot
        for k in range(rows):
            if k != leaving and m.basic[k] != 0.0:
                for i in range(rows):
                    m.inverse[k, i] -= m.basic[k] * m.inverse[leaving, i]
        price(m, n)


@numba.njit(cache=True, nogil=True)
def copy_standing(source: Program, made: Program, n: int) -> None:
    """Where one program stands, for another of the same columns."""
    rows = source.basis.size
    for k in range(rows):
        made.basis[k] = source.basis[k]
        made.level[k] = source.level[k]
        for i in range(rows):
            made.inverse[k, i] = source.inverse[k, i]
    for g in range(n):
        made.at_upper[g] = source.at_upper[g]
        made.reduced[g] = source.reduced[g]


@numba.njit(cache=True, nogil=True)
def dual_objective(m: Program, n: int) -> float:
    """sum_g u_g min(0, v_g - lambda.d_g)."""
    total = 0.0
    for g in range(n):
        if m.at_upper[g]:
            total += m.upper[g] * m.reduced[g]
    return total
