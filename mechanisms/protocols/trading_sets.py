"""Trading sets: what an agent lets the designer choose from (section 1.1), as exact sets of bundles.

Every set here is a finite union of convex pieces inside the nonnegative orthant, and all numbers are rationals: floats
are taken for the rationals they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any, Literal

import numpy as np
from scipy.optimize import linprog

from raymenu.instances import InputError

Bundle = tuple[Fraction, ...]
MEMBERSHIP = 1e-9
"""Membership in a polytope with more than two vertices is decided by a linear program, to this tolerance."""


def bundle(values: Iterable[Any]) -> Bundle:
    """Numbers as exact rationals: whole numbers, fractions, floats, strings such as '3/4'."""
    try:
        return tuple(Fraction(v.item() if isinstance(v, np.generic) else v) for v in values)
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):
        raise InputError("finite numbers are needed, one a task", field="bundle") from None


def workload(cost: Sequence[Fraction], held: Bundle) -> Fraction:
    """c . x."""
    return sum((c * x for c, x in zip(cost, held)), Fraction(0))


@dataclass(frozen=True)
class Piece:
    """A convex piece: the hull of ``vertices``, plus all nonnegative multiples of ``direction`` (>= 0) if it has one.

    ``kind`` says how it was made: a ray is kept as the segment that is left of it in the orthant.
    """

    kind: Literal["point", "segment", "ray", "box", "polytope"]
    vertices: tuple[Bundle, ...]
    direction: Bundle | None = None

    def __contains__(self, held: Bundle) -> bool:
        if held in self.vertices:
            return True
        if self.kind == "point":
            return False
        if self.kind == "box":
            return all(0 <= x <= top for x, top in zip(held, self.vertices[0]))
        if self.direction is not None or len(self.vertices) == 2:
            start = self.vertices[0]
            step = self.direction or tuple(b - a for a, b in zip(start, self.vertices[1]))
            share = _multiple(tuple(x - a for x, a in zip(held, start)), step)
            return share is not None and share >= 0 and (self.direction is not None or share <= 1)
        points = np.array(self.vertices, dtype=float).T
        found = linprog(
            np.zeros(points.shape[1]),
            A_eq=np.vstack([points, np.ones(points.shape[1])]),
            b_eq=np.append(np.array(held, dtype=float), 1.0),
            method="highs-ds",
            options={"primal_feasibility_tolerance": MEMBERSHIP},
        )
        return bool(found.status == 0)

    def within(self, other: Piece) -> bool:
        """Whether every bundle of this piece is in the other one."""
        if self.direction is not None and (
            other.direction is None or (_multiple(self.direction, other.direction) or Fraction(-1)) < 0
        ):
            return False
        return all(vertex in other for vertex in self.vertices)


@dataclass(frozen=True)
class TradingSet:
    """A finite union of convex pieces; build it with one of the class methods.

    Examples
    --------
    >>> ray = TradingSet.ray([3, 2], [-1, 2])
    >>> [str(x) for x in ray.best([2, 1])[1]]
    ['3', '2']
    >>> [str(x) for x in ray.best([4, 1])[1]]
    ['0', '8']
    >>> (bundle([2, 4]) in ray, bundle([2, 3]) in ray)
    (True, False)
    """

    pieces: tuple[Piece, ...]

    @classmethod
    def point(cls, held: Iterable[Any]) -> TradingSet:
        """{x}."""
        return cls((Piece("point", (_inside(bundle(held)),)),))

    @classmethod
    def segment(cls, start: Iterable[Any], end: Iterable[Any]) -> TradingSet:
        """All mixtures of two bundles."""
        first, second = _inside(bundle(start)), _inside(bundle(end))
        return cls.point(first) if first == second else cls((Piece("segment", (first, second)),))

    @classmethod
    def ray(cls, origin: Iterable[Any], kappa: Iterable[Any]) -> TradingSet:
        """{origin + y kappa : y >= 0} in the nonnegative orthant."""
        start, step = _inside(bundle(origin)), bundle(kappa)
        if len(step) != len(start):
            raise InputError(f"the direction has {len(step)} numbers, the origin {len(start)}", field="kappa")
        limits = [a / -k for a, k in zip(start, step) if k < 0]
        if limits:
            end = tuple(a + min(limits) * k for a, k in zip(start, step))
            return cls.point(start) if end == start else cls((Piece("ray", (start, end)),))
        return cls((Piece("ray", (start,), step),)) if any(step) else cls.point(start)

    @classmethod
    def box_below(cls, top: Iterable[Any]) -> TradingSet:
        """{x : 0 <= x <= top}, the remedial set when top is the endowment."""
        corner = _inside(bundle(top))
        corners = {tuple(x * keep for x, keep in zip(corner, kept)) for kept in product((1, 0), repeat=len(corner))}
        return cls((Piece("box", (corner, *sorted(corners - {corner}))),))

    @classmethod
    def polytope(cls, vertices: Iterable[Iterable[Any]]) -> TradingSet:
        """The convex hull of bundles."""
        points = tuple(dict.fromkeys(_inside(bundle(v)) for v in vertices))
        if not points:
            raise InputError("a polytope needs at least one vertex", field="vertices")
        if len(points) <= 2:
            return cls.segment(points[0], points[-1])
        return cls((Piece("polytope", points),))

    @classmethod
    def union(cls, *sets: TradingSet) -> TradingSet:
        """Everything in any of the sets."""
        pieces = tuple(dict.fromkeys(piece for each in sets for piece in each.pieces))
        if not pieces:
            raise InputError("a union needs at least one set", field="sets")
        return cls(pieces)

    @classmethod
    def points(cls, bundles: Iterable[Iterable[Any]]) -> TradingSet:
        """Finitely many bundles."""
        return cls.union(*[cls.point(held) for held in bundles])

    @property
    def vertices(self) -> list[Bundle]:
        """All vertices of all pieces."""
        return list(dict.fromkeys(vertex for piece in self.pieces for vertex in piece.vertices))

    @property
    def directions(self) -> list[Bundle]:
        """Directions (>= 0) in which pieces are unbounded."""
        return [piece.direction for piece in self.pieces if piece.direction is not None]

    def __contains__(self, held: Bundle) -> bool:
        return any(held in piece for piece in self.pieces)

    def within(self, other: TradingSet) -> bool:
        """Whether each piece lies in one piece of the other set (so a True is always right)."""
        return all(any(piece.within(container) for container in other.pieces) for piece in self.pieces)

    def best(self, cost: Iterable[Any]) -> tuple[Fraction, Bundle]:
        """min c . x over the set for c >= 0, and a bundle that attains it: always a vertex."""
        c = bundle(cost)
        return min(((workload(c, x), x) for x in self.vertices), key=lambda pair: pair[0])


def _inside(held: Bundle) -> Bundle:
    if any(x < 0 for x in held):
        raise InputError("bundles hold nonnegative numbers of tasks", field="bundle")
    return held


def _multiple(vector: Bundle, step: Bundle) -> Fraction | None:
    """t with vector = t step, or None."""
    lead = next((k for k, s in enumerate(step) if s), None)
    if lead is None:
        return None
    t = vector[lead] / step[lead]
    return t if all(v == t * s for v, s in zip(vector, step)) else None
