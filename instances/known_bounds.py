"""What is known of each library instance: intervals for its values, machine-readable, beside the instance.

``library/known_bounds/NAME.json`` holds one record an instance: the digest of the instance it speaks of, and for each
quantity an interval with who found it and how. A bound is "certified" where the method proves it (up to the stated
tolerance of its arithmetic), "claimed" where it is an estimate.
"""

from __future__ import annotations

import json
from importlib import resources
from importlib.resources.abc import Traversable
from math import hypot
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from raymenu.instances.errors import InputError

Quantity = Literal["first_best", "no_choice", "full_information", "lm_bic", "bic", "lm_osp", "small_market", "support"]
Tier = Literal["seconds", "minutes", "hours"]
TIERS: tuple[Tier, ...] = ("seconds", "minutes", "hours")
DEVIATIONS = 4.0
"""Standard errors of a difference that draws may explain."""


class KnownBound(BaseModel):
    """An interval for one quantity of one instance.

    Attributes
    ----------
    quantity, sense
        What it is, and whether the optimum is a minimum or a maximum (S_j(w) is a maximum).
    lower, upper
        The interval, in units of social cost.
    certified
        Whether the method proves both ends; False for an estimate.
    method
        How it was found.
    tolerance
        How far two honest computations may disagree, relative to the larger of |lower|, |upper| and ``scale``.
    scale
        Size of the numbers that cancel in the value; the instance's status quo cost.
    tier
        How long finding it takes: what ``raymenu bench regress`` recomputes by default.
    types, seed
        The discretisation, ``preferences.discretize(types, seed)``; None where the whole support counts.
    rel_gap
        The gap at which the run stops by itself; None where the program is solved outright.
    work, reached
        The work after which it stops at the latest (``lm_osp``: rounds of prices; ``support``: slices of the search,
        each of about so many looks at a type), and (lower, upper) where that came before the gap: unlike ``lower`` and
        ``upper``, which keep the best ever proven, this is what the same work must reach again.
    agent, w
        For ``support``: whose S_j, and where.
    stderr
        For ``small_market``: the standard error of the design's cost, which ``lower`` and ``upper`` both are.
    versions, date
        Of what found it, and when.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    quantity: Quantity
    sense: Literal["min", "max"] = "min"
    lower: FiniteFloat
    upper: FiniteFloat
    certified: bool
    method: str = Field(min_length=1)
    tolerance: float = Field(gt=0)
    scale: float = Field(ge=0)
    tier: Tier
    types: int | None = None
    seed: int | None = None
    rel_gap: float | None = None
    work: int | None = Field(default=None, ge=1)
    reached: tuple[FiniteFloat, FiniteFloat] | None = None
    agent: int | None = None
    w: tuple[FiniteFloat, ...] | None = None
    stderr: float | None = Field(default=None, ge=0)
    versions: dict[str, str]
    date: str

    @model_validator(mode="after")
    def _check_interval(self) -> KnownBound:
        if self.lower > self.upper + self.slack:
            raise ValueError(f"lower {self.lower!r} exceeds upper {self.upper!r}: one of them is wrong")
        return self

    @property
    def slack(self) -> float:
        """The tolerance in units of the quantity."""
        return self.tolerance * max(abs(self.lower), abs(self.upper), self.scale)

    @property
    def key(self) -> tuple[object, ...]:
        """What identifies the quantity: two bounds of one key must be consistent."""
        return (self.quantity, self.types, self.seed, self.agent, self.w)

    @property
    def label(self) -> str:
        """The quantity in words, e.g. ``support agent 0 at (1.3, 1), 200 types``."""
        place = "" if self.w is None else f" agent {self.agent} at ({', '.join(f'{value:g}' for value in self.w)})"
        return self.quantity + place + ("" if self.types is None else f", {self.types} types")

    def crossed_by(self, other: KnownBound) -> str | None:
        """How another interval for the same quantity contradicts this one, in one line; None where it does not.

        Examples
        --------
        >>> known = KnownBound(quantity="first_best", lower=1, upper=1, certified=True, method="by hand", scale=1,
        ...                    tolerance=1e-9, tier="seconds", versions={}, date="2026-01-01")
        >>> known.crossed_by(known.model_copy(update={"lower": 0.5, "upper": 0.9}))
        'new upper 0.9 lies below the recorded lower 1.0'
        """
        if self.stderr is not None:
            return (
                None  # the cost of a mechanism that was found: another may cost less, and ``worse_than`` asks for more
            )
        slack = max(self.slack, other.slack)
        if other.upper < self.lower - slack:
            return f"new upper {other.upper!r} lies below the recorded lower {self.lower!r}"
        if other.lower > self.upper + slack:
            return f"new lower {other.lower!r} lies above the recorded upper {self.upper!r}"
        return None

    def tightened_by(self, other: KnownBound) -> KnownBound | None:
        """The intersection with a certified interval that is narrower at an end; None where it adds nothing."""
        if self.stderr is not None:
            return other if other.stderr is not None and self.upper - other.upper > self._noise(other) else None
        better_low, better_high = other.lower > self.lower + self.slack, other.upper < self.upper - self.slack
        if not other.certified or not (better_low or better_high):
            return None
        if not self.certified:
            return other
        lower, upper = max(self.lower, other.lower), min(self.upper, other.upper)
        reached = other.reached if other.work == self.work else self.reached
        limits = {"rel_gap": self.rel_gap, "work": self.work, "reached": reached}
        return other.model_copy(update={"lower": lower, "upper": upper, **limits})

    def dearer_by(self, other: KnownBound) -> float:
        """By how much an estimated cost exceeds this one beyond what draws explain; 0 where it does not."""
        return max(0.0, other.upper - self.upper - self._noise(other))

    def _noise(self, other: KnownBound) -> float:
        return DEVIATIONS * hypot(self.stderr or 0.0, other.stderr or 0.0) + max(self.slack, other.slack)


class BoundsRecord(BaseModel):
    """All that is known of one instance; ``digest`` is that of the instance it speaks of."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    instance: str
    digest: str
    bounds: tuple[KnownBound, ...]

    @model_validator(mode="after")
    def _check_keys(self) -> BoundsRecord:
        keys = [bound.key for bound in self.bounds]
        for bound in self.bounds:
            if keys.count(bound.key) > 1:
                raise ValueError(f"{bound.label} is recorded twice: keep one")
        return self

    def get(self, quantity: Quantity) -> KnownBound | None:
        """The first bound on a quantity, if any."""
        return next((bound for bound in self.bounds if bound.quantity == quantity), None)

    def to_json(self) -> str:
        """The record as its file holds it."""
        return json.dumps(self.model_dump(mode="json", exclude_none=True), indent=1) + "\n"


def known_bounds(name: str, folder: Path | None = None) -> BoundsRecord:
    """The record of a library instance.

    Raises
    ------
    InputError
        Where there is none, or it is not a record.
    """
    place: Traversable = folder if folder is not None else record_folder()
    entry = place / f"{name}.json"
    if not entry.is_file():
        raise InputError(
            f"no known bounds: write them with `raymenu bench regress --instance {name} --record`", source=name
        )
    return parse_record(entry.read_text(encoding="utf-8"), f"known_bounds/{name}.json")


def parse_record(text: str, source: str) -> BoundsRecord:
    """A record from JSON text; ``InputError`` names the place."""
    try:
        return BoundsRecord.model_validate_json(text)
    except ValidationError as fault:
        error = fault.errors()[0]
        field = ".".join(str(part) for part in error["loc"])
        raise InputError(error["msg"].removeprefix("Value error, "), field=field or None, source=source) from None


def record_folder() -> Traversable:
    """Where the records lie."""
    return resources.files("raymenu.instances") / "library" / "known_bounds"
