"""Who hands which tasks to whom: givers to the left, takers to the right, bands as wide as the amounts."""

from __future__ import annotations

from collections import defaultdict

import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path

from raymenu.instances.text import printable
from raymenu.presentation.pictures.canvas import INK, MUTED, TASKS, literal

MOST_BANDS = 60
"""Hand-overs drawn, the largest first."""
LONGEST_NAME = 30
Band = tuple[str, str, str, float]


def draw_handovers(graph: nx.MultiDiGraph, title: str) -> Figure:
    """Bands from givers to takers, a colour for each task.

    Parameters
    ----------
    graph
        As of ``Allocation.handovers``: edges with ``task`` and ``amount``.
    """
    bands: list[Band] = [(giver, taker, data["task"], data["amount"]) for giver, taker, data in graph.edges(data=True)]
    bands = sorted(bands, key=lambda band: -band[3])
    hidden = len(bands[MOST_BANDS:])
    bands = bands[:MOST_BANDS]
    sides = [sorted({band[0] for band in bands}), sorted({band[1] for band in bands})]
    agents = max(len(side) for side in sides) if bands else 1
    figure = Figure(figsize=(8.5, max(2.2, 0.42 * agents + 1.6)), layout="constrained")
    axes = figure.add_subplot()
    axes.set_axis_off()
    note = f" (without the {hidden} smallest)" if hidden else ""
    axes.set_title(literal(title) + note, loc="left", color=INK, fontsize=12)
    if not bands:
        axes.text(0.5, 0.5, "nobody hands anything over", ha="center", color=MUTED)
        return figure
    tasks = sorted({band[2] for band in bands})
    colours = {task: TASKS[i % len(TASKS)] for i, task in enumerate(tasks)}
    gap = 0.12 * sum(band[3] for band in bands) / agents
    places = [_stack(axes, bands, side, k, gap) for k, side in enumerate(sides)]
    for giver, taker, task, size in bands:
        left, right = places[0][giver], places[1][taker]
        _band(axes, left.pop(0), right.pop(0), size, colours[task])
    axes.set_xlim(-0.45, 1.45)
    axes.set_ylim(sum(band[3] for band in bands) + gap * agents, -gap)
    handles = [Patch(color=colours[task], label=literal(task)) for task in tasks]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(len(tasks), 6), frameon=False, fontsize=9)
    return figure


def _stack(axes: Axes, bands: list[Band], agents: list[str], side: int, gap: float) -> dict[str, list[float]]:
    """Where each agent's bands begin on one side, in the order of the bands; writes the names beside them."""
    starts: dict[str, list[float]] = defaultdict(list)
    at = 0.0
    for agent in agents:
        first = at
        for band in bands:
            if band[side] == agent:
                starts[agent].append(at)
                at += band[3]
        x, align = (-0.02, "right") if side == 0 else (1.02, "left")
        name = literal(printable(agent, LONGEST_NAME))
        axes.text(x, (first + at) / 2, name, ha=align, va="center", fontsize=9, color=INK, in_layout=False)
        at += gap
    return starts


def _band(axes: Axes, left: float, right: float, size: float, colour: str) -> None:
    there, back = [(0, left), (0.5, left), (0.5, right), (1, right)], [(1, right), (0.5, right), (0.5, left), (0, left)]
    corners = np.array([*there, *((x, y + size) for x, y in back), (0, left)])
    codes = [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4, Path.LINETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
    axes.add_patch(PathPatch(Path(corners, [*codes, Path.CLOSEPOLY]), facecolor=colour, edgecolor="white", alpha=0.75))
