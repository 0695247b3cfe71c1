"""Discrete moves: which group goes along which direction, and splitting the copies of a row between directions.

Two rays in general position never balance, two exactly opposite ones always do: directions that ascent has brought
close to each other are worth more when they are made one, a jump that no gradient shows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from raymenu.solvers.small_market.objective import Objective
from raymenu.solvers.small_market.offers import Offers, own_rays, polarized

Ints = NDArray[np.int64]
SMALLEST_IMPROVEMENT = 1e-4
"""Relative to the gain: moves that improve by less are noise of the selection sample."""


def reassigned(offers: Offers, group: int, slot: int) -> Offers:
    """The group trades along another of the directions."""
    slots = offers.slot.copy()
    slots[offers.span(group)] = slot
    return replace(offers, slot=slots)


def split(offers: Offers, group: int, slot: int) -> Offers:
    """Half of the group trades along another of the directions."""
    span = offers.span(group)
    half = int(offers.sizes[group]) // 2
    sizes = np.insert(offers.sizes, group + 1, half)
    sizes[group] -= half
    owner = offers.owner + (offers.owner > group)
    stop = span.stop
    width = span.stop - span.start
    return replace(
        offers,
        rows=np.insert(offers.rows, group, offers.rows[group]),
        sizes=sizes,
        owner=np.insert(owner, stop, np.full(width, group + 1)),
        slot=np.insert(offers.slot, stop, np.full(width, slot)),
        sign=np.insert(offers.sign, stop, offers.sign[span]),
    )


def halved(offers: Offers, rng: np.random.Generator, spread: float = 0.15) -> Offers:
    """Every group of two agents or more made two, the second half's rays a little other: offers of own rays only.

    The more rays there are, the finer a profile can be balanced; ascent then finds each half a place of its own.
    """
    rows: list[int] = []
    sizes: list[int] = []
    rays: list[NDArray[np.float64]] = []
    for group, (row, size) in enumerate(zip(offers.rows.tolist(), offers.sizes.tolist())):
        mine = offers.raw[offers.span(group)]
        for half, change in ((size - size // 2, 0.0), (size // 2, spread)):
            if half:
                rows.append(row)
                sizes.append(half)
                rays.append(mine * np.exp(change * rng.normal(size=mine.shape)))
    return polarized(own_rays(offers.inst, rows, sizes, rays))


def compact(offers: Offers) -> Offers:
    """Without directions that nobody trades along, groups of one row along one direction made one."""
    used, slot = np.unique(offers.slot, return_inverse=True)
    made = replace(offers, slots=offers.slots[used], slot=slot.astype(np.int64))
    group = 0
    while group + 1 < made.sizes.size:
        span, after = made.span(group), made.span(group + 1)
        alike = (
            made.rows[group] == made.rows[group + 1]
            and span.stop - span.start == after.stop - after.start
            and np.array_equal(made.slot[span], made.slot[after])
            and np.array_equal(made.sign[span], made.sign[after])
        )
        if not alike:
            group += 1
            continue
        keep = np.ones(made.n_rays, dtype=bool)
        keep[after] = False
        sizes = made.sizes.copy()
        sizes[group] += sizes[group + 1]
        owner = made.owner[keep]
        made = replace(
            made,
            rows=np.delete(made.rows, group + 1),
            sizes=np.delete(sizes, group + 1),
            owner=owner - (owner > group),
            slot=made.slot[keep],
            sign=made.sign[keep],
        )
    return made


def rearrange(
    objective: Objective, offers: Offers, most_groups: int, out_of_time: Callable[[], bool] = lambda: False
) -> Offers:
    """One sweep over the groups: each takes the direction, whole or by half, that gains most."""
    best = offers
    gain = objective.gain(best)
    # From the back: a split group's second half comes after it and is not visited again.
    for group in reversed(range(offers.sizes.size)):
        current = int(best.slot[best.span(group)][0])
        others = [slot for slot in range(len(best.slots)) if slot != current]
        start = best
        options = [reassigned(start, group, slot) for slot in others]
        if start.sizes[group] >= 2 and start.sizes.size < most_groups:
            options += [split(start, group, slot) for slot in others]
        for option in options:
            if out_of_time():
                return compact(best)
            found = objective.gain(option)
            if found > gain * (1 + SMALLEST_IMPROVEMENT) + 1e-12:
                best, gain = option, found
    return compact(best)
