"""Constant mechanisms, full information and program (1) with rules: kept, priced, and in their order."""

import numpy as np
import pytest
from random_instances import random_instance
from random_rules import literal_excess, random_rules

import raymenu
from raymenu import InputError, Rule
from raymenu.models.program_1.profiles import profiles


def market(seed, **shape):
    rng = np.random.default_rng(seed)
    plain = random_instance(rng, boxes=False, copies=2 if seed % 3 == 1 else 1, agents=2, n_types=3, **shape)
    return plain.with_rules(random_rules(rng, plain, 3, slack=float(rng.choice([0.3, 1.0]))))


@pytest.mark.parametrize("seed", range(30))
def test_every_profile_keeps_the_rules(seed):
    inst = market(seed)
    types = inst.types(3)
    found = raymenu.solve_bic(inst, types)
    assert found.form == "profile" and found.rules_hold == "in every profile" and found.check().ok(1e-7)
    expected = np.zeros((inst.n_agents, inst.n_tasks))
    for drawn, probability in profiles(inst, types):
        chosen = np.array([t for row in drawn for t in row])
        assigned = found.allocation(chosen)
        for rule in inst.rules:
            assert literal_excess(inst, rule, assigned) <= 1e-7
        assert np.allclose(assigned.sum(axis=0), inst.counts)
        for j in range(inst.n_agents):
            expected[j] += probability * assigned[inst.agent_rows == j].mean(axis=0)
    assert np.allclose(expected, found.expected_assignment(), atol=1e-7)


@pytest.mark.parametrize("seed", range(30))
def test_the_order_of_programs(seed):
    inst = market(seed)
    types = inst.types(3)
    first, constant = raymenu.solve_first_best(inst), raymenu.solve_no_choice(inst, types)
    full = raymenu.solve_full_information(inst, types)
    full_finite = raymenu.solve_full_information(inst, types, market="finite")
    large, exact = raymenu.solve_bic(inst, types, market="large"), raymenu.solve_bic(inst, types)
    loose = [raymenu.solve_bic(inst, types, form=form) for form in ("token", "cuts")]
    slack = 1e-7 * max(1.0, abs(inst.status_quo_cost))
    assert first.cost <= full.cost + slack and full.cost <= full_finite.cost + slack
    assert full_finite.cost <= exact.cost + slack and full.cost <= large.cost + slack
    assert abs(loose[0].cost - loose[1].cost) <= slack
    for each in loose:
        assert large.cost <= each.cost + slack and each.cost <= exact.cost + slack and each.check().ok(1e-6)
    assert exact.cost <= constant.cost + slack and constant.cost <= inst.status_quo_cost + slack
    for each in (first, constant, full, full_finite, large, exact, *loose):
        assert each.check().ok(1e-6) and each.lower <= each.cost


def test_forms_in_expectation_say_so():
    inst = market(0)
    for form in ("token", "cuts"):
        found = raymenu.solve_bic(inst, 3, form=form)
        assert found.rules_hold == "in expectation"
        with pytest.raises(InputError, match="form='profile'"):
            found.allocation([0] * inst.agent_rows.size)


def test_licences_hold_in_every_profile_of_every_form():
    inst = raymenu.make_instance(
        "licence",
        "made up",
        counts=[2, 2],
        performance=[[1, 2], [2, 1], [0, 3]],
        status_quo=[[1, 0.5], [1, 0.5], [0, 1]],
        preferences=[raymenu.FinitePreferences(costs=((1.0, 2.0), (2.0, 1.0)))] * 3,
        rules=[Rule("licence", "not yet", agents="agent 3", tasks="task 1")],
    )
    costs = []
    for form in ("profile", "token", "cuts"):
        found = raymenu.solve_bic(inst, form=form)
        assert found.rules_hold == "in every profile"
        assert max(found.allocation(chosen)[2, 0] for chosen in np.ndindex(2, 2, 2)) <= 1e-9
        costs.append(found.cost)
    assert np.ptp(costs) <= 1e-7


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("solve", ["first_best", "no_choice", "full_information", "bic"])
def test_prices_are_what_a_little_more_saves(solve, seed):
    rng = np.random.default_rng(seed)
    plain = random_instance(rng, boxes=False, agents=2, tasks=2, n_types=2)
    held = float(plain.status_quo[:, 0].max())
    run = {
        "first_best": raymenu.solve_first_best,
        "no_choice": lambda inst: raymenu.solve_no_choice(inst, 2),
        "full_information": lambda inst: raymenu.solve_full_information(inst, 2),
        "bic": lambda inst: raymenu.solve_bic(inst, 2, market="large"),
    }[solve]

    def found(at_most):
        cap = Rule("cap", "few", tasks="task 1", each=True, at_most=at_most)
        return run(plain.with_rules([cap]))

    limit, step = held * 1.1, 1e-5
    price = found(limit).rule_prices["few"]
    wider = (found(limit).cost - found(limit + step).cost) / step
    tighter = (found(limit - step).cost - found(limit).cost) / step
    assert wider - 1e-3 <= price <= tighter + 1e-3
    assert found(held * 1e3).rule_prices["few"] <= 1e-9


def test_a_tampered_mechanism_is_caught():
    inst = market(3)
    found = raymenu.solve_first_best(inst)
    broken = raymenu.solvers.bic.constant_mechanisms.ConstantMechanism(
        inst, found.assignment[::-1].copy() * 3, found.result, False
    )
    assert broken.check().violations["rules"] > 1e-3
