"""The benchmark of the support function: problems x methods x backends x seeds.

A problem's name says how to make it: ``U(I,S,kind)`` with the seed is ``generators.support_problem``;
``INSTANCE[j],S,prices`` is ``generators.library_problem``, with the seed that of the discretisation.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np

from raymenu.benchmarks.harness.jobs import Emit, Job, Row, Size, Suite, Verdict
from raymenu.benchmarks.harness.verify import verify_claims
from raymenu.instances import FiniteTypes, InputError, Instance, load
from raymenu.instances.generators import SupportProblem, library_problem, support_problem
from raymenu.mechanisms import Menu
from raymenu.solvers.backends import backend
from raymenu.solvers.support.question import SupportQuestion
from raymenu.solvers.support.registry import Limits, chosen, methods
from raymenu.solvers.support.result import SupportResult

METHODS = ("closed-form", "branch-and-bound", "packing", "local-search", "nlp", "miqcp", "miqcp-highs", "auto")
"""Every method with every free backend; "refused" is a row where one does not fit the problem."""
BACKENDS = {"nlp": "ipopt", "miqcp": "scip"}
"""The solvers that methods call; ``miqcp-NAME`` calls NAME."""

PROBLEMS: dict[Size, tuple[str, ...]] = {
    "smoke": ("U(2,12,pos)", "U(3,8,mix)"),
    "quick": (
        "U(2,20,pos)",
        "U(2,2000,mix)",
        "U(3,12,pos)",
        "U(3,200,mix)",
        "U(4,100,pos)",
        "duplicate_types[0],7,mean",
    ),
    "full": (
        *(
            f"U({n_tasks},{size},{kind})"
            for n_tasks in (2, 3, 4)
            for size in (12, 100, 1000)
            for kind in ("pos", "mix")
        ),
        "U(3,10000,pos)",
        "U(4,10000,pos)",
        "U(5,100,pos)",
        "U(5,100,mix)",
        "U(5,1000,pos)",
        "U(6,100,mix)",
        "anaesthesia[0],200,mean",
        "figure_1[0],200,high",
        "ties[0],8,mean",
        "duplicate_types[0],7,mean",
        "zeros_in_endowment[0],100,high",
        "touching_supports[0],100,high",
        "wide_support[0],100,high",
        "refugees_country[0],100,high",
    ),
}
TIME_LIMITS: dict[Size, float] = {"smoke": 3.0, "quick": 6.0, "full": 30.0}
WARM_UP_SEED = 10**6
FINEST = 1e-4
"""Relative change of a bound that is worth an event."""
SEEDS: dict[Size, int] = {"smoke": 1, "quick": 1, "full": 2}

_RANDOM = re.compile(r"U\((\d+),(\d+),(pos|mix)\)$")
_LIBRARY = re.compile(r"(\w+)\[(\d+)\],(\d+),(high|mean)$")


def make_problem(name: str, seed: int) -> SupportProblem:
    """The problem of a name and a seed.

    Raises
    ------
    InputError
        Where the name has neither form.

    Examples
    --------
    >>> make_problem("U(3,8,mix)", seed=0).types.size
    8
    >>> make_problem("two_task_ratio[0],200,high", seed=0).endowment.tolist()
    [3.0, 2.0]
    """
    if found := _RANDOM.match(name):
        return support_problem(int(found[1]), int(found[2]), seed, "pos" if found[3] == "pos" else "mix")
    if found := _LIBRARY.match(name):
        inst, agent = _agent(found)
        return library_problem(inst, agent, int(found[3]), seed, "high" if found[4] == "high" else "mean")
    raise InputError(
        f"{name!r} is no problem: write U(I,S,pos), U(I,S,mix), INSTANCE[agent],S,high or INSTANCE[agent],S,mean",
        field="problem",
    )


def check_methods(names: Sequence[str]) -> None:
    """``InputError`` where a method is not registered: hours of refused rows would say the same."""
    for name in names:
        if name not in methods():
            raise InputError(f"no method {name!r}: choose one of {', '.join(methods())}", field="method")


def backend_of(method: str) -> str:
    """The solver a method calls, empty where it calls none."""
    return method.removeprefix("miqcp-") if method.startswith("miqcp-") else BACKENDS.get(method, "")


def make_jobs(
    problems: Sequence[str],
    methods: Sequence[str],
    seeds: Sequence[int],
    time_limit: float,
    rel_gap: float = 1e-3,
) -> list[Job]:
    """The product, problem by problem, so that what is compared runs close together in time.

    A problem that its seed does not change is run on the first seed only: twice the same is no second problem.
    """
    return [
        Job("support", problem, method, backend_of(method), seed, time_limit, rel_gap)
        for problem in problems
        for seed, method in product(seeds if seeded(problem) else seeds[:1], methods)
    ]


def seeded(name: str) -> bool:
    """Whether a problem depends on the seed: those of instances whose types are given do not.

    Examples
    --------
    >>> seeded("U(3,8,mix)"), seeded("anaesthesia[0],200,mean"), seeded("ties[0],8,mean")
    (True, True, False)
    """
    found = _LIBRARY.match(name)
    if found is None:
        return True
    inst, agent = _agent(found)
    return inst.preferences[agent].continuous


def _agent(found: re.Match[str]) -> tuple[Instance, int]:
    inst, agent = load(found[1]), int(found[2])
    if agent >= inst.n_agents:
        raise InputError(f"{inst.name} has agents 0 to {inst.n_agents - 1}, not {agent}", field="problem")
    return inst, agent


def jobs(size: Size) -> list[Job]:
    """The standard jobs of a size."""
    return make_jobs(PROBLEMS[size], METHODS, range(SEEDS[size]), TIME_LIMITS[size])


def run(job: Job, emit: Emit) -> dict[str, Any]:
    """Solve one problem by one method; kernels are compiled and solvers imported before the clock starts."""
    problem = make_problem(job.problem, job.seed)
    task = SupportQuestion.make(problem.types, problem.endowment, problem.w)
    method = chosen(task, job.method)
    if job.backend:
        backend(job.backend)  # imports the solver
    else:
        warm_up(job.method, task.w.size, emit)
    limits = Limits(rel_gap=job.rel_gap, time_limit=job.time_limit, on_progress=_thinned(emit))
    emit("ready")
    start = time.perf_counter()
    found = method.solve(task, limits)
    if not isinstance(found, SupportResult) or not isinstance(found.menu, Menu):
        raise TypeError(f"method {job.method!r} must return a SupportResult with a Menu, it returned {found!r}")
    return {
        "status": found.status,
        "lower": found.lower,
        "upper": found.upper,
        "method": found.method,
        "seconds": time.perf_counter() - start,
        "menu": found.menu.to_dict(),
    }


def _thinned(emit: Emit) -> Callable[[float, float], None]:
    """Report an interval narrower than those before by more than ``FINEST``: some solvers speak after every node."""
    best = [-math.inf, math.inf]

    def tell(lower: float, upper: float) -> None:
        steps = lower - best[0], best[1] - upper
        if any(step > FINEST * max(abs(lower), abs(upper) if math.isfinite(upper) else 0.0) for step in steps):
            best[:] = max(best[0], lower), min(best[1], upper)
            emit("event", lower=best[0], upper=best[1])

    return tell


def warm_up(method: str, n_tasks: int, emit: Emit) -> None:
    """Solve small problems, so that what a method compiles or loads when it first solves is not measured."""
    problem = support_problem(min(n_tasks, 3), 8, WARM_UP_SEED, "mix")
    weighted = FiniteTypes(problem.types.costs, np.arange(1.0, 9.0) / 36)
    for types in (problem.types, weighted):
        task = SupportQuestion.make(types, problem.endowment, problem.w)
        entry = chosen(task, method)
        entry.prepare()
        emit("warming up")
        entry.solve(task, Limits(time_limit=5.0))


def verify(rows: Sequence[Row]) -> dict[str, Verdict]:
    """Verdicts, problem by problem."""
    verdicts: dict[str, Verdict] = {}
    for name, seed in sorted({(row.job.problem, row.job.seed) for row in rows}):
        problem = make_problem(name, seed)
        together = [row for row in rows if (row.job.problem, row.job.seed) == (name, seed)]
        verdicts |= verify_claims(problem, together)
    return verdicts


SUITE = Suite("support", "the support function S_j(w)", jobs, run, verify)
