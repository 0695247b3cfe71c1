"""Known bounds, found again: what is recorded of the library must never be crossed, and may be tightened.

A run fails where a new interval lies wholly to one side of the recorded one (one of the two is wrong), or where the
method got worse: it stopped by itself with a wider gap than its gap limit allows, or at its work limit with a worse
bound than the same work gave before. Work is counted, not timed, and a run that a time limit cut short says nothing
about worse, only about crossing: slow machines do not fail.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import raymenu
from raymenu.benchmarks.harness.machine import versions
from raymenu.instances import InputError, Instance, library, load
from raymenu.instances.files import write_text
from raymenu.instances.generators import library_problem
from raymenu.instances.known_bounds import TIERS, BoundsRecord, KnownBound, Quantity, Tier, known_bounds
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
MARKET_WORK, SUPPORT_WORK = 30, 15
AT_LIMIT = 0.02
"""Share of an interval by which its ends may be worse at a work limit: other processors round otherwise."""
TIER_SECONDS: dict[Tier, float] = {"seconds": 0.5, "minutes": 60.0, "hours": 3600.0}

LIMITS: dict[Tier, float] = {"seconds": 60.0, "minutes": 120.0, "hours": 4 * 3600.0}


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


@dataclass(frozen=True)
class Comparison:
    """How a new interval stands to the recorded one."""

    instance: str
    known: KnownBound
    found: KnownBound
    standing: Literal["agrees", "tighter", "crossed", "worse", "cut short"]
    remark: str = ""

    @property
    def failed(self) -> bool:
        """Whether this stops a release."""
        return self.standing in ("crossed", "worse")


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
    "support": _support,
}


def questions(inst: Instance) -> list[Question]:
    """What the record of an instance should answer: all that fits its size."""
    types = max(5, min(30, 600 // (inst.n_agents * (inst.n_tasks - 1))))
    support_types = SUPPORT_TYPES
    if not any(made.continuous for made in inst.preferences):  # finite types stay as they are, whatever the size
        types = support_types = max(made.size for made in inst.types())
    asked = [Question("first_best"), Question("no_choice")]
    asked += [Question("full_information", types, 0), Question("lm_bic", types, 0)]
    if inst.copies.sum() <= MOST_AGENTS:
        asked.append(Question("bic", types, 0))
    market_gap = MARKET_GAP if inst.n_agents <= MOST_ROWS else LARGE_MARKET_GAP
    asked.append(Question("lm_osp", types, 0, market_gap, MARKET_WORK))
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
        versions={name: version for name, version in versions().items() if name in RECORDED},
        date=datetime.now(UTC).date().isoformat(),
    )
    return bound, answer.complete


def make_record(inst: Instance, time_limit: float | None = None) -> BoundsRecord:
    """A record from nothing; an interval that a time limit (seconds for each bound) cut short holds all the same."""
    bounds = [find(inst, question, time_limit or LIMITS["minutes"])[0] for question in questions(inst)]
    return BoundsRecord(instance=inst.name, digest=inst.digest, bounds=tuple(bounds))


def compare(instance: str, known: KnownBound, found: KnownBound, complete: bool) -> Comparison:
    """How a new interval stands to the recorded one."""
    crossing = known.crossed_by(found)
    if crossing:
        return Comparison(instance, known, found, "crossed", crossing)
    if not complete:
        return Comparison(instance, known, found, "cut short", "stopped at the time limit")
    if known.reached is not None and found.reached is not None and known.work == found.work:
        low, high = known.reached
        grace = known.slack + AT_LIMIT * (high - low)
        if found.lower < low - grace or found.upper > high + grace:
            remark = f"[{found.lower:.8g}, {found.upper:.8g}] at work {known.work}, [{low:.8g}, {high:.8g}] before"
            return Comparison(instance, known, found, "worse", remark)
    elif known.rel_gap is not None:
        allowed = max(known.rel_gap * max(abs(found.lower), abs(found.upper)), known.upper - known.lower) + known.slack
        if found.upper - found.lower > allowed:
            remark = f"gap {found.upper - found.lower:.3g}, {allowed:.3g} was reached before"
            return Comparison(instance, known, found, "worse", remark)
    if known.tightened_by(found):
        return Comparison(instance, known, found, "tighter")
    return Comparison(instance, known, found, "agrees")


def regress(
    tier: Tier = "seconds",
    instances: Iterable[str] | None = None,
    *,
    time_limit: float | None = None,
    records: dict[str, BoundsRecord] | None = None,
    on_comparison: Callable[[Comparison], None] = lambda comparison: None,
) -> list[Comparison]:
    """Find every bound of a tier and of those below again.

    Parameters
    ----------
    instances
        Library names; all by default.
    time_limit
        Seconds for each bound; by default ``LIMITS`` of its tier.
    records
        In place of the committed ones.

    Raises
    ------
    InputError
        Where a record speaks of another instance than the library holds.

    Examples
    --------
    >>> [comparison.standing for comparison in regress(instances=["figure_1"])][:2]
    ['agrees', 'agrees']
    """
    upto = TIERS[: TIERS.index(tier) + 1]
    comparisons = []
    for name in instances or library():
        inst = load(name)
        record = records[name] if records is not None else known_bounds(name)
        if record.digest != inst.digest:
            raise InputError(
                "the record speaks of other numbers than the library holds: record the instance again", source=name
            )
        for known in record.bounds:
            if known.tier in upto:
                found, complete = find(inst, _question(known), time_limit or LIMITS[known.tier])
                comparison = compare(name, known, found, complete)
                comparisons.append(comparison)
                on_comparison(comparison)
    return comparisons


def tighten(folder: Path, comparisons: Iterable[Comparison]) -> list[str]:
    """Write the tighter intervals into the records of ``folder``; returns what was tightened."""
    done = []
    for comparison in comparisons:
        better = comparison.known.tightened_by(comparison.found)
        if comparison.failed or better is None:
            continue
        record = known_bounds(comparison.instance, folder)
        bounds = tuple(better if bound.key == better.key else bound for bound in record.bounds)
        write_record(folder, record.model_copy(update={"bounds": bounds}))
        done.append(f"{comparison.instance}: {better.label}")
    return done


def write_record(folder: Path, record: BoundsRecord) -> None:
    """Write a record to its file."""
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / f"{record.instance}.json", record.to_json())


def _question(known: KnownBound) -> Question:
    fields: dict[str, Any] = {name: getattr(known, name) for name in Question.__dataclass_fields__}
    return Question(**fields)


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
