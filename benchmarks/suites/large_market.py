"""The large-market program solved to a gap: rounds of prices, time, and the interval as it closes.

A problem's name is ``INSTANCE,types``; the seed is that of the discretisation, the method that of the support function.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from itertools import product
from typing import Any

import raymenu
from raymenu.benchmarks.harness.jobs import Emit, Job, Row, Size, Suite, Verdict
from raymenu.benchmarks.suites.support import warm_up
from raymenu.instances import InputError, load

PROBLEMS: dict[Size, tuple[str, ...]] = {
    "smoke": ("figure_1,20",),
    "quick": ("two_task_many,200", "anaesthesia,50", "random_j8_i3,100", "refugees_region,100"),
    "full": (
        "two_task_many,1000",
        "anaesthesia,200",
        "anaesthesia,500",
        "random_j8_i3,200",
        "random_j12_i4,200",
        "refugees_region,200",
        "tax_collectors_city,200",
        "child_protection_county,1000",
    ),
}
METHODS = ("auto",)
REL_GAP = 1e-2
_NAME = re.compile(r"(\w+),(\d+)$")


def jobs(size: Size) -> list[Job]:
    """The standard jobs of a size."""
    limit = {"smoke": 10.0, "quick": 30.0, "full": 300.0}[size]
    return [
        Job("large-market", name, method, "", 0, limit, REL_GAP) for name, method in product(PROBLEMS[size], METHODS)
    ]


def run(job: Job, emit: Emit) -> dict[str, Any]:
    """Solve (5) to the gap; what its ``check`` recomputes from the menus comes along."""
    found = _NAME.match(job.problem)
    if found is None:
        raise InputError(f"{job.problem!r} is no problem: write INSTANCE,types", field="problem")
    inst = load(found[1])
    types = inst.types(int(found[2]), job.seed)
    warm_up(job.method, inst.n_tasks, emit)
    emit("ready")
    start = time.perf_counter()
    solved = raymenu.solve_large_market(
        inst,
        types=types,
        rel_gap=job.rel_gap,
        method=job.method,
        time_limit=job.time_limit,
        progress=lambda number, lower, upper: emit("event", lower=lower, upper=upper),
    )
    return {
        "status": solved.status,
        "lower": solved.lower,
        "upper": solved.upper,
        "rounds": solved.rounds,
        "seconds": time.perf_counter() - start,
        "check": solved.check().ok(),
    }


def verify(rows: Sequence[Row]) -> dict[str, Verdict]:
    """The lotteries pass their checks, the status is earned, and intervals of the same problem overlap."""
    verdicts: dict[str, Verdict] = {}
    done = [row for row in rows if row.outcome == "done"]
    for row in rows:
        if row not in done:
            verdicts[row.job.key] = Verdict("none")
            continue
        lower, upper = row.result["lower"], row.result["upper"]
        slack = 1e-9 * abs(upper)
        reasons = [] if row.result["check"] else ["its lotteries fail their checks"]
        if row.result["status"] == "optimal" and (
            lower is None or upper - lower > row.job.rel_gap * abs(upper) + slack
        ):
            reasons.append(f"says optimal at [{lower}, {upper}]")
        for other in done:
            same = (other.job.problem, other.job.seed) == (row.job.problem, row.job.seed)
            if same and lower is not None and lower > other.result["upper"] + slack:
                reasons.append(f"claims lower {lower:.10g}, {other.job.solver} has a mechanism that costs less")
        solved = not reasons and row.result["status"] == "optimal" and row.seconds <= row.job.time_limit
        verdicts[row.job.key] = Verdict("wrong" if reasons else "ok", tuple(reasons), solved)
    return verdicts


SUITE = Suite("large-market", "the large-market program (5)", jobs, run, verify)
