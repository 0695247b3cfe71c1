"""Theorem 1 against the programs and against Lemma 2's certificate, and its named answers where it is silent."""

import dataclasses
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from random_instances import random_instance

import raymenu
from raymenu import FinitePreferences, FiniteTypes, UniformPreferences
from raymenu.solvers.bic.lemma_1 import corollary_1_applies, lemma_1
from raymenu.solvers.value_of_choice.bilateral import best_bilateral_trade
from raymenu.solvers.value_of_choice.certifying import certifying_trade
from raymenu.solvers.value_of_choice.rungs import order_violations
from raymenu.solvers.value_of_choice.theorem_1 import decide


def common_support(seed):
    """An instance with Theorem 1's premises, beta = 1 and full dimension; a sixth each is degenerate or identical."""
    rng = np.random.default_rng(seed)
    agents, tasks = int(rng.integers(2, 5)), int(rng.integers(2, 4))
    low = rng.uniform(0.2, 1, tasks)
    width = np.zeros(tasks) if seed % 6 == 0 else rng.uniform(0.05, 1.5, tasks)
    performance = rng.uniform(0, 1, size=(agents, tasks))
    if seed % 6 == 1:
        performance[:] = performance[0]
    copies = rng.integers(1, 3, agents)
    status_quo = rng.uniform(0.2, 2, size=(agents, tasks))
    return raymenu.make_instance(
        "common support", "seeded", counts=copies @ status_quo, performance=performance, status_quo=status_quo,
        preferences=[UniformPreferences(lower=tuple(low), upper=tuple(low + width))] * agents, copies=copies,
    )  # fmt: skip


def with_corners(inst, size=4):
    """Sobol' types and every corner of the box: on these (SQ) asks as much of constant mechanisms as on the box."""
    made = {}
    for p in inst.preferences:
        if p not in made:
            corners = list(product(*zip(p.lower_bounds, p.upper_bounds))) if not p.degenerate else []
            made[p] = FiniteTypes(np.vstack([*corners, *p.discretize(size).costs]))
    return [made[p] for p in inst.preferences]


def agree(seed):
    inst = common_support(seed)
    v = raymenu.value_of_choice(inst, with_corners(inst), time_limit=10)
    assert order_violations(v.ladder) == []
    assert v.verdict == ("not valuable" if seed % 6 in (0, 1) else "valuable")
    assert v.pays_on_types == (v.verdict == "valuable")
    assert (v.trade is not None and v.trade.improves()) == (v.verdict == "valuable")
    return v


@pytest.mark.parametrize("seed", range(24))
def test_verdict_program_and_certificate_agree(seed):
    agree(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(24, 240))
def test_verdict_program_and_certificate_agree_on_many(seed):
    agree(seed)


def lemma_2_by_hand(trade):
    """The four conditions from the instance's own numbers, corner by corner, in rationals."""
    inst, (a, b) = trade.inst, trade.agents
    exact = [Fraction(g) for g in trade.gamma.tolist()]

    def dot(numbers):
        return sum(g * Fraction(x) for g, x in zip(exact, numbers))

    def values(j):
        p = inst.preferences[j]
        if p.continuous:
            return [dot(corner) for corner in product(*zip(p.lower_bounds.tolist(), p.upper_bounds.tolist()))]
        return [dot(cost) for cost in p.discretize(1).costs.tolist()]

    feasible = all(
        Fraction(s) + g >= 0 and Fraction(r) - g >= 0
        for s, r, g in zip(inst.status_quo[a].tolist(), inst.status_quo[b].tolist(), exact)
    )
    cheaper = dot(inst.performance[a].tolist()) - dot(inst.performance[b].tolist()) < 0
    return [feasible, cheaper, min(values(a)) < 0, max(values(b)) > 0]


@pytest.mark.parametrize("seed", range(12))
def test_the_certificate_is_lemma_2(seed):
    inst = random_instance(np.random.default_rng(seed), boxes=bool(seed % 2), agents=3)
    for trade in (best_bilateral_trade(inst, 10), certifying_trade(inst)):
        if trade is not None:
            assert list(trade.conditions().values()) == lemma_2_by_hand(trade) == [True] * 4
            worse = type(trade)(inst, trade.agents, -trade.gamma, trade.probabilities)
            assert list(worse.conditions().values()) == lemma_2_by_hand(worse)
            assert not worse.improves()


@pytest.mark.parametrize("seed", range(6))
def test_the_gain_of_a_trade_is_that_of_its_mechanism(seed):
    """Enumerating profiles with the menus of the trade gives the same expected cost."""
    inst = random_instance(np.random.default_rng(seed), boxes=False, agents=2, copies=2, n_types=3)
    types = inst.types()
    trade = best_bilateral_trade(inst, types)
    if trade is None:
        return
    menus, rows = trade.menus(), inst.agent_rows
    base = sum(inst.performance[j] @ inst.status_quo[j] for j in rows)
    expected = 0.0
    for profile in product(*[range(types[j].size) for j in rows]):
        probability = np.prod([types[j].weights[t] for j, t in zip(rows, profile)])
        moved = [
            menu.rays[0]
            for menu, j, t in zip(menus, rows, profile)
            if menu.size and menu.choices(types[j].costs[t])[0] == 0
        ]
        done = len(moved) == 2
        saved = (inst.performance[trade.agents[1]] - inst.performance[trade.agents[0]]) @ trade.gamma
        expected += probability * (base - saved * done)
    assert expected == pytest.approx(inst.status_quo_cost - trade.gain, rel=1e-12)


def best_direction_by_sweep(inst, types):
    """I = 2, two agents: the best exchange over all slopes at which some type is indifferent, and between them."""
    (pi_a, pi_b), (eta_a, eta_b) = inst.performance, inst.status_quo
    slopes = np.unique(np.concatenate([made.costs[:, 0] / made.costs[:, 1] for made in types]))
    slopes = np.concatenate([slopes, (slopes[1:] + slopes[:-1]) / 2, [slopes[0] / 2, slopes[-1] * 2]])
    best = 0.0
    for slope in slopes:
        for gamma in (np.array([1.0, -slope]), np.array([-1.0, slope])):
            room = np.where(gamma < 0, eta_a, eta_b)
            full = gamma * np.min(room / np.abs(gamma))
            taking = types[0].weights[types[0].costs @ full <= 1e-12].sum()
            giving = types[1].weights[types[1].costs @ full >= -1e-12].sum()
            best = max(best, (pi_b - pi_a) @ full * taking * giving)
    return best


@pytest.mark.parametrize("seed", range(20))
def test_the_best_trade_of_two_agents_and_two_tasks(seed):
    inst = random_instance(np.random.default_rng(seed), boxes=False, agents=2, tasks=2, n_types=8)
    types = inst.types()
    trade = best_bilateral_trade(inst, types)
    found = 0.0 if trade is None else trade.gain
    assert found == pytest.approx(best_direction_by_sweep(inst, types), rel=1e-6, abs=1e-9)


def changed(inst, **changes):
    arrays = {
        "counts": inst.counts, "performance": inst.performance, "status_quo": inst.status_quo,
        "preferences": inst.preferences, "slack": inst.slack, "copies": inst.copies,
    }  # fmt: skip
    return raymenu.make_instance("changed", "made for a test", **{**arrays, **changes})


def two_by_two(preferences=None, performance=((0.0, 1.0), (1.0, 0.0)), status_quo=((1.0, 1.0), (1.0, 1.0))):
    box = UniformPreferences(lower=(0.5, 0.5), upper=(2.0, 2.0))
    quo = np.array(status_quo)
    return raymenu.make_instance(
        "two", "made for a test", counts=quo.sum(axis=0), performance=performance, status_quo=quo,
        preferences=preferences or [box, box],
    )  # fmt: skip


def test_degenerate_preferences_are_named_though_a_constant_swap_improves():
    point = UniformPreferences(lower=(1.0, 1.0), upper=(1.0, 1.0))
    v = raymenu.value_of_choice(two_by_two([point, point]))
    assert v.verdict == "not valuable" and "degenerate" in v.reason and "constant swap" in v.reason
    assert v.trade is None and v.pays_on_types is False
    assert v.rung("no_choice").upper < v.rung("status_quo").upper - 0.1


def test_identical_performance_is_named():
    v = raymenu.value_of_choice(two_by_two(performance=((0.3, 0.7), (0.3, 0.7))))
    assert v.verdict == "not valuable" and "performance is identical" in v.reason and v.trade is None


def test_disjoint_supports_are_undecided_and_a_trade_is_still_sought():
    first = UniformPreferences(lower=(0.5, 2.0), upper=(1.0, 3.0))
    second = UniformPreferences(lower=(2.0, 0.5), upper=(3.0, 1.0))
    easy = raymenu.value_of_choice(two_by_two([first, second]))
    assert easy.verdict == "undecided"
    assert easy.reason.startswith("undecided by Theorem 1: ") and "different supports" in easy.reason
    assert easy.trade.improves() and "no choice is needed" in easy.reason
    # Each agent already likes what it does well: exchanges that pay are wanted by nobody.
    hard = raymenu.value_of_choice(two_by_two([first, second], performance=((1.0, 0.0), (0.0, 1.0))))
    assert hard.verdict == "undecided" and hard.trade is None and "no bilateral trade" in hard.reason
    # Program (1) still gains: participation is interim, so an agent can trade with itself across its types.
    assert hard.pays_on_types is True


def test_a_zero_in_the_status_quo_is_undecided_by_the_theorem():
    quo = ((1.0, 0.0), (1.0, 2.0))
    some = raymenu.value_of_choice(two_by_two(status_quo=quo, performance=((1.0, 0.0), (0.0, 1.0))))
    assert some.verdict == "undecided" and "holds none of 'task 2'" in some.reason
    assert some.trade.improves() and "improves (Lemma 2)" in some.reason and some.pays_on_types is True
    # Here the first agent should do more of the first task, and has nothing of the second to give for it.
    none = raymenu.value_of_choice(two_by_two(status_quo=quo))
    assert none.verdict == "undecided" and none.trade is None


def test_finite_types_and_slack_are_named():
    finite = FinitePreferences(costs=((1.0, 2.0), (2.0, 1.0)))
    assert "finitely many types" in decide(two_by_two([finite, finite])).reason
    slack = decide(changed(two_by_two(), slack=[1.2, 1.0]))
    assert slack.verdict == "valuable" and slack.optimal is None and "slack of 'agent 1'" in slack.reason
    flat = UniformPreferences(lower=(0.5, 1.0), upper=(2.0, 1.0))
    known = decide(two_by_two([flat, flat]))
    assert known.verdict == "valuable" and known.optimal is None and "is known" in known.reason
    assert certifying_trade(two_by_two([flat, flat])).improves()


def test_the_best_constant_mechanism_as_a_new_status_quo():
    """Footnote 14: with it in place no constant mechanism is better; the only question is whether choice improves."""
    first = UniformPreferences(lower=(0.5, 2.0), upper=(1.0, 3.0))
    second = UniformPreferences(lower=(2.0, 0.5), upper=(3.0, 1.0))
    inst = two_by_two([first, second])
    best = raymenu.solve_no_choice(inst)
    assert best.cost < inst.status_quo_cost - 0.1
    new = best.as_status_quo()
    assert new.starts_at_status_quo and np.allclose(new.copies @ new.status_quo, new.counts, rtol=1e-12)
    assert raymenu.solve_no_choice(new).cost == pytest.approx(new.status_quo_cost, abs=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_lemma_1_and_corollary_1_hold_of_constant_mechanisms(seed):
    inst = common_support(6 * seed + 2)
    best = raymenu.solve_no_choice(inst)
    assert corollary_1_applies(inst)
    assert np.abs(best.assignment - inst.status_quo).max() <= 1e-7 * inst.counts.max()
    assert best.check().violations["Lemma 1"] <= 1e-9
    loose = changed(inst, slack=[1.3] * inst.n_agents)
    left, right = lemma_1(loose, raymenu.solve_no_choice(loose).assignment)
    assert left <= right * (1 + 1e-9) and not corollary_1_applies(loose)
    # A constant mechanism that breaks (SQ) by much breaks the bound, and is named for what it breaks.
    swapped = dataclasses.replace(best, assignment=inst.status_quo[::-1] * 1.0)
    left, right = lemma_1(inst, swapped.assignment)
    assert swapped.check().violations["Lemma 1"] > 0 and left > right
