"""A design for the market as it is, as a file."""

from __future__ import annotations

from typing import Any

from raymenu.designs.document import Recommended, market_document
from raymenu.mechanisms import OfferGroup
from raymenu.presentation.sheets import menu_of, rate_lines
from raymenu.solvers.small_market import SmallMarketDesign


def record(design: SmallMarketDesign, types: int, seed: int) -> dict[str, Any]:
    """The design as a file that ``raymenu verify`` rechecks: rays as exact rationals, an estimate that can be redrawn.

    The estimate is the design's own, drawn as ``raymenu simulate`` does.
    """
    inst = design.inst
    reason = f"the most saved among {len(design.table)} families of menus, on profiles that no search has seen"
    recommended = Recommended(
        design.family,
        reason,
        design.plan.lotteries,
        design.cost,
        design.stderr,
        design.estimate.draws,
        design.estimate.seed,
    )
    more = {
        "digest": inst.digest,
        "types_of_search": types,
        "seed": seed,
        "family": design.family,
        "cost": design.cost,
        "stderr": design.stderr,
        "profiles": design.estimate.draws,
        "endowment_cost": design.endowment_cost,
        "gain": design.gain,
        "seconds": design.seconds,
        "stopped": design.stopped,
        "directions": design.directions.tolist(),
        "exchange_rates": rate_lines(design),
        "groups": [_group(design, group) for group in design.plan.groups],
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


def _group(design: SmallMarketDesign, group: OfferGroup) -> dict[str, Any]:
    return {"agent": design.inst.agents[group.row], "copies": group.agents, "menu": menu_of(group).to_dict()}
