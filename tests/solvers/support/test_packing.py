"""Any number of tasks: the packing bound holds, menus are exact, and an interval is there within the time limit."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from support_cases import exact_two_tasks, family_u, few_types, random_case, wide_case

from raymenu import FiniteTypes, support_function
from raymenu.solvers.support.methods.local_search import solve_packing
from raymenu.solvers.support.packing_bound import packing_bound
from raymenu.solvers.support.question import SupportQuestion
from raymenu.solvers.support.registry import Limits


@pytest.mark.parametrize("seed", range(100))
def test_the_bound_holds_the_exact_value_of_two_tasks(seed):
    types, endowment, w = random_case(seed, tasks=2)
    task = SupportQuestion.make(types, endowment, w)
    assert exact_two_tasks(types, endowment, w) - task.endowment_value <= Fraction(packing_bound(task))


@pytest.mark.parametrize("case", [few_types, wide_case, random_case])
def test_the_bound_is_never_below_what_a_certified_menu_attains(case):
    for seed in range(60):
        types, endowment, w = case(seed)
        certified = support_function(types, endowment, w, time_limit=2)
        task = SupportQuestion.make(types, endowment, w)
        assert certified.lower <= float(task.endowment_value) + packing_bound(task) * (1 + 1e-12) + 1e-15


def test_each_type_alone_pays_all_it_can():
    types, endowment, w = FiniteTypes([[1.0, 2.0, 4.0]]), [1.0, 2.0, 0.5], [0.5, 1.5, -0.3]
    task = SupportQuestion.make(types, endowment, w)
    assert packing_bound(task) == pytest.approx(task.first_bound, rel=1e-9)


@pytest.mark.parametrize(("tasks", "kind"), product((11, 12, 20, 30), ("pos", "mix")))
def test_many_tasks_have_an_interval_and_a_menu(tasks, kind):
    types, endowment, w = family_u(tasks, 100, 0, kind)
    result = support_function(types, endowment, w, time_limit=5)
    assert result.method == "packing"
    assert w @ endowment < result.lower <= result.upper < np.inf
    # Half of what a designer could get that sees types is out of reach for menus, and the bound knows most of it.
    assert result.upper - w @ endowment <= 0.9 * SupportQuestion.make(types, endowment, w).first_bound
    assert result.menu.is_polarized()
    value = sum(Fraction(a) * y for a, y in zip(w.tolist(), result.menu.exact_expected_assignment(types)))
    assert 0 <= value - Fraction(result.lower) <= Fraction(1e-14) * abs(value)


def test_known_menus_are_starts():
    types, endowment, w = family_u(12, 60, 1, "mix")
    task = SupportQuestion.make(types, endowment, w)
    first = solve_packing(task, Limits())
    again = solve_packing(task, Limits(time_limit=1e-9, known=(first.menu,)))
    assert again.lower >= first.lower
    assert again.work["climbs"] == 1


def test_nothing_to_trade_is_said_at_once():
    types = family_u(12, 10, 0, "pos")[0]
    for endowment, w in ((np.zeros(12), np.ones(12)), (np.ones(12), -np.ones(12))):
        result = support_function(types, endowment, w)
        assert (result.lower, result.upper, result.status) == (0.0, 0.0, "optimal")
