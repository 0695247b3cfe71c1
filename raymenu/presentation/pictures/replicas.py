"""Replica economies: the cost per copy as the market grows."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from raymenu.presentation.pictures.canvas import INK, MARK, MUTED, TAKE, literal
from raymenu.solvers.eopr.robustness import RobustnessRow
from raymenu.solvers.eopr.simulation import Simulation


def draw_replicas(
    simulations: Sequence[Simulation], title: str, large_market: tuple[float, float] | None = None
) -> Figure:
    """Mean cost per copy against the number of copies, with two standard errors; Proposition 3 made visible.

    Parameters
    ----------
    simulations
        On the types the menus were solved on, on fresh draws, or both.
    large_market
        The certified interval of the large market's value, which the first of them tends to.
    """
    figure = Figure(figsize=(7.5, 4.5), layout="constrained")
    replicas_on(figure.add_subplot(), simulations, title, large_market)
    return figure


def replicas_on(
    axes: Axes, simulations: Sequence[Simulation], title: str, large_market: tuple[float, float] | None = None
) -> None:
    """The same on axes at hand."""
    for simulation, colour in zip(simulations, (TAKE, MARK)):
        label = "types the menus were solved on" if simulation.in_sample else "fresh draws"
        axes.errorbar(
            simulation.replicas,
            simulation.cost,
            yerr=2 * simulation.stderr,
            fmt="o-",
            color=colour,
            label=label,
            capsize=3,
        )
    axes.axhline(simulations[0].endowment_cost, color=MUTED, linestyle="--", linewidth=1, label="endowment")
    if large_market is not None:
        axes.axhspan(*large_market, color=TAKE, alpha=0.2, label="large market, certified")
    axes.set_xscale("log")
    axes.set_xlabel("copies of the market", color=MUTED)
    axes.set_ylabel("social cost per copy", color=MUTED)
    axes.set_title(literal(title), loc="left", color=INK, fontsize=12)
    axes.legend(frameon=False, fontsize=9)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def draw_robustness(rows: Sequence[RobustnessRow], title: str) -> Figure:
    """One line a scenario: mean cost with two standard errors, and the highest draw, against the endowment's cost."""
    figure = Figure(figsize=(8.5, 0.5 * len(rows) + 1.6), layout="constrained")
    axes = figure.add_subplot()
    for place, row in enumerate(rows):
        axes.errorbar([row.cost], [place], xerr=[2 * row.stderr], fmt="o", color=TAKE, capsize=3)
        axes.plot([row.highest], [place], "|", color=MARK, markersize=12)
    axes.axvline(rows[0].endowment, color=MUTED, linestyle="--", linewidth=1)
    axes.annotate("endowment", (rows[0].endowment, -0.6), (4, 0), textcoords="offset points", color=MUTED, fontsize=9)
    axes.set_yticks(range(len(rows)), [literal(row.name) for row in rows], color=INK)
    axes.set_ylim(len(rows) - 0.4, -0.9)
    axes.set_xlabel("social cost: mean, and highest draw (bar)", color=MUTED)
    axes.set_title(literal(title), loc="left", color=INK, fontsize=12)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    return figure
