"""Who loses with an endowment other than the status quo: against brute force, and never unasked."""

import json
from dataclasses import replace
from fractions import Fraction
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
from random_instances import random_instance

import raymenu
from raymenu import Menu
from raymenu.cli import main
from raymenu.designs.verification.menus import check_menus
from raymenu.mechanisms.participation import losses, losses_in_full, where_all_participate


def moved(inst, rng):
    """The instance with an endowment of its own: a random mixture of sigma and of sigma with rows exchanged."""
    share = rng.choice([0.0, 0.3, 1.0])
    shifted = inst.status_quo + share * (inst.status_quo.mean(axis=0) - inst.status_quo)
    agents = tuple(
        agent.model_copy(update={"endowment": tuple(row)}) for agent, row in zip(inst.record.agents, shifted.tolist())
    )
    return replace(inst, record=inst.record.model_copy(update={"agents": agents}))


def by_hand(inst, j, costs, held):
    """The largest exact excess of c . held over beta c . sigma."""
    beta = Fraction(float(inst.slack[j]))
    return max(
        sum(
            Fraction(c) * (Fraction(x) - beta * Fraction(s)) for c, x, s in zip(cost, held, inst.status_quo[j].tolist())
        )
        for cost in costs
    )


@pytest.mark.parametrize("seed", range(40))
def test_losses_are_those_of_the_corners(seed):
    rng = np.random.default_rng(seed)
    inst = moved(random_instance(rng, boxes=bool(seed % 2), slack=rng.choice([1.0, 1.2])), rng)
    found = {loss.row: loss for loss in losses(inst)}
    for j, p in enumerate(inst.preferences):
        if p.continuous:
            costs = list(product(*zip(p.lower_bounds.tolist(), p.upper_bounds.tolist())))
        else:
            costs = p.discretize(1).costs.tolist()
        assert (by_hand(inst, j, costs, inst.endowment[j].tolist()) > 0) == (j in found)
        if j in found:
            work = np.array(costs) @ inst.endowment[j] / (inst.slack[j] * np.array(costs) @ inst.status_quo[j])
            assert found[j].ratio == pytest.approx(work.max())


@pytest.mark.parametrize("seed", range(20))
def test_in_full_is_what_types_get(seed):
    rng = np.random.default_rng(seed)
    inst = moved(random_instance(rng, boxes=False, agents=2, tasks=2), rng)
    types = inst.types()
    for j, eta in enumerate(inst.endowment):
        menu = Menu(eta, [[-eta[0] / 2, rng.uniform(0, eta[1])], [rng.uniform(0.5, 2) * eta[0], -eta[1] / 2]])
        worst = 0.0
        for c in types[j].costs:
            k = menu.choices([c])[0]
            worst = max(worst, c @ (eta + (menu.rays[k] if k >= 0 else 0)) / (inst.slack[j] * c @ inst.status_quo[j]))
        loss = losses_in_full(inst, j, [menu], types[j])
        assert (loss is None) == (worst <= 1 + 1e-12)
        assert loss is None or loss.ratio == pytest.approx(worst)


def test_equality_is_no_loss():
    """What rounding cannot tell rationals do: the endowment of this type weighs exactly as much as its status quo."""
    inst = raymenu.make_instance(
        "level", "made up", counts=[4, 4], performance=[[1, 2], [2, 1]], status_quo=[[1, 3], [3, 1]],
        endowment=[[1.75, 2.75], [2.25, 1.25]],
        preferences=[raymenu.FinitePreferences(costs=((1.0, 3.0),)), raymenu.FinitePreferences(costs=((0.1, 0.3),))],
    )  # fmt: skip
    assert losses(inst) == []


def test_results_check_participation():
    inst = raymenu.load("moved_endowment")
    large = raymenu.solve_large_market(inst, 30, max_rounds=4)
    check = large.check()
    assert check.name == "participation" and 0.5 < check.worst < 0.6 and "87% of types lose" in str(check)
    home = raymenu.solve_large_market(inst.from_status_quo(), 30, max_rounds=2).check()
    assert home.violations["participation"] == 0 and home.ok()
    design = raymenu.design_small_market(inst, effort=0.05, profiles=50, families=["best bilateral trade"])
    assert design.check().name == "participation" and design.check().worst == pytest.approx(losses(inst)[0].ratio - 1)
    start, note = where_all_participate(inst)
    assert "'agent 1': some types lose" in note
    design = raymenu.design_small_market(start, effort=0.05, profiles=50, families=["best bilateral trade"])
    assert design.check().ok(0)


def test_verification_asks_for_participation():
    inst = raymenu.load("moved_endowment")
    found = {}
    for name, market in (("away", inst), ("home", inst.from_status_quo())):
        file = SimpleNamespace(instance=market, menus=lambda: iter(()))
        found[name] = {claim.name: claim for claim in check_menus(file)}["participation"]
    assert found["away"].outcome == "fails" and "'agent 1'" in found["away"].detail
    assert found["home"].outcome == "holds"


def run(*arguments):
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return ended.value.code


@pytest.mark.slow
def test_menus_with_which_agents_lose_are_recommended_only_when_asked(tmp_path, capsys):
    common = ["solve", "moved_endowment", "--types", "20", "--draws", "200", "--gap", "0.05"]
    assert run(*common, "--json", str(tmp_path / "home.json")) == 0
    assert "menus start from the status quo" in capsys.readouterr().out
    home = json.loads((tmp_path / "home.json").read_text())
    assert "'agent 1': some types lose" in home["participation"]
    costs = {option["mechanism"]: option["cost"] for option in home["options"]}
    assert costs["status quo"] == pytest.approx(raymenu.load("moved_endowment").status_quo_cost)
    assert run(*common, "--from-endowment", "--json", str(tmp_path / "away.json")) == 0
    away = json.loads((tmp_path / "away.json").read_text())
    assert away["participation"].startswith("menus start from the instance's endowment, as asked")
    assert "status quo" not in {option["mechanism"] for option in away["options"]}
