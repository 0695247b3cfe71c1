"""Participation (SQ): who may end up with more work than it may insist on, decided exactly.

Every trading set holds the endowment (Claim 1), so whatever an agent picks it may be left with it: after all types are
known, participation asks ``c . eta_j <= beta_j c . sigma_j`` of every type, and nothing of the menus. With
``eta = sigma`` it holds by itself, for any ``beta_j >= 1``; the slack enters neither menus nor the large market. In the
large market rays are executed in full, so an agent that gains by its ray may make up there for what its endowment costs
it: ``losses_in_full`` is the weaker, interim form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes, Instance
from raymenu.mechanisms.menus.menu import KEEP, Menu

Floats = NDArray[np.float64]
NEAR = 1e-9
"""Workloads this close to what is insisted on, as a share of it, are compared in rationals."""


@dataclass(frozen=True)
class Loss:
    """One row that may lose.

    Attributes
    ----------
    row
        j.
    cost
        (I,), the type that loses most.
    ratio
        Its workload as a multiple of ``beta_j c . sigma_j``, above 1; infinite for an agent that holds nothing today.
    share
        The probability of the types that lose; None on a box, where it is not computed.
    """

    row: int
    cost: Floats
    ratio: float
    share: float | None

    def __str__(self) -> str:
        some = "some types" if self.share is None else f"{self.share:.0%} of types"
        return f"{some} lose, their work grows up to {self.ratio:.3g} times"


def losses(inst: Instance) -> list[Loss]:
    """The rows some type of which is worse off with the endowment than the status quo lets it insist on; exact.

    On a box the ratio ``c . eta / (beta c . sigma)`` is largest where the tasks with the largest ``eta_i / sigma_i``
    are dear and the others cheap: one of I + 1 corners.

    Examples
    --------
    >>> import raymenu
    >>> losses(raymenu.load("anaesthesia"))
    []
    >>> [f"agent {loss.row}: {loss}" for loss in losses(raymenu.load("moved_endowment"))][1]
    'agent 1: some types lose, their work grows up to 1.14 times'
    """
    found = []
    for j, preferences in enumerate(inst.preferences):
        # Nothing is taken on: no type can lose.
        if inst.starts_at_status_quo or (inst.endowment[j] <= inst.status_quo[j]).all():
            continue
        if preferences.continuous:
            corners = _corners(inst, j, preferences.lower_bounds, preferences.upper_bounds)
            loss = _worst(inst, j, corners, np.broadcast_to(inst.endowment[j], corners.shape), None)
        else:
            types = preferences.discretize(1)
            loss = _worst(inst, j, types.costs, np.broadcast_to(inst.endowment[j], types.costs.shape), types.weights)
        if loss is not None:
            found.append(loss)
    return found


def losses_in_full(inst: Instance, j: int, menus: Sequence[Menu], types: FiniteTypes) -> Loss | None:
    """The worst loss of row j over its menus and types where every choice is executed in full; None where none loses.

    Parameters
    ----------
    menus
        What the row may be offered; participation is asked of each.
    types
        The row's types.
    """
    worst: Loss | None = None
    for menu in menus:
        if (menu.endowment <= inst.status_quo[j]).all():
            continue
        picked = menu.choices(types.costs)
        held = np.repeat(menu.endowment[None, :], types.size, axis=0)
        if menu.kept is not None:
            held[:] = menu.kept
        elif menu.size:
            held += np.where(picked[:, None] != KEEP, menu.rays[np.maximum(picked, 0)], 0.0)
        loss = _worst(inst, j, types.costs, held, types.weights)
        if loss is not None and (worst is None or loss.ratio > worst.ratio):
            worst = loss
    return worst


def describe(inst: Instance, found: Sequence[Loss]) -> str:
    """Who loses, by name, in one line.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.load("anaesthesia")
    >>> describe(inst, [Loss(0, inst.status_quo[0], 1.25, 0.5)])
    "'anaesthetist 1': 50% of types lose, their work grows up to 1.25 times"
    """
    return "; ".join(f"{inst.agents[loss.row]!r}: {loss}" for loss in found)


def where_all_participate(inst: Instance) -> tuple[Instance, str]:
    """The instance with menus that start where no type loses, and a note on what was changed; empty where nothing.

    Where some type would be worse off with the endowment, menus are to start from the status quo instead.

    Examples
    --------
    >>> import raymenu
    >>> start, note = where_all_participate(raymenu.load("moved_endowment"))
    >>> start.starts_at_status_quo, note[:75]
    (True, "menus start from the status quo, for with the instance's endowment 'agent 1")
    """
    found = losses(inst)
    if not found:
        return inst, ""
    note = f"menus start from the status quo, for with the instance's endowment {describe(inst, found)}"
    return inst.from_status_quo(), note


def _corners(inst: Instance, j: int, lower: Floats, upper: Floats) -> Floats:
    """(I + 1, I): the tasks with the largest eta_i / sigma_i dear, the others cheap."""
    eta, sigma = inst.endowment[j], inst.status_quo[j]
    with np.errstate(divide="ignore", invalid="ignore"):
        gains = np.where(eta > 0, eta / sigma, 0.0)
    place = np.empty(eta.size, dtype=np.int64)
    place[np.argsort(-gains, kind="stable")] = np.arange(eta.size)
    dear: Floats = np.where(place[None, :] < np.arange(eta.size + 1)[:, None], upper, lower)
    return dear


def _worst(inst: Instance, j: int, costs: Floats, held: Floats, weights: Floats | None) -> Loss | None:
    """The largest ``c . held / (beta c . sigma)`` above 1 over the types, (T, I) each."""
    sigma = inst.slack[j] * inst.status_quo[j]
    work, demanded = (costs * held).sum(axis=1), costs @ sigma
    loses = work > demanded
    for t in np.flatnonzero(np.abs(work - demanded) <= NEAR * demanded):
        loses[t] = _loses_exactly(inst, j, costs[t], held[t])
    if not loses.any():
        return None
    with np.errstate(divide="ignore"):
        ratios = np.where(loses, work / demanded, 0.0)
    worst = int(np.argmax(ratios))
    share = None if weights is None else float(weights[loses].sum())
    return Loss(j, costs[worst], float(ratios[worst]), share)


def _loses_exactly(inst: Instance, j: int, cost: Floats, held: Floats) -> bool:
    beta = Fraction(float(inst.slack[j]))
    terms = zip(cost.tolist(), held.tolist(), inst.status_quo[j].tolist())
    return sum((Fraction(c) * (Fraction(x) - beta * Fraction(s)) for c, x, s in terms), Fraction(0)) > 0
