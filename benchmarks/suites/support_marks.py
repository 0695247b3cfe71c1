"""The certified support function against its marks: ``python -m raymenu.benchmarks.suites.support_marks``.

Family U(I, S, seed): costs uniform on [0.5, 2], equal weights, endowment 1, w uniform on [0.2, 1] ("pos") or [-0.5, 1]
("mix"). Times are in Y, what numpy needs for ``(costs @ R.T <= 0).mean(0)`` with 10,000 rays, S = 1,000, I = 4,
measured anew before each solve, so that a busy machine counts less. ``--scip`` adds the multiplier MIQCP in SCIP (half
an hour).
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes
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


def family_u(tasks: int, size: int, seed: int, kind: str) -> tuple[FiniteTypes, NDArray[np.float64]]:
    """Types and w of U(I, S, seed), drawn in the order costs, w."""
    rng = np.random.default_rng(seed)
    costs = rng.uniform(0.5, 2.0, (size, tasks))
    w = rng.uniform(0.2, 1.0, tasks) if kind == "pos" else rng.uniform(-0.5, 1.0, tasks)
    return FiniteTypes(costs), w


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


def timed(types: FiniteTypes, w: NDArray[np.float64], **options: float | str) -> tuple[SupportResult, float]:
    """A result and the wall-clock time of the whole call, in Y."""
    unit = unit_time()
    start = time.perf_counter()
    result = support_function(types, np.ones(w.size), w, **options)  # type: ignore[arg-type]
    return result, (time.perf_counter() - start) / unit


def measure(mark: Mark, seeds: int, time_limit: float) -> None:
    """Print one line a kind: median, worst, the seeds that did not close."""
    for kind in ("pos", "mix"):
        times, work, still_open = [], [], []
        for seed in range(seeds):
            types, w = family_u(mark.tasks, mark.size, seed, kind)
            result, spent = timed(types, w, rel_gap=mark.rel_gap, time_limit=time_limit)
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
        types, w = family_u(3, size, 0, "pos")
        ours, spent = timed(types, w, rel_gap=1e-4)
        theirs, scip_spent = timed(types, w, method="miqcp", rel_gap=1e-4, time_limit=time_limit)
        print(
            f"I=3 S={size}: certified [{ours.lower:.6f}, {ours.upper:.6f}] {ours.status} in {ours.seconds:.4f} s; "
            f"SCIP [{theirs.lower:.6f}, {theirs.upper:.6f}] {theirs.status} in {theirs.seconds:.1f} s: "
            f"{scip_spent / spent:,.0f} times",
            flush=True,
        )


def main() -> None:
    """Compile, then measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--time-limit", type=float, default=60.0, help="seconds a solve")
    parser.add_argument("--growth", action="store_true", help="also how the time grows")
    parser.add_argument("--scip", type=float, metavar="SECONDS", help="also SCIP, with this time limit")
    options = parser.parse_args()
    start = time.perf_counter()
    for tasks in (2, 3):
        timed(*family_u(tasks, 20, 0, "pos"))
    print(f"compiled or loaded in {time.perf_counter() - start:.1f} s; Y = {unit_time():.4f} s")
    for mark in MARKS + (GROWTH if options.growth else ()):
        measure(mark, options.seeds, options.time_limit)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    if options.scip:
        against_scip(options.scip)


if __name__ == "__main__":
    main()
