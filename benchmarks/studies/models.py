"""What Pyomo costs: large-market programs built and solved through the package's models, and as plain highspy arrays.

A problem's name is ``INSTANCE,program,types``; both methods solve the same linear program and must agree.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from itertools import product
from typing import Any

import highspy
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from raymenu import models
from raymenu.benchmarks.harness.agreement import verify_values
from raymenu.benchmarks.harness.jobs import Emit, Job, Row, Size, Suite, Verdict
from raymenu.instances import FiniteTypes, InputError, Instance, load
from raymenu.solvers.backends import backend, solve_to_optimality

Floats = NDArray[np.float64]
PROBLEMS: dict[Size, tuple[str, ...]] = {
    "smoke": ("figure_1,full_information,20", "figure_1,lm_bic,6"),
    "quick": ("anaesthesia,full_information,100", "random_j12_i4,full_information,100", "anaesthesia,lm_bic,12"),
    "full": (
        "anaesthesia,full_information,200",
        "random_j12_i4,full_information,500",
        "random_j50_i6,full_information,200",
        "anaesthesia,lm_bic,30",
        "random_j8_i3,lm_bic,30",
    ),
}
METHODS = ("pyomo", "highspy")
TOLERANCE = 1e-7
_NAME = re.compile(r"(\w+),(full_information|lm_bic),(\d+)$")


def jobs(size: Size) -> list[Job]:
    """The standard jobs of a size."""
    limit = 20.0 if size != "full" else 300.0
    repeats = range(1 if size == "smoke" else 3)
    return [Job("models", name, method, "", r, limit) for name, r, method in product(PROBLEMS[size], repeats, METHODS)]


def run(job: Job, emit: Emit) -> dict[str, Any]:
    """Build and solve once; the two times apart. The seed is that of the discretisation."""
    found = _NAME.match(job.problem)
    if found is None:
        raise InputError(f"{job.problem!r} is no problem: write INSTANCE,program,types", field="problem")
    inst = load(found[1])
    types = inst.types(int(found[3]), job.seed)
    solve = _solve_by_pyomo if job.method == "pyomo" else _solve_by_arrays
    emit("ready")
    start = time.perf_counter()
    cost, built = solve(inst, types, found[2] == "lm_bic")
    seconds = time.perf_counter() - start
    return {"value": cost, "seconds": seconds, "build": built, "solve": seconds - built}


def _solve_by_pyomo(inst: Instance, types: list[FiniteTypes], incentive: bool) -> tuple[float, float]:
    start = time.perf_counter()
    made = models.bic(inst, types, market="large") if incentive else models.full_information(inst, types)
    built = time.perf_counter() - start
    result = solve_to_optimality(made, backend("highs"), made.name)
    return float(result.objective or 0.0), built


def _solve_by_arrays(inst: Instance, types: list[FiniteTypes], incentive: bool) -> tuple[float, float]:
    """Columns x_j(t, i), agent by agent; rows: clearing, participation, incentives."""
    start = time.perf_counter()
    weight = [inst.copies[j] * made.weights for j, made in enumerate(types)]
    cost = np.concatenate([np.outer(f, inst.performance[j]).ravel() for j, f in enumerate(weight)])
    clearing = sp.hstack([sp.kron(f[None, :], sp.eye(inst.n_tasks)) for f in weight])
    own = [_own_rows(made, incentive) for made in types]
    matrix = sp.vstack([clearing, sp.block_diag([rows for rows, _ in own])]).tocsr()
    demanded = [inst.slack[j] * made.costs @ inst.status_quo[j] for j, made in enumerate(types)]
    upper = np.concatenate([inst.counts, *(np.r_[ask, np.zeros(more)] for ask, (_, more) in zip(demanded, own))])
    lower = np.r_[inst.counts, np.full(upper.size - inst.n_tasks, -highspy.kHighsInf)]
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = matrix.shape[1], matrix.shape[0]
    lp.col_cost_ = cost
    lp.col_lower_, lp.col_upper_ = np.zeros(cost.size), np.full(cost.size, highspy.kHighsInf)
    lp.row_lower_, lp.row_upper_ = lower, upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.passModel(lp)
    built = time.perf_counter() - start
    solver.run()
    return float(solver.getInfo().objective_function_value), built


def _own_rows(types: FiniteTypes, incentive: bool) -> tuple[sp.csr_matrix, int]:
    """An agent's rows: each type's workload (participation), and what each misreport would change (incentives)."""
    costs, size = types.costs, types.size
    workload = sp.block_diag([row[None, :] for row in costs])
    if not incentive:
        return workload, 0
    true, said = (~np.eye(size, dtype=bool)).nonzero()
    truth = sp.csr_matrix((np.ones(true.size), (np.arange(true.size), true)), (true.size, size))
    as_said = sp.csr_matrix((np.ones(said.size), (np.arange(said.size), said)), (said.size, size))
    own = truth @ workload.tocsr()
    other = sp.csr_matrix(as_said.toarray().repeat(costs.shape[1], axis=1) * np.tile(costs[true], size))
    return sp.vstack([workload, own - other]), true.size


def verify(rows: Sequence[Row]) -> dict[str, Verdict]:
    """Both must find the same optimum."""
    return verify_values(rows, TOLERANCE)


SUITE = Suite("models", "building and solving through Pyomo against plain arrays", jobs, run, verify)
