"""Program (1), solved: the best Bayesian incentive compatible mechanism on finite types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pyomo.common.gc_manager import PauseGC

from raymenu import models
from raymenu.instances import FiniteTypes, Instance
from raymenu.mechanisms.conditions import Check, demanded_workloads
from raymenu.models.finite import Types, finite_types, one_of
from raymenu.models.program_1.bic import Market
from raymenu.models.program_1.profiles import count_profiles
from raymenu.solvers import backends
from raymenu.solvers.backends import Backend, Feature, solve_to_optimality
from raymenu.solvers.bic.interim import InterimMechanism, assignments_by_profile, interim_values, split_by_row
from raymenu.solvers.bic.lazy_rows import interim_of, solve_interim
from raymenu.solvers.bic.rule_prices import rule_prices, solved_rule_prices

Floats = NDArray[np.float64]
Form = Literal["auto", "profile", "token", "cuts"]
FEW, FEW_WITH_RULES = 64, 2000
"""Profiles up to which "auto" takes the profile form."""


@dataclass(frozen=True)
class BicMechanism(InterimMechanism):
    """A solution of program (1).

    Attributes
    ----------
    form
        How (MC) was written: "large", "profile", "token" or "cuts".
    rounds, rows
        How often the program was solved, and how many rows of (IC) and Border's condition it ended with.
    """

    form: str
    rounds: int
    rows: int

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
    backend: str = "highs",
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
        "auto": by size, see ``pick_form``; the result's ``form`` says which. Rules of the instance hold in every
        profile in the profile form, in expectation in the other two: a bound then, see ``rules_hold``.
    backend
        Who solves the linear programs: see ``raymenu.solvers.backends``.

    Returns
    -------
    BicMechanism
        With ``cost``, ``lower`` (a proven bound), ``interim``, ``allocation(profile)`` and ``check()``.

    Raises
    ------
    InputError
        Where the types do not fit the instance, there are too many profiles for the profile form, or the backend
        cannot solve it.

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
    solver = backends.backend(backend, needs=Feature.LINEAR)
    made = finite_types(inst, types, seed)
    # Models are many small objects that stay alive: searching them for garbage again and again costs a third.
    with PauseGC():
        if market == "large" and inst.burdens_only:
            return _solve_by_rows(inst, made, solver, "large")
        chosen = pick_form(inst, made) if form == "auto" else form
        if chosen == "cuts" and market == "finite":
            return _solve_by_rows(inst, made, solver, "cuts")
        m = models.bic(inst, made, market=market, form=chosen)
        result = solve_to_optimality(m, solver, m.name)
        x = split_by_row(interim_values(m), made)
    written = "large" if market == "large" else chosen
    profiled = inst.rules and written == "profile"
    by_profile = assignments_by_profile(m, inst, made) if profiled else None
    prices = solved_rule_prices(inst, m, solver)
    return BicMechanism(inst, made, market, x, result, prices, by_profile, written, 1, len(m.incentive))


def pick_form(inst: Instance, types: Sequence[FiniteTypes]) -> Literal["profile", "token", "cuts"]:
    """The form ``solve_bic`` takes by itself: profiles where they are few (64 at most, 2,000 with rules), else cuts.

    With rules the profile form is the one in which they hold in every profile.

    The token form is never the quickest; it is there to check the others, to be built upon, and for transfers, to which
    Border's condition does not apply as it is.
    """
    few = count_profiles(inst, list(types)) <= (FEW_WITH_RULES if inst.rules else FEW)
    return "profile" if few else "cuts" if inst.burdens_only else "token"


def _solve_by_rows(
    inst: Instance, types: list[FiniteTypes], solver: Backend, form: Literal["large", "cuts"]
) -> BicMechanism:
    market: Market = "large" if form == "large" else "finite"
    m = models.bic(inst, types, market=market, form="cuts", incentive="none")
    program = solve_interim(m, inst, types, solver, incentives=True, cuts=form == "cuts")
    rows = len(m.incentive) + (len(m.cuts) if form == "cuts" else 0)
    interim = interim_of(program, types)
    prices = rule_prices(inst, m, program.duals())
    return BicMechanism(inst, types, market, interim, program.result, prices, None, form, program.rounds, rows)
