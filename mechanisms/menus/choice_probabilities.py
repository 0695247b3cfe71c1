"""Menus on continuous types: the exact chance that a ray is taken, and a menu's value out of sample.

Rays of a polarized menu are accepted by disjoint sets of types up to boundaries. So under independent uniform costs
the chance that a ray is taken is the volume its half-space cuts from the box, which has a closed form.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from raymenu.instances import InputError, Preferences, UniformPreferences
from raymenu.mechanisms.menus.menu import Menu

Floats = NDArray[np.float64]
LARGEST = 20
"""Coordinates up to which the closed form, a sum over their subsets, is used."""
BATCH = 100_000


@dataclass(frozen=True)
class OutOfSample:
    """What a menu does on the distribution its types stand for.

    Attributes
    ----------
    value
        w . y, y the expected assignment on the distribution: at most S(w) there.
    stderr
        Standard error of ``value``; 0 where it is exact.
    assignment
        y, (I,), tasks.
    acceptance
        (K,), the chance that each ray is taken.
    method
        "exact" (closed form or finite types) or "sampled".
    """

    value: float
    stderr: float
    assignment: Floats
    acceptance: Floats
    method: Literal["exact", "sampled"]


def halfspace_probability(lower: ArrayLike, upper: ArrayLike, ray: ArrayLike) -> Fraction:
    """``Pr[c . kappa <= 0]`` for independent c_i uniform on [lower_i, upper_i], exactly on the given floats.

    With c_i = lower_i + u_i (upper_i - lower_i), and u_i turned to 1 - u_i where kappa_i < 0, the event reads
    a . u <= t with a > 0, and (Barrow & Smith 1979)

        Pr = 1 / (n! prod a_i)  sum_{A subset of 1..n} (-1)^|A| (t - sum_{i in A} a_i)_+^n.

    The terms cancel almost wholly when some a_i is small, so they are summed in whole numbers: floats are multiples
    of one power of 2. Coordinates with lower = upper or kappa_i = 0 drop out.

    Parameters
    ----------
    lower, upper
        (I,), the box.
    ray
        kappa, (I,), tasks.

    Raises
    ------
    InputError
        Where shapes differ, a number is not finite, lower > upper, or more than 20 coordinates vary.

    Examples
    --------
    >>> halfspace_probability([1, 1], [2, 2], [-1, 1])
    Fraction(1, 2)
    >>> halfspace_probability([1, 1], [2, 2], [-2, 1])
    Fraction(1, 1)
    """
    low, high, kappa = (np.array(values, dtype=np.float64) for values in (lower, upper, ray))
    if not low.shape == high.shape == kappa.shape or low.ndim != 1:
        raise InputError(f"one number a task is needed in all three, not {low.shape}, {high.shape}, {kappa.shape}")
    if not (np.isfinite(low).all() and np.isfinite(high).all() and np.isfinite(kappa).all()):
        raise InputError("numbers must be finite", field="ray")
    if (low > high).any():
        raise InputError("a lower bound exceeds its upper bound: exchange or mend them", field="lower")
    span = [Fraction(k) * (Fraction(h) - Fraction(l)) for l, h, k in zip(low.tolist(), high.tolist(), kappa.tolist())]
    # The best corner of the box: kappa's negative coordinates at their upper ends, the others at their lower ones.
    corner = np.where(kappa < 0, high, low)
    room = -sum((Fraction(k) * Fraction(c) for k, c in zip(kappa.tolist(), corner.tolist())), Fraction(0))
    sides = [abs(a) for a in span if a != 0]
    if len(sides) > LARGEST:
        raise InputError(f"{len(sides)} costs vary, the closed form takes {LARGEST}: use out_of_sample", field="ray")
    # One common denominator, so that what follows is whole-number arithmetic.
    unit = math.lcm(room.denominator, *(a.denominator for a in sides))
    return _simplex_share([int(a * unit) for a in sides], int(room * unit))


def _simplex_share(sides: list[int], room: int) -> Fraction:
    """``Pr[sum_i a_i u_i <= t]`` for u uniform on the unit cube; sides a > 0 and room t are whole numbers."""
    if room < 0:
        return Fraction(0)
    if room >= sum(sides):
        return Fraction(1)
    n = len(sides)
    signed = [(room, 1)]
    for a in sides:
        # Subsets whose sum exceeds t contribute nothing, nor do their supersets.
        signed += [(left - a, -sign) for left, sign in signed if left > a]
    volume = sum(sign * left**n for left, sign in signed)
    return Fraction(volume, math.factorial(n) * math.prod(sides))


def acceptance_probabilities(menu: Menu, preferences: UniformPreferences) -> list[Fraction]:
    """(K,) the exact chance that each ray of a polarized menu is taken under independent uniform costs.

    Raises
    ------
    InputError
        Where the menu is not polarized (accepted sets overlap), or the numbers of tasks differ.

    Examples
    --------
    >>> both_ways = Menu([1, 1], [[-1, 1], [1, -1]])
    >>> acceptance_probabilities(both_ways, UniformPreferences(lower=(0.5, 0.5), upper=(2.0, 2.0)))
    [Fraction(1, 2), Fraction(1, 2)]
    """
    _check(menu, preferences)
    if not menu.is_polarized():
        raise InputError("the menu is not polarized: several of its rays can tempt one type", field="menu")
    chances: list[Fraction] = []
    for ray in menu.rays:
        chance = halfspace_probability(preferences.lower_bounds, preferences.upper_bounds, ray)
        # Boundaries have no mass but where no cost varies; such types take the earliest ray.
        chances.append(min(chance, 1 - sum(chances, Fraction(0))))
    return chances


def out_of_sample(
    menu: Menu, preferences: Preferences, w: ArrayLike, draws: int = 200_000, seed: int = 0
) -> OutOfSample:
    """The value w . y of a menu on a distribution of types, rather than on the types it was made for.

    Exact for independent uniform costs and for finite types; for other preferences the mean of independent draws,
    with its standard error.

    Parameters
    ----------
    menu
        A polarized menu.
    preferences
        The agent's preferences.
    w
        lambda - pi_j, (I,).
    draws, seed
        Of the sample, where one is needed.

    Raises
    ------
    InputError
        Where the arguments do not fit each other, or the menu is not polarized.

    Examples
    --------
    >>> both_ways = Menu([1, 1], [[-1, 2], [2, -1]])
    >>> found = out_of_sample(both_ways, UniformPreferences(lower=(0.5, 0.5), upper=(2.0, 2.0)), [1.0, 1.0])
    >>> found.method, round(found.value, 9), found.acceptance.round(9).tolist()
    ('exact', 2.222222222, [0.111111111, 0.111111111])
    """
    _check(menu, preferences)
    direction = np.array(w, dtype=np.float64)
    if direction.shape != menu.endowment.shape or not np.isfinite(direction).all():
        raise InputError(f"{menu.endowment.size} finite numbers needed, one a task", field="w")
    if not menu.is_polarized():
        raise InputError("the menu is not polarized: several of its rays can tempt one type", field="menu")
    if menu.kept is not None:
        return OutOfSample(float(direction @ menu.kept), 0.0, menu.kept, np.zeros(0), "exact")
    if not preferences.continuous:
        finite = preferences.discretize(1)
        return _exactly(menu, direction, menu.acceptance(finite))
    if isinstance(preferences, UniformPreferences) and menu.endowment.size <= LARGEST:
        return _exactly(menu, direction, acceptance_probabilities(menu, preferences))
    if draws < 2:
        raise InputError(f"{draws} draws asked for: ask for at least 2", field="draws")
    return _sampled(menu, preferences, direction, draws, seed)


def _exactly(menu: Menu, w: Floats, chances: list[Fraction]) -> OutOfSample:
    y = [
        Fraction(eta) + sum((p * ray[i] for p, ray in zip(chances, menu.exact_rays)), Fraction(0))
        for i, eta in enumerate(menu.endowment.tolist())
    ]
    value = sum((Fraction(a) * b for a, b in zip(w.tolist(), y)), Fraction(0))
    acceptance = np.array([float(p) for p in chances])
    return OutOfSample(float(value), 0.0, np.array([float(b) for b in y]), acceptance, "exact")


def _sampled(menu: Menu, preferences: Preferences, w: Floats, draws: int, seed: int) -> OutOfSample:
    rng = np.random.default_rng(seed)
    counts = np.zeros(menu.size, dtype=np.int64)
    for start in range(0, draws, BATCH):
        chosen = menu.choices(preferences.sample(min(BATCH, draws - start), rng))
        counts += np.bincount(chosen[chosen >= 0], minlength=menu.size)
    acceptance = counts / draws
    gains = menu.rays @ w
    mean = float(acceptance @ gains)
    spread = max(float(acceptance @ gains**2) - mean**2, 0.0) * draws / (draws - 1)
    y = menu.endowment + acceptance @ menu.rays
    return OutOfSample(float(w @ menu.endowment) + mean, math.sqrt(spread / draws), y, acceptance, "sampled")


def _check(menu: Menu, preferences: Preferences) -> None:
    if preferences.n_tasks != menu.endowment.size:
        raise InputError(
            f"the menu is for {menu.endowment.size} tasks, the preferences for {preferences.n_tasks}",
            field="preferences",
        )
