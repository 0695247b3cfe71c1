"""Pairs of agents in the order in which trades are sought."""

import itertools

import numpy as np

from raymenu.instances.generators import random_market
from raymenu.solvers.value_of_choice import pairs


def test_pairs_are_found_block_by_block(monkeypatch):
    """As all pairs, one by one, find them."""
    inst = random_market(23, 4, seed=3)
    wanted = []
    for first, second in itertools.combinations(range(inst.n_agents), 2):
        saving = inst.performance[second] - inst.performance[first]
        held = np.where(saving > 0, inst.status_quo[second], inst.status_quo[first])
        wanted.append((float(np.abs(saving) @ held), (first, second)))
    wanted.sort(key=lambda pair: -pair[0])
    for block in (10, 100, 10**6):
        monkeypatch.setattr(pairs, "BLOCK", block)
        for most in (1, 7, 10**4):
            found = pairs.ranked_pairs(inst, most)
            assert [pair for _, pair in found] == [pair for _, pair in wanted[:most]]
            assert np.allclose([value for value, _ in found], [value for value, _ in wanted[:most]])
    assert np.isclose(pairs.largest_saving(inst), wanted[0][0])
