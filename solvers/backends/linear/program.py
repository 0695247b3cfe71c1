"""A linear program as arrays, with whole-number variables where there are any."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray
from pyomo.core.expr.numeric_expr import LinearExpression
from scipy.sparse import csr_array, vstack

from raymenu.solvers.backends.results import Termination

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Rows:
    """Rows ``lower <= matrix x <= upper`` of a linear program; an infinity where a side is open."""

    matrix: csr_array
    lower: Floats
    upper: Floats


@dataclass(frozen=True, eq=False)
class LinearProgram:
    """``min cost . x + constant`` subject to ``row_lower <= matrix x <= row_upper`` and ``lower <= x <= upper``.

    Attributes
    ----------
    cost, constant
        (n,) and a number, of the minimisation; a maximisation is kept with the signs of both turned.
    matrix
        (m, n), sparse.
    row_lower, row_upper, lower, upper
        (m,) and (n,); infinite where there is no bound.
    whole
        (n,), whether a variable is a whole number.
    sense
        1 where the model minimises, -1 where it maximises.
    grown_from
        The program with fewer rows, all of them the first ones here; what a solver that holds it can start from.
    """

    cost: Floats
    constant: float
    matrix: csr_array
    row_lower: Floats
    row_upper: Floats
    lower: Floats
    upper: Floats
    whole: Mask
    sense: int = 1
    grown_from: LinearProgram | None = field(default=None, repr=False)

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n)."""
        return self.row_lower.size, self.cost.size

    def with_rows(self, rows: Rows) -> LinearProgram:
        """The program with more rows at the end."""
        return replace(
            self,
            matrix=csr_array(vstack([self.matrix, rows.matrix], format="csr")),
            row_lower=np.append(self.row_lower, rows.lower),
            row_upper=np.append(self.row_upper, rows.upper),
            grown_from=self,
        )

    def value(self, x: Floats) -> float:
        """The objective at a point, in the model's own sense."""
        return self.sense * float(self.cost @ x + self.constant)

    def contradicts_itself(self) -> bool:
        """Whether a row without variables, or a pair of bounds, already cannot hold."""
        empty = np.diff(self.matrix.indptr) == 0
        crossed = (self.lower > self.upper).any() or (self.row_lower > self.row_upper).any()
        return bool(crossed or (empty & ((self.row_lower > 0) | (self.row_upper < 0))).any())

    def violation(self, x: Floats) -> float:
        """The largest excess of a point over rows and bounds, relative to the limit where that is above 1."""
        worst = 0.0
        for held, low, high in ((x, self.lower, self.upper), (self.matrix @ x, self.row_lower, self.row_upper)):
            for limit, excess in ((low, low - held), (high, held - high)):
                bounded = np.isfinite(limit)
                if bounded.any():
                    worst = max(worst, float((excess[bounded] / np.maximum(1.0, np.abs(limit[bounded]))).max()))
        return worst if np.isfinite(x).all() else np.inf

    def to_pyomo(self) -> pyo.ConcreteModel:
        """The program as a Pyomo model, for solvers that take models: ``x[k]``, ``row[r]``, objective ``value``."""
        m = pyo.ConcreteModel(name="linear program")
        columns = range(self.cost.size)
        bounds = [
            (low if np.isfinite(low) else None, high if np.isfinite(high) else None)
            for low, high in zip(self.lower.tolist(), self.upper.tolist())
        ]
        whole = self.whole.tolist()
        m.x = pyo.Var(
            columns, bounds=lambda _, k: bounds[k], domain=lambda _, k: pyo.Integers if whole[k] else pyo.Reals
        )
        x = list(m.x.values())
        start, index, entries = self.matrix.indptr.tolist(), self.matrix.indices.tolist(), self.matrix.data.tolist()
        m.row = pyo.Constraint(range(self.row_lower.size))
        for r, (low, high) in enumerate(zip(self.row_lower.tolist(), self.row_upper.tolist())):
            held = slice(start[r], start[r + 1])
            if held.start == held.stop:
                continue
            body = LinearExpression(linear_coefs=entries[held], linear_vars=[x[k] for k in index[held]])
            if low == high:
                m.row[r] = body == low
            else:
                m.row[r] = (low if np.isfinite(low) else None, body, high if np.isfinite(high) else None)
        # Without variables nothing is left but the constant; interfaces stumble over a sum of nothing.
        terms = {"linear_coefs": self.cost.tolist(), "linear_vars": x}
        expression = LinearExpression(constant=self.constant, **terms) if x else self.constant
        m.value = pyo.Objective(expr=expression, sense=pyo.minimize)
        return m


@dataclass(frozen=True)
class LinearAnswer:
    """What a solver says of a linear program, in its minimising form; nothing here is checked.

    Attributes
    ----------
    point
        (n,), or None.
    multipliers
        (m,), the change of the optimum per unit of each row's limits; None where the solver gives none.
    bound
        The solver's own.
    """

    termination: Termination
    point: Floats | None
    multipliers: Floats | None
    bound: float | None
    message: str = ""
