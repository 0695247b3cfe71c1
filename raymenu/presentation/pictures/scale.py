"""What families of menus save as the market grows, and where they cross."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure

from raymenu.presentation.pictures.canvas import INK, MUTED, TASKS, literal


def draw_scale(
    curves: Mapping[str, Mapping[int, tuple[float, float]]], large_market: tuple[float, float] | None, title: str
) -> Figure:
    """One line a family over the copies of the market, with two standard errors, under the large market's value.

    Parameters
    ----------
    curves
        By family and number of copies, the gain a copy and its standard error.
    large_market
        Certified interval of the large market's gain a copy, on its own types; left out where None.
    """
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    if large_market is not None:
        low, high = large_market
        axes.axhspan(low, high, color=MUTED, alpha=0.35, lw=0)
        axes.text(1, high, "what menus can save in the large market", color=MUTED, va="bottom", fontsize=9)
    for (name, points), colour in zip(curves.items(), TASKS):
        copies = sorted(points)
        gains = [points[n][0] for n in copies]
        errors = [2 * points[n][1] for n in copies]
        axes.errorbar(copies, gains, yerr=errors, color=colour, marker="o", ms=4, lw=1.6, capsize=2, label=name)
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("copies of each agent", color=INK)
    axes.set_ylabel("saved a copy (social cost)", color=INK)
    axes.set_title(literal(title), color=INK, loc="left", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9, loc="lower right")
    return figure
