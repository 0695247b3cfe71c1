"""The ex-post rule of a BIC mechanism: every task is assigned in every profile, and its expectation is the interim."""

from itertools import product

import numpy as np
import pytest
from random_instances import random_instance

import raymenu
from raymenu.solvers.bic.border import Border
from raymenu.solvers.bic.hierarchical_rules import ranking_lottery


def by_enumeration(mechanism):
    """E over the others' types of m(c), averaged over the copies of each row; market clearing on the way."""
    inst, types, rows = mechanism.inst, mechanism.types, mechanism.inst.agent_rows
    interim = [np.zeros_like(x) for x in mechanism.interim]
    for profile in product(*[range(types[j].size) for j in rows]):
        probability = np.prod([types[j].weights[t] for j, t in zip(rows, profile)])
        assigned = mechanism.allocation(profile)
        assert assigned.shape == (rows.size, inst.n_tasks)
        assert (assigned >= 0).all()
        assert np.abs(assigned.sum(axis=0) - inst.counts).max() <= 1e-9 * inst.counts.max()
        for a, (j, t) in enumerate(zip(rows, profile)):
            interim[j][t] += probability * assigned[a] / (types[j].weights[t] * inst.copies[j])
    return interim


@pytest.mark.parametrize("form", ["profile", "token", "cuts"])
@pytest.mark.parametrize("seed", range(12))
def test_the_rule_reproduces_the_interim_assignments(seed, form):
    rng = np.random.default_rng(seed)
    inst = random_instance(
        rng,
        boxes=False,
        agents=2 + (seed % 3 > 0),
        tasks=int(rng.integers(2, 4)),
        n_types=int(rng.integers(2, 4)),
        copies=2 if seed % 3 == 0 else 1,
        slack=1.2 if seed % 2 else 1.0,
    )
    mechanism = raymenu.solve_bic(inst, 5, form=form)
    for found, told in zip(by_enumeration(mechanism), mechanism.interim):
        assert np.abs(found - told).max() <= 1e-8 * inst.counts.max()


@pytest.mark.parametrize("seed", range(200))
def test_every_mixture_of_rankings_is_found_again(seed):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 8, size=rng.integers(2, 5))
    row = np.repeat(np.arange(sizes.size), sizes)
    border = Border(row, np.concatenate([rng.dirichlet(np.ones(n)) for n in sizes]), rng.integers(1, 6, sizes.size))
    mass = np.zeros(row.size)
    for weight in rng.dirichlet(np.full(rng.integers(1, 9), 0.3)):
        order = rng.permutation(row.size)
        mass[order] += weight * np.diff(border.capacities_along(order), prepend=0.0)
    lottery = ranking_lottery(border, mass / border.mass)
    back = np.zeros(row.size)
    for probability, rank in zip(lottery.probability, lottery.rank):
        order = np.argsort(rank)
        back[order] += probability * np.diff(border.capacities_along(order), prepend=0.0)
    assert lottery.probability.sum() == pytest.approx(1, abs=1e-12)
    assert np.abs(back - mass).max() <= 1e-10


def test_bad_profiles_are_refused():
    inst = random_instance(np.random.default_rng(0), boxes=False, agents=2)
    mechanism = raymenu.solve_bic(inst, 5)
    with pytest.raises(raymenu.InputError, match="whole numbers needed"):
        mechanism.allocation([0])
    with pytest.raises(raymenu.InputError, match="there are types 0 to 3"):
        mechanism.allocation([0, 4])
    with pytest.raises(raymenu.InputError, match="in expectation only"):
        raymenu.solve_bic(inst, 5, market="large").allocation([0, 0])
