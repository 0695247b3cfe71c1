"""Summaries against values worked out by hand."""

import numpy as np
import pytest

from raymenu.benchmarks.harness.agreement import verify_values
from raymenu.benchmarks.harness.jobs import Job, Row, Verdict
from raymenu.benchmarks.reports.report import summary_table
from raymenu.benchmarks.reports.summary import (
    gap,
    growth,
    lower_curve,
    primal_dual_integral,
    profiles,
    shifted_geometric_mean,
    summarize,
)


def row(problem, method, seconds, solved=True, events=(), limit=10.0, **result):
    made = Row(Job("support", problem, method, "", 0, limit), "done" if solved else "timeout", seconds, 1.0)
    return Row(made.job, made.outcome, seconds, 1.0, result=result, events=events)


def judged(rows):
    return {
        each.job.key: Verdict("ok" if each.outcome == "done" else "none", solved=each.outcome == "done")
        for each in rows
    }


def test_profiles_step_at_the_ratio_to_the_best():
    rows = [
        row("p", "fast", 1.0),
        row("p", "slow", 3.0),
        row("q", "fast", 10.0, solved=False),
        row("q", "slow", 5.0),
        row("r", "fast", 10.0, solved=False),
        row("r", "slow", 10.0, solved=False),
    ]
    curves = profiles(rows, judged(rows))
    assert curves["fast"][0].tolist() == [1.0] and np.allclose(curves["fast"][1], [1 / 3])
    assert curves["slow"][0].tolist() == [1.0, 3.0] and np.allclose(curves["slow"][1], [1 / 3, 2 / 3])


def test_unsolved_rows_count_at_the_limit():
    rows = [row("p", "a", 1.0), row("q", "a", 12.0, solved=False)]
    line = summarize(rows, judged(rows))[0]
    assert (line.rows, line.solved, line.outcomes) == (2, 1, {"done": 1, "timeout": 1})
    assert line.seconds == pytest.approx(shifted_geometric_mean([1.0, 10.0]))
    assert line.seconds == pytest.approx(22**0.5 - 1)


def test_the_integral_by_hand():
    # Gap 1 until 2 s, then 1/2 until 6 s, then 0 at 7 s; an upper bound that is none leaves the gap at 1.
    events = [(1.0, 1.0, None), (2.0, 1.0, 2.0), (6.0, 1.5, 2.0)]
    made = row("p", "a", 7.0, events=events, lower=2.0, upper=2.0)
    assert primal_dual_integral(made) == pytest.approx((2 * 1 + 4 * 0.5 + 1 * 0.25 + 3 * 0) / 10)
    assert primal_dual_integral(row("p", "a", 10.0, solved=False)) is None


def test_the_distance_of_menus_by_hand():
    made = row("p", "a", 7.0, events=[(1.0, 1.0, None), (2.0, 0.5, None), (3.0, 1.5, None)], lower=2.0, upper=None)
    times, distances = lower_curve(made, 2.0)
    assert times.tolist() == [1, 2, 3, 7] and distances.tolist() == [0.5, 0.5, 0.25, 0.0]
    assert lower_curve(row("p", "a", 7.0, solved=False), 2.0)[0].size == 0


def test_medians_are_of_what_a_suite_counts():
    rows = [row("p", "a", 1.0, value=3.0, rounds=4, check=True), row("q", "a", 1.0, value=3.0, rounds=8, check=True)]
    line = summarize(rows, judged(rows))[0]
    assert line.medians == {"rounds": 6.0} and line.best_within is None
    head, cells = summary_table([line])
    assert dict(zip(head, cells))["medians"] == "rounds 6" and "otherwise" not in head


def test_gaps():
    assert gap(1.0, 2.0) == 0.5 and gap(0.0, 0.0) == 0.0 and gap(-1.0, 1.0) == 1.0 and gap(1.0, None) == 1.0


def test_growth_takes_medians_of_solved_random_problems():
    rows = [Row(Job("support", "U(3,10,pos)", "a", "", seed, 9.0), "done", 1.0 + seed, 1.0) for seed in range(3)]
    rows += [
        row("U(3,100,pos)", "a", 7.0),
        row("U(4,100,pos)", "a", 9.0, solved=False),
        row("figure_1[0],5,high", "a", 1),
    ]
    sizes, seconds = growth(rows, judged(rows))["a"][3]
    assert sizes.tolist() == [10, 100] and seconds.tolist() == [2.0, 7.0]


def test_a_value_that_differs_is_wrong():
    rows = [row("p", method, 1.0, value=value) for method, value in (("a", 1.0), ("b", 1.0 + 1e-9), ("c", 1.1))]
    standings = [verdict.standing for verdict in verify_values(rows, 1e-6).values()]
    assert standings == ["ok", "ok", "wrong"]
