"""The pictures of a benchmark, as SVG text that a page can hold."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from raymenu.benchmarks.harness.jobs import Row, Verdict
from raymenu.benchmarks.reports.summary import (
    Curve,
    best_values,
    gap_curve,
    growth,
    lower_curve,
    problem_of,
    profiles,
    solvers,
)


def pictures(rows: Sequence[Row], verdicts: Mapping[str, Verdict]) -> dict[str, str]:
    """Captions and pictures; those that would be empty are left out."""
    best = best_values(rows, verdicts)
    drawn = {
        "Performance profiles: share of problems solved within a factor of the best time": _profiles(rows, verdicts),
        "Anytime: mean gap over time (1 before the first bounds), over problems not refused": _anytime(
            rows, gap_curve, "mean gap"
        ),
        "Menus: mean distance of the best menu told of from the best verified value, over time": _anytime(
            rows, lambda row: lower_curve(row, best.get(problem_of(row), np.inf)), "mean distance"
        ),
        "Growth: median seconds of the random problems solved, by types S": _growth(rows, verdicts),
    }
    return {caption: picture for caption, picture in drawn.items() if picture is not None}


def _profiles(rows: Sequence[Row], verdicts: Mapping[str, Verdict]) -> str | None:
    curves = {solver: curve for solver, curve in profiles(rows, verdicts).items() if curve[0].size}
    if not curves:
        return None
    figure, axes = _axes("time / best time", "share of problems")
    last = max(float(ratios[-1]) for ratios, _ in curves.values()) * 2
    for solver, (ratios, shares) in curves.items():
        axes.step(
            np.r_[1.0, ratios, last],
            np.r_[0.0, shares, shares[-1]],
            where="post",
            label=solver,
            color=_colour(rows, solver),
        )
    axes.set_xscale("log")
    axes.set_ylim(0, 1.03)
    return _svg(figure, axes)


def _anytime(rows: Sequence[Row], curve: Callable[[Row], Curve], what: str) -> str | None:
    figure, axes = _axes("seconds", what)
    drawn = False
    for solver in solvers(rows):
        own = [row for row in rows if row.job.solver == solver and row.outcome != "refused"]
        curves = [curve(row) for row in own]
        if not any(times.size for times, _ in curves):
            continue
        grid = np.geomspace(1e-3, max(row.job.time_limit for row in own), 200)
        mean = np.mean([_at(grid, times, gaps) for times, gaps in curves], axis=0)
        axes.plot(grid, mean, label=solver, color=_colour(rows, solver))
        drawn = True
    axes.set_xscale("log")
    axes.set_ylim(-0.03, 1.03)
    return _svg(figure, axes) if drawn else None


def _at(grid: np.ndarray, times: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    """The gap at each time of the grid."""
    found: np.ndarray = (
        np.r_[1.0, gaps][np.searchsorted(times, grid, side="right")] if times.size else np.ones(grid.size)
    )
    return found


def _growth(rows: Sequence[Row], verdicts: Mapping[str, Verdict]) -> str | None:
    lines = growth(rows, verdicts)
    if not lines:
        return None
    figure, axes = _axes("types S", "seconds")
    styles = {2: "-", 3: "--", 4: "-.", 5: ":", 6: (0, (1, 4))}
    for solver, by_tasks in sorted(lines.items()):
        for n_tasks, (sizes, seconds) in sorted(by_tasks.items()):
            style = styles.get(n_tasks, "-")
            name, colour = f"{solver}, I={n_tasks}", _colour(rows, solver)
            axes.plot(sizes, seconds, marker="o", color=colour, linestyle=style, label=name)
    axes.set_xscale("log")
    axes.set_yscale("log")
    return _svg(figure, axes)


def _colour(rows: Sequence[Row], solver: str) -> str:
    """The same solver has the same colour in every picture."""
    return f"C{solvers(rows).index(solver) % 10}"


def _axes(x: str, y: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(8.0, 4.2), layout="constrained")
    axes = figure.subplots()
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(alpha=0.3)
    return figure, axes


def _svg(figure: Figure, axes: Axes) -> str:
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize="small", frameon=False)
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()[text.getvalue().index("<svg") :]
