"""Menus for the market one has against the proven optimum, on markets tiny enough to be solved whole.

``models.finite_market`` (menus of all agents and EOPR in every profile of finite types) is solved by SCIP to global
optimality; ``design_small_market`` designs for the same finite preferences, and is valued on drawn profiles. Compared
is the share of the possible gain, status quo less optimum, that its families reach.
"""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

import raymenu
from raymenu import FinitePreferences, models
from raymenu.instances import Instance
from raymenu.instances.files import write_json
from raymenu.solvers.backends import backend
from raymenu.solvers.backends.results import Quality

SHAPES = ((2, 2, 3), (2, 3, 2), (2, 4, 2), (3, 2, 2), (3, 3, 2))
"""(I, J, types) of the cases, in turn."""
NOTHING = 1e-9
FEW_AGENTS = ("one common direction", "best bilateral trade", "own directions in a plane")
"""The families that matter where few agents trade; the others start from the large market's menus."""


def tiny_market(seed: int) -> Instance:
    """Costs uniform on [0.5, 2], performance on [0, 1], unequal holdings; finite types."""
    tasks, agents, types = SHAPES[seed % len(SHAPES)]
    rng = np.random.default_rng(seed)
    quo = rng.uniform(0.5, 2, (agents, tasks))
    kinds = [
        FinitePreferences(costs=tuple(map(tuple, rng.uniform(0.5, 2, (types, tasks)).tolist()))) for _ in range(agents)
    ]
    return raymenu.make_instance(
        f"I={tasks} J={agents} T={types} seed {seed}",
        "seeded",
        counts=quo.sum(axis=0),
        performance=rng.uniform(0, 1, (agents, tasks)),
        status_quo=quo,
        preferences=kinds,
    )


def study(seed: int, time_limit: float, profiles: int) -> dict[str, Any]:
    """One case."""
    inst = tiny_market(seed)
    types = inst.types()
    solved = backend("scip").solve(models.finite_market(inst, types), time_limit=time_limit)
    design = raymenu.design_small_market(inst, profiles=profiles, effort=0.3, families=FEW_AGENTS)
    quo = inst.status_quo_cost
    lower = solved.bound if solved.bound is not None else float("nan")
    return {
        "case": inst.name,
        "status_quo": quo,
        "proven": solved.quality is Quality.OPTIMAL,
        "found": solved.objective,
        "bound": lower,
        "possible": quo - lower,
        "large_market": quo - raymenu.solve_large_market(inst, types, rel_gap=1e-3).lower,
        "bic": quo - raymenu.solve_bic(inst, types).lower,
        "design": quo - design.cost,
        "stderr": design.stderr,
        "families": {row.family: row.gain for row in design.table},
    }


def main(
    cases: Annotated[int, typer.Option(help="how many")] = 30,
    time_limit: Annotated[float, typer.Option(help="seconds for SCIP, a case")] = 120.0,
    profiles: Annotated[int, typer.Option(help="fresh profiles a design is valued on")] = 20_000,
    out: Annotated[Path | None, typer.Option(help="file for the rows")] = None,
) -> int:
    """Compare design_small_market with the proven optimum."""
    rows = []
    print(f"{'case':24} {'optimum':>8} {'proven':>6} {'design':>8} {'share':>6} {'lm bound':>8} {'bic':>8}")
    for seed in range(cases):
        row = study(seed, time_limit, profiles)
        rows.append(row)
        possible = row["possible"]
        share = row["design"] / possible if possible > NOTHING else 1.0
        print(
            f"{row['case']:24} {possible:8.4f} {row['proven']!s:>6} {row['design']:8.4f} {share:6.1%} "
            f"{row['large_market']:8.4f} {row['bic']:8.4f}",
            flush=True,
        )
        if out is not None:
            write_json(out, {"rows": rows})
    shares = [row["design"] / row["possible"] for row in rows if row["proven"] and row["possible"] > NOTHING]
    if shares:
        print(
            f"{len(shares)} proven cases with a gain: worst {min(shares):.1%}, median {statistics.median(shares):.1%}"
        )
    return 0


if __name__ == "__main__":
    typer.run(main)
