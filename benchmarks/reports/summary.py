"""Summaries of rows: solved counts, shifted geometric means, performance profiles, primal-dual integrals, growth.

E. D. Dolan and J. J. More (2002), "Benchmarking optimization software with performance profiles", Mathematical
Programming 91; T. Berthold (2013), "Measuring the impact of primal heuristics", Operations Research Letters 41.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raymenu.benchmarks.harness.jobs import Outcome, Row, Verdict

Floats = NDArray[np.float64]
Curve = tuple[Floats, Floats]
"""Times, and the value from each on."""
SHIFT_SECONDS = 1.0
SHOWN = frozenset({"lower", "upper", "value", "seconds", "cpu_seconds", "wall_seconds"})
"""Numbers of a result that have their own place; the medians of all others are shown."""
MIN_SECONDS = 1e-3
"""Times below are counted as this much: ratios of microseconds say nothing."""


@dataclass(frozen=True)
class Line:
    """One solver's line of the summary.

    Attributes
    ----------
    solved
        Rows whose answer is verified and complete (the gap reached, within the limit).
    seconds
        Shifted geometric mean, rows without a complete answer counted at the time limit.
    ratio
        Geometric mean, over the rows it solved, of its time over the best time on that problem; None without such rows.
    best_within
        Rows that lack nothing of the best verified value of their problem but the gap asked for; None where no value
        is compared.
    integral
        Mean over rows of the primal-dual integral over the time limit, from 0 (closed at once) to 1; None where no row
        has events or bounds.
    medians
        Over the rows, of what else the suite counts or times: rounds, rows, seconds of building.
    """

    solver: str
    rows: int
    solved: int
    wrong: int
    outcomes: Mapping[Outcome, int]
    seconds: float
    ratio: float | None
    best_within: int | None
    integral: float | None
    peak_mb: float
    medians: Mapping[str, float]


def shifted_geometric_mean(values: Sequence[float], shift: float = SHIFT_SECONDS) -> float:
    """``exp(mean(log(v + shift))) - shift``.

    Examples
    --------
    >>> round(shifted_geometric_mean([1.0, 1.0, 9.0], shift=1.0), 4)
    2.42
    """
    return float(np.exp(np.log(np.asarray(values) + shift).mean()) - shift)


def cost_seconds(row: Row, verdict: Verdict) -> float:
    """The time a row counts for: its own where it solved the problem, else infinity."""
    return max(row.seconds, MIN_SECONDS) if verdict.solved else np.inf


def summarize(rows: Sequence[Row], verdicts: Mapping[str, Verdict]) -> list[Line]:
    """One line a solver, the ones that solve most first."""
    best, fastest = best_values(rows, verdicts), best_times(rows, verdicts)
    lines = []
    for solver in solvers(rows):
        own = [row for row in rows if row.job.solver == solver]
        judged = [verdicts[row.job.key] for row in own]
        counted = [cost_seconds(row, verdict) for row, verdict in zip(own, judged)]
        times = [seconds if np.isfinite(seconds) else row.job.time_limit for row, seconds in zip(own, counted)]
        outcomes: dict[Outcome, int] = {}
        for row in own:
            outcomes[row.outcome] = outcomes.get(row.outcome, 0) + 1
        integrals = [primal_dual_integral(row) for row in own if row.outcome not in ("refused",)]
        known = [value for value in integrals if value is not None]
        lines.append(
            Line(
                solver=solver,
                rows=len(own),
                solved=sum(verdict.solved for verdict in judged),
                wrong=sum(verdict.standing == "wrong" for verdict in judged),
                outcomes=outcomes,
                seconds=shifted_geometric_mean(times),
                ratio=_ratio(own, verdicts, fastest),
                best_within=sum(_reaches(row, verdicts[row.job.key], best) for row in own) if best else None,
                integral=float(np.mean(known)) if known else None,
                peak_mb=max(row.peak_mb for row in own),
                medians=_medians(own),
            )
        )
    return sorted(lines, key=lambda line: (-line.solved, line.seconds, line.solver))


def _medians(rows: Sequence[Row]) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for row in rows:
        for name, value in row.result.items():
            if name not in SHOWN and isinstance(value, int | float) and not isinstance(value, bool):
                found.setdefault(name, []).append(float(value))
    return {name: float(np.median(values)) for name, values in found.items()}


def solvers(rows: Sequence[Row]) -> list[str]:
    """The solvers that occur, sorted."""
    return sorted({row.job.solver for row in rows})


def problem_of(row: Row) -> tuple[str, int]:
    """What rows of different solvers are compared on."""
    return row.job.problem, row.job.seed


def best_values(rows: Sequence[Row], verdicts: Mapping[str, Verdict]) -> dict[tuple[str, int], float]:
    """The best verified value of each problem, over solvers that were not caught."""
    best: dict[tuple[str, int], float] = {}
    for row in rows:
        verdict = verdicts[row.job.key]
        if verdict.standing == "ok" and verdict.lower is not None:
            best[problem_of(row)] = max(best.get(problem_of(row), -np.inf), verdict.lower)
    return best


def best_times(rows: Sequence[Row], verdicts: Mapping[str, Verdict]) -> dict[tuple[str, int], float]:
    """The best time on each problem; infinite where nobody solved it."""
    best: dict[tuple[str, int], float] = {}
    for row in rows:
        seconds = cost_seconds(row, verdicts[row.job.key])
        best[problem_of(row)] = min(best.get(problem_of(row), np.inf), seconds)
    return best


def _ratio(
    rows: Sequence[Row], verdicts: Mapping[str, Verdict], fastest: Mapping[tuple[str, int], float]
) -> float | None:
    times = [(cost_seconds(row, verdicts[row.job.key]), fastest[problem_of(row)]) for row in rows]
    ratios = [time / best for time, best in times if np.isfinite(time)]
    return float(np.exp(np.mean(np.log(ratios)))) if ratios else None


def _reaches(row: Row, verdict: Verdict, best: Mapping[tuple[str, int], float]) -> bool:
    if verdict.standing != "ok" or verdict.lower is None:
        return False
    value = best[problem_of(row)]
    return verdict.lower >= value - row.job.rel_gap * abs(value)


def profiles(rows: Sequence[Row], verdicts: Mapping[str, Verdict]) -> dict[str, tuple[Floats, Floats]]:
    """Dolan-More performance profiles: for each solver the ratios at which it steps up, and the share solved there.

    The ratio of a row is its time over the best time of any solver on that problem; a problem nobody solved counts
    against everybody.
    """
    problems = sorted({problem_of(row) for row in rows})
    times = {(row.job.solver, problem_of(row)): cost_seconds(row, verdicts[row.job.key]) for row in rows}
    best = best_times(rows, verdicts)
    curves = {}
    for solver in solvers(rows):
        own = [(times.get((solver, problem), np.inf), best[problem]) for problem in problems]
        ratios = np.sort([time / fastest for time, fastest in own if np.isfinite(time)])
        curves[solver] = (ratios, np.arange(1, ratios.size + 1) / len(problems))
    return curves


def gap(lower: float | None, upper: float | None) -> float:
    """``(upper - lower) / max(|lower|, |upper|)``, at most 1; 1 without two bounds (Berthold 2013)."""
    if lower is None or upper is None or lower * upper < 0:
        return 1.0
    largest = max(abs(lower), abs(upper))
    return 0.0 if largest == 0 else float(np.clip((upper - lower) / largest, 0.0, 1.0))


def primal_dual_integral(row: Row) -> float | None:
    """The gap averaged over the time limit, from the row's events; None without any."""
    times, gaps = gap_curve(row)
    if times.size == 0:
        return None
    limit = row.job.time_limit
    inside = np.clip(np.append(times, limit), 0.0, limit)
    return float((inside[0] + (gaps * np.diff(inside)).sum()) / limit)


def gap_curve(row: Row) -> Curve:
    """Times and the gap from each on; before the first the gap is 1."""
    points = [(time, gap(lower, upper)) for time, lower, upper in row.events]
    if row.outcome == "done" and "lower" in row.result:
        points.append((row.seconds, gap(row.result["lower"], row.result["upper"])))
    if not points:
        return np.array([]), np.array([])
    times, gaps = (np.array(values) for values in zip(*sorted(points)))
    return times, np.minimum.accumulate(gaps)


_SHAPE = re.compile(r"U\((\d+),(\d+),")


def lower_curve(row: Row, best: float) -> Curve:
    """Times, and from each on how far the best menu told of is from the best known, relative to that; at most 1."""
    points = [(time, lower) for time, lower, _ in row.events if lower is not None]
    if row.outcome == "done" and row.result.get("lower") is not None:
        points.append((row.seconds, row.result["lower"]))
    if not points or not np.isfinite(best):
        return np.array([]), np.array([])
    times, lowers = (np.array(values) for values in zip(*sorted(points)))
    return times, np.clip((best - np.maximum.accumulate(lowers)) / max(abs(best), 1e-300), 0.0, 1.0)


def shape_of(row: Row) -> tuple[int, int] | None:
    """(I, S) of a random problem, None of others."""
    found = _SHAPE.match(row.job.problem)
    return (int(found[1]), int(found[2])) if found else None


def growth(rows: Sequence[Row], verdicts: Mapping[str, Verdict]) -> dict[str, dict[int, tuple[Floats, Floats]]]:
    """For each solver and I: the numbers of types S of the random problems, and the median seconds of those solved."""
    found: dict[str, dict[int, dict[int, list[float]]]] = {}
    for row in rows:
        shape = shape_of(row)
        if shape and verdicts[row.job.key].solved:
            by_size = found.setdefault(row.job.solver, {}).setdefault(shape[0], {})
            by_size.setdefault(shape[1], []).append(row.seconds)
    return {
        solver: {
            n_tasks: (
                np.array(sorted(by_size), dtype=float),
                np.array([np.median(by_size[s]) for s in sorted(by_size)]),
            )
            for n_tasks, by_size in by_tasks.items()
        }
        for solver, by_tasks in found.items()
    }
