"""An ex-post rule for given interim chances: draw a ranking of types, the highest ranked type present takes the unit.

The chances q that Border's condition admits, with total 1, are the base polytope of the submodular capacity g. Its
vertices are the greedy ones: a ranking of all types (j, t), and q of the k-th the capacity it adds to those before it.
That is what handing the unit to the highest ranked type present leads to. So every admissible q is a lottery over
rankings, found here by peeling: take the vertex of a ranking that puts sets S with q(S) = g(S) first, move from it
through q to the boundary, where one more set is tight, and go on from there; at most one ranking for each type.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raymenu.solvers.bic.border import Border, Floats, Mask

TIGHT = 1e-11
"""Slack, as a share of a unit, below which a set counts as tight."""


@dataclass(frozen=True)
class RankingLottery:
    """A lottery over rankings of the listed types of a ``Border``.

    Attributes
    ----------
    probability
        (R,), sum 1.
    rank
        (R, n): the place of each type in each ranking, 0 the highest.
    """

    probability: Floats
    rank: NDArray[np.int64]

    def shares(self, present: NDArray[np.int64]) -> Floats:
        """(N,) the chance that each agent takes the unit, given its type ``present[a]`` (place in the list).

        Agents with one type share its chance equally.
        """
        ranks = self.rank[:, present]
        winning = ranks == ranks.min(axis=1, keepdims=True)
        shares: Floats = self.probability @ (winning / winning.sum(axis=1, keepdims=True))
        return shares


def ranking_lottery(border: Border, x: Floats) -> RankingLottery:
    """The lottery over rankings that gives each type the chance ``x`` of a unit.

    Parameters
    ----------
    x
        (n,) the chance of the unit given each listed type; ``mass @ x`` is 1 and Border's condition holds, both up to
        the tolerance of the program that made it. Where they do not, the lottery gives other chances: check them.

    Examples
    --------
    Two agents with two equally likely types each. The first agent gets the unit when its type is its first, else
    both have the same chance.

    >>> border = Border(np.array([0, 0, 1, 1]), np.full(4, 0.5), np.array([1, 1]))
    >>> lottery = ranking_lottery(border, np.array([1.0, 0.5, 0.25, 0.25]))
    >>> lottery.shares(np.array([0, 2])).round(9).tolist(), lottery.shares(np.array([1, 2])).round(9).tolist()
    ([1.0, 0.0], [0.5, 0.5])
    """
    rest = np.maximum(border.mass * x, 0.0)
    rest /= rest.sum()
    left = 1.0
    block = np.zeros(x.size, dtype=np.int64)  # blocks between successive tight sets, in their order
    drawn: list[tuple[float, NDArray[np.int64]]] = []
    while True:
        order = np.lexsort((-rest / border.mass, block))
        vertex = np.empty_like(rest)
        vertex[order] = np.diff(border.capacities_along(order), prepend=0.0)
        step, tight = _longest_step(border, rest, vertex, block, TIGHT / left)
        if step > 0:
            drawn.append((step * left, order))
        if tight is None or left * (1.0 - step) <= TIGHT:
            probability = np.array([p for p, _ in drawn])
            return RankingLottery(probability / probability.sum(), np.argsort([order for _, order in drawn], axis=1))
        left *= 1.0 - step
        rest = np.maximum(rest - step * vertex, 0.0)
        rest /= rest.sum()
        _, block = np.unique(2 * block + ~tight, return_inverse=True)


def _longest_step(
    border: Border, rest: Floats, vertex: Floats, block: NDArray[np.int64], tolerance: float
) -> tuple[float, Mask | None]:
    """The largest s such that ``(rest - s vertex) / (1 - s)`` is admissible, and a set that is tight there.

    Discrete Newton: s falls to the ratio at which the set found violated at s is tight. Sets made of whole blocks
    hold with equality all the way, up to rounding; the set handed back splits a block. None: there is only the vertex.
    """
    sizes = np.bincount(block)
    counts = (sizes[block] > 1) & (vertex > tolerance)
    if not counts.any() or np.abs(rest - vertex).max() <= tolerance:
        return 1.0, None
    ratios = np.where(counts, rest / np.where(counts, vertex, 1.0), np.inf)
    lowest = int(np.argmin(ratios))
    step, tight = float(ratios[lowest]), np.arange(rest.size) != lowest
    if step >= 1.0:
        return 1.0, None
    while True:
        moved = np.maximum((rest - step * vertex) / (1.0 - step), 0.0)
        order, excess = border.excesses(moved / border.mass)
        covered = np.cumsum(block[order][:, None] == np.arange(sizes.size), axis=0)
        excess = np.where(((covered > 0) & (covered < sizes)).any(axis=1), excess, -np.inf)
        k = int(np.argmax(excess))
        if excess[k] <= tolerance:
            return step, tight
        inside = np.zeros(rest.size, dtype=bool)
        inside[order[: k + 1]] = True
        capacity = border.capacity(inside)
        gap, slack = capacity - vertex[inside].sum(), capacity - rest[inside].sum()
        if slack <= 0 or gap <= tolerance:  # tight where we stand, or at the vertex as well: no move changes it
            return 0.0, inside
        if slack / gap >= step:  # violated by rounding alone
            return step, tight
        step, tight = float(slack / gap), inside
