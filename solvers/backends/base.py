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
from typing import Any

import numpy as np
import pyomo.environ as pyo

from raymenu.instances import InputError
from raymenu.solvers.backends.linear.certified import LinearSolution, LinearSolver
from raymenu.solvers.backends.linear.program import Floats, LinearAnswer, LinearProgram
from raymenu.solvers.backends.linear.reading import ModelReader, NotLinear
from raymenu.solvers.backends.results import Quality, SolveError, SolverResult


class Feature(Enum):
    """What a program asks of a solver."""

    LINEAR = "linear programs"
    DUALS = "linear programs with their duals"
    INTEGER = "integer variables"
    NONCONVEX_QUADRATIC = "nonconvex quadratic constraints, to global optimality"
    NONLINEAR = "smooth nonlinear programs, to local optimality"
    PROGRESS = "telling how far a branching search is"


CLOSED = 1e-6
"""Gap between a point and a bound, relative to them, that counts as none: the tolerance solvers prune with."""
MEASURED = 1e-5
"""Largest violation of a point that counts, relative to its limit where that is above 1; for programs not linear."""
NOTHING = 1e-9
"""... and in absolute terms, where both are about 0."""
Tell = Callable[[float | None, float | None], None]


class Backend(ABC):
    """A solver behind one interface; see the module docstring.

    Attributes
    ----------
    on_progress
        Where set, a solver that branches tells it (objective of its best point, bound) as they change, with its own
        tolerances; None where it has none yet. Set before ``solve``; other solvers never call it.
    """

    name: str
    features: frozenset[Feature]
    on_progress: Tell | None = None

    @abstractmethod
    def available(self) -> bool:
        """Whether the solver can run here."""

    @abstractmethod
    def version(self) -> str:
        """The solver's version."""

    linear_attempts: tuple[Mapping[str, Any], ...] = ({},)
    """Options for a linear program, tried in turn until an answer proves itself."""
    _solved: tuple[ModelReader, LinearSolution] | None = None

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

        A linear program is scaled, and its point measured and its bound recomputed outside the solver; see
        ``LinearSolver``.

        Parameters
        ----------
        time_limit
            Seconds; None is no limit.
        rel_gap
            Relative gap at which a global solver may stop; None asks for the optimum.
        warm_start
            Offer the values the variables have now as a first point. A local solver always starts from them.
        options
            Passed to the solver under its own names, for this solve only.

        Raises
        ------
        InputError
            Where the model holds something this solver does not take; names a backend that does.
        """
        self._solved = None
        if Feature.LINEAR in self.features:
            reader = ModelReader(model)
            try:
                program = reader.program()
            except NotLinear:
                program = None
            if program is not None and not program.whole.any():
                solution = LinearSolver(program, self).solve(time_limit, options)
                self._solved = reader, solution
                if solution.point is not None:
                    reader.load(solution.point)
                return solution.result
        return self.solve_model(model, time_limit=time_limit, rel_gap=rel_gap, warm_start=warm_start, options=options)

    @abstractmethod
    def solve_model(
        self,
        model: pyo.ConcreteModel,
        *,
        time_limit: float | None = None,
        rel_gap: float | None = None,
        warm_start: bool = False,
        options: Mapping[str, Any] | None = None,
    ) -> SolverResult:
        """Hand a model to the solver as it is and load its best point; what ``solve`` is built on."""

    def model_duals(self) -> Mapping[Any, float]:
        """Multipliers of the last ``solve_model`` by constraint, for backends with ``Feature.DUALS``."""
        fit = ", ".join(fit_backends(Feature.DUALS))
        raise SolveError(f"{self.name} gives no duals: choose one of {fit}")

    def duals(self) -> Mapping[Any, float]:
        """Multipliers of the last linear program, by constraint: the change of the optimum per unit of its limit."""
        multipliers = None if self._solved is None else self._solved[1].multipliers
        if self._solved is None or multipliers is None:
            return self.model_duals()
        reader, solution = self._solved
        duals: Floats = solution.sense * multipliers
        return pyo.ComponentMap(zip(reader.rows, duals.tolist()))

    def solve_linear(
        self, program: LinearProgram, *, time_limit: float | None = None, options: Mapping[str, Any] | None = None
    ) -> LinearAnswer:
        """Solve a linear program given as arrays; a solver that keeps its basis starts from what it holds."""
        model = program.to_pyomo()
        found = self.solve_model(model, time_limit=time_limit, options=options)
        if found.quality is Quality.NONE:
            return LinearAnswer(found.termination, None, None, found.bound, found.message)
        values = np.array([variable.value for variable in model.x.values()], dtype=np.float64)
        # A variable in no row and of no cost gets no value from some solvers.
        point = np.where(np.isnan(values), np.clip(0.0, program.lower, program.upper), values)
        multipliers = None
        if Feature.DUALS in self.features:
            known = self.model_duals()
            multipliers = np.zeros(program.shape[0]) if known else None
            for r, row in model.row.items():
                if multipliers is not None:
                    multipliers[r] = known.get(row, 0.0)
        return LinearAnswer(found.termination, point, multipliers, found.bound, found.message)


REGISTRY: dict[str, Callable[[], Backend]] = {}
FAMILIES: dict[str, Callable[[str], Backend]] = {}
"""Backends for names that begin with a word and a colon, ``pyomo:cbc``; made from the whole name."""


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
    family, colon, _ = name.partition(":")
    if colon and family in FAMILIES:
        made = FAMILIES[family](name)
    elif name in REGISTRY:
        made = REGISTRY[name]()
    else:
        known = ", ".join([*sorted(REGISTRY), *(f"{prefix}:NAME" for prefix in FAMILIES)])
        raise InputError(f"no backend {name!r}: choose one of {known}", field="backend")
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


def advice(model: pyo.ConcreteModel) -> str:
    """Which backends take what a model holds, in words."""
    parts = [c.body for c in model.component_data_objects(pyo.Constraint, active=True)]
    parts += [o.expr for o in model.component_data_objects(pyo.Objective, active=True)]
    degrees = [part.polynomial_degree() if hasattr(part, "polynomial_degree") else 0 for part in parts]
    if all(degree in (0, 1) for degree in degrees):
        return f"choose one of {', '.join(fit_backends(Feature.INTEGER))}"
    if all(degree in (0, 1, 2) for degree in degrees):
        return f"choose one of {', '.join(fit_backends(Feature.NONCONVEX_QUADRATIC))}"
    return f"choose one of {', '.join(fit_backends(Feature.NONLINEAR))}"


def sense_of(model: pyo.ConcreteModel) -> int:
    """1 where the model minimises, -1 where it maximises."""
    return min((int(o.sense) for o in model.component_data_objects(pyo.Objective, active=True)), default=1)


def objective_at_point(model: pyo.ConcreteModel) -> float | None:
    """The objective at the point loaded into the model, computed here rather than by the solver."""
    for objective in model.component_data_objects(pyo.Objective, active=True):
        value: float = pyo.value(objective)
        return value
    return None


def violation_at_point(model: pyo.ConcreteModel) -> float:
    """How far the point loaded into the model is from its rows and bounds, relative to a limit where it is above 1."""
    worst = 0.0
    for held in model.component_data_objects((pyo.Constraint, pyo.Var), active=True):
        value = pyo.value(held.body if held.ctype is pyo.Constraint else held, exception=False)
        if value is None:
            continue
        for limit, side in ((held.lb, 1.0), (held.ub, -1.0)):
            if limit is not None:
                worst = max(worst, side * (limit - value) / max(1.0, abs(limit)))
        worst = worst if math.isfinite(value) else math.inf
    return worst


def is_closed(objective: float, bound: float | None, sense: int) -> bool:
    """Whether a bound proves a point optimal: a gap that was asked for and reached is not enough."""
    gap = math.inf if bound is None else sense * (objective - bound)
    return gap <= max(CLOSED * max(abs(objective), abs(bound or 0.0)), NOTHING)


def finite(number: float | None) -> float | None:
    """A bound as proven, or None: solvers write 'no bound' as an infinity of their own."""
    return number if number is not None and math.isfinite(number) and abs(number) < 1e20 else None
