"""Rechecking a design file by itself: rational arithmetic on the numbers in the file, by definition.

Nothing here trusts the code that made the design: choices, assignments and costs are worked out again from the
rationals in the file, type by type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from raymenu.designs.document import checksum, lotteries_from_list, types_from_dict
from raymenu.instances import InputError, Instance
from raymenu.instances.schema import CLEARING_TOLERANCE, check
from raymenu.mechanisms import Menu
from raymenu.mechanisms.menus.polarization import conflicts
from raymenu.solvers.eopr.simulation import simulate
from raymenu.solvers.support import support_function

Ray = list[Fraction]
ESTIMATE_TOLERANCE = 1e-9
"""The estimate is redrawn from its seed; sums may round differently on another machine."""


@dataclass(frozen=True)
class Check:
    """One check of a design: what was checked, whether it held, and the numbers that say so."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True)
class _Types:
    costs: list[Ray]
    weights: Ray


def verify(document: dict[str, Any], bounds: bool = False) -> list[Check]:
    """Recheck a design document.

    Parameters
    ----------
    document
        As ``raymenu.designs.document.read_document`` gives it.
    bounds
        Also prove the lower bound again, by solving every support function at the design's prices.

    Returns
    -------
    Checks in order; a document is good if all passed. A broken document gives failed checks, never an exception.
    """
    checks: list[Check] = []
    stated = checksum(document)
    checks.append(Check("checksum", document.get("checksum") == stated, f"recomputed {stated[:16]}…"))
    # What `raymenu small-market` wrote claims nothing about a large market, and holds no types.
    alone = "groups" in document and "large_market" not in document
    steps: list[tuple[str, Callable[[], list[Check]]]] = [
        ("instance", lambda: _instance(document)),
        ("types", lambda: [] if alone else _types(document)),
        ("menus", lambda: _menus(document)),
        ("large market", lambda: [] if alone else _large_market(document)),
        ("groups", lambda: _groups(document) if alone else []),
        ("recommended", lambda: _recommended(document)),
    ]
    if bounds:
        steps.append(("lower bound", lambda: _lower_bound(document)))
    for name, step in steps:
        try:
            checks += step()
        except (KeyError, IndexError, TypeError, ValueError, ZeroDivisionError) as fault:
            # A document that was tampered with may break anywhere: that is a finding, not a crash.
            checks.append(Check(name, False, f"cannot be read: {type(fault).__name__} {fault}"))
    return checks


def _instance(document: dict[str, Any]) -> list[Check]:
    inst = Instance(check(document["instance"]))
    return [Check("instance", True, f"{inst.name}: {inst.n_agents} rows, {inst.n_tasks} tasks, valid")]


def _types(document: dict[str, Any]) -> list[Check]:
    inst = Instance(check(document["instance"]))
    rows = document["types_of_row"]
    known = [_exact_types(data) for data in document["types"]]
    good = len(rows) == inst.n_agents and all(0 <= k < len(known) for k in rows)
    within = all(
        Fraction(low) <= c <= Fraction(high)
        for k, preferences in zip(rows, inst.preferences)
        for cost in known[k].costs
        for c, low, high in zip(cost, preferences.lower_bounds.tolist(), preferences.upper_bounds.tolist())
    )
    sums = all(sum(own.weights) == 1 for own in known)
    sizes = ", ".join(str(len(own.costs)) for own in known)
    detail = f"{sizes} types, inside the preferences' support, weights sum to 1"
    return [Check("types", good and within and sums, detail)]


def _menus(document: dict[str, Any]) -> list[Check]:
    inst = Instance(check(document["instance"]))
    offered = [
        (j, entry["menu"])
        for part in ("large_market", "recommended")
        if part in document or part == "recommended"
        for j, lottery in enumerate(document[part]["lotteries"])
        for entry in lottery
    ]
    outside, unpolarized = [], []
    for j, data in offered:
        menu = Menu.from_dict(data)
        eta = _rationals(data["endowment"])
        rays = [_rationals(ray) for ray in data.get("rays", [])]
        kept = [_rationals(data["kept"])] if menu.kind == "remedial" else []
        same = eta == [Fraction(value) for value in inst.endowment[j].tolist()]
        if not same or any(e + k < 0 for ray in rays for e, k in zip(eta, ray)):
            outside.append(j)
        if any(not 0 <= k <= e for part in kept for e, k in zip(eta, part)):
            outside.append(j)
        if conflicts(rays):
            unpolarized.append(j)
    return [
        Check("endowment", not outside, f"{len(offered)} menus, rays within the endowment; rows that fail: {outside}"),
        Check("polarization", not unpolarized, f"exact, every pair of rays; rows that fail: {unpolarized}"),
    ]


def _large_market(document: dict[str, Any]) -> list[Check]:
    inst = Instance(check(document["instance"]))
    part = document["large_market"]
    known = [_exact_types(data) for data in document["types"]]
    lotteries = part["lotteries"]
    probabilities = [[Fraction(entry["probability"]) for entry in lottery] for lottery in lotteries]
    checks = [_fair("lottery weights", inst, probabilities)]
    assignments = [
        _mix(p, [_expected(entry["menu"], known[k]) for entry in lottery])
        for p, lottery, k in zip(probabilities, lotteries, document["types_of_row"])
    ]
    stated = [_rationals(x) for x in part["expected_assignments"]]
    checks.append(Check("expected assignments", assignments == stated, "equal to the stated ones, exactly"))
    counts = [Fraction(n) for n in inst.counts.tolist()]
    copies = [int(c) for c in inst.copies]
    held = [sum((c * x[i] for c, x in zip(copies, assignments)), Fraction(0)) for i in range(inst.n_tasks)]
    worst = max(abs(h - n) / n for h, n in zip(held, counts))
    clears = worst <= Fraction(CLEARING_TOLERANCE)
    checks.append(Check("market clearing", clears, f"in expectation, worst share {float(worst):.1e}"))
    cost = sum(
        (
            c * Fraction(pi) * x
            for c, row, mix in zip(copies, inst.performance.tolist(), assignments)
            for pi, x in zip(row, mix)
        ),
        Fraction(0),
    )
    checks.append(Check("upper bound", cost == Fraction(part["upper"]), f"cost of the lotteries {float(cost):.9g}"))
    lower = Fraction(part["lower"])
    checks.append(Check("interval", lower <= cost, f"lower {float(lower):.9g} <= upper {float(cost):.9g}"))
    return checks


def _groups(document: dict[str, Any]) -> list[Check]:
    """The groups of agents are the shares of the recommended lotteries, and hold every agent once."""
    inst = Instance(check(document["instance"]))
    copies = [int(c) for c in inst.copies]
    shares = [
        [
            (Fraction(group["copies"], copies[j]), group["menu"])
            for group in document["groups"]
            if group["agent"] == name
        ]
        for j, name in enumerate(inst.agents)
    ]
    stated = [
        [(Fraction(entry["probability"]), entry["menu"]) for entry in lottery]
        for lottery in document["recommended"]["lotteries"]
    ]
    everyone = sum(int(group["copies"]) for group in document["groups"]) == sum(copies)
    return [Check("groups", everyone and shares == stated, f"{sum(copies)} agents, each in one group")]


def _recommended(document: dict[str, Any]) -> list[Check]:
    inst = Instance(check(document["instance"]))
    part = document["recommended"]
    lotteries = lotteries_from_list(part["lotteries"])
    checks = [_fair("recommended shares", inst, [[p.exact for p, _ in lottery] for lottery in lotteries])]
    cost, stderr = float(Fraction(part["cost"])), float(Fraction(part["stderr"]))
    again = simulate(inst, lotteries, replicas=[1], draws=part["draws"], seed=part["seed"])
    scale = max(abs(again.endowment_cost), 1e-300)
    same = max(abs(again.cost[0] - cost), abs(again.stderr[0] - stderr)) <= ESTIMATE_TOLERANCE * scale
    drawn = f"{part['draws']} profiles drawn again from seed {part['seed']}"
    detail = f"{again.cost[0]:.9g} ± {again.stderr[0]:.2g}, {drawn}"
    checks.append(Check("market estimate", bool(same), detail))
    dearest = float(again.costs.max())
    bounded = dearest <= again.endowment_cost + ESTIMATE_TOLERANCE * scale
    detail = f"dearest profile {dearest:.9g}, endowment {again.endowment_cost:.9g}"
    checks.append(Check("never dearer", bounded, detail))
    return checks


def _fair(name: str, inst: Instance, probabilities: list[Ray]) -> Check:
    fair = len(probabilities) == inst.n_agents and all(sum(p) == 1 and min(p) > 0 for p in probabilities)
    return Check(name, fair, "positive, summing to 1 exactly in every row")


def _lower_bound(document: dict[str, Any]) -> list[Check]:
    inst = Instance(check(document["instance"]))
    if "large_market" not in document:
        return [Check("lower bound", False, "this file holds no large market, so no bound to prove: drop --bounds")]
    part = document["large_market"]
    lower, upper = Fraction(part["lower"]), Fraction(part["upper"])
    prices = np.array([float(Fraction(price)) for price in part["prices"]])
    known = [types_from_dict(data) for data in document["types"]]
    # A tenth of the certified interval may be lost to the oracles here: the claim below allows just that.
    allowed = max(float(upper - lower), 1e-9 * abs(float(upper))) / 10
    proven = float(inst.counts @ prices)
    for j, k in enumerate(document["types_of_row"]):
        gap = allowed / float(inst.copies.sum())
        found = support_function(known[k], inst.endowment[j], prices - inst.performance[j], rel_gap=0.0, abs_gap=gap)
        proven -= int(inst.copies[j]) * found.upper
    holds = proven >= float(lower) - allowed and proven <= float(upper) + allowed
    return [Check("lower bound", holds, f"proven again at the stated prices: {proven:.9g}, stated {float(lower):.9g}")]


def _exact_types(data: dict[str, Any]) -> _Types:
    costs = [_rationals(row) for row in data["costs"]]
    if not all(c > 0 for row in costs for c in row):
        raise InputError("costs must be positive", field="types")
    given = data.get("weights")
    weights = [Fraction(1, len(costs))] * len(costs)
    if given is not None:
        total = sum(_rationals(given), Fraction(0))
        weights = [weight / total for weight in _rationals(given)]
    if len(weights) != len(costs):
        raise InputError("one weight a type is needed", field="types")
    return _Types(costs, weights)


def _expected(menu: dict[str, Any], types: _Types) -> Ray:
    """y of one menu: each type takes the first ray with c . kappa <= 0, else keeps its endowment."""
    if menu["kind"] == "remedial":
        return _rationals(menu["kept"])
    eta, rays = _rationals(menu["endowment"]), [_rationals(ray) for ray in menu["rays"]]
    taken = [Fraction(0)] * len(rays)
    for cost, weight in zip(types.costs, types.weights):
        for k, ray in enumerate(rays):
            if sum(c * x for c, x in zip(cost, ray)) <= 0:
                taken[k] += weight
                break
    return [e + sum((p * ray[i] for p, ray in zip(taken, rays)), Fraction(0)) for i, e in enumerate(eta)]


def _mix(probabilities: Sequence[Fraction], parts: Sequence[Ray]) -> Ray:
    return [sum((p * y[i] for p, y in zip(probabilities, parts)), Fraction(0)) for i in range(len(parts[0]))]


def _rationals(values: Sequence[str]) -> Ray:
    return [Fraction(value) for value in values]
