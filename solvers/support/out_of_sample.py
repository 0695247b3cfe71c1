"""How far a menu made for sampled types can be from the best menu of the distribution: a statistical interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from raymenu.instances import FiniteTypes, InputError, Preferences
from raymenu.mechanisms import Menu, out_of_sample
from raymenu.solvers.support.support_function import support_function

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GapInterval:
    """A one-sided confidence interval [0, upper] for S(w) - w . y of a menu, on the distribution.

    Attributes
    ----------
    upper
        With probability ``confidence`` (asymptotically in the replications) the menu is within this of optimal.
    estimate, stderr
        Mean over replications of the menu's gap on their own types, and its standard error; biased upwards, towards
        safety, by what optimising on a sample gains over the distribution.
    value, value_stderr
        The menu's value on the distribution (``out_of_sample``).
    bound, bound_stderr
        Mean of the replications' upper bounds on S(w), itself an upper bound in expectation, and its standard error.
    confidence, replications, types
        As asked for.
    """

    upper: float
    estimate: float
    stderr: float
    value: float
    value_stderr: float
    bound: float
    bound_stderr: float
    confidence: float
    replications: int
    types: int


def optimality_gap_interval(
    menu: Menu,
    preferences: Preferences,
    w: ArrayLike,
    replications: int = 20,
    types: int = 200,
    seed: int = 0,
    confidence: float = 0.95,
    method: str = "auto",
    rel_gap: float = 1e-2,
    time_limit: float | None = None,
) -> GapInterval:
    """The gap of a menu to S(w) on a distribution of types, by multiple replications (Mak, Morton & Wood 1999).

    In each replication ``types`` independent types are drawn and S(w) is bounded above on them. The optimum of a
    sample is on average at least that of the distribution, so the mean over replications of

        upper bound of S(w) on the sample  -  value of the menu on the same sample

    is at least the gap in expectation; Student's quantile turns the mean into an interval. Taking both terms on the
    same types makes their noise cancel. The solver's own gap is inside: upper bounds are used, not found values.

    Parameters
    ----------
    menu
        A polarized menu.
    preferences
        The distribution of the agent's types.
    w
        lambda - pi_j, (I,).
    replications, types, seed
        How many samples, of how many types each, drawn how; at least 2 replications.
    confidence
        Of the one-sided interval, between 0 and 1.
    method, rel_gap, time_limit
        Passed to ``support_function``, for each replication; the method must be certified.

    Raises
    ------
    InputError
        Where an argument does not fit, or the method proves no upper bound.

    Examples
    --------
    >>> from raymenu import UniformPreferences
    >>> costs = UniformPreferences(lower=(0.5, 0.5), upper=(2.0, 2.0))
    >>> menu = support_function(costs.discretize(200), [1, 1], [1.0, 1.0]).menu
    >>> found = optimality_gap_interval(menu, costs, [1.0, 1.0], replications=10, types=400)
    >>> 0 <= found.upper < 0.05 * found.value
    True
    """
    if replications < 2:
        raise InputError(f"{replications} replications asked for: ask for at least 2", field="replications")
    if types < 1:
        raise InputError(f"{types} types asked for: ask for at least 1", field="types")
    if not 0 < confidence < 1:
        raise InputError(f"confidence {confidence!r}: give a number between 0 and 1", field="confidence")
    direction = np.array(w, dtype=np.float64)
    scored = out_of_sample(menu, preferences, direction)
    bounds, gaps = np.empty(replications), np.empty(replications)
    for r, rng in enumerate(np.random.default_rng(seed).spawn(replications)):
        sample = FiniteTypes(preferences.sample(types, rng))
        found = support_function(
            sample, menu.endowment, direction, method=method, rel_gap=rel_gap, time_limit=time_limit
        )
        if math.isinf(found.upper):
            raise InputError(f"{found.method} proves no upper bound: use method='auto'", field="method")
        bounds[r] = found.upper
        gaps[r] = found.upper - sample_value(menu, sample, direction)
    root = math.sqrt(replications)
    estimate, stderr = float(gaps.mean()), float(gaps.std(ddof=1)) / root
    reach = float(student.ppf(confidence, replications - 1)) * stderr
    return GapInterval(
        upper=max(estimate + reach, 0.0),
        estimate=estimate,
        stderr=stderr,
        value=scored.value,
        value_stderr=scored.stderr,
        bound=float(bounds.mean()),
        bound_stderr=float(bounds.std(ddof=1)) / root,
        confidence=confidence,
        replications=replications,
        types=types,
    )


def sample_value(menu: Menu, types: FiniteTypes, w: Floats) -> float:
    """w . y of a menu on finite types."""
    y = menu.exact_expected_assignment(types)
    return float(sum((Fraction(a) * b for a, b in zip(w.tolist(), y)), Fraction(0)))
