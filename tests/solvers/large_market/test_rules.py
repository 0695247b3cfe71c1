"""The large market with rules: its interval holds what dense grids of menus reach, and its menus keep the rules."""

import numpy as np
import pytest
from random_instances import random_instance
from random_rules import literal_terms, random_rules
from scipy.optimize import linprog

import raymenu
from raymenu import Menu, Rule
from raymenu.mechanisms.reach import Region
from raymenu.solvers.value_of_choice.rungs import order_violations


def market(seed, tasks=2, agents=2):
    rng = np.random.default_rng(seed)
    plain = random_instance(rng, boxes=False, copies=2 if seed % 2 else 1, agents=agents, tasks=tasks, n_types=5)
    return plain.with_rules(random_rules(rng, plain, 3, slack=float(rng.choice([0.3, 1.0]))))


def grid_menus(inst, j, types, steps=24):
    """Menus of two tasks with prices on a grid and at every type's ratio, as long as the agent's rules allow."""
    eta, region = inst.endowment[j], Region.of(inst, j)
    theta = types.costs[:, 0] / types.costs[:, 1]
    sides = []
    for give, take, own in ((1, 0, 1 / theta), (0, 1, theta)):
        rays = []
        for r in [*np.geomspace(0.1, 10, steps), *(own * (1 - 1e-12))]:
            ray = np.zeros(2)
            ray[give], ray[take] = -eta[give], r * eta[give]
            ray *= region.reach(ray).share
            if ray.any():
                rays.append((r, ray))
        sides.append(rays)
    menus = [Menu(eta)] + [Menu(eta, [ray]) for side in sides for _, ray in side]
    menus += [Menu(eta, [a, b]) for r, a in sides[0] for s, b in sides[1] if r * s >= 1]
    for angle in np.linspace(0, np.pi / 2, 30):
        d = -np.array([np.cos(angle), np.sin(angle)])
        back = d * np.min(np.divide(eta, -d, out=np.full(2, np.inf), where=d < -1e-15))
        back *= region.reach(back).share
        menus.append(Menu.remedial(eta, np.clip(eta + back, 0, eta)))
    return menus


def grid_value(inst, types):
    """Program (5) over lotteries of these menus, joint rules by their words, as an array program."""
    columns = []
    for j in range(inst.n_agents):
        for menu in grid_menus(inst, j, types[j]):
            y = menu.expected_assignment(types[j])
            sigma = inst.status_quo[j]
            if menu.kept is not None:
                moved = np.abs(menu.kept - sigma)
            else:
                chances = np.array([float(p) for p in menu.acceptance(types[j])])
                stay = 1 - chances.sum()
                moved = stay * np.abs(menu.endowment - sigma)
                moved = moved + sum(p * np.abs(menu.endowment + ray - sigma) for p, ray in zip(chances, menu.rays))
            columns.append((j, y, moved))
    first = {j: int(np.flatnonzero(inst.agent_rows == j)[0]) for j in range(inst.n_agents)}
    cost = [inst.copies[j] * (inst.performance[j] @ y) for j, y, _ in columns]
    upper, limits = [], []
    for rule in inst.rules:
        for amounts, changes, limit in literal_terms(inst, rule):
            involved = {int(inst.agent_rows[a]) for a in np.flatnonzero((amounts != 0).any(1) | (changes != 0).any(1))}
            if len(np.flatnonzero((amounts != 0).any(1) | (changes != 0).any(1))) == 1:
                continue  # of one agent: its menus keep it
            upper.append(
                [
                    inst.copies[j] * (amounts[first[j]] @ y + changes[first[j]] @ d) if j in involved else 0.0
                    for j, y, d in columns
                ]
            )
            limits.append(limit + 1e-9)
    equal = [[float(j == k) for j, _, _ in columns] for k in range(inst.n_agents)]
    equal += [[inst.copies[j] * y[i] for j, y, _ in columns] for i in range(inst.n_tasks)]
    right = np.append(np.ones(inst.n_agents), inst.counts)
    tables = {"A_ub": np.array(upper), "b_ub": np.array(limits)} if upper else {}
    found = linprog(cost, A_eq=np.array(equal), b_eq=right, **tables)
    assert found.status == 0, found.message
    return found.fun


@pytest.mark.parametrize("seed", range(40))
def test_the_interval_holds_a_dense_grid(seed):
    inst = market(seed)
    types = inst.types(5)
    lm = raymenu.solve_large_market(inst, types, rel_gap=1e-3)
    value = grid_value(inst, types)
    assert lm.lower <= value + 1e-7
    assert lm.upper <= value + 0.02 * abs(value) + 1e-7
    assert lm.check().ok(1e-7), str(lm.check())
    loose = raymenu.solve_large_market(inst.with_rules([]), types, rel_gap=1e-3)
    assert loose.lower <= lm.upper + 1e-9
    if not any(row.changes for row in inst.compiled_rules.rows if row.agent is None):
        assert lm.status == "optimal"


@pytest.mark.parametrize("seed", range(6))
def test_a_slack_rule_changes_nothing(seed):
    inst = market(seed)
    types = inst.types(5)
    slack = Rule("cap", "slack", at_most=1e3 * float(inst.counts.sum()))
    before = raymenu.solve_large_market(inst, types, rel_gap=1e-3)
    after = raymenu.solve_large_market(inst.with_rules([*inst.rules, slack]), types, rel_gap=1e-3)
    assert np.isclose(before.upper, after.upper, rtol=2e-3) and np.isclose(before.lower, after.lower, rtol=2e-3)
    assert after.rule_prices["slack"] == 0.0


@pytest.mark.parametrize("seed", range(12))
def test_the_ladder_stands_in_order(seed):
    inst = market(seed, tasks=2 + seed % 2)
    v = raymenu.value_of_choice(inst, types=5, rel_gap=0.01, time_limit=5.0)
    assert not order_violations(v.ladder)


def test_replicas_tend_to_the_large_market_with_rules():
    inst = raymenu.load("two_task_uniform")
    inst = inst.with_rules([Rule("cap", "no more than", tasks=inst.tasks[0], each=True, at_most=1.3, times=True)])
    lm = raymenu.solve_large_market(inst, types=60, rel_gap=1e-3)
    found = raymenu.simulate(inst, lm.lotteries, replicas=[1, 1000], draws=60, types=lm.types)
    assert lm.lower <= found.cost[1] + 3 * found.stderr[1]
    assert abs(found.cost[1] - lm.upper) <= 0.02 * abs(lm.upper)


def test_a_checkpoint_keeps_prices_of_rules(tmp_path):
    inst = market(1)
    path = tmp_path / "state.sqlite"
    raymenu.solve_large_market(inst, 5, rel_gap=1e-6, checkpoint=path, max_rounds=2)
    again = raymenu.solve_large_market(inst, 5, rel_gap=1e-3, checkpoint=path)
    assert again.rounds >= 2 and again.lower <= again.upper
