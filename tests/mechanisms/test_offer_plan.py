"""Who is offered what: every form converts through one type, and nothing is lost on the way."""

import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import raymenu
from raymenu import InputError, Menu
from raymenu.mechanisms import OfferGroup, OfferPlan, Probability, choice_of, codes
from raymenu.mechanisms.menus.lotteries import make_lottery

MARKET = raymenu.load("anaesthesia").with_copies(6)
KEEP = [Menu(eta) for eta in MARKET.endowment]
SIDES = [Menu(eta, [[-0.5, 0.6, 0, 0], [0.5, -0.6, 0, 0]]) for eta in MARKET.endowment]


@st.composite
def lotteries(draw):
    made = []
    for keep, sides in zip(KEEP, SIDES):
        weights = draw(st.lists(st.integers(1, 9), min_size=1, max_size=3))
        menus = [keep, sides, Menu.remedial(keep.endowment, keep.endowment / 2)]
        made.append([(Fraction(weight, sum(weights)), menu) for weight, menu in zip(weights, menus)])
    return made


def same(one, other):
    return [[(p.exact, id(menu)) for p, menu in row] for row in one] == [
        [(Fraction(p), id(menu)) for p, menu in row] for row in other
    ]


@settings(max_examples=60, deadline=None)
@given(lotteries(), st.integers(0, 99), st.integers(1, 4))
def test_every_view_says_the_same(offered, seed, factor):
    plan = OfferPlan.make(MARKET, offered)
    assert same(plan.lotteries, offered)
    assert same(plan.replicated(factor).lotteries, offered)
    held = plan.menus(seed)
    settled = plan.settled(seed)
    assert [id(menu) for menu in settled.menus()] == [id(menu) for menu in held]
    assert settled.fixed and [id(menu) for menu in OfferPlan.make(MARKET, held).menus()] == [id(menu) for menu in held]
    for j, lottery in enumerate(offered):
        own = [menu for menu, row in zip(held, MARKET.agent_rows) if row == j]
        whole = [group for group in plan.apportioned().groups if group.row == j]
        for p, menu in lottery:
            assert abs(sum(each is menu for each in own) - 6 * p) < 1
            assert abs(sum(group.agents for group in whole if group.menu is menu) - 6 * p) < 1
        assert sum(group.agents for group in whole) == 6


def test_probabilities_multiply_arrays_and_stay_exact():
    third = Probability(Fraction(1, 3))
    x = np.zeros(2)
    x += third * np.array([3.0, 6.0])
    assert x.tolist() == [1.0, 2.0] and f"{third:.0%}" == "33%"
    assert (third + third + third).exact == 1 and sum([third] * 3) == 1
    assert isinstance(third + 0.5, float) and not isinstance(third + 0.5, Probability)
    assert pickle.loads(pickle.dumps(third)).exact == Fraction(1, 3)


def test_the_lotteries_of_a_large_market_behave_as_numbers():
    lm = raymenu.solve_large_market(raymenu.load("two_task_ratio"), types=12, rel_gap=0.01)
    for j, lottery in enumerate(lm.lotteries):
        x = np.zeros(2)
        for p, menu in lottery:
            x += p * menu.expected_assignment(lm.types[j])
        assert x == pytest.approx([float(value) for value in lm.expected_assignment()[j]])


def test_codes_and_choices_are_each_others_inverse():
    menu = Menu([9.0] * 12, -np.eye(12) + 0.1)
    assert codes(menu) == ["K", *"ABCDEFGHIJLM"]
    assert [choice_of(code.lower(), menu) for code in codes(menu)] == list(range(-1, 12))
    with pytest.raises(InputError, match="choose K or A or B"):
        choice_of("C", SIDES[0])


@pytest.mark.parametrize(
    ("offered", "says"),
    [
        (KEEP[:2], "one a single agent .30."),
        ([*KEEP[:4], []], r"lotteries\[4\]: .* sum to 0"),
        ([*KEEP[:4], [(0.5, KEEP[4])]], r"lotteries\[4\]: .* sum to 0.5"),
        ([*KEEP[:4], [(float("nan"), KEEP[4])]], "pairs of probability and menu"),
        ([*KEEP[:4], [(-1.0, KEEP[4]), (2.0, KEEP[4])]], "nonnegative"),
        ([*KEEP[:4], 3], "a menu, or pairs"),
        ([*KEEP[:4], KEEP[0]], None),
        ([*KEEP[:4], Menu([1.0, 1.0, 1.0, 1.0])], "starts from"),
    ],
)
def test_what_does_not_fit_is_named(offered, says):
    if says is None:
        assert OfferPlan.make(MARKET, offered)  # all hold the same shares here
        return
    with pytest.raises(InputError, match=says):
        OfferPlan.make(MARKET, offered)


def test_groups_hold_every_agent_once():
    groups = tuple(OfferGroup(j, 6, make_lottery(menu)) for j, menu in enumerate(KEEP))
    assert OfferPlan(MARKET, groups).fixed
    for wrong in (groups[:4], groups[::-1], (*groups[:4], OfferGroup(4, 5, make_lottery(KEEP[4])))):
        with pytest.raises(InputError, match="groups"):
            OfferPlan(MARKET, wrong)


def test_fields_that_no_menu_has_are_refused():
    data = SIDES[0].to_dict()
    with pytest.raises(InputError, match="discount"):
        Menu.from_dict(data | {"discount": "1/2"})
    with pytest.raises(InputError, match="kept"):
        Menu.from_dict(data | {"kept": data["endowment"]})
    with pytest.raises(InputError, match="no kind"):
        Menu.from_dict(data | {"kind": "gift"})
