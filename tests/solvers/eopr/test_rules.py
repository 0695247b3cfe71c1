"""EOPR with rules: every profile keeps them, and none is dearer than an independent linear program says."""

import numpy as np
import pytest
from random_instances import random_instance
from random_rules import literal_excess, literal_terms, random_rules
from scipy.optimize import linprog

import raymenu
from raymenu import Menu, Rule
from raymenu.mechanisms.reach import Region


def market(seed, moved=False, **shape):
    """Rules, some tight, on a random instance; ``moved``: the endowment is not the status quo."""
    rng = np.random.default_rng(seed)
    plain = random_instance(rng, copies=3 if seed % 3 == 0 else 1, **{"agents": int(rng.integers(2, 5)), **shape})
    if moved:
        other = rng.uniform(0.2, 2, plain.status_quo.shape)
        other *= plain.counts / (plain.copies @ other)
        share = rng.uniform(0, 1)
        plain = raymenu.make_instance(
            "moved",
            "drawn by a seeded generator",
            counts=plain.counts,
            performance=plain.performance,
            status_quo=plain.status_quo,
            endowment=share * other + (1 - share) * plain.status_quo,
            preferences=plain.preferences,
            copies=plain.copies,
        )
    kinds = ("cap", "floor", "equal", "linear") if moved else ("cap", "floor", "fixed", "change", "equal", "linear")
    rules = random_rules(rng, plain, int(rng.integers(1, 5)), kinds, slack=float(rng.choice([0.3, 1.0])))
    if moved:
        away = np.abs(plain.endowment - plain.status_quo)
        rules.append(Rule("change", "steady", each=True, at_most=float(away.sum(axis=1).max() * rng.uniform(1, 1.5))))
        total = float(plain.copies @ away.sum(axis=1))
        rules.append(Rule("change", "steady together", at_most=total * rng.uniform(1, 1.3)))
    return plain.with_rules(rules), rng


def random_menus(rng, inst):
    menus = []
    for eta in inst.endowment:
        if rng.random() < 0.25:
            menus.append(Menu.remedial(eta, 0 * eta))
            continue
        rays = rng.normal(size=(2, inst.n_tasks))
        rays /= np.maximum((-rays / eta).max(axis=1, keepdims=True), 1e-9) * 1.000001
        menus.append(Menu(eta, rays[(rays < 0).any(axis=1)]))
    return menus


def plain_program(inst, menus, choices):
    """The linear program of one profile on steps of single agents, by scipy; absolute values are variables."""
    rows, n_tasks = inst.agent_rows, inst.n_tasks
    columns = []  # (agent, direction)
    for a, k in enumerate(choices):
        menu = menus[rows[a]]
        if k >= 0 and menu.kind == "remedial":
            columns += [(a, -np.eye(n_tasks)[i]) for i in range(n_tasks)]
        elif k >= 0:
            columns.append((a, menu.rays[k]))
    if not columns:
        return inst.endowment_cost
    eta, sigma = inst.endowment[rows], inst.status_quo[rows]
    moves = np.zeros((rows.size * n_tasks, len(columns)))
    for c, (a, d) in enumerate(columns):
        moves[a * n_tasks : (a + 1) * n_tasks, c] = d
    # Steps, then |mu - sigma| of every entry.
    eye, away = np.eye(moves.shape[0]), (eta - sigma).ravel()
    upper = [np.hstack([moves, -eye]), np.hstack([-moves, -eye]), np.hstack([-moves, 0 * eye])]
    limits = [-away, away, eta.ravel()]
    for rule in inst.rules:
        for amounts, changes, limit in literal_terms(inst, rule):
            least = (amounts * eta).sum() + (changes * np.abs(eta - sigma)).sum()
            upper.append(np.hstack([amounts.ravel() @ moves, changes.ravel()])[None])
            limits.append([max(limit, least) - (amounts * eta).sum()])
    cost = np.append([inst.performance[rows[a]] @ d for a, d in columns], np.zeros(moves.shape[0]))
    equal = np.hstack([np.array([d for _, d in columns]).T, np.zeros((n_tasks, moves.shape[0]))])
    found = linprog(cost, np.vstack(upper), np.concatenate(limits), equal, np.zeros(n_tasks))
    assert found.status == 0
    return inst.endowment_cost + found.fun


@pytest.mark.parametrize("seed", range(200))
def test_against_the_plain_program(seed):
    inst, rng = market(seed, moved=seed % 4 == 3)
    menus = random_menus(rng, inst)
    most = [menus[j].n_choices for j in inst.agent_rows]
    choices = np.array([[rng.integers(-1, m) for m in most] for _ in range(4)])
    a = raymenu.allocate(inst, menus, choices)
    for p, profile in enumerate(choices):
        assert np.isclose(a.cost[p], plain_program(inst, menus, profile), rtol=0, atol=1e-6)
        assert a.cost[p] <= inst.endowment_cost + 1e-12
        for rule in inst.rules:
            assert literal_excess(inst, rule, a.assignment[p]) <= 1e-9
        assert np.allclose(a.assignment[p].sum(axis=0), inst.counts, rtol=1e-8)
        cost = (inst.performance[inst.agent_rows] * a.assignment[p]).sum()
        assert np.isclose(cost, a.cost[p], rtol=0, atol=1e-8)
    assert (inst.compiled_rules.excess(a.assignment) <= 1e-9).all()


@pytest.mark.parametrize("seed", range(20))
def test_a_slack_rule_changes_nothing(seed):
    inst, rng = market(seed)
    menus = random_menus(rng, inst)
    choices = [int(rng.integers(-1, menus[j].n_choices)) for j in inst.agent_rows]
    before = raymenu.allocate(inst, menus, choices)
    loose = Rule("cap", "loose", at_most=1e3 * float(inst.counts.sum()))
    after = raymenu.allocate(inst.with_rules([*inst.rules, loose]), menus, choices)
    assert np.array_equal(before.assignment, after.assignment) and before.cost == after.cost
    assert after.rule_prices["loose"] == 0.0
    # So does one that some profile could bring to its limit, where this one does not.
    slack = [name for name, price in before.rule_prices.items() if price == 0.0]
    kept = inst.with_rules([rule for rule in inst.rules if rule.name not in slack])
    again = raymenu.allocate(kept, menus, choices)
    if (inst.compiled_rules.excess(again.assignment) <= 1e-9).all():
        assert np.isclose(again.cost, before.cost, rtol=0, atol=1e-8)


@pytest.mark.parametrize("seed", range(40))
def test_prices_are_what_a_little_more_saves(seed):
    inst, rng = market(seed, agents=3)
    caps = [
        Rule("cap", "own", tasks=inst.tasks[0], each=True, at_most=float(inst.endowment[:, 0].max()) * 1.05),
        Rule("cap", "joint", agents=inst.agents[:2], tasks=inst.tasks[0], at_most=_held(inst, 2) * 1.1),
    ]
    inst = inst.with_rules(caps)
    menus = random_menus(rng, inst)
    choices = [int(rng.integers(-1, menus[j].n_choices)) for j in inst.agent_rows]
    prices = raymenu.allocate(inst, menus, choices).rule_prices
    costs = {}
    for step in (-1e-6, 0.0, 1e-6):
        for rule in caps:
            moved = rule.model_copy(update={"at_most": rule.at_most + step})
            other = [moved if each is rule else each for each in caps]
            costs[rule.name, step] = raymenu.allocate(inst.with_rules(other), menus, choices).cost
    for rule in caps:
        wider = (costs[rule.name, 0.0] - costs[rule.name, 1e-6]) / 1e-6
        tighter = (costs[rule.name, -1e-6] - costs[rule.name, 0.0]) / 1e-6
        assert wider - 1e-3 <= prices[rule.name] <= tighter + 1e-3


def _held(inst, agents):
    return float(inst.copies[:agents] @ inst.endowment[:agents, 0])


@pytest.mark.parametrize("seed", range(60))
def test_reach_is_as_far_as_rules_allow(seed):
    inst, rng = market(seed, moved=seed % 2 == 1)
    for j in range(inst.n_agents):
        step = rng.normal(size=inst.n_tasks) * inst.endowment[j]
        found = Region.of(inst, j).reach(step)

        def over(share, j=j, step=step):
            assignment = inst.endowment[inst.agent_rows].copy()
            assignment[np.flatnonzero(inst.agent_rows == j)[0]] += share * step
            broken = inst.compiled_rules.excess(assignment)
            return max((broken[r] for r in inst.compiled_rules.own[j]), default=-1.0)

        assert over(found.share) <= 1e-9
        if found.share < 1.0:
            assert over(found.share + 1e-6) > 0


def test_simulation_keeps_rules():
    inst = raymenu.load("anaesthesia")
    steady = inst.with_rules([Rule("change", "steady", each=True, at_most=0.1, times=True)])
    menus = [Menu(eta, [[0.9, -0.9, 0, 0], [-0.9, 0.9, 0, 0]]) for eta in inst.endowment]
    free = raymenu.simulate(inst, menus, replicas=[1, 5], draws=30)
    kept = raymenu.simulate(steady, menus, replicas=[1, 5], draws=30)
    assert (kept.costs >= free.costs - 1e-9).all() and (kept.cost > free.cost).all()
    assert (kept.costs <= steady.endowment_cost + 1e-9).all()


def test_who_does_not_answer_keeps_the_endowment():
    inst = raymenu.load("anaesthesia")
    menus = [Menu(eta, [[0.9, -0.9, 0, 0], [-0.9, 0.9, 0, 0]]) for eta in inst.endowment]
    silent = raymenu.allocate(inst, menus, [0, None, 1, float("nan"), -1])
    assert silent.choices.tolist() == [0, -1, 1, -1, -1]
    for wrong in (["A", 0, 0, 0, 0], [0.5, 0, 0, 0, 0]):
        with pytest.raises(raymenu.InputError, match="whole numbers"):
            raymenu.allocate(inst, menus, wrong)


def test_rules_bind_the_selection_from_any_protocol():
    inst = raymenu.make_instance(
        "two",
        "made up",
        counts=[2, 2],
        performance=[[1, 2], [2, 1]],
        status_quo=[[1, 1], [1, 1]],
        preferences=[raymenu.UniformPreferences(lower=[1, 1], upper=[2, 2])] * 2,
        rules=[Rule("cap", "few", tasks="task 1", each=True, at_most=1.5)],
    )
    for protocol, kept in (
        (raymenu.two_price(inst, (1, 1)), [1.5, 0.5]),
        (raymenu.all_or_nothing(inst, [[1.4, 0.6], [0.6, 1.4]]), None),
    ):
        ruled = protocol.with_rule(raymenu.eopr_selection(inst, protocol))
        for profile in np.ndindex(*[len(menu) for menu in protocol.menus]):
            outcome = np.array([[float(x) for x in held] for held in ruled.outcome(profile)])
            assert (inst.compiled_rules.excess(outcome) <= 1e-9).all()
        if kept:
            assert [float(x) for x in ruled.outcome((1, 2))[0]] == kept
