"""Variants of the menu programs, each a change to a model of the package: what was tried for general solvers.

A variant is made by taking rows of ``models.menu`` out and putting others in, so that it differs from the formulation
it is measured against in one thing. None of them is part of the package: the one that measures best is
``formulation="best"``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from raymenu.models.support.menu import Formulation
from raymenu.models.support.menu_bounds import MenuData

Floats = NDArray[np.float64]
Change = Callable[[pyo.ConcreteModel, MenuData], None]
FLOOR = 1e-6
"""Entries of rays below this, in tasks, count as 0 in log coordinates."""


@dataclass(frozen=True)
class Variant:
    """A formulation of the package, changed.

    Attributes
    ----------
    formulation
        What it starts from.
    changes
        Applied in turn.
    signs_fixed
        One program for each pattern of signs, instead of binaries for them.
    warm_start
        Offer the solver the menu of a local search.
    native
        Acceptance as SCIP's own indicator constraints, which Pyomo cannot write.
    """

    name: str
    formulation: Formulation
    changes: tuple[Change, ...] = field(default=())
    signs_fixed: bool = False
    warm_start: bool = False
    native: bool = False


# Changes to either formulation.


def one_big_m(m: pyo.ConcreteModel, data: MenuData) -> None:
    """One big-M for all types in place of the sample's own."""
    m.acceptance.deactivate()
    heaviest = float((data.costs @ data.most_taken).max())

    @m.Constraint(m.RAYS, m.TYPES)
    def loose_acceptance(m: pyo.ConcreteModel, k: int, s: int) -> object:
        return load(m, data, k, s) <= heaviest * (1 - m.accepts[k, s])


def indicators(m: pyo.ConcreteModel, data: MenuData) -> None:
    """No big-M: "accepts implies c_s . kappa^k <= 0", a list for a solver that takes indicator constraints."""
    m.acceptance.deactivate()
    m.indicators = [(m.accepts[k, s], load(m, data, k, s) <= 0) for k in m.RAYS for s in m.TYPES]


def special_ordered_sets(m: pyo.ConcreteModel, data: MenuData) -> None:
    """The same within Pyomo: of ``accepts[k, s]`` and the excess of ``c_s . kappa^k`` over 0, one at most is not 0."""
    m.acceptance.deactivate()
    heaviest = (data.costs @ data.most_taken).tolist()
    m.excess = pyo.Var(m.RAYS, m.TYPES, bounds=lambda m, k, s: (0, heaviest[s]))
    m.excess_of = pyo.Constraint(m.RAYS, m.TYPES, rule=lambda m, k, s: load(m, data, k, s) <= m.excess[k, s])
    m.one_of_both = pyo.SOSConstraint(
        m.RAYS, m.TYPES, rule=lambda m, k, s: ([m.excess[k, s], m.accepts[k, s]], [1, 2]), sos=1
    )


def ordered_rays(m: pyo.ConcreteModel, data: MenuData) -> None:
    """Symmetry breaking for unnamed rays: the first is worth most."""
    m.ordered = pyo.ConstraintList()
    for first, second in pairwise(m.RAYS):
        m.ordered.add(m.value[first] >= m.value[second])


# Changes to anchored rays.


def without_nesting(m: pyo.ConcreteModel, data: MenuData) -> None:
    """Types are not ordered."""
    m.nesting.deactivate()


def tighter_big_m(m: pyo.ConcreteModel, data: MenuData) -> None:
    """The most c_s . kappa can be for a ray that some type t takes: t's workload, spent where s minds it most."""
    m.acceptance.deactivate()
    budget = data.costs @ data.endowment

    @m.Constraint(m.RAYS, m.TYPES)
    def tight_acceptance(m: pyo.ConcreteModel, a: int, s: int) -> object:
        rate = np.delete(data.costs[s] / data.costs, a, axis=1).max(axis=1)
        heaviest = float((budget * rate).max() - budget[s])
        return load(m, data, a, s) <= max(heaviest, 0.0) * (1 + 1e-9) * (m.anchored[a] - m.accepts[a, s])


def hull(m: pyo.ConcreteModel, data: MenuData) -> None:
    """A copy of each ray for each type, 0 where the type does not take it: the hull of "takes it or not"."""
    m.acceptance.deactivate()
    costs, eta, most, w = data.costs.tolist(), data.endowment.tolist(), data.most_taken.tolist(), data.w.tolist()
    own = ((data.costs @ data.endowment)[:, None] / data.costs - data.endowment).tolist()
    m.takes_of = pyo.Var(m.RAYS, m.TASKS, m.TYPES, bounds=lambda m, a, i, s: (0, most[i]))
    m.gives_of = pyo.Var(m.RAYS, m.TASKS, m.TYPES, bounds=lambda m, a, i, s: (0, eta[i]))
    m.copies = pyo.ConstraintList()
    for a in m.RAYS:
        for s in m.TYPES:
            refuses = m.anchored[a] - m.accepts[a, s]
            for i in m.TASKS:
                takes, gives = m.takes_of[a, i, s], m.gives_of[a, i, s]
                m.copies.add(takes <= own[s][i] * (1 + 1e-9) * m.accepts[a, s])
                m.copies.add(takes <= m.takes[a, i])
                m.copies.add(takes >= m.takes[a, i] - most[i] * refuses)
                m.copies.add(gives <= eta[i] * m.accepts[a, s])
                m.copies.add(gives <= m.gives[a, i])
                m.copies.add(gives >= m.gives[a, i] - eta[i] * refuses)
            net = [m.takes_of[a, i, s] - m.gives_of[a, i, s] for i in m.TASKS]
            m.copies.add(sum(c * x for c, x in zip(costs[s], net)) <= 0)
            m.copies.add(m.pays[a, s] <= sum(v * x for v, x in zip(w, net)))


def one_payment_a_ray(m: pyo.ConcreteModel, data: MenuData) -> None:
    """Gain as value times acceptance probability, one bilinear row a ray, in place of one payment a type."""
    m.pays_the_ray.deactivate()
    m.pays_if_taken.deactivate()
    weights = data.weights.tolist()
    m.chance = pyo.Var(m.RAYS, bounds=(0, 1))
    m.earns = pyo.Var(m.RAYS, bounds=lambda m, a: (0, m.value[a].ub))
    m.chance_of = pyo.Constraint(
        m.RAYS, rule=lambda m, a: m.chance[a] == sum(weights[s] * m.accepts[a, s] for s in m.TYPES)
    )
    m.earns_of = pyo.Constraint(m.RAYS, rule=lambda m, a: m.earns[a] <= m.chance[a] * m.value[a])
    m.gain.set_value(sum(m.earns[a] for a in m.RAYS))


def chains(m: pyo.ConcreteModel, data: MenuData) -> None:
    """Types in the order of c_a / c_b: those that give a for b come after those that give b for a."""
    m.later = pyo.Var(m.PAIRS, m.TYPES, bounds=(0, 1))
    m.chain = pyo.ConstraintList()
    for a, b in m.PAIRS:
        more = {k: sum(m.negative[k, i] for i in m.TASKS if i != k) for k in (a, b)}
        for s in m.TYPES:
            m.chain.add(m.accepts[a, s] <= m.later[a, b, s] + more[a])
            m.chain.add(m.accepts[b, s] <= 1 - m.later[a, b, s] + more[b])
        for s, t in pairwise(np.argsort(data.costs[:, a] / data.costs[:, b], kind="stable").tolist()):
            m.chain.add(m.later[a, b, s] <= m.later[a, b, t])


def logs(m: pyo.ConcreteModel, data: MenuData) -> None:
    """Polarization linear in logs, of entries raised by ``FLOOR``.

    Written ``u <= log(takes)``: with ``takes >= exp(u)`` SCIP 10 cut the optimum off in one of two small cases.
    """
    m.polarized.deactivate()
    m.polarized_anchors.deactivate()
    low = math.log(FLOOR)
    high = np.log(data.most_taken + FLOOR).tolist()
    owned = np.log(data.endowment + FLOOR).tolist()
    m.u = pyo.Var(m.RAYS, m.TASKS, bounds=lambda m, a, i: (low, high[i]))
    m.h = pyo.Var(m.RAYS, m.RAYS, bounds=lambda m, a, i: (low, owned[i]))
    m.takes_log = pyo.Constraint(
        m.RAYS,
        m.TASKS,
        rule=lambda m, a, i: m.u[a, i] <= pyo.log(m.takes[a, i] + FLOOR) if i != a else pyo.Constraint.Skip,
    )
    m.gives_log = pyo.Constraint(
        m.RAYS,
        m.RAYS,
        rule=lambda m, a, i: m.h[a, i] >= pyo.log(m.gives[a, i] + FLOOR) if i != a else pyo.Constraint.Skip,
    )
    m.polarized_logs = pyo.ConstraintList()
    for a, b in m.PAIRS:
        for i in m.RAYS:
            for j in m.RAYS:
                if i == b or j == a:
                    continue
                given = (owned[a] if i == a else m.h[a, i]) + (owned[b] if j == b else m.h[b, j])
                slack = (owned[i] + owned[j] - 2 * low) * (2 - m.negative[a, i] - m.negative[b, j])
                m.polarized_logs.add(m.u[a, j] + m.u[b, i] >= given - slack)


def load(m: pyo.ConcreteModel, data: MenuData, k: int, s: int) -> Any:
    """c_s . kappa^k."""
    return sum(c * m.kappa[k, i] for i, c in enumerate(data.costs[s].tolist()))


def sign_patterns(data: MenuData) -> Iterator[dict[int, set[int]]]:
    """Every partition of the tasks held into negative sets, each named by each of its members as the anchor."""

    def split(rest: list[int]) -> Iterator[dict[int, set[int]]]:
        if not rest:
            yield {}
            return
        for code in range(2 ** (len(rest) - 1)):
            block = {rest[0], *(i for bit, i in enumerate(rest[1:]) if code >> bit & 1)}
            for others in split([i for i in rest if i not in block]):
                for anchor in block:
                    yield {anchor: block, **others}

    yield from split(np.flatnonzero(data.endowment > 0).tolist())


def fix_signs(m: pyo.ConcreteModel, pattern: dict[int, set[int]]) -> None:
    """Rays as the pattern says, each offered or not; tasks of a negative set are given up together."""
    m.pattern = pyo.ConstraintList()
    for a in m.RAYS:
        for i in m.TASKS:
            if i not in pattern.get(a, ()):
                m.negative[a, i].fix(0)
            elif i != a:
                m.pattern.add(m.negative[a, i] == m.anchored[a])


def start_from(m: pyo.ConcreteModel, data: MenuData, rays: Floats) -> None:
    """Set every variable as a menu has it: rays (K, I), of positive value, each with some coordinate at -eta."""
    costs, named = data.costs, "gives" in m.component_map()
    held = np.where(data.endowment > 0, data.endowment, np.inf)
    place = {int(np.argmax(-ray / held)) if named else k: ray for k, ray in enumerate(rays)}
    accepts = {k: costs @ ray <= 1e-9 for k, ray in place.items()}
    order = sorted(place, key=lambda k: -float(place[k] @ data.w))
    absent = np.zeros(data.n_tasks)
    for k in m.RAYS:
        ray = place.get(k, absent)
        worth = float(ray @ data.w)
        for i in m.TASKS:
            if named:
                m.gives[k, i] = max(-ray[i], 0.0)
                m.takes[k, i] = max(ray[i], 0.0)
                m.negative[k, i] = int(ray[i] < 0)
            else:
                m.kappa[k, i] = float(ray[i])
        if named:
            m.value[k] = worth
        for s in m.TYPES:
            first = next((n for n in order if accepts[n][s]), None)
            m.accepts[k, s] = int(first == k)
            m.pays[k, s] = worth if first == k else 0.0
    for k, n in m.PAIRS:
        if named:
            m.both[k, n] = int(k in place and n in place)
        else:
            m.multiplier[k, n] = _weight(place.get(k, absent), place.get(n, absent))


def _weight(first: Floats, second: Floats) -> float:
    """A y in [0, 1] with y first + (1 - y) second >= 0, as nearly as one can be found among the crossings."""
    step = first - second
    crossings = [0.0, 1.0, *(-second[step != 0] / step[step != 0]).clip(0.0, 1.0).tolist()]
    return max(crossings, key=lambda y: float((y * first + (1 - y) * second).min()))


REFERENCE = "multiplier"
BEST = "best"
VARIANTS: tuple[Variant, ...] = (
    Variant(REFERENCE, "multiplier"),
    Variant("multiplier, one big-M", "multiplier", (one_big_m,)),
    Variant("multiplier, indicators", "multiplier", (indicators,), native=True),
    Variant("multiplier, rays in order", "multiplier", (ordered_rays,)),
    Variant("multiplier, warm start", "multiplier", warm_start=True),
    Variant("anchored, types not ordered", "anchored", (without_nesting,)),
    Variant(BEST, "best"),
    Variant("best, one big-M", "best", (one_big_m,)),
    Variant("best, tighter big-M", "best", (tighter_big_m,)),
    Variant("best, indicators", "best", (indicators,), native=True),
    Variant("best, special ordered sets", "best", (special_ordered_sets,)),
    Variant("best, hull of acceptance", "best", (hull,)),
    Variant("best, one payment a ray", "best", (one_payment_a_ray,)),
    Variant("best, chains", "best", (chains,)),
    Variant("best, logs", "best", (logs,)),
    Variant("best, signs fixed", "best", signs_fixed=True),
    Variant("best, logs and signs fixed", "best", (logs,), signs_fixed=True),
    Variant("best, warm start", "best", warm_start=True),
)
