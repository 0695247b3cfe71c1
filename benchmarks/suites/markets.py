"""Seeded markets whose menus trade: both sides of common directions, and three polarized rays an agent."""

from __future__ import annotations

import numpy as np

import raymenu

Floats = np.ndarray
KINDS = ("common", "mixed", "three", "sides")


def trading_market(
    rows: int = 5, copies: int = 20, tasks: int = 4, seed: int = 0, kind: str = "mixed"
) -> tuple[raymenu.Instance, list[raymenu.Menu]]:
    """An instance and one menu a row, redrawn until a quarter of the agents on each ray could lower the cost by 0.1%.

    ``kind``: "common": every row has both sides of one direction; "three": every row has three polarized rays, posted
    around prices of its own; "mixed": the first two rows as in "common", the others as in "three"; "sides": every row
    has one side each of three common directions (not polarized: for the allocation alone).
    """
    rng = np.random.default_rng(seed)
    status_quo = rng.uniform(1, 3, (rows, tasks))
    inst = raymenu.make_instance(
        f"trading market {seed}",
        "made up: uniform status quo, performance and costs",
        counts=copies * status_quo.sum(axis=0),
        performance=rng.uniform(1, 5, (rows, tasks)),
        status_quo=status_quo,
        preferences=[raymenu.UniformPreferences(lower=(0.5,) * tasks, upper=(2.0,) * tasks)] * rows,
        copies=[copies] * rows,
    )
    while True:
        directions = rng.normal(size=(3, tasks))
        directions[:, 0], directions[:, 1] = -np.abs(directions[:, 0]), np.abs(directions[:, 1])
        menus = []
        for j, eta in enumerate(status_quo):
            if kind == "common" or (kind == "mixed" and j < 2):
                rays = [directions[0], -directions[0]]
            elif kind == "sides":
                rays = [side * ray for side, ray in zip(rng.choice([-1.0, 1.0], 3), directions)]
            else:
                rays = _three_rays(tasks, rng)
            menus.append(raymenu.Menu(eta, [_stretch(ray, eta) for ray in rays]))
        rule = raymenu.EoprRule(inst, menus)
        if rule.costs_of_counts(np.full((1, rule.groups.size), copies // 4 + 1))[0] < 0.999 * rule.endowment_cost:
            return inst, menus


def _three_rays(tasks: int, rng: np.random.Generator) -> list[Floats]:
    """Give up one task each for the others, at prices whose product on each shared edge is at least 1."""
    prices = np.exp(rng.uniform(-2, 2, tasks))
    given = rng.choice(tasks, 3, replace=False)
    rays = []
    for a in given:
        ray = np.where(np.isin(np.arange(tasks), given), prices[a] / prices * (1 + 1e-12), 0.0)
        ray[a] = -1.0
        rays.append(ray)
    return rays


def _stretch(ray: Floats, eta: Floats) -> Floats:
    down = ray < 0
    return np.maximum(ray * np.min(eta[down] / -ray[down]), -eta)
