"""The library: many sizes and kinds, each with its source, each what its seeded generator makes."""

import numpy as np
import pytest

from raymenu import library, load
from raymenu.instances.catalogue import ENTRIES, files
from raymenu.instances.generators import shares, support_problem
from raymenu.instances.loading import library_text
from raymenu.instances.real import REAL


def test_the_library_is_wide():
    shapes = [(load(name).n_tasks, load(name).n_agents) for name in library()]
    assert len(shapes) >= 20
    assert (2, 2) in shapes and (6, 200) in shapes
    assert {tasks for tasks, _ in shapes} == {2, 3, 4, 5, 6}


@pytest.mark.parametrize("name", ENTRIES)
def test_the_file_is_what_the_catalogue_builds(name):
    built, stored = ENTRIES[name](), load(name)
    assert built.digest == stored.digest
    assert built.to_json() == library_text(name)
    assert built.name == name


def test_nothing_else_is_in_the_library():
    assert set(library()) == set(ENTRIES) | set(REAL)


def test_the_command_writes_the_library_again():
    made = files()
    assert {path.name for path in made} == {f"{name}.json" for name in library()}
    assert all(path.read_text(encoding="utf-8") == text for path, text in made.items())


@pytest.mark.parametrize("name", library())
def test_every_instance_says_where_it_is_from(name):
    inst = load(name)
    assert inst.name == name
    assert any(word in inst.source for word in ("Made by", "made by", "Synthetic", "SYNTHETIC", "(1979)", "Figure 1"))
    if name in REAL and name != "courses_ariel":
        assert "ASSUMPTION, not data" in inst.source
    assert np.allclose(inst.copies @ inst.endowment, inst.counts, rtol=1e-9)


def test_shares_fill_the_counts_to_the_last_decimal():
    sizes = np.random.default_rng(3).random((7, 4)) + 0.1
    counts = np.array([35.0, 28.0, 1.0, 7.0])
    held = shares(counts, sizes)
    assert np.allclose(held.sum(axis=0), counts, rtol=1e-12) and (held >= 0).all()


def test_support_problems_are_drawn_in_the_stated_order():
    problem = support_problem(4, 10, seed=3)
    rng = np.random.default_rng(3)
    assert (problem.types.costs == rng.uniform(0.5, 2, (10, 4))).all()
    assert (problem.w == rng.uniform(0.2, 1, 4)).all()
