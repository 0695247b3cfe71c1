"""Menus in words say the rates, the limits and the shares that the menu holds."""

import pytest

from raymenu import InputError, Menu
from raymenu.presentation.words import describe_menu, exchange_rates

TASKS = ["good", "fair", "poor"]


def test_the_limit_is_what_the_endowment_allows():
    line = describe_menu(Menu([4, 1, 2], [[-0.5, -0.25, 1]]), TASKS)[1]
    assert line == "A: give up 1 'fair' case with 2 'good' cases for 4 'poor' cases, up to 1 'fair' case in all"


def test_a_remedial_menu_and_an_empty_one():
    (line,) = describe_menu(Menu.remedial([1, 2, 3], [0, 2, 0]), TASKS)
    assert line.startswith("A: hand back any part of 1 'good' case, 2 'fair'") and "keep 2 'fair' cases" in line
    assert len(describe_menu(Menu([1, 2, 3]), TASKS)) == 1


def test_both_sides_have_a_box_each_and_shares_sum_to_100():
    lines = describe_menu(Menu([1, 1, 1], [[-1, 0.5, 0], [1, -0.5, 0]]), TASKS, [1 / 3, 1 / 3])
    assert [line[0] for line in lines] == ["K", "A", "B"]
    assert sum(int(line.split("; ")[1].split("%")[0]) for line in lines) == 100


def test_mismatched_lengths_are_refused():
    with pytest.raises(InputError, match="names"):
        describe_menu(Menu([1, 1]), TASKS)
    with pytest.raises(InputError, match="probabilities"):
        describe_menu(Menu([1, 1, 1], [[-1, 1, 1]]), TASKS, [])


def test_menus_and_rates_use_the_given_noun():
    menu = Menu([1, 1, 1], [[-1, 1, 1]])
    assert describe_menu(menu, TASKS, noun=("shift", "shifts"))[1].startswith("A: give up 1 'good' shift for")
    assert exchange_rates([[2.0, -1.0, -0.5]], TASKS) == [
        "1 'fair' case and 0.5 'poor' cases for 2 'good' cases, either way"
    ]
