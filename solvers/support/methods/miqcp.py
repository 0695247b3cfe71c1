"""S(w) by a general global solver: the menu program in anchored rays, its bound turned outward, its menu made exact."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib.util import find_spec

import numpy as np
import pyomo.environ as pyo

from raymenu import models
from raymenu.instances import InputError
from raymenu.models.support.menu import Formulation, menu_rays
from raymenu.solvers.backends import Backend, backend
from raymenu.solvers.backends.results import Quality, SolverResult, Termination
from raymenu.solvers.support.exact.certify import finish
from raymenu.solvers.support.exact.polish import Polisher
from raymenu.solvers.support.question import SupportQuestion
from raymenu.solvers.support.registry import Limits, Method
from raymenu.solvers.support.result import SupportResult

OUTWARD = 2e-6
"""By how much a solver's bound is raised, as a share of what S(w) can be: global solvers work with rows relaxed by
1e-6 of a workload, and prune with multipliers that are off by less."""
Tell = Callable[[float, float], None]
PIECES = (24, 48, 96, 192, 384)
"""Tangents and intervals of the relaxation for linear solvers, refined until the gap asked for is reached."""


def miqcp_method(name: str, formulation: Formulation = "best") -> Method:
    """The method that solves a menu program with a named backend.

    SCIP and Gurobi solve it as it is; HiGHS solves linear relaxations, finer and finer. Every bound is the solver's,
    raised by its tolerances; the menu is made exact and its value recomputed, so that the interval holds even where
    the solver's point was a little outside.
    """

    def solve(task: SupportQuestion, limits: Limits) -> SupportResult:
        solver = backend(name)
        if name == "highs":
            return solve_by_relaxations(task, limits, solver)
        return solve_miqcp(task, limits, solver, formulation)

    return solve


def unfit_for(package: str) -> Callable[[SupportQuestion], str | None]:
    """Why a method that needs an optional package can't serve, if it is not installed."""
    return lambda task: None if find_spec(package) else f"needs {package}, which is not installed"


def solve_miqcp(
    task: SupportQuestion, limits: Limits, solver: Backend, formulation: Formulation = "best"
) -> SupportResult:
    """S(w) by one program and a global solver, again with a smaller gap where the first was too wide for exactness."""
    run = Run(task, limits, solver)
    model = models.menu(task.types, task.endowment, task.w, formulation=formulation)
    gap = first_gap(task, limits)
    while True:
        result = run.solve(model, gap, {})
        if run.over(result) or gap <= 1e-9:
            return result
        gap = max(gap / 20, 1e-9)


def solve_by_relaxations(task: SupportQuestion, limits: Limits, solver: Backend) -> SupportResult:
    """S(w) between exact menus and the optimum of linear relaxations with more and more pieces."""
    run = Run(task, limits, solver)
    for pieces in PIECES:
        model = models.menu(task.types, task.endowment, task.w, formulation="piecewise", pieces=pieces)
        result = run.solve(model, first_gap(task, limits), {"pieces": pieces})
        if run.over(result):
            break
    return result


class Run:
    """Solves for one task: the smallest bound and the best exact menu so far, and the time left."""

    def __init__(self, task: SupportQuestion, limits: Limits, solver: Backend) -> None:
        self.task, self.limits, self.solver = task, limits, solver
        self.start = time.perf_counter()
        self.polisher = Polisher(task)
        self.bound = task.first_bound if task.endowment.any() else 0.0
        self.solves = 0
        self.stopped = False

    def solve(self, model: pyo.ConcreteModel, gap: float, work: dict[str, int]) -> SupportResult:
        """Solve a menu program, and take what it proves and finds into account.

        Raises
        ------
        InputError
            Where the solver's licence does not cover the program.
        """
        if self.limits.on_progress is not None:
            self.solver.on_progress = partial(self.tell, self.limits.on_progress, relaxed="pieces" in work)
        found = self.solver.solve(model, time_limit=self.left(), rel_gap=gap, warm_start=self.solves > 0 and not work)
        if found.termination is Termination.REFUSED:
            raise InputError(found.message, field="method")
        self.solves += 1
        self.stopped = found.termination is not Termination.CONVERGED
        self.bound = min(self.bound, outward(self.task, found))
        if found.quality is not Quality.NONE:
            self.polisher.visit(menu_rays(model))
        if self.limits.on_progress is not None:
            self.tell(self.limits.on_progress, None, None, relaxed=True)
        return finish(
            self.task,
            replace(self.limits, known=(*self.limits.known, self.polisher.menu)),
            "miqcp" if self.solver.name == "scip" else f"miqcp-{self.solver.name}",
            np.zeros((0, self.task.w.size)),
            0.0,
            self.bound,
            True,
            self.start,
            {"solves": self.solves} | work,
        )

    def tell(self, listener: Tell, objective: float | None, bound: float | None, *, relaxed: bool) -> None:
        """Pass on how far the solver says it is, with its tolerances; a relaxation's point is worth nothing yet."""
        size, value = scale(self.task), float(self.task.endowment_value)
        proven = math.inf if bound is None else bound - value + OUTWARD * size
        reached = float(self.polisher.value)
        if objective is not None and not relaxed:
            reached = max(reached, objective - OUTWARD * size)
        listener(reached, value + min(self.bound, proven))

    def left(self) -> float | None:
        """Seconds left, if there is a limit."""
        if self.limits.time_limit is None:
            return None
        return max(self.limits.time_limit - (time.perf_counter() - self.start), 0.0)

    def over(self, result: SupportResult) -> bool:
        """Whether there is nothing more to do, or no time for it."""
        return result.status == "optimal" or self.stopped or self.left() == 0


def outward(task: SupportQuestion, found: SolverResult) -> float:
    """A bound on the gain from a solver's bound on S(w): raised by its tolerances, infinite where it has none."""
    if found.bound is None:
        return math.inf
    return found.bound - float(task.endowment_value) + OUTWARD * scale(task)


def scale(task: SupportQuestion) -> float:
    """What S(w) can be, in size: what the tolerances of solvers are shares of."""
    return task.first_bound + float(np.abs(task.w) @ task.endowment)


def first_gap(task: SupportQuestion, limits: Limits) -> float:
    """A relative gap on S(w) that usually closes the one asked for on the gain."""
    size = abs(float(task.endowment_value)) + task.first_bound
    absolute = 0.3 * limits.abs_gap / size if size > 0 else 0.0
    return max(0.05 * limits.rel_gap, absolute, 1e-9)
