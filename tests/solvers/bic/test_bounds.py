"""First best, no choice, full information, large-market BIC: against scipy, and in order."""

from itertools import pairwise

import numpy as np
import pyomo.environ as pyo
import pytest
from random_instances import random_instance
from scipy.optimize import linprog

import raymenu
from raymenu.solvers.backends import backend, solve_to_optimality


@pytest.mark.parametrize("seed", range(20))
def test_first_best_is_its_closed_form(seed):
    inst = random_instance(np.random.default_rng(seed), copies=3)
    best = raymenu.solve_first_best(inst)
    assert best.check().ok(1e-9)
    assert best.cost == pytest.approx(inst.counts @ inst.performance.min(axis=0), abs=1e-9)


def constant_by_corners(inst):
    """The best constant mechanism with (SQ) at every corner of every box."""
    n_agents, n_tasks = inst.performance.shape
    rows, right = [], []
    for j, preferences in enumerate(inst.preferences):
        sides = np.stack([preferences.lower_bounds, preferences.upper_bounds])
        for corner in np.ndindex(*[2] * n_tasks):
            cost = sides[corner, range(n_tasks)]
            row = np.zeros((n_agents, n_tasks))
            row[j] = cost
            rows.append(row.ravel())
            right.append(inst.slack[j] * cost @ inst.status_quo[j])
    clearing = np.kron(inst.copies, np.eye(n_tasks))
    weights = (inst.copies[:, None] * inst.performance).ravel()
    return linprog(weights, A_ub=rows, b_ub=right, A_eq=clearing, b_eq=inst.counts).fun


@pytest.mark.parametrize("seed", range(20))
def test_no_choice_on_boxes_asks_every_corner(seed):
    inst = random_instance(np.random.default_rng(seed), copies=2, slack=1 + 0.2 * (seed % 2))
    constant = raymenu.solve_no_choice(inst)
    assert constant.check().ok(1e-8)
    assert constant.cost == pytest.approx(constant_by_corners(inst), rel=1e-8)


@pytest.mark.parametrize("seed", range(10))
def test_no_choice_on_finite_types_is_asked_of_each(seed):
    inst = random_instance(np.random.default_rng(seed), boxes=False)
    whole = raymenu.solve_no_choice(inst)
    assert whole.check().ok(1e-8)
    assert whole.cost == pytest.approx(raymenu.solve_no_choice(inst, types=inst.types()).cost, rel=1e-9)


@pytest.mark.parametrize("seed", range(15))
def test_the_lower_bounds_are_in_order(seed):
    rng = np.random.default_rng(seed)
    inst = random_instance(rng, boxes=bool(seed % 2), copies=2, slack=1 + 0.2 * (seed % 3 == 0))
    types = inst.types(6)
    first = raymenu.solve_first_best(inst)
    full = raymenu.solve_full_information(inst, types)
    bic = raymenu.solve_bic(inst, types, market="large")
    constant = raymenu.solve_no_choice(inst, types)
    for mechanism in (first, full, bic, constant):
        assert mechanism.check().ok(1e-7)
    costs = [first.cost, full.cost, bic.cost, constant.cost, inst.status_quo_cost]
    assert all(low <= high + 1e-7 for low, high in pairwise(costs))


@pytest.mark.parametrize("seed", range(8))
def test_full_information_in_a_finite_market(seed):
    """By Border's condition as by enumerating profiles; above the large market, below program (1)."""
    inst = random_instance(np.random.default_rng(seed), boxes=False, copies=2, n_types=3, agents=2)
    finite = raymenu.solve_full_information(inst, 3, market="finite")
    enumerated = raymenu.models.full_information(inst, 3, market="finite", form="profile")
    solve_to_optimality(enumerated, backend("highs"), "full information")
    assert finite.check().ok(1e-7)
    assert finite.cost == pytest.approx(pyo.value(enumerated.social_cost), rel=1e-7)
    assert raymenu.solve_full_information(inst, 3).cost <= finite.cost + 1e-8
    assert finite.cost <= raymenu.solve_bic(inst, 3).cost + 1e-8
    assert np.abs(finite.allocation([0] * int(inst.copies.sum())).sum(axis=0) - inst.counts).max() <= 1e-9


def test_too_many_profiles_are_refused():
    with pytest.raises(raymenu.InputError, match="too many to enumerate"):
        raymenu.models.full_information(raymenu.load("anaesthesia"), 50, market="finite")
    assert raymenu.solve_full_information(raymenu.load("anaesthesia"), 50, market="finite").check().ok(1e-7)
