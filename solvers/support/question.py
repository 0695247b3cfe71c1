"""What a support function is asked for: the types, the endowment, w; checked once, and what follows at once."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog

from raymenu.instances import FiniteTypes, InputError
from raymenu.instances.task_vector import endowment_vector, task_vector
from raymenu.mechanisms import Menu
from raymenu.mechanisms.reach import Region
from raymenu.solvers.support.exact.counting import counted_choices

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SupportQuestion:
    """S(w) for these types and this endowment.

    Attributes
    ----------
    types
        c_s and their probabilities.
    endowment, w
        eta and w, (I,).
    region
        Where the agent's own rules let rays lead; None: wherever the endowment does.
    """

    types: FiniteTypes
    endowment: Floats
    w: Floats
    region: Region | None = None

    @classmethod
    def make(cls, types: FiniteTypes, endowment: ArrayLike, w: ArrayLike) -> SupportQuestion:
        """Check shapes and signs.

        Raises
        ------
        InputError
            Where they do not fit, naming the argument.
        """
        if not isinstance(types, FiniteTypes):
            raise InputError(f"a FiniteTypes is needed, not {type(types).__name__}: discretize first", field="types")
        eta = endowment_vector(endowment, types.n_tasks)
        return cls(types, eta, task_vector(w, "w", types.n_tasks))

    @property
    def costs(self) -> Floats:
        """c, (S, I)."""
        return self.types.costs

    @property
    def weights(self) -> Floats:
        """Probabilities, (S,)."""
        return self.types.weights

    @cached_property
    def endowment_value(self) -> Fraction:
        """w . eta exactly."""
        return exact_dot(self.w, self.endowment)

    @cached_property
    def floor(self) -> float:
        """The gap below which nothing is asked: 1e-12 |w . eta|."""
        return 1e-12 * abs(float(self.endowment_value))

    @cached_property
    def first_bound(self) -> float:
        """S(w) - w.eta <= E[(c.eta) max_i (w_i/c_i)^+] - w.eta: what types would pay if they could be told apart."""
        rate = np.maximum((self.w / self.costs).max(axis=1), 0.0)
        most = float(self.weights @ (rate * (self.costs @ self.endowment)))
        return float(np.nextafter(most * (1 + 1e-12) - float(self.endowment_value), np.inf))

    @cached_property
    def remedial(self) -> Menu:
        """The remedial menu: everybody hands back what has w_i <= 0, as far as rules allow, and keeps the rest."""
        kept = np.where(self.w > 0, self.endowment, 0.0)
        if self.region is not None and self.region.reach(kept - self.endowment).share < 1.0:
            back = best_returns(self.region, self.endowment, self.w)
            kept = np.clip(self.endowment + self.region.within(back[None])[0], 0.0, self.endowment)
        return Menu.remedial(self.endowment, kept)

    @cached_property
    def remedial_gain(self) -> float:
        """w . kept of the remedial menu less w . eta."""
        return float(self.exact_value(self.remedial) - self.endowment_value)

    def exact_value(self, menu: Menu) -> Fraction:
        """w . y of a menu, exactly."""
        if menu.kind == "rays" and menu.size and self.types.equally_weighted:
            chances = [Fraction(count, self.types.size) for count in counted_choices(self.costs, menu)]
            gains = [exact_dot(self.w, ray) for ray in menu.rays]
            return self.endowment_value + sum((p * gain for p, gain in zip(chances, gains)), Fraction(0))
        y = menu.exact_expected_assignment(self.types)
        return sum((Fraction(a) * b for a, b in zip(self.w.tolist(), y)), Fraction(0))


def best_returns(region: Region, endowment: Floats, w: Floats) -> Floats:
    """The d <= 0 within a region of most worth w . d: a linear program, absolute values as variables."""
    size = endowment.size
    counted = np.flatnonzero((region.changes > 0).any(axis=0))
    bend = np.zeros((counted.size, size))
    bend[np.arange(counted.size), counted] = 1.0
    start = region.changes @ np.abs(region.away)
    amounts = np.hstack([region.amounts, region.changes[:, counted]])
    above, equal = amounts[~region.equal], amounts[region.equal]
    eye = np.eye(counted.size)
    found = linprog(
        np.append(-w, np.zeros(counted.size)),
        A_ub=np.vstack([above, np.hstack([bend, -eye]), np.hstack([-bend, -eye])]),
        b_ub=np.concatenate([(region.room + start)[~region.equal], -region.away[counted], region.away[counted]]),
        A_eq=equal if equal.size else None,
        b_eq=np.zeros(len(equal)) if equal.size else None,
        bounds=[(-e, 0.0) for e in endowment] + [(0.0, None)] * counted.size,
        method="highs",
    )
    returned: Floats = np.minimum(found.x[:size], 0.0) if found.x is not None else np.zeros(size)
    return returned


def exact_dot(a: Floats, b: Floats) -> Fraction:
    """The inner product of two float vectors, exactly."""
    return sum((Fraction(x) * Fraction(y) for x, y in zip(a.tolist(), b.tolist())), Fraction(0))


def rounded_down(value: Fraction) -> float:
    """The largest float at most ``value``."""
    near = float(value)
    return near if Fraction(near) <= value else float(np.nextafter(near, -np.inf))


def rounded_up(value: Fraction) -> float:
    """The smallest float at least ``value``."""
    near = float(value)
    return near if Fraction(near) >= value else float(np.nextafter(near, np.inf))
