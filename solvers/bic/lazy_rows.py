"""Programs over interim assignments, solved with few rows: add the violated ones and continue, until there is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes, Instance
from raymenu.models.program_1.cut_form import Cut, add_cuts
from raymenu.models.program_1.incentive import add_incentive
from raymenu.solvers.backends.cutting_plane import CuttingPlaneLP
from raymenu.solvers.bic.border import Border
from raymenu.solvers.bic.interim import split_by_row
from raymenu.solvers.bic.misreports import nearest_misreports, profitable_misreports

Floats = NDArray[np.float64]
TOLERANCE = 1e-9
"""Relative violation below which no more rows are added."""
CUTS_EACH = 5
"""Sets added a task and round."""


@dataclass(frozen=True)
class RowLoop:
    """How the loop ended: the program, its last interim assignments, and Border's cuts in the order they came."""

    program: CuttingPlaneLP
    interim: list[Floats]
    cuts: list[Cut]


def solve_by_rows(
    m: pyo.ConcreteModel, inst: Instance, types: list[FiniteTypes], *, incentives: bool, cuts: bool
) -> RowLoop:
    """Solve a model over ``x`` that lacks rows of (IC) or Border's cuts.

    Parameters
    ----------
    m
        As of ``models.bic(..., form="cuts", incentive="none")`` or ``models.full_information``.
    incentives, cuts
        Whether (IC), and Border's condition, are to hold.
    """
    if incentives:
        add_incentive(m, types, nearest_misreports(types))
    program = CuttingPlaneLP(m)
    border = Border.of(inst, types)
    found: list[Cut] = []
    known: set[Cut] = set()
    program.solve()
    places = program.positions(m.x.values())
    while True:
        interim = split_by_row(program.point()[places], types)
        new = []
        if incentives:
            new += add_incentive(m, types, profitable_misreports(inst, types, interim, TOLERANCE))
        if cuts:
            # A cut that is there and still violated is so within the solver's tolerance.
            violated = [cut for cut in violated_cuts(inst, types, border, interim) if cut not in known]
            known.update(violated)
            new += add_cuts(m, inst, types, violated)
            found += violated
        if not new:
            return RowLoop(program, interim, found)
        program.add(new)
        program.solve()


def violated_cuts(inst: Instance, types: list[FiniteTypes], border: Border, interim: list[Floats]) -> list[Cut]:
    """Sets of types that get more of a task than they can, a few for each task."""
    chances = np.maximum(np.concatenate(interim) / inst.counts, 0.0)
    listed = [(j, t) for j, made in enumerate(types) for t in range(made.size)]
    found = []
    for i in range(inst.n_tasks):
        for members in border.violated(chances[:, i], TOLERANCE, CUTS_EACH):
            mask = np.zeros(len(listed), dtype=bool)
            mask[members] = True
            found.append(Cut(i, tuple(listed[k] for k in members), border.capacity(mask)))
    return found
