"""Which formulation of S(w) serves general solvers best: every variant on the same instances, in one run.

Family U at three tasks, as in ``solver_ratio``: each variant may stop at the gap branch and bound is asked for, and
its interval is checked against the certified one. Times are of the processor, in the solve call alone, for what else
the machine does easily doubles a few seconds of wall clock (SCIP and branch and bound use one core here, Gurobi all);
a variant that solves several programs has them added up. The table gives each variant's shifted geometric mean, its
ratio to the best formulation's and to branch and bound's, and how many it closed: where it did not, the limit counts as
its time. SCIP's luck with one search is worth a factor of two: small differences say nothing.

Decided: "best" is what measured best; the other variants live on here and are no options of the package.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import numpy as np
import pyomo.environ as pyo
import typer

from raymenu.benchmarks.harness.machine import versions
from raymenu.benchmarks.studies.formulation_variants import (
    BEST,
    VARIANTS,
    Variant,
    fix_signs,
    sign_patterns,
    start_from,
)
from raymenu.benchmarks.studies.three_tasks import BOTH, Case, Json, Kinds, Seeds, Sizes, cases, verdict
from raymenu.instances.files import write_json
from raymenu.models.support.menu_bounds import MenuData
from raymenu.solvers.backends import Backend, ScipBackend, backend
from raymenu.solvers.backends.base import finite
from raymenu.solvers.backends.pyomo_solvers import WarmScip
from raymenu.solvers.backends.results import Termination

SCIP_OPTIONS = {"timing/clocktype": 1, "numerics/feastol": 1e-8}
"""Its limit is of the processor too; and points of programs in logarithms have to keep the products these stand for."""
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


def programs(case: Case, variant: Variant) -> Iterator[pyo.ConcreteModel]:
    """The programs of a variant; S(w) is the largest of their optima."""
    data = MenuData.of(case.types, case.endowment, case.w)
    for pattern in sign_patterns(data) if variant.signs_fixed else [None]:
        m = case.program(variant.formulation)
        for change in variant.changes:
            change(m, data)
        if pattern is not None:
            fix_signs(m, pattern)
        if variant.warm_start:
            start_from(m, data, case.solve("local-search").menu.rays)
        yield m


def measure(case: Case, variant: Variant, solver: Backend, time_limit: float) -> dict[str, Any]:
    """A row: what a variant took, and the interval it reached."""
    seconds, lower, upper, closed = 0.0, -math.inf, -math.inf, True
    for m in programs(case, variant):
        start, left = time.process_time(), max(time_limit - seconds, 1.0)
        found = solver.solve(
            m,
            time_limit=left,
            rel_gap=case.solver_gap,
            warm_start=variant.warm_start,
            options=SCIP_OPTIONS if solver.name == "scip" else {},
        )
        seconds += time.process_time() - start
        lower = max(lower, -math.inf if found.objective is None else found.objective)
        upper = max(upper, math.inf if found.bound is None else found.bound)
        closed &= found.termination is Termination.CONVERGED
    return (
        case.about
        | case.judged(finite(lower), finite(upper))
        | {
            "variant": variant.name,
            "seconds": seconds,
            "closed": closed,
            "branch_and_bound": case.seconds,
        }
    )


def line(case: Case, row: dict[str, Any]) -> str:
    """A row as text."""
    return f"{case.name}  {row['variant']:<28} {row['seconds']:8.2f} s  {verdict(row)}"


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


def main(
    sizes: Sizes = [12, 20, 30],  # noqa: B006 (typer's way to give several defaults)
    kinds: Kinds = BOTH,
    seeds: Seeds = 2,
    time_limit: Annotated[float, typer.Option(help="seconds for each variant and case")] = 60.0,
    solver: Annotated[str, typer.Option(help="backend; indicators are run with scip alone")] = "scip",
    only: Annotated[
        list[str] | None, typer.Option(help="variants whose names start so, repeatable; the best always runs")
    ] = None,
    json_file: Json = None,
) -> int:
    """Measure formulations of S(w) for general solvers; status 1 where an interval disagrees."""
    variants = [
        variant
        for variant in VARIANTS
        if (variant.name == BEST or not only or variant.name.startswith(tuple(only)))
        and (solver == "scip" or not variant.native)
    ]
    general = backend(solver)
    rows = []
    for case in cases(sizes, kinds, seeds):
        for variant in variants:
            rows.append(measure(case, variant, IndicatorBackend() if variant.native else general, time_limit))
            print(line(case, rows[-1]), flush=True)
    print(*table(rows), sep="\n")
    if json_file is not None:
        write_json(json_file, {"versions": versions(), "rows": rows})
    return 0 if all(row["agrees"] for row in rows) else 1
