"""Pictures for notebooks: each takes matplotlib axes, or makes some, and returns them.

``raymenu.plot.ladder(v)``, ``.menus(design)``, ``.types(types, menu)``, ``.prices(lm)``, ``.convergence(simulation)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from raymenu.instances import FiniteTypes, InputError
from raymenu.mechanisms import Menu, OfferPlan
from raymenu.presentation.glossary import RUNGS
from raymenu.presentation.offers_view import Offer, offers_of
from raymenu.presentation.pictures.canvas import INK, MUTED, TAKE, WASH, literal
from raymenu.presentation.pictures.ladder import ladder_on
from raymenu.presentation.pictures.menus import exchanges_on, triangle_on
from raymenu.presentation.pictures.replicas import replicas_on
from raymenu.solvers.eopr.simulation import Simulation
from raymenu.solvers.large_market.large_market import LargeMarket
from raymenu.solvers.value_of_choice.value_of_choice import ValueOfChoice

__all__ = ["convergence", "ladder", "menus", "prices", "types"]


def ladder(v: ValueOfChoice, ax: Axes | None = None) -> Axes:
    """The benchmarks on one axis of social cost: a bar is an interval, a dot a number.

    Parameters
    ----------
    v
        As of ``value_of_choice``.

    Examples
    --------
    >>> import raymenu
    >>> v = raymenu.value_of_choice(raymenu.load("two_task_finite"), time_limit=0)
    >>> ladder(v).get_xlabel()
    'expected social cost'
    """
    axes = _axes(ax, (9.5, 0.38 * len(v.ladder) + 1.3))
    ladder_on(axes, v.ladder, v.inst.name, {name: words for name, (words, _) in RUNGS.items()})
    return axes


def menus(offered: Any, ax: Axes | None = None, seed: int = 0) -> Axes:
    """What every exchange gives up and takes on if it goes as far as it may, and how many take it.

    Parameters
    ----------
    offered
        An ``OfferPlan``, or what holds one as ``.plan``, such as a small-market design; or a ``LargeMarket``, whose
        lotteries are drawn with ``seed``.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.load("two_task_ratio")
    >>> plan = OfferPlan.make(inst, [Menu(eta, [[-0.5, 0.6]]) for eta in inst.endowment])
    >>> [label.get_text() for label in menus(plan).get_yticklabels()]
    ['agent 1', 'agent 2']
    """
    if isinstance(offered, LargeMarket):
        offered = OfferPlan.make(offered.instance, offered.lotteries)
    plan = offered if isinstance(offered, OfferPlan) else getattr(offered, "plan", None)
    if not isinstance(plan, OfferPlan):
        raise InputError("an offer plan, a design or a large market is needed", field="offered")
    offers = offers_of(plan.settled(seed))
    axes = _axes(ax, (10, 0.4 * sum(max(offer.menu.size, 1) for offer in offers) + 1.8))
    axes.legend(handles=exchanges_on(axes, offers, plan.inst.tasks, plan.inst.name), frameon=False, fontsize=9)
    return axes


def types(
    finite: FiniteTypes, menu: Menu | None = None, tasks: Sequence[str] | None = None, ax: Axes | None = None
) -> Axes:
    """Directions of two or three tasks' types, and the part of them that each ray of a menu attracts.

    Parameters
    ----------
    finite
        Of two tasks, shown by c_1 / c_2; or of three, in a triangle.

    Raises
    ------
    InputError
        With more than three tasks, which a plane cannot show.

    Examples
    --------
    >>> types(FiniteTypes([[1.0, 2.0], [2.0, 1.0]]), Menu([1, 1], [[-1, 1]])).get_xlabel()
    'task 1 as a multiple of task 2'
    """
    n = finite.n_tasks
    offered = menu if menu is not None else Menu(np.zeros(n))
    names = list(tasks) if tasks is not None else [f"task {i + 1}" for i in range(n)]
    axes = _axes(ax, (5, 4.5 if n == 3 else 2.5))
    if n == 3:
        triangle_on(axes, Offer([""], offered, finite, names), names)
    elif n == 2:
        ratio = finite.costs[:, 0] / finite.costs[:, 1]
        axes.hist(ratio, bins=40, weights=np.asarray(finite.weights, dtype=np.float64), color=MUTED)
        low, high = axes.get_xlim()
        for k, ray in enumerate(offered.rays):
            if ray[0] * ray[1] < 0:
                price = -ray[1] / ray[0]
                span = (price, high) if ray[0] < 0 else (low, price)
                axes.axvspan(*span, color=WASH[k % len(WASH)], alpha=0.5, lw=0)
        axes.set_xlabel(literal(f"{names[0]} as a multiple of {names[1]}"), color=INK)
        axes.set_ylabel("share of types", color=INK)
    else:
        raise InputError(f"{n} tasks: types are drawn for two or three", field="finite")
    return axes


def prices(lm: LargeMarket, ax: Axes | None = None) -> Axes:
    """The social cost of each task at the margin, lambda.

    Examples
    --------
    >>> import raymenu
    >>> lm = raymenu.solve_large_market(raymenu.load("two_task_ratio"), types=10)
    >>> len(prices(lm).patches)
    2
    """
    inst = lm.instance
    axes = _axes(ax, (1.1 * inst.n_tasks + 2, 3.5))
    axes.bar(range(inst.n_tasks), lm.prices, color=TAKE)
    axes.set_xticks(range(inst.n_tasks), [literal(task) for task in inst.tasks])
    axes.set_ylabel("social cost of one more", color=INK)
    axes.set_title(literal(f"{inst.name}: prices"), loc="left", color=INK)
    return axes


def convergence(
    simulations: Simulation | Sequence[Simulation],
    large_market: LargeMarket | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Cost per copy against the number of copies, with two standard errors: Proposition 3 made visible.

    Examples
    --------
    >>> import raymenu
    >>> lm = raymenu.solve_large_market(raymenu.load("two_task_ratio"), types=10)
    >>> played = raymenu.simulate(lm.instance, lm.lotteries, replicas=[1, 10], draws=5, types=lm.types)
    >>> convergence(played, lm).get_xscale()
    'log'
    """
    several = [simulations] if isinstance(simulations, Simulation) else list(simulations)
    interval = None if large_market is None else (large_market.lower, large_market.upper)
    axes = _axes(ax, (7.5, 4.5))
    replicas_on(axes, several, "cost per copy", interval)
    return axes


def _axes(ax: Axes | None, size: tuple[float, float]) -> Axes:
    if ax is not None:
        return ax
    from matplotlib import pyplot

    _, made = pyplot.subplots(figsize=size, layout="constrained")
    return made
