"""``report.md``: what one run of a benchmark found, as text that reads well and is small enough to be kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from raymenu.benchmarks.harness.jobs import Row, Verdict
from raymenu.benchmarks.reports.report import LEGEND, summary_table
from raymenu.benchmarks.reports.summary import (
    Curve,
    best_values,
    gap,
    gap_curve,
    lower_curve,
    problem_of,
    profiles,
    shape_of,
    solvers,
    summarize,
)

FACTORS = (1.0, 2.0, 10.0, 100.0, 1000.0)
MOMENTS = (0.01, 0.1, 1.0, 10.0, 60.0)
Lines = list[list[str]]


def markdown(title: str, rows: Sequence[Row], verdicts: Mapping[str, Verdict], facts: Mapping[str, Any]) -> str:
    """The report.

    Parameters
    ----------
    facts
        ``machine``, ``invocations``, ``limits`` and ``finished``, as the store keeps them.
    """
    names = solvers(rows)
    summary = summary_table(summarize(rows, verdicts))
    parts = [f"# {title}", _made(rows, facts), _machine(facts["machine"]), _limits(rows, facts)]
    parts += ["## Summary", _table(summary), LEGEND]
    parts += ["## Performance profile", _PROFILE, _table(_profile(rows, verdicts))]
    if any(row.events for row in rows):
        parts += ["## The gap over time", _ANYTIME, _table(_anytime(rows, gap_curve))]
        best = best_values(rows, verdicts)
        if best:
            parts += [_MENUS, _table(_anytime(rows, lambda row: lower_curve(row, best.get(problem_of(row), np.inf))))]
    growth = _growth(rows, verdicts)
    if len(growth) > 1:
        parts += ["## Growth in tasks and types", _GROWTH, _table(growth)]
    parts += ["## Failures", *_failures(rows, verdicts)]
    grid = [["problem", "seed", *names]]
    for problem, seed in sorted({problem_of(row) for row in rows}):
        found = {row.job.solver: row for row in rows if problem_of(row) == (problem, seed)}
        grid.append([f"`{problem}`", str(seed), *(_reached(found.get(name), verdicts) for name in names)])
    return "\n\n".join([*parts, "## Every problem", _GRID, _table(grid)]) + "\n"


_PROFILE = (
    "Share of all problems solved within a factor of the best time of any solver on that problem (Dolan and More 2002)."
)
_ANYTIME = (
    "Mean relative gap `(upper - lower) / max(|lower|, |upper|)` after so many seconds, over problems not refused; 1 "
    "before there are two bounds, and for good where a method proves no upper bound."
)
_MENUS = (
    "The same for menus alone: how far the best menu told of is below the best verified value, relative to that. Here "
    "methods that only look for menus can be seen at work."
)
_GROWTH = (
    "Random problems `U(I,S,...)`: median seconds of those solved; in brackets how many, where not all were. Refused "
    "ones are left empty."
)
_GRID = "Seconds where solved, else the gap or what happened."


def _made(rows: Sequence[Row], facts: Mapping[str, Any]) -> str:
    calls = facts["invocations"]
    commands = list(dict.fromkeys(call["command"] for call in calls))
    begun = ", then ".join(call["started"] for call in calls)
    parts = "" if len(calls) == 1 else f" in {len(calls)} parts (interrupted or resumed)"
    load = ", ".join(f"{call['load']:.1f}" for call in calls)
    made = ", then ".join(f"`{command}`" for command in commands)
    return (
        f"Made by {made}{parts}: {len(rows)} runs, started {begun}, last row {facts['finished']}. Load of the machine "
        f"just before: {load}."
    )


def _machine(machine: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    host = f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB, {machine['system']}"
    return f"Machine: {host}. Versions: {versions}."


def _limits(rows: Sequence[Row], facts: Mapping[str, Any]) -> str:
    limits = facts["limits"]
    times = ", ".join(f"{t:g}" for t in sorted({row.job.time_limit for row in rows}))
    killed = ", ".join(f"{t:g}" for t in sorted({row.job.hard_limit for row in rows}))
    gaps = ", ".join(f"{100 * g:g}%" for g in sorted({row.job.rel_gap for row in rows}))
    shares = [row.result["cpu_seconds"] / row.result["wall_seconds"] for row in rows if _long_enough(row)]
    busy = ""
    if shares:
        low, middle = np.quantile(shares, [0.1, 0.5])
        busy = f" Of the runs of a second or more, the median had {100 * middle:.0f}% of a core, a tenth had less than "
        busy += f"{100 * low:.0f}%."
    return (
        f"Limits: {times} s a run by wall clock (told to the method; killed at {killed} s), {limits['memory_mb']:g} "
        f"MB, gap {gaps}; {limits['workers']} at a time, each in a process of its own with one thread.{busy}"
    )


def _long_enough(row: Row) -> bool:
    return "cpu_seconds" in row.result and float(row.result["wall_seconds"]) >= 1.0


def _profile(rows: Sequence[Row], verdicts: Mapping[str, Verdict]) -> Lines:
    curves = profiles(rows, verdicts)
    lines = [["solver", *(f"{factor:g}" for factor in FACTORS), "any"]]
    for line in summarize(rows, verdicts):
        ratios, shares = curves[line.solver]
        steps = np.r_[0.0, shares]
        at = [steps[np.searchsorted(ratios, factor * (1 + 1e-9), side="right")] for factor in (*FACTORS, np.inf)]
        lines.append([line.solver, *(f"{100 * share:.0f}%" for share in at)])
    return lines


def _anytime(rows: Sequence[Row], curve: Callable[[Row], Curve]) -> Lines:
    limit = max(row.job.time_limit for row in rows)
    moments = np.array([*(moment for moment in MOMENTS if moment < limit), limit])
    lines = [["solver", *(f"{moment:g} s" for moment in moments)]]
    for solver in solvers(rows):
        own = [curve(row) for row in rows if row.job.solver == solver and row.outcome != "refused"]
        if own:
            found = [np.r_[1.0, values][np.searchsorted(times, moments, side="right")] for times, values in own]
            lines.append([solver, *(f"{value:.2g}" for value in np.mean(found, axis=0))])
    return lines


def _growth(rows: Sequence[Row], verdicts: Mapping[str, Verdict]) -> Lines:
    names = solvers(rows)
    shapes = sorted({shape for row in rows if (shape := shape_of(row)) is not None})
    lines = [["I", "S", *names]]
    for shape in shapes:
        line = [str(number) for number in shape]
        for name in names:
            own = [row for row in rows if row.job.solver == name and shape_of(row) == shape]
            tried = [row for row in own if row.outcome != "refused"]
            times = [row.seconds for row in tried if verdicts[row.job.key].solved]
            some = "" if len(times) == len(tried) else f" ({len(times)} of {len(tried)})"
            line.append((f"{np.median(times):.3g}{some}" if times else f"0 of {len(tried)}") if tried else "")
        lines.append(line)
    return lines


def _failures(rows: Sequence[Row], verdicts: Mapping[str, Verdict]) -> list[str]:
    wrong = [row for row in rows if verdicts[row.job.key].standing == "wrong"]
    paragraphs = [
        "Claims that the check outside the solver caught as wrong: " + (f"{len(wrong)}." if wrong else "none.")
    ]
    broken = [row for row in rows if row.outcome in ("timeout", "memory", "crashed")]
    if wrong or broken:
        lines = [["solver", "problem", "seed", "what", "why"]]
        for row in [*wrong, *broken]:
            verdict = verdicts[row.job.key]
            what = "wrong" if verdict.standing == "wrong" else row.outcome
            why = "; ".join(verdict.reasons) or row.message
            lines.append([row.job.solver, f"`{row.job.problem}`", str(row.job.seed), what, why.replace("|", "/")])
        paragraphs.append(_table(lines))
    stopped = [
        f"{solver}: {count}"
        for solver in solvers(rows)
        if (count := sum(row.job.solver == solver and row.result.get("status") == "feasible" for row in rows))
    ]
    if stopped:
        paragraphs.append("Stopped at a limit with an interval wider than asked for: " + ", ".join(stopped) + ".")
    late = sum(_late(row, verdicts[row.job.key]) for row in rows)
    if late:
        paragraphs.append(f"Closed the gap, but after the time limit, and so not solved: {late}.")
    refused: dict[tuple[str, str], int] = {}
    for row in rows:
        if row.outcome == "refused":
            key = row.job.solver, row.message
            refused[key] = refused.get(key, 0) + 1
    paragraphs += [f"Refused, {count} x: {solver} ({message})." for (solver, message), count in refused.items()]
    return paragraphs


def _reached(row: Row | None, verdicts: Mapping[str, Verdict]) -> str:
    """What a solver made of a problem, in a word: its seconds where solved, else the gap or the failure."""
    if row is None:
        return ""
    verdict = verdicts[row.job.key]
    if verdict.standing == "wrong":
        return "**WRONG**"
    if verdict.solved:
        return f"{row.seconds:.3g} s"
    if row.outcome != "done":
        return row.outcome
    if _late(row, verdict):
        return f"late, {row.seconds:.3g} s"
    lower, upper = row.result.get("lower"), row.result.get("upper")
    return "no bound" if lower is None or upper is None else f"gap {100 * gap(lower, upper):.2g}%"


def _late(row: Row, verdict: Verdict) -> bool:
    """Whether the answer came after the time limit."""
    return verdict.standing == "ok" and not verdict.solved and row.result.get("status") == "optimal"


def _table(lines: Sequence[Sequence[str]]) -> str:
    head, *rest = lines
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *rest])
