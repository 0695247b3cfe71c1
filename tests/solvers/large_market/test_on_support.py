"""Menus that are OSP on the support only: exact checks, between their own bound and polarized menus."""

import numpy as np
import pytest
from random_instances import random_instance

import raymenu
from raymenu import FinitePreferences, Menu, UniformPreferences
from raymenu.instances import InputError
from raymenu.mechanisms.protocols.menu_osp import menu_is_osp
from raymenu.solvers.large_market.box_rays import overlap
from raymenu.solvers.large_market.on_support import solve_on_support

BOX = np.full(3, 0.8), np.full(3, 1.25)


def narrow():
    rng = np.random.default_rng(0)
    box = UniformPreferences(lower=(0.8,) * 3, upper=(1.25,) * 3)
    quo = rng.uniform(0.5, 2, (3, 3))
    return raymenu.make_instance(
        "narrow", "seeded", counts=quo.sum(axis=0), performance=rng.uniform(0, 1, (3, 3)), status_quo=quo,
        preferences=[box] * 3,
    )  # fmt: skip


def test_they_cost_less_than_polarized_menus_can():
    inst = narrow()
    large = raymenu.solve_large_market(inst, 60, rel_gap=5e-3)
    found = solve_on_support(inst, large_market=large, effort=0.5)
    assert found.lower <= found.upper < large.lower  # beyond what (5) admits, so this is no rounding
    assert found.bound == "LM-BIC" and found.polarized == (large.lower, large.upper) and found.added > 0.01
    assert found.check().ok(1e-9)
    menus = [menu for lottery in found.lotteries for _, menu in lottery]
    assert all(menu_is_osp(menu, inst.preferences[0]) for menu in menus)
    assert not all(menu.is_polarized() for menu in menus)
    # What agents choose is settled, so such menus can be played; with wider supports they cannot.
    played = raymenu.simulate(inst, found.lotteries, replicas=[50], draws=20, types=large.types)
    assert played.cost[0] < inst.status_quo_cost
    wide = UniformPreferences(lower=(0.1,) * 3, upper=(10.0,) * 3)
    wider = raymenu.make_instance(
        "wider", "the same", counts=inst.counts, performance=inst.performance, status_quo=inst.status_quo,
        preferences=[wide] * 3,
    )  # fmt: skip
    with pytest.raises(InputError, match="not OSP for its costs"):
        raymenu.simulate(wider, found.lotteries, replicas=[1], draws=2)


def test_the_rung_stands_between_bic_and_polarized_menus():
    v = raymenu.value_of_choice(narrow(), 20, on_support=True)
    bic, support, osp = (v.rung(name) for name in ("lm_bic", "lm_osp_support", "lm_osp"))
    assert bic.lower <= support.lower <= support.upper <= osp.upper
    assert support.lower_from == "" and osp.lower > support.upper


def test_finite_types_are_a_support_too():
    inst = random_instance(np.random.default_rng(5), boxes=False, agents=3, tasks=3, n_types=5)
    found = solve_on_support(inst, effort=0.3)
    assert found.lower <= found.upper <= found.polarized[1] * (1 + 1e-12)
    assert found.check().ok(1e-9)


@pytest.mark.parametrize("seed", range(30))
def test_overlap_is_what_exact_arithmetic_says(seed):
    rng = np.random.default_rng(seed)
    u, v = np.maximum(rng.normal(size=(2, 3)), -1)
    clash = overlap(u, v, *BOX, np.empty((0, 3)))
    exact = menu_is_osp(Menu(np.ones(3), [u, v]), BOX)
    assert clash or exact  # without a clash they are OSP
    costs = rng.uniform(0.8, 1.25, (2000, 3))
    assert clash or not ((costs @ u <= 0) & (costs @ v <= 0)).any()


def test_types_of_its_own_conflict_only_with_each_other():
    types = FinitePreferences(costs=((1.0, 3.0, 1.0), (3.0, 1.0, 1.0)))
    menu = Menu([1, 1, 1], [[-1, 0.5, 0.0], [-1, -0.5, 1.2]])
    assert not menu_is_osp(menu) and menu_is_osp(menu, types) == menu_is_osp(menu, types.discretize(1))
