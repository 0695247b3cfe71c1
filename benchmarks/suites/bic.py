"""Program (1) and its relaxations: forms and ways of solving them, which must agree, on random markets.

A problem's name is ``PROGRAM,J,T,I``: ``finite`` is program (1), ``large`` has (MC) in expectation only, ``full`` is
the large market without (IC); rows, types per row, tasks of ``generators.random_market``; the seed is the market's.

| method | how |
|---|---|
| ``cuts`` | the package's: rows of (IC) and Border's cuts added as they are violated |
| ``arrays`` | the same loop on highspy arrays, without Pyomo |
| ``token`` | the token form with all its rows, given to HiGHS at once; in a large market all rows of (IC) |
| ``profile`` | the paper's program (1) as it stands, a variable for each profile |
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import raymenu
from raymenu import models
from raymenu.benchmarks.harness.agreement import verify_values
from raymenu.benchmarks.harness.jobs import Emit, Job, Row, Size, Suite, Verdict
from raymenu.benchmarks.suites.bic_arrays import solve_by_arrays
from raymenu.instances import FiniteTypes, InputError, Instance
from raymenu.instances.generators import random_market
from raymenu.solvers.backends import backend, solve_to_optimality
from raymenu.solvers.backends.highs import TIGHT

PROBLEMS: dict[Size, tuple[str, ...]] = {
    "smoke": ("finite,2,3,2", "large,2,4,2", "full,2,4,2"),
    "quick": ("finite,2,4,2", "finite,3,4,3", "finite,3,8,3", "finite,4,8,3", "large,5,30,4", "full,5,100,4"),
    "full": (
        *("finite,2,4,2", "finite,3,4,3", "finite,3,10,3", "finite,4,10,3", "finite,5,20,4", "finite,4,60,3"),
        *("large,5,30,4", "large,5,100,4", "large,5,200,4", "full,5,200,4", "full,50,200,6"),
    ),
}
TOLERANCE = 1e-6
MOST_PROFILES, MOST_ROWS = 2000, 200_000
"""What is written out whole is refused beyond these: it would fill the memory before the time limit."""


def jobs(size: Size) -> list[Job]:
    """The standard jobs of a size."""
    limit = {"smoke": 10.0, "quick": 20.0, "full": 300.0}[size]
    seeds = range(1 if size == "smoke" else 2)
    return [
        Job("bic", name, method, "", seed, limit)
        for name, seed, method in product(PROBLEMS[size], seeds, METHODS)
        if method != "profile" or name.startswith("finite")
    ]


def run(job: Job, emit: Emit) -> dict[str, Any]:
    """Solve one program in one way, model building included."""
    program, *sizes = job.problem.split(",")
    agents, n_types, tasks = (int(number) for number in sizes)
    if job.method not in METHODS:
        raise InputError(f"no method {job.method!r}: choose one of {', '.join(METHODS)}", field="method")
    if job.method == "profile" and n_types**agents > MOST_PROFILES:
        raise InputError(f"{n_types**agents} profiles are too many to write out: use 'cuts'", field="method")
    if job.method == "token" and program != "full" and agents * n_types**2 > MOST_ROWS:
        raise InputError(f"{agents * n_types**2} rows are too many to write out: use 'cuts'", field="method")
    inst = random_market(agents, tasks, job.seed)
    types = inst.types(n_types, 0)
    emit("ready")
    start = time.perf_counter()
    value = METHODS[job.method](program, inst, types)
    return {"value": value, "seconds": time.perf_counter() - start}


def by_rows(program: str, inst: Instance, types: list[FiniteTypes]) -> float:
    """The package's way: rows added as they are violated."""
    if program == "full":
        return raymenu.solve_full_information(inst, types=types).cost
    if program == "large":
        return raymenu.solve_bic(inst, types=types, market="large").cost
    return raymenu.solve_bic(inst, types=types, form="cuts").cost


def by_arrays(program: str, inst: Instance, types: list[FiniteTypes]) -> float:
    """The same loop without Pyomo."""
    return solve_by_arrays(inst, types, finite=program == "finite", incentives=program != "full")


def at_once(program: str, inst: Instance, types: list[FiniteTypes]) -> float:
    """All rows written out and given to HiGHS."""
    if program == "full":
        m = models.full_information(inst, types)
    else:
        m = models.bic(inst, types, market="large" if program == "large" else "finite", form="token")
    return float(solve_to_optimality(m, backend("highs"), m.name, options=TIGHT).objective or 0.0)


def by_profiles(program: str, inst: Instance, types: list[FiniteTypes]) -> float:
    """The paper's program (1), literally."""
    return raymenu.solve_bic(inst, types=types, form="profile").cost


def verify(rows: Sequence[Row]) -> dict[str, Verdict]:
    """All ways must find the same optimum."""
    return verify_values(rows, TOLERANCE)


METHODS: dict[str, Callable[[str, Instance, list[FiniteTypes]], float]] = {
    "cuts": by_rows,
    "arrays": by_arrays,
    "token": at_once,
    "profile": by_profiles,
}
SUITE = Suite("bic", "program (1) and its relaxations, by form and way of solving", jobs, run, verify)
