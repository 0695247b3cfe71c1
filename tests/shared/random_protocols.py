"""Random finite protocols in whole numbers, from wild to well-behaved, and brute force over a grid of types."""

from itertools import product

import numpy as np

from raymenu import TradingProtocol


def random_protocol(seed):
    """Two or three agents, two or three tasks, two to four actions each; about a third come out OSP."""
    rng = np.random.default_rng(seed)
    agents, tasks = int(rng.integers(2, 4)), int(rng.integers(2, 4))
    eta = rng.integers(2, 6, (agents, tasks))
    sizes = [int(rng.integers(2, 5)) for _ in range(agents)]
    wild, matched = rng.random() < 0.2, rng.random() < 0.6  # matched: only equal actions trade, along one direction
    chance = rng.choice([0.5, 1.0])
    line = rng.integers(1, 3, 2) if rng.random() < 0.6 else None  # one exchange rate for all
    mood = rng.integers(3)  # any direction; opposite signs in two tasks; one side only gives
    along = {}  # the direction of an action, where the protocol is not wild
    table = {}
    for profile in product(*[range(size) for size in sizes]):
        asking = [j for j, k in enumerate(profile) if k]
        if len(asking) < 2 or rng.random() > chance:
            continue
        first, second = asking[:2] if agents == 2 or rng.random() < 0.5 else asking[-2:]
        if matched and profile[first] != profile[second]:
            continue
        key = profile[first] if matched else (first, profile[first])
        if wild or key not in along:
            step = rng.integers(-2, 3, tasks)
            if mood == 1:
                step[:2] = (
                    np.array([1, -1]) * (rng.integers(1, 3, 2) if line is None else line) * (-1) ** profile[first]
                )
                step[2:] = 0 if line is not None else step[2:]
            if mood == 2:
                step = -np.abs(step)
            along[key] = step
        step = along[key] * (1 if wild else int(rng.integers(1, 3)))
        held = eta.copy()
        held[first] += step
        held[second] -= step
        if (held >= 0).all():
            table[profile] = held.tolist()
    return TradingProtocol.from_table(eta.tolist(), sizes, table, name=f"random {seed}")


def type_grid(tasks, steps=5):
    """All directions in whole numbers 0..steps - 1, but 0."""
    return [c for c in product(range(steps), repeat=tasks) if any(c)]


def violation_on_the_grid(protocol, grid):
    """The first (agent, type) without an obviously dominant action by the definition, comparing whole sets."""
    for j, menu in enumerate(protocol.selected):
        for cost in grid:
            values = [[sum(c * x for c, x in zip(cost, held)) for held in bundles] for bundles in menu]
            if not any(
                all(max(values[k]) <= min(values[m]) for m in range(len(menu)) if m != k) for k in range(len(menu))
            ):
                return j, cost
    return None
