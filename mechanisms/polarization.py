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


def conflicts(rays: Sequence[Ray]) -> list[tuple[int, int]]:
    """The pairs of rays that are not polarized; empty for a menu of polarized rays."""
    return [(k, m) for k in range(len(rays)) for m in range(k + 1, len(rays)) if not are_polarized(rays[k], rays[m])]
