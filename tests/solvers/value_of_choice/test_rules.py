"""Bilateral trades and Theorem 1's verdict where rules hold."""

import numpy as np
import pytest
from random_instances import random_instance
from random_rules import literal_excess, random_rules

import raymenu
from raymenu import Rule
from raymenu.solvers.value_of_choice.bilateral import best_bilateral_trade
from raymenu.solvers.value_of_choice.certifying import certifying_trade


@pytest.mark.parametrize("seed", range(30))
def test_trades_keep_the_rules(seed):
    rng = np.random.default_rng(seed)
    plain = random_instance(rng, copies=2 if seed % 2 else 1)
    inst = plain.with_rules(random_rules(rng, plain, 3, slack=float(rng.choice([0.2, 1.0]))))
    free, found = best_bilateral_trade(plain, 20), best_bilateral_trade(inst, 20)
    for trade in (found, certifying_trade(inst)):
        if trade is None:
            continue
        assert trade.improves() and all(trade.conditions().values())
        assignment = inst.status_quo[inst.agent_rows].copy()
        for row, side in zip(trade.agents, (1, -1)):
            assignment[np.flatnonzero(inst.agent_rows == row)[0]] += side * trade.gamma
        for rule in inst.rules:
            assert literal_excess(inst, rule, assignment) <= 1e-9
    assert found is None or free.gain >= 0.98 * found.gain  # the search without rules is as good up to its luck


def test_the_verdict_within_rules():
    inst = raymenu.load("anaesthesia")
    loose = inst.with_rules([Rule("change", "steady", each=True, at_most=0.1, times=True)])
    v = raymenu.value_of_choice(loose, types=8, time_limit=0)
    assert v.verdict == "valuable" and "within the rules" in v.reason
    frozen = inst.with_rules([Rule("fixed", "nothing moves")])
    v = raymenu.value_of_choice(frozen, types=8, time_limit=0)
    assert v.verdict == "undecided" and "within the rules" in v.reason and v.trade is None
    costs = [rung.upper for rung in v.ladder]
    assert np.allclose(costs, frozen.status_quo_cost)
