"""Finitely many preference types: what every program of the package is solved on."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from raymenu.instances.errors import InputError

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, init=False)
class FiniteTypes:
    """S types of one agent: private costs c_s and probabilities f(s).

    Parameters
    ----------
    costs
        (S, I), positive: private cost to type s of one task i. Types matter through their direction only.
    weights
        (S,), positive: probabilities of the types, normalised to sum to 1. Default: equal.

    Raises
    ------
    InputError
        Where a cost is not positive and finite, or a weight is not.

    Examples
    --------
    >>> types = FiniteTypes([[1.0, 2.0], [2.0, 1.0], [1.0, 1.0]])
    >>> types.size, types.n_tasks
    (3, 2)
    >>> types.exact_weights[0]
    Fraction(1, 3)
    """

    costs: Floats
    weights: Floats
    _given: Floats | None = field(repr=False)

    def __init__(self, costs: ArrayLike, weights: ArrayLike | None = None) -> None:
        matrix = _readonly(costs, "costs")
        if matrix.ndim != 2 or matrix.shape[0] == 0 or matrix.shape[1] == 0:
            raise InputError(f"a matrix (types, tasks) is needed, the shape given is {matrix.shape}", field="costs")
        if not np.isfinite(matrix).all():
            raise InputError("costs must be finite numbers", field="costs")
        if not (matrix > 0).all():
            s, i = np.argwhere(matrix <= 0)[0]
            raise InputError(
                f"is {matrix[s, i]:g}; where the support reaches 0 the support function can be unattained or infinite: "
                "give positive costs",
                field=f"costs[{s}][{i}]",
            )
        size = matrix.shape[0]
        given = None if weights is None else _readonly(weights, "weights")
        if given is not None:
            if given.shape != (size,):
                raise InputError(f"{size} weights needed, one a type, shape given {given.shape}", field="weights")
            if not (np.isfinite(given).all() and (given > 0).all()):
                raise InputError("weights must be positive and finite: leave out types of weight 0", field="weights")
        normalised = np.full(size, 1.0 / size) if given is None else _shares(given)
        normalised.setflags(write=False)
        object.__setattr__(self, "costs", matrix)
        object.__setattr__(self, "weights", normalised)
        object.__setattr__(self, "_given", given)

    @property
    def size(self) -> int:
        """S, the number of types."""
        return int(self.costs.shape[0])

    @property
    def n_tasks(self) -> int:
        """I, the number of tasks."""
        return int(self.costs.shape[1])

    @property
    def equally_weighted(self) -> bool:
        """Whether no weights were given."""
        return self._given is None

    @property
    def given_weights(self) -> Floats | None:
        """(S,) weights as given, before they were normalised; None where none were."""
        return self._given

    @property
    def exact_weights(self) -> list[Fraction]:
        """(S,) probabilities as rationals that sum to 1 exactly: 1/S each, or the given floats over their sum."""
        if self._given is None:
            return [Fraction(1, self.size)] * self.size
        given = [Fraction(value) for value in self._given.tolist()]
        total = sum(given, Fraction(0))
        return [value / total for value in given]

    def probability(self, member: NDArray[np.bool_]) -> Fraction:
        """The exact probability of a set of types, given as a mask (S,)."""
        if self._given is None:
            return Fraction(int(np.count_nonzero(member)), self.size)
        total = sum((Fraction(value) for value in self._given.tolist()), Fraction(0))
        return sum((Fraction(value) for value in self._given[member].tolist()), Fraction(0)) / total

    def mean_cost(self) -> Floats:
        """(I,), E[c]."""
        mean: Floats = self.weights @ self.costs
        return mean

    def same_as(self, other: FiniteTypes) -> bool:
        """Whether both hold the same numbers."""
        return self is other or (
            self.costs.shape == other.costs.shape
            and bool((self.costs == other.costs).all())
            and bool((self.weights == other.weights).all())
        )


def _shares(given: Floats) -> Floats:
    # Sums of huge weights overflow, of tiny ones lose their digits: scale by a power of two, which changes no digit.
    _, exponent = np.frexp(given.max())
    scaled = np.ldexp(given, -exponent)
    shares: Floats = scaled / scaled.sum()
    return shares


def _readonly(values: ArrayLike, name: str) -> Floats:
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as fault:
        raise InputError(f"numbers in a rectangular array are needed ({fault})", field=name) from None
    array.setflags(write=False)
    return array
