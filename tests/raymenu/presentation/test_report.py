"""Reports, screens and sheets of markets of many agents, of rules, and of ladders half known."""

import io

import numpy as np
import pytest

import raymenu
from raymenu.designs.design import Design, compare
from raymenu.mechanisms import Menu, OfferPlan
from raymenu.presentation.choice_sheets import choice_sheets
from raymenu.presentation.ladder_view import ladder_view
from raymenu.presentation.offers_view import offers_of
from raymenu.presentation.report import Report
from raymenu.presentation.run_folder import write_run
from raymenu.presentation.tables import Table, screen, show
from raymenu.presentation.terminal import telling
from raymenu.solvers.value_of_choice.rungs import NAMES, Rung


def market(rows, copies):
    rng = np.random.default_rng(rows)
    status_quo = rng.uniform(1, 9, (rows, 3)).round(1)
    return raymenu.make_instance(
        "many",
        "made up",
        counts=(np.array(copies) @ status_quo).tolist(),
        performance=rng.uniform(0, 1, (rows, 3)),
        status_quo=status_quo,
        preferences=[raymenu.UniformPreferences(lower=[0.5] * 3, upper=[2.0] * 3)] * rows,
        copies=copies,
    )


def design_of(inst):
    ray = np.array([0.4, -0.5, 0.1])
    plan = OfferPlan.make(inst, [Menu(eta, [ray, -ray]) for eta in inst.endowment])
    options = compare(inst, {"one common direction": plan}, draws=10, seed=0)
    return Design(inst, options, options[1])


LADDER = [Rung(name, 1.0 + 0.1 * k, 1.0 + 0.1 * k) for k, name in enumerate(NAMES)]


@pytest.mark.parametrize(("rows", "copies"), [(9, [14] * 8 + [8]), (120, [1] * 120)])
def test_120_agents_take_at_most_80_lines(tmp_path, monkeypatch, rows, copies):
    monkeypatch.delenv("COLUMNS", raising=False)
    report = Report(design_of(market(rows, copies)), LADDER)
    for width in (None, 80):
        console = screen()
        console.file = io.StringIO()
        if width:
            console.width = width
        for each in telling(report):
            show(console, each) if isinstance(each, Table) else console.print(each)
        lines = console.file.getvalue().splitlines()
        assert len(lines) <= (80 if width is None else 120)
        assert max(map(len, lines)) <= (width or 10_000) and not any("…" in line for line in lines)
    write_run(report, tmp_path / "out", pictures=False)
    assert len(list((tmp_path / "out" / "choice-sheets").iterdir())) == 120
    assert len((tmp_path / "out" / "choices.csv").read_text(encoding="utf-8").splitlines()) == 121


def test_a_second_run_leaves_nothing_of_the_first(tmp_path):
    write_run(Report(design_of(market(9, [1] * 9)), LADDER), tmp_path)
    assert (tmp_path / "ladder.png").exists()
    write_run(Report(design_of(market(3, [1] * 3))), tmp_path, pictures=False)
    left = {file.name for file in tmp_path.iterdir()}
    assert not {"ladder.png", "ladder.csv", "menus.png"} & left
    assert len(list((tmp_path / "choice-sheets").iterdir())) == 3


def test_up_to_means_what_the_rule_can_do():
    inst = raymenu.load("anaesthesia")
    inst = inst.with_rules([raymenu.Rule("cap", "few", tasks="good", each=True, at_most=5.0)])
    ray = np.array([1.0, -1.2, 0.6, -0.2])
    plan = OfferPlan.make(inst, [Menu(eta, [0.5 * ray, -0.5 * ray]) for eta in inst.endowment])
    rng = np.random.default_rng(0)
    profiles = rng.integers(-1, 2, (200, 5))
    reached = raymenu.allocate(inst, plan.menus(), profiles).assignment - inst.endowment
    for n, offer in enumerate(offers_of(plan)):
        most = np.array([action.most for action in offer.actions])
        assert (reached[:, n] <= np.maximum(most.max(axis=0), 0) + 1e-9).all()
        assert (reached[:, n] >= np.minimum(most.min(axis=0), 0) - 1e-9).all()
        assert offer.menu.endowment[0] + most[:, 0].max() == pytest.approx(5.0)
    assert "as far as the rules allow" in choice_sheets(plan)[0].html


def test_what_is_not_known_saves_nothing_yet():
    views = {v.name: v for v in ladder_view([Rung("bic", 6.0, 8.0), *LADDER[:1], Rung("status_quo", 8.0, 8.0)])}
    assert views["bic"].standing == "not found yet" and "not found yet" in views["bic"].saves
    assert views["status_quo"].saves == "0.0%" and views["first_best"].standing == "exact"
    unbounded = ladder_view([Rung("lm_osp", -np.inf, 7.0), Rung("status_quo", 8.0, 8.0)])[0]
    assert unbounded.lower == "unknown" and np.isfinite([unbounded.left, unbounded.width]).all()
