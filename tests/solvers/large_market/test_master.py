"""The master in parts has the value of the program with a variable for every row and column, however it is cut."""

import numpy as np
import pytest
from scipy.optimize import linprog

import raymenu
from raymenu.benchmarks.suites.small_market import random_instance
from raymenu.solvers.backends import backend
from raymenu.solvers.large_market import master as module
from raymenu.solvers.large_market.columns import assignment_in_floats, shared_supports
from raymenu.solvers.large_market.master import Master


def learnt(inst, types, seed):
    """Shared supports with a few menus each: the best at some random prices."""
    groups, rng = shared_supports(inst, types), np.random.default_rng(seed)
    for group in groups:
        for _ in range(3):
            w = rng.uniform(0, 1, inst.n_tasks) - inst.performance[group.rows[0]]
            group.learn(raymenu.support_function(group.types, group.endowment, w).menu)
    return groups


def written_out(inst, groups):
    """(5) over all columns of all rows, dense."""
    owner = {j: group for group in groups for j in group.rows}
    pairs = [(j, k) for j in range(inst.n_agents) for k in range(len(owner[j].menus))]
    y = np.array([owner[j].columns[k] for j, k in pairs])
    rows = np.array([j for j, _ in pairs])
    cost = inst.copies[rows] * (inst.performance[rows] * y).sum(axis=1)
    lotteries = (rows[None, :] == np.arange(inst.n_agents)[:, None]).astype(float)
    clearing = (inst.copies[rows][:, None] * y).T
    found = linprog(cost, A_eq=np.vstack([lotteries, clearing]), b_eq=np.r_[np.ones(inst.n_agents), inst.counts])
    assert found.status == 0
    return found.fun


@pytest.mark.parametrize("most", [1, 3, 400])
@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_parts_change_nothing(most, shared, seed, monkeypatch):
    monkeypatch.setattr(module, "MOST_PARTS", most)
    inst = random_instance(9, 3, seed).with_copies(2)
    rng = np.random.default_rng(seed)
    types = [raymenu.FiniteTypes(rng.uniform(0.5, 2, (6, 3))) for _ in range(9)]
    if shared:
        types = [types[j % 2] for j in range(9)]
    groups = learnt(inst, types, seed)
    master = Master(inst, groups, backend("highs"))
    master.solve(1e-6)
    assert master.value == pytest.approx(written_out(inst, groups), rel=1e-8)
    assert len(master.parts) <= max(most, 1)


def test_what_is_forgotten_is_found_again(monkeypatch):
    monkeypatch.setattr(module, "FORGET", 6)
    inst = random_instance(8, 3, 5)
    types = inst.types(12, 0)
    groups = learnt(inst, types, 5)
    master = Master(inst, groups, backend("highs"))
    for _ in range(3):
        master.solve(1e-6)
    assert master.value == pytest.approx(written_out(inst, groups), rel=1e-8)


def test_assignments_in_floats_are_the_exact_ones():
    rng = np.random.default_rng(0)
    for _ in range(30):
        types = raymenu.FiniteTypes(rng.uniform(0.5, 2, (7, 3)), rng.uniform(0.1, 1, 7))
        eta, w = rng.uniform(0, 2, 3), rng.uniform(-0.5, 1, 3)
        menu = raymenu.support_function(types, eta, w).menu
        assert assignment_in_floats(menu, types) == pytest.approx(menu.expected_assignment(types), abs=1e-12)


def test_large_markets_close_in_parts(monkeypatch):
    monkeypatch.setattr(module, "MOST_PARTS", 5)
    inst = random_instance(40, 3, 0)
    lm = raymenu.solve_large_market(inst, types=20, rel_gap=5e-3)
    assert lm.status == "optimal"
    assert lm.check().ok()
