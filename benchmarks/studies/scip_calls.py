"""What the way to call SCIP costs: Pyomo's direct and persistent interfaces, and SCIP alone, on one program.

The best formulation of S(w) on family U at three tasks is solved twice, to a loose gap and then to a tight one, which
is what ``method="miqcp"`` does where the first was too wide:

- *direct*: Pyomo's ``scip_direct``, the package's backend; the second solve starts again, from the first one's point;
- *persistent*: ``scip_persistent``; the model has not changed, so the second solve goes on with the first one's tree;
- *alone*: SCIP on a file of the same program, going on likewise.

``build`` is Pyomo's model, ``translate`` what the interface spends before SCIP starts.

Decided: the direct interface; a persistent one gains nothing on programs that are solved once.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import pyomo.environ as pyo
from pyomo.common.timing import HierarchicalTimer
from pyomo.contrib.solver.solvers.scip.scip_persistent import ScipPersistent
from pyscipopt import Model

from raymenu.benchmarks.harness.machine import versions
from raymenu.benchmarks.studies.three_tasks import BOTH, Case, Json, Kinds, Seeds, Sizes, cases
from raymenu.instances.files import write_json
from raymenu.solvers.backends.pyomo_solvers import WarmScip

LOOSE, TIGHT = 1e-2, 1e-4
SILENT = {"display/verblevel": 0}
WAYS = ("direct", "persistent", "alone")
STAGES = ("build", "translate", "loose", "translate again", "tight")


def through_pyomo(solver: Any, m: pyo.ConcreteModel) -> dict[str, float]:
    """Seconds of each stage, and the optimum found, with one of Pyomo's interfaces."""
    row: dict[str, float] = {}
    for stage, translate, gap in (("loose", "translate", LOOSE), ("tight", "translate again", TIGHT)):
        solver.offer_point = stage == "tight"
        start, timer = time.perf_counter(), HierarchicalTimer()
        found = solver.solve(m, rel_gap=gap, solver_options=SILENT, timer=timer)
        row[stage] = timer.get_total_time("optimize")
        row[translate] = time.perf_counter() - start - row[stage]
        row["objective"] = found.incumbent_objective
    return row


def alone(path: Path) -> dict[str, float]:
    """The same with SCIP on a file."""
    row: dict[str, float] = {}
    start = time.perf_counter()
    model = Model()
    model.hideOutput()
    model.readProblem(str(path))
    row["translate"] = time.perf_counter() - start
    for stage, gap in (("loose", LOOSE), ("tight", TIGHT)):
        start = time.perf_counter()
        model.setParam("limits/gap", gap)
        model.optimize()
        row[stage] = time.perf_counter() - start
    row["translate again"] = 0.0
    row["objective"] = model.getObjVal()
    return row


def measure(case: Case) -> list[dict[str, Any]]:
    """One row for each way."""
    start = time.perf_counter()
    m = case.program()
    about = case.about | {"build": time.perf_counter() - start}
    direct = WarmScip()
    rows = [about | {"way": "direct"} | through_pyomo(direct, m)]
    rows.append(about | {"way": "persistent"} | through_pyomo(ScipPersistent(), case.program()))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "menu.cip"
        direct._solver_model.freeTransform()
        direct._solver_model.writeProblem(str(path), verbose=False)
        rows.append(about | {"way": "alone"} | alone(path))
    return rows


def main(
    sizes: Sizes = [12, 20],  # noqa: B006 (typer's way to give several defaults)
    kinds: Kinds = BOTH,
    seeds: Seeds = 2,
    json_file: Json = None,
) -> int:
    """Measure what the way to call SCIP costs; status 1 where the ways find different optima."""
    rows, agree = [], True
    for case in cases(sizes, kinds, seeds):
        made = measure(case)
        for row in made:
            stages = "  ".join(f"{stage} {row[stage]:.3f} s" for stage in STAGES)
            print(f"{case.name}  {row['way']:<10}  {stages}", flush=True)
        values = [row["objective"] for row in made]
        agree &= max(values) - min(values) <= 2 * TIGHT * abs(max(values))
        rows += made
    print(f"| S | way | {' | '.join(STAGES)} | all |", f"|{'---|' * (len(STAGES) + 3)}", sep="\n")
    for size in sizes:
        for way in WAYS:
            mine = [row for row in rows if (row["types"], row["way"]) == (size, way)]
            means = [statistics.fmean(row[stage] for row in mine) for stage in STAGES]
            print(f"| {size} | {way} | {' | '.join(f'{mean:.3f}' for mean in means)} | {sum(means):.3f} |")
    if json_file is not None:
        write_json(json_file, {"versions": versions(), "rows": rows})
    return 0 if agree else 1
