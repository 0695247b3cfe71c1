"""Program (1): the best Bayesian incentive compatible mechanism on finite types."""

from __future__ import annotations

from typing import Literal

import pyomo.environ as pyo

from raymenu.instances import Instance
from raymenu.models.finite import Types, finite_types
from raymenu.models.incentive import add_incentive, all_misreports
from raymenu.models.interim import add_expected_clearing, add_participation, interim_model
from raymenu.models.profile_form import add_profile_clearing

Market = Literal["finite", "large"]
Form = Literal["profile", "token", "cuts"]


def bic(
    inst: Instance,
    types: Types = 20,
    seed: int = 0,
    market: Market = "finite",
    form: Form = "token",
    incentive: Literal["all", "none"] = "all",
) -> pyo.ConcreteModel:
    """Program (1)."""
    made = finite_types(inst, types, seed)
    m = interim_model(inst, made, "BIC")
    add_participation(m, inst, made)
    add_incentive(m, made, all_misreports(made) if incentive == "all" else [])
    if market == "large":
        add_expected_clearing(m, inst, made)
    elif form == "profile":
        add_profile_clearing(m, inst, made)
    return m
