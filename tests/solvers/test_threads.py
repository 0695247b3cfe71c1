"""Solves from several threads at once, as a web server does: all return, each with its own answer, nothing printed."""

import faulthandler
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyomo.environ as pyo
import pytest
from backend_suite import having
from random_instances import random_instance

import raymenu
from raymenu.solvers.backends import Feature, backend

INSTANCES = [random_instance(np.random.default_rng(seed), copies=2, agents=3, tasks=3) for seed in range(4)]
MENUS = {
    id(inst): [raymenu.Menu(eta, [[-e for e in eta[:1]] + [0.1, 0.1]]) for eta in inst.endowment] for inst in INSTANCES
}
SOLVES = {
    "first best": lambda inst: raymenu.solve_first_best(inst).cost,
    "no choice": lambda inst: raymenu.solve_no_choice(inst).cost,
    "full information": lambda inst: raymenu.solve_full_information(inst, 5).cost,
    "bic": lambda inst: raymenu.solve_bic(inst, 3).cost,
    "large-market bic": lambda inst: raymenu.solve_bic(inst, 4, market="large").cost,
    "large market": lambda inst: raymenu.solve_large_market(inst, 10, rel_gap=0.05).upper,
    "value of choice": lambda inst: raymenu.value_of_choice(inst, 2, time_limit=0).rung("bic").upper,
    "allocate": lambda inst: raymenu.allocate(inst, MENUS[id(inst)], [0] * int(inst.copies.sum())).cost,
    "allocate by scip": lambda inst: (
        raymenu.allocate(inst, MENUS[id(inst)], [0] * int(inst.copies.sum()), backend="scip").cost
    ),
    "first best by scip": lambda inst: raymenu.solve_first_best(inst, backend="scip").cost,
    "first best by cbc": lambda inst: raymenu.solve_first_best(inst, backend="pyomo:cbc").cost,
    "support by ipopt": lambda inst: (
        raymenu.support_function(inst.types(5)[0], inst.endowment[0], inst.performance[1], method="nlp").lower
    ),
    "support by scip": lambda inst: (
        raymenu.support_function(inst.types(2)[0], inst.endowment[0], inst.performance[1], method="miqcp").lower
    ),
}


def together(solve, calls, threads=4):
    """The values of ``calls`` solves from several threads, instances in turn."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda k: solve(INSTANCES[k % len(INSTANCES)]), range(calls)))


@pytest.fixture(autouse=True)
def no_hang():
    faulthandler.dump_traceback_later(1500, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.mark.parametrize("name", SOLVES)
def test_few_calls_from_four_threads(name, capfd):
    alone = [SOLVES[name](inst) for inst in INSTANCES]
    assert together(SOLVES[name], 8) == pytest.approx(alone * 2, rel=1e-6)
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
@pytest.mark.parametrize("name", SOLVES)
def test_fifty_calls_from_each_of_four_threads(name, capfd):
    alone = [SOLVES[name](inst) for inst in INSTANCES]
    assert together(SOLVES[name], 200) == pytest.approx(alone * 50, rel=1e-6)
    assert capfd.readouterr() == ("", "")


def test_different_solves_at_once():
    alone = {name: SOLVES[name](INSTANCES[0]) for name in SOLVES}
    with ThreadPoolExecutor(4) as pool:
        futures = {name: pool.submit(SOLVES[name], INSTANCES[0]) for name in SOLVES}
        assert {name: future.result() for name, future in futures.items()} == pytest.approx(alone, rel=1e-6)


@pytest.mark.parametrize("name", having(Feature.INTEGER))
def test_integer_programs_at_once(name):
    def solve(n):
        m = pyo.ConcreteModel()
        m.x = pyo.Var(range(12), domain=pyo.Binary)
        m.row = pyo.Constraint(expr=sum((k + 2) * m.x[k] for k in range(12)) <= n)
        m.value = pyo.Objective(expr=sum((k + 1) * m.x[k] for k in range(12)), sense=pyo.maximize)
        return backend(name).solve(m).objective

    alone = [solve(n) for n in range(20, 28)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(solve, range(20, 28))) == pytest.approx(alone)
