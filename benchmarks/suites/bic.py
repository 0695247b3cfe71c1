"""The forms of program (1) against each other: token, cuts and profile, which must agree, on random markets.

A problem's name is ``J,T,I``: rows, types a row, tasks of ``generators.random_market``; the seed is the market's.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import product
from typing import Any, Literal

import raymenu
from raymenu.benchmarks.harness.agreement import verify_values
from raymenu.benchmarks.harness.jobs import Emit, Job, Row, Size, Suite, Verdict
from raymenu.instances import InputError
from raymenu.instances.generators import random_market

PROBLEMS: dict[Size, tuple[str, ...]] = {
    "smoke": ("2,3,2",),
    "quick": ("2,4,2", "3,4,3", "3,8,3", "4,8,3"),
    "full": ("2,4,2", "3,4,3", "3,10,3", "4,10,3", "5,10,4", "4,20,3", "5,20,4"),
}
FORMS: tuple[Literal["profile", "token", "cuts"], ...] = ("cuts", "token", "profile")
TOLERANCE = 1e-6
MOST_PROFILES = 2000
"""The profile form is refused beyond: its model would fill the memory before the time limit."""


def jobs(size: Size) -> list[Job]:
    """The standard jobs of a size."""
    limit = {"smoke": 10.0, "quick": 20.0, "full": 200.0}[size]
    seeds = range(1 if size == "smoke" else 2)
    return [Job("bic", name, form, "", seed, limit) for name, seed, form in product(PROBLEMS[size], seeds, FORMS)]


def run(job: Job, emit: Emit) -> dict[str, Any]:
    """Solve (1) in one form, model building included."""
    n_agents, types, n_tasks = (int(number) for number in job.problem.split(","))
    form = next((form for form in FORMS if form == job.method), None)
    if form is None:
        raise InputError(f"no form {job.method!r}: choose one of {', '.join(FORMS)}", field="method")
    if form == "profile" and types**n_agents > MOST_PROFILES:
        raise InputError(f"{types**n_agents} profiles are too many to write out: use 'cuts'", field="method")
    inst = random_market(n_agents, n_tasks, job.seed)
    made = inst.types(types, 0)
    emit("ready")
    start = time.perf_counter()
    found = raymenu.solve_bic(inst, types=made, form=form)
    seconds = time.perf_counter() - start
    return {"value": found.cost, "seconds": seconds, "rounds": found.rounds, "rows": found.rows}


def verify(rows: Sequence[Row]) -> dict[str, Verdict]:
    """All forms must find the same optimum."""
    return verify_values(rows, TOLERANCE)


SUITE = Suite("bic", "the forms of program (1)", jobs, run, verify)
