"""HiGHS on a linear program that only gains rows: each solve starts from the last basis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyomo.environ as pyo

from raymenu.solvers.backends import HighsBackend, solve_to_optimality
from raymenu.solvers.results import SolverResult


class GrowingProgram:
    """A Pyomo model kept in HiGHS while rows are added to both.

    Pyomo's interface looks for changes of the model at every solve; here the rows that were added are named instead,
    and nothing else may change. HiGHS keeps its basis, dual feasible for the new rows, and continues from it.

    Examples
    --------
    >>> m = pyo.ConcreteModel()
    >>> m.x = pyo.Var(domain=pyo.NonNegativeReals)
    >>> m.cost = pyo.Objective(expr=m.x)
    >>> m.rows = pyo.ConstraintList()
    >>> program = GrowingProgram(m)
    >>> program.solve().objective
    0.0
    >>> program.add([m.rows.add(m.x >= 2)])
    >>> program.solve().objective
    2.0
    """

    def __init__(self, model: pyo.ConcreteModel, options: Mapping[str, Any] | None = None) -> None:
        self.model = model
        self.options = dict(options or {})
        self.backend = HighsBackend()
        self.rounds = 0
        self.seconds = 0.0
        flags = self.backend.persistent.config.auto_updates
        for flag in flags:
            setattr(flags, flag, False)

    def add(self, rows: Sequence[pyo.Constraint]) -> None:
        """Pass rows that were just added to the model on to the solver."""
        if rows:
            self.backend.persistent.add_constraints(list(rows))

    def solve(self) -> SolverResult:
        """Solve to optimality and load the values; ``SolveError`` where that fails."""
        result = solve_to_optimality(self.model, self.backend, self.model.name, options=self.options)
        self.rounds += 1
        self.seconds += result.seconds
        return result
