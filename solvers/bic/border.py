"""Border's condition on chances q of receiving a unit, with numpy: capacities, separation, and a lottery that works.

One unit of a task goes to one of the agents in every profile. ``q_j(t)`` is the chance that a copy of row j has type t
and receives it. Such chances come from some rule iff they sum to 1 over all agents and for all sets of types
``q(S) <= g(S) = 1 - prod_j (1 - f_j(S_j))^copies_j``, the chance that somebody has a type in S (Border 1991, 2007).
g is submodular (it measures a union of events), so the sets S that hold with equality are closed under union and
intersection, and by symmetry sets that treat copies alike suffice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes, Instance

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Border:
    """Border's condition for rows with types and copies; the types of all rows are listed one after the other.

    Attributes
    ----------
    row
        (n,) the row of each listed type.
    share
        (n,) its probability f_j(t).
    copies
        (J,).
    """

    row: NDArray[np.int64]
    share: Floats
    copies: NDArray[np.int64]

    @classmethod
    def of(cls, inst: Instance, types: list[FiniteTypes]) -> Border:
        """Border's condition for an instance on finite types."""
        row = np.repeat(np.arange(inst.n_agents), [made.size for made in types])
        return cls(row, np.concatenate([made.weights for made in types]), inst.copies)

    @property
    def mass(self) -> Floats:
        """(n,) copies_j f_j(t): q summed over copies is ``mass * x`` where x is the chance of a unit given the type."""
        mass: Floats = self.copies[self.row] * self.share
        return mass

    def capacity(self, member: Mask) -> float:
        """g(S) of the listed types in ``member`` (n,)."""
        present = np.bincount(self.row[member], self.share[member], minlength=self.copies.size)
        return float(1.0 - np.prod(np.clip(1.0 - present, 0.0, 1.0) ** self.copies))

    def capacities_along(self, order: NDArray[np.int64]) -> Floats:
        """(n,) g of the first 1, 2, ..., n types of an order."""
        steps = np.zeros((order.size, self.copies.size))
        steps[np.arange(order.size), self.row[order]] = self.share[order]
        absent = np.clip(1.0 - np.cumsum(steps, axis=0), 0.0, 1.0)
        # Probabilities that should sum to 1 miss it by rounding: a row all of whose types are in S is surely in it.
        complete = np.cumsum(steps > 0, axis=0) == np.bincount(self.row, minlength=self.copies.size)
        absent[complete] = 0.0
        along: Floats = 1.0 - np.prod(absent**self.copies, axis=1)
        return along

    def scores(self, x: Floats) -> Floats:
        """(n,) ``xhat_j(t) = x_j(t) Pr_{s ~ f_j}[x_j(s) <= x_j(t)]`` (Cai, Daskalakis & Weinberg 2012)."""
        scores = np.empty_like(x)
        for j in range(self.copies.size):
            mine = np.flatnonzero(self.row == j)
            order = mine[np.argsort(x[mine], kind="stable")]
            below = np.cumsum(self.share[order])
            ranks = np.searchsorted(x[order], x[order], side="right") - 1
            scores[order] = x[order] * below[ranks]
        return scores

    def excesses(self, x: Floats) -> tuple[NDArray[np.int64], Floats]:
        """The order of falling scores, and ``q(S) - g(S)`` of its first 1, 2, ..., n types.

        Some S of all is violated iff one of these is (Cai, Daskalakis & Weinberg 2012, Theorem 3, for x >= 0).
        Upper sets of plain x are not enough.
        """
        order = np.argsort(-self.scores(x), kind="stable")
        return order, np.cumsum((self.mass * x)[order]) - self.capacities_along(order)

    def violated(self, x: Floats, tolerance: float = 1e-9, most: int = 1) -> list[NDArray[np.int64]]:
        """Up to ``most`` sets S (sorted positions in the list) that violate the condition for x, the worst first.

        Parameters
        ----------
        x
            (n,) the chance of a unit given each type, nonnegative.

        Examples
        --------
        Two agents with two equally likely types each cannot both be served for sure when they have their first type.

        >>> border = Border(np.array([0, 0, 1, 1]), np.full(4, 0.5), np.array([1, 1]))
        >>> [s.tolist() for s in border.violated(np.array([1.0, 0.0, 1.0, 0.0]))]
        [[0, 2]]
        """
        order, excess = self.excesses(x)
        before, after = np.append(-np.inf, excess[:-1]), np.append(excess[1:], -np.inf)
        peaks = np.flatnonzero((excess > tolerance) & (excess >= before) & (excess >= after))
        worst = peaks[np.argsort(-excess[peaks], kind="stable")][:most]
        return [np.sort(order[: k + 1]) for k in worst]
