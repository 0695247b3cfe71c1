"""Polarized rays, decided exactly (definition before Theorem 2, Lemma 5).

Two non-monotone rays are polarized iff some y', y'' >= 0, not both 0, give y' kappa' + y'' kappa'' >= 0. In closed
form: their strictly negative coordinates N', N'' are disjoint, and kappa'_b kappa''_a >= kappa'_a kappa''_b for all
a in N', b in N''.
The test multiplies given numbers only, so rational arithmetic decides it without a tolerance.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from fractions import Fraction

Ray = Sequence[Fraction]


class RayKind(Enum):
    """How a ray stands to the endowment, for types with positive costs."""

    ENDOWMENT = "kappa = 0"
    REDUNDANT = "kappa >= 0: nobody takes it"
    REMEDIAL = "kappa <= 0: everybody takes it"
    PROPER = "non-monotone"


def kind_of(ray: Ray) -> RayKind:
    """Whether a ray is monotone, and which way.

    Examples
    --------
    >>> kind_of([Fraction(-1), Fraction(2)])
    <RayKind.PROPER: 'non-monotone'>
    """
    gains, losses = any(k > 0 for k in ray), any(k < 0 for k in ray)
    if gains and losses:
        return RayKind.PROPER
    if gains:
        return RayKind.REDUNDANT
    return RayKind.REMEDIAL if losses else RayKind.ENDOWMENT


def are_polarized(first: Ray, second: Ray) -> bool:
    """Whether two rays are polarized, in closed form and exactly.

    Parameters
    ----------
    first, second
        (I,) rationals. A redundant ray or the endowment is polarized with anything, a remedial one with nothing
        but these: every type takes it, so no other ray may be taken.

    Examples
    --------
    >>> give_a, give_b = [Fraction(-1), Fraction(2)], [Fraction(1), Fraction(-1)]
    >>> are_polarized(give_a, give_b)
    True
    >>> are_polarized(give_a, [Fraction(1), Fraction(-3)])
    False
    """
    kinds = {kind_of(first), kind_of(second)}
    if kinds & {RayKind.ENDOWMENT, RayKind.REDUNDANT}:
        return True
    if RayKind.REMEDIAL in kinds:
        return False
    negative_first = [i for i, k in enumerate(first) if k < 0]
    negative_second = [i for i, k in enumerate(second) if k < 0]
    if set(negative_first) & set(negative_second):
        return False
    return all(first[b] * second[a] >= first[a] * second[b] for a in negative_first for b in negative_second)


def polarized_by_definition(first: Ray, second: Ray) -> tuple[Fraction, Fraction] | None:
    """Multipliers (y', y'') >= 0, not both 0, with ``y' first + y'' second >= 0``, or None: the definition, exactly.

    Of y' + y'' = 1 every coordinate allows an interval; the rays are polarized iff the intervals meet.

    Examples
    --------
    >>> polarized_by_definition([Fraction(-1), Fraction(2)], [Fraction(1), Fraction(-1)])
    (Fraction(1, 2), Fraction(1, 2))
    """
    low, high = Fraction(0), Fraction(1)
    for a, b in zip(first, second):
        if a == b and a < 0:
            return None
        if a > b:
            low = max(low, -b / (a - b))
        elif a < b:
            high = min(high, b / (b - a))
    return (high, 1 - high) if low <= high else None


def lemma_5_minimum(first: Ray, second: Ray) -> Fraction | None:
    """min c.first over c >= 0 with c.second <= 0 and sum c = 1 (Lemma 5's program, scaled), exactly; None if empty.

    Attained at a vertex of that set: a unit vector, or a point of an edge where c.second = 0. Two non-monotone rays are
    polarized iff it is nonnegative both ways round. On redundant rays (>= 0) it says something else.

    Examples
    --------
    >>> lemma_5_minimum([Fraction(-1), Fraction(2)], [Fraction(1), Fraction(-1)])
    Fraction(1, 2)
    """
    values = [a for a, b in zip(first, second) if b <= 0]
    for a, b in zip(first, second):
        values += [(d * a - b * c) / (d - b) for c, d in zip(first, second) if b < 0 < d]
    return min(values, default=None)


def conflicts(rays: Sequence[Ray]) -> list[tuple[int, int]]:
    """The pairs of rays that are not polarized; empty for a menu of polarized rays."""
    return [(k, m) for k in range(len(rays)) for m in range(k + 1, len(rays)) if not are_polarized(rays[k], rays[m])]
