"""What a backend is, what it may claim, and how one is found by name.

A backend object keeps its solver between calls, so that changing and solving the same model again is a warm start
where the solver can (rows and mutable parameters of an LP in HiGHS). Capabilities are declared and checked before
solving.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, ClassVar

import pyomo.environ as pyo

from raymenu.instances import InputError
from raymenu.solvers.backends.results import Quality, SolveError, SolverResult


class Feature(Enum):
    """What a program asks of a solver."""

    LINEAR = "linear programs"
    DUALS = "linear programs with their duals"
    INTEGER = "integer variables"
    NONCONVEX_QUADRATIC = "nonconvex quadratic constraints, to global optimality"
    NONLINEAR = "smooth nonlinear programs, to local optimality"


Tell = Callable[[float | None, float | None], None]


class Backend(ABC):
    """A solver behind one interface; see the module docstring.

    Attributes
    ----------
    on_progress
        Where set, a solver that branches tells it (objective of its best point, bound) as they change, with its own
        tolerances; None where it has none yet. Set before ``solve``; other solvers never call it.
    """

    name: ClassVar[str]
    features: ClassVar[frozenset[Feature]]
    on_progress: Tell | None = None

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
        warm_start: bool = False,
        options: Mapping[str, Any] | None = None,
    ) -> SolverResult:
        """Solve a model and load its best point, if any.

        Parameters
        ----------
        time_limit
            Seconds; None is no limit.
        rel_gap
            Relative gap at which a global solver may stop; None is the solver's own.
        warm_start
            Offer the values the variables have now as a first point. A local solver always starts from them.
        options
            Passed to the solver under its own names, for this solve only.

        Raises
        ------
        InputError
            Where the model holds something this solver does not take; names a backend that does.
        """

    def duals(self) -> Mapping[Any, float]:
        """Multipliers of the last solve by constraint: the change of the optimum per unit of right-hand side."""
        fit = ", ".join(fit_backends(Feature.DUALS))
        raise SolveError(f"{self.name} gives no duals: choose one of {fit}")


REGISTRY: dict[str, Callable[[], Backend]] = {}


def register_backend(name: str, make: Callable[[], Backend]) -> None:
    """Make a backend known by name; ``make`` builds a fresh one."""
    REGISTRY[name] = make


def fit_backends(needs: Feature) -> list[str]:
    """The registered backends that declare a feature, whether they can run here or not.

    Examples
    --------
    >>> fit_backends(Feature.NONLINEAR)
    ['ipopt']
    """
    return sorted(name for name, make in REGISTRY.items() if needs in make().features)


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
        fit = ", ".join(fit_backends(needs))
        raise InputError(f"{name} does not solve {needs.value}: choose one of {fit}", field="backend")
    if not made.available():
        raise InputError(
            f"the solver {name} is not installed here, or has no licence: install it or choose another",
            field="backend",
        )
    return made


def solve_to_optimality(model: pyo.ConcreteModel, solver: Backend, what: str, **limits: Any) -> SolverResult:
    """Solve a program that has an optimum; ``SolveError`` says what was not solved and why."""
    result = solver.solve(model, **limits)
    if result.quality is not Quality.OPTIMAL:
        raise SolveError(f"{what}: {solver.name} stopped with {result.termination.value} ({result.message})")
    return result


def objective_at_point(model: pyo.ConcreteModel) -> float | None:
    """The objective at the point loaded into the model, computed here rather than by the solver."""
    for objective in model.component_data_objects(pyo.Objective, active=True):
        value: float = pyo.value(objective)
        return value
    return None


def finite(number: float | None) -> float | None:
    """A bound as proven, or None: solvers write 'no bound' as an infinity of their own."""
    return number if number is not None and math.isfinite(number) and abs(number) < 1e20 else None
