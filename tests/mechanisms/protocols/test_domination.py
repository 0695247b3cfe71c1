"""Theorem 2's construction, and polarization decided three ways."""

from fractions import Fraction
from itertools import product

import numpy as np
import pyomo.environ as pyo
import pytest
from random_protocols import random_protocol, type_grid

import raymenu
from raymenu import InputError, Menu, dominates, effectively_dominates, is_osp, polarized_ray_form
from raymenu.mechanisms import (
    RayKind,
    are_polarized,
    is_obviously_dominant,
    kind_of,
    lemma_5_minimum,
    obviously_dominant,
    polarized_by_definition,
)
from raymenu.solvers.backends import backend


def check_construction(protocol):
    form = polarized_ray_form(protocol)
    assert dominates(form.protocol, form.core)
    assert is_osp(form.protocol, reduced=False)  # whatever the selection rule (Corollary 3)
    assert is_osp(form.core, reduced=False) and form.core.check() == [] and form.protocol.check() == []
    assert effectively_dominates(form.protocol, form.core)
    for j, menu in enumerate(form.protocol.menus):
        nontrivial = [offered.pieces[0] for offered in menu if offered.pieces[0].kind != "point"]
        boxes = [piece for piece in nontrivial if piece.kind == "box"]
        assert not boxes or len(nontrivial) == 1  # remedial, alone
        rays = [
            [x - e for x, e in zip(p.vertices[1], form.protocol.endowment[j])] for p in nontrivial if p.kind == "ray"
        ]
        assert all(are_polarized(a, b) for a in rays for b in rays if a is not b)
        assert len(rays) <= protocol.n_tasks  # Corollary 2
        # The same strategies on the actions that are left, for strictly positive costs.
        for cost in [c for c in type_grid(protocol.n_tasks) if min(c) > 0]:
            action = obviously_dominant(protocol, j, cost)
            same = form.actions[j].index(action)  # nobody takes a redundant action
            assert is_obviously_dominant(form.core, j, cost, same, reduced=False)
            assert is_obviously_dominant(form.protocol, j, cost, same, reduced=False)
            # By the definition, on the bundles themselves.
            values = [[sum(c * x for c, x in zip(cost, b)) for b in bundles] for bundles in protocol.selected[j]]
            assert all(max(values[action]) <= min(v) for m, v in enumerate(values) if m != action)


def test_random_osp_protocols():
    done = 0
    for seed in range(120):
        protocol = random_protocol(seed)
        if is_osp(protocol):
            check_construction(protocol)
            done += 1
        else:
            with pytest.raises(InputError, match="not OSP"):
                polarized_ray_form(protocol)
    assert done > 20


@pytest.mark.slow
def test_many_random_osp_protocols():
    for seed in range(1000):
        protocol = random_protocol(seed)
        if is_osp(protocol):
            check_construction(protocol)


def test_redundant_actions_go_and_remedial_ones_become_the_box():
    table = {(1, 1): [[1, 0], [1, 2]]}  # agent 0 gives one away, agent 1 takes it
    protocol = raymenu.TradingProtocol.from_table([[1, 1], [1, 1]], [2, 2], table)
    form = polarized_ray_form(protocol)
    assert form.actions == ((0, 1), (0,))
    assert form.protocol.menus[0][1] == raymenu.TradingSet.box_below([1, 1])
    both = {(1, 1, 0): [[1, 0], [1, 2], [1, 1]], (1, 0, 1): [[0, 1], [1, 1], [2, 1]], (1, 0, 0): [[1, 1]] * 3}
    three = raymenu.TradingProtocol.from_table([[1, 1]] * 3, [2, 2, 2], both)
    assert is_osp(three)
    check_construction(three)


def test_domination_needs_larger_sets():
    small, large = Menu([1, 1], [[-0.5, 0.5]]), Menu([1, 1], [[-1, 1]])
    inst = raymenu.make_instance(
        "two",
        "made up",
        counts=[2, 2],
        performance=[[1, 2], [2, 1]],
        status_quo=[[1, 1]] * 2,
        preferences=[raymenu.UniformPreferences(lower=(1, 1), upper=(2, 2))] * 2,
    )
    rays = raymenu.ray_protocol(inst, [large] * 2)
    assert dominates(rays, raymenu.ray_protocol(inst, [small] * 2))  # one ray, however it is scaled
    points = raymenu.TradingProtocol.from_table([[1, 1]] * 2, [2, 2], {(1, 1): [[0, 2], [2, 0]]})
    assert not dominates(rays, points) and not dominates(points, rays)
    other = raymenu.ray_protocol(inst, [large, Menu([1, 1], [[1, -1]])])
    assert dominates(other, points) and effectively_dominates(other, points)


def test_three_ways_to_decide_polarization_agree():
    values = range(-2, 3)
    for tasks in (2, 3):
        rng = np.random.default_rng(tasks)
        vectors = list(product(values, repeat=tasks))
        for _ in range(4000):
            first, second = ([Fraction(x) for x in vectors[k]] for k in rng.integers(len(vectors), size=2))
            multipliers = polarized_by_definition(first, second)
            assert (multipliers is not None) == are_polarized(first, second)
            if multipliers is not None:
                assert min(multipliers) >= 0 and sum(multipliers) == 1
                assert all(multipliers[0] * a + multipliers[1] * b >= 0 for a, b in zip(first, second))
            if kind_of(first) is RayKind.PROPER and kind_of(second) is RayKind.PROPER:
                by_lemma = all(lemma_5_minimum(a, b) >= 0 for a, b in ((first, second), (second, first)))
                assert by_lemma == are_polarized(first, second)


def test_lemma_5_differs_on_redundant_rays_which_are_decided_first():
    redundant, proper = [Fraction(1), Fraction(0)], [Fraction(1), Fraction(-1)]
    assert lemma_5_minimum(proper, redundant) < 0
    assert are_polarized(proper, redundant) and polarized_by_definition(proper, redundant)
    assert lemma_5_minimum(proper, [Fraction(1), Fraction(1)]) is None


def test_the_program_of_lemma_5_has_the_exact_minimum():
    rng = np.random.default_rng(5)
    solver = backend("highs")
    for _ in range(25):
        first, second = rng.integers(-3, 4, (2, 4))
        exact = lemma_5_minimum([Fraction(int(x)) for x in first], [Fraction(int(x)) for x in second])
        if exact is None:
            continue
        model = raymenu.models.lemma_5(first.tolist(), second.tolist())
        solver.solve(model)
        assert pyo.value(model.gain) == pytest.approx(float(exact), abs=1e-9)


def test_corollary_2_at_most_as_many_polarized_rays_as_tasks():
    rng = np.random.default_rng(2)
    most = 0
    for _ in range(3000):
        tasks = int(rng.integers(2, 4))
        rays = rng.integers(-1, 4, (tasks + 1, tasks))
        proper = [[Fraction(int(x)) for x in ray] for ray in rays if (ray < 0).any() and (ray > 0).any()]
        kept = []
        for ray in proper:
            if all(are_polarized(ray, other) for other in kept):
                kept.append(ray)
        assert len(kept) <= tasks
        most = max(most, len(kept) - tasks)
    assert most == 0  # and it is reached
