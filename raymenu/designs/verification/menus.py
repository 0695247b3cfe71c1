"""Every menu of the file: from the row's endowment, within it, polarized; and whether all take part; exactly."""

from __future__ import annotations

from collections.abc import Iterator

from raymenu.designs.verification.claims import Claim, judged
from raymenu.designs.verification.file import DesignFile, rationals
from raymenu.instances.text import quoted
from raymenu.mechanisms.menus.polarization import conflicts
from raymenu.mechanisms.participation import describe, losses
from raymenu.mechanisms.profiles import SAME_ENDOWMENT


def check_menus(file: DesignFile) -> Iterator[Claim]:
    """All menus of the large market and of every option."""
    inst = file.instance
    outside: set[str] = set()
    unpolarized: set[str] = set()
    number = 0
    for mechanism, j, data in file.menus():
        number += 1
        place = f"{mechanism}, {quoted(inst.agents[j])}"
        eta, own = rationals(data["endowment"]), rationals([str(x) for x in map(_exactly, inst.endowment[j])])
        if len(eta) != len(own) or any(abs(e - o) > SAME_ENDOWMENT * o for e, o in zip(eta, own)):
            outside.add(place)
        rays = [rationals(ray) for ray in data.get("rays", [])]
        if any(len(ray) != len(eta) or any(e + k < 0 for e, k in zip(eta, ray)) for ray in rays):
            outside.add(place)
        kept = rationals(data["kept"]) if data["kind"] == "remedial" else eta
        if len(kept) != len(eta) or any(not 0 <= k <= e for k, e in zip(kept, eta)):
            outside.add(place)
        if conflicts(rays):
            unpolarized.add(place)
    yield judged("endowment", not outside, f"{number} menus, rays within the endowment{_those(outside)}")
    yield judged("polarization", not unpolarized, f"exact, every pair of rays{_those(unpolarized)}")
    # Any profile may leave an agent with its endowment, whatever its menu is.
    found = losses(inst)
    detail = f"with the endowment {describe(inst, found)}" if found else "exact: no type loses by its endowment"
    yield judged("participation", not found, detail)


def _exactly(value: float) -> str:
    numerator, denominator = float(value).as_integer_ratio()
    return f"{numerator}/{denominator}"


def _those(places: set[str]) -> str:
    return f"; not so: {'; '.join(sorted(places)[:5])}" if places else ""
