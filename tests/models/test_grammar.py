"""The naming grammar of docs/models.md: every component of every program is in its table, sets have one meaning."""

import re
from pathlib import Path

import numpy as np
import pyomo.environ as pyo
import pytest

import raymenu
from raymenu import FiniteTypes, models
from raymenu.mechanisms import TradingSet

PAGE = Path(__file__).parents[2] / "docs" / "models.md"
INST = raymenu.load("two_task_finite")
THREE = FiniteTypes([[1.0, 2.0, 1.5], [2.0, 1.0, 0.7]])
ETA, W = [1.0, 1.0, 1.0], [1.0, 0.7, 0.4]
COLUMNS = [[eta, 0 * eta] for eta in INST.endowment]
MENUS = [raymenu.Menu(eta, [[-e for e in eta[:1]] + [1.0]]) for eta in INST.endowment]
MODELS = {
    "first_best": lambda: models.first_best(INST),
    "no_choice, box": lambda: models.no_choice(raymenu.load("anaesthesia")),
    "no_choice, types": lambda: models.no_choice(INST),
    **{f"bic, {form}": lambda form=form: models.bic(INST, form=form) for form in ("token", "profile", "cuts")},
    "bic, large": lambda: models.bic(INST, market="large"),
    "full_information": lambda: models.full_information(INST),
    "outer": lambda: models.outer(INST, COLUMNS),
    "dual": lambda: models.dual(INST, COLUMNS),
    **{
        f"menu, {form}": lambda form=form: models.menu(THREE, ETA, W, formulation=form)
        for form in ("multiplier", "anchored", "piecewise", "smoothed")
    },
    "support_bic": lambda: models.support_bic(THREE, ETA, W),
    "joint": lambda: models.joint(INST),
    "finite_market": lambda: models.finite_market(INST),
    "eopr": lambda: models.eopr(INST, MENUS, [0] + [-1] * (len(INST.agent_rows) - 1)),
    "boxed_eopr": lambda: models.boxed_eopr(np.ones((2, 3)), np.ones(3), np.ones(3)),
    "selection": lambda: models.selection(np.ones((1, 2)), np.ones((1, 2)), [TradingSet.ray([1, 1], [1, -1])]),
    "lemma_5": lambda: models.lemma_5([-1.0, 2.0], [1.0, -1.0]),
    "bilateral_trade": lambda: models.bilateral_trade(raymenu.load("anaesthesia"), (0, 1), [[1] * 4], [[2] * 4], None),
}


def documented():
    text = PAGE.read_text(encoding="utf-8")
    return set(re.findall(r"`(\w+)`", text[text.index("## Symbol") :]))


def test_every_builder_is_in_the_table():
    missing = set(models.__all__) - documented()
    assert not missing


@pytest.mark.parametrize("name", MODELS)
def test_every_component_is_documented_and_well_formed(name):
    m = MODELS[name]()
    known = documented()
    for part in m.component_objects((pyo.Var, pyo.Constraint, pyo.Objective, pyo.Expression), descend_into=False):
        assert part.local_name in known, part.local_name
        assert part.local_name.islower()
    for part in m.component_objects(pyo.Set, descend_into=False):
        if not re.search(r"_index|_domain|unknown", part.local_name):
            assert part.local_name.isupper(), part.local_name


def test_agents_are_rows_and_single_agents_are_copies():
    inst = raymenu.load("two_task_finite").with_copies(2)
    keep = [raymenu.Menu(eta) for eta in inst.endowment]
    m = models.eopr(inst, keep, [-1] * len(inst.agent_rows))
    assert len(m.SINGLE_AGENTS) == len(inst.agent_rows) == 2 * inst.n_agents
    assert not hasattr(m, "AGENTS")
    for build in (models.first_best, models.no_choice, models.bic, models.full_information):
        assert len(build(inst).AGENTS) == inst.n_agents
