"""Which formulation of S(w) serves general solvers best: every variant on the same instances, in one run.

    python -m raymenu.benchmarks.formulations [--sizes 12 20 30] [--kinds pos mix] [--seeds 2] [--time-limit 60]
        [--only "best, hull" ...] [--solver scip] [--json FILE]

Family U at three tasks, as in ``solver_ratio``: each variant may stop at the gap branch and bound is asked for, and
its interval is checked against the certified one. Times are wall clock of the solve; a variant that solves several
programs has them added up. The table gives each variant's shifted geometric mean, its ratio to the best formulation's
and to branch and bound's, and how many it closed: where it did not, the limit counts as its time.
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo

from raymenu import models, support_function
from raymenu.benchmarks.formulation_variants import BEST, VARIANTS, Variant, fix_signs, sign_patterns, start_from
from raymenu.benchmarks.machine import versions
from raymenu.benchmarks.solver_ratio import REL_GAP, REPEATS, TOLERANCE, family_u
from raymenu.commands.files import write_json
from raymenu.models.menu_bounds import MenuData
from raymenu.solvers.backends import Backend, ScipBackend, backend
from raymenu.solvers.backends.pyomo_interface import WarmScip
from raymenu.solvers.results import Quality

SHIFT = 0.1
"""Seconds added to each time before the geometric mean, taken off after."""


class IndicatorScip(WarmScip):
    """Pyomo's SCIP with the indicator constraints a model lists, handed to SCIP directly."""

    def _create_solver_model(self, model: Any, config: Any) -> Any:
        made = super()._create_solver_model(model, config)
        for binary, row in model.indicators:
            translated = self._expr_visitor.walk_expression(row)
            self._solver_model.addConsIndicator(translated, self._pyomo_var_to_solver_var_map[binary])
        return made


class IndicatorBackend(ScipBackend):
    """SCIP with indicator constraints."""

    solver_class = IndicatorScip


class Case:
    """One instance, its certified interval, and what it took."""

    def __init__(self, size: int, kind: str, seed: int) -> None:
        self.types, self.endowment, self.w = family_u(size, seed, kind)
        self.about = {"types": size, "kind": kind, "seed": seed}
        runs = [self._certified() for _ in range(REPEATS + 1)][1:]
        self.certified = runs[0]
        self.seconds = statistics.median(run.seconds for run in runs)
        self.data = MenuData.of(self.types, self.endowment, self.w)

    def _certified(self) -> Any:
        return support_function(self.types, self.endowment, self.w, method="branch-and-bound", rel_gap=REL_GAP)

    @cached_property
    def local_menu(self) -> Any:
        """The menu of a local search."""
        return support_function(self.types, self.endowment, self.w, method="local-search").menu

    def programs(self, variant: Variant) -> list[pyo.ConcreteModel]:
        """The programs of a variant; S(w) is the largest of their optima."""
        made = []
        patterns = list(sign_patterns(self.data)) if variant.signs_fixed else [None]
        for pattern in patterns:
            m = models.menu(self.types, self.endowment, self.w, formulation=variant.formulation)  # type: ignore[arg-type]
            for change in variant.changes:
                change(m, self.data)
            if pattern is not None:
                fix_signs(m, pattern)
            if variant.warm_start:
                start_from(m, self.data, self.local_menu.rays)
            made.append(m)
        return made


def measure(case: Case, variant: Variant, solver: Backend, time_limit: float) -> dict[str, Any]:
    """A row: what a variant took, and the interval it reached."""
    ours = case.certified
    seconds, lower, upper, closed = 0.0, -math.inf, -math.inf, True
    for m in case.programs(variant):
        found = solver.solve(
            m,
            time_limit=max(time_limit - seconds, 1.0),
            rel_gap=REL_GAP * ours.gain / abs(ours.upper),
            warm_start=variant.warm_start,
        )
        seconds += found.seconds
        lower = max(lower, -math.inf if found.objective is None else found.objective)
        upper = max(upper, math.inf if found.bound is None else found.bound)
        closed &= found.quality is Quality.OPTIMAL
    allowed = TOLERANCE * abs(ours.upper)
    return case.about | {
        "variant": variant.name,
        "seconds": seconds,
        "closed": closed,
        "lower": lower if math.isfinite(lower) else None,
        "upper": upper if math.isfinite(upper) else None,
        "gap": (upper - lower) / ours.gain if math.isfinite(upper - lower) else None,
        "branch_and_bound": case.seconds,
        "agrees": lower <= ours.upper + allowed and upper >= ours.lower - allowed,
    }


def line(row: dict[str, Any]) -> str:
    """A row as text."""
    gap = "no interval" if row["gap"] is None else f"gap {max(row['gap'], 0.0):.1e}"
    verdict = "closed" if row["closed"] else "NOT closed"
    wrong = "" if row["agrees"] else "  DISAGREES with the certified interval"
    case = f"S={row['types']:<3} {row['kind']} seed {row['seed']}"
    return f"{case}  {row['variant']:<28} {row['seconds']:8.2f} s  {verdict:<10} {gap}{wrong}"


def shifted_mean(values: Sequence[float]) -> float:
    """The shifted geometric mean."""
    return math.exp(statistics.fmean(math.log(value + SHIFT) for value in values)) - SHIFT


def table(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Markdown: for each number of types and variant its mean, ratios, and how many closed."""
    lines = [
        "| S | variant | closed | seconds | of the best formulation's | of branch and bound's |",
        "|---|---|---|---|---|---|",
    ]
    for size in sorted({row["types"] for row in rows}):
        here = [row for row in rows if row["types"] == size]
        best = shifted_mean([row["seconds"] for row in here if row["variant"] == BEST])
        for name in dict.fromkeys(row["variant"] for row in here):
            mine = [row for row in here if row["variant"] == name]
            seconds = shifted_mean([row["seconds"] for row in mine])
            closed = sum(row["closed"] for row in mine)
            more = "" if closed == len(mine) else "> "
            ours = np.exp(np.mean([math.log(row["seconds"] / row["branch_and_bound"]) for row in mine]))
            lines.append(
                f"| {size} | {name} | {closed} of {len(mine)} | {more}{seconds:.2f} | "
                f"{more}{seconds / best:.2f} | {more}{ours:,.0f} |"
            )
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; status 1 where an interval disagrees with the certified one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[12, 20, 30], help="numbers of types")
    parser.add_argument("--kinds", nargs="+", default=["pos", "mix"], choices=["pos", "mix"])
    parser.add_argument("--seeds", type=int, default=2, help="seeds of each size and kind")
    parser.add_argument("--time-limit", type=float, default=60.0, help="seconds for each variant and instance")
    parser.add_argument("--solver", default="scip", help="backend; indicators are run with scip alone")
    parser.add_argument("--only", nargs="+", default=[], help="variants whose names start so; the best always runs")
    parser.add_argument("--json", type=Path, help="write the rows here")
    asked = parser.parse_args(arguments)
    variants = [
        variant
        for variant in VARIANTS
        if (variant.name == BEST or not asked.only or variant.name.startswith(tuple(asked.only)))
        and (asked.solver == "scip" or not variant.native)
    ]
    solver = backend(asked.solver)
    rows = []
    for size in asked.sizes:
        for kind in asked.kinds:
            for seed in range(asked.seeds):
                case = Case(size, kind, seed)
                for variant in variants:
                    chosen = IndicatorBackend() if variant.native else solver
                    rows.append(measure(case, variant, chosen, asked.time_limit))
                    print(line(rows[-1]), flush=True)
    print(*table(rows), sep="\n")
    if asked.json:
        write_json(asked.json, {"versions": versions(), "rows": rows})
    return 0 if all(row["agrees"] for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
