"""Climbing to a good exchange between two agents: exact line searches along faces of the cells that types cut out.

The gain ``saving . gamma Pr[first takes gamma] Pr[second gives gamma]`` is linear in gamma on each cell of the
arrangement of hyperplanes ``gamma . c = 0``, and a type that is indifferent accepts: so its maximum is at a vertex,
where types of both agents may be indifferent at once. A step moves along a random direction that keeps some of the
hyperplanes and bounds that hold, to the best of all the points where the set of those who accept changes.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
TIED = 1e-11
"""As a share of its size, a workload below this is none: rounding of a few additions."""
LEAST_KEPT = 0.35
"""The chance that a hyperplane which holds is kept in a step is drawn between this and 1."""


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _off(direction: Floats, basis: Floats, size: int) -> None:
    """Take out of the direction what lies along the first vectors of an orthonormal basis; twice, for rounding."""
    for _ in range(2):
        for b in range(size):
            along = 0.0
            for i in range(direction.size):
                along += basis[b, i] * direction[i]
            for i in range(direction.size):
                direction[i] -= along * basis[b, i]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _best_step(
    gamma: Floats, way: Floats, rows: Floats, weights: Floats, side: NDArray[np.int64], sizes: Floats,
    saving: Floats, low: Floats, high: Floats,
) -> tuple[float, float]:  # fmt: skip
    """(gain, t): the best point ``gamma + t way`` in the bounds; rows are accepted where ``row . gamma <= 0``.

    Only points count at which some row of either side is accepted strictly.
    """
    n, tasks = rows.shape
    first, last = -np.inf, np.inf
    length, base, slope = 0.0, 0.0, 0.0
    for i in range(tasks):
        length = max(length, abs(way[i]))
        base += saving[i] * gamma[i]
        slope += saving[i] * way[i]
        if abs(way[i]) > 0:
            ends = (low[i] - gamma[i]) / way[i], (high[i] - gamma[i]) / way[i]
            first, last = max(first, min(ends[0], ends[1])), min(last, max(ends[0], ends[1]))
    at = np.empty(n)
    kind = np.zeros(n, dtype=np.int64)
    share, strict = np.zeros(2), np.zeros(2)
    for s in range(n):
        here, change = 0.0, 0.0
        for i in range(tasks):
            here += rows[s, i] * gamma[i]
            change += rows[s, i] * way[i]
        at[s] = np.inf
        if abs(change) <= TIED * sizes[s] * length:
            if here <= TIED * sizes[s]:
                share[side[s]] += weights[s]
            if here < -TIED * sizes[s]:
                strict[side[s]] += 1
            continue
        at[s] = -here / change
        kind[s] = 1 if change > 0 else -1
        # Those who leave later accept at the start of the way, those who have entered before do too.
        if (change > 0 and at[s] >= first) or (change < 0 and at[s] < first):
            share[side[s]] += weights[s]
            strict[side[s]] += at[s] != first
    order = np.argsort(at)
    best, where = 0.0, first
    if min(strict[0], strict[1]) > 0:
        best = max(base + first * slope, 0.0) * share[0] * share[1]
    k = 0
    while k < n and at[order[k]] < first:
        k += 1
    span = last - first
    while k < n and at[order[k]] <= last:
        t, stop = at[order[k]], k
        while stop < n and at[order[stop]] <= t + 1e-13 * span:
            if kind[order[stop]] < 0:
                share[side[order[stop]]] += weights[order[stop]]
            elif t > first:
                strict[side[order[stop]]] -= 1
            stop += 1
        gain = max(base + t * slope, 0.0) * share[0] * share[1]
        if gain > best and min(strict[0], strict[1]) > 0:
            best, where = gain, t
        for m in range(k, stop):
            if kind[order[m]] > 0:
                share[side[order[m]]] -= weights[order[m]]
            else:
                strict[side[order[m]]] += 1
        k = stop
    gain = max(base + last * slope, 0.0) * share[0] * share[1]
    if gain > best and min(strict[0], strict[1]) > 0:
        best, where = gain, last
    return best, where


@numba.njit(cache=True, nogil=True, error_model="numpy")
def climb(
    start: Floats, rows: Floats, weights: Floats, side: NDArray[np.int64],
    saving: Floats, low: Floats, high: Floats, ways: Floats, chances: Floats,
) -> tuple[Floats, float]:  # fmt: skip
    """The best exchange found from a start, (I,), and its gain up to rounding at ties.

    Parameters
    ----------
    rows, weights, side
        (n, I): c of the first agent's types, side 0, and -c of the second's, side 1; accepted where row . gamma <= 0.
    saving
        ``pi_j'' - pi_j'``, (I,).
    low, high
        (I,), the exchange's bounds, each of the order of 1.
    ways, chances
        (steps, I) directions, normal; (steps, n + I + 1) uniform numbers that decide what is kept.
    """
    n, tasks = rows.shape
    sizes = np.abs(rows).sum(axis=1)
    gamma, gain = start.copy(), -1.0
    basis, row = np.zeros((tasks, tasks)), np.zeros(tasks)
    for step in range(ways.shape[0]):
        way = ways[step].copy()
        held = 0
        keep = LEAST_KEPT + (1 - LEAST_KEPT) * chances[step, n + tasks]
        for c in range(n + tasks):
            if held >= tasks - 1:
                break
            if c < tasks:
                if chances[step, c] > keep or (gamma[c] > low[c] and gamma[c] < high[c]):
                    continue
                row[:] = 0.0
                row[c] = 1.0
            else:
                work = 0.0
                for i in range(tasks):
                    work += rows[c - tasks, i] * gamma[i]
                if chances[step, c] > keep or abs(work) > TIED * sizes[c - tasks]:
                    continue
                for i in range(tasks):
                    row[i] = rows[c - tasks, i] / sizes[c - tasks]
            _off(row, basis, held)
            length = np.sqrt((row * row).sum())
            if length > 1e-7:
                basis[held] = row / length
                held += 1
        _off(way, basis, held)
        longest = np.abs(way).max()
        if longest < 1e-9:
            continue
        way /= longest
        found, t = _best_step(gamma, way, rows, weights, side, sizes, saving, low, high)
        if found >= gain and np.isfinite(t):
            gain = found
            gamma = np.minimum(np.maximum(gamma + t * way, low), high)
            for i in range(tasks):
                if abs(gamma[i] - low[i]) <= TIED:
                    gamma[i] = low[i]
                elif abs(gamma[i] - high[i]) <= TIED:
                    gamma[i] = high[i]
    return gamma, gain
