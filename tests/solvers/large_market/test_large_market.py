"""The large-market program: its certificate, its place on the ladder, and what interrupts it."""

import hashlib
import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
import pytest

from raymenu import (
    FinitePreferences,
    InputError,
    load,
    make_instance,
    solve_bic,
    solve_first_best,
    solve_full_information,
    solve_large_market,
)

ROUNDING = 1e-7


def random_instance(seed):
    """Finite types with unequal weights, unequal shares of the status quo, sometimes copies and shared preferences."""
    rng = np.random.default_rng(seed)
    n_tasks, n_agents, size = rng.integers(2, 4), rng.integers(2, 5), rng.integers(2, 9)
    copies = rng.integers(1, 4, n_agents)
    status_quo = rng.integers(0, 5, (n_agents, n_tasks)) + (rng.random((n_agents, n_tasks)) < 0.8)
    status_quo[0] += 1  # every task is done by somebody
    makes = [
        FinitePreferences(
            costs=[tuple(row) for row in rng.uniform(0.3, 2, (size, n_tasks)).tolist()],
            weights=rng.integers(1, 4, size).tolist(),
        )
        for _ in range(n_agents)
    ]
    if seed % 2:
        makes = makes[:1] * n_agents
    return make_instance(
        f"random {seed}",
        "a test",
        counts=copies @ status_quo,
        performance=rng.random((n_agents, n_tasks)),
        status_quo=status_quo,
        preferences=makes,
        copies=copies,
    )


@pytest.mark.parametrize("seed", range(30))
def test_the_ladder_is_in_order(seed):
    inst = random_instance(seed)
    lm = solve_large_market(inst, rel_gap=1e-3)
    first_best = solve_first_best(inst).cost
    full = solve_full_information(inst, market="large").cost
    bic = solve_bic(inst, market="large").cost
    slack = ROUNDING * max(1.0, inst.status_quo_cost)
    assert first_best <= full + slack and full <= bic + slack
    assert bic <= lm.upper + slack
    assert lm.lower <= lm.upper <= inst.status_quo_cost + slack
    assert lm.status == "optimal" and lm.upper - lm.lower <= 1e-3 * abs(lm.upper) + slack
    assert lm.check().ok(1e-9), str(lm.check())


@pytest.mark.parametrize("seed", range(8))
def test_with_two_tasks_obviousness_costs_nothing(seed):
    rng = np.random.default_rng(1000 + seed)
    costs = [tuple(row) for row in rng.uniform(0.3, 2, (6, 2)).tolist()]
    inst = make_instance(
        "two tasks",
        "a test",
        counts=[3, 3],
        performance=rng.random((3, 2)),
        status_quo=np.ones((3, 2)),
        preferences=[FinitePreferences(costs=costs)] * 3,
    )
    lm = solve_large_market(inst, rel_gap=1e-6)
    bic = solve_bic(inst, market="large").cost
    assert lm.lower - 1e-7 <= bic <= lm.upper + 1e-7


def test_lotteries_are_exact_and_clear():
    lm = solve_large_market(random_instance(3), rel_gap=1e-3)
    for lottery in lm.lotteries:
        assert sum(p for p, _ in lottery) == 1 == sum(p.exact for p, _ in lottery) and all(p > 0 for p, _ in lottery)
        assert all(menu.is_polarized() for _, menu in lottery)
    held = lm.instance.copies @ np.array(lm.expected_assignment(), dtype=float)
    assert np.allclose(held, lm.instance.counts, rtol=1e-9)


def test_at_a_vertex_few_agents_randomise():
    lm = solve_large_market(load("anaesthesia"), types=30, rel_gap=0.02)
    assert sum(len(lottery) > 1 for lottery in lm.lotteries) <= lm.instance.n_tasks


def test_copies_scale_the_value():
    inst = random_instance(5)
    one, three = solve_large_market(inst, rel_gap=1e-4), solve_large_market(inst.with_copies(3), rel_gap=1e-4)
    assert 3 * one.lower <= three.upper + ROUNDING and three.lower <= 3 * one.upper + ROUNDING


def test_any_executor_gives_the_same_interval():
    inst = random_instance(8)
    alone = solve_large_market(inst, rel_gap=1e-3)
    with ThreadPoolExecutor(2) as executor:
        helped = solve_large_market(inst, rel_gap=1e-3, executor=executor)
    assert (alone.lower, alone.upper) == (helped.lower, helped.upper)


def test_a_limit_is_not_called_optimal():
    lm = solve_large_market(random_instance(2), rel_gap=1e-6, time_limit=0.0)
    assert lm.status == "feasible"
    assert lm.lower <= lm.upper and lm.check().ok(1e-9)


class Stopped(Exception):
    """Stands for Ctrl-C."""


def test_an_interrupted_solve_goes_on_from_its_checkpoint(tmp_path):
    inst, file = random_instance(11), tmp_path / "solve.sqlite"

    def stop_after_two(rounds, lower, upper):
        if rounds == 2:
            raise Stopped

    with pytest.raises(Stopped):
        solve_large_market(inst, rel_gap=1e-3, checkpoint=file, progress=stop_after_two)
    seen = []
    again = solve_large_market(inst, rel_gap=1e-3, checkpoint=file, progress=lambda *round: seen.append(round))
    whole = solve_large_market(inst, rel_gap=1e-3)
    assert again.status == "optimal" and again.lower <= whole.upper + 1e-9 and whole.lower <= again.upper + 1e-9
    assert len(seen) < whole.rounds or whole.rounds <= 2


def test_a_checkpoint_of_another_problem_is_refused(tmp_path):
    file = tmp_path / "solve.sqlite"
    solve_large_market(random_instance(1), rel_gap=0.1, checkpoint=file)
    with pytest.raises(InputError, match="another instance"):
        solve_large_market(random_instance(2), rel_gap=0.1, checkpoint=file)
    file.write_text("not a checkpoint, and long enough to be read as something else " * 20)
    with pytest.raises(InputError, match="not a checkpoint"):
        solve_large_market(random_instance(1), rel_gap=0.1, checkpoint=file)


@pytest.mark.parametrize("change", [{"rel_gap": 0}, {"rel_gap": 2}, {"types": 0}])
def test_bad_arguments(change):
    with pytest.raises(InputError):
        solve_large_market(load("anaesthesia"), **change)


def rewritten(file, change, signed=True):
    """The checkpoint with another state, with a checksum that fits it."""
    with closing(sqlite3.connect(file)) as database, database:
        problem, text, checksum = database.execute("select * from large_market").fetchone()
        state = json.loads(text)
        change(state)
        text = json.dumps(state)
        checksum = hashlib.sha256(f"{problem} {text}".encode()).hexdigest() if signed else checksum
        database.execute("update large_market set state = ?, checksum = ?", (text, checksum))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda state: state.update(version=1), "version"),
        (lambda state: state.pop("menus"), "version"),
        (lambda state: state.update(prices=[1e9]), "not of this problem"),
        (lambda state: state.update(prices=["a"]), "version"),
        (lambda state: state["menus"].pop(), "not of this problem"),
        (lambda state: state["menus"][0][0].update(endowment=["9"] * 3), "not of this problem"),
        (lambda state: state.update(rounds=-1), "version"),
    ],
)
def test_a_checkpoint_with_wrong_contents_is_refused(tmp_path, change, says):
    file, inst = tmp_path / "c.db", random_instance(1)
    solve_large_market(inst, rel_gap=0.1, checkpoint=file)
    rewritten(file, change)
    with pytest.raises(InputError, match=says):
        solve_large_market(inst, rel_gap=0.1, checkpoint=file)


def test_a_checkpoint_that_was_changed_is_refused(tmp_path):
    file, inst = tmp_path / "c.db", random_instance(1)
    solve_large_market(inst, rel_gap=0.1, checkpoint=file)
    rewritten(file, lambda state: state.update(rounds=7), signed=False)
    with pytest.raises(InputError, match="has been changed"):
        solve_large_market(inst, rel_gap=0.1, checkpoint=file)


@pytest.mark.parametrize("prices", [1e9, -1e9, 0.0])
def test_no_prices_in_a_checkpoint_make_the_interval_wrong(tmp_path, prices):
    """Nothing is believed: the bound at the prices in the file is proven again, whatever these are."""
    file, inst = tmp_path / "c.db", random_instance(3)
    whole = solve_large_market(inst, rel_gap=1e-3, checkpoint=file)
    rewritten(file, lambda state: state.update(prices=[prices] * inst.n_tasks))
    again = solve_large_market(inst, rel_gap=1e-3, checkpoint=file)
    assert again.lower <= whole.upper + 1e-9 and whole.lower <= again.upper + 1e-9 and again.lower <= again.upper
    at_once = solve_large_market(inst, rel_gap=1e-3, checkpoint=file, time_limit=0.0)
    assert at_once.lower <= whole.upper + 1e-9


def test_a_checkpoint_that_cannot_be_written_is_told_before_the_work(tmp_path):
    with pytest.raises(InputError, match="folder does not exist"):
        solve_large_market(load("figure_1"), types=5, checkpoint=tmp_path / "missing" / "c.db")
