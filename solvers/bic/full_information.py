"""Full information, solved: what the agents' participation alone leaves possible."""

from __future__ import annotations

from typing import Literal

from pyomo.common.gc_manager import PauseGC

from raymenu import models
from raymenu.instances import Instance
from raymenu.models.finite import Types, finite_types
from raymenu.models.program_1.profiles import count_profiles
from raymenu.solvers import backends
from raymenu.solvers.backends import Feature, solve_to_optimality
from raymenu.solvers.bic.interim import InterimMechanism, assignments_by_profile, interim_values, split_by_row
from raymenu.solvers.bic.lazy_rows import interim_of, solve_interim
from raymenu.solvers.bic.program_1 import FEW_WITH_RULES
from raymenu.solvers.bic.rule_prices import rule_prices, solved_rule_prices


def solve_full_information(
    inst: Instance,
    types: Types = 200,
    seed: int = 0,
    market: Literal["finite", "large"] = "large",
    backend: str = "highs",
) -> InterimMechanism:
    """Program (1) without (IC): a lower bound on every mechanism the agents accept.

    Parameters
    ----------
    types, seed
        A number of types a row, or ``FiniteTypes``; seed of the discretisation.
    market
        "large": clearing in expectation. "finite": in every type profile, by Border's condition (with transfers, by
        enumerating profiles); participation is interim as in program (1), so this bounds program (1) from below. With
        rules and few profiles these are enumerated too, else rules hold in expectation: see ``rules_hold``.
    backend
        Who solves the linear programs: see ``raymenu.solvers.backends``.

    Raises
    ------
    InputError
        Where the types do not fit the instance, transfers ask for too many profiles, or the backend cannot solve it.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.load("anaesthesia")
    >>> full = solve_full_information(inst, types=20)
    >>> full.check().ok(), full.cost <= inst.status_quo_cost
    (True, True)
    """
    solver = backends.backend(backend, needs=Feature.LINEAR)
    made = finite_types(inst, types, seed)
    with PauseGC():
        ruled = bool(inst.rules) and count_profiles(inst, made) <= FEW_WITH_RULES
        if market == "finite" and (ruled or not inst.burdens_only):
            m = models.full_information(inst, made, market=market, form="profile")
            result = solve_to_optimality(m, solver, m.name)
            prices = solved_rule_prices(inst, m, solver)
            by_profile = assignments_by_profile(m, inst, made) if inst.rules else None
            x = split_by_row(interim_values(m), made)
            return InterimMechanism(inst, made, market, x, result, prices, by_profile)
        m = models.full_information(inst, made, market=market, form="cuts")
        program = solve_interim(m, inst, made, solver, incentives=False, cuts=market == "finite")
        prices = rule_prices(inst, m, program.duals())
        return InterimMechanism(inst, made, market, interim_of(program, made), program.result, prices, None)
