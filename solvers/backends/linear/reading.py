"""From a Pyomo model to arrays and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.core.expr.numeric_expr import LinearExpression, MonomialTermExpression
from pyomo.repn.standard_repn import generate_standard_repn
from scipy.sparse import csr_array

from raymenu.instances import InputError
from raymenu.solvers.backends.linear.program import Floats, LinearProgram, Rows
from raymenu.solvers.backends.locking import PYOMO


class NotLinear(ValueError):
    """An expression of the model is not linear; names it."""


class ModelReader:
    """The columns of a Pyomo model, in a fixed order, and the rows of its constraints over them.

    Parameters
    ----------
    model
        Its variables are the columns, those of fixed value with equal bounds.

    Attributes
    ----------
    variables
        By column.
    rows
        The constraints read so far, by row.

    Examples
    --------
    >>> m = pyo.ConcreteModel()
    >>> m.x = pyo.Var(bounds=(0, 4))
    >>> m.row = pyo.Constraint(expr=2 * m.x <= 6)
    >>> m.cost = pyo.Objective(expr=-m.x + 1)
    >>> program = ModelReader(m).program()
    >>> program.matrix.toarray().tolist(), program.row_upper.tolist(), program.value(np.array([3.0]))
    ([[2.0]], [6.0], -2.0)
    """

    def __init__(self, model: pyo.ConcreteModel) -> None:
        self.model = model
        self.variables: list[Any] = list(model.component_data_objects(pyo.Var, active=True))
        self.rows: list[Any] = []
        self._column = {id(variable): k for k, variable in enumerate(self.variables)}

    def program(self) -> LinearProgram:
        """The whole model.

        Raises
        ------
        NotLinear
            Where something in it is not linear.
        InputError
            Where it has several objectives.
        """
        with PYOMO:
            objectives = list(self.model.component_data_objects(pyo.Objective, active=True))
            if len(objectives) > 1:
                raise InputError(f"{len(objectives)} objectives are active: keep one", field="model")
            constant, terms = self._terms(objectives[0].expr) if objectives else (0.0, [])
            rows = self.take(self.model.component_data_objects(pyo.Constraint, active=True))
            n = len(self.variables)
            sense = -1 if objectives and objectives[0].sense == pyo.maximize else 1
            cost = np.zeros(n)
            np.add.at(cost, [k for k, _ in terms], [a for _, a in terms])
            bounds = [(v.value, v.value) if v.fixed else v.bounds for v in self.variables]
            return LinearProgram(
                cost=sense * cost,
                constant=sense * constant,
                matrix=csr_array(
                    (rows.matrix.data, rows.matrix.indices, rows.matrix.indptr), shape=(rows.lower.size, n)
                ),
                row_lower=rows.lower,
                row_upper=rows.upper,
                lower=np.array([-np.inf if low is None else low for low, _ in bounds], dtype=np.float64),
                upper=np.array([np.inf if high is None else high for _, high in bounds], dtype=np.float64),
                whole=np.array([not v.is_continuous() and not v.fixed for v in self.variables], dtype=bool),
                sense=sense,
            )

    def take(self, constraints: Iterable[Any]) -> Rows:
        """Constraints that were added to the model, as rows over its columns."""
        start, index, entries = [0], list[int](), list[float]()
        lower, upper = list[float](), list[float]()
        with PYOMO:
            for constraint in constraints:
                constant, terms = self._terms(constraint.body)
                low, high = constraint.lb, constraint.ub
                lower.append(-np.inf if low is None else low - constant)
                upper.append(np.inf if high is None else high - constant)
                index += [k for k, _ in terms]
                entries += [a for _, a in terms]
                start.append(len(index))
                self.rows.append(constraint)
        matrix = csr_array((entries, index, start), shape=(len(lower), len(self.variables)), dtype=np.float64)
        matrix.sum_duplicates()
        return Rows(matrix, np.array(lower, dtype=np.float64), np.array(upper, dtype=np.float64))

    def load(self, x: Floats) -> None:
        """Make a point the model's values."""
        for variable, value in zip(self.variables, x.tolist()):
            if not variable.fixed:
                variable.set_value(value if variable.is_continuous() else round(value), skip_validation=True)

    def _terms(self, body: Any) -> tuple[float, list[tuple[int, float]]]:
        """The constant of an expression, and its (column, coefficient) pairs."""
        if body.__class__ is LinearExpression:
            # Read from its arguments: the properties share one cache among all expressions.
            constant, terms = 0.0, []
            for part in body.args:
                if part.__class__ is MonomialTermExpression:
                    coefficient, variable = part.args
                    terms.append((self._place(variable), float(pyo.value(coefficient))))
                elif getattr(part, "is_potentially_variable", bool)():
                    terms.append((self._place(part), 1.0))
                else:
                    constant += float(pyo.value(part))
            return constant, terms
        linear = generate_standard_repn(body, quadratic=False)
        if linear.nonlinear_expr is not None:
            raise NotLinear(str(body)[:80])
        return float(linear.constant), [
            (self._place(variable), float(a)) for variable, a in zip(linear.linear_vars, linear.linear_coefs)
        ]

    def _place(self, variable: Any) -> int:
        place = self._column.get(id(variable))
        if place is None:
            # A variable that lives outside the model's active blocks.
            place = self._column[id(variable)] = len(self.variables)
            self.variables.append(variable)
        return place
