"""At the memory limit: what is dead is reclaimed, the youngest nodes come first, and no bound is lost."""

from __future__ import annotations

import numpy as np
import pytest
from support_cases import family_u, random_case

from raymenu.solvers.support import support_function
from raymenu.solvers.support.methods import branch_and_bound


def solve(types, w, tasks, memory, monkeypatch, **options):
    """The result with so many megabytes; each time these were used up, whether the youngest came first."""
    monkeypatch.setattr(branch_and_bound, "MEMORY", memory * 1e6)
    youngest, order = [], branch_and_bound.take_youngest_first

    def take_youngest_first(pools, wanted):
        youngest.append(wanted)
        order(pools, wanted)

    monkeypatch.setattr(branch_and_bound, "take_youngest_first", take_youngest_first)
    result = support_function(types, np.ones(tasks), w, method="branch-and-bound", **options)
    monkeypatch.undo()
    return result, youngest


@pytest.mark.parametrize(
    ("tasks", "size", "kind", "seed", "memory", "depth"),
    [
        (5, 200, "pos", 1, 5, False),
        (5, 200, "pos", 1, 8, True),
        (5, 1000, "pos", 0, 12, False),
        (6, 300, "mix", 1, 10, False),
        (6, 300, "pos", 3, 15, True),
    ],
)
def test_a_search_short_of_memory_closes_all_the_same(tasks, size, kind, seed, memory, depth, monkeypatch):
    types, _, w = family_u(tasks, size, seed, kind)
    gap = 1e-2 if tasks == 6 else 1e-3
    wide = support_function(types, np.ones(tasks), w, rel_gap=gap)
    narrow, youngest = solve(types, w, tasks, memory, monkeypatch, rel_gap=gap)
    assert wide.status == narrow.status == "optimal"
    assert youngest, "the limit was never reached"
    assert any(youngest) or not depth
    assert narrow.lower <= wide.upper and wide.lower <= narrow.upper
    assert narrow.menu.is_polarized()


def test_where_even_that_is_not_enough_the_interval_holds(monkeypatch):
    types, _, w = family_u(5, 200, 1, "pos")
    wide = support_function(types, np.ones(5), w, rel_gap=1e-3)
    narrow, _ = solve(types, w, 5, 1, monkeypatch, rel_gap=1e-3)
    assert narrow.status == "feasible"
    assert narrow.lower <= wide.upper and wide.lower <= narrow.upper


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_reclaiming_again_and_again_changes_no_claim(seed, monkeypatch):
    """After every slice of a few looks: numbers that no longer fit would show in bounds or menus."""
    types, endowment, w = random_case(seed, most_types=30)
    wide = support_function(types, endowment, w, method="branch-and-bound", time_limit=5)

    class Reclaiming(branch_and_bound.Search):
        def run(self, deadline, tell):
            def tell_and_reclaim(gain, bound):
                branch_and_bound.reclaim(self.pools)
                branch_and_bound.take_youngest_first(self.pools, len(calls) % 3 == 2)
                calls.append(1)
                tell(gain, bound)

            calls: list[int] = []
            super().run(deadline, tell_and_reclaim)

    monkeypatch.setattr(branch_and_bound, "SLICE", 500)
    monkeypatch.setattr(branch_and_bound, "Search", Reclaiming)
    again = support_function(types, endowment, w, method="branch-and-bound", time_limit=5)
    assert again.status == wide.status
    assert again.lower <= wide.upper and wide.lower <= again.upper
    assert again.menu.is_polarized()
