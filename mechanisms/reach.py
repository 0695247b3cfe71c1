"""How far an agent can be moved along a ray: until a task runs out, or a rule about the agent alone stops it.

Along ``eta + t d`` a row ``a . mu + g . |mu - sigma|`` is convex and piecewise linear in t, and the endowment keeps it,
so what keeps it is an interval from 0: a rule about one agent shortens its steps and leaves everything else as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import Instance
from raymenu.mechanisms.menus.menu import Menu

Floats = NDArray[np.float64]
ROUNDING = 1e-11
"""Share of the numbers in a row by which a whole step may move it and still counts as moving along it."""


@dataclass(frozen=True)
class Reach:
    """How much of a step is possible.

    Attributes
    ----------
    share
        In [0, 1].
    row
        The row of the rules that stops it, -1 where none does.
    slope
        What one more step would add to that row.
    """

    share: float
    row: int = -1
    slope: float = 0.0


def reach(inst: Instance, j: int, step: Floats, rows: Sequence[int] | None = None) -> Reach:
    """How much of a step from the endowment an agent's own rules allow; only the rules are looked at.

    Parameters
    ----------
    step
        d, (I,), in tasks.
    rows
        Numbers of the agent's own rows to look at; default: all of them.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.load("anaesthesia")
    >>> inst = inst.with_rules([raymenu.Rule("cap", "few", tasks="good", each=True, at_most=4.0)])
    >>> round(reach(inst, 0, np.array([0.8, -1.0, 0.0, 0.0])).share, 9)
    0.5
    """
    rules = inst.compiled_rules
    found = Reach(1.0)
    for r in rules.own[j] if rows is None else rows:
        a, g = rules.parts[r][j]
        sense, limit = rules.rows[r].sense, rules.rows[r].limit
        allowed = ROUNDING * float(rules.scales[r])
        eta, sigma = inst.endowment[j], inst.status_quo[j]
        if sense == "==":
            if abs(a @ step) > allowed:
                return Reach(0.0, r, float(abs(a @ step)))
            continue
        sign = -1.0 if sense == ">=" else 1.0
        before = float(sign * (a @ eta) + g @ np.abs(eta - sigma))
        room = max(sign * limit - before, 0.0)
        for start, end in pairwise([0.0, *kinks(eta, sigma, step, g > 0), 1.0]):
            then = float(sign * (a @ (eta + end * step)) + g @ np.abs(eta + end * step - sigma)) - before
            at = float(sign * (a @ (eta + start * step)) + g @ np.abs(eta + start * step - sigma)) - before
            if then <= room + allowed:
                continue
            slope = (then - at) / (end - start)
            share = min(max(start + (room - at) / slope, 0.0), 1.0)
            if share < found.share:
                found = Reach(share, r, slope)
            break
    return found


def kinks(eta: Floats, sigma: Floats, step: Floats, counted: NDArray[np.bool_]) -> list[float]:
    """Where in (0, 1) along a step a counted task passes its status quo."""
    moves = counted & (step != 0) & (eta != sigma)
    at = (sigma[moves] - eta[moves]) / step[moves]
    return sorted({float(t) for t in at if 0.0 < t < 1.0})


def within_rules(inst: Instance, j: int, menu: Menu) -> Menu:
    """The menu with each ray as long as the agent's own rules allow, and the remedial part kept likewise.

    Rays that may not move at all are left out, so the choices of the menu are those that lead somewhere.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.load("anaesthesia")
    >>> inst = inst.with_rules([raymenu.Rule("cap", "few", tasks="good", each=True, at_most=4.0)])
    >>> within_rules(inst, 0, Menu(inst.endowment[0], [[0.8, -1.0, 0.0, 0.0]])).rays.round(9).tolist()
    [[0.4, -0.5, 0.0, 0.0]]
    """
    if not inst.compiled_rules.own[j]:
        return menu
    if menu.kept is not None:
        share = reach(inst, j, menu.kept - menu.endowment).share
        return (
            menu
            if share == 1.0
            else Menu.remedial(menu.endowment, menu.endowment + share * (menu.kept - menu.endowment))
        )
    shares = [reach(inst, j, ray).share for ray in menu.rays]
    if all(share == 1.0 for share in shares):
        return menu
    return Menu(menu.endowment, [share * ray for share, ray in zip(shares, menu.rays) if share > 0])
