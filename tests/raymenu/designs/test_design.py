"""A design file says what it claims, comes back as it went, and any change to it shows."""

import copy
import json

import numpy as np
import pytest
from random_instances import random_instance
from small_designs import as_written, make_design

import raymenu
from raymenu import InputError
from raymenu.designs.document import design_document, design_from_document, read_design, write_design
from raymenu.designs.verification import read_document, verify


@pytest.fixture(scope="module")
def design():
    return make_design(raymenu.load("two_task_ratio"))


@pytest.mark.parametrize("name", ["two_task_ratio", "known_preferences", "two_task_finite"])
def test_an_honest_design_passes(name):
    document = as_written(make_design(raymenu.load(name)))
    findings = verify(document, bounds=True)
    assert [found for found in findings if not found.passed] == []
    assert {found.name for found in findings if found.outcome == "unchecked"} == {"words"}


def test_what_is_written_is_read_and_written_again(design, tmp_path):
    path = tmp_path / "design.json"
    write_design(path, design)
    again = read_design(path)
    assert design_document(again) == json.loads(path.read_text()) == as_written(design)
    assert again.reason == design.reason and again.recommended.mechanism == design.recommended.mechanism
    assert again.recommended.report == design.recommended.report
    for mine, other in zip(design.plan.menus(), again.plan.menus()):
        assert (mine.rays == other.rays).all()
    assert [p.exact for p, _ in again.certificate.plan.lotteries[0]] == [
        p.exact for p, _ in design.certificate.plan.lotteries[0]
    ]
    assert (again.certificate.lower, again.certificate.upper) == (design.certificate.lower, design.certificate.upper)


def test_lotteries_of_several_copies_come_back(tmp_path):
    made = make_design(raymenu.load("two_task_ratio").with_copies(3), draws=50)
    again = design_from_document(as_written(made))
    for option, other in zip(made.options, again.options):
        assert [(g.row, g.agents, [p.exact for p, _ in g.lottery]) for g in option.plan.groups] == [
            (g.row, g.agents, [p.exact for p, _ in g.lottery]) for g in other.plan.groups
        ]
    assert [menu.size for menu in made.plan.menus()] == [menu.size for menu in again.plan.menus()]
    assert not [found for found in verify(as_written(made)) if not found.passed]


def leaves(data, path=()):
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield from leaves(value, (*path, key))
    if not isinstance(data, dict | list):
        yield path


def changed(document, path):
    other = copy.deepcopy(document)
    place = other
    for key in path[:-1]:
        place = place[key]
    value = place[path[-1]]
    if isinstance(value, str):
        place[path[-1]] = f"{value}1" if value[-1:].isdigit() else f"{value}x"
    else:
        place[path[-1]] = value + 1
    return other


def test_changing_anything_shows(design, monkeypatch):
    # The checksum is the first thing checked: the rest need not be worked out here.
    monkeypatch.setattr("raymenu.designs.verification.recheck.check_market", lambda file, seed: [])
    document = as_written(design)
    for path in leaves(document):
        if path != ("format",):
            first = verify(changed(document, path))[0]
            assert first.name == "checksum" and not first.passed, path


def test_not_a_design_file(tmp_path):
    path = tmp_path / "design.json"
    for text in ("", "{", "[]", '{"format": 7}', "[" * 100_000, '{"format": 2, "format": 2}', "\ufeff{}"):
        path.write_text(text)
        for read in (read_document, read_design):
            with pytest.raises(InputError) as fault:
                read(path)
            assert "design.json" in str(fault.value) and "\n" not in str(fault.value)


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("market", "recommended"), "another", "none of the options"),
        (("market", "options", 0, "groups", 0, "agent"), "nobody", "no agent"),
        (("market", "options", 0, "groups", 0, "agents"), 7, "groups"),
        (("market", "options", 0, "groups", 0, "agents"), True, "a whole number is needed, True given"),
        (("market", "options", 1, "groups", 0, "lottery", 0, "probability"), "1e9", "rational"),
        (("market", "options", 1, "groups", 0, "lottery", 0, "menu", "rays", 0, 0), "1/3", "double-precision"),
        (("market", "report", "seed"), -1, "greater than or equal to 0"),
        (("market", "discount"), 3, "unknown field"),
        (("large_market", "types_of_row"), [0, 9], "types_of_row"),
        (("large_market", "prices"), None, "prices"),
        (("instance", "agents", 0, "copies"), 0, "instance"),
    ],
)
def test_a_broken_design_is_named(design, path, value, says):
    document = as_written(design)
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(InputError, match=says):
        design_from_document(document)


@pytest.mark.parametrize("seed", range(4))
def test_honest_designs_of_random_markets_never_fail(seed):
    rng = np.random.default_rng(seed)
    inst = random_instance(rng, boxes=bool(seed % 2), copies=2)
    findings = verify(as_written(make_design(inst, types=6, draws=1000, rel_gap=0.02)), bounds=True)
    assert [found for found in findings if not found.passed] == []
