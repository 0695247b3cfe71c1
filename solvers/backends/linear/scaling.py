"""Scaling by powers of two, which is exact: variables in units of the most they can be, rows and objective near 1."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from raymenu.solvers.backends.linear.implied_bounds import implied_bounds
from raymenu.solvers.backends.linear.program import Floats, LinearProgram, Mask, Rows

SWEEPS = 3


@dataclass(frozen=True)
class Scaling:
    """``x = columns * x'``, rows multiplied by ``rows``, the objective by ``objective``; all powers of two.

    Attributes
    ----------
    lower, upper
        (n,) bounds implied by the rows the scaling was made for, of the variables as given.
    """

    columns: Floats
    objective: float
    lower: Floats
    upper: Floats

    @classmethod
    def of(cls, program: LinearProgram) -> Scaling:
        """The scaling of a program.

        Solvers work with absolute tolerances, and ignore small coefficients: what is small or large by its unit alone
        must not reach them. Whole numbers keep their unit.
        """
        lower, upper = implied_bounds(program)
        size = np.maximum(np.abs(lower), np.abs(upper))
        bounded = np.isfinite(size) & (size > 0) & ~program.whole
        columns = np.where(bounded, _power(np.where(bounded, size, 1.0)), 1.0)
        free = ~np.isfinite(size) & ~program.whole
        if free.any():
            columns = _free_columns(program, columns, free)
        return cls(columns, 1.0 / float(_power(np.abs(program.cost * columns).max(initial=0.0))), lower, upper)

    def rows_of(self, matrix: csr_array) -> Floats:
        """(m,) the factor that brings each row's largest coefficient near 1."""
        return 1.0 / _power(_row_sizes(matrix, self.columns))

    def scale_rows(self, rows: Rows) -> tuple[Rows, Floats]:
        """Rows in the scaled variables, and their factors."""
        factor = self.rows_of(rows.matrix)
        return Rows(_scaled(rows.matrix, factor, self.columns), rows.lower * factor, rows.upper * factor), factor

    def scale(self, program: LinearProgram) -> tuple[LinearProgram, Floats]:
        """The scaled program, and the factors of its rows."""
        rows, factor = self.scale_rows(Rows(program.matrix, program.row_lower, program.row_upper))
        return (
            replace(
                program,
                cost=program.cost * self.columns * self.objective,
                constant=0.0,
                matrix=rows.matrix,
                row_lower=rows.lower,
                row_upper=rows.upper,
                lower=program.lower / self.columns,
                upper=program.upper / self.columns,
                grown_from=None,
            ),
            factor,
        )


def _free_columns(program: LinearProgram, columns: Floats, free: Mask) -> Floats:
    """Units for variables that nothing bounds: their entries near 1, then their values, by the rows' limits."""
    matrix = program.matrix
    for _ in range(SWEEPS):
        rows = 1.0 / _power(_row_sizes(matrix, columns))
        sizes = np.zeros(columns.size)
        np.maximum.at(sizes, matrix.indices, np.abs(matrix.data) * np.repeat(rows, np.diff(matrix.indptr)))
        columns = np.where(free & (sizes > 0), 1.0 / _power(sizes), columns)
    rows = 1.0 / _power(_row_sizes(matrix, columns))
    limits = np.concatenate([program.row_lower * rows, program.row_upper * rows])
    reach = np.abs(limits[np.isfinite(limits)]).max(initial=0.0)
    return np.where(free, columns * _power(reach), columns)


def _row_sizes(matrix: csr_array, columns: Floats) -> Floats:
    sizes = np.zeros(matrix.shape[0])
    np.maximum.at(
        sizes, np.repeat(np.arange(sizes.size), np.diff(matrix.indptr)), np.abs(matrix.data) * columns[matrix.indices]
    )
    return sizes


def _scaled(matrix: csr_array, rows: Floats, columns: Floats) -> csr_array:
    data = matrix.data * np.repeat(rows, np.diff(matrix.indptr)) * columns[matrix.indices]
    return csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def _power(size: Floats | float) -> Floats:
    """The power of two nearest to each positive number; 1 for 0."""
    known = np.asarray(size, dtype=np.float64)
    exponent = np.rint(np.log2(np.where(known > 0, known, 1.0)))
    power: Floats = np.exp2(np.clip(exponent, -500, 500))
    return power
