"""The menu one agent is offered: polarized rays from the endowment, or the remedial menu (Theorem 2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from raymenu.instances import FiniteTypes, InputError
from raymenu.instances.task_vector import endowment_vector, task_vector
from raymenu.mechanisms.menus.acceptance import accepts
from raymenu.mechanisms.menus.polarization import conflicts

Floats = NDArray[np.float64]
KEEP = -1
"""The choice of an agent that keeps the endowment."""


@dataclass(frozen=True, eq=False, init=False)
class Menu:
    """Rays kappa^1..kappa^K from an endowment, in the designer's order.

    A type c takes the first ray with ``c . kappa^k <= 0`` (exactly, on the given floats), else keeps its endowment.
    On a polarized menu that is myopically optimal: a type accepts two rays only where it is indifferent to both.
    Executed in full, ray k leads to ``endowment + kappa^k >= 0``.

    Parameters
    ----------
    endowment
        eta, (I,), nonnegative tasks.
    rays
        kappa, (K, I), tasks, each >= -eta; K = 0 is the endowment alone.

    Raises
    ------
    InputError
        Where shapes differ, a number is not finite, or a ray gives up more than the endowment.

    Examples
    --------
    >>> menu = Menu([3, 2], [[-1, 2], [1, -1]])
    >>> menu.is_polarized()
    True
    >>> menu.choices([[2.0, 1.0], [1.0, 3.0], [4.0, 1.0]]).tolist()
    [0, 1, 0]
    >>> menu.expected_assignment(FiniteTypes([[2.0, 1.0], [1.0, 3.0]])).tolist()
    [3.0, 2.5]
    """

    endowment: Floats
    rays: Floats
    kept: Floats | None

    def __init__(self, endowment: ArrayLike, rays: ArrayLike = ()) -> None:
        eta = endowment_vector(endowment)
        kappa = _numbers(rays, "rays")
        kappa = kappa.reshape(0, eta.size) if kappa.size == 0 else kappa
        if kappa.ndim != 2 or kappa.shape[1] != eta.size:
            raise InputError(f"rays need shape (K, {eta.size}), given {kappa.shape}", field="rays")
        if (kappa < -eta).any():
            k, i = np.argwhere(kappa < -eta)[0]
            raise InputError(
                f"ray {k} gives up {float(-kappa[k, i])!r} of task {i}, the endowment holds {float(eta[i])!r}: "
                "scale it down",
                field="rays",
            )
        self._set(eta, kappa, None)

    @classmethod
    def remedial(cls, endowment: ArrayLike, kept: ArrayLike) -> Menu:
        """The remedial menu {x <= eta}, of which the designer executes ``kept`` (I,), 0 <= kept <= endowment.

        Every type accepts it.

        Examples
        --------
        >>> Menu.remedial([3, 2], [3, 0]).kind
        'remedial'
        """
        menu = cls(endowment)
        part = task_vector(kept, "kept")
        if part.shape != menu.endowment.shape or (part < 0).any() or (part > menu.endowment).any():
            raise InputError("kept must lie between 0 and the endowment, task by task", field="kept")
        menu._set(menu.endowment, menu.rays, part)
        return menu

    def _set(self, endowment: Floats, rays: Floats, kept: Floats | None) -> None:
        for name, value in (("endowment", endowment), ("rays", rays), ("kept", kept)):
            if value is not None:
                value.setflags(write=False)
            object.__setattr__(self, name, value)

    @property
    def kind(self) -> Literal["rays", "remedial"]:
        """Which of Theorem 2's two forms this is."""
        return "rays" if self.kept is None else "remedial"

    @property
    def size(self) -> int:
        """K, the rays offered beside the endowment."""
        return int(self.rays.shape[0])

    @property
    def n_choices(self) -> int:
        """How many choices there are beside ``KEEP``: the rays, or the remedial menu accepted."""
        return self.size if self.kept is None else 1

    @cached_property
    def exact_rays(self) -> list[list[Fraction]]:
        """The rays as rationals: the given floats, exactly."""
        return [[Fraction(value) for value in row] for row in self.rays.tolist()]

    def is_polarized(self) -> bool:
        """Whether every pair of rays is polarized, decided in rational arithmetic; true of the remedial menu."""
        return not conflicts(self.exact_rays)

    def choices(self, costs: ArrayLike) -> NDArray[np.int64]:
        """The choice of each type: ``KEEP`` (-1), or the first accepted ray; 0 everywhere on the remedial menu.

        Parameters
        ----------
        costs
            (n, I), private costs.
        """
        matrix = np.atleast_2d(np.asarray(costs, dtype=np.float64))
        if self.kind == "remedial":
            return np.zeros(matrix.shape[0], dtype=np.int64)
        chosen = np.full(matrix.shape[0], KEEP, dtype=np.int64)
        for k in reversed(range(self.size)):
            chosen[accepts(matrix, self.rays[k])] = k
        return chosen

    def acceptance(self, types: FiniteTypes) -> list[Fraction]:
        """The exact probability that each ray is chosen, (K,)."""
        chosen = self.choices(types.costs)
        return [types.probability(chosen == k) for k in range(self.size)]

    def exact_expected_assignment(self, types: FiniteTypes) -> list[Fraction]:
        """y in F_j as rationals: ``eta + sum_k Pr[k chosen] kappa^k``, or what is kept of the remedial menu."""
        if self.kept is not None:
            return [Fraction(value) for value in self.kept.tolist()]
        probabilities = self.acceptance(types)
        return [
            Fraction(eta) + sum((p * ray[i] for p, ray in zip(probabilities, self.exact_rays)), Fraction(0))
            for i, eta in enumerate(self.endowment.tolist())
        ]

    def expected_assignment(self, types: FiniteTypes) -> Floats:
        """(I,), ``exact_expected_assignment`` rounded once to floats: a point y of F_j with ``w . y <= S_j(w)``."""
        return np.array([float(value) for value in self.exact_expected_assignment(types)])

    def to_dict(self) -> dict[str, Any]:
        """The menu with its floats as exact rationals, written as strings."""
        data: dict[str, Any] = {"kind": self.kind, "endowment": _strings(self.endowment)}
        if self.kept is not None:
            return data | {"kept": _strings(self.kept)}
        return data | {"rays": [_strings(ray) for ray in self.rays]}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Menu:
        """The menu ``to_dict`` wrote; ``InputError`` where a field is missing, unknown or no exact rational."""
        endowment = _from_strings(data["endowment"], "endowment")
        part = "kept" if data["kind"] == "remedial" else "rays"
        if data["kind"] not in ("rays", "remedial"):
            raise InputError(f"{data['kind']!r} is no kind of menu: write rays or remedial", field="kind")
        for field in data.keys() - {"kind", "endowment", part}:
            raise InputError(f"is not a field of a menu of kind {data['kind']!r}: remove it", field=str(field))
        if data["kind"] == "remedial":
            return cls.remedial(endowment, _from_strings(data["kept"], "kept"))
        return cls(endowment, [_from_strings(ray, "rays") for ray in data["rays"]])


def _strings(values: Floats) -> list[str]:
    return [str(Fraction(value)) for value in values.tolist()]


def _from_strings(values: Sequence[str], field: str) -> list[float]:
    numbers = []
    for text in values:
        try:
            exact = Fraction(text)
        except (ValueError, ZeroDivisionError, TypeError):
            raise InputError(f"{text!r} is not a rational such as '3/4'", field=field) from None
        if Fraction(float(exact)) != exact:
            raise InputError(f"{text!r} is not a double-precision number: it has been changed", field=field)
        numbers.append(float(exact))
    return numbers


def _numbers(values: ArrayLike, name: str) -> Floats:
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as fault:
        raise InputError(f"numbers in a rectangular array are needed ({fault})", field=name) from None
    if not np.isfinite(array).all():
        raise InputError("numbers must be finite", field=name)
    return array
