"""Program (4) and the finite market's own program, solved whole by SCIP, against brute force on tiny cases."""

from itertools import product

import numpy as np
import pyomo.environ as pyo
import pytest
from bilateral_oracle import best_gain
from scipy.optimize import linprog

import raymenu
from raymenu import FinitePreferences, InputError, Menu, models
from raymenu.solvers.backends import backend
from raymenu.solvers.backends.results import Quality


def tiny(seed, tasks):
    """Two agents with two types each, in whole numbers."""
    rng = np.random.default_rng(seed)
    quo = rng.integers(1, 4, (2, tasks))
    kinds = [
        FinitePreferences(costs=tuple(map(tuple, rng.integers(1, 5, (2, tasks)).astype(float).tolist())))
        for _ in range(2)
    ]
    return raymenu.make_instance(
        "tiny", "seeded", counts=quo.sum(axis=0), performance=rng.integers(0, 6, (2, tasks)), status_quo=quo,
        preferences=kinds,
    )  # fmt: skip


def solved(m):
    result = backend("scip").solve(m, time_limit=120)
    assert result.quality is Quality.OPTIMAL
    return result.objective


def check_finite(seed, tasks):
    """Two agents clear by opposite rays only: the optimum is the best bilateral trade, ties and all."""
    inst = tiny(seed, tasks)
    m = models.finite_market(inst)
    _, best = best_gain(inst, inst.types())
    assert solved(m) == pytest.approx(inst.status_quo_cost - best, abs=1e-5)


@pytest.mark.parametrize("seed", [0, 2, 4, 6])
def test_the_finite_market_of_two(seed):
    check_finite(seed, 2)


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "tasks"), [(seed, 2 + seed % 2) for seed in range(20)])
def test_the_finite_market_of_two_on_twenty_cases(seed, tasks):
    check_finite(seed, tasks)


def by_patterns(inst):
    """(bound, reached): every way of assigning types to rays, a linear program each; reached with polarized rays."""
    types = inst.types()
    bound = reached = np.inf
    patterns = [*product((-1, 0, 1), repeat=2), "remedial"]
    for chosen in product(patterns, patterns):
        n = 12  # per agent: two rays of two tasks, then what is kept
        cost, equal = np.zeros(n), np.zeros((2, n))
        less, bounds = [], [(None, None)] * n
        for j, pattern in enumerate(chosen):
            eta, start = inst.endowment[j], 6 * j
            for i in range(2):
                bounds[start + 4 + i] = (0 if pattern == "remedial" else eta[i], eta[i])
                cost[start + 4 + i] += inst.performance[j, i]
                equal[i, start + 4 + i] += 1
                for k in range(2):
                    bounds[start + 2 * k + i] = (-eta[i], 0 if i == k else None)
            for s, k in enumerate(pattern if pattern != "remedial" else ()):
                if k >= 0:
                    row = np.zeros(n)
                    row[start + 2 * k : start + 2 * k + 2] = types[j].costs[s]
                    less.append(row)
                    for i in range(2):
                        cost[start + 2 * k + i] += types[j].weights[s] * inst.performance[j, i]
                        equal[i, start + 2 * k + i] += types[j].weights[s]
        found = linprog(
            cost, A_ub=np.array(less).reshape(-1, n), b_ub=np.zeros(len(less)), A_eq=equal, b_eq=inst.counts,
            bounds=bounds,
        )  # fmt: skip
        if found.status != 0:
            continue
        bound = min(bound, found.fun)
        fine = True
        for j, pattern in enumerate(chosen):
            taken = [k for k in range(2) if pattern != "remedial" and k in pattern]
            used = [found.x[6 * j + 2 * k : 6 * j + 2 * k + 2] for k in taken]
            rays = np.maximum(np.round(used, 9), -inst.endowment[j]) if used else []
            fine &= Menu(inst.endowment[j], rays).is_polarized()
        if fine:
            reached = min(reached, found.fun)
    return bound, reached


def check_joint(seed):
    inst = tiny(seed, 2)
    cost = solved(models.joint(inst))
    bound, reached = by_patterns(inst)
    assert bound - 1e-5 <= cost <= reached + 1e-5
    large = raymenu.solve_large_market(inst, inst.types(), rel_gap=1e-4)
    assert large.lower - 1e-5 <= cost <= inst.status_quo_cost + 1e-6
    return reached - bound


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_program_4(seed):
    check_joint(seed)


@pytest.mark.slow
def test_program_4_on_twenty_cases():
    gaps = [check_joint(seed) for seed in range(20)]
    assert sum(gap < 1e-5 for gap in gaps) >= 10  # brute force is exact there


def test_what_a_solution_is():
    inst = tiny(2, 2)
    m = models.finite_market(inst)
    solved(m)
    for p in m.PROFILES:
        for i in m.TASKS:
            assert sum(pyo.value(m.change[j, p, i]) for j in m.AGENTS) == pytest.approx(0, abs=1e-6)
    with pytest.raises(InputError, match="copies"):
        models.finite_market(inst.with_copies(2))
    with pytest.raises(InputError, match="profiles"):
        models.finite_market(raymenu.load("anaesthesia"), 10)
    with pytest.raises(InputError, match="unknown"):
        models.joint(inst, formulation="other")
