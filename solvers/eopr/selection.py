"""The ex-post optimal selection rule of a trading protocol, as a rule it can be given."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pyomo.environ as pyo

from raymenu import models
from raymenu.instances import InputError, Instance
from raymenu.mechanisms import Menu, TradingProtocol, TradingSet
from raymenu.mechanisms.protocols.protocols import Profile, Rule
from raymenu.mechanisms.protocols.trading_sets import Bundle
from raymenu.solvers import backends
from raymenu.solvers.backends import Feature, solve_to_optimality
from raymenu.solvers.eopr.allocation import EoprRule


def eopr_selection(inst: Instance, protocol: TradingProtocol, backend: str = "highs") -> Rule:
    """P(k) = argmin sum_j pi_j . mu_j over mu_j in T_j^{k_j}, sum_j mu_j = n and the rules (after Corollary 3).

    Every selected bundle lies exactly in the set chosen: solvers say how far along it, in floats, and the bundle is
    computed from that in rationals. Tasks then clear to about 1e-9 of their counts.

    Parameters
    ----------
    inst
        For the performance; the protocol's agents are its single agents.
    backend
        Who solves the programs, linear where all sets are rays, else with whole numbers: see
        ``raymenu.solvers.backends``.

    Raises
    ------
    InputError
        Where the protocol is of another market, or the backend cannot solve such programs.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.make_instance("two", "made up", counts=[2, 2], performance=[[1, 2], [2, 1]],
    ...     status_quo=[[1, 1], [1, 1]], preferences=[raymenu.UniformPreferences(lower=[1, 1], upper=[2, 2])] * 2)
    >>> protocol = raymenu.two_price(inst, (1, 1))
    >>> protocol = protocol.with_rule(eopr_selection(inst, protocol))
    >>> [[str(x) for x in bundle] for bundle in protocol.outcome((1, 2))]
    [['2', '0'], ['0', '2']]
    """
    eta = np.array([[float(x) for x in held] for held in protocol.endowment])
    rows = inst.agent_rows
    if eta.shape != (rows.size, inst.n_tasks) or not np.allclose(eta, inst.endowment[rows], rtol=1e-9, atol=0):
        raise InputError("the protocol's agents and endowments are not those of the instance", field="protocol")
    steps = [[_one_step(offered, held) for offered in menu] for menu, held in zip(protocol.menus, protocol.endowment)]
    if all(step is not None for menu in steps for step in menu):
        return _along_rays(inst, protocol, [[step for step in menu if step is not None] for menu in steps], backend)
    solver = backends.backend(backend, needs=Feature.INTEGER)

    def rule(profile: Profile) -> list[Bundle]:
        sets = [menu[k] for menu, k in zip(protocol.menus, profile)]
        m = models.selection(inst.performance[rows], eta, sets, inst)
        solve_to_optimality(m, solver, f"EOPR of profile {profile}")
        return [_selected(m, j, chosen) for j, chosen in enumerate(sets)]

    return rule


def _one_step(offered: TradingSet, eta: Bundle) -> Bundle | None:
    """The full step of a ray from the endowment, () for the endowment alone, None for anything else."""
    piece = offered.pieces[0]
    if len(offered.pieces) > 1 or piece.vertices[0] != eta:
        return None
    if piece.kind == "point":
        return ()
    if piece.kind == "ray" and piece.direction is None:
        return tuple(x - e for x, e in zip(piece.vertices[1], eta))
    return None


def _along_rays(inst: Instance, protocol: TradingProtocol, steps: list[list[Bundle]], backend: str) -> Rule:
    """All sets are rays or the endowment alone: the fast rule says how far to go along each."""
    menus, number = [], []
    for held, menu in zip(protocol.endowment, steps):
        floor = -np.array([float(x) for x in held])
        rays = [np.maximum([float(x) for x in step], floor) for step in menu if step]
        menus.append(Menu(-floor, rays))
        taken = iter(range(len(rays)))
        number.append([next(taken) if step else -1 for step in menu])
    fast = EoprRule(inst, menus, backend)

    def rule(profile: Profile) -> list[Bundle]:
        choices = [numbers[k] for numbers, k in zip(number, profile)]
        executed = fast.shares(choices)
        return [
            tuple(e + Fraction(min(float(y), 1.0)) * d for e, d in zip(held, steps[j][k])) if steps[j][k] else held
            for j, (held, k, y) in enumerate(zip(protocol.endowment, profile, executed))
        ]

    return rule


def _selected(m: pyo.ConcreteModel, j: int, chosen: TradingSet) -> Bundle:
    """The bundle selected from one set, in rationals: weights made to sum to 1 exactly."""
    p = max(range(len(chosen.pieces)), key=lambda p: pyo.value(m.piece[j, p]))
    piece = chosen.pieces[p]
    weights = [Fraction(max(pyo.value(m.weight[j, p, v]), 0.0)) for v in range(len(piece.vertices))]
    total = sum(weights, Fraction(0))
    held = [
        sum((w * vertex[i] for w, vertex in zip(weights, piece.vertices)), Fraction(0)) / total
        for i in range(len(piece.vertices[0]))
    ]
    if piece.direction is None:
        return tuple(held)
    distance = Fraction(max(pyo.value(m.distance[j, p]), 0.0))
    return tuple(x + distance * d for x, d in zip(held, piece.direction))
