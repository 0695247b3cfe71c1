"""Known bounds, found again: what is recorded of the library must never be crossed, and may be tightened.

A run fails where a new interval lies wholly to one side of the recorded one (one of the two is wrong), or where the
method got worse: it stopped by itself with a wider gap than its gap limit allows, or at its work limit with a worse
bound than the same work gave before. Work is counted, not timed, and a run that a time limit cut short says nothing
about worse, only about crossing: slow machines do not fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from raymenu.benchmarks.suites.bound_finders import Question, find, questions
from raymenu.instances import InputError, Instance, library, load
from raymenu.instances.files import write_text
from raymenu.instances.known_bounds import TIERS, BoundsRecord, KnownBound, Tier, known_bounds

AT_LIMIT = 0.02
"""Share of an interval by which its ends may be worse at a work limit: other processors round otherwise."""
LIMITS: dict[Tier, float] = {"seconds": 60.0, "minutes": 120.0, "hours": 4 * 3600.0}


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


def make_record(inst: Instance, time_limit: float | None = None) -> BoundsRecord:
    """A record from nothing; an interval that a time limit (seconds for each bound) cut short holds all the same."""
    bounds = [find(inst, question, time_limit or LIMITS["minutes"])[0] for question in questions(inst)]
    return BoundsRecord(instance=inst.name, digest=inst.digest, bounds=tuple(bounds))


def compare(instance: str, known: KnownBound, found: KnownBound, complete: bool) -> Comparison:
    """How a new interval stands to the recorded one."""
    if known.stderr is not None and (dearer := known.dearer_by(found)):
        return Comparison(instance, known, found, "worse", f"costs {dearer:.3g} more than draws explain")
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
