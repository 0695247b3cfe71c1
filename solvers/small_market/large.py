"""Starts from the large market: lotteries over menus that are good at prices, and the copies split in proportion.

The large-market program (5) is solved by row generation on few types with menus found by local search, several times on
types of their own. Nothing here has to be certified: these are starts, judged like all others by what they are worth in
the market as it is. Lotteries that are not quite optimal, with rays some of which are taken in part, even clear better
in small markets. Many copies come close to the large market, and there a certified solution on many types is better.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes, Instance
from raymenu.mechanisms.menus.lotteries import Lottery
from raymenu.solvers.large_market.oracles import Oracles
from raymenu.solvers.large_market.row_generation import RowGeneration
from raymenu.solvers.small_market.offers import Offers, own_rays
from raymenu.solvers.small_market.search import Search

Floats = NDArray[np.float64]
Lotteries = list[list[tuple[float, Floats]]]
"""For each row, probabilities and rays (K, I) of its menus."""
MOST_ROUNDS = 15


def lotteries_at_prices(search: Search, types: list[FiniteTypes], method: str, rel_gap: float) -> Lotteries:
    """Lotteries of (5) on types of each row, after 15 rounds of prices or at the gap.

    Rounds are counted and not seconds, so that equal seeds give equal lotteries on any machine. The clock is looked at
    between rounds.
    """
    state = RowGeneration(search.inst, types, method, rel_gap)
    with Oracles(None, method) as oracles:
        while not (state.closed or state.stalled or state.rounds == MOST_ROUNDS or search.out_of_time()):
            state.step(oracles, search.seconds_left())
    return rays_of(state.lotteries())


def rays_of(lotteries: Sequence[Lottery]) -> Lotteries:
    """The lotteries as rays; a remedial menu, which cannot clear alone, counts as no ray."""
    return [[(float(chance), menu.rays) for chance, menu in lottery] for lottery in lotteries]


def split_copies(inst: Instance, lotteries: Lotteries) -> Offers:
    """Each row's copies split between its menus in proportion, largest remainders first."""
    rows: list[int] = []
    sizes: list[int] = []
    rays: list[Floats] = []
    for j, menus in enumerate(lotteries):
        for size, (_, menu) in zip(_apportioned(int(inst.copies[j]), [p for p, _ in menus]), menus):
            if size and len(menu):
                rows.append(j)
                sizes.append(size)
                rays.append(menu)
    return own_rays(inst, rows, sizes, rays)


def _apportioned(total: int, shares: Sequence[float]) -> list[int]:
    quotas = total * np.asarray(shares) / sum(shares)
    sizes = np.floor(quotas).astype(int)
    for m in np.argsort(sizes - quotas, kind="stable")[: total - int(sizes.sum())]:
        sizes[m] += 1
    return [int(size) for size in sizes]
