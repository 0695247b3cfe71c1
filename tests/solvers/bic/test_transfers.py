"""Transfers (section 1.2) in first best, full information, BIC and EOPR, against each other and by hand."""

import numpy as np
import pyomo.environ as pyo
import pytest

import raymenu
from raymenu import FiniteTypes, InputError, Menu
from raymenu.mechanisms import choose
from raymenu.solvers.backends import backend

TYPES = [
    FiniteTypes([[1.0, 2.0, 1.0], [2.0, 1.0, 1.0]]),
    FiniteTypes([[1.0, 1.0, 1.0], [3.0, 1.0, 1.0], [1.0, 2.0, 1.0]], [1.0, 2.0, 1.0]),
]


def market(transfer=None, revenue="equal", pay=0.1, copies=(1, 1), performance=((1.0, 3.0), (2.0, 1.0))):
    """Two tasks and money: task 2."""
    return raymenu.make_instance(
        "money",
        "made up",
        counts=np.array(copies) @ np.array([[2.0, 1.0, 0.5], [1.0, 2.0, 1.0]]),
        performance=[[*performance[0], pay], [*performance[1], pay]],
        status_quo=[[2.0, 1.0, 0.5], [1.0, 2.0, 1.0]],
        preferences=[raymenu.FinitePreferences(costs=tuple(map(tuple, t.costs.tolist()))) for t in TYPES],
        transfers=None if transfer is None else {2: transfer},
        revenue=None if transfer is None else {2: revenue},
        copies=copies,
    )


KINDS = [("burdensome", "equal"), ("burdensome", "at least"), ("payment", "equal"), ("payment", "at least")]


def test_a_burdensome_payment_of_fixed_revenue_is_an_ordinary_task():
    plain, marked = market(), market("burdensome")
    assert raymenu.solve_first_best(marked).cost == pytest.approx(raymenu.solve_first_best(plain).cost)
    for solve in (raymenu.solve_full_information, raymenu.solve_bic):
        assert solve(marked, TYPES).cost == pytest.approx(solve(plain, TYPES).cost)


@pytest.mark.parametrize(("transfer", "revenue"), KINDS)
def test_the_programs_are_ordered_and_check(transfer, revenue):
    inst = market(transfer, revenue)
    full = raymenu.solve_full_information(inst, TYPES)
    finite = raymenu.solve_full_information(inst, TYPES, market="finite")
    large = raymenu.solve_bic(inst, TYPES, market="large")
    profile = raymenu.solve_bic(inst, TYPES, form="profile")
    token = raymenu.solve_bic(inst, TYPES, form="token")
    for found in (full, finite, large, profile, token):
        assert found.check().ok(1e-7), str(found.check())
    assert full.cost <= finite.cost + 1e-7 and full.cost <= large.cost + 1e-7
    assert large.cost <= profile.cost + 1e-7 <= inst.status_quo_cost + 2e-7
    assert token.cost == pytest.approx(profile.cost, abs=1e-7)  # expectation is enough for payments
    with pytest.raises(InputError, match="not settled") if (transfer, revenue) != KINDS[0] else np.errstate():
        raymenu.solve_bic(inst, TYPES, form="cuts")


def test_money_helps_and_open_revenue_helps_more():
    cost = {kind: raymenu.solve_bic(market(*kind), TYPES).cost for kind in KINDS}
    assert cost["payment", "equal"] < cost["burdensome", "equal"] - 1e-6  # it can go either way, without bound
    assert cost["payment", "at least"] <= cost["payment", "equal"] + 1e-9
    assert cost["burdensome", "at least"] <= cost["burdensome", "equal"] + 1e-9
    # Raised money lowers the social cost: more of it is then collected.
    gain = market("burdensome", "at least", pay=-0.5)
    assert raymenu.solve_bic(gain, TYPES).expected_assignment()[:, 2].sum() > gain.counts[2] + 1e-6


def test_full_information_by_hand():
    # Known costs (1, 1, 1) and a payment: paying for work one to one, so the cheapest agent does everything.
    inst = market("payment", performance=((1.0, 3.0), (2.0, 4.0)))
    ones = [FiniteTypes([[1.0, 1.0, 1.0]])] * 2
    full = raymenu.solve_full_information(inst, ones)
    assert full.cost == pytest.approx(3 * 1.0 + 3 * 3.0 + 1.5 * 0.1)
    work = full.interim[0][0]
    assert work[:2] == pytest.approx([3.0, 3.0]) and work[2] == pytest.approx(0.5 + 3.0)
    assert full.interim[1][0][2] == pytest.approx(1.0 - 3.0)  # it pays for its leisure


def test_balanced_payments_clear_in_every_profile_and_are_what_is_expected():
    inst = market("payment")
    found = raymenu.solve_bic(inst, TYPES)
    sizes = [t.size for t in TYPES]
    mean = [np.zeros((n, 3)) for n in sizes]
    for t in range(sizes[0]):
        for s in range(sizes[1]):
            rows = found.allocation([t, s])
            np.testing.assert_allclose(rows.sum(axis=0), inst.counts, atol=1e-8)
            assert rows[:, :2].min() >= -1e-9
            mean[0][t] += TYPES[1].weights[s] * rows[0]
            mean[1][s] += TYPES[0].weights[t] * rows[1]
    for j in range(2):
        np.testing.assert_allclose(mean[j], found.interim[j], atol=1e-8)


def test_first_best_and_revenue_without_end():
    assert raymenu.solve_first_best(market("payment")).check().ok()
    assert raymenu.solve_first_best(market("burdensome", "at least")).check().ok()
    for inst in (market("payment", "at least"), market("burdensome", "at least", pay=-1.0)):
        with pytest.raises(InputError, match="without end"):
            raymenu.solve_first_best(inst)


@pytest.mark.parametrize(("transfer", "revenue"), KINDS)
def test_eopr_agrees_with_the_plain_program(transfer, revenue):
    inst = market(transfer, revenue, copies=(3, 4), pay=-0.3 if transfer == "burdensome" else 0.3)
    menus = [
        Menu(inst.endowment[0], [[1.0, -0.5, 0.2], [-1.0, 0.5, -0.2]]),
        Menu(inst.endowment[1], [[-1.0, 0.5, 0.2], [1.0, -0.5, -0.2], [0.5, -0.5, 0.5]]),
    ]
    rng = np.random.default_rng(0)
    choices = np.stack([rng.integers(-1, menus[j].size, 25) for j in inst.agent_rows], axis=1)
    a = raymenu.allocate(inst, menus, choices)
    solver = backend("highs")
    for p, profile in enumerate(choices):
        model = raymenu.models.eopr(inst, menus, profile)
        solver.solve(model)
        assert a.cost[p] == pytest.approx(pyo.value(model.social_cost), abs=1e-7)
    totals = a.assignment.sum(axis=1)
    np.testing.assert_allclose(totals[:, :2], np.broadcast_to(inst.counts[:2], (25, 2)), rtol=1e-9)
    over = totals[:, 2] - inst.counts[2]
    assert {"==": abs(over).max() < 1e-8, ">=": over.min() > -1e-8, "<=": over.max() < 1e-8}[inst.clearing_senses[2]]
    assert (a.cost <= a.rule.endowment_cost).all() and (a.cost - a.bound <= 1e-8).all()
    assert a.assignment[..., :2].min() >= 0
    np.testing.assert_allclose((a.assignment * inst.performance[inst.agent_rows]).sum(axis=(1, 2)), a.cost, atol=1e-8)


def test_choices_count_payments_as_relief():
    inst = market("payment")
    menus = [Menu(inst.endowment[j], [[1.0, 0.0, 2.0]]) for j in range(2)]  # one more task for two units of money
    assert choose(inst, menus, [[1.0, 1.0, 1.0], [3.0, 1.0, 1.0]]).tolist() == [0, -1]


def test_where_theory_is_not_settled_it_is_said():
    inst = market("payment")
    menus = [Menu(eta) for eta in inst.endowment]
    for ask in (
        lambda: raymenu.simulate(inst, menus),
        lambda: raymenu.solve_no_choice(inst),
        lambda: raymenu.value_of_choice(inst, TYPES),
        lambda: raymenu.design_small_market(inst),
        lambda: raymenu.solve_large_market(inst, TYPES),
        lambda: raymenu.two_price(inst, (1, 2), classes=([0, 1], [2])),
        lambda: raymenu.ray_protocol(inst, menus),
    ):
        with pytest.raises(InputError, match="not settled"):
            ask()
    with pytest.raises(InputError, match="payments only"):
        raymenu.allocate(inst, [Menu(eta, [[0.0, 0.0, 1.0]]) for eta in inst.endowment], [0, 0])
