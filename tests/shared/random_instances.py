"""Seeded random instances for the tests of programs."""

import raymenu
from raymenu import FinitePreferences, UniformPreferences


def random_instance(rng, *, boxes=True, copies=1, slack=1.0, agents=None, tasks=None, n_types=4):
    n_agents = agents or int(rng.integers(2, 4))
    n_tasks = tasks or int(rng.integers(2, 4))
    number = rng.integers(1, copies + 1, size=n_agents)
    status_quo = rng.uniform(0.2, 2, size=(n_agents, n_tasks))
    if boxes:
        low = rng.uniform(0.3, 1, size=(n_agents, n_tasks))
        preferences = [UniformPreferences(lower=tuple(a), upper=tuple(a + rng.uniform(0, 1.5, n_tasks))) for a in low]
    else:
        preferences = [
            FinitePreferences(
                costs=tuple(map(tuple, rng.uniform(0.3, 2, size=(n_types, n_tasks)))),
                weights=tuple(rng.uniform(0.2, 1, n_types)),
            )
            for _ in range(n_agents)
        ]
    return raymenu.make_instance(
        "random",
        "drawn by a seeded generator",
        counts=number @ status_quo,
        performance=rng.uniform(0, 1, size=(n_agents, n_tasks)),
        status_quo=status_quo,
        preferences=preferences,
        copies=number,
        slack=[slack] * n_agents,
    )
