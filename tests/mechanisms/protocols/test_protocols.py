"""Trading sets and protocols: exact sets, myopic choice with ties, and the definition's conditions."""

from fractions import Fraction

import numpy as np
import pytest

import raymenu
from raymenu import InputError, TradingProtocol, TradingSet
from raymenu.mechanisms.protocols.trading_sets import bundle
from raymenu.solvers.backends import backend


def test_sets_hold_what_they_should():
    ray = TradingSet.ray([1, 1], ["-1/3", "1/2"])
    assert bundle([0, Fraction(5, 2)]) in ray and bundle([1, 1]) in ray
    assert bundle([0, 2]) not in ray
    assert bundle([9, 1]) in TradingSet.ray([1, 1], [1, 0]) and bundle([0, 1]) not in TradingSet.ray([1, 1], [1, 0])
    box = TradingSet.box_below([2, 1])
    assert bundle([Fraction(1, 3), 1]) in box and bundle([2, Fraction(3, 2)]) not in box
    hull = TradingSet.polytope([[0, 0], [2, 0], [0, 2]])
    assert bundle([Fraction(1, 2), Fraction(1, 2)]) in hull and bundle([2, 1]) not in hull
    assert TradingSet.segment([1, 1], [0, 3]).within(TradingSet.ray([1, 1], [-1, 2]))
    assert not TradingSet.ray([1, 1], [1, 0]).within(TradingSet.segment([1, 1], [9, 1]))
    assert TradingSet.ray([2, 1], [1, 0]).within(TradingSet.ray([1, 1], [2, 0]))
    assert TradingSet.points([[1, 1], [0, 0]]).within(TradingSet.union(box, hull))
    assert TradingSet.ray([0, 1], [-1, 2]) == TradingSet.point([0, 1])


def test_what_sets_refuse():
    for wrong in (lambda: TradingSet.point([-1, 0]), lambda: TradingSet.point([float("nan"), 1])):
        with pytest.raises(InputError):
            wrong()
    with pytest.raises(InputError, match="direction"):
        TradingSet.ray([1, 1], [1, 2, 3])


def test_myopic_choice_reports_ties():
    eta = [2, 2]
    sets = [
        TradingSet.point(eta),
        TradingSet.ray(eta, [-1, 1]),
        TradingSet.ray(eta, [1, -1]),
        TradingSet.box_below([2, 1]),
    ]
    protocol = TradingProtocol.make([eta], [sets])
    assert protocol.myopic_choice(0, [1, 1]).actions == (3,)
    smaller = TradingProtocol.make([eta], [sets[:3]])
    choice = smaller.myopic_choice(0, [1, 1])
    assert choice.actions == (0, 1, 2) and choice.tied and choice.workload == 4
    assert smaller.myopic_choice(0, [3, 1]).actions == (1,)


def test_the_reduction_is_what_is_selected_and_check_finds_faults():
    table = {(1, 1): [[2, 0], [0, 2]], (2, 1): [[0, 2], [2, 0]]}
    protocol = TradingProtocol.from_table([[1, 1], [1, 1]], [3, 2], table)
    assert protocol.check() == []
    assert all(
        a.within(b) and b.within(a)
        for x, y in zip(protocol.essential_reduction().menus, protocol.menus)
        for a, b in zip(x, y)
    )
    larger = TradingProtocol.make(
        protocol.endowment,
        [[m[0], *[TradingSet.box_below([9, 9])] * (len(m) - 1)] for m in protocol.menus],
        protocol.rule,
    )
    assert [t.vertices for t in larger.essential_reduction().menus[0]] == [[(1, 1)], [(1, 1), (2, 0)], [(0, 2), (1, 1)]]
    tabled = TradingProtocol.make(larger.endowment, larger.menus, table)
    assert tabled.selected == protocol.selected and tabled.with_rule({}).outcome((1, 1)) == protocol.endowment
    broken = protocol.with_rule(lambda profile: [[1, 1], [1, 2]])
    assert any("outside" in fault for fault in broken.check()) and any("assigned" in f for f in broken.check())


def test_eopr_on_sets_of_any_kind():
    rng = np.random.default_rng(0)
    solver = backend("highs")
    inst = raymenu.make_instance(
        "three",
        "made up",
        counts=[4, 4],
        performance=[[1, 3], [2, 1], [3, 2]],
        status_quo=[[1, 1], [2, 1], [1, 2]],
        preferences=[raymenu.UniformPreferences(lower=(1, 1), upper=(2, 2))] * 3,
    )
    menus = []
    for j in range(3):
        eta = inst.endowment[j].tolist()
        menus.append(
            [
                TradingSet.point(eta),
                TradingSet.ray(eta, [1, -1]),
                TradingSet.union(TradingSet.ray(eta, [-1, 1]), TradingSet.point([3, 0])),
                TradingSet.polytope([eta, [0, 3], [3, 0]]),
                TradingSet.box_below(eta),
                TradingSet.ray(eta, [0, 1]),
            ]
        )
    protocol = TradingProtocol.make(inst.endowment.tolist(), menus)
    ruled = protocol.with_rule(raymenu.eopr_selection(inst, protocol))
    for _ in range(30):
        profile = tuple(int(k) for k in rng.integers(0, 6, 3))
        rows = ruled.outcome(profile)
        assert all(held in menu[k] for held, menu, k in zip(rows, menus, profile))
        total = np.array([[float(x) for x in row] for row in rows])
        np.testing.assert_allclose(total.sum(axis=0), inst.counts, atol=1e-8)
        cost = (total * inst.performance).sum()
        assert cost <= (inst.endowment * inst.performance).sum() + 1e-8
        model = raymenu.models.selection(inst.performance, inst.endowment, [m[k] for m, k in zip(menus, profile)])
        assert cost == pytest.approx(solver.solve(model).objective, abs=1e-7)


def test_the_fast_rule_and_the_general_program_select_equally_well():
    inst = raymenu.load("anaesthesia")
    gamma = np.array([1.0, -1.0, 0.5, -0.25])
    menus = [raymenu.Menu(eta, [0.5 * gamma, -0.5 * gamma]) for eta in inst.endowment]
    protocol = raymenu.ray_protocol(inst, menus)
    rule = raymenu.eopr_selection(inst, protocol)
    for profile in ((0, 1, 2, 1, 2), (1, 1, 1, 2, 0), (0, 0, 0, 0, 0)):
        rows = np.array([[float(x) for x in row] for row in rule(profile)])
        model = raymenu.models.selection(
            inst.performance, inst.endowment, [m[k] for m, k in zip(protocol.menus, profile)]
        )
        assert (rows * inst.performance).sum() == pytest.approx(backend("highs").solve(model).objective, rel=1e-7)
