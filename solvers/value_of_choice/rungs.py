"""The ladder's rungs: their order, the bounds that follow from it, and the price of obviousness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

NAMES = (
    "first_best", "full_information", "lm_bic", "lm_osp_support", "lm_osp", "lm_single", "bic",
    "eopr", "small_market", "bilateral", "no_choice", "status_quo",
)  # fmt: skip
STEPS = (
    ("first_best", "full_information"),
    ("full_information", "lm_bic"),
    ("lm_bic", "lm_osp_support"),
    ("lm_osp_support", "lm_osp"),
    ("lm_osp", "eopr"),
    ("lm_osp", "lm_single"),
    ("lm_single", "status_quo"),
    ("eopr", "status_quo"),
    ("lm_bic", "bic"),
    ("bic", "no_choice"),
    ("bic", "eopr"),
    ("bic", "bilateral"),
    ("bic", "small_market"),
    ("lm_osp", "small_market"),
    ("small_market", "status_quo"),
    ("lm_osp", "bilateral"),
    ("bilateral", "status_quo"),
    ("no_choice", "status_quo"),
)
"""Pairs of rungs of which the first is never dearer; others follow by going from one to the next."""
ROUNDING = 1e-9
"""Of the largest cost: what two programs may differ by without contradicting each other."""


@dataclass(frozen=True)
class Rung:
    """One benchmark: its social cost lies between ``lower`` and ``upper``.

    Attributes
    ----------
    name
        One of ``NAMES``.
    lower, upper
        Equal for a program solved to optimality; a certificate for ``lm_osp``; 95% confidence for ``eopr`` and
        ``small_market``.
    note
        What stands behind it.
    estimated
        Whether the interval is one of confidence: it takes certified bounds of other rungs, and passes none on.
    lower_from, upper_from
        The rung a bound was taken from; empty where it is the rung's own.
    """

    name: str
    lower: float
    upper: float
    note: str = ""
    estimated: bool = False
    lower_from: str = ""
    upper_from: str = ""


def _closure() -> list[tuple[str, str]]:
    pairs = set(STEPS)
    while True:
        longer = {(a, d) for (a, b), (c, d) in product(pairs, pairs) if b == c} - pairs
        if not longer:
            return sorted(pairs, key=lambda pair: (NAMES.index(pair[0]), NAMES.index(pair[1])))
        pairs |= longer


BELOW = _closure()
"""All pairs of rungs of which the first is never dearer."""


def ordered(rungs: Sequence[Rung]) -> list[Rung]:
    """The rungs in the order of ``NAMES``, each with the tightest bounds that the others prove of it.

    A lower end goes up the ladder, an upper end down it; ``lower_from`` and ``upper_from`` keep where it was proven.
    Estimates pass nothing on. Bounds that contradict each other are left as they are, for ``order_violations`` to find.

    Examples
    --------
    >>> [bic, osp, quo] = ordered([Rung("status_quo", 9, 9), Rung("lm_bic", 4.2, 4.3), Rung("lm_osp", 4.1, 4.4)])
    >>> osp.lower, osp.lower_from, osp.upper, osp.upper_from
    (4.2, 'lm_bic', 4.4, '')
    """
    own = {rung.name: rung for rung in rungs}
    scale = ROUNDING * max((abs(rung.upper) for rung in rungs), default=0.0)
    found = []
    for name in sorted(own, key=NAMES.index):
        rung = own[name]
        below = [own[low] for low, high in BELOW if high == name and low in own and not own[low].estimated]
        above = [own[high] for low, high in BELOW if low == name and high in own and not own[high].estimated]
        for other in below:
            if rung.lower < other.lower <= rung.upper + scale:
                rung = replace(rung, lower=min(other.lower, rung.upper), lower_from=other.name)
        for other in above:
            if rung.upper > other.upper >= rung.lower - scale:
                rung = replace(rung, upper=max(other.upper, rung.lower), upper_from=other.name)
        found.append(rung)
    return found


def order_violations(ladder: Sequence[Rung], tolerance: float = 1e-7) -> list[tuple[str, str]]:
    """The pairs of rungs that stand in the wrong order beyond doubt; empty on a right ladder.

    Parameters
    ----------
    tolerance
        Relative to the size of the status quo's rung.
    """
    rungs = {rung.name: rung for rung in ladder}
    scale = tolerance * max((abs(rung.upper) for rung in ladder), default=0.0)
    return [
        (low, high)
        for low, high in BELOW
        if low in rungs and high in rungs and rungs[low].lower > rungs[high].upper + scale
    ]


def price_of_obviousness(ladder: Sequence[Rung]) -> tuple[float, float] | None:
    """``(LM-OSP - LM-BIC) / (status quo - LM-BIC)`` as an interval: the share of the gain that obviousness costs.

    The share falls as LM-BIC rises and rises with LM-OSP, so the ends of both intervals give its own. None where a rung
    is missing or there is nothing to gain.
    """
    rungs = {rung.name: rung for rung in ladder}
    if not {"lm_osp", "lm_bic", "status_quo"} <= set(rungs):
        return None
    bic, osp, quo = rungs["lm_bic"], rungs["lm_osp"], rungs["status_quo"].upper
    if quo - bic.upper <= max(1e-9 * (quo - rungs.get("first_best", bic).lower), 1e-14 * abs(quo)):
        return None
    low = (osp.lower - bic.upper) / (quo - bic.upper)
    high = (osp.upper - bic.lower) / (quo - bic.lower)
    return min(max(low, 0.0), 1.0), min(max(high, 0.0), 1.0)
