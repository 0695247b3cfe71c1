"""Proposition 1 as a decision, and Lemma 3's exchange, exactly, at ordinary and extreme numbers."""

from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import linprog

import raymenu
from raymenu import UniformPreferences
from raymenu.solvers.value_of_choice.proposition_1 import lemma_3, proposition_1_pairs, proposition_1_trade
from raymenu.solvers.value_of_choice.theorem_1 import decide


def two_agents(first, second, performance=((0.0, 1.0), (1.0, 0.0)), quo=((1.0, 1.0), (1.0, 1.0))):
    preferences = [UniformPreferences(lower=a, upper=b) for a, b in (first, second)]
    return raymenu.make_instance(
        "two", "made up", counts=np.sum(quo, axis=0), performance=performance, status_quo=quo, preferences=preferences
    )


def test_supports_that_overlap_are_enough():
    inst = two_agents(((0.5, 0.5), (2.0, 2.0)), ((0.6, 0.6), (2.1, 2.1)))
    decision = decide(inst)
    assert decision.verdict == "valuable" and "Proposition 1" in decision.reason and decision.optimal is True
    v = raymenu.value_of_choice(inst, 6, time_limit=0)
    assert v.verdict == "valuable" and v.trade.improves()
    # With slack choice still improves; whether it is optimal is another question.
    loose = raymenu.make_instance(
        "loose", "made up", counts=inst.counts, performance=inst.performance, status_quo=inst.status_quo,
        preferences=inst.preferences, slack=[1.5, 1.0],
    )  # fmt: skip
    assert decide(loose).verdict == "valuable" and decide(loose).optimal is None
    # Boxes that share one point only are not enough.
    touching = two_agents(((0.5, 1.0), (1.0, 2.0)), ((1.0, 0.5), (2.0, 1.0)))
    assert not list(proposition_1_pairs(touching)) and decide(touching).verdict == "undecided"


def test_tasks_that_both_hold_are_enough():
    box = (0.5, 0.5, 0.5), (2.0, 2.0, 2.0)
    quo, performance = ((1.0, 1.0, 0.0), (1.0, 1.0, 2.0)), ((0.0, 1.0, 0.5), (1.0, 0.0, 0.5))
    inst = two_agents(box, box, performance, quo)
    assert decide(inst).verdict == "valuable" and "holds none of 'task 3'" in decide(inst).reason
    trade = proposition_1_trade(inst)
    assert trade.improves() and trade.gamma[2] == 0
    # Performance that differs on the other task only does not help.
    same = two_agents(box, box, ((0.0, 1.0, 0.5), (0.0, 1.0, 0.0)), quo)
    assert not list(proposition_1_pairs(same))


@pytest.mark.parametrize("seed", range(60))
def test_lemma_3_is_farkas(seed):
    rng = np.random.default_rng(seed)
    tasks = int(rng.integers(2, 5))
    delta, taker, giver = rng.integers(-3, 4, tasks), rng.integers(1, 4, tasks), rng.integers(1, 4, tasks)
    rows = np.array([delta, taker, -giver], dtype=float)
    strict = linprog(
        np.append(np.zeros(tasks), -1.0),
        A_ub=np.hstack([rows, np.ones((3, 1))]),
        b_ub=np.zeros(3),
        bounds=[(-1, 1)] * tasks + [(0, 1)],
    )
    gamma = lemma_3(*([Fraction(int(x)) for x in v] for v in (delta, taker, giver)))
    assert (gamma is not None) == (-strict.fun > 1e-9)
    if gamma is not None:
        assert all(sum(Fraction(int(a)) * g for a, g in zip(row, gamma)) < 0 for row in rows)


@pytest.mark.parametrize("seed", range(80))
def test_extreme_numbers_have_their_trade(seed):
    rng = np.random.default_rng(seed)
    tasks, agents = int(rng.integers(2, 5)), int(rng.integers(2, 4))
    low = 10.0 ** rng.uniform(-9, 9, tasks)
    high = low * (1 + 10.0 ** rng.uniform(-12, 1, tasks))
    box = UniformPreferences(lower=tuple(low), upper=tuple(high))
    quo = 10.0 ** rng.uniform(-6, 6, (agents, tasks))
    performance = 10.0 ** rng.uniform(-9, 9) * (1 + 10.0 ** rng.uniform(-9, 0) * rng.uniform(0, 1, (agents, tasks)))
    inst = raymenu.make_instance(
        "extreme", "seeded", counts=quo.sum(axis=0), performance=performance, status_quo=quo,
        preferences=[box] * agents,
    )  # fmt: skip
    trade = proposition_1_trade(inst)
    assert decide(inst).verdict == "valuable" and trade.improves()
