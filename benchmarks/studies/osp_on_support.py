"""What menus add that are OSP on the support only, over those that are OSP whatever the costs may be.

Theorem 2 assumes that every positive cost vector may occur: rays are then polarized, and the large market's bound is on
such menus. With preferences in a box, rays whose takers overlap only outside it are OSP on it all the same.
``solve_on_support`` searches them; every menu passes ``is_osp`` on the box, exactly. "added" is what they gain beyond
the most that polarized menus can (the certified lower end of (5)), so it is proven; "of best" is beyond the best
polarized lottery found. Out of sample, both lotteries are valued on types they have not seen, as a share of the gain.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

import raymenu
from raymenu.instances import Instance
from raymenu.instances.files import write_json
from raymenu.instances.generators import random_market
from raymenu.mechanisms.menus.lotteries import Lottery
from raymenu.solvers.large_market.on_support import solve_on_support

MOST_AGENTS = 20
BOXES = ((0.8, 1.25), (0.5, 2.0), (0.25, 4.0))
FRESH_TYPES = 20_000


def market_on(low: float, high: float, n_agents: int, n_tasks: int, seed: int) -> Instance:
    """``random_market`` with costs uniform on another box."""
    inst = random_market(n_agents, n_tasks, seed)
    box = raymenu.UniformPreferences(lower=(low,) * n_tasks, upper=(high,) * n_tasks)
    return raymenu.make_instance(
        f"random J={n_agents} I={n_tasks} seed {seed}, [{low:g}, {high:g}]",
        inst.source,
        counts=inst.counts,
        performance=inst.performance,
        status_quo=inst.status_quo,
        preferences=[box] * n_agents,
    )


def worth_at(inst: Instance, lotteries: list[Lottery], prices: np.ndarray[Any, Any], seed: int) -> float:
    """``sum_j copies_j (lambda - pi_j) . (x_j - eta_j)`` on fresh types: what lotteries gain at prices."""
    total = 0.0
    for j, lottery in enumerate(lotteries):
        types = inst.preferences[j].discretize(FRESH_TYPES, seed=seed)
        held = sum(float(p) * menu.expected_assignment(types) for p, menu in lottery)
        total += int(inst.copies[j]) * float((prices - inst.performance[j]) @ (held - inst.endowment[j]))
    return total


def study(inst: Instance, types: int, gap: float, effort: float) -> dict[str, Any]:
    """One row."""
    large = raymenu.solve_large_market(inst, types, rel_gap=gap, time_limit=120)
    found = solve_on_support(inst, large_market=large, effort=effort)
    if not found.check().ok(1e-9):
        raise RuntimeError(f"{inst.name}: {found.check()}")
    quo = inst.status_quo_cost
    before, after = (worth_at(inst, each.lotteries, large.prices, 7) for each in (large, found))
    return {
        "instance": inst.name,
        "status_quo": quo,
        "lower": large.lower,
        "upper": large.upper,
        "on_support": found.upper,
        "bound": found.lower,
        "bound_is": found.bound,
        "added": found.added,
        "added_to_best": (large.upper - found.upper) / (quo - large.upper) if quo > large.upper else 0.0,
        "fresh": (after - before) / before if before > 0 else 0.0,
        "most_rays": max(menu.size for lottery in found.lotteries for _, menu in lottery),
        "seconds": found.seconds,
    }


def main(
    types: Annotated[int, typer.Option(help="types a row")] = 200,
    gap: Annotated[float, typer.Option(help="relative gap of the large market")] = 0.005,
    effort: Annotated[float, typer.Option(help="multiplies the steps of the search")] = 1.0,
    only: Annotated[list[str] | None, typer.Option(help="library instances; default: all on boxes with I >= 3")] = None,
    random: Annotated[int, typer.Option(help="random markets on each of three boxes")] = 4,
    out: Annotated[Path | None, typer.Option(help="file for the rows")] = None,
) -> int:
    """What menus OSP on the support add over those OSP whatever the costs may be."""
    chosen = [
        inst
        for inst in map(raymenu.load, only or raymenu.library())
        if inst.n_tasks >= 3
        and inst.n_agents <= MOST_AGENTS
        and inst.starts_at_status_quo
        and all(p.continuous and not p.degenerate for p in inst.preferences)
        and (inst.performance != inst.performance[0]).any()
    ]
    chosen += [market_on(*box, n_agents=4, n_tasks=3, seed=seed) for box in BOXES for seed in range(random)]
    print(
        f"{'instance':36} {'quo':>8} {'(5)':>17} {'support':>8} {'bound':>8} {'added':>7} {'of best':>7} {'fresh':>6}"
    )
    rows = []
    for inst in chosen:
        row = study(inst, types, gap, effort)
        rows.append(row)
        print(
            f"{row['instance']:36} {row['status_quo']:8.5g} {row['lower']:8.5g} {row['upper']:8.5g} "
            f"{row['on_support']:8.5g} {row['bound']:8.5g} {row['added']:7.2%} {row['added_to_best']:7.2%} "
            f"{row['fresh']:6.1%} {row['most_rays']} rays {row['seconds']:.0f} s",
            flush=True,
        )
    if out is not None:
        write_json(out, {"types": types, "gap": gap, "effort": effort, "rows": rows})
    return 0


if __name__ == "__main__":
    typer.run(main)
