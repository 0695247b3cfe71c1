"""How tight the bounds on S(w) are that need no search, and what they cost beside it.

On family U, as shares of the certified gain by which each exceeds it: (a) what types would pay if they could be told
apart; (b) the best packing of single rays, each bounded by its root cells; (c) S^BIC, a linear program; (d) convexity:
S at w bounded by certified upper ends at 4 I other w, of which w is a nonnegative combination (each within 10% of w,
as late rounds of a large market might leave them). Times as multiples of the search's. Then how many questions of
large markets whose agents share one S would have been answered by (d) to the gap they were asked with.

Decided: (a) and (b) start the search; S^BIC and convexity are not used.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from scipy.optimize import linprog

import raymenu
from raymenu.instances import FiniteTypes
from raymenu.instances.generators import KINDS, Kind, support_problem
from raymenu.solvers.large_market.large_market import solve_large_market
from raymenu.solvers.support import SupportQuestion, support_function
from raymenu.solvers.support.bic_support import support_function_bic
from raymenu.solvers.support.methods.branch_and_bound import Search
from raymenu.solvers.support.search.joint.joint import search

Floats = NDArray[np.float64]
GAP = 1e-3
MARKETS = ("anaesthesia", "tax_collectors_city", "tax_collectors_town")


def told_apart(types: FiniteTypes, w: Floats) -> float:
    """(a): E[(c.eta) max_i (w_i/c_i)^+]."""
    return SupportQuestion.make(types, np.ones(w.size), w).first_bound


def packing(types: FiniteTypes, w: Floats) -> float:
    """(b): the highest bound of the partitions' nodes before any is refined."""
    found = Search(SupportQuestion.make(types, np.ones(w.size), w), GAP, 0.0, 0.0, 0.0)
    search(found.pools, found.problem, 0)
    return found.bound


def bayesian(types: FiniteTypes, w: Floats) -> float:
    """(c): S^BIC(w)."""
    return support_function_bic(types, np.ones(w.size), w).upper - float(w.sum())


def convexity(types: FiniteTypes, w: Floats, seed: int) -> Callable[[], float]:
    """(d): the least sum of theta_m upper(w^m) with sum theta_m w^m = w; only this program is timed."""
    rng = np.random.default_rng(seed)
    others = w * rng.uniform(0.9, 1.1, (4 * w.size, w.size))
    upper = [support_function(types, np.ones(w.size), other, rel_gap=GAP).upper for other in others]

    def bound() -> float:
        found = linprog(upper, A_eq=others.T, b_eq=w)
        return float(found.fun) - float(w.sum()) if found.status == 0 else np.inf

    return bound


class Recorder(Executor):
    """Answers questions one after the other, and counts those that convexity would have answered before."""

    def __init__(self) -> None:
        self.asked = self.answered = 0
        self.known: list[tuple[Floats, float]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Answer at once; afterwards each w and its upper end are known."""
        (questions,) = args
        answers = fn(questions)
        for question, found in zip(questions, answers):
            self.asked += 1
            if self.known:
                w, upper = map(np.array, zip(*self.known))
                bound = linprog(upper, A_eq=w.T, b_eq=question.w)
                self.answered += bound.status == 0 and bound.fun - found.lower <= question.abs_gap
            self.known.append((question.w, found.upper))
        future: Future[Any] = Future()
        future.set_result(answers)
        return future


def measure(tasks: int, size: int, seed: int, kind: Kind) -> dict[str, tuple[float, float]]:
    """For each bound by how much of the gain it is above it, and its time in those of the search."""
    problem = support_problem(tasks, size, seed, kind)
    types, w = problem.types, problem.w
    truth = support_function(types, np.ones(tasks), w, rel_gap=GAP)
    bounds: dict[str, Callable[[], float]] = {
        "a": partial(told_apart, types, w),
        "b": partial(packing, types, w),
        "c": partial(bayesian, types, w),
        "d": convexity(types, w, seed),
    }
    measured = {}
    for name, bound in bounds.items():
        start = time.process_time()
        value = bound()
        measured[name] = (value / truth.gain - 1, (time.process_time() - start) / truth.seconds)
    return measured


def main(
    size: Annotated[int, typer.Option(help="types")] = 200,
    seeds: Annotated[int, typer.Option(help="of each family")] = 5,
) -> None:
    """Measure bounds on S(w) that need no search, for each number of tasks and kind; then in large markets."""
    support_function(support_problem(3, 20, 0).types, np.ones(3), np.ones(3))
    for tasks in (3, 4):
        for kind in KINDS:
            cases = [measure(tasks, size, seed, kind) for seed in range(seeds)]
            for name in "abcd":
                excess = [case[name][0] for case in cases]
                ratio = statistics.median(case[name][1] for case in cases)
                print(
                    f"I={tasks} S={size} {kind} ({name}) above the gain by {statistics.median(excess):8.2%}, "
                    f"at least {min(excess):8.2%}; in {ratio:8.2f} of the search's time",
                    flush=True,
                )
    for name in MARKETS:
        recorder = Recorder()
        solved = solve_large_market(raymenu.load(name), types=size, rel_gap=5e-3, executor=recorder)
        print(
            f"{name}: a large market of agents with one S, {solved.rounds} rounds, {recorder.asked} questions, "
            f"(d) would have answered {recorder.answered}",
            flush=True,
        )
