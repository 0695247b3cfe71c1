"""The support function of agents with rules of their own: against grids of menus, and against itself without them."""

import numpy as np
import pytest
from random_instances import random_instance
from random_rules import random_rules

from raymenu import FiniteTypes, InputError, Menu
from raymenu.mechanisms.reach import Region
from raymenu.solvers.support.registry import Limits
from raymenu.solvers.support.ruled import support_within

KINDS = ("cap", "floor", "fixed", "change", "linear")


def question(seed, tasks):
    """An agent with rules of its own, some of them tight, in a random instance."""
    rng = np.random.default_rng(seed)
    plain = random_instance(rng, agents=2, tasks=tasks)
    rules = [
        rule.model_copy(update={"agents": (plain.agents[0],)} if rule.kind != "linear" else {"each": True})
        for rule in random_rules(rng, plain, 3, KINDS, slack=float(rng.choice([0.3, 1.0])))
    ]
    held = [rule for rule in rules if _kept(plain, rule)]
    inst = plain.with_rules(held)
    types = FiniteTypes(rng.uniform(0.3, 2, (int(rng.integers(1, 12)), tasks)))
    w = rng.normal(size=tasks) if seed % 3 == 0 else rng.uniform(0, 1, tasks)
    return inst, types, Region.of(inst, 0), w, rng


def _kept(inst, rule):
    try:
        inst.with_rules([rule])
    except InputError:
        return False
    return True


def best_of_grid(types, eta, region, w, steps=400):
    """The best of many polarized menus of two tasks, rays as long as the rules allow."""
    ratios = np.concatenate(
        [np.geomspace(1e-2, 1e2, steps), types.costs[:, 0] / types.costs[:, 1], types.costs[:, 1] / types.costs[:, 0]]
    )
    sides = []
    for give, take in ((1, 0), (0, 1)):
        options = [(0.0, np.inf, None)]
        for r in ratios if eta[give] > 0 else ():
            ray = np.zeros(2)
            ray[give], ray[take] = -eta[give], r * eta[give]
            ray *= region.reach(ray).share
            accepts = types.costs[:, take] * r <= types.costs[:, give] * (1 + 1e-12)
            options.append((float(types.weights @ accepts * (w @ ray)), r, ray))
        sides.append(options)
    best = max(max(g for g, _, _ in side) for side in sides)
    first = np.array([(g, r) for g, r, _ in sides[0][1:] if g > 0]).reshape(-1, 2)
    second = np.array([(g, r) for g, r, _ in sides[1][1:] if g > 0]).reshape(-1, 2)
    if first.size and second.size:
        together = np.where(first[:, 1][:, None] * second[:, 1] >= 1 - 1e-12, first[:, 0][:, None] + second[:, 0], 0.0)
        best = max(best, float(together.max()))
    for angle in np.linspace(0, np.pi / 2, 400):
        d = -np.array([np.cos(angle), np.sin(angle)])
        step = d * np.min(np.divide(eta, -d, out=np.full(2, np.inf), where=d < -1e-15))
        best = max(best, float(w @ step) * region.reach(step).share)
    return best


@pytest.mark.parametrize("seed", range(120))
def test_two_tasks_against_a_grid(seed):
    inst, types, region, w, _ = question(seed, 2)
    eta = inst.endowment[0]
    found = support_within(types, eta, w, region, "auto", Limits())
    assert found.status == "optimal" and found.upper - found.lower <= 1e-9
    reached = best_of_grid(types, eta, region, w)
    assert reached <= found.upper - float(w @ eta) + 1e-9
    assert found.gain <= reached + 0.02 * max(reached, 1e-9) + 1e-9
    _check_menu(found, types, eta, region, w)


def _check_menu(found, types, eta, region, w):
    menu = found.menu
    assert menu.is_polarized() and np.array_equal(menu.endowment, eta)
    steps = menu.rays if menu.kept is None else (menu.kept - eta)[None]
    for step in steps:
        assert region.reach(step).share > 1 - 1e-9
    assert np.isclose(float(w @ menu.expected_assignment(types)), found.lower, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("seed", range(40))
def test_three_tasks_hold_random_menus(seed):
    inst, types, region, w, rng = question(seed, 3)
    eta = inst.endowment[0]
    found = support_within(types, eta, w, region, "auto", Limits(rel_gap=1e-2, time_limit=5.0))
    free = support_within(types, eta, w, region.of_rows([]), "auto", Limits(rel_gap=1e-3))
    assert found.lower <= found.upper <= free.upper + 0.02 * abs(free.gain) + 1e-9
    _check_menu(found, types, eta, region, w)
    for _ in range(300):
        rays = rng.normal(size=(int(rng.integers(1, 3)), 3))
        rays /= np.maximum((-rays / eta).max(axis=1, keepdims=True), 1e-9) * (1 + 1e-12)
        menu = Menu(eta, region.within(rays[(rays < 0).any(axis=1)]))
        if menu.size and menu.is_polarized():
            gains = [max(float(w @ ray), 0.0) * float(p) for ray, p in zip(menu.rays, menu.acceptance(types))]
            assert float(w @ eta) + sum(gains) <= found.upper + 1e-9
