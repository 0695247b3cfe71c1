"""A bound on a linear program from any multipliers of its rows, with numpy alone and rounded outward."""

from __future__ import annotations

import math

import numpy as np
from scipy.sparse import identity
from scipy.sparse.linalg import splu

from raymenu.solvers.backends.linear.program import Floats, LinearProgram, Mask

DATA = 16
"""Coefficients are right to this many units in the last place: they are computed from what was given."""
ULP = float(np.finfo(np.float64).eps)
NEARLY = 1e-7
"""Reduced costs that count as 0 but for lost digits, relative to what they are the difference of."""
MOST = 5000
"""Variables up to which multipliers are corrected."""
REGULAR, REFINED = 1e-13, 4
"""Added to normal equations that may be singular, and how often what that leaves is solved for."""


def certified_bound(program: LinearProgram, multipliers: Floats, lower: Floats, upper: Floats) -> float:
    """A number that no feasible point's ``cost . x + constant`` is below, whatever the multipliers are.

    ``c . x = y . A x + (c - A' y) . x``: the first part is at least what the rows' limits say, the second what the
    variables' bounds say. A multiplier whose row has no limit on that side counts as 0, and so does the reduced cost of
    a variable without bounds where it is 0 to the precision of the coefficients. Every sum is lowered by what its
    rounding can be.

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
    y = _usable(program, multipliers)
    reduced, doubt = _reduced_costs(program, y)
    if (_open(reduced, doubt, lower, upper)).any():
        y = _usable(program, corrected(program, y, np.isinf(lower) | np.isinf(upper)))
        reduced, doubt = _reduced_costs(program, y)
        if (_open(reduced, doubt, lower, upper)).any():
            return -math.inf
    limit = np.where(y > 0, program.row_lower, program.row_upper)
    low, high = (np.where(np.isinf(side), 0.0, side) for side in (lower, upper))
    values = np.concatenate(
        [[program.constant], y * np.where(y == 0, 0.0, limit), reduced * np.where(reduced >= 0, low, high)]
    )
    rounding = float(doubt @ np.maximum(np.abs(low), np.abs(high))) + DATA * ULP * float(np.abs(values).sum())
    return math.fsum(values) - 1.01 * rounding


def _usable(program: LinearProgram, multipliers: Floats) -> Floats:
    limit = np.where(multipliers > 0, program.row_lower, program.row_upper)
    return np.where(np.isfinite(limit) & np.isfinite(multipliers), multipliers, 0.0)


def _reduced_costs(program: LinearProgram, y: Floats) -> tuple[Floats, Floats]:
    """(n,) ``c - A' y``, and how far rounding can have moved each."""
    columns = program.matrix.T
    entries = np.bincount(program.matrix.indices, minlength=program.cost.size)
    size = abs(columns) @ np.abs(y) + np.abs(program.cost)
    return program.cost - columns @ y, ULP * (entries + DATA) * size


def _open(reduced: Floats, doubt: Floats, lower: Floats, upper: Floats) -> Mask:
    """(n,) whether a variable lowers the objective without end, for all the multipliers say."""
    endless: Mask = (np.isinf(lower) & (reduced > doubt)) | (np.isinf(upper) & (reduced < -doubt))
    return endless


def nearly_priced(program: LinearProgram, multipliers: Floats) -> Mask:
    """(n,) whether a variable's reduced cost is 0 but for a few digits."""
    y = _usable(program, multipliers)
    reduced, doubt = _reduced_costs(program, y)
    near: Mask = np.abs(reduced) <= NEARLY / ULP * doubt
    return near


def corrected(program: LinearProgram, multipliers: Floats, columns: Mask) -> Floats:
    """Multipliers of the rows in use, moved by least squares until some variables are priced at nothing.

    Solvers that hand over few digits, or stop at a tolerance, leave reduced costs where there should be none: of
    variables between their bounds, and of those without bounds. ``MOST`` variables at most; more are left as they are.
    """
    y = _usable(program, multipliers)
    chosen = np.flatnonzero(columns)
    rows = np.flatnonzero((y != 0) | (program.row_lower == program.row_upper))
    if not 0 < chosen.size <= MOST or rows.size > 4 * MOST:
        return y
    part = program.matrix[rows][:, chosen].tocsr()
    touched = np.diff(part.indptr) > 0
    part = part[touched]
    moved = y.copy()
    # The shortest correction solves normal equations; they are sparse, and solved again for what rounding left.
    gram = (part.T @ part).tocsc()
    scale = abs(gram).max() if gram.nnz else 0.0
    if not scale:
        return y
    factor = splu(gram + scale * REGULAR * identity(chosen.size, format="csc"))
    for _ in range(REFINED):
        residual = program.cost[chosen] - program.matrix[:, chosen].T @ moved
        moved[rows[touched]] += part @ factor.solve(residual)
    return moved
