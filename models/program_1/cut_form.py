"""Market clearing, the cut form (Border 1991, 2007): sum of the chances 1, and a bound for every set of types."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyomo.environ as pyo

from raymenu.instances import FiniteTypes, Instance
from raymenu.models.allocation_terms import linear
from raymenu.models.program_1.interim import add_expected_clearing


@dataclass(frozen=True)
class Cut:
    """A set of types and how much of a task it can get: ``1 - prod_j (1 - f_j(S_j))^copies_j`` of the count.

    Attributes
    ----------
    task
        i.
    members
        The types (j, t) in S.
    capacity
        The chance that some agent has a type in S.
    """

    task: int
    members: tuple[tuple[int, int], ...]
    capacity: float


def add_cut_clearing(m: pyo.ConcreteModel, inst: Instance, types: list[FiniteTypes]) -> None:
    """(MC) by Border's condition, without its cuts yet: ``clearing[i]`` in expectation, and x between 0 and n.

    Nobody can get more than all of a task: the cuts of single types, as bounds on variables. The others are
    exponentially many; ``add_cuts`` adds those that are needed.
    """
    inst.require_burdens("Border's condition")
    add_expected_clearing(m, inst, types)
    for (_, _, i), variable in m.x.items():
        variable.setub(float(inst.counts[i]))
    m.cuts = pyo.Constraint(pyo.Any)


def add_cuts(
    m: pyo.ConcreteModel, inst: Instance, types: list[FiniteTypes], cuts: Iterable[Cut]
) -> list[pyo.Constraint]:
    """``cuts[k]: sum_{(j,t) in S} copies_j f_j(t) x_j(i, t) <= n^i capacity(S)``; the new rows."""
    new = []
    for cut in cuts:
        mass = [inst.copies[j] * types[j].weights[t] for j, t in cut.members]
        body = linear(mass, (m.x[j, t, cut.task] for j, t in cut.members))
        k = len(m.cuts)
        m.cuts[k] = (None, body, float(inst.counts[cut.task] * cut.capacity))
        new.append(m.cuts[k])
    return new
