"""A linear program of which only some rows are written down: solve, add the rows that the solution violates, go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from raymenu.solvers.backends.base import Backend
from raymenu.solvers.backends.linear.certified import LinearSolution, LinearSolver
from raymenu.solvers.backends.linear.program import Floats
from raymenu.solvers.backends.linear.reading import ModelReader
from raymenu.solvers.backends.results import Quality, SolveError, SolverResult


class CuttingPlaneLP:
    """A Pyomo linear program kept in a solver while rows are added to both.

    With HiGHS each solve starts from the last basis. Variables, bounds and objective stay as they are.

    Parameters
    ----------
    model
        The program with the rows it starts from.
    solver
        One with ``Feature.LINEAR``.

    Examples
    --------
    >>> from raymenu.solvers.backends import backend
    >>> m = pyo.ConcreteModel()
    >>> m.x = pyo.Var(domain=pyo.NonNegativeReals)
    >>> m.cost = pyo.Objective(expr=m.x)
    >>> m.rows = pyo.ConstraintList()
    >>> first = m.rows.add(m.x >= 1)
    >>> program = CuttingPlaneLP(m, backend("highs"))
    >>> program.solve()
    >>> program.add([m.rows.add(m.x >= 2)])
    >>> program.solve()
    >>> program.values([m.x]).tolist(), program.rounds, round(program.result.bound, 9)
    ([2.0], 2, 2.0)
    """

    def __init__(self, model: pyo.ConcreteModel, solver: Backend) -> None:
        self.model = model
        self.rounds = 0
        self._reader = ModelReader(model)
        self._solver = LinearSolver(self._reader.program(), solver)
        self._place = {id(variable): k for k, variable in enumerate(self._reader.variables)}
        self._found: LinearSolution | None = None

    def add(self, rows: Sequence[Any]) -> None:
        """Take rows over that were just added to the model."""
        self._solver.add(self._reader.take(rows))

    def solve(self, *, proven: bool = True) -> None:
        """Solve to proven optimality; where no proof is asked for, a feasible point will do.

        Raises
        ------
        SolveError
            Where the solver stops otherwise.
        """
        self._found = self._solver.solve()
        self.rounds += 1
        result = self._found.result
        if result.quality is Quality.NONE or (proven and result.quality is not Quality.OPTIMAL):
            raise SolveError(
                f"{self.model.name}: {result.solver} stopped with {result.termination.value} ({result.message})"
            )

    def positions(self, variables: Iterable[Any]) -> NDArray[np.int64]:
        """Where variables of the model stand in ``point``; they stay there."""
        return np.array([self._place[id(variable)] for variable in variables], dtype=np.int64)

    @property
    def point(self) -> Floats:
        """The last solution, by position."""
        if self._found is None or self._found.point is None:
            raise SolveError(f"{self.model.name}: not solved yet")
        return self._found.point

    def values(self, variables: Iterable[Any]) -> Floats:
        """The last solution at some variables of the model."""
        chosen: Floats = self.point[self.positions(variables)]
        return chosen

    @property
    def result(self) -> SolverResult:
        """What is proven of the last solution: its bound covers every row added so far."""
        if self._found is None:
            raise SolveError(f"{self.model.name}: not solved yet")
        return self._found.result

    def duals(self) -> Mapping[Any, float] | None:
        """The change of the optimum per unit of each row's limit; None where the solver gives no multipliers."""
        if self._found is None or self._found.multipliers is None:
            return None
        duals: Floats = self._found.sense * self._found.multipliers
        return pyo.ComponentMap(zip(self._reader.rows, duals.tolist()))

    def load(self) -> None:
        """Make the last solution the model's values."""
        self._reader.load(self.point)


def solve_by_lazy_rows(
    model: pyo.ConcreteModel, solver: Backend, violated: Callable[[CuttingPlaneLP], Sequence[Any]]
) -> CuttingPlaneLP:
    """Solve a program whose rows are added as its solutions violate them.

    Parameters
    ----------
    violated
        Called after each solve: adds rows that its ``values`` violate to the model and returns them; none ends it.
    """
    program = CuttingPlaneLP(model, solver)
    program.solve()
    while new := violated(program):
        program.add(new)
        program.solve()
    return program
