"""SCIP and Gurobi through Pyomo's solver interface (``pyomo.contrib.solver``)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
import pyomo.environ as pyo
from pyomo.common.errors import InfeasibleConstraintException, PyomoException
from pyomo.contrib.solver.common.results import SolutionStatus, TerminationCondition
from pyomo.contrib.solver.solvers.gurobi.gurobi_direct_minlp import GurobiDirectMINLP
from pyomo.contrib.solver.solvers.scip.scip_direct import ScipDirect

from raymenu.instances import InputError
from raymenu.solvers.backends.base import (
    MEASURED,
    Backend,
    Feature,
    Tell,
    advice,
    finite,
    is_closed,
    objective_at_point,
    sense_of,
    violation_at_point,
)
from raymenu.solvers.backends.linear.program import LinearAnswer, LinearProgram
from raymenu.solvers.backends.locking import PYOMO
from raymenu.solvers.backends.results import Quality, SolverResult, Termination

_TERMINATIONS = {
    TerminationCondition.convergenceCriteriaSatisfied: Termination.CONVERGED,
    TerminationCondition.maxTimeLimit: Termination.TIME_LIMIT,
    TerminationCondition.iterationLimit: Termination.WORK_LIMIT,
    TerminationCondition.objectiveLimit: Termination.WORK_LIMIT,
    TerminationCondition.unbounded: Termination.UNBOUNDED,
    TerminationCondition.provenInfeasible: Termination.INFEASIBLE,
    TerminationCondition.infeasibleOrUnbounded: Termination.INFEASIBLE_OR_UNBOUNDED,
    TerminationCondition.locallyInfeasible: Termination.LOCALLY_INFEASIBLE,
    TerminationCondition.interrupted: Termination.INTERRUPTED,
    TerminationCondition.licensingProblems: Termination.REFUSED,
}


class PyomoBackend(Backend):
    """A solver of Pyomo's solver interface, kept between calls."""

    solver_class: ClassVar[type]
    default_options: ClassVar[Mapping[str, Any]] = {}

    def __init__(self) -> None:
        self._solver = self.solver_class()
        self._last: Any = None

    def available(self) -> bool:
        return bool(self._solver.available())

    def version(self) -> str:
        return ".".join(str(part) for part in self._solver.version() or ())

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
        with PYOMO:
            # Waiting for another thread's solve counts as time.
            left = None if time_limit is None else max(time_limit - (time.perf_counter() - start), 1e-3)
            self._solver.offer_point = warm_start
            self._solver.tell = self.on_progress
            try:
                found = self._run(model, left, rel_gap, {**self.default_options, **(options or {})})
            except InfeasibleConstraintException as fault:
                return self._nothing(Termination.INFEASIBLE, start, str(fault))
            except PyomoException as fault:
                raise InputError(
                    f"{self.name} does not take this model ({fault}); {advice(model)}", field="backend"
                ) from fault
            if isinstance(found, SolverResult):
                return found
            self._last = found
            if found.solution_status in (SolutionStatus.optimal, SolutionStatus.feasible):
                found.solution_loader.load_vars()
                return self._measured(model, found, start)
            return self._nothing(_termination(found), start, str(found.termination_condition.name))

    def _measured(self, model: pyo.ConcreteModel, found: Any, start: float) -> SolverResult:
        """The result with the point that is loaded, measured and valued here rather than by the solver."""
        termination, message = _termination(found), str(found.termination_condition.name)
        violation = violation_at_point(model)
        if violation > MEASURED:
            ended = Termination.ERROR if termination is Termination.CONVERGED else termination
            return self._nothing(ended, start, f"{message} (yet a row is violated by {violation:.1e})")
        objective = objective_at_point(model)
        bound = finite(found.objective_bound) if termination in _BOUNDED else None
        closed = objective is not None and is_closed(objective, bound, sense_of(model))
        return SolverResult(
            termination=termination,
            quality=Quality.OPTIMAL if closed and termination is Termination.CONVERGED else Quality.FEASIBLE,
            objective=objective,
            bound=bound,
            seconds=time.perf_counter() - start,
            solver=self.name,
            version=self.version(),
            message=message,
            proof=None if bound is None else "solver",
        )

    def _nothing(self, termination: Termination, start: float, message: str) -> SolverResult:
        """A result without a point or a bound."""
        return SolverResult(
            termination=termination,
            quality=Quality.NONE,
            objective=None,
            bound=None,
            seconds=time.perf_counter() - start,
            solver=self.name,
            version=self.version(),
            message=message,
        )

    def _run(
        self, model: pyo.ConcreteModel, time_limit: float | None, rel_gap: float | None, options: Mapping[str, Any]
    ) -> Any:
        return self._solver.solve(
            model,
            time_limit=time_limit,
            rel_gap=rel_gap,
            solver_options=dict(options),
            load_solutions=False,
            raise_exception_on_nonoptimal_result=False,
        )


def _termination(found: Any) -> Termination:
    return _TERMINATIONS.get(found.termination_condition, Termination.ERROR)


# An infeasible or unbounded program has no optimum to bound, whatever number the solver leaves behind.
_BOUNDED = {Termination.CONVERGED, Termination.TIME_LIMIT, Termination.WORK_LIMIT, Termination.INTERRUPTED}


def _known_values(variables: Any) -> bool:
    return all(variable.value is not None for variable in variables)


class WarmScip(ScipDirect):
    """SCIP that can be offered the model's present point, which Pyomo's own start cannot, and tells of its bounds."""

    offer_point = False
    tell: Tell | None = None

    def solve(self, model: Any, **settings: Any) -> Any:
        return super().solve(model, warmstart_discrete_vars=self.offer_point, **settings)

    def _create_solver_model(self, model: Any, config: Any) -> Any:
        made = super()._create_solver_model(model, config)
        if self.tell is not None:
            _include_teller(made[0], self.tell)
        return made

    def _mipstart(self) -> None:
        variables = self._pyomo_var_to_solver_var_map
        whole = _known_values(variables)
        point = self._solver_model.createSol() if whole else self._solver_model.createPartialSol()
        for variable, scip_variable in variables.items():
            if variable.value is not None:
                self._solver_model.setSolVal(point, scip_variable, float(variable.value))
        if whole and self._objective is not None:
            self._solver_model.setSolVal(point, self._obj_var, float(pyo.value(self._objective)))
        self._solver_model.addSol(point)


def _include_teller(scip_model: Any, tell: Tell) -> None:
    """Make SCIP tell of its bounds after every node and with every better point."""
    from pyscipopt import SCIP_EVENTTYPE, Eventhdlr

    class Teller(Eventhdlr):
        def eventinit(self) -> None:
            for kind in (SCIP_EVENTTYPE.BESTSOLFOUND, SCIP_EVENTTYPE.NODESOLVED):
                self.model.catchEvent(kind, self)

        def eventexec(self, event: Any) -> None:
            tell(finite(self.model.getPrimalbound()), finite(self.model.getDualbound()))

    scip_model.includeEventhdlr(Teller(), "teller", "tells of bounds")


class ScipBackend(PyomoBackend):
    """SCIP: mixed-integer and nonconvex programs, to global optimality."""

    name = "scip"
    solver_class = WarmScip
    features = frozenset(
        {Feature.LINEAR, Feature.DUALS, Feature.INTEGER, Feature.NONCONVEX_QUADRATIC, Feature.PROGRESS}
    )
    # A log longer than the captured pipe blocks the solver for good.
    default_options: ClassVar[Mapping[str, Any]] = {"display/verblevel": 0}
    # Multipliers are those of the program that SCIP is left with: nothing must be presolved away. Looking for symmetry
    # takes a hundred times as long as a linear program with many variables alike.
    linear_attempts: tuple[Mapping[str, Any], ...] = (
        {
            "presolving/maxrounds": 0,
            "propagating/maxrounds": 0,
            "propagating/maxroundsroot": 0,
            "separating/maxroundsroot": 0,
            "lp/disablecutoff": 1,
            "misc/usesymmetry": 0,
            "numerics/feastol": 1e-9,
            "numerics/dualfeastol": 1e-9,
        },
        {"presolving/maxrounds": 0, "propagating/maxroundsroot": 0, "misc/usesymmetry": 0},
    )

    def version(self) -> str:
        from pyscipopt import Model

        solver = Model()
        return f"{solver.getMajorVersion()}.{solver.getMinorVersion()}.{solver.getTechVersion()}"

    def solve_linear(
        self, program: LinearProgram, *, time_limit: float | None = None, options: Mapping[str, Any] | None = None
    ) -> LinearAnswer:
        """Solve a linear program given as arrays by SCIP's own library, which gives the multipliers as well."""
        from pyscipopt import SCIP_PARAMSETTING, Model, quicksum

        scip = Model()
        scip.hideOutput()
        open_ended = scip.infinity()
        x = [
            scip.addVar(lb=max(low, -open_ended), ub=min(high, open_ended), obj=cost)
            for low, high, cost in zip(program.lower.tolist(), program.upper.tolist(), program.cost.tolist())
        ]
        start, index, entries = program.matrix.indptr, program.matrix.indices.tolist(), program.matrix.data.tolist()
        rows = []
        for r, (low, high) in enumerate(zip(program.row_lower.tolist(), program.row_upper.tolist())):
            part = range(start[r], start[r + 1])
            row = scip.addCons(quicksum(entries[k] * x[index[k]] for k in part) <= min(high, open_ended))
            scip.chgLhs(row, max(low, -open_ended))
            rows.append(row)
        limits = {} if time_limit is None else {"limits/time": time_limit}
        scip.setHeuristics(SCIP_PARAMSETTING.OFF)
        scip.setParams({**limits, **(options or {})})
        scip.optimizeNogil()
        termination = _SCIP_TERMINATIONS.get(scip.getStatus(), Termination.ERROR)
        if termination not in _BOUNDED or not scip.getNSols():
            return LinearAnswer(termination, None, None, None, scip.getStatus())
        best = scip.getBestSol()
        point = np.array([scip.getSolVal(best, variable) for variable in x])
        # Solved before any linear program was, SCIP has no multipliers.
        multipliers = None
        if termination is Termination.CONVERGED and scip.getNLPs() > 0:
            found = np.array([scip.getDualsolLinear(row) for row in rows])
            multipliers = found if (np.abs(found) < open_ended).all() else None
        return LinearAnswer(termination, point, multipliers, finite(scip.getDualbound()), scip.getStatus())


_SCIP_TERMINATIONS = {
    "optimal": Termination.CONVERGED,
    "timelimit": Termination.TIME_LIMIT,
    "nodelimit": Termination.WORK_LIMIT,
    "infeasible": Termination.INFEASIBLE,
    "unbounded": Termination.UNBOUNDED,
    "inforunbd": Termination.INFEASIBLE_OR_UNBOUNDED,
    "userinterrupt": Termination.INTERRUPTED,
}


class _WarmGurobi(GurobiDirectMINLP):
    """Gurobi that can be offered the model's present point, which Pyomo's own start cannot, and tells of its bounds."""

    offer_point = False
    tell: Tell | None = None

    def solve(self, model: Any, **settings: Any) -> Any:
        self._callback = None if self.tell is None else _gurobi_teller(self.tell)
        return super().solve(model, warmstart_discrete_vars=self.offer_point, **settings)

    def _mipstart(self) -> None:
        for variable, gurobi_variable in self._pyomo_gurobi_var_iter():
            if variable.value is not None:
                gurobi_variable.setAttr("Start", float(variable.value))


def _gurobi_teller(tell: Tell) -> Callable[[Any, int], None]:
    from gurobipy import GRB

    def hear(gurobi_model: Any, where: int) -> None:
        if where == GRB.Callback.MIP:
            bounds = (gurobi_model.cbGet(what) for what in (GRB.Callback.MIP_OBJBST, GRB.Callback.MIP_OBJBND))
            tell(*(None if abs(bound) >= GRB.INFINITY else finite(bound) for bound in bounds))

    return hear


class GurobiBackend(PyomoBackend):
    """Gurobi: mixed-integer and nonconvex programs, to global optimality.

    The licence that comes with ``pip install gurobipy`` is limited in size; a model beyond it ends with
    ``Termination.REFUSED`` and a message that says so.
    """

    name = "gurobi"
    solver_class = _WarmGurobi
    features = frozenset(
        {Feature.LINEAR, Feature.DUALS, Feature.INTEGER, Feature.NONCONVEX_QUADRATIC, Feature.PROGRESS}
    )
    # Tell infeasible from unbounded.
    default_options: ClassVar[Mapping[str, Any]] = {"DualReductions": 0, "LogToConsole": 0}

    linear_attempts: tuple[Mapping[str, Any], ...] = ({"FeasibilityTol": 1e-9, "OptimalityTol": 1e-9}, {"Presolve": 0})

    def _run(
        self, model: pyo.ConcreteModel, time_limit: float | None, rel_gap: float | None, options: Mapping[str, Any]
    ) -> Any:
        import gurobipy

        start = time.perf_counter()
        try:
            return super()._run(model, time_limit, rel_gap, options)
        except gurobipy.GurobiError as fault:
            if fault.errno not in (gurobipy.GRB.Error.SIZE_LIMIT_EXCEEDED, gurobipy.GRB.Error.NO_LICENSE):
                raise
            message = f"the licence of gurobi found here does not cover this model ({fault}): use scip"
            return self._nothing(Termination.REFUSED, start, message)

    def model_duals(self) -> Mapping[Any, float]:
        duals: Mapping[Any, float] = self._last.solution_loader.get_duals()
        return duals
