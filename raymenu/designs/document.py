"""The design file: an instance, its types and the menus designed for it, exactly, so that anyone can check them.

Numbers on which a claim rests are rationals written as strings: the doubles that were computed with, exactly.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from raymenu.instances import FiniteTypes, InputError, Instance
from raymenu.mechanisms import Menu
from raymenu.mechanisms.menus.lotteries import Lottery, Probability, mixed_assignment, social_cost
from raymenu.solvers.large_market.large_market import LargeMarket
from raymenu.version import VERSION

FORMAT = 1


@dataclass(frozen=True)
class Recommended:
    """The mechanism to use in the market as it is.

    Attributes
    ----------
    mechanism, reason
        Its name, and why it is recommended, in words.
    lotteries
        One list of (share, menu) a row: the share of the row's copies that is offered each menu. Where copies times
        share is whole, the split is fixed; else it is drawn.
    cost, stderr, draws, seed
        Expected social cost in this market, as ``simulate(inst, lotteries, replicas=[1], draws=draws, seed=seed)``
        gives it.
    """

    mechanism: str
    reason: str
    lotteries: list[Lottery]
    cost: float
    stderr: float
    draws: int
    seed: int


def design_document(large_market: LargeMarket, recommended: Recommended) -> dict[str, Any]:
    """The design as a JSON object, with its checksum.

    Parameters
    ----------
    large_market
        The certified solution of (5): its lotteries, bounds and prices.
    recommended
        What to use in the market as it is.
    """
    inst = large_market.instance
    distinct: list[FiniteTypes] = []
    for own in large_market.types:
        if not any(own is known for known in distinct):
            distinct.append(own)
    assignments = [mixed_assignment(lottery, own) for lottery, own in zip(large_market.lotteries, large_market.types)]
    document: dict[str, Any] = {
        "format": FORMAT,
        "made_with": {"raymenu": VERSION},
        "instance": inst.to_dict(),
        "types": [_types_to_dict(own) for own in distinct],
        "types_of_row": [next(k for k, known in enumerate(distinct) if own is known) for own in large_market.types],
        "large_market": {
            "lotteries": _lotteries_to_list(large_market.lotteries),
            "expected_assignments": [[str(amount) for amount in x] for x in assignments],
            "upper": str(social_cost(inst, assignments)),
            "lower": str(Fraction(large_market.lower)),
            "prices": [str(Fraction(price)) for price in large_market.prices.tolist()],
        },
        "recommended": _recommended_to_dict(recommended),
    }
    return document | {"checksum": checksum(document)}


def market_document(inst: Instance, recommended: Recommended, more: dict[str, Any]) -> dict[str, Any]:
    """A design for the market as it is alone, without a large market beside it; ``more`` is recorded with it."""
    document = {
        "format": FORMAT,
        "made_with": {"raymenu": VERSION},
        "instance": inst.to_dict(),
        "recommended": _recommended_to_dict(recommended),
    } | more
    return document | {"checksum": checksum(document)}


def checksum(document: dict[str, Any]) -> str:
    """SHA-256 of the document without its checksum, in canonical JSON."""
    rest = {key: value for key, value in document.items() if key != "checksum"}
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def read_document(path: str | Path) -> dict[str, Any]:
    """A design file as a JSON object; ``InputError`` where it is none."""
    source = str(path)
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError("no such file: check the path", source=source) from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as fault:
        raise InputError(f"not a design file ({fault}): give one that `raymenu solve` wrote", source=source) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InputError(
            f"not a design file of format {FORMAT}: give one that `raymenu solve` or `small-market` wrote",
            field="format",
            source=source,
        )
    return document


def types_from_dict(data: dict[str, Any]) -> FiniteTypes:
    """The finite types of a design file."""
    costs = [[_double(text) for text in row] for row in data["costs"]]
    weights = data.get("weights")
    return FiniteTypes(costs, None if weights is None else [_double(text) for text in weights])


def _recommended_to_dict(recommended: Recommended) -> dict[str, Any]:
    return {
        "mechanism": recommended.mechanism,
        "reason": recommended.reason,
        "lotteries": _lotteries_to_list(recommended.lotteries),
        "cost": str(Fraction(recommended.cost)),
        "stderr": str(Fraction(recommended.stderr)),
        "draws": recommended.draws,
        "seed": recommended.seed,
    }


def _types_to_dict(types: FiniteTypes) -> dict[str, Any]:
    data: dict[str, Any] = {"costs": [[str(Fraction(c)) for c in row] for row in types.costs.tolist()]}
    if types.given_weights is not None:
        data["weights"] = [str(Fraction(weight)) for weight in types.given_weights.tolist()]
    return data


def _double(text: str) -> float:
    exact = Fraction(text)
    if Fraction(float(exact)) != exact:
        raise InputError(f"{text!r} is not a double-precision number: it has been changed")
    return float(exact)


def lotteries_from_list(data: list[list[dict[str, Any]]]) -> list[Lottery]:
    """The lotteries of a design file."""
    return [
        [(Probability(Fraction(entry["probability"])), Menu.from_dict(entry["menu"])) for entry in row] for row in data
    ]


def _lotteries_to_list(lotteries: list[Lottery]) -> list[list[dict[str, Any]]]:
    return [
        [{"probability": str(weight.exact), "menu": menu.to_dict()} for weight, menu in lottery]
        for lottery in lotteries
    ]
