"""Rates from few cases, shrunk towards their mean.

An agent who erred in none of 12 cases does not err never. Agents' true rates at a task are taken as draws from a beta
distribution with mean p and the weight of m cases; k errors in n cases then have the posterior mean
``(k + m p) / (n + m)``. p is the rate over all agents' cases, and m is estimated from how far observed rates spread
beyond what chance alone would do (the method of moments: J. C. Kleinman (1973), Proportions with extraneous variance:
single and independent samples, Journal of the American Statistical Association 68, 46-54).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from raymenu.instances.errors import InputError
from raymenu.instances.tables.shape import Table
from raymenu.instances.text import quoted

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Shrinkage:
    """Shrunk rates (J, I), and for each task the mean p and the weight m, in cases, they were shrunk with."""

    rates: Floats
    means: Floats
    weights: Floats


def shrink(rates: Floats, cases: Floats, weight: float | None = None) -> Shrinkage:
    """Posterior mean rates ``(n r + m p) / (n + m)``, task by task.

    Parameters
    ----------
    rates, cases
        (J, I), observed rates between 0 and 1, and the numbers of cases they come from.
    weight
        m, in cases; by default estimated for each task, infinite where rates spread no more than by chance: then all
        agents get the task's mean.

    Raises
    ------
    InputError
        Where a rate is no share, a number of cases is negative, or a task has no cases at all.

    Examples
    --------
    >>> import numpy as np
    >>> made = shrink(np.array([[0.0], [0.5]]), np.array([[12.0], [12.0]]), weight=4)
    >>> made.rates.round(4).ravel().tolist()
    [0.0625, 0.4375]
    """
    if not ((rates >= 0) & (rates <= 1)).all():
        raise InputError("shrinkage is for shares of cases, between 0 and 1 (or 0% and 100%)", field="shrink")
    if not (cases >= 0).all():
        raise InputError("numbers of cases are needed, 0 or more", field="cases")
    if weight is not None and not weight >= 0:
        raise InputError(f"{weight:g} is no weight: give a number of cases, 0 or more", field="shrink")
    total = cases.sum(axis=0)
    if not (total > 0).all():
        raise InputError(f"task {int(np.argmin(total > 0)) + 1} has no cases at all: leave it out", field="cases")
    means: Floats = (rates * cases).sum(axis=0) / total
    weights = _weights(rates, cases, means) if weight is None else np.full(total.shape, float(weight))
    with np.errstate(invalid="ignore"):
        share = np.where(np.isinf(weights), 0.0, cases / np.where(cases + weights > 0, cases + weights, 1.0))
    return Shrinkage(share * rates + (1 - share) * means, means, weights)


def _weights(rates: Floats, cases: Floats, means: Floats) -> Floats:
    """m = p (1 - p) / tau^2 - 1, tau^2 the spread between agents beyond chance."""
    total = cases.sum(axis=0)
    chance = means * (1 - means)
    spread = (cases * (rates - means) ** 2).sum(axis=0)
    agents = (cases > 0).sum(axis=0)
    effective = total - (cases**2).sum(axis=0) / total
    with np.errstate(divide="ignore", invalid="ignore"):
        between = np.where(effective > 0, (spread - (agents - 1) * chance) / effective, 0.0)
        weights = np.where(between > 0, chance / between - 1, np.inf)
    clipped: Floats = np.maximum(weights, 0.0)
    return clipped


def shrunk(performance: Table, cases: Table, weight: float | None = None) -> tuple[Table, list[str]]:
    """A table of rates shrunk by ``shrink``, and what that did in words."""
    try:
        made = shrink(performance.frame.to_numpy(), cases.frame.to_numpy(), weight)
    except InputError as fault:
        raise fault.within(performance.place if fault.field == "shrink" else cases.place) from None
    frame = pd.DataFrame(made.rates, index=performance.frame.index, columns=performance.frame.columns)
    said = []
    for task, mean, m in zip(performance.columns, made.means, made.weights):
        how = (
            "all set to it, they differ no more than by chance" if np.isinf(m) else f"with the weight of {m:.3g} cases"
        )
        said.append(f"rates at {quoted(task)} shrunk towards {mean:.4g}, {how}")
    return performance.with_frame(frame), said
