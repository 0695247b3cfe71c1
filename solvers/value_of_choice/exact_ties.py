"""Exchanges to which chosen types are exactly indifferent, in doubles."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DIGITS = 53
FREE_DIGITS = 20
"""Binary digits of coordinates that may be chosen."""


def exactly_tied(gamma: Floats, costs: Sequence[Sequence[float]], low: Floats, high: Floats) -> Floats | None:
    """An exchange near the direction of ``gamma``, as long as the bounds let it be, with ``c . gamma = 0`` exactly.

    Where types of both agents have one direction of costs, an exchange can suit both only if both are indifferent.
    None where doubles cannot hold such an exchange, as with costs of 53 binary digits.

    Parameters
    ----------
    costs
        c of the types, on the given floats.
    low, high
        (I,), low <= 0 <= high.

    Examples
    --------
    >>> bounds = np.full(3, 2.0)
    >>> gamma = exactly_tied(np.array([-2.0, 0.66, 0.01]), [[1.0, 3.0, 1.0]], -bounds, bounds)
    >>> float(gamma @ [1.0, 3.0, 1.0]), bool(abs(gamma[0] + 2) < 1e-3)
    (0.0, True)
    """
    solved = _echelon([[Fraction(c) for c in row] for row in costs], gamma)
    exact = [Fraction(round(g * 2**FREE_DIGITS), 2**FREE_DIGITS) for g in (gamma / np.abs(gamma).max()).tolist()]
    for pivot, row in solved:
        exact[pivot] = -sum((a * exact[i] for i, a in enumerate(row) if i != pivot), Fraction(0))
    if not any(exact):
        return None
    # All coordinates as whole multiples of one dyadic number, the largest that keeps to the bounds.
    common = lcm(*(x.denominator for x in exact))
    whole = [int(x * common) for x in exact]
    bounds = [Fraction(top if n > 0 else -bottom) for n, bottom, top in zip(whole, low.tolist(), high.tolist())]
    most = min(bound / abs(n) for n, bound in zip(whole, bounds) if n)
    spare = DIGITS - max(n.bit_length() for n in whole)
    if spare < 1 or most <= 0:
        return None
    unit = _dyadic_below(most, spare)
    found = np.array([float(n * unit) for n in whole])
    exact_again = [sum((Fraction(c) * Fraction(g) for c, g in zip(row, found.tolist())), Fraction(0)) for row in costs]
    return None if any(exact_again) else found


def _echelon(rows: list[list[Fraction]], gamma: Floats) -> list[tuple[int, list[Fraction]]]:
    """Reduced rows with their pivots, the coordinates that gamma moves most chosen last."""
    done: list[tuple[int, list[Fraction]]] = []
    order = [int(i) for i in np.argsort(np.abs(gamma), kind="stable")]
    for given in rows:
        row = given
        for pivot, other in done:
            row = [a - row[pivot] * b for a, b in zip(row, other)]
        pivot_at = next((i for i in order if row[i] and gamma[i]), None)
        if pivot_at is None:
            continue
        unit = [a / row[pivot_at] for a in row]
        done = [(p, [a - other[pivot_at] * b for a, b in zip(other, unit)]) for p, other in done]
        done.append((pivot_at, unit))
    return done


def _dyadic_below(value: Fraction, digits: int) -> Fraction:
    """The largest number of so many binary digits that is at most a positive value."""
    unit = Fraction(2) ** (value.numerator.bit_length() - value.denominator.bit_length() - digits)
    if value >= unit * 2**digits:
        unit *= 2
    return (value // unit) * unit
