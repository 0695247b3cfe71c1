"""How the bounds that records hold are found: what is asked of an instance, and the solver that answers.

Work is counted, not timed: a run that ends at its work limit ends there on every machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import raymenu
from raymenu.benchmarks.harness.machine import versions
from raymenu.instances import InputError, Instance
from raymenu.instances.generators import library_problem
from raymenu.instances.known_bounds import TIERS, KnownBound, Quantity, Tier
from raymenu.instances.real import REAL
from raymenu.solvers.support.question import SupportQuestion
from raymenu.solvers.support.registry import Limits, chosen

EXACT_TOLERANCE = 1e-9
"""Of bounds from exact arithmetic, rounded to floats."""
RECORDED = ("python", "numpy", "pyomo", "highspy", "numba")
LP_TOLERANCE = 1e-6
"""Rows are added to a program until none is violated by 1e-8; values may differ by a multiple of that."""
MOST_AGENTS = 8
"""Program (1) is recorded for markets of at most so many single agents."""
MOST_ROWS = 20
"""The large market is recorded to a wider gap for instances of more rows."""
MARKET_GAP, SUPPORT_GAP, SUPPORT_TYPES = 1e-2, 1e-3, 100
LARGE_MARKET_GAP = 5e-2
"""Of instances with more rows than ``MOST_ROWS``."""
REAL_TYPES, DESIGN_TYPES = 30, 200
"""Of real instances: in the programs, and in the design of menus that clear."""
MARKET_WORK, SUPPORT_WORK = 30, 15
TIER_SECONDS: dict[Tier, float] = {"seconds": 0.5, "minutes": 60.0, "hours": 3600.0}


@dataclass(frozen=True)
class Question:
    """What is asked of an instance; the fields of ``KnownBound`` of the same names."""

    quantity: Quantity
    types: int | None = None
    seed: int | None = None
    rel_gap: float | None = None
    work: int | None = None
    agent: int | None = None
    w: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Answer:
    """An interval, who found it, and whether the run ended by itself rather than at a time limit.

    ``at_limit``: it ended at its work limit, before the gap was reached.
    """

    lower: float
    upper: float
    method: str
    tolerance: float = LP_TOLERANCE
    certified: bool = True
    complete: bool = True
    at_limit: bool = False
    stderr: float | None = None


def _first_best(inst: Instance, question: Question, limit: float | None) -> Answer:
    cost = raymenu.solve_first_best(inst).cost
    return Answer(cost, cost, "linear program (HiGHS)")


def _no_choice(inst: Instance, question: Question, limit: float | None) -> Answer:
    cost = raymenu.solve_no_choice(inst).cost
    return Answer(cost, cost, "linear program on the whole support (HiGHS)")


def _full_information(inst: Instance, question: Question, limit: float | None) -> Answer:
    cost = raymenu.solve_full_information(inst, types=_types(question), seed=_seed(question), market="large").cost
    return Answer(cost, cost, "linear program (HiGHS)")


def _lm_bic(inst: Instance, question: Question, limit: float | None) -> Answer:
    cost = raymenu.solve_bic(inst, types=_types(question), seed=_seed(question), market="large").cost
    return Answer(cost, cost, "linear program with lazy (IC) rows (HiGHS)")


def _bic(inst: Instance, question: Question, limit: float | None) -> Answer:
    found = raymenu.solve_bic(inst, types=_types(question), seed=_seed(question))
    return Answer(found.cost, found.cost, f"linear program, form {found.form!r} (HiGHS)")


def _lm_osp(inst: Instance, question: Question, limit: float | None) -> Answer:
    found = raymenu.solve_large_market(
        inst,
        types=_types(question),
        seed=_seed(question),
        rel_gap=_rel_gap(question),
        time_limit=limit,
        max_rounds=question.work,
    )
    closed, at_limit = found.status == "optimal", found.rounds == question.work
    by_itself = closed or at_limit or limit is None or found.seconds < limit
    method = "row generation with a certified oracle"
    return Answer(found.lower, found.upper, method, complete=by_itself, at_limit=at_limit and not closed)


def _small_market(inst: Instance, question: Question, limit: float | None) -> Answer:
    found = raymenu.design_small_market(inst, types=_types(question), seed=_seed(question), time_limit=limit)
    return Answer(
        found.cost,
        found.cost,
        f"menus that clear: {found.family}",
        certified=False,
        complete=limit is None or found.seconds < limit,
        stderr=found.stderr,
    )


class _Enough(Exception):
    """Stops a search at its work limit."""


def _support(inst: Instance, question: Question, limit: float | None) -> Answer:
    if question.agent is None or question.w is None:
        raise InputError("support needs an agent and w", field="agent")
    types = inst.preferences[question.agent].discretize(_types(question), _seed(question))
    task = SupportQuestion.make(types, inst.endowment[question.agent], question.w)
    heard: list[tuple[float, float]] = []

    def tell(lower: float, upper: float) -> None:
        heard.append((lower, upper))
        if len(heard) == question.work and upper - lower > _rel_gap(question) * (lower - float(task.endowment_value)):
            raise _Enough

    method = chosen(task, "auto")
    try:
        found = method.solve(task, Limits(rel_gap=_rel_gap(question), time_limit=limit, on_progress=tell))
    except _Enough:
        return Answer(*heard[-1], method.name, EXACT_TOLERANCE, at_limit=True)
    by_itself = found.status == "optimal" or limit is None or found.seconds < limit
    return Answer(found.lower, found.upper, found.method, EXACT_TOLERANCE, complete=by_itself)


SOLVE: dict[Quantity, Callable[[Instance, Question, float | None], Answer]] = {
    "first_best": _first_best,
    "no_choice": _no_choice,
    "full_information": _full_information,
    "lm_bic": _lm_bic,
    "bic": _bic,
    "lm_osp": _lm_osp,
    "small_market": _small_market,
    "support": _support,
}


def questions(inst: Instance) -> list[Question]:
    """What the record of an instance should answer: all that fits its size."""
    types = max(5, min(30, 600 // (inst.n_agents * (inst.n_tasks - 1))))
    support_types, real = SUPPORT_TYPES, inst.name in REAL
    if real:
        types = REAL_TYPES
    if not any(made.continuous for made in inst.preferences):  # finite types stay as they are, whatever the size
        types = support_types = max(made.size for made in inst.types())
    asked = [Question("first_best"), Question("no_choice")]
    asked += [Question("full_information", types, 0), Question("lm_bic", types, 0)]
    if inst.copies.sum() <= MOST_AGENTS:
        asked.append(Question("bic", types, 0))
    market_gap = MARKET_GAP if real or inst.n_agents <= MOST_ROWS else LARGE_MARKET_GAP
    asked.append(Question("lm_osp", types, 0, market_gap, MARKET_WORK))
    if real:
        asked.append(Question("small_market", DESIGN_TYPES, 0))
    for prices in ("high", "mean"):
        w = tuple(library_problem(inst, 0, 1, 0, prices).w.tolist())
        asked.append(Question("support", support_types, 0, SUPPORT_GAP, SUPPORT_WORK, 0, w))
    return list(dict.fromkeys(asked))


def find(inst: Instance, question: Question, time_limit: float | None = None) -> tuple[KnownBound, bool]:
    """The interval for a question as a record holds it, and whether the run ended by itself."""
    start = time.process_time()  # of the processor, not the clock: a busy machine must not move a bound to another tier
    answer = SOLVE[question.quantity](inst, question, time_limit)
    seconds = time.process_time() - start
    tier = next((tier for tier in TIERS if seconds <= TIER_SECONDS[tier]), TIERS[-1])
    bound = KnownBound(
        quantity=question.quantity,
        sense="max" if question.quantity == "support" else "min",
        lower=answer.lower,
        upper=answer.upper,
        certified=answer.certified,
        method=answer.method,
        tolerance=answer.tolerance,
        scale=abs(inst.status_quo_cost),
        tier=tier,
        types=question.types,
        seed=question.seed,
        rel_gap=question.rel_gap,
        work=question.work,
        reached=(answer.lower, answer.upper) if answer.at_limit else None,
        agent=question.agent,
        w=question.w,
        stderr=answer.stderr,
        versions={name: version for name, version in versions().items() if name in RECORDED},
        date=datetime.now(UTC).date().isoformat(),
    )
    return bound, answer.complete


def _types(question: Question) -> int:
    if question.types is None:
        raise InputError(f"{question.quantity} needs a number of types", field="types")
    return question.types


def _rel_gap(question: Question) -> float:
    if question.rel_gap is None:
        raise InputError(f"{question.quantity} needs a gap to stop at", field="rel_gap")
    return question.rel_gap


def _seed(question: Question) -> int:
    return question.seed or 0
