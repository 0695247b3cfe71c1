"""The records of known bounds: complete, consistent, and a changed one is noticed."""

import json
from importlib import resources

import pytest
from typer.testing import CliRunner

from raymenu import InputError, library, load
from raymenu.benchmarks.suites import regress as regression
from raymenu.cli import app
from raymenu.instances.known_bounds import KnownBound, known_bounds
from raymenu.instances.readme import readme

FIRST_FOUR = ("first_best", "no_choice", "full_information", "lm_bic")


@pytest.mark.parametrize("name", library())
def test_every_instance_has_its_bounds_in_order(name):
    record = known_bounds(name)
    assert record.digest == load(name).digest
    bounds = [record.get(quantity) for quantity in FIRST_FOUR]
    assert all(bound is not None and bound.certified for bound in bounds)
    best, constant, informed, bic = bounds
    slack = bic.slack
    assert best.lower <= informed.upper + slack and informed.lower <= bic.upper + slack
    sigma = load(name).status_quo_cost
    assert constant.lower <= sigma + slack and bic.lower <= sigma + slack
    osp = record.get("lm_osp")
    assert osp.certified and bic.lower <= osp.upper + slack and osp.lower <= sigma + slack
    assert sum(bound.quantity == "support" for bound in record.bounds) >= 2


def test_the_readme_is_what_the_records_say():
    stored = resources.files("raymenu.instances") / "library" / "README.md"
    assert stored.read_text(encoding="utf-8") == readme()


def test_no_bound_of_the_fast_tier_is_crossed():
    comparisons = regression.regress("seconds")
    assert {done.instance for done in comparisons} == set(library())
    assert not [done for done in comparisons if done.failed]


def mutated(name, quantity, **changes):
    record = known_bounds(name)
    bounds = [bound.model_copy(update=changes) if bound.quantity == quantity else bound for bound in record.bounds]
    return {name: record.model_copy(update={"bounds": tuple(bounds)})}


@pytest.mark.parametrize("quantity", FIRST_FOUR)
@pytest.mark.parametrize("factor", [0.99, 1.01])
def test_a_mutated_record_fails(quantity, factor):
    value = known_bounds("two_task_uniform").get(quantity).lower * factor
    records = mutated("two_task_uniform", quantity, lower=value, upper=value)
    failed = [done for done in regression.regress("minutes", ["two_task_uniform"], records=records) if done.failed]
    assert [done.known.quantity for done in failed] == [quantity]
    assert failed[0].standing == "crossed"


def test_a_record_of_other_numbers_is_refused():
    record = known_bounds("figure_1")
    with pytest.raises(InputError, match="other numbers"):
        regression.regress("seconds", ["figure_1"], records={"figure_1": record.model_copy(update={"digest": "0"})})


def bound(**changes):
    fields = {"quantity": "lm_osp", "lower": 1.0, "upper": 1.1, "certified": True, "method": "search", "rel_gap": 0.1}
    fields |= {"tolerance": 1e-9, "scale": 1.0, "tier": "seconds", "versions": {}, "date": "2026-01-01"}
    return KnownBound(**(fields | changes))


def test_a_wider_gap_is_worse_unless_time_cut_it_short():
    wide = bound(lower=0.8)
    assert regression.compare("x", bound(), wide, complete=True).standing == "worse"
    assert regression.compare("x", bound(), wide, complete=False).standing == "cut short"
    assert regression.compare("x", bound(), bound(upper=1.05), complete=True).standing == "tighter"
    assert regression.compare("x", bound(), bound(lower=0.5, upper=0.9), complete=False).failed


def test_a_worse_bound_at_the_same_work_is_worse():
    known = bound(quantity="support", sense="max", rel_gap=0.01, work=5, reached=(0.9, 1.4))
    for changes, standing in (
        ({"lower": 0.9, "upper": 1.4, "reached": (0.9, 1.4)}, "agrees"),
        ({"lower": 0.8, "upper": 1.4, "reached": (0.8, 1.4)}, "worse"),
        ({"lower": 0.9, "upper": 1.5, "reached": (0.9, 1.5)}, "worse"),
        ({"lower": 1.0, "upper": 1.05, "reached": None}, "tighter"),
    ):
        found = known.model_copy(update=changes)
        assert regression.compare("x", known, found, complete=True).standing == standing
    closed = known.model_copy(update={"reached": None})
    stopped = known.model_copy(update={"lower": 0.9, "upper": 1.4, "reached": (0.9, 1.4)})
    assert regression.compare("x", closed, stopped, complete=True).standing == "worse"
    assert regression.compare("x", known, stopped, complete=False).standing == "cut short"


def test_a_record_mutated_at_its_work_limit_fails():
    # Two slices of the search do not close this gap, and what they reach does not depend on the machine's speed.
    name, inst = "random_j10_i5", load("random_j10_i5")
    w = known_bounds(name).get("support").w
    asked = regression.Question("support", 100, 0, 1e-3, 2, 0, w)
    known, complete = regression.find(inst, asked)
    assert complete and known.reached == (known.lower, known.upper)
    low, high = known.reached
    for reached, failures in (((low, high), 0), ((low + 0.1 * (high - low), high), 1), ((low, high - 0.1), 1)):
        bounds = (known.model_copy(update={"reached": reached}),)
        record = known_bounds(name).model_copy(update={"bounds": bounds})
        done = regression.regress("hours", [name], records={name: record})
        assert [one.standing for one in done if one.failed] == ["worse"] * failures


@pytest.mark.parametrize("rounds", [1, 3])
def test_rounds_limit_the_large_market(rounds):
    inst = load("random_j6_i3")
    known, complete = regression.find(inst, regression.Question("lm_osp", 10, 0, 1e-3, rounds))
    again, _ = regression.find(inst, regression.Question("lm_osp", 10, 0, 1e-3, rounds))
    assert complete and known.reached == (known.lower, known.upper) == (again.lower, again.upper)
    better = known.model_copy(update={"reached": (0.9 * known.lower + 0.1 * known.upper, known.upper)})
    assert regression.compare("x", better, again, complete=True).standing == "worse"


def test_tightening_intersects_and_keeps_the_gap_limit(tmp_path):
    record = known_bounds("figure_1")
    loose = record.model_copy(update={"bounds": (record.bounds[0].model_copy(update={"lower": 1.0}),)})
    regression.write_record(tmp_path, loose)
    done = regression.regress("seconds", ["figure_1"], records={"figure_1": loose})
    assert regression.tighten(tmp_path, done) == ["figure_1: first_best"]
    assert abs(known_bounds("figure_1", tmp_path).bounds[0].lower - 2.0) < 1e-9
    assert bound().tightened_by(bound(certified=False, upper=1.01)) is None


def test_the_command_fails_on_a_crossed_bound(tmp_path, monkeypatch):
    out = tmp_path / "found.json"
    asked = ["bench", "regress", "--instance", "figure_1", "--json", str(out)]
    assert CliRunner().invoke(app, asked, standalone_mode=False).return_value == 0
    records = mutated("figure_1", "first_best", lower=1.0, upper=1.5)
    monkeypatch.setattr(regression, "known_bounds", lambda name: records[name])
    ran = CliRunner().invoke(app, asked, standalone_mode=False)
    assert ran.return_value == 1 and "crossed" in ran.output
    assert json.loads(out.read_text())[0]["standing"] == "crossed"
