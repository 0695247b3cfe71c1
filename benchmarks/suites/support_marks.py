"""The certified support function against its marks.

On family U (``generators.support_problem``). Times are in Y, what numpy needs for ``(costs @ R.T <= 0).mean(0)`` with
10,000 rays, S = 1,000, I = 4, measured anew before each solve, so that a busy machine counts less. ``--scip`` adds the
multiplier MIQCP in SCIP (half an hour).
"""

from __future__ import annotations

import resource
import statistics
import time
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import typer

from raymenu.instances.generators import KINDS, SupportProblem, support_problem
from raymenu.solvers.support import SupportResult, support_function


@dataclass(frozen=True)
class Mark:
    """A size and a gap, and the median and worst time aimed at, in Y."""

    tasks: int
    size: int
    rel_gap: float
    median: float
    worst: float


MARKS = (
    Mark(2, 10**6, 1e-3, 1, 2),
    Mark(3, 1000, 1e-3, 1.5, 3),
    Mark(3, 10**4, 1e-3, 6, 12),
    Mark(4, 1000, 1e-3, 4, 8),
    Mark(5, 1000, 1e-3, 30, 100),
    Mark(3, 10**5, 1e-2, 40, 80),
    Mark(4, 10**4, 1e-2, 25, 50),
    Mark(6, 300, 1e-2, 60, 400),
)
GROWTH = (
    *(Mark(3, 1000, gap, 0, 0) for gap in (1e-2, 1e-4, 1e-5)),
    *(Mark(3, size, 1e-2, 0, 0) for size in (100, 10**4)),
    *(Mark(tasks, 200, 1e-2, 0, 0) for tasks in (3, 4, 5, 6, 7)),
)
"""How the time grows in the gap, in the types and in the tasks: measured with ``--growth``, no marks."""


def unit_time(repeats: int = 5) -> float:
    """Y in seconds, the median of a few."""
    rng = np.random.default_rng(0)
    costs, rays = rng.uniform(0.5, 2.0, (1000, 4)), rng.normal(size=(10_000, 4))
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        (costs @ rays.T <= 0).mean(0)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def timed(problem: SupportProblem, **options: float | str) -> tuple[SupportResult, float]:
    """A result and the wall-clock time of the whole call, in Y."""
    unit = unit_time()
    start = time.perf_counter()
    result = support_function(problem.types, problem.endowment, problem.w, **options)  # type: ignore[arg-type]
    return result, (time.perf_counter() - start) / unit


def measure(mark: Mark, seeds: int, time_limit: float) -> None:
    """Print one line a kind: median, worst, the seeds that did not close."""
    for kind in KINDS:
        times, work, still_open = [], [], []
        for seed in range(seeds):
            problem = support_problem(mark.tasks, mark.size, seed, kind)
            result, spent = timed(problem, rel_gap=mark.rel_gap, time_limit=time_limit)
            times.append(spent)
            work.append(result.work.get("visits", 0))
            if result.status != "optimal":
                still_open.append(f"seed {seed} at {result.gap / result.gain:.1e}")
        aim = f"{mark.median:g} / {mark.worst:g}" if mark.worst else ""
        print(
            f"I={mark.tasks} S={mark.size:<8} gap {mark.rel_gap:.0e} {kind}  median {statistics.median(times):8.2f}  "
            f"worst {max(times):8.2f}  (aim {aim:>8})  looks at a type {statistics.median(work):.1e} / "
            f"{max(work):.1e}  open: {', '.join(still_open) or 'none'}",
            flush=True,
        )


def against_scip(time_limit: float) -> None:
    """I=3: S=12 until SCIP closes, S=30 until its time limit, both in this process."""
    for size in (12, 30):
        problem = support_problem(3, size, 0)
        ours, spent = timed(problem, rel_gap=1e-4)
        theirs, scip_spent = timed(problem, method="miqcp", rel_gap=1e-4, time_limit=time_limit)
        print(
            f"I=3 S={size}: certified [{ours.lower:.6f}, {ours.upper:.6f}] {ours.status} in {ours.seconds:.4f} s; "
            f"SCIP [{theirs.lower:.6f}, {theirs.upper:.6f}] {theirs.status} in {theirs.seconds:.1f} s: "
            f"{scip_spent / spent:,.0f} times",
            flush=True,
        )


def main(
    seeds: Annotated[int, typer.Option(help="of each family")] = 10,
    time_limit: Annotated[float, typer.Option(help="seconds per solve")] = 60.0,
    growth: Annotated[bool, typer.Option("--growth", help="also how the time grows")] = False,
    scip: Annotated[float | None, typer.Option(help="also SCIP, with this time limit in seconds")] = None,
) -> None:
    """Measure the certified support function against its marks."""
    start = time.perf_counter()
    for tasks in (2, 3):
        timed(support_problem(tasks, 20, 0))
    print(f"compiled or loaded in {time.perf_counter() - start:.1f} s; Y = {unit_time():.4f} s")
    for mark in MARKS + (GROWTH if growth else ()):
        measure(mark, seeds, time_limit)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    if scip:
        against_scip(scip)
