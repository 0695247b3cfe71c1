"""Full information: types are known and only participation binds; a lower bound on every mechanism."""

from __future__ import annotations

from typing import Literal, get_args

import pyomo.environ as pyo

from raymenu.instances import Instance
from raymenu.models.finite import Types, finite_types, one_of
from raymenu.models.program_1.cut_form import add_cut_clearing
from raymenu.models.program_1.interim import add_expected_clearing, add_participation, interim_model
from raymenu.models.program_1.profile_form import add_profile_clearing
from raymenu.models.rules import add_interim_rules

Market = Literal["finite", "large"]


def full_information(
    inst: Instance,
    types: Types = 200,
    seed: int = 0,
    market: Market = "large",
    form: Literal["profile", "cuts"] = "profile",
) -> pyo.ConcreteModel:
    """Program (1) without (IC).

    | symbol | component | index | meaning |
    |---|---|---|---|
    | x_j(i, t) | ``x`` | j, t, i | tasks i that type t of row j expects |
    | (SQ) | ``participation`` | j, t | ``c_t . x_j(t) <= beta_j c_t . sigma_j`` |
    | (MC) | ``clearing`` | i | large market: in expectation |
    | m_j(i given c) | ``assignment`` | p, j, t, i | profile form: to a copy of row j with type t in profile p |
    | (MC) | ``clearing`` | p, i | profile form: in every profile |
    | | ``interim`` | j, t, i | profile form: x is the expectation of the assignment |
    | | ``own_rules``, ``joint_rules`` | | the rules: in the profile form in every profile, else of what types expect |

    Parameters
    ----------
    types, seed
        Types a row, or ``FiniteTypes``; seed of the discretisation.
    market
        "large": clearing in expectation. "finite": in every type profile.
    form
        Of the finite market. "profile": profiles enumerated. "cuts": Border's condition, a relaxation until
        ``raymenu.models.program_1.cut_form.add_cuts`` has added its cuts.

    Raises
    ------
    InputError
        Where the types do not fit, or there are too many profiles.

    Examples
    --------
    >>> import raymenu
    >>> len(full_information(raymenu.load("anaesthesia"), types=7).participation)
    35
    """
    one_of(market, get_args(Market), "market")
    one_of(form, ("profile", "cuts"), "form")
    made = finite_types(inst, types, seed)
    m = interim_model(inst, made, "full information")
    add_participation(m, inst, made)
    if market == "large":
        add_expected_clearing(m, inst, made)
    elif form == "profile":
        add_profile_clearing(m, inst, made)
    else:
        add_cut_clearing(m, inst, made)
    if market == "large" or form != "profile":
        add_interim_rules(m, inst, made)
    return m
