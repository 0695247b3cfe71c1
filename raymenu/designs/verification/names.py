"""What mechanisms are called: names that say something of the menus are held to it, others are the file's own words."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from raymenu.designs.design import ENDOWMENT, LARGE_MARKET_MENUS, STATUS_QUO, keep_name
from raymenu.designs.verification.claims import Claim, judged
from raymenu.designs.verification.file import DesignFile, Ray, rationals
from raymenu.solvers.small_market import BILATERAL, COMMON, PLANE, RANDOM, SPACE

DIMENSIONS = {RANDOM: 1, COMMON: 1, BILATERAL: 1, PLANE: 2, SPACE: 3}
"""Of the space in which all rays lie."""
FLAT = 1e-9


def check_names(file: DesignFile) -> Iterator[Claim]:
    """Names of the options against their menus; what nothing can tell is listed."""
    options = file.market["options"]
    names = [option["mechanism"] for option in options]
    wrong = [name for k, name in enumerate(names) if not isinstance(name, str) or name in names[:k]]
    words = []
    for k, option in enumerate(options):
        name, rays = option["mechanism"], _rays(option)
        keeps = not rays and not any(menu["kind"] == "remedial" for menu in _menus(option))
        if (k == 0) != (name == keep_name(file.instance)) or (name in (STATUS_QUO, ENDOWMENT) and not keeps):
            wrong.append(name)
        elif name in DIMENSIONS:
            holders = {group["agent"] for group in option["groups"] if _rays({"groups": [group]})}
            if _rank(rays) > DIMENSIONS[name] or (name == BILATERAL and len(holders) > 2):
                wrong.append(name)
        elif name == LARGE_MARKET_MENUS and file.has_large_market:
            if _lotteries(file, option) != file.large_market["lotteries"]:
                wrong.append(name)
        elif k:
            words.append(name)
    yield judged("names", not wrong, f"of {len(names)} options, by their menus{_those(wrong)}")
    made_with = str(file.document["made_with"])[:60]
    stated = [f"made with {made_with!r}", "the instance's source", *(f"how {word!r} was found" for word in words)]
    yield Claim("words", "unchecked", f"the file's own, and nothing rests on them: {', '.join(stated)}")


def _menus(option: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry["menu"] for group in option["groups"] for entry in group["lottery"]]


def _rays(option: dict[str, Any]) -> list[Ray]:
    return [rationals(ray) for menu in _menus(option) for ray in menu.get("rays", [])]


def _rank(rays: list[Ray]) -> int:
    """The dimension that rays span, to rounding: a name promises no more."""
    if not rays:
        return 0
    matrix = np.array([[float(x) for x in ray] for ray in rays])
    longest = np.abs(matrix).max(axis=1, keepdims=True)
    units = np.divide(matrix, longest, out=np.zeros_like(matrix), where=longest > 0)
    return int(np.linalg.matrix_rank(units, tol=FLAT * len(rays)))


def _lotteries(file: DesignFile, option: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Shares of each row's copies, as the large market writes lotteries."""
    inst = file.instance
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in inst.agents}
    copies = dict(zip(inst.agents, inst.copies.tolist()))
    for group in option["groups"]:
        share = Fraction(group["agents"], copies[group["agent"]])
        rows[group["agent"]] += [
            {"probability": str(share * Fraction(entry["probability"])), "menu": entry["menu"]}
            for entry in group["lottery"]
        ]
    return list(rows.values())


def _those(names: list[Any]) -> str:
    return f"; not so: {', '.join(str(name)[:40] for name in names[:5])}" if names else ""
