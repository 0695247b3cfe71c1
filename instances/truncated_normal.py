"""Quantiles of a normal variable between two bounds, true in the far tails and on the narrowest of intervals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtri_exp

Floats = NDArray[np.float64]
NARROW = 1e-4
"""Standard deviations: on narrower intervals the density is exp(-e t) to a relative error of their square."""


def truncated_normal(uniforms: Floats, location: Floats, scale: Floats, lower: Floats, upper: Floats) -> Floats:
    """(n, I), the values at which N(location, scale^2) conditional on [lower, upper] has distribution ``uniforms``.

    Distribution functions are handled as logarithms, and in the half of the line where they are small: taken as they
    are they would all be 1 eight standard deviations above the mean.

    Parameters
    ----------
    uniforms
        (n, I), in [0, 1].
    location, scale, lower, upper
        (I,).

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones(1)
    >>> tail = truncated_normal(np.full((1, 1), 0.5), 0 * one, one, 20 * one, 30 * one)
    >>> float(round(tail[0, 0], 4))  # 20 + log(2) / 20 - ...
    20.0345
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        low, high = (lower - location) / scale, (upper - location) / scale
        above = low >= 0  # the interval lies above the mean: turn it round
        start, end = np.where(above, -high, low), np.where(above, -low, high)
        shares = np.where(above, 1 - uniforms, uniforms)
        logarithm = np.logaddexp(np.log1p(-shares) + log_ndtr(start), np.log(shares) + log_ndtr(end))
        deviations = np.where(above, -1.0, 1.0) * ndtri_exp(logarithm)
        values = location + scale * deviations
        near = _near_the_end(uniforms, scale, low, high, lower, upper)
        narrow = (high - low < NARROW) | (np.isinf(low) & above) | (np.isinf(high) & (high < 0))
    clipped: Floats = np.clip(np.where(narrow | ~np.isfinite(values), near, values), lower, upper)
    return clipped


def _near_the_end(uniforms: Floats, scale: Floats, low: Floats, high: Floats, lower: Floats, upper: Floats) -> Floats:
    """As if the density were exponential from the end that is nearer to the mean, e standard deviations from it."""
    above = low >= 0
    distance = np.where(above, low, np.where(high <= 0, -high, 0.0))
    width = np.minimum((upper - lower) / scale, np.finfo(float).max)
    shares = np.where(above | (high > 0), uniforms, 1 - uniforms)
    steps = -np.log1p(shares * np.expm1(-distance * width)) / distance
    steps = np.where(np.isinf(distance), 0.0, np.where(distance * width < 1e-12, shares * width, steps))
    near: Floats = np.where(above | (high > 0), lower + scale * steps, upper - scale * steps)
    return near
