"""Menus as pictures: the triangle of types for three tasks, exchange rates and acceptance for any number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes
from raymenu.mechanisms import KEEP, Menu
from raymenu.presentation.pictures.canvas import INK, MUTED, TASKS, WASH, literal

Floats = NDArray[np.float64]
CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, np.sqrt(3) / 2]])
COLUMNS = 3


@dataclass(frozen=True)
class OfferedMenu:
    """A menu with the words and types that a picture of it needs."""

    label: str
    menu: Menu
    types: FiniteTypes


def draw_menus(offers: Sequence[OfferedMenu], tasks: Sequence[str], title: str) -> Figure:
    """Draw menus: triangles of types where there are three tasks, bars of what is given and taken otherwise."""
    return _triangles(offers, tasks, title) if len(tasks) == 3 else _exchanges(offers, tasks, title)


def _triangles(offers: Sequence[OfferedMenu], tasks: Sequence[str], title: str) -> Figure:
    columns = min(COLUMNS, len(offers))
    rows = -(-len(offers) // columns)
    figure = Figure(figsize=(3.6 * columns, 3.5 * rows + 0.7), layout="constrained")
    figure.suptitle(
        f"{literal(title)}\na point is a type; the nearer to a corner, the more it minds that task",
        color=INK,
        fontsize=11,
    )
    for place, offer in enumerate(offers):
        _triangle(figure.add_subplot(rows, columns, place + 1), offer, tasks)
    return figure


def _triangle(axes: Axes, offer: OfferedMenu, tasks: Sequence[str]) -> None:
    for k, ray in enumerate(offer.menu.rays):
        corner = _cut_off(ray)
        if len(corner) >= 3:
            axes.fill(*(corner @ CORNERS).T, color=WASH[k % len(WASH)], alpha=0.85, zorder=1)
    directions = offer.types.costs / offer.types.costs.sum(axis=1, keepdims=True)
    chosen = offer.menu.choices(offer.types.costs)
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
    for probability, ray in zip(offer.menu.acceptance(offer.types), offer.menu.rays):
        corner = _cut_off(ray)
        if len(corner) >= 3:
            middle = corner.mean(axis=0) @ CORNERS
            share = f"{float(probability):.0%}"
            axes.text(middle[0], middle[1], share, ha="center", va="center", fontsize=9, weight="bold", zorder=5)
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


def _exchanges(offers: Sequence[OfferedMenu], tasks: Sequence[str], title: str) -> Figure:
    lines = sum(max(offer.menu.size, 1) for offer in offers)
    figure = Figure(figsize=(10, 0.4 * lines + 0.25 * len(offers) + 1.8), layout="constrained")
    axes = figure.add_subplot()
    sides = [
        np.abs(part).sum(axis=1) for o in offers for part in (np.minimum(o.menu.rays, 0), np.maximum(o.menu.rays, 0))
    ]
    reach = max([1e-9, *(float(side.max(initial=0.0)) for side in sides)])
    place, ticks = 0.0, []
    for offer in offers:
        acceptance = offer.menu.acceptance(offer.types)
        ticks.append((place + (max(offer.menu.size, 1) - 1) / 2, literal(offer.label)))
        for probability, ray in zip(acceptance, offer.menu.rays):
            _bar(axes, place, ray, reach)
            axes.text(1.08 * reach, place, f"{float(probability):.0%} accept", va="center", fontsize=9, color=INK)
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
    axes.set_xlabel("← gives up          tasks, when the ray is executed in full          takes on →", color=MUTED)
    axes.set_title(literal(title), loc="left", color=INK, fontsize=12)
    axes.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    handles = [Patch(color=TASKS[i % len(TASKS)], label=literal(task)) for i, task in enumerate(tasks)]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(len(tasks), 8), frameon=False, fontsize=9)
    return figure


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
                axes.text(middle, place, f"{abs(amount):.2g}", ha="center", va="center", fontsize=8, color="white")
            edge += amount
