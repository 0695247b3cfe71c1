"""Bilateral trading mechanisms (section 1.1): one exchange offered to two agents, done iff both want it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes, Instance
from raymenu.instances.rules.endowment import TOLERANCE as RULE_TOLERANCE
from raymenu.mechanisms.menus.acceptance import accepts
from raymenu.mechanisms.menus.menu import Menu
from raymenu.mechanisms.reach import ROUNDING

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class BilateralTrade:
    """The first agent may move from sigma to sigma + gamma, the second from sigma to sigma - gamma.

    Attributes
    ----------
    agents
        The rows (j', j'') of the two single agents.
    gamma
        (I,) tasks; negative entries go from the first agent to the second.
    probabilities
        With which each of the two accepts: ``Pr[gamma . c_j' <= 0]`` and ``Pr[gamma . c_j'' >= 0]``, on the types it
        was found on, or on finer ones where none of those accepts.
    """

    inst: Instance
    agents: tuple[int, int]
    gamma: Floats
    probabilities: tuple[float, float]

    @property
    def gain(self) -> float:
        """``(pi_j'' - pi_j') . gamma`` times the probability that both accept: the expected fall in social cost."""
        first, second = self.agents
        saved = (self.inst.performance[second] - self.inst.performance[first]) @ self.gamma
        return float(saved * self.probabilities[0] * self.probabilities[1])

    def gain_on(self, types: list[FiniteTypes]) -> float:
        """The expected gain on other types, one ``FiniteTypes`` a row; acceptance is decided exactly."""
        return BilateralTrade(self.inst, self.agents, self.gamma, acceptance(self.agents, self.gamma, types)).gain

    def conditions(self) -> dict[str, bool]:
        """Lemma 2's four conditions, in rational arithmetic on the given floats; all hold iff the trade improves.

        Where the instance has rules the trade has to keep them as well.

        i. both keep nonnegative assignments; ii. ``(pi_j' - pi_j'') . gamma < 0``; iii. some type of the first agent
        wants it, ``min gamma . c < 0`` over its support; iv. some type of the second, ``max gamma . c > 0``.
        """
        first, second = self.agents
        gamma = [Fraction(g) for g in self.gamma.tolist()]
        sigma, pi = (
            [[Fraction(value) for value in row] for row in rows[[first, second]].tolist()]
            for rows in (self.inst.status_quo, self.inst.performance)
        )
        rules = {"within the rules": self.share_within_rules() == 1.0} if self.inst.rules else {}
        return rules | {
            "i. feasible": all(a + g >= 0 and b - g >= 0 for a, b, g in zip(*sigma, gamma)),
            "ii. cheaper": sum((a - b) * g for a, b, g in zip(*pi, gamma)) < 0,
            "iii. the first wants it": _lowest(self.inst, first, gamma) < 0,
            "iv. the second wants it": _lowest(self.inst, second, [-g for g in gamma]) < 0,
        }

    def share_within_rules(self) -> float:
        """How much of the trade the rules of the instance allow, from 0 to 1."""
        first, second = self.agents
        return float(trade_shares(self.inst, first, second, self.gamma[None])[0])

    def improves(self) -> bool:
        """Whether all conditions of Lemma 2 hold, and the rules."""
        return all(self.conditions().values())

    def menus(self) -> list[Menu]:
        """One menu for each single agent, in the order of ``inst.agent_rows``: the first copy of either row trades."""
        menus = [Menu(self.inst.status_quo[j]) for j in self.inst.agent_rows]
        for row, ray in zip(self.agents, (self.gamma, -self.gamma)):
            menus[int(np.flatnonzero(self.inst.agent_rows == row)[0])] = Menu(self.inst.status_quo[row], [ray])
        return menus


def trade_shares(inst: Instance, first: int, second: int, gammas: Floats) -> Floats:
    """(n,), how much of each exchange (n, I) the rules of the instance allow; 0 where the status quo breaks one.

    From the status quo every row grows in proportion to the exchange, absolute changes too.
    """
    rules = inst.compiled_rules
    shares = np.ones(len(gammas))
    if not len(rules):
        return shares
    rooms, scales = -rules.broken(inst.status_quo), rules.scales
    none = np.zeros(inst.n_tasks)
    for r, row in enumerate(rules.rows):
        for members in ((first,), (second,)) if row.agent is not None else ((first, second),):
            growth = np.zeros(len(gammas))
            for j in members:
                a, g = rules.parts[r].get(j, (none, none))
                side = 1.0 if j == first else -1.0
                growth += side * (gammas @ a) + np.abs(gammas) @ g
            growth = {"<=": growth, ">=": -growth, "==": np.abs(growth)}[row.sense]
            room = 0.0 if row.sense == "==" else max(float(rooms[r]), 0.0)
            moves = growth > room + ROUNDING * scales[r]
            shares[moves] = np.minimum(shares[moves], room / growth[moves])
        if rooms[r] < -RULE_TOLERANCE * scales[r]:
            shares[:] = 0.0
    return shares


def acceptance(agents: tuple[int, int], gamma: Floats, types: list[FiniteTypes]) -> tuple[float, float]:
    """The probabilities that the first agent takes gamma and the second gives it, ties accepted, decided exactly."""
    first, second = (types[j] for j in agents)
    taking, giving = accepts(first.costs, gamma), accepts(second.costs, -gamma)
    return float(first.weights[taking].sum()), float(second.weights[giving].sum())


def _lowest(inst: Instance, j: int, gamma: list[Fraction]) -> Fraction:
    """``min gamma . c`` over the support of row j."""
    preferences = inst.preferences[j]
    if not preferences.continuous:
        costs = preferences.discretize(1).costs.tolist()
        return min(sum((g * Fraction(c) for g, c in zip(gamma, row)), Fraction(0)) for row in costs)
    bounds = zip(preferences.lower_bounds.tolist(), preferences.upper_bounds.tolist())
    return sum((g * Fraction(low if g > 0 else high) for g, (low, high) in zip(gamma, bounds)), Fraction(0))
