"""Hand-overs lead from one assignment to the other, and are few."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raymenu import InputError
from raymenu.solvers.eopr.handovers import handovers


@settings(deadline=None, max_examples=60)
@given(st.integers(2, 12), st.integers(1, 5), st.integers(0, 10**6), st.booleans())
def test_they_lead_from_before_to_after(agents, tasks, seed, whole):
    rng = np.random.default_rng(seed)
    before = rng.integers(0, 6, (agents, tasks)).astype(float)
    after = rng.permuted(before, axis=0)
    if not whole:
        after = 0.3 * before + 0.7 * after
    names, kinds = [f"a{n}" for n in range(agents)], [f"t{i}" for i in range(tasks)]
    graph = handovers(before, after, names, kinds)
    moved = np.zeros_like(before)
    for giver, taker, data in graph.edges(data=True):
        assert data["amount"] > 0 and giver != taker
        moved[names.index(taker), kinds.index(data["task"])] += data["amount"]
        moved[names.index(giver), kinds.index(data["task"])] -= data["amount"]
    np.testing.assert_allclose(moved, after - before, atol=1e-7)
    for i, kind in enumerate(kinds):
        movers = np.count_nonzero(np.abs(after - before)[:, i] > 1e-9)
        assert sum(data["task"] == kind for *_, data in graph.edges(data=True)) <= max(movers - 1, 0)


def test_equal_amounts_are_one_hand_over():
    graph = handovers([[3], [2], [0], [0]], [[0], [0], [2], [3]], list("abcd"), ["t"])
    assert sorted((g, t, d["amount"]) for g, t, d in graph.edges(data=True)) == [("a", "d", 3), ("b", "c", 2)]


def test_shapes_are_checked():
    with pytest.raises(InputError):
        handovers([[1]], [[1], [0]], ["a"], ["t"])
