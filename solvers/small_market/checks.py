"""What a design for the market as it is must meet, whatever it costs."""

from __future__ import annotations

import numpy as np

from raymenu.mechanisms import OfferPlan
from raymenu.mechanisms.conditions import Check, Checker
from raymenu.mechanisms.participation import losses


def check_offers(plan: OfferPlan) -> Check:
    """Everybody is offered a menu of polarized rays from its endowment, and takes part whatever the others choose.

    Participation is asked of the endowment against the status quo, for any profile may leave an agent there.

    Examples
    --------
    >>> import raymenu
    >>> check_offers(OfferPlan.keep(raymenu.load("anaesthesia"))).ok()
    True
    """
    inst, checker = plan.inst, Checker(plan.inst)
    for row, menu in plan.holders:
        place = f"agent {inst.agents[row]!r}"
        checker.note("endowment", float(np.abs(menu.endowment - inst.endowment[row]).max()), place)
        checker.note("polarization", float(not menu.is_polarized()), place)
    checker.note("participation", 0.0, "")
    for loss in losses(inst):
        checker.note("participation", loss.ratio - 1.0, f"agent {inst.agents[loss.row]!r}: {loss}")
    return checker.done()
