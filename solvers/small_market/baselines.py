"""What a design has to beat: a polished random direction, and the best bilateral trade."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import Instance
from raymenu.solvers.small_market.clearing import clear
from raymenu.solvers.small_market.objective import Objective
from raymenu.solvers.small_market.offers import Offers, single_direction, unit_basis

Floats = NDArray[np.float64]
RANDOM_DIRECTIONS, POLISHING, PROFILES = 2_000, 3_000, 600
MOST_AGENTS = 200


def polished_direction(
    inst: Instance, seed: int, out_of_time: Callable[[], bool] = lambda: False
) -> tuple[Offers, float]:
    """The best of 2,000 random directions on 600 profiles of drawn types, then 3,000 steps of random local search.

    A step is a Gaussian change of the direction that is kept where it is better; its size grows by a tenth after a
    success and shrinks by a fiftieth after a failure. Tasks are measured in an agent's mean share. With more than 200
    agents only the first 200 of each row's copies are drawn and counts are scaled up. Out of time, the best so far.

    Returns
    -------
    The offers, and their expected gain on those 600 profiles.
    """
    rng = np.random.default_rng(seed)
    unit = np.diag(unit_basis(inst))
    drawn = np.minimum(inst.copies, max(1, MOST_AGENTS // inst.n_agents))
    types = [
        p.sample(PROFILES * int(k), rng).reshape(PROFILES, -1, inst.n_tasks) for p, k in zip(inst.preferences, drawn)
    ]

    def gain(direction: Floats) -> float:
        offers = single_direction(inst, direction * unit)
        counts = np.empty((PROFILES, 2 * inst.n_agents))
        for j, costs in enumerate(types):
            accepted = np.count_nonzero(costs @ offers.directions[0] <= 0, axis=1)
            counts[:, 2 * j] = accepted * (inst.copies[j] / drawn[j])
            counts[:, 2 * j + 1] = inst.copies[j] - counts[:, 2 * j]
        return float(clear(offers.coordinates, offers.values, counts).mean())

    best, best_gain = np.zeros(inst.n_tasks), -1.0
    for trial in rng.normal(size=(RANDOM_DIRECTIONS, inst.n_tasks)):
        if out_of_time():
            break
        direction = trial / np.linalg.norm(trial)
        found = gain(direction)
        if found > best_gain:
            best, best_gain = direction, found
    size = 0.3
    for _ in range(POLISHING):
        if out_of_time():
            break
        trial = best + size * rng.normal(size=inst.n_tasks)
        trial /= np.linalg.norm(trial)
        found = gain(trial)
        if found > best_gain:
            best, best_gain, size = trial, found, size * 1.1
        else:
            size = max(size * 0.98, 1e-4)
    return single_direction(inst, best * unit), best_gain


def bilateral_trades(
    inst: Instance, objective: Objective, seed: int, directions: int = 200, keep: int = 4
) -> list[Offers]:
    """The best trades between two rows: one is offered +gamma, the other -gamma, nobody else anything.

    The best ``keep`` of ``directions`` random ones for each ordered pair of rows, by the exact gain of one agent each:
    ``p q min(a, b) (pi_k - pi_j) . gamma``, p and q the probabilities that j takes gamma and k takes -gamma, a and b
    how far they can go.
    """
    rng = np.random.default_rng(seed)
    unit = np.diag(unit_basis(inst))
    gammas = rng.normal(size=(directions, inst.n_tasks)) * unit
    population = objective.population
    accepts = []
    for costs, weights in population.types:
        work = costs[:1024] @ gammas.T
        share = weights[:1024] / weights[:1024].sum()
        accepts.append((share @ (work <= 0), share @ (work >= 0)))
    eta = inst.endowment
    with np.errstate(divide="ignore", invalid="ignore"):
        forth = np.array([np.where(gammas < 0, e / -gammas, np.inf).min(axis=1) for e in eta])
        back = np.array([np.where(gammas > 0, e / gammas, np.inf).min(axis=1) for e in eta])
    found = []
    for j, k in permutations(range(inst.n_agents), 2):
        p, q = accepts[population.kind_of_row[j]][0], accepts[population.kind_of_row[k]][1]
        gains = p * q * np.minimum(forth[j], back[k]) * (gammas @ (inst.performance[k] - inst.performance[j]))
        m = int(gains.argmax())
        found.append((float(gains[m]), j, k, gammas[m]))
    found.sort(key=lambda item: -item[0])
    return [bilateral(inst, j, k, gamma) for _, j, k, gamma in found[:keep]]


def bilateral(inst: Instance, first: int, second: int, gamma: Floats) -> Offers:
    """Row ``first`` is offered gamma, row ``second`` -gamma."""
    rows = np.array(sorted((first, second)))
    return Offers(
        inst,
        rows,
        inst.copies[rows],
        np.arange(2),
        np.zeros(2, dtype=np.int64),
        np.where(rows == first, 1.0, -1.0),
        np.ones((1, 1)),
        np.asarray(gamma, dtype=np.float64)[:, None],
    )
