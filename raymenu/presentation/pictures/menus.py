"""Menus as pictures: the triangle of types for three tasks, exchange rates and acceptance for any number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from raymenu.mechanisms import KEEP
from raymenu.presentation.offers_view import Offer
from raymenu.presentation.pictures.canvas import INK, MUTED, TASKS, WASH, literal
from raymenu.presentation.rounding import amount as amount_text

Floats = NDArray[np.float64]
CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, np.sqrt(3) / 2]])
COLUMNS = 3
POINTS = 500
"""Types drawn as points."""


def draw_menus(offers: Sequence[Offer], tasks: Sequence[str], title: str) -> Figure:
    """Draw menus: triangles of types where there are three tasks, bars of what is given and taken otherwise."""
    return _triangles(offers, tasks, title) if len(tasks) == 3 else _exchanges(offers, tasks, title)


def _triangles(offers: Sequence[Offer], tasks: Sequence[str], title: str) -> Figure:
    columns = min(COLUMNS, len(offers))
    rows = -(-len(offers) // columns)
    figure = Figure(figsize=(3.6 * columns, 3.5 * rows + 0.7), layout="constrained")
    figure.suptitle(
        f"{literal(title)}\na point is a type; the nearer to a corner, the more it minds that task",
        color=INK,
        fontsize=11,
    )
    for place, offer in enumerate(offers):
        triangle_on(figure.add_subplot(rows, columns, place + 1), offer, tasks)
    return figure


def triangle_on(axes: Axes, offer: Offer, tasks: Sequence[str]) -> None:
    """Types of three tasks as points of a triangle, and the part of it that each ray cuts off."""
    for k, ray in enumerate(offer.menu.rays):
        corner = _cut_off(ray)
        if len(corner) >= 3:
            axes.fill(*(corner @ CORNERS).T, color=WASH[k % len(WASH)], alpha=0.85, zorder=1)
    costs = offer.types.costs[:POINTS]
    directions = costs / costs.sum(axis=1, keepdims=True)
    chosen = offer.menu.choices(costs)
    colours = np.where(chosen == KEEP, MUTED, INK)
    x, y = (directions @ CORNERS).T
    axes.scatter(x, y, s=5, c=colours, linewidths=0, zorder=3)
    axes.plot(*CORNERS[[0, 1, 2, 0]].T, color=INK, linewidth=1.2, zorder=4)
    for point, task, (dx, dy) in zip(CORNERS, tasks, ((0, -0.03), (0, -0.03), (0, 0.02))):
        axes.text(
            point[0] + dx,
            point[1] + dy,
            literal(task),
            ha="center",
            va="bottom" if dy > 0 else "top",
            color=INK,
            fontsize=9,
        )
    for action, share, ray in zip(offer.actions[1:], offer.shares[1:], offer.menu.rays):
        corner = _cut_off(ray)
        if len(corner) >= 3:
            middle = corner.mean(axis=0) @ CORNERS
            said = f"{action.code} {share}"
            behind = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 1.5}
            axes.text(
                middle[0], middle[1], said, ha="center", va="center", fontsize=9, weight="bold", zorder=5, bbox=behind
            )
    axes.set_title(literal(offer.label), fontsize=10, color=INK, pad=12)
    axes.set_aspect("equal")
    axes.set_axis_off()


def _cut_off(ray: Floats) -> Floats:
    """Corners, as weights on the three tasks, of the part of the simplex where ``c . kappa <= 0``."""
    corner: list[Floats] = []
    for a in range(3):
        b = (a + 1) % 3
        if ray[a] <= 0:
            corner.append(np.eye(3)[a])
        if ray[a] * ray[b] < 0:
            share = ray[a] / (ray[a] - ray[b])
            corner.append((1 - share) * np.eye(3)[a] + share * np.eye(3)[b])
    return np.array(corner).reshape(-1, 3)


def _exchanges(offers: Sequence[Offer], tasks: Sequence[str], title: str) -> Figure:
    lines = sum(max(offer.menu.size, 1) for offer in offers)
    figure = Figure(figsize=(10, 0.4 * lines + 0.25 * len(offers) + 1.8), layout="constrained")
    handles = exchanges_on(figure.add_subplot(), offers, tasks, title)
    figure.legend(handles=handles, loc="outside lower center", ncols=min(len(tasks), 8), frameon=False, fontsize=9)
    return figure


def exchanges_on(axes: Axes, offers: Sequence[Offer], tasks: Sequence[str], title: str) -> list[Patch]:
    """What every exchange gives and takes, on axes at hand; returns the legend's handles."""
    steps = [action.most for offer in offers for action in offer.actions]
    reach = max([1e-9, *(float(np.abs(part).sum()) for x in steps for part in (np.minimum(x, 0), np.maximum(x, 0)))])
    place, ticks = 0.0, []
    for offer in offers:
        ticks.append((place + (max(offer.menu.size, 1) - 1) / 2, literal(offer.label)))
        for action, share in list(zip(offer.actions, offer.shares))[-offer.menu.size :] if offer.menu.size else []:
            _bar(axes, place, action.most, reach)
            axes.text(1.08 * reach, place, f"{action.code}: {share}", va="center", fontsize=9, color=INK)
            place += 1
        if offer.menu.size == 0:
            kept = "keeps the endowment" if offer.menu.kind == "rays" else "hands back what the designer takes"
            axes.text(0.02 * reach, place, kept, va="center", fontsize=9, color=MUTED, style="italic")
            place += 1
        place += 0.5
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks([tick for tick, _ in ticks], [label for _, label in ticks], color=INK)
    axes.set_ylim(place - 0.4, -0.8)
    axes.set_xlim(-1.05 * reach, 1.35 * reach)
    axes.set_xlabel("← gives up          tasks, if it goes as far as it may          takes on →", color=MUTED)
    axes.set_title(literal(title), loc="left", color=INK, fontsize=12)
    axes.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    return [Patch(color=TASKS[i % len(TASKS)], label=literal(task)) for i, task in enumerate(tasks)]


def _bar(axes: Axes, place: float, ray: Floats, reach: float) -> None:
    for sign in (-1, 1):
        edge = 0.0
        for i in np.argsort(-np.abs(ray), kind="stable"):
            amount = float(ray[i])
            if sign * amount <= 0:
                continue
            axes.barh(place, amount, left=edge, height=0.74, color=TASKS[i % len(TASKS)], edgecolor="white")
            if abs(amount) > 0.06 * reach:
                middle = edge + amount / 2
                axes.text(middle, place, amount_text(abs(amount)), ha="center", va="center", fontsize=8, color="white")
            edge += amount
