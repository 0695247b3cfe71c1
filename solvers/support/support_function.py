"""The support function S_j(w): one door for every method."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from raymenu.instances import FiniteTypes, InputError
from raymenu.solvers.support.question import SupportQuestion
from raymenu.solvers.support.registry import Limits, chosen
from raymenu.solvers.support.result import SupportResult

SMALLEST = 1e-250
"""Sizes of w beyond which scaling it would lose digits."""


def support_function(
    types: FiniteTypes,
    endowment: ArrayLike,
    w: ArrayLike,
    method: str = "auto",
    rel_gap: float = 1e-3,
    abs_gap: float = 0.0,
    time_limit: float | None = None,
) -> SupportResult:
    """The most a designer who values tasks at w can get from one agent, by a menu of polarized rays.

        S(w) = w.eta + max sum_k Pr[c.kappa^k <= 0] (w.kappa^k)^+   over polarized menus (kappa^k), kappa^k >= -eta,

    or the remedial menu's sum_i eta_i w_i^+. It is the inner problem of the dual program (6), at w = lambda - pi_j.

    Parameters
    ----------
    types
        c_s, (S, I), with probabilities.
    endowment
        eta, (I,), expected tasks, nonnegative.
    w
        (I,), value of one more task i done by this agent; any signs.
    method
        "closed-form" (at most two tasks), "branch-and-bound" (certified, at most ten tasks), "packing" (any number of
        tasks: a menu and a certified interval that is not closed), "local-search" (a lower bound only), "miqcp"
        (certified; SCIP, or "miqcp-gurobi", "miqcp-highs": for comparison), "nlp" (Ipopt, a lower bound only), "auto"
        (the first of these that fits), or any registered name.
    rel_gap, abs_gap
        Done when ``upper - lower <= max(abs_gap, rel_gap * gain, 1e-12 |w . eta|)``, gain = lower - w . eta.
    time_limit
        Seconds of search, after compilation, at which the interval reached is returned.

    Returns
    -------
    SupportResult
        ``lower <= S(w) <= upper``, and a menu, exactly polarized, that attains ``lower``.

    Raises
    ------
    InputError
        Where an argument does not fit, or the method can't do this: the message names one that can.

    Source: Valenzuela-Stookey (2026), Theorem 2, programs (5) and (6).

    Examples
    --------
    >>> types = FiniteTypes([[1.0, 2.0], [2.0, 1.0]])
    >>> r = support_function(types, [1, 1], [1, 1])
    >>> r.status, r.method, round(r.lower, 9)
    ('optimal', 'closed-form', 3.0)
    >>> r.menu.is_polarized(), r.menu.expected_assignment(types).round(9).tolist()
    (True, [1.5, 1.5])
    """
    given = SupportQuestion.make(types, endowment, w)
    for name, gap in (("rel_gap", rel_gap), ("abs_gap", abs_gap)):
        if not (gap >= 0 and math.isfinite(gap)):
            raise InputError(f"a nonnegative number is needed, given {gap!r}", field=name)
    if time_limit is not None and not time_limit > 0:
        raise InputError(f"positive seconds are needed, or None for no limit, given {time_limit!r}", field="time_limit")
    unit = _unit(given)
    task = given if unit == 1.0 else SupportQuestion.make(types, given.endowment, given.w / unit)
    entry = chosen(task, method)
    entry.prepare()
    found = entry.solve(task, Limits(rel_gap=rel_gap, abs_gap=abs_gap / unit, time_limit=time_limit))
    if unit == 1.0:
        return found
    value = float(given.endowment_value)
    return replace(found, lower=found.lower * unit, upper=found.upper * unit, endowment_value=value)


def _unit(question: SupportQuestion) -> float:
    """The power of two nearest to ``|w| . eta``: S(w) is as wide as w, and searches work near 1; exact either way."""
    size = float(np.abs(question.w) @ question.endowment)
    if not math.isfinite(size) or not SMALLEST < size < 1 / SMALLEST:
        return 1.0
    return 2.0 ** round(math.log2(size))
