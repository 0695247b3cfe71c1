"""HiGHS on arrays: linear programs that start from the last basis, and mixed-integer ones.

The arrays go to HiGHS's own library and not through Pyomo's interface to it, which redirects the process's output while
it runs: two threads of one process that do so never return. Nor does it know of scaling or of certificates. Adding rows
costs what it costs HiGHS.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import highspy
import numpy as np
import pyomo.environ as pyo
from highspy import HighsModelStatus as Status

from raymenu.instances import InputError
from raymenu.solvers.backends.base import MEASURED, Backend, Feature, advice, finite, is_closed
from raymenu.solvers.backends.linear.program import Floats, LinearAnswer, LinearProgram
from raymenu.solvers.backends.linear.reading import ModelReader, NotLinear
from raymenu.solvers.backends.results import Quality, SolverResult, Termination

_TERMINATIONS = {
    Status.kOptimal: Termination.CONVERGED,
    Status.kModelEmpty: Termination.CONVERGED,
    Status.kInfeasible: Termination.INFEASIBLE,
    Status.kUnbounded: Termination.UNBOUNDED,
    Status.kUnboundedOrInfeasible: Termination.INFEASIBLE_OR_UNBOUNDED,
    Status.kTimeLimit: Termination.TIME_LIMIT,
    Status.kIterationLimit: Termination.WORK_LIMIT,
    Status.kSolutionLimit: Termination.WORK_LIMIT,
    Status.kObjectiveBound: Termination.WORK_LIMIT,
    Status.kObjectiveTarget: Termination.WORK_LIMIT,
    Status.kInterrupt: Termination.INTERRUPTED,
}
TIGHT: Mapping[str, Any] = {
    "primal_feasibility_tolerance": 1e-9,
    "dual_feasibility_tolerance": 1e-9,
    "small_matrix_value": 1e-12,
}
CLOSE = 1e-7
"""Relative gap at which a mixed-integer program counts as solved where no other is asked for."""
_BOUNDED = {Termination.CONVERGED, Termination.TIME_LIMIT, Termination.WORK_LIMIT, Termination.INTERRUPTED}


class _SilentHighs(highspy.Highs):
    """HiGHS that says nothing, not even who it is."""

    def enableCallbacks(self) -> None:
        self.silent()
        super().enableCallbacks()


class HighsBackend(Backend):
    """HiGHS: linear and mixed-integer linear programs."""

    name = "highs"
    features = frozenset({Feature.LINEAR, Feature.DUALS, Feature.INTEGER, Feature.PROGRESS})
    linear_attempts: tuple[Mapping[str, Any], ...] = (
        TIGHT,
        {**TIGHT, "presolve": "off", "cold": True},
        {"cold": True},
        {"cold": True, "solver": "ipm", "run_crossover": "on"},
    )

    def __init__(self) -> None:
        self._held: LinearProgram | None = None
        self._highs = _SilentHighs()

    def available(self) -> bool:
        return True

    def version(self) -> str:
        return f"{highspy.HIGHS_VERSION_MAJOR}.{highspy.HIGHS_VERSION_MINOR}.{highspy.HIGHS_VERSION_PATCH}"

    def solve_model(
        self,
        model: pyo.ConcreteModel,
        *,
        time_limit: float | None = None,
        rel_gap: float | None = None,
        warm_start: bool = False,
        options: Mapping[str, Any] | None = None,
    ) -> SolverResult:
        """Solve a mixed-integer program; its bound is HiGHS's word."""
        reader = ModelReader(model)
        try:
            program = reader.program()
        except NotLinear as fault:
            raise InputError(
                f"{self.name} does not take this model ({fault}); {advice(model)}", field="backend"
            ) from None
        start = np.array([np.nan if v.value is None else v.value for v in reader.variables]) if warm_start else None
        begin = time.perf_counter()
        result, point = self._solve_whole(program, time_limit, rel_gap, start, options or {})
        if point is not None:
            reader.load(point)
        return replace(result, seconds=time.perf_counter() - begin)

    def solve_linear(
        self, program: LinearProgram, *, time_limit: float | None = None, options: Mapping[str, Any] | None = None
    ) -> LinearAnswer:
        given = dict(options or {})
        cold = given.pop("cold", False)
        if not cold and self._held is not None and program.grown_from is self._held:
            first = self._held.row_lower.size
            start = program.matrix.indptr[first:]
            part = slice(start[0], start[-1])
            self._highs.addRows(
                program.row_lower.size - first,
                program.row_lower[first:],
                program.row_upper[first:],
                int(start[-1] - start[0]),
                (start[:-1] - start[0]).astype(np.int32),
                program.matrix.indices[part].astype(np.int32),
                program.matrix.data[part],
            )
        elif cold or self._held is not program:
            basis = None if cold or self._held is None else self._highs.getBasis()
            self._pass(program)
            if basis is not None:
                self._start_from(basis, program)
        self._held = program
        self._set(time_limit, given)
        self._highs.run()
        return self._answer()

    def _pass(self, program: LinearProgram) -> None:
        """Hand a program over whole; what was known of another is forgotten."""
        self._highs.clearModel()
        lp = highspy.HighsLp()
        lp.num_row_, lp.num_col_ = program.shape
        lp.col_cost_, lp.offset_ = program.cost, program.constant
        lp.col_lower_, lp.col_upper_ = program.lower, program.upper
        lp.row_lower_, lp.row_upper_ = program.row_lower, program.row_upper
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.num_row_, lp.a_matrix_.num_col_ = program.shape
        lp.a_matrix_.start_ = program.matrix.indptr.astype(np.int32)
        lp.a_matrix_.index_ = program.matrix.indices.astype(np.int32)
        lp.a_matrix_.value_ = program.matrix.data
        if program.whole.any():
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            lp.integrality_ = [kinds[whole] for whole in program.whole.tolist()]
        # Dropped coefficients are not forgotten: points and bounds are computed with them.
        self._highs.resetOptions()
        self._highs.silent()
        self._highs.setOptionValue("small_matrix_value", 1e-12)
        self._highs.passModel(lp)

    def _start_from(self, basis: Any, program: LinearProgram) -> None:
        """Start from a basis of a program with as many variables; rows that it does not know are slack."""
        rows, columns = program.shape
        if not basis.valid or len(basis.col_status) != columns or len(basis.row_status) > rows:
            return
        new = rows - len(basis.row_status)
        basis.row_status = [*basis.row_status, *[highspy.HighsBasisStatus.kBasic] * new]
        self._highs.setBasis(basis)

    def _set(self, time_limit: float | None, options: Mapping[str, Any]) -> None:
        # Options and clocks stay in a solver that is kept: a limit of the last call must not bind this one.
        self._highs.resetOptions()
        self._highs.silent()
        if time_limit is not None:
            options = {"time_limit": self._highs.getRunTime() + time_limit, **options}
        for name, value in options.items():
            self._highs.setOptionValue(name, value)

    def _answer(self) -> LinearAnswer:
        status, info = self._highs.getModelStatus(), self._highs.getInfo()
        solution = self._highs.getSolution()
        termination = _TERMINATIONS.get(status, Termination.ERROR)
        seen = termination not in _NO_POINT and solution.value_valid
        return LinearAnswer(
            termination,
            np.array(solution.col_value) if seen else None,
            np.array(solution.row_dual) if seen and solution.dual_valid else None,
            finite(info.objective_function_value) if status == Status.kOptimal else None,
            self._highs.modelStatusToString(status),
        )

    def _solve_whole(
        self,
        program: LinearProgram,
        time_limit: float | None,
        rel_gap: float | None,
        start: Floats | None,
        options: Mapping[str, Any],
    ) -> tuple[SolverResult, Floats | None]:
        """What HiGHS says of a mixed-integer program, its point measured here."""
        self._held = None
        self._pass(program)
        self._set(time_limit, {"mip_rel_gap": CLOSE if rel_gap is None else rel_gap, **options})
        if start is not None:
            known = np.flatnonzero(np.isfinite(start))
            self._highs.setSolution(known.size, known.astype(np.int32), start[known])
        self._run_telling(program.sense)
        status, info, solution = self._highs.getModelStatus(), self._highs.getInfo(), self._highs.getSolution()
        termination = _TERMINATIONS.get(status, Termination.ERROR)
        point, quality, objective = None, Quality.NONE, None
        if termination not in _NO_POINT and solution.value_valid and finite(info.objective_function_value) is not None:
            point = np.array(solution.col_value)
            point[program.whole] = np.rint(point[program.whole])
            objective = program.value(point)
        bound = finite(info.mip_dual_bound) if termination in _BOUNDED else None
        bound = None if bound is None else program.sense * bound
        message = self._highs.modelStatusToString(status)
        if point is not None and objective is not None:
            violation = program.violation(point)
            if violation > MEASURED:
                point, objective, message = None, None, f"{message} (yet a row is violated by {violation:.1e})"
            else:
                closed = termination is Termination.CONVERGED and is_closed(objective, bound, program.sense)
                quality = Quality.OPTIMAL if closed else Quality.FEASIBLE
        result = SolverResult(
            termination=termination,
            quality=quality,
            objective=objective,
            bound=bound,
            seconds=0.0,
            solver=self.name,
            version=self.version(),
            message=message,
            proof=None if bound is None else "solver",
        )
        return result, point

    def _run_telling(self, sense: int) -> None:
        if self.on_progress is None:
            self._highs.run()
            return
        tell, heard_from = self.on_progress, (self._highs.cbMipLogging, self._highs.cbMipImprovingSolution)

        def hear(event: Any) -> None:
            bounds = (finite(event.data_out.mip_primal_bound), finite(event.data_out.mip_dual_bound))
            tell(*(None if bound is None else sense * bound for bound in bounds))

        # Bounds are told as lines of the log are written, and written they must be, if to nowhere.
        self._highs.setOptionValue("log_to_console", False)
        self._highs.setOptionValue("output_flag", True)
        for callback in heard_from:
            callback.subscribe(hear)
        try:
            self._highs.run()
        finally:
            for callback in heard_from:
                callback.unsubscribe(hear)


_NO_POINT = {Termination.INFEASIBLE, Termination.UNBOUNDED, Termination.INFEASIBLE_OR_UNBOUNDED}
