"""EOPR: the fast rule against the plain program, and what must hold in every profile."""

import numpy as np
import pyomo.environ as pyo
import pytest

import raymenu
from raymenu import InputError, Menu
from raymenu.benchmarks.suites.markets import trading_market
from raymenu.mechanisms import choose
from raymenu.solvers.backends import backend
from raymenu.solvers.eopr.boxed_simplex import BoxedSolutions, certified, dual_bound, solve_boxed
from raymenu.solvers.eopr.grouped_program import reference


def random_market(seed, rows=3, copies=4, tasks=3):
    """Rows with a remedial menu, a redundant ray, an empty menu and shared directions, at random."""
    rng = np.random.default_rng(seed)
    status_quo = rng.integers(1, 5, (rows, tasks)).astype(float)
    inst = raymenu.make_instance(
        "random",
        "made up",
        counts=copies * status_quo.sum(axis=0),
        performance=rng.normal(2, 2, (rows, tasks)),
        status_quo=status_quo,
        preferences=[raymenu.UniformPreferences(lower=[0.5] * tasks, upper=[2.0] * tasks)] * rows,
        copies=[copies] * rows,
    )
    shared = rng.integers(-2, 3, (2, tasks)).astype(float)
    menus = []
    for eta in status_quo:
        kind = rng.integers(5)
        rays = [side * ray * rng.uniform(0.1, 0.4) for ray in shared for side in (1, -1)]
        rays = [np.maximum(ray, -eta) if (ray < -eta).any() else ray for ray in rays]
        if kind == 0:
            menus.append(Menu.remedial(eta, np.zeros(tasks)))
        elif kind == 1:
            menus.append(Menu(eta, [np.ones(tasks), *rays[:2]]))
        elif kind == 2:
            menus.append(Menu(eta, rays[rng.integers(4) :]))
        else:
            menus.append(Menu(eta, rays))
    most = [1 if menu.kind == "remedial" else menu.size for menu in menus]
    choices = np.stack([rng.integers(-1, most[j], 6) for j in inst.agent_rows], axis=1)
    return inst, menus, choices


@pytest.mark.parametrize("seed", range(12))
def test_the_rule_agrees_with_the_plain_program(seed):
    inst, menus, choices = random_market(seed)
    a = raymenu.allocate(inst, menus, choices)
    solver = backend("highs")
    scale = a.rule.groups.scale
    for p in range(len(choices)):
        model = raymenu.models.eopr(inst, menus, choices[p])
        solver.solve(model)
        assert a.cost[p] == pytest.approx(pyo.value(model.social_cost), abs=1e-8 * scale)
        one = raymenu.allocate(inst, menus, choices[p])
        assert one.cost == pytest.approx(a.cost[p], abs=1e-9 * scale)
        assert one.assignment.shape == (len(inst.agent_rows), inst.n_tasks)


@pytest.mark.parametrize("seed", range(12))
def test_what_holds_in_every_profile(seed):
    inst, menus, choices = random_market(seed, rows=4, copies=5)
    a = raymenu.allocate(inst, menus, choices)
    rows = inst.agent_rows
    eta, pi = inst.endowment[rows], inst.performance[rows]
    assert (a.cost <= (pi * eta).sum() + 1e-9 * a.rule.groups.scale).all()
    assert (a.cost <= a.rule.endowment_cost).all()
    assert (a.cost - a.bound <= 1e-9 * a.rule.groups.scale).all()
    assert (a.assignment >= 0).all()
    np.testing.assert_allclose(a.assignment.sum(axis=1), np.broadcast_to(inst.counts, (len(choices), 3)), rtol=1e-9)
    np.testing.assert_allclose((a.assignment * pi).sum(axis=(1, 2)), a.cost, atol=1e-9 * a.rule.groups.scale)
    for p in range(len(choices)):
        for n, (j, k) in enumerate(zip(rows, choices[p])):
            step = a.assignment[p, n] - eta[n]
            if k == -1:
                assert (step == 0).all()
            elif menus[j].kind == "remedial":
                assert (step <= 1e-12).all()
            else:  # on the ray: y = step . ray / ray . ray >= 0, and nothing beside it
                ray = menus[j].rays[k]
                y = step @ ray / max(ray @ ray, 1e-300)
                assert y >= -1e-9
                np.testing.assert_allclose(step, y * ray, atol=1e-9)


def test_where_nobody_trades_the_program_still_solves():
    inst, menus, choices = random_market(2)
    model = raymenu.models.eopr(inst, menus, -np.ones(choices.shape[1], dtype=int))
    assert backend("highs").solve(model).objective == pytest.approx(raymenu.EoprRule(inst, menus).endowment_cost)


def test_one_menu_a_single_agent_and_choices_from_costs():
    inst, _, _ = random_market(3, copies=2)
    menus = [
        Menu(inst.endowment[j], [[-0.5, 0.5, 0.0]] if n % 2 else [[0.5, -0.5, 0.0]])
        for n, j in enumerate(inst.agent_rows)
    ]
    costs = np.random.default_rng(0).uniform(0.5, 2, (7, len(menus), 3))
    choices = choose(inst, menus, costs)
    assert choices.shape == (7, len(menus))
    assert [menus[n].choices(costs[2, n])[0] for n in range(len(menus))] == choices[2].tolist()
    rule = raymenu.EoprRule(inst, menus)
    np.testing.assert_allclose(rule.costs(choices), [raymenu.allocate(inst, menus, c).cost for c in choices])


def test_profiles_seen_are_remembered():
    inst, menus, choices = random_market(1, rows=2, copies=1)
    rule = raymenu.EoprRule(inst, menus)
    first = rule.costs(choices)
    assert rule._memory
    assert rule.costs(choices[::-1]).tolist() == first[::-1].tolist()


def test_the_certificate_refuses_wrong_proposals():
    columns, values, upper = np.array([[1.0, -1.0]]), np.array([-2.0, 1.0]), np.array([[3.0, 5.0]])
    found = solve_boxed(columns, values, upper)
    limits = {"clearing": np.array([1e-9]), "gap": 1e-9}
    assert certified(columns, values, upper, found, **limits).all()
    assert dual_bound(columns, values, upper, found.prices).tolist() == [-3.0]
    idle = BoxedSolutions(0 * found.z, found.prices, found.iterations)  # feasible, not optimal
    unbalanced = BoxedSolutions(found.z - [[0, 1.0]], found.prices, found.iterations)
    unproven = BoxedSolutions(found.z, found.prices + 10, found.iterations)
    for wrong in (idle, unbalanced, unproven):
        assert not certified(columns, values, upper, wrong, **limits).any()


@pytest.mark.parametrize("seed", range(6))
def test_the_reference_gives_the_same_optimum(seed):
    inst, menus, choices = random_market(seed, copies=7)
    rule = raymenu.EoprRule(inst, menus)
    groups, counts = rule.groups, rule.counts(choices).astype(float)
    for p, cost in enumerate(rule.costs(choices)):
        executed, prices = reference(groups.columns, groups.values, counts[p], np.full(3, 1e-9), backend("highs"))
        assert rule.endowment_cost + executed @ groups.values == pytest.approx(cost, abs=1e-8 * groups.scale)
        bound = dual_bound(groups.columns, groups.values, counts[p : p + 1], prices[None])[0]
        assert rule.endowment_cost + bound == pytest.approx(cost, abs=1e-8 * groups.scale)


def test_bad_input_is_named():
    inst, menus, choices = random_market(0)
    with pytest.raises(InputError, match="menus"):
        raymenu.allocate(inst, menus[:2], choices)
    with pytest.raises(InputError, match="choices need shape"):
        raymenu.allocate(inst, menus, choices[:, :2])
    with pytest.raises(InputError, match="the menu has choices"):
        raymenu.allocate(inst, menus, np.full(choices.shape[1], 9))
    with pytest.raises(InputError, match="whole numbers"):
        raymenu.allocate(inst, menus, np.full(choices.shape[1], 0.5))
    with pytest.raises(InputError, match="starts from"):
        raymenu.allocate(inst, [Menu(menu.endowment + 1, []) for menu in menus], -np.ones(choices.shape[1], int))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["common", "mixed", "three", "sides"])
def test_ten_thousand_profiles_have_the_plain_programs_optimum_on_a_sample(kind):
    inst, menus = trading_market(kind=kind, seed=1)
    rng = np.random.default_rng(0)
    choices = np.stack([rng.integers(-1, menus[j].size, 10_000) for j in inst.agent_rows], axis=1)
    a = raymenu.allocate(inst, menus, choices)
    assert (a.cost <= a.rule.endowment_cost).all() and (a.cost - a.bound <= 1e-9 * a.rule.groups.scale).all()
    assert (a.cost < a.rule.endowment_cost).mean() > 0.1
    solver = backend("highs")
    for p in rng.choice(10_000, 200, replace=False):
        model = raymenu.models.eopr(inst, menus, choices[p])
        assert solver.solve(model).objective == pytest.approx(a.cost[p], abs=1e-9 * a.rule.groups.scale)
