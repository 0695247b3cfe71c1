"""S(w) by general solvers: honest intervals, exact menus, and what each of them can't do said beforehand."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from support_cases import exact_two_tasks, family_u, few_types, random_case

from raymenu import FiniteTypes, InputError, models, support_function
from raymenu.solvers.backends import REGISTRY, backend
from raymenu.solvers.backends.results import Quality
from raymenu.solvers.support import methods
from raymenu.solvers.support.exact.polish import Polisher
from raymenu.solvers.support.question import SupportQuestion

GLOBAL = [m for m in ("miqcp", "miqcp-gurobi", "miqcp-highs") if "gurobi" not in m or REGISTRY["gurobi"]().available()]


def check(result, types, w):
    """The menu is exactly polarized and worth exactly what it says."""
    value = sum(Fraction(a) * y for a, y in zip(w.tolist(), result.menu.exact_expected_assignment(types)))
    assert result.menu.is_polarized()
    assert 0 <= value - Fraction(result.lower) <= Fraction(1e-14) * max(1, abs(value))
    assert result.lower <= result.upper


def test_methods_are_registered():
    assert {"miqcp", "miqcp-gurobi", "miqcp-highs", "nlp"} <= set(methods())


@pytest.mark.parametrize("method", GLOBAL)
def test_two_tasks_hold_the_exact_value(method):
    for seed in range(12):
        types, endowment, w = random_case(seed, tasks=2, most_types=8)
        result = support_function(types, endowment, w, method=method)
        exact = exact_two_tasks(types, endowment, w)
        check(result, types, w)
        assert result.status == "optimal"
        assert Fraction(result.lower) <= exact <= Fraction(result.upper)


@pytest.mark.parametrize("method", GLOBAL)
def test_three_tasks_agree_with_each_other(method):
    for seed, kind in ((0, "pos"), (1, "mix")):
        types, endowment, w = family_u(3, 5, seed, kind)
        result = support_function(types, endowment, w, method=method, rel_gap=1e-2)
        certified = support_function(types, endowment, w, method="branch-and-bound")
        check(result, types, w)
        assert result.status == "optimal"
        assert max(result.lower, certified.lower) <= min(result.upper, certified.upper)


def test_smooth_optimisation_is_a_lower_bound_of_use():
    for seed in range(3):
        types, endowment, w = random_case(seed, tasks=2, most_types=20)
        result = support_function(types, endowment, w, method="nlp")
        exact = exact_two_tasks(types, endowment, w)
        check(result, types, w)
        assert result.status == "heuristic"
        assert result.upper == (math.inf if (w > 0).any() else 0.0)
        assert Fraction(result.lower) <= exact
        assert result.gain >= 0.5 * float(exact - Fraction(w @ endowment)) - 1e-9


def test_many_types_are_judged_on_all_of_them():
    types, endowment, w = family_u(2, 3000, 0, "pos")
    result = support_function(types, endowment, w, method="nlp", time_limit=3)
    check(result, types, w)
    assert 0 < result.lower <= support_function(types, endowment, w).upper


def test_a_time_limit_is_reported_and_the_interval_still_holds():
    types, endowment, w = family_u(3, 40, 0, "pos")
    result = support_function(types, endowment, w, method="miqcp", time_limit=1.0)
    certified = support_function(types, endowment, w, method="branch-and-bound")
    check(result, types, w)
    assert result.status == "feasible"
    assert max(result.lower, certified.lower) <= min(result.upper, certified.upper)


@pytest.mark.parametrize("method", [m for m in GLOBAL if m == "miqcp-gurobi"])
def test_a_licence_too_small_is_said(method):
    types, endowment, w = family_u(3, 400, 0, "pos")
    try:
        result = support_function(types, endowment, w, method=method, time_limit=5)
    except InputError as refusal:
        assert "licence" in str(refusal)
        assert "scip" in str(refusal)
    else:
        check(result, types, w)


def test_degenerate_data():
    for endowment, w in (([0, 0, 0], [1, 1, 1]), ([1, 0, 0], [1, 0.5, -1]), ([1, 1, 1], [-1, -1, 0])):
        types = FiniteTypes([[1.0, 2.0, 3.0], [3.0, 1.0, 2.0]])
        results = [support_function(types, endowment, w, method=m) for m in GLOBAL]
        assert max(r.lower for r in results) <= min(r.upper for r in results)
        assert all(r.status == "optimal" for r in results)


@pytest.mark.slow
def test_branch_and_bound_holds_what_scip_proves_of_the_definition():
    """At three tasks: SCIP's proven interval of the multiplier program meets the certified one, 20 times over."""
    proven, seed = 0, 0
    while proven < 20:
        types, endowment, w = random_case(seed, tasks=3, most_types=8)
        seed += 1
        program = models.menu(types, endowment, w, formulation="multiplier")
        scip = backend("scip").solve(program, rel_gap=1e-6, time_limit=30)
        certified = support_function(types, endowment, w, method="branch-and-bound", time_limit=60)
        slack = 2e-6 * (float(np.abs(w) @ endowment) + abs(certified.upper))
        assert certified.lower <= scip.bound + slack
        assert scip.objective <= certified.upper + slack
        proven += scip.quality is Quality.OPTIMAL
        assert seed < 80


def test_a_menu_inside_a_curve_of_prices_is_made_exact():
    """Two rays' prices multiply to 1 and neither is pinned down: linear steps overshoot unless they shrink.

    The rays are SCIP's, polarized and accepted within 1e-6.
    """
    types, endowment, w = few_types(480)
    rays = [[0, 4.443130698176, -2.042570127567, -2.012864562327], [0, -1.442424364823, 0.663102818478, 2.53346441655]]
    polisher = Polisher(SupportQuestion.make(types, endowment, w))
    polisher.visit(np.array(rays))
    assert polisher.menu.is_polarized()
    assert float(polisher.value) == pytest.approx(3.7324084, abs=2e-7)


@pytest.mark.slow
@pytest.mark.parametrize("method", [m for m in GLOBAL if m != "miqcp-gurobi"])
@pytest.mark.parametrize("block", range(10))
def test_intervals_meet_on_two_hundred_random_cases(method, block):
    """Every fifth of the thousand cases, at most 12 of its types, 10 s each: closed or not, intervals must meet.

    ``-s`` shows how many closed.
    """
    seeds = range(100 * block, 100 * (block + 1), 5)
    closed, ours = 0, []
    for seed in seeds:
        types, endowment, w = few_types(seed)
        result = support_function(types, endowment, w, method=method, time_limit=10)
        certified = support_function(types, endowment, w, method="branch-and-bound", time_limit=60)
        check(result, types, w)
        check(certified, types, w)
        assert max(result.lower, certified.lower) <= min(result.upper, certified.upper), seed
        closed += result.status == "optimal"
        ours += [] if certified.status == "optimal" else [seed]
    print(f"{method}, {seeds}: closed {closed} of {len(seeds)}; branch-and-bound all but {ours}")
