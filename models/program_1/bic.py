"""Program (1): the best Bayesian incentive compatible mechanism on finite types."""

from __future__ import annotations

from typing import Literal, get_args

import pyomo.environ as pyo

from raymenu.instances import Instance
from raymenu.models.finite import Types, finite_types, one_of
from raymenu.models.program_1.cut_form import add_cut_clearing
from raymenu.models.program_1.incentive import add_incentive, all_misreports
from raymenu.models.program_1.interim import add_expected_clearing, add_participation, interim_model
from raymenu.models.program_1.profile_form import add_profile_clearing
from raymenu.models.program_1.token_form import add_token_clearing
from raymenu.models.rules import add_interim_rules

Market = Literal["finite", "large"]
Form = Literal["profile", "token", "cuts"]
_CLEARING = {"profile": add_profile_clearing, "token": add_token_clearing, "cuts": add_cut_clearing}


def bic(
    inst: Instance,
    types: Types = 20,
    seed: int = 0,
    market: Market = "finite",
    form: Form = "token",
    incentive: Literal["all", "none"] = "all",
) -> pyo.ConcreteModel:
    """Program (1): ``min E[sum pi m]`` subject to (SQ), (IC) and (MC), on interim assignments x.

    | symbol | component | index | meaning |
    |---|---|---|---|
    | x_j(i, t) | ``x`` | j, t, i | ``E_{-j} m_j(i given t, .)``, to each copy of row j, tasks |
    | (SQ) | ``participation`` | j, t | ``c_t . x_j(t) <= beta_j c_t . sigma_j`` |
    | (IC) | ``incentive`` | j, t, s | ``c_t . x_j(t) <= c_t . x_j(s)`` |
    | (MC) | ``clearing``, ... | | as the market and the form say |
    | | ``own_rules``, ``joint_rules`` | | the rules: in the profile form in every profile, else of what types expect |
    | | ``social_cost`` | | objective |

    Parameters
    ----------
    types, seed
        A number of types a row, or ``FiniteTypes``; seed of the discretisation.
    market
        "large": (MC) in expectation only. "finite": in every type profile.
    form
        Three equivalent ways of the finite market: "profile" (an assignment in every profile, exponential in the
        agents), "token" (Alaei et al. 2012, polynomial), "cuts" (Border's condition, whose rows are to be added by
        ``raymenu.models.program_1.cut_form.add_cuts``: without them the program is a relaxation).
    incentive
        "all": every row of (IC). "none": none yet, to be added by ``raymenu.models.program_1.incentive.add_incentive``.

    Raises
    ------
    InputError
        Where the types do not fit the instance, a word is unknown, or there are too many profiles for the profile form.

    Examples
    --------
    >>> import raymenu
    >>> m = bic(raymenu.load("anaesthesia"), types=4, form="cuts")
    >>> len(m.x), len(m.participation), len(m.incentive), len(m.clearing)
    (80, 20, 60, 4)
    """
    one_of(market, get_args(Market), "market")
    one_of(form, get_args(Form), "form")
    made = finite_types(inst, types, seed)
    m = interim_model(inst, made, "BIC")
    add_participation(m, inst, made)
    add_incentive(m, made, all_misreports(made) if incentive == "all" else [], inst.cost_signs)
    add_clearing = add_expected_clearing if market == "large" else _CLEARING[form]
    add_clearing(m, inst, made)
    if market == "large" or form != "profile":
        add_interim_rules(m, inst, made)
    return m
