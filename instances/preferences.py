"""Distributions of private costs: what an instance file may say of an agent's preferences.

A kind is a frozen pydantic model with a literal ``kind``; ``register`` makes it known to instance files.
Each kind gives its supporting box, independent draws (``sample``) and a low-discrepancy discretisation.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from raymenu.instances.errors import InputError
from raymenu.instances.fields import SMALLEST, Number
from raymenu.instances.finite_types import FiniteTypes
from raymenu.instances.text import quoted
from raymenu.instances.truncated_normal import truncated_normal
from raymenu.instances.validation import input_error

Floats = NDArray[np.float64]
MOST_TYPES = 1_000_000
"""Searches over directions and prices hold thousands of numbers a type: more would ask for tens of gigabytes."""


class Preferences(BaseModel, ABC):
    """The distribution of one agent's private costs c_j, a point of R^I with positive entries."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    continuous: ClassVar[bool] = True

    def __init__(self, **given: Any) -> None:
        try:
            super().__init__(**given)
        except ValidationError as fault:
            raise input_error(fault, lambda place: list(type(self).model_fields)) from None

    @property
    @abstractmethod
    def lower_bounds(self) -> Floats:
        """(I,), the lowest cost of each task on the support; positive."""

    @property
    @abstractmethod
    def upper_bounds(self) -> Floats:
        """(I,), the highest cost of each task on the support."""

    @abstractmethod
    def sample(self, size: int, rng: np.random.Generator) -> Floats:
        """(size, I), independent draws."""

    @abstractmethod
    def discretize(self, size: int, seed: int = 0) -> FiniteTypes:
        """A ``FiniteTypes`` of ``size`` types that stands for this distribution; finite ones return themselves."""

    @property
    def n_tasks(self) -> int:
        """I, the number of tasks."""
        return int(self.lower_bounds.size)

    @property
    def degenerate(self) -> bool:
        """Whether only one type is possible."""
        return bool((self.lower_bounds == self.upper_bounds).all())


PreferencesKind = TypeVar("PreferencesKind", bound=type[Preferences])
KINDS: dict[str, type[Preferences]] = {}


def register(kind: PreferencesKind) -> PreferencesKind:
    """Make a kind of preferences known to instance files, under the default of its field ``kind``."""
    KINDS[kind.__pydantic_fields__["kind"].default] = kind
    return kind


class BoxPreferences(Preferences):
    """Independent costs on a box, drawn by inverting the distribution function of each."""

    lower: tuple[Number, ...] = Field(min_length=1)
    upper: tuple[Number, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check_box(self) -> BoxPreferences:
        if len(self.lower) != len(self.upper):
            raise InputError(
                f"lower has {len(self.lower)} numbers and upper {len(self.upper)}: give one a task in both"
            )
        for i, (low, high) in enumerate(zip(self.lower, self.upper)):
            if not low >= SMALLEST:
                raise InputError(
                    f"lower[{i}] = {low:g}: costs must be positive, where the support reaches 0 the support "
                    "function can be unattained or infinite; give a positive lower bound"
                )
            if high < low:
                raise InputError(f"upper[{i}] = {high:g} is below lower[{i}] = {low:g}: exchange or mend them")
        return self

    @abstractmethod
    def quantiles(self, uniforms: Floats) -> Floats:
        """(n, I), the costs at which each distribution function takes the values ``uniforms`` (n, I)."""

    @property
    def lower_bounds(self) -> Floats:
        return np.array(self.lower)

    @property
    def upper_bounds(self) -> Floats:
        return np.array(self.upper)

    def sample(self, size: int, rng: np.random.Generator) -> Floats:
        return self.quantiles(rng.random((size, self.n_tasks)))

    def discretize(self, size: int, seed: int = 0) -> FiniteTypes:
        """The first ``size`` points of a scrambled Sobol' sequence, equally weighted.

        A low-discrepancy set stands for the distribution far better than as many independent draws.

        Examples
        --------
        >>> UniformPreferences(lower=(0.5, 0.5), upper=(2.0, 2.0)).discretize(200, seed=0).size
        200
        """
        from scipy.stats import qmc  # a second to import: only where types are drawn

        _check_size(size)
        exponent = max(size - 1, 0).bit_length()
        points = qmc.Sobol(self.n_tasks, scramble=True, rng=np.random.default_rng(seed)).random_base2(exponent)
        return FiniteTypes(self.quantiles(points[:size]))


@register
class UniformPreferences(BoxPreferences):
    """Independent uniform costs on the box [lower, upper]."""

    kind: Literal["uniform"] = "uniform"

    def quantiles(self, uniforms: Floats) -> Floats:
        low, high = self.lower_bounds, self.upper_bounds
        costs: Floats = np.clip(low + uniforms * (high - low), low, high)
        return costs


@register
class LognormalPreferences(BoxPreferences):
    """Independent lognormal costs, ``log c_i ~ N(log median_i, sigma_i^2)``, conditional on the box [lower, upper]."""

    kind: Literal["lognormal"] = "lognormal"
    median: tuple[Number, ...] = Field(min_length=1)
    sigma: tuple[Number, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check_shape(self) -> LognormalPreferences:
        for name, values in (("median", self.median), ("sigma", self.sigma)):
            if len(values) != len(self.lower):
                raise InputError(f"{name} has {len(values)} numbers, lower {len(self.lower)}: give one a task in both")
            for i, value in enumerate(values):
                if not value >= SMALLEST:
                    raise InputError(f"{name}[{i}] = {value:g}: give a positive number")
        return self

    def quantiles(self, uniforms: Floats) -> Floats:
        low, high = self.lower_bounds, self.upper_bounds
        ends = np.log(low), np.log(high)
        costs = np.exp(truncated_normal(uniforms, np.log(self.median), np.array(self.sigma), *ends))
        clipped: Floats = np.clip(costs, low, high)
        return clipped


@register
class FinitePreferences(Preferences):
    """Finitely many types: ``costs`` (S, I) with ``weights`` (S,), equal by default."""

    kind: Literal["finite"] = "finite"
    costs: tuple[tuple[Number, ...], ...] = Field(min_length=1)
    weights: tuple[Number, ...] | None = None
    continuous: ClassVar[bool] = False

    @model_validator(mode="after")
    def _check_types(self) -> FinitePreferences:
        for s, row in enumerate(self.costs):
            if len(row) != len(self.costs[0]):
                raise InputError(f"costs[{s}] has {len(row)} numbers, costs[0] {len(self.costs[0])}: give one a task")
        self._finite_types()
        return self

    def _finite_types(self) -> FiniteTypes:
        return FiniteTypes(self.costs, self.weights)

    @property
    def lower_bounds(self) -> Floats:
        low: Floats = np.min(np.array(self.costs), axis=0)
        return low

    @property
    def upper_bounds(self) -> Floats:
        high: Floats = np.max(np.array(self.costs), axis=0)
        return high

    def sample(self, size: int, rng: np.random.Generator) -> Floats:
        types = self._finite_types()
        return types.costs[rng.choice(types.size, size=size, p=types.weights)]

    def discretize(self, size: int, seed: int = 0) -> FiniteTypes:
        """The types themselves, whatever the size asked for."""
        _check_size(size)
        return self._finite_types()


def preferences_from(data: Any) -> Preferences:
    """The preferences an instance file describes: the model registered for its ``kind``."""
    if isinstance(data, Preferences):
        return data
    if not isinstance(data, dict):
        raise InputError('give an object such as {"kind": "uniform", "lower": [...], "upper": [...]}')
    known = ", ".join(sorted(KINDS))
    if "kind" not in data:
        raise InputError(f"is missing: add one of {known}", field="kind")
    if not isinstance(data["kind"], str) or data["kind"] not in KINDS:
        raise InputError(f"{quoted(data['kind'])} is unknown: choose one of {known}", field="kind")
    return KINDS[data["kind"]].model_validate(data)


def _check_size(size: int) -> None:
    if not 1 <= size <= MOST_TYPES:
        limit = (
            "at least 1" if size < 1 else f"at most {MOST_TYPES}; a low-discrepancy set needs hundreds, not millions"
        )
        raise InputError(f"{size} types asked for: {limit}", field="types")
