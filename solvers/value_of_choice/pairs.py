"""Pairs of agents in the order of what they could save, if both accepted any exchange."""

from __future__ import annotations

import numpy as np

from raymenu.instances import Instance

MOST_PAIRS = 10_000
BLOCK = 4_000_000
"""Numbers held at once while pairs are gone through."""


def largest_saving(inst: Instance) -> float:
    """What two agents could save at most, if both accepted any exchange: no bilateral trade gains more."""
    pairs = ranked_pairs(inst, 1)
    return pairs[0][0] if pairs else 0.0


def ranked_pairs(inst: Instance, most: int = MOST_PAIRS) -> list[tuple[float, tuple[int, int]]]:
    """Pairs of rows with the saving if any exchange were accepted, the largest ``most`` of them, the largest first."""
    agents = inst.n_agents
    height = max(1, BLOCK // agents)
    savings, firsts, seconds, least = np.empty(0), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), 0.0
    for top in range(0, agents, height):
        rows = slice(top, top + height)
        block = np.zeros((min(height, agents - top), agents - top))
        for own, held in zip(inst.performance.T, inst.status_quo.T):
            saving = own[None, top:] - own[rows, None]
            block += np.maximum(saving * held[None, top:], -saving * held[rows, None])
        first, second = np.nonzero(np.triu(block, 1) > least)
        savings = np.append(savings, block[first, second])
        firsts, seconds = np.append(firsts, first + top), np.append(seconds, second + top)
        if savings.size > most:
            kept = np.sort(np.argpartition(-savings, most)[:most])
            savings, firsts, seconds = savings[kept], firsts[kept], seconds[kept]
            least = float(savings.min())
    order = np.lexsort((seconds, firsts, -savings))
    return [(float(savings[k]), (int(firsts[k]), int(seconds[k]))) for k in order]
