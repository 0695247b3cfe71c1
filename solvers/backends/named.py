"""``pyomo:NAME``: any solver that Pyomo finds, by Pyomo's own name for it."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pyomo.environ as pyo
from pyomo.common.errors import ApplicationError, PyomoException
from pyomo.common.log import LoggingIntercept
from pyomo.opt import TerminationCondition
from pyomo.opt.base.solvers import UnknownSolver

from raymenu.instances import InputError
from raymenu.solvers.backends.base import (
    MEASURED,
    Backend,
    Feature,
    advice,
    finite,
    is_closed,
    objective_at_point,
    sense_of,
    violation_at_point,
)
from raymenu.solvers.backends.locking import PYOMO
from raymenu.solvers.backends.results import Quality, SolverResult, Termination

PREFIX = "pyomo:"
_TERMINATIONS = {
    TerminationCondition.optimal: Termination.CONVERGED,
    TerminationCondition.globallyOptimal: Termination.CONVERGED,
    TerminationCondition.maxTimeLimit: Termination.TIME_LIMIT,
    TerminationCondition.maxIterations: Termination.WORK_LIMIT,
    TerminationCondition.maxEvaluations: Termination.WORK_LIMIT,
    TerminationCondition.minStepLength: Termination.WORK_LIMIT,
    TerminationCondition.infeasible: Termination.INFEASIBLE,
    TerminationCondition.noSolution: Termination.INFEASIBLE,
    TerminationCondition.unbounded: Termination.UNBOUNDED,
    TerminationCondition.infeasibleOrUnbounded: Termination.INFEASIBLE_OR_UNBOUNDED,
    TerminationCondition.userInterrupt: Termination.INTERRUPTED,
    TerminationCondition.resourceInterrupt: Termination.INTERRUPTED,
    TerminationCondition.licensingProblems: Termination.REFUSED,
}
_BOUNDED = {Termination.CONVERGED, Termination.TIME_LIMIT, Termination.WORK_LIMIT, Termination.INTERRUPTED}
GAP_OPTIONS = {"cbc": "ratio", "glpk": "mipgap", "gurobi": "MIPGap", "cplex": "mip_tolerances_mipgap"}
"""What solvers that are run as programs call a relative gap; the others stop at their own."""
TIGHT: Mapping[str, Mapping[str, Any]] = {
    "cbc": {"primalTolerance": 1e-9, "dualTolerance": 1e-9},
    "gurobi": {"FeasibilityTol": 1e-9, "OptimalityTol": 1e-9},
    "cplex": {"simplex_tolerances_feasibility": 1e-9, "simplex_tolerances_optimality": 1e-9},
}
"""Tolerances for linear programs, by the names of those solvers; the others are asked as they are."""
GLOBAL = frozenset({"baron", "couenne", "gurobi", "gurobi_direct_minlp", "scip", "scip_direct", "scip_persistent"})
"""Solvers of nonconvex programs to global optimality; Pyomo does not say which are."""


class NamedBackend(Backend):
    """A solver under Pyomo's name: ``pyomo:cbc``, ``pyomo:glpk``, ...

    Linear programs are scaled and certified like those of every backend, with the multipliers where Pyomo brings them.

    Raises
    ------
    InputError
        Where Pyomo knows no such solver.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._pyomo_name = name.removeprefix(PREFIX)
        with PYOMO, _quiet():
            self._solver = pyo.SolverFactory(self._pyomo_name)
        if isinstance(self._solver, UnknownSolver):
            raise InputError(
                f"Pyomo finds no solver {self._pyomo_name!r}: `pyomo help --solvers` lists those it knows",
                field="backend",
            )
        self.features = frozenset(self._declared())
        tight = TIGHT.get(self._pyomo_name)
        self.linear_attempts = ({},) if tight is None else (tight, {})
        self._model: pyo.ConcreteModel | None = None

    def _declared(self) -> Iterator[Feature]:
        # Pyomo's newer interfaces declare nothing: what is behind them solves linear and integer programs.
        can = getattr(self._solver, "has_capability", lambda what: what in ("linear", "integer"))
        if can("linear"):
            yield Feature.LINEAR
            yield Feature.DUALS
        if can("integer"):
            yield Feature.INTEGER
        if self._pyomo_name in GLOBAL:
            yield Feature.NONCONVEX_QUADRATIC

    def available(self) -> bool:
        with PYOMO, _quiet():
            try:
                return bool(self._solver.available(exception_flag=False))
            except (ApplicationError, PyomoException):
                return False

    def version(self) -> str:
        with PYOMO, _quiet():
            found = self._solver.version()
        return found if isinstance(found, str) else ".".join(str(part) for part in found or ())

    def solve_model(
        self,
        model: pyo.ConcreteModel,
        *,
        time_limit: float | None = None,
        rel_gap: float | None = None,
        warm_start: bool = False,
        options: Mapping[str, Any] | None = None,
    ) -> SolverResult:
        start = time.perf_counter()
        asked = dict(options or {})
        if rel_gap is not None and self._pyomo_name in GAP_OPTIONS:
            asked.setdefault(GAP_OPTIONS[self._pyomo_name], rel_gap)
        self._model = None
        with PYOMO, _quiet() as said:
            # Waiting for another thread's solve counts as time.
            left: dict[str, Any] = (
                {} if time_limit is None else {"timelimit": max(time_limit - (time.perf_counter() - start), 1e-3)}
            )
            if warm_start and getattr(self._solver, "warm_start_capable", bool)():
                left["warmstart"] = True
            if model.component("dual") is None:
                model.dual = pyo.Suffix(direction=pyo.Suffix.IMPORT)
            try:
                found = self._solver.solve(model, load_solutions=False, options=asked, **left)
            except (PyomoException, ApplicationError, ValueError, RuntimeError) as fault:
                reason = f"{fault}"[:200] or said.getvalue()[:200]
                raise InputError(
                    f"{self.name} does not take this model ({reason}); {advice(model)}", field="backend"
                ) from fault
            ended = found.solver.termination_condition
            termination = _TERMINATIONS.get(ended, Termination.ERROR)
            has_point = termination in _BOUNDED and len(found.solution) > 0
            if has_point:
                model.solutions.load_from(found)
                self._model = model
        message, quality, objective = str(ended), Quality.NONE, None
        bound = self._bound(found, sense_of(model)) if termination in _BOUNDED else None
        if has_point:
            violation = violation_at_point(model)
            if violation <= MEASURED:
                objective = objective_at_point(model)
                closed = objective is not None and is_closed(objective, bound, sense_of(model))
                quality = Quality.OPTIMAL if closed and termination is Termination.CONVERGED else Quality.FEASIBLE
            else:
                message += f" (yet a row is violated by {violation:.1e})"
                termination = Termination.ERROR if termination is Termination.CONVERGED else termination
        return SolverResult(
            termination=termination,
            quality=quality,
            objective=objective,
            bound=bound,
            seconds=time.perf_counter() - start,
            solver=self.name,
            version=self.version(),
            message=message,
            proof=None if bound is None else "solver",
        )

    def model_duals(self) -> Mapping[Any, float]:
        if self._model is None:
            return super().model_duals()
        return {row: float(value) for row, value in self._model.dual.items() if value is not None}

    @staticmethod
    def _bound(found: Any, sense: int) -> float | None:
        side = found.problem.lower_bound if sense > 0 else found.problem.upper_bound
        return finite(float(side)) if isinstance(side, int | float) else None


@contextmanager
def _quiet() -> Iterator[io.StringIO]:
    """Pyomo's warnings are kept from the screen: what they say comes as an error, or does not matter."""
    said = io.StringIO()
    with LoggingIntercept(said, "pyomo", logging.WARNING):
        yield said
