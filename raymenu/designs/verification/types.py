"""The finite types that a certificate speaks of: the instance's own, drawn from its preferences again, or chosen."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from raymenu.designs.verification.claims import Claim, judged
from raymenu.designs.verification.file import DesignFile, ExactTypes, double, float_menu, whole
from raymenu.instances import FiniteTypes, Preferences
from raymenu.mechanisms import out_of_sample

DRAWS = 20_000
"""Of types, where no closed form gives a menu's value on a distribution."""
WORTH_A_LOOK = 10_000
"""Menus times parts of the closed form, up to which even a certificate on types drawn again has that value beside."""


def check_types(file: DesignFile) -> Iterator[Claim]:
    """Row by row; a design on chosen types says nothing about the distribution, so its value there is given beside."""
    inst, own = file.instance, file.exact_types
    if len(own) != inst.n_agents:
        yield judged("types", False, f"types of {len(own)} rows, the instance has {inst.n_agents}")
        return
    outside = [j + 1 for j, types in enumerate(own) if not _inside(types, inst.preferences[j])]
    if outside:
        yield judged("types", False, f"outside the preferences' support, or of other tasks: rows {outside[:5]}")
        return
    other = [
        j + 1
        for j, preferences in enumerate(inst.preferences)
        if not preferences.continuous and not _equal(own[j], preferences.discretize(1))
    ]
    if other:
        yield judged(
            "types", False, f"the instance's preferences are finite, the file's types others: rows {other[:5]}"
        )
        return
    sizes = "/".join(sorted({str(len(types.costs)) for types in own}, key=int))
    if not any(preferences.continuous for preferences in inst.preferences):
        yield judged("types", True, f"{sizes} types, the instance's own")
        return
    source = file.large_market.get("drawn_with")
    if source is not None:
        number, seed = whole(source["number"]), whole(source["seed"])
        if number != max(len(types.costs) for types in own):
            # More than are there are never drawn: a number that was changed would only cost time.
            yield judged("types", False, f"{sizes} types, said to be drawn as {number}")
            return
        again = inst.types(number, seed)
        if all(_equal(types, drawn) for types, drawn in zip(own, again)):
            yield judged(
                "types", True, f"{sizes} types, drawn again with seed {seed}{_beside(file, most=WORTH_A_LOOK)}"
            )
            return
    yield Claim("types", "unchecked", f"{sizes} chosen types, not drawn as stated{_beside(file)}")


def _beside(file: DesignFile, most: float = math.inf) -> str:
    """What the lotteries cost on the preferences; left out where that is much work for little."""
    menus = sum(len(lottery) for lottery in file.large_market["lotteries"])
    if menus * 2**file.instance.n_tasks > most:
        return ""
    return f"; on the preferences themselves the same lotteries cost {_value_on_preferences(file):.6g} at the prices"


def _inside(types: ExactTypes, preferences: Preferences) -> bool:
    box = list(zip(preferences.lower_bounds.tolist(), preferences.upper_bounds.tolist()))
    return all(
        len(cost) == len(box) and all(Fraction(low) <= c <= Fraction(high) for c, (low, high) in zip(cost, box))
        for cost in types.costs
    )


def _equal(types: ExactTypes, known: FiniteTypes) -> bool:
    costs = [[Fraction(c) for c in row] for row in known.costs.tolist()]
    return types.costs == costs and types.weights == known.exact_weights


def _value_on_preferences(file: DesignFile) -> float:
    """``lambda . n - sum_j copies_j (lambda - pi_j) . x_j``, x_j what row j does on its distribution."""
    inst, part = file.instance, file.large_market
    prices = np.array([double(price) for price in part["prices"]])
    value = float(prices @ inst.counts)
    for j, lottery in enumerate(part["lotteries"]):
        for entry in lottery:
            menu = float_menu(entry["menu"])
            w = prices - inst.performance[j]
            share = float(Fraction(entry["probability"]) * int(inst.copies[j]))
            value -= share * out_of_sample(menu, inst.preferences[j], w, draws=DRAWS).value
    return value
