"""Section 3's small steps by their names, on random protocols that are OSP on the orthant: Lemma 4, Claims 1 to 6."""

from fractions import Fraction

import numpy as np
import pytest
from random_protocols import random_protocol, type_grid

from raymenu import FiniteTypes, InputError, Menu, TradingProtocol, TradingSet, is_osp
from raymenu.mechanisms import are_polarized, is_obviously_dominant, obviously_dominant
from raymenu.mechanisms.menus.polarization import RayKind, kind_of
from raymenu.mechanisms.protocols.strategies import not_obviously_dominant

OSP = [protocol for protocol in map(random_protocol, range(120)) if is_osp(protocol)]


def departures(protocol, j):
    """For each action the selected bundles less the endowment."""
    eta = protocol.endowment[j]
    return [[tuple(x - e for x, e in zip(held, eta)) for held in bundles] for bundles in protocol.selected[j]]


def dot(cost, step):
    return sum(Fraction(c) * x for c, x in zip(cost, step))


def each_type():
    for protocol in OSP:
        for j in range(protocol.n_agents):
            for cost in type_grid(protocol.n_tasks, 4):
                yield protocol, j, cost, departures(protocol, j)


def test_lemma_4_obviously_dominant_choices_are_myopically_optimal():
    for protocol, j, cost, _ in each_type():
        best = protocol.myopic_choice(j, cost, reduced=True).actions
        for k in range(len(protocol.menus[j])):
            if is_obviously_dominant(protocol, j, cost, k):
                assert k in best


def test_claim_1_the_endowment_is_in_every_set():
    for protocol in OSP:
        for j, menu in enumerate(protocol.selected):
            assert all(protocol.endowment[j] in bundles for bundles in menu)


def test_claim_2_nothing_better_than_the_endowment_elsewhere():
    for protocol, j, cost, steps in each_type():
        chosen = obviously_dominant(protocol, j, cost)
        assert all(dot(cost, d) >= 0 for k, several in enumerate(steps) if k != chosen for d in several)


def test_claim_3_no_set_holds_better_and_worse():
    for _, _, cost, steps in each_type():
        for several in steps:
            assert not (any(dot(cost, d) < 0 for d in several) and any(dot(cost, d) > 0 for d in several))


def kinds(several):
    return {kind_of(d) for d in several if any(d)}


def test_claim_4_redundant_remedial_or_one_ray():
    for protocol in OSP:
        for j in range(protocol.n_agents):
            for several in departures(protocol, j):
                found = [d for d in several if any(d)]
                if RayKind.PROPER in kinds(several):
                    first = found[0]
                    lead = next(i for i, x in enumerate(first) if x)
                    assert all(d[lead] * first[lead] > 0 for d in found)
                    assert all(d[i] * first[lead] == first[i] * d[lead] for d in found for i in range(len(first)))
                else:
                    assert len(kinds(several)) <= 1


def test_claims_5_and_6_pairs_of_sets():
    for protocol in OSP:
        for j in range(protocol.n_agents):
            steps = [[d for d in several if any(d)] for several in departures(protocol, j)]
            for k, first in enumerate(steps):
                for second in steps[k + 1 :]:
                    if RayKind.REMEDIAL in kinds(first) | kinds(second):
                        assert RayKind.PROPER not in kinds(first) | kinds(second)  # Claim 6
                    else:
                        assert all(are_polarized(a, b) for a in first for b in second)  # Claim 5


@pytest.mark.parametrize("seed", range(20))
def test_osp_of_a_strategy_profile(seed):
    protocol = random_protocol(seed)
    own = FiniteTypes(np.array(type_grid(protocol.n_tasks, 3), dtype=float) + 1.0)
    types = [own] * protocol.n_agents
    myopic = [
        [protocol.myopic_choice(j, cost, reduced=True).actions[0] for cost in own.costs.tolist()]
        for j in range(protocol.n_agents)
    ]
    faults = not_obviously_dominant(protocol, myopic, types)
    if faults == []:
        assert is_osp(protocol, own)
    verdict = is_osp(protocol, own)
    if verdict:
        assert not_obviously_dominant(protocol, verdict.proof.strategies, types) == []
    with pytest.raises(InputError):
        not_obviously_dominant(protocol, myopic[:1], types)


def test_footnote_18_the_remedial_menu_as_the_limit_of_rays():
    """kappa <= 0 plus epsilon on a task worth having is an ordinary ray, and nearly all types take it."""
    types = FiniteTypes(np.random.default_rng(0).uniform(0.5, 2, (500, 3)))
    eta, kept = np.array([2.0, 1.0, 1.0]), np.array([2.0, 0.0, 0.0])
    remedial = Menu.remedial(eta, kept).expected_assignment(types)
    for epsilon in (1e-1, 1e-3, 1e-6):
        ray = Menu(eta, [kept - eta + np.array([epsilon, 0, 0])])
        assert ray.is_polarized() and kind_of(ray.exact_rays[0]) is RayKind.PROPER
        assert np.abs(ray.expected_assignment(types) - remedial).max() <= epsilon * (1 + 1e-9)


def test_demand_sets_of_a_pseudo_market():
    """{A, sigma} with A on the budget: as a trading set it holds better and worse than sigma, so it is not OSP."""
    eta = [Fraction(1)] * 3
    demand = TradingSet.union(TradingSet.point(eta), TradingSet.polytope([[3, 0, 0], [0, 3, 0]]))
    menu = [TradingSet.point(eta), demand]
    assert not is_osp(TradingProtocol.make([eta, eta], [menu, menu]), reduced=False)
    small = TradingSet.union(TradingSet.point(eta), TradingSet.segment([2, 1, 0], [3, 1, 0]))
    with pytest.raises(InputError):
        TradingProtocol.make([eta, eta], [[small], menu])
