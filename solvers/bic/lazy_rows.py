"""Programs over interim assignments with few rows: those of (IC) and Border's cuts that a solution violates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes, Instance
from raymenu.models.program_1.cut_form import Cut, add_cuts
from raymenu.models.program_1.incentive import add_incentive
from raymenu.solvers.backends.base import Backend
from raymenu.solvers.backends.cutting_plane import CuttingPlaneLP, solve_by_lazy_rows
from raymenu.solvers.bic.border import Border
from raymenu.solvers.bic.interim import split_by_row
from raymenu.solvers.bic.misreports import nearest_misreports, profitable_misreports

Floats = NDArray[np.float64]
TOLERANCE = 1e-9
"""Relative violation below which no more rows are added."""
CUTS_EACH = 5
"""Sets added a task and round."""


def solve_interim(
    m: pyo.ConcreteModel,
    inst: Instance,
    types: list[FiniteTypes],
    solver: Backend,
    *,
    incentives: bool,
    cuts: bool,
) -> CuttingPlaneLP:
    """Solve a model over ``x`` that lacks rows of (IC) or Border's cuts.

    Parameters
    ----------
    m
        As of ``models.bic(..., form="cuts", incentive="none")`` or ``models.full_information``.
    incentives, cuts
        Whether (IC), and Border's condition, are to hold.
    """
    finders: list[Callable[[list[Floats]], list[Any]]] = []
    if incentives:
        add_incentive(m, types, nearest_misreports(types))
        finders.append(lambda interim: add_incentive(m, types, profitable_misreports(inst, types, interim, TOLERANCE)))
    if cuts:
        border, known = Border.of(inst, types), set[Cut]()

        def add_violated(interim: list[Floats]) -> list[Any]:
            # A cut that is there and still violated is so within the solver's tolerance.
            new = [cut for cut in violated_cuts(inst, types, border, interim) if cut not in known]
            known.update(new)
            return add_cuts(m, inst, types, new)

        finders.append(add_violated)

    def violated(program: CuttingPlaneLP) -> list[Any]:
        interim = interim_of(program, types)
        return [row for find in finders for row in find(interim)]

    return solve_by_lazy_rows(m, solver, violated)


def interim_of(program: CuttingPlaneLP, types: list[FiniteTypes]) -> list[Floats]:
    """The last solution's x, one (T_j, I) array per row of the instance."""
    return split_by_row(program.values(program.model.x.values()), types)


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
