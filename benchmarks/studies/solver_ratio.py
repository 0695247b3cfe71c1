"""How many times faster branch and bound is than general solvers on S(w), at the same gap and in one run.

On family U at three tasks (``three_tasks``). Each general solver gets the program as Pyomo hands it over and may stop
at the gap branch and bound was asked for, given as its own relative gap; its intervals are checked against the
certified one. Times are wall clock of the solve; branch and bound is run several times after compilation, and its
median counts.

Decided: the search of this package is the default; general solvers serve as independent oracles on small cases.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from raymenu.benchmarks.harness.machine import versions
from raymenu.benchmarks.studies.three_tasks import BOTH, Case, Json, Kinds, Seeds, Sizes, cases, verdict
from raymenu.instances.files import write_json
from raymenu.models.support.menu import Formulation
from raymenu.solvers.backends import REGISTRY, backend
from raymenu.solvers.backends.results import Termination

CONTESTANTS: tuple[tuple[str, Formulation], ...] = (
    ("scip", "multiplier"),
    ("scip", "best"),
    ("gurobi", "multiplier"),
    ("gurobi", "best"),
)


def measure(case: Case, time_limit: float, multiplier_gurobi: bool) -> Iterator[dict[str, Any]]:
    """One row for branch and bound, then one for each contestant."""
    ours = case.certified
    yield (
        case.about
        | case.judged(ours.lower, ours.upper)
        | {
            "solver": "branch-and-bound",
            "formulation": "",
            "seconds": case.seconds,
            "closed": ours.status == "optimal",
            "ratio": 1.0,
        }
    )
    for name, formulation in CONTESTANTS:
        if not REGISTRY[name]().available() or (
            name == "gurobi" and formulation == "multiplier" and not multiplier_gurobi
        ):
            continue
        found = backend(name).solve(case.program(formulation), time_limit=time_limit, rel_gap=case.solver_gap)
        yield (
            case.about
            | case.judged(found.objective, found.bound)
            | {
                "solver": name,
                "formulation": formulation,
                "seconds": found.seconds,
                "closed": found.termination is Termination.CONVERGED,
                "ratio": found.seconds / case.seconds,
                "refused": found.termination is Termination.REFUSED,
            }
        )


def line(case: Case, row: dict[str, Any]) -> str:
    """A row as text."""
    name = f"{row['solver']} {row['formulation']}".strip()
    if row.get("refused"):
        return f"{case.name}  {name:<18} refused: beyond the licence"
    return f"{case.name}  {name:<18} {row['seconds']:10.4f} s  x {row['ratio']:<8.0f} {verdict(row)}"


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


def main(
    sizes: Sizes = [12, 30],  # noqa: B006 (typer's way to give several defaults)
    kinds: Kinds = BOTH,
    seeds: Seeds = 2,
    time_limit: Annotated[float, typer.Option(help="seconds for each general solve")] = 600.0,
    multiplier_gurobi: Annotated[bool, typer.Option(help="also run Gurobi on the reference")] = False,
    json_file: Json = None,
) -> int:
    """Measure branch and bound against general solvers at one gap; status 1 where an interval disagrees."""
    rows = []
    for case in cases(sizes, kinds, seeds):
        for row in measure(case, time_limit, multiplier_gurobi):
            rows.append(row)
            print(line(case, row), flush=True)
    print(*summary(rows), sep="\n")
    if json_file is not None:
        write_json(json_file, {"versions": versions(), "rows": rows})
    return 0 if all(row["agrees"] for row in rows) else 1
