"""The ladder with its menus: in order on random instances, and one at two tasks."""

import numpy as np
import pytest
from random_instances import random_instance

import raymenu
from raymenu.mechanisms import OfferPlan
from raymenu.solvers.value_of_choice.ladder import market_rung, menu_rungs
from raymenu.solvers.value_of_choice.rungs import NAMES, Rung, order_violations, ordered, price_of_obviousness

MENUS = {"lm_osp", "lm_single", "eopr"}


@pytest.mark.parametrize("seed", range(16))
def test_the_ladder_is_in_order(seed):
    rng = np.random.default_rng(seed)
    inst = random_instance(rng, boxes=bool(seed % 2), copies=3, slack=1.2 if seed % 4 == 0 else 1.0, n_types=6)
    v = raymenu.value_of_choice(inst, 8, seed=seed)
    names = [rung.name for rung in v.ladder]
    assert names == [name for name in NAMES if name in names] and set(names) >= MENUS | {"bic", "bilateral"}
    assert all(rung.lower <= rung.upper for rung in v.ladder)
    assert order_violations(v.ladder) == []
    low, high = v.price_of_obviousness
    assert -1e-9 <= low <= high <= 1 + 1e-9


@pytest.mark.parametrize("seed", range(12))
def test_with_two_tasks_obviousness_is_free(seed):
    """Remark 1: S^BIC = S^OSP agent by agent at I = 2, so LM-BIC lies within LM-OSP's certificate."""
    inst = random_instance(np.random.default_rng(seed), boxes=bool(seed % 2), tasks=2, copies=2, n_types=9)
    types = inst.types(9)
    menus = raymenu.solve_large_market(inst, types, rel_gap=1e-4)
    programs = raymenu.solve_bic(inst, types, market="large")
    tolerance = 1e-9 * abs(programs.cost)
    assert menus.lower - tolerance <= programs.cost <= menus.upper + tolerance
    assert menus.upper - programs.cost <= 1.1e-4 * abs(menus.upper)


def test_rungs_that_stand_on_other_ground_are_left_out():
    moved = raymenu.value_of_choice(raymenu.load("moved_endowment"), 4)
    assert not MENUS & {rung.name for rung in moved.ladder}
    quick = raymenu.value_of_choice(raymenu.load("figure_1"), 4, time_limit=0)
    assert not MENUS & {rung.name for rung in quick.ladder} and quick.price_of_obviousness is None


def test_a_wrong_order_is_noticed():
    ladder = [Rung("lm_bic", 2.0, 2.0), Rung("lm_osp", 1.0, 1.5), Rung("status_quo", 3.0, 3.0)]
    assert order_violations(ladder) == [("lm_bic", "lm_osp")]
    assert order_violations([Rung("lm_bic", 2.0, 2.0), Rung("lm_osp", 1.0, 2.0)]) == []
    assert price_of_obviousness([Rung("lm_bic", 2.0, 2.0), Rung("lm_osp", 2.2, 2.5), ladder[2]]) == pytest.approx(
        (0.2, 0.5)
    )


def test_a_single_menu_where_one_is_enough():
    """Two tasks: the lottery of either row is a menu already, so nothing is lost without lotteries."""
    v = raymenu.value_of_choice(raymenu.load("figure_1"), 20, rel_gap=1e-4)
    assert v.rung("lm_osp").lower <= v.rung("lm_single").upper <= v.rung("status_quo").upper


def test_without_a_lottery_a_common_direction_still_pays():
    """The menus of a lottery balance together, hardly ever one of each; both sides of one direction always do."""
    inst = raymenu.load("anaesthesia")
    found = raymenu.solve_large_market(inst, types=60, rel_gap=0.02)
    rung = next(rung for rung in menu_rungs(inst, found, draws=10) if rung.name == "lm_single")
    assert rung.lower == found.lower
    assert rung.upper < 0.92 * inst.status_quo_cost


def test_bounds_pass_along_the_ladder():
    ladder = ordered(
        [
            Rung("status_quo", 9.0, 9.0),
            Rung("lm_bic", 4.256, 4.26),
            Rung("eopr", 4.0, 5.0, estimated=True),
            Rung("lm_osp", 4.247, 4.7),
            Rung("lm_single", 4.247, 4.4),
        ]
    )
    found = {rung.name: rung for rung in ladder}
    assert [rung.name for rung in ladder] == ["lm_bic", "lm_osp", "lm_single", "eopr", "status_quo"]
    assert (found["lm_osp"].lower, found["lm_osp"].lower_from) == (4.256, "lm_bic")
    assert (found["lm_osp"].upper, found["lm_osp"].upper_from) == (4.4, "lm_single")
    assert found["lm_single"].lower == found["eopr"].lower == 4.256
    assert found["lm_bic"] == Rung("lm_bic", 4.256, 4.26)  # estimates pass nothing on, and its own end is the better
    # What contradicts is left to be found.
    wrong = ordered([Rung("lm_bic", 2.0, 2.0), Rung("lm_osp", 1.0, 1.5)])
    assert wrong[1].lower == 1.0 and order_violations(wrong) == [("lm_bic", "lm_osp")]


def test_bounds_pass_on_two_tasks():
    v = raymenu.value_of_choice(raymenu.load("two_task_uniform"), 20)
    osp, bic, single = (v.rung(name) for name in ("lm_osp", "lm_bic", "lm_single"))
    assert bic.lower <= osp.lower <= osp.upper <= single.upper


def test_the_price_of_obviousness_where_little_is_to_gain():
    """Performance differs by 1e-6 of a cost of 10.8: gaps are as narrow as what there is to gain."""
    v = raymenu.value_of_choice(raymenu.load("near_identical"), 20)
    low, high = v.price_of_obviousness
    assert 0 < low <= high < 1 and high - low < 0.05


def test_where_nothing_can_trade_the_rung_is_a_point():
    inst = raymenu.load("anaesthesia")
    keep = OfferPlan.keep(inst)
    one_side = OfferPlan.make(inst, [raymenu.Menu(eta, [[-0.1, 0.1, 0, 0]]) for eta in inst.endowment])
    nothing, one_sided = (market_rung("eopr", plan, inst.types(5), draws=300) for plan in (keep, one_side))
    assert one_sided.estimated and nothing.lower == nothing.upper == inst.status_quo_cost
    # All are offered the same side: nobody to trade with.
    assert one_sided.lower == pytest.approx(inst.status_quo_cost) == one_sided.upper


def test_a_search_for_trades_proves_no_bound():
    v = raymenu.value_of_choice(raymenu.load("anaesthesia"), 6, time_limit=0)
    rung = v.rung("bilateral")
    assert v.rung("bic").lower <= rung.lower < rung.upper
