"""What the file says of the large market: an explicit solution of (5), worked out again type by type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from raymenu.designs.verification.claims import Claim, judged
from raymenu.designs.verification.file import DesignFile, ExactTypes, Ray, double, rationals
from raymenu.instances.schema import CLEARING_TOLERANCE
from raymenu.instances.text import quoted
from raymenu.mechanisms.reach import Region

RULES = 1e-9
"""Share of a ray by which rounding may have made it too long."""


def check_large_market(file: DesignFile) -> Iterator[Claim]:
    """Weights, expected assignments, market clearing, cost, and the interval."""
    inst, part = file.instance, file.large_market
    lotteries = part["lotteries"]
    probabilities = [rationals([entry["probability"] for entry in lottery]) for lottery in lotteries]
    fair = len(lotteries) == inst.n_agents and all(p and sum(p) == 1 and min(p) > 0 for p in probabilities)
    yield judged("lottery weights", fair, "positive, summing to 1 exactly in every row")
    assignments = [
        _mix(p, [_expected(entry["menu"], types) for entry in lottery])
        for p, lottery, types in zip(probabilities, lotteries, file.exact_types)
    ]
    stated = [rationals(x) for x in part["expected_assignments"]]
    yield judged("expected assignments", assignments == stated, "equal to the stated ones, exactly")
    if inst.rules:
        yield _kept_rules(file)
    counts, copies = [Fraction(n) for n in inst.counts.tolist()], [int(c) for c in inst.copies]
    held = [sum((c * x[i] for c, x in zip(copies, assignments)), Fraction(0)) for i in range(inst.n_tasks)]
    worst = max(abs(h - n) / n for h, n in zip(held, counts))
    clears = worst <= Fraction(CLEARING_TOLERANCE)
    yield judged("market clearing", clears, f"in expectation, worst share {float(worst):.1e}")
    cost = sum(
        (
            c * Fraction(pi) * x
            for c, row, mix in zip(copies, inst.performance.tolist(), assignments)
            for pi, x in zip(row, mix)
        ),
        Fraction(0),
    )
    upper = double(part["upper"])
    yield judged("upper bound", upper == _rounded_up(cost), f"cost of the lotteries {float(cost):.9g}")
    lower, prices = Fraction(double(part["lower"])), rationals(part["prices"])
    # Lotteries clear to a tolerance: what they miss of the counts is charged at the prices.
    missing = sum((price * (n - h) for price, n, h in zip(prices, counts, held)), Fraction(0))
    yield judged("interval", lower <= cost + missing, f"lower {float(lower):.9g} <= upper {float(cost):.9g}")


def _kept_rules(file: DesignFile) -> Claim:
    """Rules about single agents, of every ray of the large market's menus executed in full."""
    inst, broken = file.instance, set[str]()
    for j, lottery in enumerate(file.large_market["lotteries"]):
        region = Region.of(inst, j)
        eta = inst.endowment[j]
        for entry in lottery if region.size else ():
            menu = entry["menu"]
            ends = [menu["kept"]] if menu["kind"] == "remedial" else menu["rays"]
            for end in ends:
                step = np.array([float(x) for x in rationals(end)]) - (eta if menu["kind"] == "remedial" else 0.0)
                if region.reach(step).share < 1 - RULES:
                    broken.add(quoted(inst.agents[j]))
    those = f"; not so: {', '.join(sorted(broken)[:5])}" if broken else ""
    return judged("rules", not broken, f"rays in full keep the rules about single agents{those}")


def _expected(menu: dict[str, Any], types: ExactTypes) -> Ray:
    """y of one menu: each type takes the first ray with c . kappa <= 0, else keeps its endowment."""
    if menu["kind"] == "remedial":
        return rationals(menu["kept"])
    eta, rays = rationals(menu["endowment"]), [rationals(ray) for ray in menu["rays"]]
    taken = [Fraction(0)] * len(rays)
    for cost, weight in zip(types.costs, types.weights):
        for k, ray in enumerate(rays):
            if sum((c * x for c, x in zip(cost, ray)), Fraction(0)) <= 0:
                taken[k] += weight
                break
    return [e + sum((p * ray[i] for p, ray in zip(taken, rays)), Fraction(0)) for i, e in enumerate(eta)]


def _mix(probabilities: Sequence[Fraction], parts: Sequence[Ray]) -> Ray:
    return [sum((p * y[i] for p, y in zip(probabilities, parts)), Fraction(0)) for i in range(len(parts[0]))]


def _rounded_up(value: Fraction) -> float:
    from math import inf, nextafter

    near = float(value)
    return near if Fraction(near) >= value else nextafter(near, inf)
