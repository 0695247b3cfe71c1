"""One door for every solver: a registry of backends that solve a Pyomo model and say what they proved.

A backend object keeps its solver between calls, so that changing and solving the same model again is a warm start
where the solver can (rows and mutable parameters of an LP in HiGHS). Capabilities are declared and checked before
solving.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, ClassVar

import pyomo.environ as pyo
from pyomo.contrib.solver.common.factory import SolverFactory
from pyomo.contrib.solver.common.results import SolutionStatus, TerminationCondition

from raymenu.instances import InputError
from raymenu.solvers.results import Quality, SolveError, SolverResult, Termination


class Feature(Enum):
    """What a program asks of a solver."""

    LINEAR = "linear programs"
    INTEGER = "integer variables"
    NONCONVEX_QUADRATIC = "nonconvex quadratic constraints, to global optimality"
    NONLINEAR = "smooth nonlinear programs, to local optimality"


class Backend(ABC):
    """A solver behind one interface; see the module docstring."""

    name: ClassVar[str]
    features: ClassVar[frozenset[Feature]]

    @abstractmethod
    def available(self) -> bool:
        """Whether the solver can run here."""

    @abstractmethod
    def version(self) -> str:
        """The solver's version."""

    @abstractmethod
    def solve(
        self,
        model: pyo.ConcreteModel,
        *,
        time_limit: float | None = None,
        rel_gap: float | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> SolverResult:
        """Solve a model and load its best point, if any.

        Parameters
        ----------
        time_limit
            Seconds; None is no limit.
        rel_gap
            Relative gap at which a global solver may stop; None is the solver's own.
        options
            Passed to the solver under its own names.
        """

    def duals(self) -> Mapping[Any, float]:
        """Multipliers of the last solve, by constraint."""
        raise SolveError(f"{self.name} gives no duals: use highs for a linear program")


REGISTRY: dict[str, Callable[[], Backend]] = {}


def register_backend(name: str, make: Callable[[], Backend]) -> None:
    """Make a backend known by name; ``make`` builds a fresh one."""
    REGISTRY[name] = make


def backend(name: str, needs: Feature | None = None) -> Backend:
    """A fresh backend by name.

    Raises
    ------
    InputError
        Where the name is unknown, the solver is missing, or it cannot solve what is needed; names one that can.

    Examples
    --------
    >>> backend("highs", needs=Feature.LINEAR).name
    'highs'
    """
    if name not in REGISTRY:
        raise InputError(f"no backend {name!r}: choose one of {', '.join(sorted(REGISTRY))}", field="backend")
    made = REGISTRY[name]()
    if needs is not None and needs not in made.features:
        fit = sorted(other for other, make in REGISTRY.items() if needs in make().features)
        raise InputError(f"{name} does not solve {needs.value}: choose one of {', '.join(fit)}", field="backend")
    if not made.available():
        raise InputError(f"the solver {name} is not installed here: install it or choose another", field="backend")
    return made


class PyomoBackend(Backend):
    """A solver of Pyomo's new solver interface, kept between calls."""

    factory_name: ClassVar[str]
    default_options: ClassVar[Mapping[str, Any]] = {}

    def __init__(self) -> None:
        self._solver = SolverFactory(self.factory_name)
        self._last: Any = None

    def available(self) -> bool:
        return bool(self._solver.available())

    def version(self) -> str:
        return ".".join(str(part) for part in self._solver.version())

    def solve(
        self,
        model: pyo.ConcreteModel,
        *,
        time_limit: float | None = None,
        rel_gap: float | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> SolverResult:
        start = time.perf_counter()
        found = self._solver.solve(
            model,
            time_limit=time_limit,
            rel_gap=rel_gap,
            solver_options={**self.default_options, **(options or {})},
            load_solutions=False,
            raise_exception_on_nonoptimal_result=False,
        )
        seconds = time.perf_counter() - start
        self._last = found
        termination = _TERMINATIONS.get(found.termination_condition, Termination.ERROR)
        has_point = found.solution_status in (SolutionStatus.optimal, SolutionStatus.feasible)
        if has_point:
            found.solution_loader.load_vars()
        proven = found.solution_status == SolutionStatus.optimal and termination is Termination.CONVERGED
        quality = Quality.NONE if not has_point else (Quality.OPTIMAL if proven else Quality.FEASIBLE)
        return SolverResult(
            termination=termination,
            quality=quality,
            objective=found.incumbent_objective if has_point else None,
            bound=found.objective_bound,
            seconds=seconds,
            solver=self.name,
            version=self.version(),
            message=str(found.termination_condition.name),
        )

    def duals(self) -> Mapping[Any, float]:
        duals: Mapping[Any, float] = self._last.solution_loader.get_duals()
        return duals


_TERMINATIONS = {
    TerminationCondition.convergenceCriteriaSatisfied: Termination.CONVERGED,
    TerminationCondition.maxTimeLimit: Termination.TIME_LIMIT,
    TerminationCondition.iterationLimit: Termination.WORK_LIMIT,
    TerminationCondition.objectiveLimit: Termination.WORK_LIMIT,
    TerminationCondition.unbounded: Termination.UNBOUNDED,
    TerminationCondition.provenInfeasible: Termination.INFEASIBLE,
    TerminationCondition.locallyInfeasible: Termination.LOCALLY_INFEASIBLE,
    TerminationCondition.interrupted: Termination.INTERRUPTED,
}


class HighsBackend(PyomoBackend):
    """HiGHS: linear and mixed-integer linear programs."""

    name = "highs"
    factory_name = "highs"
    features = frozenset({Feature.LINEAR, Feature.INTEGER})


register_backend("highs", HighsBackend)


def solve_to_optimality(model: pyo.ConcreteModel, solver: Backend, what: str, **limits: Any) -> SolverResult:
    """Solve a program that has an optimum; ``SolveError`` says what was not solved and why."""
    result = solver.solve(model, **limits)
    if result.quality is not Quality.OPTIMAL:
        raise SolveError(f"{what}: {solver.name} stopped with {result.termination.value} ({result.message})")
    return result
