"""Who is offered what, as people read it: exchange rates, and the menus of agents alike with how many take what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes, Preferences
from raymenu.mechanisms import Menu, OfferPlan
from raymenu.presentation.actions import CASES, Action, Noun, actions, answer_shares, rules_of
from raymenu.presentation.tables import Table
from raymenu.presentation.words import exchange_rates

Floats = NDArray[np.float64]
TYPES = 10_000
"""Types on which the shares of answers are counted, where preferences are no finite list."""
SAME_LINE = 1e-12


@dataclass(frozen=True, eq=False)
class Offer:
    """Agents with the same endowment and preferences that are offered the same menu.

    Attributes
    ----------
    agents
        Their names.
    types
        On which chances are counted.
    """

    agents: list[str]
    menu: Menu
    types: FiniteTypes
    tasks: list[str]
    noun: Noun = CASES
    allowed: Callable[[Floats], Floats] | None = None

    @property
    def label(self) -> str:
        """The first agent's name, and how many are alike."""
        alike = len(self.agents) - 1
        return f"{self.agents[0]} and {alike} alike" if alike else self.agents[0]

    @cached_property
    def actions(self) -> list[Action]:
        """What may be ticked."""
        return actions(self.menu, self.tasks, self.noun, self.allowed)

    @cached_property
    def chances(self) -> list[float]:
        """How likely each action is taken."""
        if self.menu.kept is not None:
            return [1.0]
        taken = [float(p) for p in self.menu.acceptance(self.types)]
        return [max(1.0 - sum(taken), 0.0), *taken]

    @cached_property
    def shares(self) -> list[str]:
        """The same in whole per cent, which sum to 100."""
        return ["100%"] if self.menu.kept is not None else answer_shares(self.chances[1:])


def offers_of(plan: OfferPlan, noun: Noun = CASES) -> list[Offer]:
    """The offers of a settled plan, in the order of the agents; agents alike share one."""
    inst = plan.inst
    found: dict[tuple[Preferences, bytes, bytes, bytes, int], Offer] = {}
    types: dict[Preferences, FiniteTypes] = {}
    for name, row, menu in zip(inst.single_agents, inst.agent_rows.tolist(), plan.menus()):
        own = inst.preferences[row]
        kept = b"" if menu.kept is None else menu.kept.tobytes()
        key = own, menu.endowment.tobytes(), menu.rays.tobytes(), kept, row if inst.rules else -1
        if key not in found:
            if own not in types:
                types[own] = own.discretize(TYPES, seed=0)
            found[key] = Offer([], menu, types[own], inst.tasks, noun, rules_of(inst, row))
        found[key].agents.append(name)
    return list(found.values())


def menus_table(offers: list[Offer], title: str, everyone: bool = False) -> Table:
    """Every action of every offer, with the share of agents expected to take it; agents alike by name or by number."""
    rows = [
        [
            (", ".join(offer.agents) if everyone else offer.label) if k == 0 else "",
            action.code,
            action.words,
            action.limit,
            share,
        ]
        for offer in offers
        for k, (action, share) in enumerate(zip(offer.actions, offer.shares))
    ]
    return Table(title, ["agent", "code", "may", "how much", "expected to"], rows, words=4)


def rate_lines(plan: OfferPlan, noun: Noun = CASES) -> list[str]:
    """Every direction of a settled plan as an exchange in words, those offered to most agents first.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.load("two_task_ratio")
    >>> plan = OfferPlan.make(inst, [Menu(eta, [[-0.5, 0.6], [0.5, -0.6]]) for eta in inst.endowment])
    >>> rate_lines(plan)
    ["1 'task 1' case for 1.2 'task 2' cases, either way: offered to 2 agents"]
    """
    lines: list[Floats] = []
    sides: list[dict[int, set[int]]] = []
    for n, menu in enumerate(plan.menus()):
        for ray in menu.rays:
            if not (ray < 0).any():
                continue
            unit = ray / np.abs(ray).max()
            known = [
                (k, sign)
                for k, line in enumerate(lines)
                for sign in (1, -1)
                if np.allclose(unit, sign * line, rtol=SAME_LINE, atol=SAME_LINE)
            ]
            if not known:
                lines.append(unit)
                sides.append({1: set(), -1: set()})
                known = [(len(lines) - 1, 1)]
            k, sign = known[0]
            sides[k][sign].add(n)
    words = []
    for line, side in sorted(zip(lines, sides), key=lambda pair: -len(pair[1][1] | pair[1][-1])):
        rate = exchange_rates([line], plan.inst.tasks, noun, either_way=bool(side[1] and side[-1]))[0]
        agents = len(side[1] | side[-1])
        words.append(f"{rate}: offered to {agents} agent{'s' if agents > 1 else ''}")
    return words
