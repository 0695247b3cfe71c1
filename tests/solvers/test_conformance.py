"""Every program on every backend that solves linear programs: one optimum, proven, and the same as HiGHS finds."""

import numpy as np
import pytest
from backend_suite import having
from random_instances import random_instance

import raymenu
from raymenu.mechanisms import choose
from raymenu.solvers.backends import Feature

INST = random_instance(np.random.default_rng(4), boxes=True, agents=3, tasks=3, copies=2, slack=1.1)
TYPES = INST.types(4)
LINEAR = having(Feature.LINEAR)

PROGRAMS = {
    "first best": lambda name: raymenu.solve_first_best(INST, backend=name),
    "no choice": lambda name: raymenu.solve_no_choice(INST, backend=name),
    "no choice on types": lambda name: raymenu.solve_no_choice(INST, TYPES, backend=name),
    "full information": lambda name: raymenu.solve_full_information(INST, TYPES, backend=name),
    "full information, finite": lambda name: raymenu.solve_full_information(INST, TYPES, market="finite", backend=name),
    "LM-BIC": lambda name: raymenu.solve_bic(INST, TYPES, market="large", backend=name),
    "BIC, cuts": lambda name: raymenu.solve_bic(INST, TYPES, form="cuts", backend=name),
    "BIC, token": lambda name: raymenu.solve_bic(INST, INST.types(2), form="token", backend=name),
    "BIC, profiles": lambda name: raymenu.solve_bic(INST, INST.types(2), form="profile", backend=name),
}
FOUND = {}


def solved(program, name):
    if (program, name) not in FOUND:
        FOUND[program, name] = PROGRAMS[program](name)
    return FOUND[program, name]


def too_large(name, fault):
    """Whether a licence limited in size does not cover the program."""
    return name == "gurobi" and "licence" in str(fault)


@pytest.mark.parametrize("name", LINEAR)
@pytest.mark.parametrize("program", PROGRAMS)
def test_same_optimum_with_its_own_proof(program, name):
    try:
        found = solved(program, name)
    except raymenu.solvers.backends.results.SolveError as fault:
        if too_large(name, fault):
            pytest.skip("beyond the licence")
        raise
    best = solved(program, "highs")
    scale = abs(best.cost)
    assert found.result.solver == name
    assert found.cost == pytest.approx(best.cost, abs=1e-6 * scale)
    assert found.check().ok(1e-6)
    # The proof is the backend's multipliers, judged outside of it.
    assert found.result.proof == "multipliers"
    assert found.cost - 1e-6 * scale <= found.lower <= best.cost + 1e-9 * scale


@pytest.mark.parametrize("name", LINEAR)
def test_large_market_interval(name):
    best = raymenu.solve_large_market(INST, 30, rel_gap=1e-4)
    found = raymenu.solve_large_market(INST, 30, rel_gap=1e-4, backend=name)
    assert found.status == "optimal" and found.check().ok(1e-6)
    assert max(found.lower, best.lower) <= min(found.upper, best.upper) * (1 + 1e-9)


@pytest.mark.parametrize("name", LINEAR)
def test_bayesian_support_function(name):
    found = raymenu.support_function_bic(TYPES[0], INST.endowment[0], [0.5, 0.2, 0.4], backend=name)
    best = raymenu.support_function_bic(TYPES[0], INST.endowment[0], [0.5, 0.2, 0.4])
    assert (found.lower, found.upper) == pytest.approx((best.lower, best.upper), rel=1e-6)
    assert found.lower <= best.upper and best.lower <= found.upper


@pytest.mark.parametrize("name", LINEAR)
def test_allocation_of_profiles(name):
    lotteries = raymenu.solve_large_market(INST, 30, rel_gap=1e-2).lotteries
    menus = [max(lottery)[1] for lottery in lotteries]
    rng = np.random.default_rng(0)
    single = [menus[j] for j in INST.agent_rows]
    choices = [choose(INST, single, rng.uniform(0.5, 2, (len(single), INST.n_tasks))) for _ in range(5)]
    found = raymenu.allocate(INST, menus, np.array(choices), backend=name)
    best = raymenu.allocate(INST, menus, np.array(choices))
    assert found.cost == pytest.approx(best.cost, rel=1e-7)
    assert (found.bound <= best.cost + 1e-9 * np.abs(best.cost)).all()
    assert (found.cost - found.bound <= 1e-6 * np.abs(best.cost)).all()


@pytest.mark.parametrize("name", LINEAR)
def test_value_of_choice(name):
    found = raymenu.value_of_choice(INST, 3, backend=name, time_limit=0)
    best = raymenu.value_of_choice(INST, 3, time_limit=0)
    assert [rung.name for rung in found.ladder] == [rung.name for rung in best.ladder]
    for rung, other in zip(found.ladder, best.ladder):
        assert (rung.lower, rung.upper) == pytest.approx((other.lower, other.upper), rel=1e-6)


@pytest.mark.parametrize(
    "solve",
    [
        lambda name: raymenu.solve_first_best(INST, backend=name),
        lambda name: raymenu.solve_no_choice(INST, backend=name),
        lambda name: raymenu.solve_full_information(INST, TYPES, backend=name),
        lambda name: raymenu.solve_bic(INST, TYPES, backend=name),
        lambda name: raymenu.solve_large_market(INST, 5, backend=name),
        lambda name: raymenu.value_of_choice(INST, 3, backend=name),
        lambda name: raymenu.allocate(INST, [raymenu.Menu(eta) for eta in INST.endowment], [-1] * 6, backend=name),
    ],
)
@pytest.mark.parametrize("name", ["ipopt", "pyomo:nonsense", "cplexx"])
def test_unfit_backends_are_refused_before_anything_is_built(solve, name):
    with pytest.raises(raymenu.InputError, match="backend"):
        solve(name)
