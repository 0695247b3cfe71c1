"""From a search's rays in floats to the menu that is handed out: exactly polarized, its value exactly recomputed.

Two facts are used knowingly. Raising a coordinate keeps polarized rays polarized; lowering one keeps a type that
accepts. A search's best type sits on a ray's boundary to within rounding, so the coordinates a ray takes up are lowered
by a little; where that breaks polarization (checked in rationals) those at fault are raised just enough again.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from raymenu.mechanisms import Menu, conflicts
from raymenu.solvers.support.question import SupportQuestion

Floats = NDArray[np.float64]
NUDGES = (4e-15, 0.0, 1e-13, 1e-12, 3e-11, 1e-9)
FAR = 1e-8
"""Rays whose polarization fails by more than this share are not the same menu any more: not repaired."""


def hand_out(task: SupportQuestion, rays: Floats, gain: float) -> tuple[Menu, Fraction]:
    """The menu for a search's rays, and its exact value w . y.

    Tries nudges until the menu is worth what the search says, else takes the best; the endowment alone, the remedial
    menu and each single ray compete too.

    Parameters
    ----------
    rays
        (K, I) in tasks, nearly polarized, kappa >= -eta nearly; shortened here where rules ask for it.
    gain
        What the search thinks they gain.
    """
    rays = np.maximum(rays.reshape(-1, task.w.size), -task.endowment)
    if task.region is not None:
        rays = task.region.within(rays)
    rays = rays[rays @ task.w > 0]
    rays = rays[np.argsort(-(rays @ task.w), kind="stable")]
    target = task.endowment_value + Fraction(gain * (1 - 1e-11))
    menu = Menu(task.endowment)
    value = task.endowment_value
    if (task.w < 0).any() and task.exact_value(task.remedial) > value:
        menu, value = task.remedial, task.exact_value(task.remedial)
    if value >= target or not rays.size:
        return menu, value
    for nudge in NUDGES:
        polarized = repaired(np.where(rays > 0, rays * (1.0 - nudge), rays))
        if polarized is not None:
            candidate = Menu(task.endowment, polarized)
            reached = task.exact_value(candidate)
            if reached > value:
                menu, value = candidate, reached
            if value >= target:
                return menu, value
    if rays.shape[0] > 1:
        for ray in rays:
            candidate, reached = hand_out(task, ray, gain)
            if reached > value:
                menu, value = candidate, reached
    return menu, value


def repaired(rays: Floats) -> Floats | None:
    """Raise coordinates by the least that makes every pair polarized exactly; None if a pair is far from it."""
    rays = rays.copy()
    for _ in range(3):
        pairs = conflicts([[Fraction(value) for value in ray] for ray in rays.tolist()])
        if not pairs:
            return rays
        for k, m in pairs:
            for first, second in ((rays[k], rays[m]), (rays[m], rays[k])):
                if ((first < 0) & (second < 0)).any() or not _raise(first, second):
                    return None
    return None


def _raise(first: Floats, second: Floats) -> bool:
    """Raise the first ray's coordinates where the second gives up tasks; False if that is not just rounding."""
    for a in np.flatnonzero(first < 0):
        for b in np.flatnonzero(second < 0):
            if second[a] <= 0 or first[b] <= 0:
                return False
            need = Fraction(first[a]) * Fraction(second[b]) / Fraction(second[a])
            if Fraction(first[b]) >= need:
                continue
            if first[b] < float(need) * (1 - FAR):
                return False
            first[b] = float(need)
            if Fraction(first[b]) < need:
                first[b] = np.nextafter(first[b], np.inf)
    return True
