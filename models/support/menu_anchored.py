"""The sampled menu in anchored rays, polarized by the closed form of Lemma 5 with its signs as binaries.

Scaling a ray up raises its value, so some coordinate of it is at -eta: its anchor. Negative sets of polarized rays
are disjoint, so anchors differ, and ray a may be *the* ray with kappa_a = -eta_a: nothing is left to permute. With
``kappa = takes - gives``, of which at most one is positive, the closed form reads

    takes[a, j] takes[b, i] >= gives[a, i] gives[b, j]      for every i given by a and j given by b.

On the edge between the anchors themselves the right-hand side is eta_a eta_b or 0: a rotated second-order cone.

Types are ordered as well. A ray that gives up only a is accepted by every type to whom a is dearer, beside each other
task, than to one that accepts it: see ``nested_types``.
"""

from __future__ import annotations

import math

import numpy as np
import pyomo.environ as pyo

from raymenu.models.support.menu_bounds import MenuData


def add_anchored_menu(m: pyo.ConcreteModel, data: MenuData) -> None:
    """Anchored rays with polarization as it is: convex on anchors' edges, bilinear on the others."""
    add_anchored_rays(m, data)
    eta = data.endowment.tolist()

    @m.Constraint(m.PAIRS)
    def polarized_anchors(m: pyo.ConcreteModel, a: int, b: int) -> object:
        return m.takes[a, b] * m.takes[b, a] >= eta[a] * eta[b] * m.both[a, b] ** 2

    @m.Constraint(m.EDGES)
    def polarized(m: pyo.ConcreteModel, a: int, b: int, i: int, j: int) -> object:
        return m.takes[a, j] * m.takes[b, i] >= m.gives[a, i] * m.gives[b, j]


def add_piecewise_menu(m: pyo.ConcreteModel, data: MenuData, pieces: int) -> None:
    """Anchored rays with polarization relaxed to linear rows: its optimum bounds S from above.

    On an anchors' edge the cone is replaced by ``pieces`` tangents ``t x + y / t >= 2 sqrt(eta_a eta_b)``. On another
    edge the range of one factor x is cut into ``pieces`` intervals in geometric progression, and x is replaced by the
    upper end of its interval. Edges of two coordinates neither of which is an anchor (I >= 4) are left out.
    """
    add_anchored_rays(m, data)
    eta, most = data.endowment.tolist(), data.most_taken.tolist()
    m.PIECES = pyo.RangeSet(0, pieces - 1)

    @m.Constraint(m.PAIRS, m.PIECES)
    def tangent(m: pyo.ConcreteModel, a: int, b: int, p: int) -> object:
        product = eta[a] * eta[b]
        # takes[a, b] runs from product / most[a] to most[b]; t = sqrt(product) / x is the slope of the tangent at x.
        if product > most[a] * most[b]:
            return m.both[a, b] == 0
        point = _geometric(product / most[a], most[b], pieces)[p]
        slope = math.sqrt(product) / point
        return slope * m.takes[a, b] + m.takes[b, a] / slope >= 2 * math.sqrt(product) * m.both[a, b]

    # (a, b, i): ray a, anchored elsewhere than at i, also gives i to get b, where ray b is anchored; x = takes[a, b].
    m.SIDES = pyo.Set(
        initialize=[(a, b, i) for a in m.RAYS for b in m.RAYS for i in m.RAYS if len({a, b, i}) == 3], dimen=3
    )
    m.ORDERED = pyo.Set(initialize=sorted({(a, b) for a, b, _ in m.SIDES}), dimen=2)
    m.piece = pyo.Var(m.ORDERED, m.PIECES, domain=pyo.Binary)
    m.one_piece = pyo.Constraint(m.ORDERED, rule=lambda m, a, b: sum(m.piece[a, b, p] for p in m.PIECES) == 1)
    ends = {b: _geometric(most[b] * 1e-3, most[b], pieces) for _, b in m.ORDERED}

    @m.Constraint(m.ORDERED)
    def in_piece(m: pyo.ConcreteModel, a: int, b: int) -> object:
        return m.takes[a, b] <= sum(ends[b][p] * m.piece[a, b, p] for p in m.PIECES)

    @m.Constraint(m.ORDERED)
    def not_in_lower_piece(m: pyo.ConcreteModel, a: int, b: int) -> object:
        return m.takes[a, b] >= sum(ends[b][p - 1] * m.piece[a, b, p] for p in m.PIECES if p > 0)

    @m.Constraint(m.SIDES, m.PIECES)
    def polarized_piece(m: pyo.ConcreteModel, a: int, b: int, i: int, p: int) -> object:
        slack = eta[i] * eta[b] * (2 - m.piece[a, b, p] - m.anchored[b])
        return ends[b][p] * m.takes[b, i] >= eta[b] * m.gives[a, i] - slack


def add_anchored_rays(m: pyo.ConcreteModel, data: MenuData) -> None:
    """One ray for each anchor: signs, acceptance and payment, all but polarization."""
    eta, most, w = data.endowment.tolist(), data.most_taken.tolist(), data.w.tolist()
    costs, weights = data.costs.tolist(), data.weights.tolist()
    m.RAYS = pyo.Set(initialize=[a for a in range(data.n_tasks) if eta[a] > 0])
    m.PAIRS = pyo.Set(initialize=[(a, b) for a in m.RAYS for b in m.RAYS if a < b], dimen=2)
    m.EDGES = pyo.Set(
        initialize=[
            (a, b, i, j)
            for a, b in m.PAIRS
            for i in m.RAYS
            for j in m.RAYS
            if i not in (b, j) and j != a and (i, j) != (a, b)
        ],
        dimen=4,
    )
    m.gives = pyo.Var(m.RAYS, m.TASKS, bounds=lambda m, a, i: (0, eta[i]))
    m.takes = pyo.Var(m.RAYS, m.TASKS, bounds=lambda m, a, i: (0, 0 if i == a else most[i]))
    m.kappa = pyo.Expression(m.RAYS, m.TASKS, rule=lambda m, a, i: m.takes[a, i] - m.gives[a, i])
    m.negative = pyo.Var(m.RAYS, m.TASKS, domain=pyo.Binary)
    m.anchored = pyo.Expression(m.RAYS, rule=lambda m, a: m.negative[a, a])
    m.both = pyo.Var(m.PAIRS, bounds=(0, 1))

    m.anchor = pyo.Constraint(m.RAYS, rule=lambda m, a: m.gives[a, a] == eta[a] * m.anchored[a])
    m.only_if_anchored = pyo.Constraint(m.RAYS, m.TASKS, rule=lambda m, a, i: m.negative[a, i] <= m.anchored[a])
    m.disjoint = pyo.Constraint(m.RAYS, rule=lambda m, i: sum(m.negative[a, i] for a in m.RAYS) <= 1)
    m.gives_if = pyo.Constraint(m.RAYS, m.TASKS, rule=lambda m, a, i: m.gives[a, i] <= eta[i] * m.negative[a, i])
    m.takes_if = pyo.Constraint(
        m.RAYS, m.TASKS, rule=lambda m, a, i: m.takes[a, i] <= most[i] * (m.anchored[a] - m.negative[a, i])
    )
    m.offered_together = pyo.Constraint(m.PAIRS, rule=lambda m, a, b: m.both[a, b] >= m.anchored[a] + m.anchored[b] - 1)

    m.accepts = pyo.Var(m.RAYS, m.TYPES, domain=pyo.Binary)
    largest = {a: data.largest_gain(a) for a in m.RAYS}
    heaviest = {a: data.largest_load(a) for a in m.RAYS}
    m.value = pyo.Var(m.RAYS, bounds=lambda m, a: (0, float(largest[a].max())))
    m.pays = pyo.Var(m.RAYS, m.TYPES, bounds=lambda m, a, s: (0, float(largest[a][s])))

    @m.Constraint(m.RAYS)
    def value_of_the_ray(m: pyo.ConcreteModel, a: int) -> object:
        return m.value[a] == sum(w[i] * m.kappa[a, i] for i in m.TASKS)

    @m.Constraint(m.RAYS, m.TYPES)
    def acceptance(m: pyo.ConcreteModel, a: int, s: int) -> object:
        """c_s . kappa^a <= 0 where type s takes it; the big-M is the sample's own."""
        load = sum(costs[s][i] * m.kappa[a, i] for i in m.TASKS)
        return load <= float(heaviest[a][s]) * (m.anchored[a] - m.accepts[a, s])

    nested = {(a, s, t): order for a in m.RAYS for s, t, order in nested_types(data, a)}
    m.NESTED = pyo.Set(initialize=list(nested), dimen=3)

    @m.Constraint(m.NESTED)
    def nesting(m: pyo.ConcreteModel, a: int, s: int, t: int) -> object:
        """Where s takes ray a, so does t, unless the ray also gives up a task that is none of t's two dearest."""
        return m.accepts[a, s] <= m.accepts[a, t] + sum(m.negative[a, i] for i in nested[a, s, t][2:])

    choosers = m.TYPES if len(m.RAYS) else []
    m.one_choice = pyo.Constraint(choosers, rule=lambda m, s: sum(m.accepts[a, s] for a in m.RAYS) <= 1)
    m.pays_the_ray = pyo.Constraint(m.RAYS, m.TYPES, rule=lambda m, a, s: m.pays[a, s] <= m.value[a])

    @m.Constraint(m.RAYS, m.TYPES)
    def pays_if_taken(m: pyo.ConcreteModel, a: int, s: int) -> object:
        return m.pays[a, s] <= float(largest[a][s]) * m.accepts[a, s]

    @m.Constraint(m.RAYS, m.TYPES)
    def worth_at_most(m: pyo.ConcreteModel, a: int, s: int) -> object:
        """A ray that type s takes is worth at most what s can pay."""
        top = float(largest[a].max())
        return m.value[a] <= float(largest[a][s]) * m.accepts[a, s] + top * (m.anchored[a] - m.accepts[a, s])

    m.gain = pyo.Expression(expr=sum(weights[s] * m.pays[a, s] for a in m.RAYS for s in m.TYPES))


def nested_types(data: MenuData, anchor: int) -> list[tuple[int, int, list[int]]]:
    """(s, t, tasks from the largest c_ti / c_si to the smallest), for pairs in which the anchor a comes first.

    If type s accepts a ray whose negative set holds the first tasks of that order, c_s . takes <= c_s . gives, then
    c_t . takes <= r c_s . takes <= r c_s . gives <= c_t . gives for a ratio r between the two sets': type t accepts it
    too. In a polarized menu t prefers no other ray then: of two rays that t accepts one is the other reversed, s is
    indifferent between them as well, and all such types can take the one of higher value. Pairs that follow from two
    others are left out. Ratios are compared in floats: an error is one of rounding, far below what solvers tolerate.
    """
    ratio = data.costs / data.costs[:, [anchor]]
    follows = (ratio[:, None, :] >= ratio[None, :, :]).all(axis=2)  # [s, t]
    follows &= ~np.triu(follows & follows.T)  # of types alike, one direction only
    implied = (follows.astype(np.float32) @ follows.astype(np.float32)) > 0
    pairs: list[list[int]] = np.argwhere(follows & ~implied).tolist()
    nested = []
    for s, t in pairs:
        order = np.argsort(-data.costs[t] / data.costs[s], kind="stable").tolist()
        nested.append((s, t, [anchor, *(i for i in order if i != anchor)]))
    return nested


def _geometric(first: float, last: float, count: int) -> list[float]:
    if count == 1:
        return [last]
    points: list[float] = np.geomspace(first, last, count).tolist()
    return [*points[:-1], last]  # the last end must not round below the bound
