"""Moving the directions of offers uphill: stochastic gradients with Adam's step sizes, polarization kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from raymenu.solvers.small_market.objective import Objective
from raymenu.solvers.small_market.offers import Offers

Floats = NDArray[np.float64]
Repair = Callable[[Offers], Offers]
LOOK_EVERY = 25
AGENTS_RATE = 0.03
"""A group grows at most by this share in a step."""


def ascend(
    objective: Objective,
    offers: Offers,
    steps: int,
    batch: int,
    rng: np.random.Generator,
    rate: float = 0.06,
    repair: Repair | None = None,
    moves_agents: bool = False,
    out_of_time: Callable[[], bool] = lambda: False,
) -> Offers:
    """Directions after ``steps`` of stochastic ascent, or the best of those looked at on the way.

    Slots and basis are kept at unit length in units of a mean share, so ``rate`` is an angle; it falls along a cosine.
    Where groups are large, agents can move too: groups whose agents are worth more than others' of their row grow.
    """
    unit = offers.inst.counts / offers.inst.copies.sum()
    offers = _normalised(offers, unit)
    moments = [[np.zeros_like(offers.slots)] * 2, [np.zeros_like(offers.basis)] * 2]
    moves_basis = offers.rank < offers.inst.n_tasks
    # Rays of one menu press on each other where they are repaired: one that matters little must not move as far.
    together = None if repair is None else offers.owner[np.unique(offers.slot, return_index=True)[1]]
    sizes = offers.sizes.astype(np.float64)
    best, best_gain = offers, objective.gain(offers)
    for step in range(1, steps + 1):
        if out_of_time():
            break
        uphill = objective.gradient(offers, batch, rng)
        falling = 0.05 + 0.95 * 0.5 * (1 + np.cos(np.pi * step / steps))
        pace = rate * falling
        slots = offers.slots
        basis = offers.basis
        if offers.rank > 1:
            slots = slots + pace * _adam(uphill.slots, moments[0], step, together)
        if moves_basis:
            basis = basis + pace * _adam(uphill.basis * unit[:, None], moments[1], step) * unit[:, None]
        if moves_agents:
            sizes = _moved(offers, sizes, uphill.agents, AGENTS_RATE * falling)
            offers = replace(offers, sizes=whole_sizes(offers, sizes))
        offers = _normalised(offers.with_numbers(slots, basis), unit)
        if repair is not None:
            offers = repair(offers)
        if step == steps or step % LOOK_EVERY == 0:
            gain = objective.gain(offers)
            if gain >= best_gain:
                best, best_gain = offers, gain
    return best


def polish(
    objective: Objective,
    offers: Offers,
    trials: int,
    rng: np.random.Generator,
    step: float = 0.03,
    repair: Repair | None = None,
    out_of_time: Callable[[], bool] = lambda: False,
) -> Offers:
    """Random local search on the selection sample: a Gaussian change of one slot, or of the basis, kept where better.

    Optima lie at kinks, where two tasks of an endowment bind at once; gradients jump to and fro across these.
    """
    unit = offers.inst.counts / offers.inst.copies.sum()
    best, gain = _normalised(offers, unit), objective.gain(offers)
    moves_basis = offers.rank < offers.inst.n_tasks
    for _ in range(trials):
        if out_of_time():
            break
        slots, basis = best.slots.copy(), best.basis
        place = int(rng.integers(len(slots) + moves_basis)) if offers.rank > 1 else len(slots)
        if place < len(slots):
            slots[place] += step * rng.normal(size=offers.rank)
        else:
            basis = basis + step * unit[:, None] * rng.normal(size=basis.shape)
        trial = best.with_numbers(slots, basis)
        if repair is not None:
            trial = repair(trial)
        found = objective.gain(trial)
        if found > gain:
            best, gain, step = trial, found, min(step * 1.3, 0.3)
        else:
            step = max(step * 0.97, 1e-4)
    return _normalised(best, unit)


def _adam(gradient: Floats, moments: list[Floats], step: int, together: NDArray[np.int64] | None = None) -> Floats:
    """The step of Adam with one scale for a whole direction, or for all ``together``, so that steps go uphill."""
    first = 0.9 * moments[0] + 0.1 * gradient
    second = 0.98 * moments[1] + 0.02 * gradient**2
    moments[0], moments[1] = first, second
    # A slot is a row of its own; a basis of rank 1 is one direction, written as a column.
    square = second.sum(axis=-1, keepdims=True) if gradient.shape[-1] > 1 else second.sum()
    if together is not None:
        most = np.zeros(int(together.max()) + 1)
        np.maximum.at(most, together, square[:, 0])
        square = most[together][:, None]
    return (first / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.98**step)) + 1e-12)


def _moved(offers: Offers, sizes: Floats, worth: Floats, rate: float) -> Floats:
    """Sizes of groups, not whole, after a step towards those whose agents are worth most in their row."""
    rows = offers.rows
    of_row = np.bincount(rows, weights=sizes)
    mean = np.bincount(rows, weights=sizes * worth) / np.maximum(of_row, 1e-300)
    typical = mean[np.unique(rows)].mean()
    step = np.clip((worth - mean[rows]) / max(typical, 1e-300), -1.0, 1.0)
    grown = sizes * np.exp(rate * step)
    moved: Floats = grown * (of_row / np.maximum(np.bincount(rows, weights=grown), 1e-300))[rows]
    return moved


def whole_sizes(offers: Offers, sizes: Floats) -> NDArray[np.int64]:
    """Whole numbers of agents near ``sizes``, at least one a group, as many in each row as before."""
    whole = np.empty(sizes.size, dtype=np.int64)
    for row in np.unique(offers.rows):
        mine = np.flatnonzero(offers.rows == row)
        spare = int(offers.sizes[mine].sum()) - mine.size
        quotas = np.maximum(sizes[mine] - 1.0, 1e-12)
        quotas *= spare / quotas.sum()
        made = np.floor(quotas).astype(np.int64)
        order = np.argsort(made - quotas, kind="stable")
        made[order[: spare - int(made.sum())]] += 1
        whole[mine] = made + 1
    return whole


def _normalised(offers: Offers, unit: Floats) -> Offers:
    slots, basis = offers.slots, offers.basis
    if offers.rank < offers.inst.n_tasks:
        q, r = np.linalg.qr(basis / unit[:, None])
        basis, slots = q * unit[:, None], slots @ r.T
    length = np.linalg.norm(slots, axis=1, keepdims=True)
    return offers.with_numbers(slots / np.maximum(length, 1e-300), basis)
