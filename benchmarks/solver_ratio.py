"""How many times faster branch and bound is than general solvers on S(w), at the same gap and in one run.

    python -m raymenu.benchmarks.solver_ratio [--sizes 12 30] [--seeds 2] [--time-limit 600] [--json FILE]

Family U at three tasks: costs uniform on [0.5, 2], endowment 1, w uniform on [0.2, 1] ("pos") or [-0.5, 1] ("mix").
Each general solver gets the program as Pyomo hands it over and may stop at the gap branch and bound was asked for,
given as its own relative gap; its intervals are checked against the certified one. Times are wall clock of the solve;
branch and bound is run several times after compilation, and its median counts.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from raymenu import FiniteTypes, models, support_function
from raymenu.benchmarks.machine import versions
from raymenu.commands.files import write_json
from raymenu.models.menu import Formulation
from raymenu.solvers.backends import REGISTRY, backend
from raymenu.solvers.results import Quality, Termination

TASKS = 3
REL_GAP = 1e-3
REPEATS = 7
CONTESTANTS: tuple[tuple[str, Formulation], ...] = (
    ("scip", "multiplier"),
    ("scip", "best"),
    ("gurobi", "multiplier"),
    ("gurobi", "best"),
)
TOLERANCE = 1e-5
"""Share of S(w) by which solvers may be off: they work with rows relaxed by 1e-6."""


def family_u(size: int, seed: int, kind: str) -> tuple[FiniteTypes, np.ndarray, np.ndarray]:
    """Family U(3, size, seed)."""
    rng = np.random.default_rng(seed)
    costs = rng.uniform(0.5, 2, (size, TASKS))
    w = rng.uniform(0.2, 1, TASKS) if kind == "pos" else rng.uniform(-0.5, 1, TASKS)
    return FiniteTypes(costs), np.ones(TASKS), w


def measure(size: int, seed: int, kind: str, time_limit: float, multiplier_gurobi: bool) -> Iterator[dict[str, Any]]:
    """One row for branch and bound, then one for each contestant."""
    types, endowment, w = family_u(size, seed, kind)
    runs = [
        support_function(types, endowment, w, method="branch-and-bound", rel_gap=REL_GAP) for _ in range(REPEATS + 1)
    ][1:]
    ours = runs[0]
    seconds = statistics.median(run.seconds for run in runs)
    about = {"tasks": TASKS, "types": size, "kind": kind, "seed": seed}
    yield about | {
        "solver": "branch-and-bound",
        "formulation": "",
        "seconds": seconds,
        "closed": ours.status == "optimal",
        "lower": ours.lower,
        "upper": ours.upper,
        "gap": ours.gap / ours.gain,
        "ratio": 1.0,
        "agrees": True,
    }
    allowed = TOLERANCE * abs(ours.upper)
    for name, formulation in CONTESTANTS:
        if not REGISTRY[name]().available() or (
            name == "gurobi" and formulation == "multiplier" and not multiplier_gurobi
        ):
            continue
        model = models.menu(types, endowment, w, formulation=formulation)
        found = backend(name).solve(model, time_limit=time_limit, rel_gap=REL_GAP * ours.gain / abs(ours.upper))
        lower, upper = found.objective, found.bound
        yield about | {
            "solver": name,
            "formulation": formulation,
            "seconds": found.seconds,
            "closed": found.quality is Quality.OPTIMAL,
            "lower": lower,
            "upper": upper,
            "gap": None if lower is None or upper is None else (upper - lower) / ours.gain,
            "ratio": found.seconds / seconds,
            "agrees": (lower is None or lower <= ours.upper + allowed)
            and (upper is None or upper >= ours.lower - allowed),
            "refused": found.termination is Termination.REFUSED,
        }


def line(row: dict[str, Any]) -> str:
    """A row as text."""
    name = f"{row['solver']} {row['formulation']}".strip()
    case = f"I={row['tasks']} S={row['types']:<3} {row['kind']} seed {row['seed']}  {name:<18}"
    if row.get("refused"):
        return f"{case} refused: beyond the licence"
    gap = "no interval" if row["gap"] is None else f"gap {row['gap']:.1e}"
    verdict = "closed" if row["closed"] else "NOT closed"
    wrong = "" if row["agrees"] else "  DISAGREES with the certified interval"
    return f"{case} {row['seconds']:10.4f} s  {verdict:<10} {gap:<12} x {row['ratio']:.0f}{wrong}"


def summary(rows: Sequence[dict[str, Any]]) -> list[str]:
    """For each contestant and size: how many it closed, and its ratios to branch and bound."""
    lines = []
    for size in sorted({row["types"] for row in rows}):
        for name, formulation in CONTESTANTS:
            mine = [
                row
                for row in rows
                if (row["types"], row["solver"], row["formulation"]) == (size, name, formulation)
                and not row.get("refused")
            ]
            if mine:
                ratios = sorted(row["ratio"] for row in mine)
                closed = sum(row["closed"] for row in mine)
                more = "" if closed == len(mine) else " (lower bounds where it did not close)"
                lines.append(
                    f"S={size}: {name} {formulation}: closed {closed} of {len(mine)}, "
                    f"{ratios[0]:.0f} to {ratios[-1]:.0f} times slower, median {statistics.median(ratios):.0f}{more}"
                )
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; status 1 where an interval disagrees with the certified one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[12, 30], help="numbers of types")
    parser.add_argument("--kinds", nargs="+", default=["pos", "mix"], choices=["pos", "mix"])
    parser.add_argument("--seeds", type=int, default=2, help="seeds of each size and kind")
    parser.add_argument("--time-limit", type=float, default=600.0, help="seconds for each general solve")
    parser.add_argument("--multiplier-gurobi", action="store_true", help="also run Gurobi on the reference")
    parser.add_argument("--json", type=Path, help="write the rows here")
    asked = parser.parse_args(arguments)
    rows = []
    for size in asked.sizes:
        for kind in asked.kinds:
            for seed in range(asked.seeds):
                for row in measure(size, seed, kind, asked.time_limit, asked.multiplier_gurobi):
                    rows.append(row)
                    print(line(row), flush=True)
    print(*summary(rows), sep="\n")
    if asked.json:
        write_json(asked.json, {"versions": versions(), "rows": rows})
    return 0 if all(row["agrees"] for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
