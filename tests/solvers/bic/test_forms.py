"""Program (1): the three forms agree, separation finds what brute force finds, results check out."""

from itertools import product

import numpy as np
import pytest
from random_instances import random_instance

import raymenu
from raymenu.solvers.bic.border import Border
from raymenu.solvers.bic.program_1 import BicMechanism

CASES = 120


def case(seed):
    """J <= 3, T <= 5, I <= 3, beta in {1, 1.2}, unequal weights; every third case has copies."""
    rng = np.random.default_rng(seed)
    tasks, n_types = int(rng.integers(2, 4)), int(rng.integers(2, 6))
    copies = 2 if seed % 3 == 0 else 1
    agents = 2 if copies == 2 or n_types == 5 else int(rng.integers(2, 4))
    return random_instance(
        rng,
        boxes=False,
        agents=agents,
        tasks=tasks,
        n_types=n_types if copies == 1 else 3,
        copies=copies,
        slack=1.2 if seed % 2 else 1.0,
    )


@pytest.mark.parametrize("seed", range(CASES))
def test_the_three_forms_agree(seed):
    inst = case(seed)
    found = [raymenu.solve_bic(inst, 5, form=form) for form in ("profile", "token", "cuts")]
    for mechanism in found:
        assert mechanism.check().ok(1e-7), (mechanism.form, str(mechanism.check()))
    costs = [mechanism.cost for mechanism in found]
    assert max(costs) - min(costs) <= 1e-7 * abs(costs[0])


def test_the_large_market_is_a_relaxation_of_the_finite_one():
    for seed in range(8):
        inst = case(seed)
        large = raymenu.solve_bic(inst, 5, market="large")
        finite = raymenu.solve_bic(inst, 5)
        constant = raymenu.solve_no_choice(inst, 5)
        assert large.form == "large" and large.check().ok(1e-7)
        assert large.cost <= finite.cost + 1e-8 <= constant.cost + 2e-8


def border_point(seed):
    """A market and chances of a unit of one task given each type: on and around the boundary of what is possible."""
    rng = np.random.default_rng(seed)
    agents = int(rng.integers(2, 4))
    sizes = rng.integers(1, 4, size=agents)
    row = np.repeat(np.arange(agents), sizes)
    share = np.concatenate([rng.dirichlet(np.ones(size)) for size in sizes])
    border = Border(row, share, rng.integers(1, 3, size=agents))
    # A mixture of few priority rules is possible, and close to the boundary; steps from it fall on both sides.
    mass = np.zeros(row.size)
    for weight in rng.dirichlet(np.ones(rng.integers(1, 4))):
        order = rng.permutation(row.size)
        mass[order] += weight * np.diff(border.capacities_along(order), prepend=0.0)
    x = mass / border.mass
    x = np.maximum(x + rng.choice([0.0, 0.01, 0.05, 0.3]) * rng.normal(size=row.size), 0.0)
    return border, x / (border.mass @ x)


def largest_excess(border, x):
    """``max_S q(S) - g(S)`` over all subsets S."""
    subsets = np.array(list(product([0.0, 1.0], repeat=x.size)))
    present = np.stack([subsets @ (border.share * (border.row == j)) for j in range(border.copies.size)], axis=1)
    capacity = 1 - np.prod(np.maximum(1 - present, 0) ** border.copies, axis=1)
    return (subsets @ (border.mass * x) - capacity).max()


def test_separation_finds_a_violated_set_whenever_there_is_one():
    violated = missed_by_plain_upper_sets = 0
    for seed in range(2000):
        border, x = border_point(seed)
        brute = largest_excess(border, x) > 1e-9
        sets = border.violated(x, 1e-9)
        assert bool(sets) == brute
        for members in sets:
            inside = np.isin(np.arange(x.size), members)
            assert border.mass[inside] @ x[inside] > border.capacity(inside) + 1e-9
        order = np.argsort(-x, kind="stable")
        plain = (np.cumsum((border.mass * x)[order]) - border.capacities_along(order)).max()
        violated += brute
        missed_by_plain_upper_sets += brute and plain <= 1e-9
    assert 300 < violated < 1700
    assert missed_by_plain_upper_sets > 0  # the scores are needed: upper sets of x are not enough


def tampered(mechanism, change):
    return BicMechanism(**{**mechanism.__dict__, "interim": [x + change[j] for j, x in enumerate(mechanism.interim)]})


def test_check_names_what_is_broken():
    mechanism = raymenu.solve_bic(case(1), 5)
    shapes = [x.shape for x in mechanism.interim]
    zero = [np.zeros(shape) for shape in shapes]
    more = [np.full(shapes[0], 0.1), *zero[1:]]
    assert tampered(mechanism, zero).check().ok(1e-7)
    assert not tampered(mechanism, more).check().ok(1e-3)
    assert tampered(mechanism, more).check().violations["market clearing"] > 1e-3
    swap = [np.zeros(shape) for shape in shapes]
    swap[0][0] += 1.0
    broken = tampered(mechanism, swap).check()
    assert broken.violations["incentive compatibility"] > 1e-2 or broken.violations["participation"] > 1e-2


@pytest.mark.parametrize("market", ["finite", "large"])
@pytest.mark.parametrize("seed", range(12))
def test_multipliers_prove_the_optimum(seed, market):
    inst = case(seed)
    types = inst.types(5)
    found = raymenu.solve_bic(inst, types, market=market, form="cuts")
    assert found.result.proof == "multipliers"
    assert found.lower <= found.cost
    assert found.lower == pytest.approx(found.cost, rel=1e-8)
