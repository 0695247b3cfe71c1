"""S(w) from below by smooth optimisation: smoothed acceptance, cooled down, from many starts, with Ipopt."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from raymenu import models
from raymenu.instances import FiniteTypes
from raymenu.models.support.menu import menu_rays
from raymenu.solvers.backends import IpoptBackend
from raymenu.solvers.backends.results import Quality
from raymenu.solvers.support.exact.certify import finish
from raymenu.solvers.support.exact.polish import Polisher
from raymenu.solvers.support.question import SupportQuestion
from raymenu.solvers.support.registry import Limits
from raymenu.solvers.support.result import SupportResult

Floats = NDArray[np.float64]
TEMPERATURES = (0.05, 0.02, 0.006)
"""Shares of a workload over which acceptance fades, one after the other."""
SLACKS = (3e-2, 3e-3, 1e-5)
"""Types that nearly accept at a smooth optimum are tried as takers."""
STARTS = 16
SAMPLE = 400
"""Types of the smooth program; menus are judged on all."""
SEED = 0


def solve_nlp(task: SupportQuestion, limits: Limits) -> SupportResult:
    """A lower bound on S(w): ``STARTS`` random polarized menus, each improved at falling temperatures, made exact.

    The types of the smooth program are a random subset where there are many; the menu's value is exact on all.
    """
    start = time.perf_counter()
    rng = np.random.default_rng(SEED)
    model = models.menu(_some(task.types, rng), task.endowment, task.w, formulation="smoothed")
    solver = IpoptBackend()
    solver.hold(model)
    polisher, solves = Polisher(task), 0
    for _ in range(STARTS):
        _set_rays(model, random_rays(task, rng))
        for temperature in TEMPERATURES:
            if limits.time_limit is not None and time.perf_counter() - start > limits.time_limit:
                break
            model.temperature.setlb(temperature)
            model.temperature.setub(temperature)
            model.temperature.value = temperature
            found = solver.solve(model, options={"max_iter": 200, "tol": 1e-6})
            solves += 1
            if found.quality is Quality.NONE:
                break
            polisher.visit(menu_rays(model), SLACKS)
            if limits.on_progress is not None:
                limits.on_progress(float(polisher.value), np.inf)
    known = (*limits.known, polisher.menu)
    nothing = np.zeros((0, task.w.size))
    return finish(task, replace(limits, known=known), "nlp", nothing, 0.0, np.inf, False, start, {"solves": solves})


def random_rays(task: SupportQuestion, rng: np.random.Generator) -> Floats:
    """(I, I) rays that give up disjoint sets of tasks, at what random types would just take for them."""
    eta, tasks = task.endowment, task.w.size
    owner = rng.integers(0, rng.integers(1, tasks + 1), tasks)
    rays = np.zeros((tasks, tasks))
    for k in range(tasks):
        gives = owner == k
        share = rng.dirichlet(np.ones(tasks)) * ~gives
        cost = task.costs[rng.integers(task.types.size)]
        given = np.where(gives, eta * rng.uniform(0.3, 1.0, tasks), 0.0)
        budget = cost @ given if gives.any() else rng.uniform() * (cost @ eta)  # a ray that gives nothing is idle
        rays[k] = share / max(share.sum(), 1e-12) * budget / cost - given
    return rays


def _set_rays(model: pyo.ConcreteModel, rays: Floats) -> None:
    for k in model.RAYS:
        for i in model.TASKS:
            variable = model.kappa[k, i]
            variable.set_value(min(max(float(rays[k, i]), variable.lb), variable.ub), skip_validation=True)
    for pair in model.PAIRS:
        model.multiplier[pair] = 0.5


def _some(types: FiniteTypes, rng: np.random.Generator) -> FiniteTypes:
    if types.size <= SAMPLE:
        return types
    chosen = rng.choice(types.size, SAMPLE, replace=False)
    return FiniteTypes(types.costs[chosen], types.weights[chosen])
