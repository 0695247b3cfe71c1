"""Where the time of ``raymenu.allocate`` goes, and how far the plain program is from it.

    python -m raymenu.benchmarks.studies.allocate_speed [--profiles 10000] [--plain 100]

Markets of five rows, 20 copies and four tasks. The plain program is built and solved for ``--plain`` profiles, through
Pyomo and as arrays given to HiGHS, and its time scaled up; all must find the same costs.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import TypeVar

import highspy
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

import raymenu
from raymenu.benchmarks.suites.markets import KINDS, trading_market
from raymenu.solvers.backends import backend
from raymenu.solvers.eopr.boxed_simplex import solve_boxed

Counts = NDArray[np.int64]
Made = TypeVar("Made")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profiles", type=int, default=10_000)
    parser.add_argument("--plain", type=int, default=100)
    given = parser.parse_args()
    table = Table("market", title=f"{given.profiles} profiles, seconds")
    for head in (
        "allocate",
        "+ assignment",
        "counting",
        "sorting",
        "programs",
        "pivots",
        "plain",
        "times",
        "HiGHS",
        "times",
    ):
        table.add_column(head, justify="right")
    for kind in KINDS:
        table.add_row(kind, *measure(kind, given.profiles, given.plain))
    Console().print(table)


def measure(kind: str, profiles: int, plain: int) -> list[str]:
    """One row of the table."""
    inst, menus = trading_market(kind=kind, seed=1)
    rng = np.random.default_rng(0)
    choices = np.stack([rng.integers(-1, menus[j].size, profiles) for j in inst.agent_rows], axis=1)
    raymenu.allocate(inst, menus, choices[:10])  # compiles
    found, whole = _timed(lambda: raymenu.allocate(inst, menus, choices))
    _, assigning = _timed(lambda: found.assignment)
    rule = found.rule
    counts, counting = _timed(lambda: rule.counts(choices))
    different, sorting = _timed(lambda: np.unique(counts, axis=0).astype(float))
    solved, programs = _timed(lambda: solve_boxed(rule.groups.columns, rule.groups.values, different))
    solver = backend("highs")
    by_model, slow = _timed(
        lambda: [solver.solve(raymenu.models.eopr(inst, menus, c)).objective for c in choices[:plain]]
    )
    by_arrays, arrays = _timed(lambda: [rule.endowment_cost + _highs(inst, menus, c) for c in choices[:plain]])
    for costs in (by_model, by_arrays):
        if not np.allclose(np.array(costs, dtype=float), np.atleast_1d(found.cost)[:plain], rtol=1e-9):
            raise ArithmeticError(f"{kind}: the costs differ")
    slow, arrays = slow * profiles / plain, arrays * profiles / plain
    times = [whole, assigning, counting, sorting, programs]
    pivots = f"{solved.iterations.mean():.2f}"
    ratios = [f"{slow:.0f}", f"{slow / whole:.0f}", f"{arrays:.1f}", f"{arrays / whole:.0f}"]
    return [*[f"{t:.3f}" for t in times], pivots, *ratios]


def _timed(job: Callable[[], Made]) -> tuple[Made, float]:
    start = time.perf_counter()
    made = job()
    return made, time.perf_counter() - start


def _highs(inst: raymenu.Instance, menus: list[raymenu.Menu], choices: Counts) -> float:
    """The change of cost by the plain program, one variable a trader, given to HiGHS as arrays."""
    traders = np.flatnonzero(choices >= 0)
    rows = inst.agent_rows[traders]
    rays = np.array([menus[j].rays[k] for j, k in zip(rows, choices[traders])])
    down = rays < 0
    limits = np.where(down, inst.endowment[rows] / np.where(down, -rays, 1.0), np.inf).min(axis=1)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = rays.shape
    lp.col_cost_ = (rays * inst.performance[rows]).sum(axis=1)
    lp.col_lower_, lp.col_upper_ = np.zeros(len(rays)), limits
    lp.row_lower_ = lp.row_upper_ = np.zeros(inst.n_tasks)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.arange(0, rays.size + 1, inst.n_tasks)
    lp.a_matrix_.index_ = np.tile(np.arange(inst.n_tasks), len(rays))
    lp.a_matrix_.value_ = rays.ravel()
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.passModel(lp)
    highs.run()
    return float(highs.getInfo().objective_function_value)


if __name__ == "__main__":
    main()
