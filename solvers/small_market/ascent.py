"""Moving the directions of offers uphill: stochastic gradients with Adam's step sizes, polarization kept."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from raymenu.solvers.small_market.objective import Objective
from raymenu.solvers.small_market.offers import Offers

Floats = NDArray[np.float64]
Repair = Callable[[Offers], Offers]


def ascend(
    objective: Objective,
    offers: Offers,
    steps: int,
    batch: int,
    rng: np.random.Generator,
    rate: float = 0.06,
    repair: Repair | None = None,
    deadline: float = np.inf,
) -> Offers:
    """Directions after ``steps`` of stochastic ascent.

    Slots and basis are kept at unit length in units of a mean share, so ``rate`` is an angle; it falls along a cosine.
    """
    unit = offers.inst.counts / offers.inst.copies.sum()
    offers = _normalised(offers, unit)
    moments = [[np.zeros_like(offers.slots)] * 2, [np.zeros_like(offers.basis)] * 2]
    moves_basis = offers.rank < offers.inst.n_tasks
    for step in range(1, steps + 1):
        if time.perf_counter() > deadline:
            break
        _, by_slot, by_basis = objective.gradient(offers, batch, rng)
        pace = rate * (0.05 + 0.95 * 0.5 * (1 + np.cos(np.pi * step / steps)))
        slots = offers.slots
        basis = offers.basis
        if offers.rank > 1:
            slots = slots + pace * _adam(by_slot, moments[0], step)
        if moves_basis:
            basis = basis + pace * _adam(by_basis * unit[:, None], moments[1], step) * unit[:, None]
        offers = _normalised(offers.with_numbers(slots, basis), unit)
        if repair is not None:
            offers = repair(offers)
    return offers


def _adam(gradient: Floats, moments: list[Floats], step: int) -> Floats:
    # One scale for a whole direction: steps keep the gradient's direction within a slot.
    first = 0.9 * moments[0] + 0.1 * gradient
    second = 0.98 * moments[1] + 0.02 * gradient**2
    moments[0], moments[1] = first, second
    size = (
        np.sqrt(second.sum(axis=-1, keepdims=True) / (1 - 0.98**step))
        if gradient.shape[-1] > 1
        else np.sqrt(second.sum() / (1 - 0.98**step))
    )
    return (first / (1 - 0.9**step)) / (size + 1e-12)


def _normalised(offers: Offers, unit: Floats) -> Offers:
    slots, basis = offers.slots, offers.basis
    if offers.rank < offers.inst.n_tasks:
        q, r = np.linalg.qr(basis / unit[:, None])
        basis, slots = q * unit[:, None], slots @ r.T
    length = np.linalg.norm(slots, axis=1, keepdims=True)
    return offers.with_numbers(slots / np.maximum(length, 1e-300), basis)
