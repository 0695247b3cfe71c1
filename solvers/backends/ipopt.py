"""Ipopt through cyipopt: Pyomo writes NL, CasADi reads it and differentiates exactly, Ipopt solves.

No AMPL library is needed, so wheels alone suffice. What Ipopt finds is locally optimal at best, and a program it
calls infeasible is not proven so: neither is ever reported as more.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray
from pyomo.common.errors import InfeasibleConstraintException
from pyomo.repn.plugins.nl_writer import NLWriter

from raymenu.instances import InputError
from raymenu.solvers.backends.base import Backend, Feature, finite, fit_backends, objective_at_point
from raymenu.solvers.backends.locking import PYOMO
from raymenu.solvers.backends.results import Quality, SolverResult, Termination

Floats = NDArray[np.float64]
FEASIBILITY_TOLERANCE = 1e-6
"""Largest violation of a row or bound, relative to its size, at which a point still counts as feasible."""

LOOSENED = 1e-9
"""How far apart the limits of equal rows are set, relative to their size, where they outnumber the variables."""

# Ipopt's ApplicationReturnStatus.
_STATUS = {
    0: Termination.CONVERGED,
    1: Termination.CONVERGED,
    2: Termination.LOCALLY_INFEASIBLE,
    3: Termination.WORK_LIMIT,
    4: Termination.DIVERGED,
    5: Termination.INTERRUPTED,
    6: Termination.CONVERGED,
    -1: Termination.WORK_LIMIT,
    -4: Termination.TIME_LIMIT,
    -5: Termination.TIME_LIMIT,
}


@dataclass(frozen=True)
class _Program:
    """min f(x) over lower <= x <= upper, g_lower <= g(x) <= g_upper, with compiled exact derivatives."""

    variables: list[Any]
    start: Floats
    bounds: tuple[Floats, Floats]
    row_bounds: tuple[Floats, Floats]
    functions: Mapping[str, Any]
    jacobian_pattern: tuple[NDArray[np.int64], NDArray[np.int64]]
    hessian_pattern: tuple[NDArray[np.int64], NDArray[np.int64]]

    @classmethod
    def of(cls, model: pyo.ConcreteModel) -> _Program:
        import casadi

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.nl"
            with PYOMO, path.open("w") as stream:
                # The presolve would eliminate variables, which then come back without a value.
                info = NLWriter().write(model, stream, linear_presolve=False)
            builder = casadi.NlpBuilder()
            builder.import_nl(str(path))
        n = len(info.variables)
        joined = casadi.vertcat(*builder.x)
        rows = casadi.vertcat(*builder.g) if builder.g else casadi.MX(0, 1)
        # Expanding to scalar operations makes evaluation and differentiation many times faster.
        expanded = casadi.Function("nlp", [joined], [builder.f, rows]).expand()
        x = casadi.SX.sym("x", n)
        f, g = expanded(x)
        m = g.numel()
        factor, multiplier = casadi.SX.sym("factor"), casadi.SX.sym("multiplier", m)
        gradient, jacobian = casadi.gradient(f, x), casadi.jacobian(g, x)
        hessian = casadi.tril(casadi.hessian(factor * f + casadi.dot(multiplier, g), x)[0])
        return cls(
            variables=list(info.variables),
            start=np.array(builder.x_init, dtype=np.float64),
            bounds=(np.array(builder.x_lb, dtype=np.float64), np.array(builder.x_ub, dtype=np.float64)),
            row_bounds=(np.array(builder.g_lb, dtype=np.float64), np.array(builder.g_ub, dtype=np.float64)),
            functions={
                "f": casadi.Function("f", [x], [f]),
                "g": casadi.Function("g", [x], [g]),
                "gradient": casadi.Function("gradient", [x], [casadi.densify(gradient)]),
                "jacobian": casadi.Function("jacobian", [x], [jacobian]),
                "hessian": casadi.Function("hessian", [x, factor, multiplier], [hessian]),
            },
            jacobian_pattern=_pattern(jacobian),
            hessian_pattern=_pattern(hessian),
        )

    def refreshed(self) -> _Program:
        """The same functions, with start and bounds as the variables have them now."""
        start = np.array([0.0 if v.value is None else v.value for v in self.variables])
        low = np.array([-np.inf if v.lb is None else v.lb for v in self.variables])
        high = np.array([np.inf if v.ub is None else v.ub for v in self.variables])
        return replace(self, start=start, bounds=(low, high))

    # The names below are what cyipopt calls.

    def objective(self, x: Floats) -> float:
        return float(self.functions["f"](x))

    def gradient(self, x: Floats) -> Floats:
        return _values(self.functions["gradient"](x))

    def constraints(self, x: Floats) -> Floats:
        return _values(self.functions["g"](x))

    def jacobian(self, x: Floats) -> Floats:
        return _values(self.functions["jacobian"](x))

    def jacobianstructure(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        return self.jacobian_pattern

    def hessian(self, x: Floats, multipliers: Floats, factor: float) -> Floats:
        return _values(self.functions["hessian"](x, factor, multipliers))

    def hessianstructure(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        return self.hessian_pattern

    def loosened_rows(self) -> tuple[Floats, Floats]:
        """The rows' limits; equal ones a little apart where they outnumber the variables, which Ipopt refuses."""
        low, high = self.row_bounds
        equal, free = low == high, self.bounds[0] < self.bounds[1]
        if equal.sum() < free.sum():
            return low, high
        apart = np.where(equal, LOOSENED * np.maximum(1.0, np.abs(low)), 0.0)
        return low - apart, high + apart

    def violation(self, x: Floats) -> float:
        """Largest violation of a bound or row, relative to the size of what it is compared to."""
        worst = 0.0
        for value, (low, high) in ((x, self.bounds), (self.constraints(x), self.row_bounds)):
            for limit, excess in ((low, low - value), (high, value - high)):
                held = np.isfinite(limit)
                if held.any():
                    worst = max(worst, float((excess[held] / np.maximum(1.0, np.abs(limit[held]))).max()))
        return worst if math.isfinite(worst) else math.inf


class IpoptBackend(Backend):
    """Ipopt: smooth nonlinear programs, to local optimality, started from the variables' present values."""

    name = "ipopt"
    features = frozenset({Feature.NONLINEAR})

    def __init__(self) -> None:
        self._held: tuple[pyo.ConcreteModel, _Program] | None = None

    def hold(self, model: pyo.ConcreteModel) -> None:
        """Compile a model once: later solves of it read only its variables' values and bounds again.

        For many solves from many points; a change of an expression or of a parameter needs a new ``hold``.
        """
        _refuse_integers(model)
        self._held = model, _Program.of(model)

    def available(self) -> bool:
        try:
            import casadi
            import cyipopt
        except ImportError:
            return False
        return hasattr(casadi, "NlpBuilder") and hasattr(cyipopt, "Problem")

    def version(self) -> str:
        import cyipopt

        return ".".join(str(part) for part in cyipopt.IPOPT_VERSION)

    def solve_model(
        self,
        model: pyo.ConcreteModel,
        *,
        time_limit: float | None = None,
        rel_gap: float | None = None,
        warm_start: bool = False,
        options: Mapping[str, Any] | None = None,
    ) -> SolverResult:
        import cyipopt

        begin = time.perf_counter()
        try:
            if self._held is not None and self._held[0] is model:
                program = self._held[1].refreshed()
            else:
                _refuse_integers(model)
                program = _Program.of(model)
        except InfeasibleConstraintException as fault:
            return self._result(model, Termination.INFEASIBLE, Quality.NONE, begin, str(fault))
        left = None if time_limit is None else time_limit - (time.perf_counter() - begin)
        if left is not None and left <= 0:
            return self._result(model, Termination.TIME_LIMIT, Quality.NONE, begin, "no time left after set-up")
        problem = cyipopt.Problem(
            n=len(program.variables),
            m=program.row_bounds[0].size,
            problem_obj=program,
            lb=program.bounds[0],
            ub=program.bounds[1],
            cl=program.loosened_rows()[0],
            cu=program.loosened_rows()[1],
        )
        # Ipopt widens bounds by 1e-8 unless told not to: a point outside its bounds is no point.
        settings: dict[str, Any] = {"print_level": 0, "sb": "yes", "honor_original_bounds": "yes"}
        if left is not None:
            settings["max_wall_time"] = left
        for key, value in {**settings, **(options or {})}.items():
            problem.add_option(key, value)
        with PYOMO:
            # The linear solver inside keeps numbers of its own between calls, the same for all threads.
            point, info = problem.solve(program.start)
        status = int(info["status"])
        termination = _STATUS.get(status, Termination.ERROR)
        message = info["status_msg"].decode() if isinstance(info["status_msg"], bytes) else str(info["status_msg"])
        quality = Quality.NONE
        if np.isfinite(point).all() and program.violation(point) <= FEASIBILITY_TOLERANCE:
            quality = Quality.LOCAL if status == 0 else Quality.FEASIBLE
            for variable, value in zip(program.variables, point.tolist()):
                variable.set_value(value, skip_validation=True)
        elif termination is Termination.CONVERGED:
            termination = Termination.ERROR
            message += f" (yet a row is violated by {program.violation(point):.1e})"
        return self._result(model, termination, quality, begin, message)

    def _result(
        self, model: pyo.ConcreteModel, termination: Termination, quality: Quality, begin: float, message: str
    ) -> SolverResult:
        return SolverResult(
            termination=termination,
            quality=quality,
            objective=None if quality is Quality.NONE else finite(objective_at_point(model)),
            bound=None,
            seconds=time.perf_counter() - begin,
            solver=self.name,
            version=self.version(),
            message=message,
        )


def _refuse_integers(model: pyo.ConcreteModel) -> None:
    for variable in model.component_data_objects(pyo.Var, active=True):
        if not variable.is_continuous() and not variable.fixed:
            fit = ", ".join(fit_backends(Feature.INTEGER))
            raise InputError(
                f"ipopt does not take integer variables ({variable.name}): choose one of {fit}", field="backend"
            )


def _pattern(matrix: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rows, columns = matrix.sparsity().get_triplet()
    return np.array(rows, dtype=np.int64), np.array(columns, dtype=np.int64)


def _values(matrix: Any) -> Floats:
    """The nonzeros of a CasADi matrix, in the order of its pattern."""
    return np.array(matrix.nonzeros(), dtype=np.float64)
