"""EOPR over many profiles: ``raymenu.allocate`` against the plain program solved for each profile.

A problem's name is ``kind,copies,profiles``, a market of ``markets.trading_market`` with five rows and four tasks.

| method | how |
|---|---|
| ``allocate`` | the package's; the result says where its time goes: counting choices, sorting profiles, programs |
| ``plain`` | ``models.eopr`` built and solved for each of the first ``SAMPLE`` profiles, the time scaled up |
| ``arrays`` | the same program given to HiGHS as arrays |
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, TypeVar

import highspy
import numpy as np
from numpy.typing import NDArray

import raymenu
from raymenu import models
from raymenu.benchmarks.harness.agreement import verify_values
from raymenu.benchmarks.harness.jobs import Emit, Job, Row, Size, Suite, Verdict
from raymenu.benchmarks.suites.markets import trading_market
from raymenu.instances import InputError, Instance
from raymenu.mechanisms import Menu
from raymenu.solvers.backends import backend, solve_to_optimality
from raymenu.solvers.eopr.boxed_simplex import solve_boxed

Choices = NDArray[np.int64]
Made = TypeVar("Made")
PROBLEMS: dict[Size, tuple[str, ...]] = {
    "smoke": ("mixed,2,100",),
    "quick": ("common,20,1000", "mixed,20,1000", "three,20,1000"),
    "full": ("common,20,10000", "mixed,20,10000", "three,20,10000", "mixed,200,10000"),
}
METHODS = ("allocate", "plain", "arrays")
SAMPLE = 20
TOLERANCE = 1e-7


def jobs(size: Size) -> list[Job]:
    """The standard jobs of a size."""
    limit = 60.0 if size == "full" else 20.0
    seeds = range(1 if size == "smoke" else 2)
    return [
        Job("allocate", name, method, "", seed, limit) for name, seed, method in product(PROBLEMS[size], seeds, METHODS)
    ]


def run(job: Job, emit: Emit) -> dict[str, Any]:
    """The value compared is the mean cost of the sample's profiles; the time is that of all profiles."""
    kind, copies, profiles = job.problem.split(",")
    inst, menus = trading_market(copies=int(copies), seed=job.seed, kind=kind)
    rng = np.random.default_rng(job.seed)
    most = np.array([menus[j].size for j in inst.agent_rows])
    choices = rng.integers(-1, most, size=(int(profiles), most.size))
    emit("ready")
    if job.method == "allocate":
        found, seconds = _timed(lambda: raymenu.allocate(inst, menus, choices))
        costs = np.atleast_1d(found.cost)[:SAMPLE]
        return {"value": float(costs.mean()), "seconds": seconds} | _parts(found, choices)
    one = {"plain": _plain, "arrays": _arrays}.get(job.method)
    if one is None:
        raise InputError(f"no method {job.method!r}: choose one of {', '.join(METHODS)}", field="method")
    values, seconds = _timed(lambda: [one(inst, menus, profile) for profile in choices[:SAMPLE]])
    return {"value": float(np.mean(values)), "seconds": seconds * int(profiles) / SAMPLE}


def _parts(found: raymenu.Allocation, choices: Choices) -> dict[str, float]:
    """Where the time goes, each part done again by itself."""
    rule = found.rule
    counts, counting = _timed(lambda: rule.counts(choices))
    different, sorting = _timed(lambda: np.unique(counts, axis=0).astype(float))
    solved, programs = _timed(lambda: solve_boxed(rule.groups.columns, rule.groups.values, different))
    _, assigning = _timed(lambda: found.assignment)
    return {
        "counting": counting,
        "sorting": sorting,
        "programs": programs,
        "assignment": assigning,
        "pivots": float(solved.iterations.mean()),
    }


def _timed(job: Callable[[], Made]) -> tuple[Made, float]:
    start = time.perf_counter()
    made = job()
    return made, time.perf_counter() - start


def _plain(inst: Instance, menus: list[Menu], choices: Choices) -> float:
    m = models.eopr(inst, menus, choices)
    return float(solve_to_optimality(m, backend("highs"), "EOPR").objective or 0.0)


def _arrays(inst: Instance, menus: list[Menu], choices: Choices) -> float:
    """One variable per trader, its upper bound where the ray meets an axis."""
    traders = np.flatnonzero(choices >= 0)
    rows = inst.agent_rows[traders]
    rays = np.array([menus[j].rays[k] for j, k in zip(rows, choices[traders])]).reshape(-1, inst.n_tasks)
    down = rays < 0
    limits = np.where(down, inst.endowment[rows] / np.where(down, -rays, 1.0), np.inf).min(axis=1, initial=np.inf)
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
    return inst.endowment_cost + float(highs.getInfo().objective_function_value)


def verify(rows: Sequence[Row]) -> dict[str, Verdict]:
    """All must find the same costs."""
    return verify_values(rows, TOLERANCE)


SUITE = Suite("allocate", f"EOPR over many profiles (programs: the time of {SAMPLE}, scaled up)", jobs, run, verify)
