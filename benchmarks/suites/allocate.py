"""EOPR over many profiles: ``raymenu.allocate`` against the plain program built and solved for each profile.

A problem's name is ``kind,copies,profiles``, a market of ``markets.trading_market`` with five rows and four tasks; the
plain program is solved on the first ``SAMPLE`` profiles only and its time scaled up.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

import raymenu
from raymenu import models
from raymenu.benchmarks.harness.agreement import verify_values
from raymenu.benchmarks.harness.jobs import Emit, Job, Row, Size, Suite, Verdict
from raymenu.benchmarks.suites.markets import trading_market
from raymenu.instances import InputError
from raymenu.solvers.backends import backend, solve_to_optimality

PROBLEMS: dict[Size, tuple[str, ...]] = {
    "smoke": ("mixed,2,100",),
    "quick": ("common,20,1000", "mixed,20,1000", "three,20,1000"),
    "full": ("common,20,10000", "mixed,20,10000", "three,20,10000", "mixed,200,10000"),
}
METHODS = ("allocate", "plain")
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
    start = time.perf_counter()
    if job.method == "allocate":
        costs = np.atleast_1d(raymenu.allocate(inst, menus, choices).cost)[:SAMPLE]
        seconds = time.perf_counter() - start
    elif job.method == "plain":
        solver = backend("highs")
        made = (models.eopr(inst, menus, profile) for profile in choices[:SAMPLE])
        costs = np.array([solve_to_optimality(m, solver, "EOPR").objective for m in made])
        seconds = (time.perf_counter() - start) * int(profiles) / SAMPLE
    else:
        raise InputError(f"no method {job.method!r}: choose one of {', '.join(METHODS)}", field="method")
    return {"value": float(costs.mean()), "seconds": seconds}


def verify(rows: Sequence[Row]) -> dict[str, Verdict]:
    """Both must find the same costs."""
    return verify_values(rows, TOLERANCE)


SUITE = Suite("allocate", f"EOPR over many profiles (plain: the time of {SAMPLE}, scaled up)", jobs, run, verify)
