"""One linear program, any backend: scaled, solved, and judged by its point and its multipliers alone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from raymenu.solvers.backends.linear.program import Floats, LinearAnswer, LinearProgram, Rows
from raymenu.solvers.backends.linear.scaling import Scaling
from raymenu.solvers.backends.linear.weak_duality import certified_bound, corrected, nearly_priced
from raymenu.solvers.backends.results import Quality, SolverResult, Termination

if TYPE_CHECKING:
    from raymenu.solvers.backends.base import Backend

FEASIBLE = 1e-6
"""Largest violation of a point that counts, in the scaled program."""
CLOSED = 1e-6
"""Gap between a point and its bound that counts as none, relative to the size of the objective's terms..."""
SPECK = 1e-7
"""... and to the largest cost of a whole variable, which is 1 in the scaled program."""
CLEAR = 1e-2
"""Share of these tolerances above which a backend is asked in its other ways, and the best answer is taken."""


@dataclass(frozen=True)
class LinearSolution:
    """A point of a linear program with what is proven of it.

    Attributes
    ----------
    result
        Termination, quality, objective and bound, in the model's own sense. "optimal" where the point keeps the rows
        and its objective is within ``CLOSED`` of the bound.
    point
        (n,), or None.
    multipliers
        (m,), in the minimisation; or None.
    sense
        1 where the model minimises, -1 where it maximises.
    open_share
        How far the point is from being proven, as a share of what counts as none; infinite without a point.
    """

    result: SolverResult
    point: Floats | None
    multipliers: Floats | None
    sense: int
    open_share: float = np.inf


class LinearSolver:
    """Solves one linear program, and the same with more rows, again and again, with one backend.

    Parameters
    ----------
    program
        As given; scaling is done here.
    solver
        Its first answers start from the last ones where it can.
    """

    def __init__(self, program: LinearProgram, solver: Backend) -> None:
        self.program, self.solver = program, solver
        self._scaling = Scaling.of(program)
        self._scaled, self._factor = self._scaling.scale(program)

    def add(self, rows: Rows) -> None:
        """Add rows; the units of the variables stay."""
        self.program = self.program.with_rows(rows)
        scaled, factor = self._scaling.scale_rows(rows)
        self._scaled = self._scaled.with_rows(scaled)
        self._factor = np.append(self._factor, factor)

    def solve(self, time_limit: float | None = None, options: Mapping[str, Any] | None = None) -> LinearSolution:
        """Solve it; where the answer does not prove itself, ask again in the backend's other ways and from scratch."""
        start = time.perf_counter()
        if self.program.contradicts_itself():
            return self._judge(LinearAnswer(Termination.INFEASIBLE, None, None, None, "a row cannot hold"), start)
        best: LinearSolution | None = None
        for attempt in self.solver.linear_attempts:
            left = None if time_limit is None else max(time_limit - (time.perf_counter() - start), 0.0)
            answer = self.solver.solve_linear(self._scaled, time_limit=left, options={**attempt, **(options or {})})
            found = self._judge(answer, start)
            if best is None or found.open_share < best.open_share:
                best = found
            if best.open_share <= CLEAR or answer.termination in _FINAL:
                break
        if best is None:
            raise ValueError(f"{self.solver.name} declares no way to solve a linear program")
        return best

    def _judge(self, answer: LinearAnswer, start: float) -> LinearSolution:
        """Measure the point, recompute the bound, and say what the two prove."""
        point, multipliers = answer.point, answer.multipliers
        scaled, sense = self._scaled, self.program.sense
        bound = -np.inf
        proof: Literal["multipliers", "solver"] = "multipliers"
        if multipliers is not None:
            bound, multipliers = self._bound(point, multipliers)
        elif answer.bound is not None and answer.termination in _BOUNDED:
            bound, proof = answer.bound, "solver"
        message, termination, quality = answer.message, answer.termination, Quality.NONE
        objective: float | None = None
        open_share = np.inf
        if point is not None:
            violation = scaled.violation(point)
            if violation <= FEASIBLE:
                cost = float(scaled.cost @ point)
                size = float(np.abs(scaled.cost) @ np.abs(point))
                open_share = max((cost - bound) / (CLOSED * size + SPECK), violation / FEASIBLE)
                if open_share <= 1:
                    # Whatever made the solver stop: point and bound prove each other.
                    termination, quality = Termination.CONVERGED, Quality.OPTIMAL
                else:
                    quality = Quality.FEASIBLE
                point = point * self._scaling.columns
                objective = self.program.value(point)
            else:
                message += f" (yet a row is violated by {violation:.1e})"
                point = None
                if termination is Termination.CONVERGED:
                    termination = Termination.ERROR
        unscaled = None
        if np.isfinite(bound):
            lowest = bound / self._scaling.objective + self.program.constant
            unscaled = sense * float(np.nextafter(lowest, -np.inf))
        result = SolverResult(
            termination=termination,
            quality=quality,
            objective=objective,
            bound=unscaled if termination in _BOUNDED else None,
            seconds=time.perf_counter() - start,
            solver=self.solver.name,
            version=self.solver.version(),
            message=message,
            proof=proof if unscaled is not None and termination in _BOUNDED else None,
        )
        own = None if multipliers is None else multipliers * self._factor / self._scaling.objective
        return LinearSolution(result, point, own, sense, open_share)

    def _bound(self, point: Floats | None, multipliers: Floats) -> tuple[float, Floats]:
        """What the multipliers prove, or better ones near them, and these."""
        scaled = self._scaled
        lower, upper = self._scaling.lower / self._scaling.columns, self._scaling.upper / self._scaling.columns
        bound = certified_bound(scaled, multipliers, lower, upper)
        if point is None or scaled.cost @ point - bound <= CLEAR * SPECK:
            return bound, multipliers
        between = (point > scaled.lower + FEASIBLE) & (point < scaled.upper - FEASIBLE)
        moved = corrected(scaled, multipliers, between | nearly_priced(scaled, multipliers))
        better = certified_bound(scaled, moved, lower, upper)
        return (better, moved) if better > bound else (bound, multipliers)


# Nothing that is asked again changes: the time is over, or the licence says no.
_FINAL = {Termination.TIME_LIMIT, Termination.REFUSED, Termination.INTERRUPTED}
# An infeasible or unbounded program has no optimum to bound.
_BOUNDED = {
    Termination.CONVERGED,
    Termination.TIME_LIMIT,
    Termination.WORK_LIMIT,
    Termination.INTERRUPTED,
    Termination.ERROR,
}
