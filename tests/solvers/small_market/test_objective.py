"""Expected gains: enumeration against sampling, and the gradient against differences."""

from dataclasses import replace

import numpy as np
import pytest

import raymenu
from raymenu.solvers.eopr.estimate import play
from raymenu.solvers.small_market.choice_probabilities import Draws, Population
from raymenu.solvers.small_market.design import plan_of
from raymenu.solvers.small_market.objective import Objective
from raymenu.solvers.small_market.offers import own_rays, single_direction

GOOD = np.array([-0.2, -1.0, 0.79, 0.47])


def _objective(copies, size=2**15, profiles=4000):
    inst = raymenu.load("anaesthesia").with_copies(copies)
    return inst, Objective(Population(inst, size, 0), Draws(inst, profiles, 1))


@pytest.mark.parametrize("copies", [1, 4])
def test_expected_gain_agrees_with_drawn_types(copies):
    inst, objective = _objective(copies)
    offers = single_direction(inst, GOOD).quantised()
    costs = play([plan_of(offers)], 4000, seed=5)[0].costs
    gain = inst.status_quo_cost - costs.mean()
    assert abs(gain - objective.gain(offers)) < 4 * costs.std() / np.sqrt(4000) * np.sqrt(2)
    assert costs.max() <= inst.status_quo_cost


def test_gradient_of_a_common_direction():
    inst, objective = _objective(1, size=2**16)
    offers = single_direction(inst, np.array([0.8, -0.5, 0.7, -0.3]))
    by_basis = objective.gradient(offers, 4000, np.random.default_rng(0)).basis
    for i in range(4):
        step = np.zeros((4, 1))
        step[i] = 0.01
        up, down = (objective.gain(offers.with_numbers(offers.slots, offers.basis + s * step)) for s in (1, -1))
        assert by_basis[i, 0] == pytest.approx((up - down) / 0.02, abs=0.05 * np.abs(by_basis).max())


def test_gradient_of_rays_of_their_own():
    inst, objective = _objective(1, size=2**16)
    rays = [np.array([GOOD, [1.0, 0.2, -1.0, 0.3]]) * 0.5, -GOOD[None], np.array([[0.5, 1.0, -0.5, -0.55]])]
    offers = own_rays(inst, [0, 1, 2], [1, 1, 1], rays)
    by_slot = objective.gradient(offers, 4000, np.random.default_rng(0)).slots
    slots = offers.slots
    assert objective.gain(offers) >= 0
    for r, i in [(0, 0), (2, 1), (2, 2)]:
        step = np.zeros_like(slots)
        step[r, i] = 0.004
        up, down = (objective.gain(offers.with_numbers(slots + s * step)) for s in (1, -1))
        if np.isfinite([up, down]).all() and objective.gain(offers) > 0:
            assert by_slot[r, i] == pytest.approx((up - down) / 0.008, abs=0.1 * max(np.abs(by_slot).max(), 1e-9))


def test_what_an_agent_of_a_group_is_worth():
    """By enumeration: what is lost where the group has one agent fewer."""
    inst, objective = _objective(3, size=512)
    made = single_direction(inst, GOOD)
    worth = objective.gradient(made, 4096, np.random.default_rng(0)).agents
    for group in (0, 3):
        fewer = made.sizes.copy()
        fewer[group] -= 1
        lost = objective.gain(made) - objective.gain(replace(made, sizes=fewer))
        assert worth[group] == pytest.approx(lost, rel=1e-9)
