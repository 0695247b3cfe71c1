"""Joint rules in the large market: what all agents use together, beside the tasks.

(5) with rules: what one agent may not do shortens the rays of its menus, for every type; what several may not do
together is a row in expectation, like market clearing. Its multiplier rho_r >= 0 is one more price, and an agent's
tasks are worth ``w_j = lambda - pi_j - sum_r rho_r a_rj``: nothing else changes in program (6). Prices are kept in one
vector, lambda and then ``-rho``: the "resource" of a row is what its left-hand side uses.

A row that counts ``|mu - sigma|`` uses ``E|mu - sigma|`` over an agent's types, which is not linear in its expected
assignment. A column carries it along. An oracle asks for the best menu at ``w_j + t_j`` with a *tilt* t between
``-sum_r rho_r g_rj`` and its negative: since ``-rho g |mu - sigma| <= t . (mu - sigma)`` there, every tilt gives a
valid bound, ``S_j(w_j + t_j) - t_j . sigma_j``.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes, Instance
from raymenu.mechanisms import Menu

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Resources:
    """The tasks and the joint rows of an instance's rules, R of them in "at most" form."""

    inst: Instance

    @cached_property
    def rows(self) -> list[int]:
        """The joint rows' numbers in the compiled rules."""
        return self.inst.compiled_rules.joint

    @cached_property
    def signs(self) -> Floats:
        """(R,), -1 for rows "at least", which are turned round."""
        senses = [self.inst.compiled_rules.rows[r].sense for r in self.rows]
        return np.array([-1.0 if sense == ">=" else 1.0 for sense in senses])

    @cached_property
    def equal(self) -> NDArray[np.bool_]:
        """(I + R,), whether all of it has to be used."""
        senses = [self.inst.compiled_rules.rows[r].sense for r in self.rows]
        return np.array([True] * self.inst.n_tasks + [sense == "==" for sense in senses])

    @cached_property
    def limits(self) -> Floats:
        """(I + R,), n and the rows' limits: at least what the endowment uses, which decimals may miss."""
        rules, inst = self.inst.compiled_rules, self.inst
        held = rules.bodies(inst.endowment) if len(rules) else np.zeros(0)
        own = [sign * rules.rows[r].limit for sign, r in zip(self.signs, self.rows)]
        least = [max(limit, sign * held[r]) for limit, sign, r in zip(own, self.signs, self.rows)]
        equal = self.equal[inst.n_tasks :]
        return np.concatenate([inst.counts, np.where(equal, [held[r] for r in self.rows], least)])

    @cached_property
    def amounts(self) -> Floats:
        """(J, R, I), a."""
        return self._parts(0) * self.signs[None, :, None]

    @cached_property
    def changes(self) -> Floats:
        """(J, R, I), g."""
        return self._parts(1)

    def _parts(self, which: int) -> Floats:
        parts = np.zeros((self.inst.n_agents, len(self.rows), self.inst.n_tasks))
        for k, r in enumerate(self.rows):
            for j, pair in self.inst.compiled_rules.parts[r].items():
                parts[j, k] = pair[which]
        return parts

    @cached_property
    def counts_changes(self) -> bool:
        """Whether some row counts ``|mu - sigma|``."""
        return bool(self.changes.any())

    def used(self, j: int, assignment: Floats, moved: Floats) -> Floats:
        """(I + R,), what an agent of a row uses that expects ``assignment`` and ``E|mu - sigma| = moved``."""
        return np.append(assignment, self.amounts[j] @ assignment + self.changes[j] @ moved)

    def worth(self, prices: Floats) -> tuple[Floats, Floats]:
        """``w_j + pi_j`` (J, I), and what one unit of ``E|mu - sigma|`` is worth, (J, I), at most 0."""
        tasks = self.inst.n_tasks
        lam, others = prices[:tasks], prices[tasks:]
        return lam + np.einsum("r,jri->ji", others, self.amounts), np.einsum("r,jri->ji", others, self.changes)

    def moved(self, j: int, menu: Menu, types: FiniteTypes) -> Floats:
        """(I,), ``E|mu - sigma|`` of an agent that is offered a menu, in floats."""
        away = menu.endowment - self.inst.status_quo[j]
        if menu.kept is not None:
            return np.abs(menu.kept - self.inst.status_quo[j])
        chosen = menu.choices(types.costs)
        taken = np.bincount(chosen % (menu.size + 1), weights=types.weights, minlength=menu.size + 1)
        steps = np.vstack([menu.rays, np.zeros(away.size)])
        return taken @ np.abs(away + steps)

    def allowed(self, prices: Floats) -> Floats:
        """The prices with those of rows "at most" at most 0."""
        return np.where(self.equal, prices, np.minimum(prices, 0.0))

    def by_rule(self, prices: Floats) -> dict[str, float]:
        """What one more unit of each joint rule's limit saves at the margin."""
        rules = self.inst.compiled_rules
        values = np.zeros(len(rules))
        values[self.rows] = np.abs(prices[self.inst.n_tasks :])
        return rules.by_rule(values) if len(rules) else {}


def exact_moved(inst: Instance, j: int, menu: Menu, types: FiniteTypes) -> list[Fraction]:
    """``E|mu - sigma|`` exactly."""
    sigma = [Fraction(s) for s in inst.status_quo[j].tolist()]
    eta = [Fraction(e) for e in menu.endowment.tolist()]
    if menu.kept is not None:
        return [abs(Fraction(k) - s) for k, s in zip(menu.kept.tolist(), sigma)]
    chances = menu.acceptance(types)
    stays = 1 - sum(chances, Fraction(0))
    return [
        stays * abs(e - s) + sum((p * abs(e + ray[i] - s) for p, ray in zip(chances, menu.exact_rays)), Fraction(0))
        for i, (e, s) in enumerate(zip(eta, sigma))
    ]
