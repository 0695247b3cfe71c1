"""Sizes of program (1): rows added as needed against programs given whole, and Pyomo against plain highspy arrays.

One command, ``python -m raymenu.benchmarks.studies.bic_forms``, measures on random markets (``random_market``, seed 1):

1. J = 5, T = 20, I = 4, finite market: the cut form with lazy (IC), the same loop on highspy arrays, and the token form
   given to HiGHS whole;
2. J = 4, T = 60, I = 3, finite market: the cut form and the same loop on arrays;
3. J = 5, T = 100, I = 4, large market: lazy (IC) and all its rows;
4. J = 5, T = 200, I = 4, large market: lazy (IC).

Every pair must reach one optimum. Times are wall clock, model building included; on a busy machine quote the ratios.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import highspy
import numpy as np
import typer
from numpy.typing import NDArray
from pyomo.common.gc_manager import PauseGC
from rich.console import Console
from rich.table import Table

from raymenu import models
from raymenu.instances import FiniteTypes, Instance
from raymenu.instances.files import write_json
from raymenu.instances.generators import random_market
from raymenu.models.program_1.cut_form import Cut
from raymenu.models.program_1.incentive import Misreport
from raymenu.solvers.backends import backend, solve_to_optimality
from raymenu.solvers.backends.cutting_plane import TIGHT
from raymenu.solvers.bic.border import Border
from raymenu.solvers.bic.interim import split_by_row
from raymenu.solvers.bic.lazy_rows import TOLERANCE, violated_cuts
from raymenu.solvers.bic.misreports import nearest_misreports, profitable_misreports
from raymenu.solvers.bic.program_1 import solve_bic

Floats = NDArray[np.float64]
AGREE = 1e-7
REPEATS = 3


class ArrayProgram:
    """Program (1), large market or cut form, as highspy arrays: what the Pyomo model is measured against."""

    def __init__(self, inst: Instance, types: list[FiniteTypes], finite: bool) -> None:
        self.inst, self.types = inst, types
        self.tasks = inst.n_tasks
        sizes = [made.size for made in types]
        self.starts = np.concatenate([[0], np.cumsum(sizes)])[:-1]
        self.scaled = [made.costs / made.costs.max(axis=1, keepdims=True) for made in types]
        self.mass = np.concatenate([inst.copies[j] * made.weights for j, made in enumerate(types)])
        n = int(sum(sizes)) * self.tasks
        self.highs = highspy.Highs()
        self.highs.setOptionValue("output_flag", False)
        for name, value in TIGHT.items():
            self.highs.setOptionValue(name, value)
        upper = np.tile(inst.counts, sum(sizes)) if finite else np.full(n, highspy.kHighsInf)
        self.highs.addVars(n, np.zeros(n), upper)
        rows = np.repeat(np.arange(inst.n_agents), sizes)
        costs = (self.mass[:, None] * inst.performance[rows]).ravel()
        self.highs.changeColsCost(n, np.arange(n, dtype=np.int32), costs)
        weights = np.concatenate([made.costs for made in types])
        demanded = np.concatenate([inst.slack[j] * made.costs @ inst.status_quo[j] for j, made in enumerate(types)])
        self._add(np.arange(n).reshape(-1, self.tasks), weights, None, demanded)
        columns = np.arange(n).reshape(-1, self.tasks).T
        self._add(columns, np.tile(self.mass, (self.tasks, 1)), inst.counts, inst.counts)

    def _add(self, columns: Any, values: Any, lower: Floats | None, upper: Floats) -> None:
        lengths = [len(row) for row in columns]
        starts = np.concatenate([[0], np.cumsum(lengths)])[:-1]
        low = np.full(len(lengths), -highspy.kHighsInf) if lower is None else lower
        flat = np.concatenate(columns) if isinstance(columns, list) else columns.ravel()
        coefficients = np.concatenate(values) if isinstance(values, list) else values.ravel()
        self.highs.addRows(
            len(lengths), low, upper, flat.size, starts.astype(np.int32), flat.astype(np.int32), coefficients
        )

    def add_incentive(self, misreports: list[Misreport]) -> None:
        """``c_t . (x(t) - x(s)) <= 0``."""
        if misreports:
            j, t, s = np.array(misreports).T
            span = np.arange(self.tasks)
            own = (self.starts[j] + t)[:, None] * self.tasks + span
            other = (self.starts[j] + s)[:, None] * self.tasks + span
            costs = np.array([self.scaled[row][kind] for row, kind, _ in misreports])
            self._add(np.hstack([own, other]), np.hstack([costs, -costs]), None, np.zeros(len(misreports)))

    def add_cuts(self, cuts: list[Cut]) -> None:
        """Border's cuts."""
        if cuts:
            listed = [np.array([self.starts[j] + t for j, t in cut.members]) for cut in cuts]
            columns = [members * self.tasks + cut.task for members, cut in zip(listed, cuts)]
            room = np.array([self.inst.counts[cut.task] * cut.capacity for cut in cuts])
            self._add(columns, [self.mass[members] for members in listed], None, room)

    def solve(self) -> list[Floats]:
        """Solve from the last basis."""
        self.highs.run()
        return split_by_row(np.array(self.highs.getSolution().col_value), self.types)


def by_arrays(inst: Instance, types: list[FiniteTypes]) -> float:
    """The cut form by the loop of ``solve_bic`` on highspy arrays."""
    program = ArrayProgram(inst, types, finite=True)
    program.add_incentive(nearest_misreports(types))
    border = Border.of(inst, types)
    while True:
        interim = program.solve()
        misreports = profitable_misreports(inst, types, interim, TOLERANCE)
        cuts = violated_cuts(inst, types, border, interim)
        if not misreports and not cuts:
            return float(program.highs.getInfo().objective_function_value)
        program.add_incentive(misreports)
        program.add_cuts(cuts)


def whole(inst: Instance, types: list[FiniteTypes], market: Literal["finite", "large"]) -> float:
    """The token form, or the large market's, with all rows given to HiGHS at once."""
    with PauseGC():
        m = models.bic(inst, types, market=market, form="token")
        result = solve_to_optimality(m, backend("highs"), m.name, options=TIGHT)
    return float("nan") if result.objective is None else result.objective


def measure(call: Callable[[], float], repeats: int) -> tuple[float, float]:
    """The value, and the shortest time of a few calls."""
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        value = call()
        best = min(best, time.perf_counter() - start)
    return value, best


def lazily(inst: Instance, types: list[FiniteTypes], market: Literal["finite", "large"]) -> float:
    """``solve_bic`` with rows added as needed."""
    return solve_bic(inst, types, market=market, form="cuts").cost


def main(
    json_file: Annotated[Path | None, typer.Option("--json", help="write the figures here")] = None,
    seed: Annotated[int, typer.Option(help="of the markets and the types")] = 1,
    skip_whole: Annotated[bool, typer.Option("--skip-whole", help="leave out the programs given whole")] = False,
) -> None:
    """Measure the sizes above and print a table."""
    rows: list[dict[str, Any]] = []
    sizes: list[tuple[int, int, int, Literal["finite", "large"]]] = [
        (5, 20, 4, "finite"), (4, 60, 3, "finite"), (5, 100, 4, "large"), (5, 200, 4, "large"),
    ]  # fmt: skip
    for agents, n_types, tasks, market in sizes:
        inst = random_market(agents, tasks, seed)
        types = inst.types(n_types, seed)
        repeats = REPEATS if market == "finite" else 1
        calls: list[tuple[str, Callable[[], float], int]] = [
            ("lazy rows", partial(lazily, inst, types, market), repeats)
        ]
        if market == "finite":
            calls.append(("same loop on arrays", partial(by_arrays, inst, types), repeats))
        if not skip_whole and (agents, n_types) in ((5, 20), (5, 100)):
            calls.append(("all rows at once", partial(whole, inst, types, market), 1))
        reference = 0.0
        for name, call, times in calls:
            value, seconds = measure(call, times)
            first = name == "lazy rows"
            reference = value if first else reference
            rows.append(
                {"J": agents, "T": n_types, "I": tasks, "market": market, "method": name, "cost": value}
                | {"seconds": seconds, "times lazy": seconds / (seconds if first else rows_lazy(rows))}
            )
            if abs(value - reference) > AGREE * max(1.0, abs(reference)):
                raise SystemExit(f"{name} found {value}, lazy rows {reference}")
    table = Table("J", "T", "I", "market", "method", "social cost", "seconds", "times the lazy one")
    for row in rows:
        table.add_row(
            *(str(row[key]) for key in ("J", "T", "I", "market", "method")),
            f"{row['cost']:.8g}", f"{row['seconds']:.2f}", f"{row['times lazy']:.2f}",
        )  # fmt: skip
    Console().print(table)
    if json_file is not None:
        write_json(json_file, {"seed": seed, "rows": rows})


def rows_lazy(rows: list[dict[str, Any]]) -> float:
    """Seconds of the last lazy solve."""
    return next(float(row["seconds"]) for row in reversed(rows) if row["method"] == "lazy rows")


if __name__ == "__main__":
    typer.run(main)
