"""HiGHS on a Pyomo linear program that only gains rows: each solve starts from the last basis.

Pyomo's interface is made for models that may change anyhow; at every solve it looks for changes, redirects the
process's output and loads all values. In a loop of many quick solves that costs several times the solves themselves.
Here rows are handed over by name, nothing else may change, and values are read as arrays.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray
from pyomo.contrib.solver.common.results import SolutionStatus, TerminationCondition
from pyomo.contrib.solver.solvers.highs import Highs

from raymenu.solvers.backends.results import Quality, SolveError, SolverResult, Termination

Floats = NDArray[np.float64]
TIGHT: Mapping[str, Any] = {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}
"""HiGHS options for programs whose solutions are checked and compared to many digits."""


class _RowsOnlyHighs(Highs):
    """Pyomo's HiGHS without the search for changes."""

    def update(self, timer: Any = None) -> None:
        """Nothing changes but by ``add_rows``."""

    def _check_for_new_vars(self, variables: list[Any]) -> None:
        # Pyomo passes an empty list on to the solver for every row.
        if any(id(variable) not in self._referenced_variables for variable in variables):
            super()._check_for_new_vars(variables)

    def add_rows(self, rows: list[Any]) -> None:
        """Pass rows over known variables on, without the books Pyomo keeps to take them out again."""
        self._add_constraints(rows)

    def _solve(self) -> Any:
        self._solver_model.setOptionValue("output_flag", False)
        for name, value in self._active_config.solver_options.items():
            self._solver_model.setOptionValue(name, value)
        self._solver_model.run()
        return self._postsolve(io.StringIO())


class CuttingPlaneLP:
    """A Pyomo linear program kept in HiGHS while rows are added to both.

    Parameters
    ----------
    model
        Its variables and objective stay as they are; rows are added by ``add``.
    options
        HiGHS options.

    Examples
    --------
    >>> m = pyo.ConcreteModel()
    >>> m.x = pyo.Var(domain=pyo.NonNegativeReals)
    >>> m.cost = pyo.Objective(expr=m.x)
    >>> m.rows = pyo.ConstraintList()
    >>> first = m.rows.add(m.x >= 1)
    >>> program = CuttingPlaneLP(m)
    >>> program.solve()
    >>> program.add([m.rows.add(m.x >= 2)])
    >>> program.solve()
    >>> program.values([m.x]).tolist(), program.rounds
    ([2.0], 2)
    >>> program.finish().objective, m.x.value
    (2.0, 2.0)
    """

    def __init__(self, model: pyo.ConcreteModel, options: Mapping[str, Any] = TIGHT) -> None:
        self.model = model
        self.options = dict(options)
        self.rounds = 0
        self._highs = _RowsOnlyHighs()
        self._start = time.perf_counter()
        self._found: Any = None

    def add(self, rows: Sequence[Any]) -> None:
        """Pass rows that were just added to the model on to the solver."""
        self._highs.add_rows(list(rows))

    def solve(self) -> None:
        """Solve to optimality.

        Raises
        ------
        SolveError
            Where the solver stops otherwise.
        """
        self._found = self._highs.solve(
            self.model,
            solver_options=self.options,
            load_solutions=False,
            raise_exception_on_nonoptimal_result=False,
        )
        self.rounds += 1
        converged = self._found.termination_condition == TerminationCondition.convergenceCriteriaSatisfied
        if not converged or self._found.solution_status != SolutionStatus.optimal:
            raise SolveError(f"{self.model.name}: HiGHS stopped with {self._found.termination_condition.name}")

    def positions(self, variables: Iterable[Any]) -> NDArray[np.int64]:
        """Where variables of the model stand in the solver; they stay there."""
        known = self._highs._pyomo_var_to_solver_var_map
        return np.array([known[id(variable)] for variable in variables], dtype=np.int64)

    def point(self) -> Floats:
        """The last solution, in the solver's order of variables."""
        return np.array(self._highs._sol.col_value)

    def values(self, variables: Iterable[Any]) -> Floats:
        """The last solution at some variables of the model."""
        chosen: Floats = self.point()[self.positions(variables)]
        return chosen

    def duals(self) -> Mapping[Any, float]:
        """The multipliers of the last solution, by row of the model."""
        duals: Mapping[Any, float] = self._found.solution_loader.get_duals()
        return duals

    def finish(self) -> SolverResult:
        """Load the last solution into the model; what the solver said, the seconds since the start."""
        self._found.solution_loader.load_vars()
        return SolverResult(
            termination=Termination.CONVERGED,
            quality=Quality.OPTIMAL,
            objective=self._found.incumbent_objective,
            bound=self._found.objective_bound,
            seconds=time.perf_counter() - self._start,
            solver="highs",
            version=".".join(str(part) for part in self._highs.version()),
            message=self._found.termination_condition.name,
        )
