"""What a design for the market as it is must meet, whatever it costs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from raymenu.instances import Instance
from raymenu.mechanisms import Menu
from raymenu.mechanisms.conditions import Check, Checker
from raymenu.mechanisms.participation import losses


def check_offers(inst: Instance, offers: Sequence[tuple[int, int, Menu]]) -> Check:
    """Everybody is offered a menu of polarized rays from its endowment, and takes part whatever the others choose.

    Participation is asked of the endowment against the status quo, for any profile may leave an agent there.

    Parameters
    ----------
    offers
        (row, number of agents, menu).

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.load("anaesthesia")
    >>> check_offers(inst, [(j, 1, Menu(eta)) for j, eta in enumerate(inst.endowment)]).ok()
    True
    """
    checker = Checker(inst)
    sizes = np.bincount([row for row, _, _ in offers], [size for _, size, _ in offers], inst.n_agents)
    j = int(np.argmax(np.abs(sizes - inst.copies)))
    checker.note("agents", abs(float(sizes[j] - inst.copies[j])), f"agent {inst.agents[j]!r}")
    for row, _, menu in offers:
        place = f"agent {inst.agents[row]!r}"
        checker.note("endowment", float(np.abs(menu.endowment - inst.endowment[row]).max()), place)
        checker.note("polarization", float(not menu.is_polarized()), place)
    checker.note("participation", 0.0, "")
    for loss in losses(inst):
        checker.note("participation", loss.ratio - 1.0, f"agent {inst.agents[loss.row]!r}: {loss}")
    return checker.done()
