"""Starts from the large market: lotteries over menus that are good at prices, and the copies split in proportion.

The large-market program (5) is solved by row generation on few types with menus found by local search, several times on
types of their own. Nothing here has to be certified: these are starts, judged like all others by what they are worth in
the market as it is. Lotteries that are not quite optimal, with rays some of which are taken in part, even clear better
in small markets. Many copies come close to the large market, and there a certified solution on many types is better.
"""

from __future__ import annotations

from raymenu.instances import FiniteTypes, Instance
from raymenu.mechanisms import OfferPlan
from raymenu.solvers.large_market.oracles import oracles
from raymenu.solvers.large_market.row_generation import RowGeneration
from raymenu.solvers.small_market.offers import Offers, own_rays
from raymenu.solvers.small_market.search import Search

MOST_ROUNDS = 15


def lotteries_at_prices(search: Search, types: list[FiniteTypes], method: str, rel_gap: float) -> OfferPlan:
    """Lotteries of (5) on types of each row, after 15 rounds of prices or at the gap.

    Rounds are counted and not seconds, so that equal seeds give equal lotteries on any machine. The clock is looked at
    between rounds.
    """
    state = RowGeneration(search.inst, types, method, rel_gap)
    with oracles(None, method) as asked:
        state.run(asked, search.seconds_left(), MOST_ROUNDS)
    return OfferPlan.make(search.inst, state.lotteries())


def split_copies(inst: Instance, plan: OfferPlan) -> Offers:
    """Each row's copies split between its menus in proportion, largest remainders first, as numbers a search can move.

    A remedial menu, which cannot clear alone, counts as no ray. The plan may be of the market of one copy.
    """
    groups = [g for g in OfferPlan.make(inst, plan.lotteries).apportioned().groups if g.menu and g.menu.size]
    return own_rays(inst, [g.row for g in groups], [g.agents for g in groups], [g.menu.rays for g in groups if g.menu])
