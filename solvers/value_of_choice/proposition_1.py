"""Proposition 1 as a decision, and its proof as a construction: Lemma 3's exchange, in rational arithmetic.

Two agents that differ in performance, whose supports share a non-degenerate box, and that both hold tasks have a
bilateral trade that improves. As the paper remarks, tasks that one of them holds none of can be left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import Instance
from raymenu.mechanisms import BilateralTrade
from raymenu.mechanisms.bilateral import acceptance, trade_shares
from raymenu.solvers.value_of_choice.pairs import ranked_pairs

Floats = NDArray[np.float64]
Vector = Sequence[Fraction]
FINE = 4096
"""Types on which the probabilities of a trade are measured."""


def proposition_1_pairs(inst: Instance) -> Iterator[tuple[int, int]]:
    """The pairs of rows that meet Proposition 1's premises on the tasks which both hold, the most promising first.

    i. performance differs on these tasks; ii. preferences have full support on boxes that share more than one point
    there; iii. both hold them, two tasks at least.
    """
    for _, (first, second) in ranked_pairs(inst):
        both = (inst.status_quo[first] > 0) & (inst.status_quo[second] > 0)
        if both.sum() < 2 or (inst.performance[first] == inst.performance[second])[both].all():
            continue
        if not (inst.preferences[first].continuous and inst.preferences[second].continuous):
            continue
        low, high = common_box(inst, first, second)
        if (low <= high).all() and (low < high)[both].any():
            yield first, second


def common_box(inst: Instance, first: int, second: int) -> tuple[Floats, Floats]:
    """The intersection of two supports; empty where some lower end is above its upper end."""
    supports = inst.preferences[first], inst.preferences[second]
    low: Floats = np.maximum(*(p.lower_bounds for p in supports))
    high: Floats = np.minimum(*(p.upper_bounds for p in supports))
    return low, high


def proposition_1_trade(inst: Instance) -> BilateralTrade | None:
    """A trade as the proof of Proposition 1 makes it: Lemma 2's conditions hold exactly; None where no pair allows it.

    Examples
    --------
    Supports that differ: Theorem 1 is silent, Proposition 1 is not.

    >>> import raymenu
    >>> wide, other = (raymenu.UniformPreferences(lower=(a, a), upper=(b, b)) for a, b in ((0.5, 2.0), (0.6, 2.1)))
    >>> inst = raymenu.make_instance("two", "made up", counts=[2, 2], performance=[[1, 2], [2, 1]],
    ...     status_quo=[[1, 1], [1, 1]], preferences=[wide, other])
    >>> proposition_1_trade(inst).improves()
    True
    """
    fine = None
    for pair in proposition_1_pairs(inst):
        for gamma in _exchanges(inst, *pair):
            for agents, way in ((pair, gamma), (pair[::-1], [-g for g in gamma])):
                inside = _fitted(inst, agents, way)
                trade = BilateralTrade(inst, agents, inside, (1.0, 1.0))
                if not inside.any() or not trade.improves():
                    continue
                fine = fine or inst.types(FINE)
                return BilateralTrade(inst, agents, inside, acceptance(agents, inside, fine))
    return None


def lemma_3(delta: Vector, taker: Vector, giver: Vector) -> list[Fraction] | None:
    """gamma with ``delta . gamma < 0``, ``taker . gamma < 0`` and ``giver . gamma > 0``, exactly; None where none is.

    There is one iff the segment from 0 to the giver's costs meets the triangle of delta, the taker's costs and 0 in 0
    only, that is iff no nonnegative combination of delta and taker is a positive multiple of giver (or vanishes).

    Examples
    --------
    >>> one, two, three = Fraction(1), Fraction(2), Fraction(3)
    >>> gamma = lemma_3([one, -one], [two, one], [one, two])
    >>> [sum(g * x for g, x in zip(gamma, v)) > 0 for v in ([1, -1], [2, 1], [1, 2])]
    [False, False, True]
    >>> lemma_3([-one, one], [two, one], [one, two]) is None  # (1, 2) = (2, 1) + (-1, 1)
    True
    """
    rows = [list(delta), list(taker), [-x for x in giver]]
    gram = [[_dot(a, b) for b in rows] for a in rows]
    weights = _solve(gram, [Fraction(-1)] * 3)
    if weights is None:  # the three lie in a plane, or on a line
        weights = _in_a_plane(gram)
    if weights is None:
        return None
    gamma = [_dot(weights, column) for column in zip(*rows)]
    return gamma if all(_dot(row, gamma) < 0 for row in rows) else None


def _in_a_plane(gram: list[list[Fraction]]) -> list[Fraction] | None:
    """Weights whose combination of rows has a negative product with each, where the rows span a plane or a line.

    With two independent rows a, b the products -1 and -share are had by one combination of them; that with the third
    row is linear in share, so a share that makes it negative, if there is one, is read off.
    """
    for a, b in permutations(range(3), 2):
        third = 3 - a - b
        small = [[gram[a][a], gram[a][b]], [gram[b][a], gram[b][b]]]
        start, end = (_solve(small, [Fraction(-1), share]) for share in (Fraction(0), Fraction(-1)))
        if start is None or end is None:
            continue
        at = [x * gram[a][third] + y * gram[b][third] for x, y in (start, end)]
        slope = at[1] - at[0]
        if at[0] < 0:
            share = Fraction(1) if slope <= 0 else min(Fraction(1), -at[0] / slope / 2)
        elif slope < 0:
            share = 2 * at[0] / -slope + 1
        else:
            continue
        weights = [Fraction(0)] * 3
        weights[a], weights[b] = (x + share * (y - x) for x, y in zip(start, end))
        return weights
    return None


def _exchanges(inst: Instance, first: int, second: int) -> Iterator[list[Fraction]]:
    """Lemma 3's exchanges for pairs of corners of the common box, on the tasks that both hold; zero elsewhere."""
    both = np.flatnonzero((inst.status_quo[first] > 0) & (inst.status_quo[second] > 0))
    low, high = common_box(inst, first, second)
    corners = [np.where(np.arange(low.size) == i, high, low)[both] for i in both if low[i] < high[i]]
    corners += [np.where(np.arange(low.size) == i, low, high)[both] for i in both if low[i] < high[i]]
    corners += [low[both]]
    exact = [[Fraction(c) for c in corner.tolist()] for corner in corners]
    delta = [Fraction(float(inst.performance[first, i])) - Fraction(float(inst.performance[second, i])) for i in both]
    for taker, giver in permutations(exact, 2):
        # Where delta is nowhere positive the roles of the two agents are exchanged.
        for sign in (1, -1):
            gamma = lemma_3([sign * d for d in delta], taker, giver)
            if gamma is not None:
                whole = [Fraction(0)] * inst.n_tasks
                for i, g in zip(both.tolist(), gamma):
                    whole[i] = sign * g
                yield whole


def _fitted(inst: Instance, agents: tuple[int, int], gamma: Vector) -> Floats:
    """The exchange in doubles, half as long as endowments let it be, and as rules allow."""
    first, second = agents
    room = [Fraction(float(inst.status_quo[second if g > 0 else first, i])) / abs(g) for i, g in enumerate(gamma) if g]
    longest = min(room, default=Fraction(0)) / 2
    inside = np.array([float(g * longest) for g in gamma])
    shares = trade_shares(inst, first, second, inside[None])
    return inside * float(shares[0])


def _dot(first: Sequence[Fraction], second: Sequence[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(first, second)), Fraction(0))


def _solve(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction] | None:
    """The solution of a square system, None where it has not exactly one."""
    size = len(matrix)
    table = [[*row, b] for row, b in zip(matrix, right)]
    for k in range(size):
        pivot = next((r for r in range(k, size) if table[r][k]), None)
        if pivot is None:
            return None
        table[k], table[pivot] = table[pivot], table[k]
        table[k] = [x / table[k][k] for x in table[k]]
        for r in range(size):
            if r != k and table[r][k]:
                table[r] = [x - table[r][k] * y for x, y in zip(table[r], table[k])]
    return [row[size] for row in table]
