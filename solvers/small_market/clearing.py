"""EOPR over many profiles at once: the linear program that clears the market, by a dual simplex in the prices.

A profile says how many agents took each offered ray. With ray g scaled so that an agent may go at most once along it,
agents of one row and one choice are alike and share a variable, and the gain over the endowment is

    max sum_g v_g y_g,  sum_g y_g kappa_g = 0,  0 <= y_g <= n_g,        v_g = -pi_g . kappa_g
      = min over prices lambda of  sum_g n_g ((lambda - pi_g) . kappa_g)^+ .

Profiles differ in the counts n alone, so one basis is dual feasible for all of them: each profile starts from the
basis that is optimal for the average profile and moves along edges of the price arrangement, by an exact line search
(the bound-flipping ratio test), until its basic amounts lie within their bounds.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
AMOUNT_TOLERANCE = 1e-9
PIVOT_TOLERANCE = 1e-9
TIE_BREAK = 1e-11
SLOPE_TOLERANCE = 1e-12
MAX_PIVOTS = 500


class ClearingError(RuntimeError):
    """The simplex method did not finish on a profile."""


def clear(coordinates: Floats, values: Floats, counts: Floats) -> Floats:
    """(P,) the gain over the endowment in each profile.

    Parameters
    ----------
    coordinates
        (G, r): the rays, scaled so that y <= 1, in a basis of the space they span (or the rays themselves, r = I).
    values
        (G,): what the designer gains when one agent goes along the ray in full, ``-pi . kappa``.
    counts
        (P, G): how many agents took each ray.

    Raises
    ------
    ClearingError
        Where the simplex method did not finish, which no case tried has shown.

    Examples
    --------
    Two agents give a task up for another, one takes it back at the same rate: one exchange of the better one.

    >>> clear(np.array([[1.0], [1.0], [-1.0]]), np.array([3.0, 2.0, -1.0]), np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 0.0]]))
    array([2., 0.])
    """
    gains, _, _ = clear_with_prices(coordinates, values, counts)
    return gains


def clear_with_prices(coordinates: Floats, values: Floats, counts: Floats) -> tuple[Floats, Floats, Floats]:
    """``clear`` with the amounts y (P, G) and the prices lambda (P, r), in the coordinates given."""
    tilted = tilt(values)
    basis, at_upper = _reference(coordinates, tilted, counts.mean(axis=0))
    gains, amounts, prices, finished = _clear_all(
        coordinates, values, tilted, counts, basis, at_upper, _factor(coordinates, basis)
    )
    _check(finished)
    return gains, amounts, prices


def clear_with_marginals(
    coordinates: Floats, values: Floats, counts: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """``clear_with_prices`` and the marginal worth of an agent, (P, G): V(n) - V(n - e_g) where n_g >= 1, else 0."""
    tilted = tilt(values)
    basis, at_upper = _reference(coordinates, tilted, counts.mean(axis=0))
    gains, amounts, prices, marginals, finished = _clear_with_marginals(
        coordinates, values, tilted, counts, basis, at_upper, _factor(coordinates, basis)
    )
    _check(finished)
    return gains, amounts, prices, marginals


def tilt(values: Floats) -> Floats:
    """Values with ties broken, by less than any rounding that matters."""
    scale = TIE_BREAK * (1.0 + float(np.abs(values).max(initial=0.0)))
    tilted: Floats = values + scale * np.modf(np.arange(1, values.size + 1) * 0.6180339887498949)[0]
    return tilted


def _check(finished: NDArray[np.bool_]) -> None:
    if not finished.all():
        raise ClearingError(f"{int((~finished).sum())} profiles were not cleared within {MAX_PIVOTS} pivots")


def _reference(coordinates: Floats, values: Floats, mean: Floats) -> tuple[Ints, NDArray[np.bool_]]:
    size, rank = coordinates.shape
    basis = size + np.arange(rank)
    at_upper = values > 0
    amounts, prices = np.zeros(size), np.zeros(rank)
    inverse = np.eye(rank)
    _dual_simplex(coordinates, values, mean, basis, at_upper, inverse, amounts, prices)
    return basis, at_upper


def _factor(coordinates: Floats, basis: Ints) -> Floats:
    """Inverse of the basis matrix, whose columns are rays or units."""
    size, rank = coordinates.shape
    columns = np.vstack([coordinates, np.eye(rank)])[basis]
    inverse: Floats = np.ascontiguousarray(np.linalg.inv(columns.T))
    return inverse


@numba.njit(cache=True, nogil=True)
def _dual_simplex(coordinates, values, counts, basis, at_upper, inverse, amounts, prices):  # type: ignore[no-untyped-def]
    """Solve one profile in place: from the basis given, and from units where rounding has spoilt that."""
    if _pivot(coordinates, values, counts, basis, at_upper, inverse, amounts, prices):
        return True
    size, rank = coordinates.shape
    tilted = values.copy()
    for g in range(size):
        at_upper[g] = values[g] > 0.0
        tilted[g] += 1e-9 * ((g * 0.7548776662466927) % 1.0) * (1.0 + abs(values[g]))
    for p in range(rank):
        basis[p] = size + p
        for i in range(rank):
            inverse[p, i] = 1.0 if p == i else 0.0
    return _pivot(coordinates, tilted, counts, basis, at_upper, inverse, amounts, prices)


@numba.njit(cache=True, nogil=True)
def _pivot(coordinates, values, counts, basis, at_upper, inverse, amounts, prices):  # type: ignore[no-untyped-def]
    """The dual simplex from a dual feasible basis, in place; False where the pivots run out."""
    size, rank = coordinates.shape
    basic = np.zeros(size, dtype=np.bool_)
    for p in range(rank):
        if basis[p] < size:
            basic[basis[p]] = True
    times = np.empty(size)
    slopes = np.empty(size)
    column = np.empty(rank)
    load = np.empty(rank)
    for _ in range(MAX_PIVOTS):
        for i in range(rank):
            total = 0.0
            for p in range(rank):
                if basis[p] < size:
                    total -= values[basis[p]] * inverse[p, i]
            prices[i] = total
        load[:] = 0.0
        for g in range(size):
            if not basic[g]:
                amounts[g] = counts[g] if at_upper[g] else 0.0
                if amounts[g] > 0.0:
                    for i in range(rank):
                        load[i] += amounts[g] * coordinates[g, i]
        leaving, worst, upward, excess = -1, 0.0, False, 0.0
        for p in range(rank):
            amount = 0.0
            for i in range(rank):
                amount -= inverse[p, i] * load[i]
            bound = counts[basis[p]] if basis[p] < size else 0.0
            if basis[p] < size:
                amounts[basis[p]] = min(max(amount, 0.0), bound)
            tolerance = AMOUNT_TOLERANCE * (1.0 + bound)
            # Rows are compared by the slope that their edge offers per unit of price.
            norm = 0.0
            for i in range(rank):
                norm += inverse[p, i] * inverse[p, i]
            norm = np.sqrt(norm)
            if amount > bound + tolerance and (amount - bound) / norm > worst:
                leaving, worst, upward, excess = p, (amount - bound) / norm, True, amount - bound
            elif amount < -tolerance and -amount / norm > worst:
                leaving, worst, upward, excess = p, -amount / norm, False, -amount
        if leaving < 0:
            return True
        sign = 1.0 if upward else -1.0
        found = 0
        for g in range(size):
            times[g] = np.inf
            if basic[g] or counts[g] <= 0.0:
                continue
            alpha, value = 0.0, values[g]
            for i in range(rank):
                alpha += sign * inverse[leaving, i] * coordinates[g, i]
                value += prices[i] * coordinates[g, i]
            if at_upper[g] and alpha < -PIVOT_TOLERANCE:
                times[g] = max(value, 0.0) / -alpha
            elif not at_upper[g] and alpha > PIVOT_TOLERANCE:
                times[g] = max(-value, 0.0) / alpha
            slopes[g] = abs(alpha)
            if times[g] < np.inf:
                found += 1
        # Past its last breakpoint the slope is a sum of nonnegative numbers: a zero may come out as a rounding below.
        slope, rounding = -excess, SLOPE_TOLERANCE * excess
        entering = -1
        while found > 0:
            entering = -1
            for g in range(size):
                if times[g] < np.inf and (entering < 0 or times[g] < times[entering]):
                    entering = g
            slope += counts[entering] * slopes[entering]
            times[entering] = np.inf
            found -= 1
            rounding += SLOPE_TOLERANCE * counts[entering] * slopes[entering]
            if slope >= -rounding:
                break
            at_upper[entering] = not at_upper[entering]
        if slope < -rounding:
            return False
        old = basis[leaving]
        if old < size:
            basic[old] = False
            at_upper[old] = upward
        basis[leaving] = entering
        basic[entering] = True
        for p in range(rank):
            column[p] = 0.0
            for i in range(rank):
                column[p] += inverse[p, i] * coordinates[entering, i]
        for i in range(rank):
            inverse[leaving, i] /= column[leaving]
        for p in range(rank):
            if p != leaving:
                for i in range(rank):
                    inverse[p, i] -= column[p] * inverse[leaving, i]
    return False


@numba.njit(cache=True, nogil=True)
def _clear_all(coordinates, values, tilted, counts, basis, at_upper, start):  # type: ignore[no-untyped-def]
    profiles, size = counts.shape
    rank = coordinates.shape[1]
    gains = np.zeros(profiles)
    amounts = np.zeros((profiles, size))
    prices = np.zeros((profiles, rank))
    finished = np.zeros(profiles, dtype=np.bool_)
    for s in range(profiles):
        inverse = start.copy()
        finished[s] = _dual_simplex(
            coordinates, tilted, counts[s], basis.copy(), at_upper.copy(), inverse, amounts[s], prices[s]
        )
        for g in range(size):
            gains[s] += values[g] * amounts[s, g]
    return gains, amounts, prices, finished


@numba.njit(cache=True, nogil=True)
def _clear_with_marginals(coordinates, values, tilted, counts, basis, at_upper, start):  # type: ignore[no-untyped-def]
    """As ``_clear_all``, with what the last agent on each ray is worth: V(n) - V(n - e_g), and 0 where n_g = 0."""
    profiles, size = counts.shape
    rank = coordinates.shape[1]
    gains = np.zeros(profiles)
    amounts = np.zeros((profiles, size))
    prices = np.zeros((profiles, rank))
    marginals = np.zeros((profiles, size))
    finished = np.zeros(profiles, dtype=np.bool_)
    fewer_amounts, fewer_prices = np.empty(size), np.empty(rank)
    for s in range(profiles):
        inverse, basis_s, upper_s = start.copy(), basis.copy(), at_upper.copy()
        fewer = counts[s].copy()
        finished[s] = _dual_simplex(
            coordinates, tilted, fewer, basis_s, upper_s, inverse, amounts[s], prices[s]
        )
        for g in range(size):
            gains[s] += values[g] * amounts[s, g]
        for g in range(size):
            if counts[s, g] == 0.0 or amounts[s, g] <= counts[s, g] - 1.0:
                continue
            fewer[g] -= 1.0
            done = _dual_simplex(
                coordinates, tilted, fewer, basis_s.copy(), upper_s.copy(), inverse.copy(), fewer_amounts, fewer_prices
            )
            finished[s] = finished[s] and done
            fewer[g] += 1.0
            marginals[s, g] = gains[s]
            for h in range(size):
                marginals[s, g] -= values[h] * fewer_amounts[h]
    return gains, amounts, prices, marginals, finished
