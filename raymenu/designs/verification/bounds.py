"""The lower bound of the large market, proven again to the number that is stated."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from raymenu.designs.verification.claims import Claim, judged
from raymenu.designs.verification.file import DesignFile, double, rationals
from raymenu.instances import FiniteTypes
from raymenu.instances.text import quoted
from raymenu.mechanisms.reach import Region
from raymenu.solvers.support import Limits, support_function
from raymenu.solvers.support.ruled import support_within

Floats = NDArray[np.float64]
ATTEMPTS = 12


def check_lower_bound(file: DesignFile, prove: bool) -> Iterator[Claim]:
    """``lower <= lambda . n - sum_j copies_j u_j``, and with ``prove`` every ``S_j(lambda - pi_j) <= u_j``."""
    inst = file.instance
    if not file.has_large_market:
        yield Claim("lower bound", "fails", "this file holds no large market, so no bound to prove: drop --bounds")
        return
    if inst.compiled_rules.joint:
        said = (
            "rules about several agents have prices of their own, which the file does not hold: solve again to check it"
        )
        yield Claim("lower bound", "unchecked", said)
        return
    part = file.large_market
    lower, prices, bounds = double(part["lower"]), rationals(part["prices"]), rationals(part["support_bounds"])
    if len(prices) != inst.n_tasks or len(bounds) != inst.n_agents:
        yield judged("lower bound", False, "one price per task and one support bound per row are needed")
        return
    claimed = sum((Fraction(n) * price for n, price in zip(inst.counts.tolist(), prices)), Fraction(0))
    claimed -= sum((int(copies) * bound for copies, bound in zip(inst.copies, bounds)), Fraction(0))
    if Fraction(lower) > claimed:
        yield judged("lower bound", False, f"its support bounds give {float(claimed):.9g}, it states {lower:.9g}")
        return
    if not prove:
        yield Claim("lower bound", "unchecked", f"{lower:.9g} follows from its support bounds; --bounds proves these")
        return
    float_prices = np.array([double(price) for price in part["prices"]])
    proven: dict[tuple[int, bytes, bytes], float] = {}
    broken = []
    for j, own in enumerate(file.float_types):
        eta, w = inst.endowment[j], float_prices - inst.performance[j]
        region = Region.of(inst, j) if inst.rules else None
        key = (id(own), eta.tobytes() + (region.key if region else b""), w.tobytes())
        target = double(part["support_bounds"][j])
        if key not in proven or proven[key] > target:
            proven[key] = _bound(own, eta, w, target, region)
        if proven[key] > target:
            broken.append(f"{quoted(inst.agents[j])}: {proven[key]:.9g}, not {target:.9g}")
    if broken:
        yield judged("lower bound", False, f"support functions exceed their bounds: {'; '.join(broken[:5])}")
        return
    yield judged("lower bound", True, f"every support function bounded again at the prices: V >= {lower:.9g}")


def _bound(types: FiniteTypes, eta: Floats, w: Floats, target: float, region: Region | None) -> float:
    """An upper bound of S(w), tightened until it is at most the target or S(w) is known to exceed it."""
    gap = target - float(w @ eta)  # keeping the endowment is a menu
    for _ in range(ATTEMPTS):
        gap = max(gap, 0.0)
        if region is not None and region.size:
            found = support_within(types, eta, w, region, "auto", Limits(rel_gap=0.0, abs_gap=gap))
        else:
            found = support_function(types, eta, w, rel_gap=0.0, abs_gap=gap)
        if found.upper <= target or found.lower > target or gap == 0.0:
            break
        # With this gap, a search that finds nothing better than before ends with its bound at the target.
        gap = target - found.lower
    return found.upper
