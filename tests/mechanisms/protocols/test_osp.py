"""Obvious strategy-proofness: the paper's examples, brute force, and evidence that can be checked by hand."""

from fractions import Fraction

import numpy as np
import pytest
from random_protocols import random_protocol, type_grid, violation_on_the_grid

import raymenu
from raymenu import FiniteTypes, InputError, Menu, TradingProtocol, TradingSet, is_osp
from raymenu.mechanisms.protocols.osp import Box, common_type
from raymenu.mechanisms.protocols.trading_sets import bundle


def market(tasks=2, agents=2, status_quo=None, performance=None):
    quo = np.full((agents, tasks), 1.0) if status_quo is None else np.array(status_quo, dtype=float)
    pi = np.arange(agents * tasks).reshape(agents, tasks) % 3 + 1.0 if performance is None else performance
    return raymenu.make_instance(
        "market",
        "made up",
        counts=quo.sum(axis=0),
        performance=pi,
        status_quo=quo,
        preferences=[raymenu.UniformPreferences(lower=(0.5,) * tasks, upper=(2.0,) * tasks)] * len(quo),
    )


def check_random(seeds):
    verdicts = []
    for seed in seeds:
        protocol = random_protocol(seed)
        assert protocol.check() == []
        verdict = is_osp(protocol)
        verdicts.append(bool(verdict))
        found = violation_on_the_grid(protocol, type_grid(protocol.n_tasks))
        if verdict:
            assert found is None
            assert verdict.proof.check(protocol) == []
        else:
            example = verdict.counterexample
            assert example.check(protocol, Box((), (), orthant=True)) == []
            # The grid may miss it, the definition on the type found does not.
            assert violation_on_the_grid(protocol, [example.cost]) is not None
    return verdicts


def test_random_protocols():
    verdicts = check_random(range(150))
    assert 0.2 < np.mean(verdicts) < 0.8


@pytest.mark.slow
def test_a_thousand_random_protocols():
    check_random(range(1000))


@pytest.mark.parametrize("seed", range(25))
def test_boxes_and_finite_types(seed):
    protocol = random_protocol(seed)
    tasks = protocol.n_tasks
    lower, upper = [1] * tasks, [2] * tasks
    verdict = is_osp(protocol, (lower, upper))
    grid = [tuple(Fraction(c + 4, 4) for c in cost) for cost in [(0,) * tasks, *type_grid(tasks)]]
    if verdict:
        assert verdict.proof.check(protocol) == []
        assert violation_on_the_grid(protocol, grid) is None
    else:
        assert verdict.counterexample.check(protocol, Box(bundle(lower), bundle(upper))) == []
        assert violation_on_the_grid(protocol, [verdict.counterexample.cost]) is not None
        assert not is_osp(protocol)  # less passes on more types
    types = FiniteTypes(np.array(grid, dtype=float))
    finite = is_osp(protocol, types)
    assert bool(finite) == (violation_on_the_grid(protocol, grid) is None)
    if finite:
        assert finite.proof.check(protocol) == []
    else:
        assert finite.counterexample.check(protocol, tuple(bundle(c) for c in grid)) == []


def test_two_prices_on_the_orthant():
    inst = market(status_quo=[[3, 2], [1, 4]])
    for p1 in (0.25, 0.5, 1, 2, 3):
        for p2 in (0.25, 0.5, 1, 2, 3):
            protocol = raymenu.two_price(inst, (p1, p2))
            verdict = is_osp(protocol, reduced=False)
            assert bool(verdict) == (p1 <= p2)
            evidence = verdict.proof if verdict else verdict.counterexample
            assert evidence.check(protocol, reduced=False) == []


def test_two_prices_elsewhere():
    inst = market(status_quo=[[3, 2], [1, 4]], performance=[[1, 2], [2, 1]])
    protocol = raymenu.two_price(inst, (2, 1))
    assert not is_osp(protocol, reduced=False)
    # On a box without types whose price of A in units of B is between p2 = 1 and p1 = 2 nobody likes both.
    verdict = is_osp(protocol, ([2, 1], [3, 1]), reduced=False)
    assert verdict and verdict.proof.check(protocol, reduced=False) == []
    assert any("no type of the box is like that" in line for line in verdict.proof.explain())
    assert not is_osp(protocol, ([Fraction(3, 2), 1], [3, 1]), reduced=False)
    # Under a rule that never executes anything both sets reduce to the endowment.
    idle = protocol.with_rule(lambda profile: protocol.endowment)
    assert is_osp(idle) and "endowment only" in is_osp(idle).proof.notes[0]
    # One agent with p1 > p2, alone with EOPR: no trade clears, so it passes; with a partner it does not.
    ruled = protocol.with_rule(raymenu.eopr_selection(inst, protocol))
    assert bool(is_osp(ruled)) == (violation_on_the_grid(ruled, type_grid(2, 7)) is None)


def test_classes_of_two_price_mechanisms():
    inst = market(tasks=3, status_quo=[[2, 4, 3], [1, 2, 5]])
    protocol = raymenu.two_price(inst, (1, 2), classes=([0, 1], [2]))
    assert is_osp(protocol, reduced=False)
    assert not is_osp(raymenu.two_price(inst, (2, 1), classes=([0, 1], [2])), reduced=False)
    assert raymenu.redraw(inst, ([0, 1], [2]), [[9, 0], [0, 8]]).tolist() == [[3, 6, 0], [0, 0, 8]]
    ruled = protocol.with_rule(raymenu.eopr_selection(inst, protocol))
    for row in (row for profile in ruled.profiles() for row in ruled.outcome(profile)):
        assert 2 * row[0] == row[1]  # the mix inside class A stays
    with pytest.raises(InputError, match="another mix"):
        raymenu.two_price(inst, (1, 2), classes=([0], [1, 2]))
    with pytest.raises(InputError, match="one of the two classes"):
        raymenu.two_price(inst, (1, 2), classes=([0], [1]))


def test_the_pseudo_market_fails_and_why():
    inst = market(tasks=3, agents=3)
    protocol = raymenu.pseudo_market(inst, [1, 1, 1])
    assert protocol.check() == []
    verdict = is_osp(protocol)
    assert not verdict
    example = verdict.counterexample
    assert example.check(protocol) == []
    # By hand: what may follow each action, and the two workloads.
    profiles = list(protocol.profiles())
    may_follow = {protocol.outcome(p)[example.agent] for p in profiles if p[example.agent] == example.chosen}
    could_follow = {protocol.outcome(p)[example.agent] for p in profiles if p[example.agent] == example.better}
    assert example.may_get in may_follow and example.could_have in could_follow
    assert sum(c * x for c, x in zip(example.cost, example.may_get)) > sum(
        c * x for c, x in zip(example.cost, example.could_have)
    )
    # A case to do in the head: all demand different corners, costs (1, 2, 4): corner 1 is best, corner 2 is better than
    # keeping; action 1 may leave (1, 1, 1), workload 7, where action 2 may bring (0, 3, 0), workload 6.
    assert protocol.outcome((1, 2, 3)) == (bundle([3, 0, 0]), bundle([0, 3, 0]), bundle([0, 0, 3]))
    assert protocol.outcome((1, 0, 0)) == protocol.endowment
    assert raymenu.mechanisms.obviously_dominant(protocol, 0, [1, 2, 4]) is None


def test_bilateral_trade_remedial_and_constant_pass():
    inst = market(tasks=3, agents=3)
    assert is_osp(raymenu.bilateral_trade(inst, 0, 2, [1, Fraction(-1, 2), -1]))
    protocol = raymenu.remedial(inst)
    assert is_osp(protocol, reduced=False)
    assert is_osp(protocol.with_rule(raymenu.eopr_selection(inst, protocol)))
    target = [[2, 1, 0], [1, 1, 1], [0, 1, 2]]
    constant = raymenu.all_or_nothing(inst, target)
    assert is_osp(constant) and constant.check() == []
    assert constant.outcome((1, 1, 1)) == tuple(bundle(row) for row in target)
    assert constant.outcome((1, 0, 1)) == constant.endowment


def test_menus_pass_or_fail_as_they_are_polarized():
    inst = market(tasks=3, agents=3)
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(60):
        menu = Menu([1.0] * 3, np.maximum(rng.integers(-1, 4, (2, 3)), -1))
        protocol = raymenu.ray_protocol(inst, [menu] * 3)
        assert bool(is_osp(protocol, reduced=False)) == menu.is_polarized()
        seen.add(menu.is_polarized())
    assert seen == {True, False}
    menus = [Menu([1.0] * 3, [[0.5, -1, 0.25], [-0.5, 1, -0.25]])] * 2 + [Menu.remedial([1.0] * 3, [0, 0, 0])]
    protocol = raymenu.ray_protocol(inst, menus)
    ruled = protocol.with_rule(raymenu.eopr_selection(inst, protocol))
    assert is_osp(ruled) and is_osp(protocol, inst.preferences, reduced=False)
    assert ruled.check(clearing=Fraction(1, 10**8)) == []


def test_witnesses_are_strict_and_proofs_hold():
    rng = np.random.default_rng(1)
    for _ in range(500):
        tasks = int(rng.integers(1, 5))
        u, v = bundle(rng.integers(-3, 4, tasks)), bundle(rng.integers(-3, 4, tasks))
        lower = bundle(rng.integers(0, 3, tasks))
        box = Box(lower, tuple(a + b for a, b in zip(lower, bundle(rng.integers(0, 3, tasks)))))
        cost, theta = common_type(u, v, box)
        if cost is None:
            assert box.minimum(tuple(theta * a + (1 - theta) * b for a, b in zip(u, v))) >= 0
        else:
            assert cost in box
            assert sum(c * a for c, a in zip(cost, u)) < 0 and sum(c * b for c, b in zip(cost, v)) < 0


def test_evidence_that_does_not_hold_is_refused():
    protocol = random_protocol(next(s for s in range(50) if not is_osp(random_protocol(s))))
    example = is_osp(protocol).counterexample
    from dataclasses import replace

    zero = (Fraction(0),) * protocol.n_tasks
    assert replace(example, cost=zero).check(protocol)
    assert replace(example, better=example.chosen).check(protocol)
    assert replace(example, evidence=example.evidence[1:]).check(protocol)
    fine = next(p for p in map(random_protocol, range(50)) if is_osp(p) and is_osp(p).proof.pairs)
    proof = is_osp(fine).proof
    assert replace(proof, pairs=proof.pairs[1:]).check(fine)


def test_a_set_without_the_endowment_is_refused():
    eta = [[1, 1], [1, 1]]
    menu = [TradingSet.point([1, 1]), TradingSet.point([2, 0])]
    protocol = TradingProtocol.make(eta, [menu, [TradingSet.point([1, 1])]])
    with pytest.raises(InputError, match="endowment is not in this set"):
        is_osp(protocol)
    with pytest.raises(InputError, match="endowment alone"):
        TradingProtocol.make(eta, [menu[1:], menu])
