"""What menus cost out of sample: types drawn afresh, choices decided exactly, markets cleared with a certificate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import Instance
from raymenu.mechanisms import Menu
from raymenu.solvers.eopr.allocation import EoprRule

Floats = NDArray[np.float64]
MOST_TYPES_AT_ONCE = 400_000


@dataclass(frozen=True)
class Estimate:
    """An expected cost with its standard error, and the dearest profile met."""

    cost: float
    stderr: float
    worst: float
    profiles: int


def fresh_costs(inst: Instance, several: list[list[Menu]], profiles: int, seed: int) -> Floats:
    """(len(several), profiles): the EOPR cost of each list of menus, all on the same freshly drawn types.

    Parameters
    ----------
    several
        Each one menu a single agent, in the order of ``inst.agent_rows``; agents alike share one object.
    """
    rules = [EoprRule(inst, menus) for menus in several]
    costs = np.empty((len(several), profiles))
    start = 0
    for types in _types(inst, profiles, np.random.default_rng(seed)):
        stop = start + types.shape[0]
        for rule, menus, row in zip(rules, several, costs):
            row[start:stop] = rule.costs(choices_of(menus, types))
        start = stop
    return costs


def choices_of(menus: list[Menu], types: Floats) -> NDArray[np.int64]:
    """(P, N): what agents with types (P, N, I) choose from their menus, one menu an agent."""
    chosen = np.empty(types.shape[:2], dtype=np.int64)
    start = 0
    while start < len(menus):
        stop = start + 1
        while stop < len(menus) and menus[stop] is menus[start]:
            stop += 1
        block = types[:, start:stop]
        chosen[:, start:stop] = menus[start].choices(block.reshape(-1, block.shape[2])).reshape(block.shape[:2])
        start = stop
    return chosen


def estimate(costs: Floats) -> Estimate:
    """Mean, standard error and maximum of the costs of profiles, (P,)."""
    spread = float(costs.std(ddof=1)) / float(np.sqrt(costs.size)) if costs.size > 1 else float("inf")
    return Estimate(float(costs.mean()), spread, float(costs.max()), int(costs.size))


def _types(inst: Instance, profiles: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Types of all single agents, (p, N, I), a part of the profiles at a time."""
    agents = int(inst.copies.sum())
    part = max(1, MOST_TYPES_AT_ONCE // agents)
    for start in range(0, profiles, part):
        size = min(part, profiles - start)
        drawn = [
            preferences.sample(size * int(copies), rng).reshape(size, int(copies), inst.n_tasks)
            for preferences, copies in zip(inst.preferences, inst.copies)
        ]
        yield np.concatenate(drawn, axis=1)
