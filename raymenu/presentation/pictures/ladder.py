"""The ladder of programs on one axis of social cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from raymenu.presentation.pictures.canvas import INK, MARK, MUTED, TAKE, literal


class Rung(Protocol):
    """A named interval of social cost."""

    @property
    def name(self) -> str: ...
    @property
    def lower(self) -> float: ...
    @property
    def upper(self) -> float: ...


def draw_ladder(
    rungs: Sequence[Rung], title: str, labels: Mapping[str, str] | None = None, highlight: str | None = None
) -> Figure:
    """One line a rung, from cheap to dear; an interval is a bar, a number a dot.

    Parameters
    ----------
    rungs
        With ``name`` and ``lower <= upper`` in units of social cost.
    labels
        What rungs are called in the picture, by name; default the names.
    highlight
        Name of the rung to stand out: the mechanism recommended.
    """
    figure = Figure(figsize=(9.5, 0.38 * len(rungs) + 1.3), layout="constrained")
    ladder_on(figure.add_subplot(), rungs, title, labels, highlight)
    return figure


def ladder_on(
    axes: Axes, rungs: Sequence[Rung], title: str, labels: Mapping[str, str] | None = None, highlight: str | None = None
) -> None:
    """The same on axes at hand."""
    low, high = min(r.lower for r in rungs), max(r.upper for r in rungs)
    margin = 0.04 * (high - low or 1.0)
    for place, rung in enumerate(rungs):
        colour = MARK if rung.name == highlight else TAKE
        middle = (rung.lower + rung.upper) / 2
        axes.plot([low - margin, middle], [place, place], color="#e4e8eb", linewidth=1, zorder=1)
        axes.plot([rung.lower, rung.upper], [place, place], color=colour, linewidth=7, solid_capstyle="butt", zorder=2)
        wide = rung.upper - rung.lower > 5e-5 * max(abs(high), 1e-12)
        if not wide:
            axes.plot([middle], [place], "o", color=colour, markersize=7, zorder=3)
        label = f"{rung.lower:.4g} – {rung.upper:.4g}" if wide else f"{middle:.4g}"
        axes.annotate(
            label, (rung.upper, place), (9, 0), textcoords="offset points", va="center", color=INK, fontsize=9
        )
    axes.set_yticks(range(len(rungs)), [literal((labels or {}).get(rung.name, rung.name)) for rung in rungs], color=INK)
    axes.set_ylim(len(rungs) - 0.4, -0.6)
    axes.set_xlim(low - margin, high + 5 * margin)
    axes.set_xlabel("expected social cost", color=MUTED)
    axes.set_title(literal(title), loc="left", color=INK, fontsize=12)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", colors=MUTED)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(MUTED)
