"""Which rows of (IC) a program needs: the misreports to guard against first, and those a solution leaves profitable."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes, Instance
from raymenu.mechanisms.conditions import demanded_workloads, scale_of
from raymenu.models.program_1.incentive import Misreport

Floats = NDArray[np.float64]
NEIGHBOURS = 6
EACH = 4


def nearest_misreports(types: list[FiniteTypes], neighbours: int = NEIGHBOURS) -> list[Misreport]:
    """For each type the reports nearest in direction: the rows that bind most often, and a sound start.

    Directions are compared by their log costs less the mean, where exchange rates are differences.
    """
    found: list[Misreport] = []
    for j, made in enumerate(types):
        directions = np.log(made.costs) - np.log(made.costs).mean(axis=1, keepdims=True)
        squares = (directions**2).sum(axis=1)
        distance = squares[:, None] + squares[None, :] - 2 * directions @ directions.T
        np.fill_diagonal(distance, np.inf)
        nearest = np.argsort(distance, axis=1, kind="stable")[:, : min(neighbours, made.size - 1)]
        found += [(j, t, s) for t, reports in enumerate(nearest.tolist()) for s in reports]
    return found


def profitable_misreports(
    inst: Instance, types: list[FiniteTypes], interim: list[Floats], tolerance: float, each: int = EACH
) -> list[Misreport]:
    """For each type its ``each`` most profitable reports, and for each report the types that gain most by it.

    Only gains above ``tolerance`` of the workload the type may insist on count.
    """
    found: list[Misreport] = []
    for j, (made, x) in enumerate(zip(types, interim)):
        workloads = made.costs @ x.T
        gains = (np.diag(workloads)[:, None] - workloads) / scale_of(demanded_workloads(inst, types, j))[:, None]
        found += [(j, t, s) for t, s in worst_misreports(gains, tolerance, each)]
    return found


def worst_misreports(gains: Floats, tolerance: float, each: int = EACH) -> list[tuple[int, int]]:
    """The pairs (t, s) of ``profitable_misreports`` for one agent, from the gains (T, T) of type t reporting s."""
    wanted = np.zeros(gains.shape, dtype=bool)
    few = min(each, gains.shape[0])
    by_type = np.argpartition(-gains, few - 1, axis=1)[:, :few]
    by_report = np.argpartition(-gains, few - 1, axis=0)[:few]
    np.put_along_axis(wanted, by_type, True, axis=1)
    np.put_along_axis(wanted, by_report, True, axis=0)
    return [(t, s) for t, s in np.argwhere(wanted & (gains > tolerance)).tolist()]
