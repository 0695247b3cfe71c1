"""Programs with rules against dense programs on single agents, the rules written out from their words."""

import numpy as np
import pyomo.environ as pyo
import pytest
from random_instances import random_instance
from random_rules import literal_rows, random_rules
from scipy.optimize import linprog

import raymenu
from raymenu import Menu, models
from raymenu.models.program_1.profiles import profiles
from raymenu.solvers.backends import backend


def market(seed, **shape):
    rng = np.random.default_rng(seed)
    plain = random_instance(rng, boxes=False, copies=2 if seed % 2 else 1, agents=shape.pop("agents", 2), **shape)
    return plain.with_rules(random_rules(rng, plain, 4, slack=rng.choice([0.3, 1.0])))


def optimum(model):
    result = backend("highs").solve(model)
    assert result.quality.value == "optimal"
    return result.objective


def rule_rows(inst):
    return [row for rule in inst.rules for row in literal_rows(inst, rule)]


def dense(inst, cost, upper, equal):
    tables = {}
    for label, rows in (("ub", upper), ("eq", equal)):
        if rows:
            tables[f"A_{label}"] = np.array([np.ravel(row) for row, _ in rows])
            tables[f"b_{label}"] = np.array([bound for _, bound in rows])
    found = linprog(np.ravel(cost), **tables)
    assert found.status == 0, found.message
    return found.fun


def clearing(inst):
    n = inst.agent_rows.size
    return [(np.outer(np.ones(n), np.eye(inst.n_tasks)[i]), inst.counts[i]) for i in range(inst.n_tasks)]


@pytest.mark.parametrize("seed", range(40))
def test_first_best(seed):
    inst = market(seed)
    expected = dense(inst, inst.performance[inst.agent_rows], rule_rows(inst), clearing(inst))
    assert np.isclose(optimum(models.first_best(inst)), expected, rtol=0, atol=1e-7)
    assert raymenu.solve_first_best(inst).check().ok(1e-8)


@pytest.mark.parametrize("seed", range(40))
def test_no_choice(seed):
    inst = market(seed)
    types = inst.types(4)
    rows = rule_rows(inst)
    for a, j in enumerate(inst.agent_rows):
        for c in types[j].costs:
            wanted = np.zeros((inst.agent_rows.size, inst.n_tasks))
            wanted[a] = c
            rows.append((wanted, inst.slack[j] * c @ inst.status_quo[j]))
    expected = dense(inst, inst.performance[inst.agent_rows], rows, clearing(inst))
    found = raymenu.solve_no_choice(inst, types)
    assert np.isclose(found.cost, expected, rtol=0, atol=1e-7) and found.check().ok(1e-8)


@pytest.mark.parametrize("seed", range(0, 20, 2))
def test_full_information_in_every_profile(seed):
    """Rules hold in every profile: one block of single agents' assignments for each."""
    inst = market(seed, n_types=2)
    types = inst.types(2)
    listed = list(profiles(inst, types))
    width = inst.agent_rows.size * inst.n_tasks
    cost = np.concatenate([p * inst.performance[inst.agent_rows].ravel() for _, p in listed])
    upper, equal = [], []
    for k in range(len(listed)):
        for source, target in ((rule_rows(inst), upper), (clearing(inst), equal)):
            for coefficients, bound in source:
                wide = np.zeros((len(listed), width))
                wide[k] = np.ravel(coefficients)
                target.append((wide, bound))
    for j in range(inst.n_agents):
        for t, c in enumerate(types[j].costs):
            wide = np.zeros((len(listed), inst.n_agents, inst.n_tasks))
            for k, (drawn, p) in enumerate(listed):
                if drawn[j][0] == t:
                    wide[k, j] = c * p / types[j].weights[t]
            upper.append((wide, inst.slack[j] * c @ inst.status_quo[j]))
    found = optimum(models.full_information(inst, types, market="finite", form="profile"))
    assert np.isclose(found, dense(inst, cost, upper, equal), rtol=0, atol=1e-7)
    # What types expect keeps the rules too: the large market and the cut form are bounds from below.
    assert optimum(models.full_information(inst, types, market="large")) <= found + 1e-7
    loose = inst.with_rules([])
    assert (
        optimum(models.full_information(loose, types, market="large"))
        <= optimum(models.full_information(inst, types, market="large")) + 1e-7
    )


@pytest.mark.parametrize("seed", range(12))
def test_bic_forms_are_ordered(seed):
    inst = market(seed, n_types=2)
    types = inst.types(2)
    exact = optimum(models.bic(inst, types, form="profile"))
    token = optimum(models.bic(inst, types, form="token"))
    large = optimum(models.bic(inst, types, market="large"))
    assert large <= token + 1e-7 and token <= exact + 1e-7
    assert exact >= optimum(models.bic(inst.with_rules([]), types, form="profile")) - 1e-7
    assert exact <= inst.status_quo_cost + 1e-7


@pytest.mark.parametrize("seed", range(40))
def test_eopr(seed):
    rng = np.random.default_rng(seed)
    inst = market(seed)
    menus = []
    for eta in inst.endowment:
        rays = rng.normal(size=(2, inst.n_tasks))
        rays /= np.maximum(1.0, (-rays / np.maximum(eta, 1e-12)).max(axis=1, keepdims=True))
        rays = np.maximum(rays, -eta)
        menus.append(Menu.remedial(eta, 0 * eta) if rng.random() < 0.2 else Menu(eta, rays))
    choices = [int(rng.integers(-1, 1 if menus[j].kind == "remedial" else 2)) for j in inst.agent_rows]
    model = models.eopr(inst, menus, choices)
    endowment_cost = float(inst.copies @ (inst.performance * inst.endowment).sum(axis=1))
    assert optimum(model) <= endowment_cost + 1e-7
    assignment = np.array([[pyo.value(model.assignment[a, i]) for i in model.TASKS] for a in model.SINGLE_AGENTS])
    for coefficients, limit in rule_rows(inst):
        assert (coefficients * assignment).sum() <= limit + 1e-6


@pytest.mark.parametrize("seed", range(20))
def test_outer_program_and_its_dual(seed):
    """(5) with joint rules against an array program, and (6) on the same columns: one value."""
    rng = np.random.default_rng(seed)
    inst = market(seed)
    columns = [[eta, *(eta * rng.uniform(0, 1.5, (6, inst.n_tasks)))] for eta in inst.endowment]
    flat = [(j, y) for j, own in enumerate(columns) for y in own]
    rules = inst.compiled_rules
    size = len(flat) + inst.n_agents * inst.n_tasks  # weights, then |x - sigma|
    cost = np.append([inst.copies[j] * (inst.performance[j] @ y) for j, y in flat], np.zeros(size - len(flat)))
    equal = [[float(j == k) for j, _ in flat] for k in range(inst.n_agents)]
    equal += [[inst.copies[j] * y[i] for j, y in flat] for i in range(inst.n_tasks)]
    upper, limits = [], []
    for j in range(inst.n_agents):
        for i in range(inst.n_tasks):
            for sign in (1.0, -1.0):
                row = np.zeros(size)
                row[: len(flat)] = [sign * y[i] * (k == j) for k, y in flat]
                row[len(flat) + j * inst.n_tasks + i] = -1.0
                upper.append(row)
                limits.append(sign * inst.status_quo[j, i])
    for r in rules.joint:
        row, sense = np.zeros(size), rules.rows[r].sense
        for k, (j, y) in enumerate(flat):
            row[k] = inst.copies[j] * sum(a * y[i] for (m, i), a in rules.rows[r].amounts.items() if m == j)
        for (j, i), g in rules.rows[r].changes.items():
            row[len(flat) + j * inst.n_tasks + i] = inst.copies[j] * g
        for sign in {"<=": (1.0,), ">=": (-1.0,), "==": (1.0, -1.0)}[sense]:
            upper.append(sign * row)
            limits.append(sign * rules.rows[r].limit)
    expected = linprog(
        cost,
        A_ub=np.array(upper),
        b_ub=np.array(limits) + 1e-12,
        A_eq=np.hstack([np.array(equal), np.zeros((len(equal), size - len(flat)))]),
        b_eq=np.append(np.ones(inst.n_agents), inst.counts),
    )
    assert expected.status == 0
    assert np.isclose(optimum(models.outer(inst, columns)), expected.fun, rtol=0, atol=1e-7)
    assert np.isclose(optimum(models.dual(inst, columns)), expected.fun, rtol=0, atol=1e-7)
