"""The file as this room reads it: its fields, its rationals, its types and menus, each checked as it is read."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from raymenu.instances import FiniteTypes, InputError, Instance
from raymenu.instances.schema import check
from raymenu.mechanisms import Menu, OfferGroup, OfferPlan, Probability
from raymenu.solvers.eopr.estimate import Estimate

Ray = list[Fraction]
FORMAT = 2
WRITTEN = re.compile(r"-?[0-9]{1,4000}(/0*[1-9][0-9]{0,4000})?")
SHARE, MENU = {"probability", "menu"}, {"kind", "endowment"}
ESTIMATE = ("cost", "stderr", "lower", "upper", "dearest")
FIELDS: dict[str, set[str]] = {
    "": {"format", "made_with", "instance", "market", "checksum"},
    "large_market": {
        "types", "types_of_row", "lotteries", "expected_assignments", "upper", "lower", "prices", "support_bounds",
    },
    "large_market.types[]": {"costs"},
    "large_market.drawn_with": {"number", "seed"},
    "large_market.lotteries[][]": SHARE,
    "large_market.lotteries[][].menu": MENU,
    "market": {"selection", "report", "offer_seed", "options", "recommended", "reason"},
    "market.selection": {"draws", "seed"},
    "market.report": {"draws", "seed"},
    "market.options[]": {"mechanism", "groups", "selection", "report"},
    "market.options[].selection": set(ESTIMATE),
    "market.options[].report": set(ESTIMATE),
    "market.options[].groups[]": {"agent", "agents", "lottery"},
    "market.options[].groups[].lottery[]": SHARE,
    "market.options[].groups[].lottery[].menu": MENU,
}  # fmt: skip
"""The fields of every object but the instance, which has a schema of its own."""
OPTIONAL = {
    "": {"large_market"},
    "large_market": {"drawn_with"},
    "large_market.types[]": {"weights"},
    "large_market.lotteries[][].menu": {"rays", "kept"},
    "market.options[].groups[].lottery[].menu": {"rays", "kept"},
}


@dataclass(frozen=True)
class ExactTypes:
    """Finite types as rationals: costs (S, I), and weights that sum to 1."""

    costs: list[Ray]
    weights: Ray


class DesignFile:
    """A design document, read anew. Attributes raise where the document is not as it should be."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    @cached_property
    def instance(self) -> Instance:
        """The instance, by its own schema."""
        return Instance(check(self.document["instance"]))

    @property
    def market(self) -> dict[str, Any]:
        """The part on the market as it is."""
        part: dict[str, Any] = self.document["market"]
        return part

    @property
    def large_market(self) -> dict[str, Any]:
        """The part on the large market."""
        part: dict[str, Any] = self.document["large_market"]
        return part

    @property
    def has_large_market(self) -> bool:
        """Whether the file claims anything about the large market."""
        return "large_market" in self.document

    @property
    def checksum(self) -> str:
        """SHA-256 of the document without its checksum, keys sorted, without spaces."""
        rest = {key: value for key, value in self.document.items() if key != "checksum"}
        text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def field_faults(self) -> Iterator[str]:
        """Fields that are missing or that no design file has."""
        rest = {key: value for key, value in self.document.items() if key != "instance"}
        return _faults(rest | {"instance": None}, "")

    @cached_property
    def exact_types(self) -> list[ExactTypes]:
        """The types of each row."""
        known = [_exact_types(data) for data in self.large_market["types"]]
        return [known[whole(k)] for k in self.large_market["types_of_row"]]

    @cached_property
    def float_types(self) -> list[FiniteTypes]:
        """The same, as the solvers take them."""
        known = [
            FiniteTypes(
                [[double(c) for c in row] for row in data["costs"]],
                [double(w) for w in data["weights"]] if "weights" in data else None,
            )
            for data in self.large_market["types"]
        ]
        return [known[whole(k)] for k in self.large_market["types_of_row"]]

    def plan(self, option: dict[str, Any]) -> OfferPlan:
        """Who an option offers what; ``InputError`` where its groups are not the agents of the instance."""
        rows = {name: j for j, name in enumerate(self.instance.agents)}
        groups = []
        for group in option["groups"]:
            shares = [Fraction(entry["probability"]) for entry in group["lottery"]]
            if sum(shares) != 1 or min(shares) <= 0:
                raise InputError("probabilities must be positive and sum to 1 exactly", field="groups")
            lottery = [(Probability(p), float_menu(entry["menu"])) for p, entry in zip(shares, group["lottery"])]
            groups.append(OfferGroup(rows[group["agent"]], whole(group["agents"]), lottery))
        return OfferPlan(self.instance, tuple(groups))

    def menus(self) -> Iterator[tuple[str, int, dict[str, Any]]]:
        """Every menu of the file: the mechanism, the row, and the menu as it is written."""
        if self.has_large_market:
            for j, lottery in enumerate(self.large_market["lotteries"]):
                yield from (("large market", j, entry["menu"]) for entry in lottery)
        rows = {name: j for j, name in enumerate(self.instance.agents)}
        for option in self.market["options"]:
            for group in option["groups"]:
                for entry in group["lottery"]:
                    yield option["mechanism"], rows[group["agent"]], entry["menu"]

    def estimate(self, option: dict[str, Any], sample: str) -> Estimate:
        """An estimate as stated."""
        drawn = self.market[sample]
        cost, stderr, lower, upper, dearest = (number(option[sample][name]) for name in ESTIMATE)
        return Estimate(cost, stderr, lower, upper, dearest, whole(drawn["draws"]), whole(drawn["seed"]))


def rationals(values: list[str]) -> Ray:
    """Rationals as they are written."""
    return [rational(value) for value in values]


def rational(text: Any) -> Fraction:
    """One rational."""
    if not isinstance(text, str) or not WRITTEN.fullmatch(text):
        raise ValueError(f"{repr(text)[:60]} is not a rational such as '3/4'")
    return Fraction(text)


def double(text: Any) -> float:
    """A rational that is a double exactly."""
    exact = rational(text)
    if Fraction(float(exact)) != exact:
        raise ValueError(f"{repr(text)[:60]} is not a double-precision number: it has been changed")
    return float(exact)


def whole(value: Any) -> int:
    """A whole number of at least 0."""
    if type(value) is not int or value < 0:
        raise ValueError(f"{repr(value)[:60]} is not a whole number of at least 0")
    return value


def number(value: Any) -> float:
    """A finite JSON number."""
    if type(value) not in (int, float) or not np.isfinite(value):
        raise ValueError(f"{repr(value)[:60]} is not a number")
    return float(value)


def float_menu(data: dict[str, Any]) -> Menu:
    """A menu as the solvers take it."""
    eta = [double(x) for x in data["endowment"]]
    if data["kind"] not in ("rays", "remedial"):
        raise InputError(f"{repr(data['kind'])[:40]} is no kind of menu", field="kind")
    if data["kind"] == "remedial":
        return Menu.remedial(eta, [double(x) for x in data["kept"]])
    return Menu(eta, [[double(x) for x in ray] for ray in data["rays"]])


def _exact_types(data: dict[str, Any]) -> ExactTypes:
    costs = [rationals(row) for row in data["costs"]]
    if not all(c > 0 for row in costs for c in row):
        raise InputError("costs must be positive", field="types")
    weights = [Fraction(1, len(costs))] * len(costs)
    if "weights" in data:
        given = rationals(data["weights"])
        if len(given) != len(costs) or min(given) <= 0:
            raise InputError("one positive weight a type is needed", field="types")
        weights = [weight / sum(given) for weight in given]
    return ExactTypes(costs, weights)


def _faults(data: Any, place: str) -> Iterator[str]:
    if place in FIELDS and not isinstance(data, dict):
        yield f"{place} is no object"
        return
    if isinstance(data, list):
        for entry in data:
            yield from _faults(entry, f"{place}[]")
    if not isinstance(data, dict):
        return
    # An object where none belongs has only unknown fields.
    needed, allowed = FIELDS.get(place, set()), FIELDS.get(place, set()) | OPTIONAL.get(place, set())
    if place.endswith("menu"):
        needed = needed | ({"kept"} if data.get("kind") == "remedial" else {"rays"})
        allowed = needed
    prefix = f"{place}." if place else ""
    yield from (f"{prefix}{str(key)[:40]} is unknown" for key in data.keys() - allowed)
    yield from (f"{prefix}{key} is missing" for key in needed - data.keys())
    for key in data.keys() & allowed:
        yield from _faults(data[key], f"{prefix}{key}")
