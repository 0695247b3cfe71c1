"""Program (1), solved: the best Bayesian incentive compatible mechanism on finite types."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray
from pyomo.common.gc_manager import PauseGC

from raymenu import models
from raymenu.instances import FiniteTypes, Instance
from raymenu.mechanisms.conditions import Check, demanded_workloads
from raymenu.models.finite import Types, finite_types, one_of
from raymenu.models.program_1.bic import Market
from raymenu.models.program_1.cut_form import Cut
from raymenu.models.program_1.profiles import count_profiles
from raymenu.solvers.backends import backend, solve_to_optimality
from raymenu.solvers.backends.cutting_plane import TIGHT, CuttingPlaneLP
from raymenu.solvers.bic.interim import InterimMechanism, interim_values, split_by_row
from raymenu.solvers.bic.lazy_rows import solve_by_rows
from raymenu.solvers.bic.weak_duality import BicDuals, dual_bound

Floats = NDArray[np.float64]
Form = Literal["auto", "profile", "token", "cuts"]
TOLERANCE = 1e-9
"""Relative violation below which no more rows are added."""
CUTS_EACH = 5
"""Sets added a task and round."""


@dataclass(frozen=True)
class BicMechanism(InterimMechanism):
    """A solution of program (1).

    Attributes
    ----------
    form
        How (MC) was written: "large", "profile", "token" or "cuts".
    rounds, rows
        How often the program was solved, and how many rows of (IC) and Border's condition it ended with.
    lower
        A lower bound on the optimum: from the multipliers by weak duality, recomputed with numpy, in the large market
        and the cut form; the solver's word in the other forms.
    duals
        The multipliers, in the large market and the cut form.
    """

    form: str
    rounds: int
    rows: int
    lower: float
    duals: BicDuals | None = None

    def check(self) -> Check:
        """(MC), (SQ), (IC) and nonnegativity, recomputed from the numbers; see ``InterimMechanism.check``."""
        checker = self._checker()
        for j, (made, x) in enumerate(zip(self.types, self.interim)):
            workloads = (made.costs * self.inst.cost_signs) @ x.T
            checker.incentives(j, workloads, demanded_workloads(self.inst, self.types, j))
        return checker.done()


def solve_bic(
    inst: Instance,
    types: Types = 20,
    seed: int = 0,
    market: Market = "finite",
    form: Form = "auto",
) -> BicMechanism:
    """Solve program (1): the cheapest mechanism that agents accept (SQ) and answer truthfully (IC) in expectation.

    Parameters
    ----------
    types, seed
        A number of types a row, or ``FiniteTypes``; seed of the discretisation. Agents of one row (``copies``) are
        alike but in their drawn types; a solution that treats them alike is without loss.
    market
        "finite": every task is assigned in every type profile. "large": in expectation, a lower bound.
    form
        How the finite market is written. "profile": an assignment for every profile, exponential in the agents.
        "token": passing a token (Alaei et al. 2012), polynomial, given to the solver whole. "cuts": Border's condition,
        with its cuts and the rows of (IC) added as a solution violates them; each solve starts from the last basis.
        "auto": by size, see ``pick_form``; the result's ``form`` says which.

    Returns
    -------
    BicMechanism
        With ``cost``, ``lower`` (a proven bound), ``interim``, ``allocation(profile)`` and ``check()``.

    Raises
    ------
    InputError
        Where the types do not fit the instance, or there are too many profiles for the profile form.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.load("two_task_finite")
    >>> found = solve_bic(inst)
    >>> found.form, round(found.cost, 6), found.check().ok()
    ('profile', 0.8, True)
    >>> solve_bic(inst, form="cuts").allocation([0, 0]).sum(axis=0).round(9).tolist() == inst.counts.tolist()
    True
    """
    one_of(market, get_args(Market), "market")
    one_of(form, get_args(Form), "form")
    made = finite_types(inst, types, seed)
    # Models are many small objects that stay alive: searching them for garbage again and again costs a third.
    with PauseGC():
        if market == "large" and inst.burdens_only:
            return _solve_by_rows(inst, made, "large")
        chosen = pick_form(inst, made) if form == "auto" else form
        if chosen == "cuts" and market == "finite":
            return _solve_by_rows(inst, made, "cuts")
        m = models.bic(inst, made, market=market, form=chosen)
        result = solve_to_optimality(m, backend("highs"), m.name, options=TIGHT)
        x = split_by_row(interim_values(m), made)
    lower = -math.inf if result.bound is None else result.bound
    written = "large" if market == "large" else chosen
    return BicMechanism(inst, made, market, x, result, written, 1, len(m.incentive), lower)


def pick_form(inst: Instance, types: Sequence[FiniteTypes]) -> Literal["profile", "token", "cuts"]:
    """The form ``solve_bic`` takes by itself: profiles where they are few (64 at most), else cuts.

    The token form is never the quickest; it is there to check the others, to be built upon, and for transfers, to which
    Border's condition does not apply as it is.
    """
    few = count_profiles(inst, list(types)) <= 64
    return "profile" if few else "cuts" if inst.burdens_only else "token"


def _solve_by_rows(inst: Instance, types: list[FiniteTypes], form: Literal["large", "cuts"]) -> BicMechanism:
    market: Market = "large" if form == "large" else "finite"
    m = models.bic(inst, types, market=market, form="cuts", incentive="none")
    loop = solve_by_rows(m, inst, types, incentives=True, cuts=form == "cuts")
    program, interim, cuts = loop.program, loop.interim, loop.cuts
    duals = _duals(m, program, types, cuts)
    lower = dual_bound(inst, types, duals, inst.counts if form == "cuts" else None)
    rows = len(m.incentive) + len(cuts)
    return BicMechanism(inst, types, market, interim, program.finish(), form, program.rounds, rows, lower, duals)


def _duals(m: pyo.ConcreteModel, program: CuttingPlaneLP, types: list[FiniteTypes], cuts: list[Cut]) -> BicDuals:
    """The multipliers of the last solve; HiGHS gives those of <= rows of a minimisation as nonpositive numbers."""
    raw = program.duals()
    return BicDuals(
        np.array([raw[row] for row in m.clearing.values()]),
        [np.array([max(-raw[m.participation[j, t]], 0.0) for t in range(made.size)]) for j, made in enumerate(types)],
        {misreport: -raw[row] for misreport, row in m.incentive.items() if raw[row] < 0},
        [(cut, -raw[m.cuts[k]]) for k, cut in enumerate(cuts) if raw[m.cuts[k]] < 0],
    )
