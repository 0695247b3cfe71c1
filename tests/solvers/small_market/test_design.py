"""Designs for the market as it is: robust by construction, repeatable, stoppable."""

import os
import signal
import threading

import numpy as np
import pytest

import raymenu
from raymenu import InputError
from raymenu.solvers.eopr.estimate import play

FAST = ("polished random direction", "one common direction", "best bilateral trade", "own directions in a plane")
MENUS = ("large-market menus as they are", "large-market menus improved")


@pytest.fixture(scope="module")
def design():
    return raymenu.design_small_market(raymenu.load("anaesthesia"), effort=0.05, profiles=2000, families=FAST)


def test_never_dearer_than_the_status_quo_and_exactly_polarized(design):
    inst = design.inst
    assert all(menu.is_polarized() for menu in design.menus)
    costs = play([design.plan], 20_000, seed=77)[0].costs
    assert costs.max() <= inst.status_quo_cost
    assert costs.mean() < inst.status_quo_cost
    assert abs(costs.mean() - design.cost) < 5 * design.stderr


def test_the_table_holds_the_baselines_and_the_winner_is_not_below_them(design):
    rows = {row.family: row for row in design.table}
    assert {"polished random direction", "best bilateral trade", "one common direction"} <= set(rows)
    best = rows[design.family]
    assert best.gain == pytest.approx(design.gain)
    assert all(best.gain >= row.gain - 3 * (row.stderr + best.stderr) for row in rows.values())
    assert design.endowment_cost == pytest.approx(design.inst.status_quo_cost)


def test_equal_seeds_equal_designs():
    inst = raymenu.load("two_task_uniform")
    first, second = (
        raymenu.design_small_market(inst, effort=0.05, profiles=200, seed=4, families=(*FAST[1:], *MENUS))
        for _ in range(2)
    )
    assert first.cost == second.cost
    for mine, other in zip(first.menus, second.menus):
        assert np.array_equal(mine.rays, other.rays)


def test_a_time_limit_returns_the_best_so_far():
    design = raymenu.design_small_market(raymenu.load("anaesthesia"), profiles=200, time_limit=0.0)
    assert design.stopped == "time limit"
    assert design.cost <= design.endowment_cost


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"types": 0}, "types"),
        ({"effort": 0}, "effort"),
        ({"profiles": 1}, "profiles"),
        ({"time_limit": -1}, "time_limit"),
        ({"families": ["best guess"]}, "families"),
    ],
)
def test_bad_arguments(arguments, field):
    with pytest.raises(InputError) as fault:
        raymenu.design_small_market(raymenu.load("two_task_uniform"), **arguments)
    assert fault.value.field == field


def test_an_interrupt_keeps_what_the_family_at_work_has():
    """Interrupted in the midst of the first family: its best so far is the design, with an estimate of its own."""
    inst = raymenu.load("anaesthesia")
    threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    design = raymenu.design_small_market(inst, effort=50, profiles=200, families=["own directions in a plane"])
    assert design.stopped == "interrupted"
    assert [row.family for row in design.table] == ["own directions in a plane"]
    assert design.cost < design.endowment_cost
    assert all(menu.is_polarized() for menu in design.menus)
