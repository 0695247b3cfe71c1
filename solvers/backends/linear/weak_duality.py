"""A bound on a linear program from any multipliers of its rows, with numpy alone and rounded outward."""

from __future__ import annotations

import numpy as np

from raymenu.solvers.backends.linear.program import Floats, LinearProgram

ULP = float(np.finfo(np.float64).eps)


def certified_bound(program: LinearProgram, multipliers: Floats, lower: Floats, upper: Floats) -> float:
    """A number that no feasible point's ``cost . x + constant`` is below, whatever the multipliers are.

    ``c . x = y . A x + (c - A' y) . x``: the first part is at least what the rows' limits say, the second what the
    variables' bounds say. A multiplier whose row has no limit on that side counts as 0. Every sum is lowered by what
    its rounding can be.

    Parameters
    ----------
    multipliers
        y, (m,): positive where the lower limit binds, negative for the upper.
    lower, upper
        (n,) bounds on the variables, their own or implied by the rows.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> row, none = csr_array(np.array([[1.0, 1.0]])), np.zeros(2)
    >>> program = LinearProgram(
    ...     np.array([1.0, 3.0]), 0.0, row, np.array([2.0]), np.array([np.inf]), none, none + 9, none > 0)
    >>> round(certified_bound(program, np.array([1.0]), program.lower, program.upper), 9)
    2.0
    """
    limit = np.where(multipliers > 0, program.row_lower, program.row_upper)
    y = np.where(np.isfinite(limit) & np.isfinite(multipliers), multipliers, 0.0)
    rows = y * np.where(np.isfinite(limit), limit, 0.0)
    columns = program.matrix.T
    priced, size = columns @ y, abs(columns) @ np.abs(y) + np.abs(program.cost)
    reduced = program.cost - priced
    entries = np.bincount(program.matrix.indices, minlength=reduced.size)
    doubt = ULP * (entries + 2) * size
    # Where a variable has no bound, its reduced cost must have the right sign beyond doubt.
    if (np.isinf(lower) & (reduced + doubt > 0)).any() or (np.isinf(upper) & (reduced - doubt < 0)).any():
        return -np.inf
    low, high = (np.where(np.isinf(side), 0.0, side) for side in (lower, upper))
    held = np.where(reduced >= 0, low, high)
    reach = np.maximum(np.abs(low), np.abs(high))
    values = np.concatenate([[program.constant], rows, reduced * held])
    rounding = float(doubt @ reach) + ULP * (values.size + 2) * float(np.abs(values).sum())
    return float(values.sum()) - 1.01 * rounding
