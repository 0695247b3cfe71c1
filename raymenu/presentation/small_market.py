"""A design for the market as it is, as a file."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from raymenu.designs.document import Recommended, market_document
from raymenu.mechanisms import Menu
from raymenu.mechanisms.menus.lotteries import Lottery
from raymenu.presentation.sheets import rate_lines
from raymenu.solvers.eopr.simulation import simulate
from raymenu.solvers.small_market import Group, SmallMarketDesign

FRESH = 1_000_003
"""Added to the seed for the profiles of the file's estimate."""


def record(design: SmallMarketDesign, types: int, seed: int) -> dict[str, Any]:
    """The design as a file that ``raymenu verify`` rechecks: rays as exact rationals, an estimate that can be redrawn.

    The estimate is on profiles of its own, drawn as ``raymenu simulate`` does.
    """
    inst = design.inst
    lotteries: list[Lottery] = [[] for _ in range(inst.n_agents)]
    for group in design.groups:
        lotteries[group.row].append((Fraction(group.size, int(inst.copies[group.row])), group.menu))
    again = simulate(inst, lotteries, replicas=[1], draws=design.profiles, seed=seed + FRESH)
    reason = f"the most saved among {len(design.table)} families of menus, on profiles that no search has seen"
    recommended = Recommended(
        design.family, reason, lotteries, float(again.cost[0]), float(again.stderr[0]), design.profiles, seed + FRESH
    )
    more = {
        "digest": inst.digest,
        "types_of_search": types,
        "seed": seed,
        "family": design.family,
        "cost": design.cost,
        "stderr": design.stderr,
        "profiles": design.profiles,
        "endowment_cost": design.endowment_cost,
        "gain": design.gain,
        "seconds": design.seconds,
        "stopped": design.stopped,
        "directions": design.directions.tolist(),
        "exchange_rates": rate_lines(design),
        "groups": [_group(design, group) for group in design.groups],
        "table": [
            {
                "family": row.family,
                "selected_gain": row.selected,
                "gain": row.gain,
                "stderr": row.stderr,
                "dearest_profile": row.worst,
                "seconds": row.seconds,
            }
            for row in design.table
        ],
    }
    return market_document(inst, recommended, more)


def _group(design: SmallMarketDesign, group: Group) -> dict[str, Any]:
    menu: Menu = group.menu
    return {"agent": design.inst.agents[group.row], "copies": group.size, "menu": menu.to_dict()}
