"""Obvious strategy-proofness of trading protocols, decided by the definition and exactly.

An action k is obviously dominant for type c when the worst that may follow it is no worse than the best that may follow
any other action. Write D_k for what may follow k, less the endowment. When all others keep their endowments market
clearing leaves the agent its own (Claim 1), so 0 is in every D_k; hence k is obviously dominant iff c.d <= 0 on D_k and
c.d >= 0 on every other D_k'. With the action that keeps the endowment, whose D is {0}, no action is obviously dominant
iff

(A) c.d' < 0 and c.d'' < 0 for some d' in D_k', d'' in D_k'', k' != k''; or
(B) c.d' < 0 < c.d'' for some d', d'' in one D_k.

Both ask for a type in C_j with c.u < 0 and c.v < 0. On a box, max over theta in [0, 1] of
min over c of c.(theta u + (1 - theta) v) is negative iff there is one; it is attained where a coordinate of
theta u + (1 - theta) v vanishes or at an end, so a few rational evaluations decide it. A theta with a nonnegative
minimum proves that there is none; a mixture of minimisers is the type if there is one. The orthant is the box [0, 1]^I.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from raymenu.instances import FiniteTypes, InputError, Preferences
from raymenu.mechanisms.protocols.protocols import TradingProtocol
from raymenu.mechanisms.protocols.trading_sets import Bundle, bundle, workload

Vector = Bundle


@dataclass(frozen=True)
class Box:
    """Types with lower <= c <= upper; with ``orthant`` every c >= 0, of which [0, 1]^I has all directions."""

    lower: Vector
    upper: Vector
    orthant: bool = False

    def __contains__(self, cost: Vector) -> bool:
        if self.orthant:
            return all(c >= 0 for c in cost) and any(cost)
        return all(low <= c <= high for low, c, high in zip(self.lower, cost, self.upper))

    def minimum(self, vector: Vector) -> Fraction:
        """min c . vector over the box."""
        return sum(((low if v > 0 else high) * v for low, v, high in zip(self.lower, vector, self.upper)), Fraction(0))


TypeSpace = Box | tuple[Vector, ...]


@dataclass(frozen=True)
class Counterexample:
    """A type without an obviously dominant action.

    Attributes
    ----------
    agent, cost
        Who, and its private costs c.
    case
        "A": two actions may each lead below the endowment's workload; "B": one action may lead below and above.
    chosen, may_get
        An action the type would choose, and a bundle that may follow it.
    better, could_have
        Another action, and a bundle that may follow that one: with a smaller workload.
    evidence
        For every action k a triple (bundle after k, another action, bundle after that one), the first workload larger.
    """

    agent: int
    cost: Vector
    case: Literal["A", "B"]
    chosen: int
    may_get: Bundle
    better: int
    could_have: Bundle
    evidence: tuple[tuple[Bundle, int, Bundle], ...]

    def check(self, protocol: TradingProtocol, space: TypeSpace | None = None, *, reduced: bool = True) -> list[str]:
        """What is wrong with it, recomputed exactly from the protocol; empty when it proves its point."""
        faults = []
        sets = protocol.menus[self.agent]
        may_follow: Sequence[Any] = protocol.selected[self.agent] if reduced else sets
        if space is not None and self.cost not in space:
            faults.append("the type is not in the type space")
        if len(self.evidence) != len(sets):
            faults.append("an action is not spoken to")
        stated = (self.may_get, self.better, self.could_have)
        for k, (held, other, instead) in [*enumerate(self.evidence), (self.chosen, stated)]:
            if other == k:
                faults.append(f"action {k} is compared with itself")
            if held not in may_follow[k] or instead not in may_follow[other]:
                faults.append(f"action {k}: a bundle cannot follow its action")
            if not workload(self.cost, held) > workload(self.cost, instead):
                faults.append(f"action {k}: the workload is not larger")
        return faults

    def __str__(self) -> str:
        first, second = workload(self.cost, self.may_get), workload(self.cost, self.could_have)
        return (
            f"agent {self.agent} with costs {_show(self.cost)}: "
            f"action {self.chosen} may lead to {_show(self.may_get)}, workload {first}; "
            f"action {self.better} may lead to {_show(self.could_have)}, workload {second}"
        )


@dataclass(frozen=True)
class PairProof:
    """No type in the box has c.u < 0 and c.v < 0: min c.(theta u + (1 - theta) v) >= 0 over it."""

    agent: int
    case: Literal["A", "B"]
    actions: tuple[int, int]
    u: Vector
    v: Vector
    theta: Fraction

    def holds(self, box: Box) -> bool:
        """Recompute it."""
        mixed = tuple(self.theta * a + (1 - self.theta) * b for a, b in zip(self.u, self.v))
        return 0 <= self.theta <= 1 and box.minimum(mixed) >= 0


@dataclass(frozen=True)
class Proof:
    """Why every type of every agent has an obviously dominant action.

    Attributes
    ----------
    spaces
        The type space of each agent.
    pairs
        For boxes: a proof for every pair of departures from the endowment that could conflict.
    strategies
        For finite types: for each agent the obviously dominant action of each type (None for agents with a box).
    notes
        One line an agent, in words: what its trading sets are.
    """

    spaces: tuple[TypeSpace, ...]
    pairs: tuple[PairProof, ...]
    strategies: tuple[tuple[int, ...] | None, ...]
    notes: tuple[str, ...]

    def explain(self) -> list[str]:
        """``notes``, and for each box the conflicts that the orthant would have and that it leaves out."""
        lines = list(self.notes)
        for pair in self.pairs:
            box = self.spaces[pair.agent]
            if isinstance(box, Box) and not box.orthant:
                tasks = len(pair.u)
                cost, _ = common_type(pair.u, pair.v, Box((Fraction(0),) * tasks, (Fraction(1),) * tasks, orthant=True))
                if cost is not None:
                    mixed = _show(_mix(pair.u, pair.v, pair.theta))
                    lines.append(
                        f"agent {pair.agent}: costs such as {_show(cost)} would leave actions {pair.actions} "
                        f"in conflict ({pair.case}), but no type of the box is like that: c . {mixed} >= 0 on all of it"
                    )
        return lines

    def check(self, protocol: TradingProtocol, *, reduced: bool = True) -> list[str]:
        """What is not proven, recomputed exactly from the protocol; empty when all is."""
        faults = []
        proven = {(p.agent, p.case, p.actions, p.u, p.v): p for p in self.pairs}
        for j in range(protocol.n_agents):
            departures, space = _departures(protocol, j, reduced), self.spaces[j]
            if isinstance(space, Box):
                for case, actions, u, v in _critical_pairs(departures):
                    pair = proven.get((j, case, actions, u, v))
                    if pair is None or not pair.holds(space):
                        faults.append(f"agent {j}: actions {actions}, case {case}, is not proven")
                continue
            strategy = self.strategies[j]
            for cost, k in zip(space, strategy or ()):
                if any(workload(cost, d) > 0 for d in departures[k]) or any(
                    workload(cost, d) < 0 for m, others in enumerate(departures) if m != k for d in others
                ):
                    faults.append(f"agent {j}: action {k} is not obviously dominant for costs {cost}")
            if strategy is None or len(strategy) != len(space):
                faults.append(f"agent {j}: a type has no action")
        return faults


@dataclass(frozen=True)
class OspVerdict:
    """The answer of ``is_osp``: true or false, with a ``proof`` or a ``counterexample``."""

    osp: bool
    counterexample: Counterexample | None
    proof: Proof | None

    def __bool__(self) -> bool:
        return self.osp


def is_osp(protocol: TradingProtocol, types: Any = "orthant", *, reduced: bool | None = None) -> OspVerdict:
    """Whether every type of every agent has an obviously dominant action; exact.

    Parameters
    ----------
    types
        "orthant" (C_j = R^I_+); ``(lower, upper)``, each (I,), a box; ``FiniteTypes``; ``Preferences``, their box or
        their types; or a list of these, one an agent. On a type space smaller than the orthant more protocols pass.
    reduced
        True looks at what the selection rule ever selects (the essential reduction), as the definition does; it goes
        through all profiles. False lets the rule be any: every bundle of a trading set may follow. Default: True where
        the protocol has a rule.

    Returns
    -------
    OspVerdict
        With a ``Counterexample`` or a ``Proof``, which ``check(protocol)`` recomputes.

    Raises
    ------
    InputError
        Where a trading set lacks the endowment (no selection is then feasible when the others keep theirs).

    Source: Valenzuela-Stookey (2026), sections 1.1 and 3; Li (2017), American Economic Review 107(11).

    Examples
    --------
    >>> from raymenu.mechanisms import TradingSet
    >>> eta = [1, 1]
    >>> def two_prices(p1, p2):
    ...     menu = [TradingSet.point(eta), TradingSet.ray(eta, [1, -p1]), TradingSet.ray(eta, [-1, p2])]
    ...     return TradingProtocol.make([eta, eta], [menu, menu])
    >>> bool(is_osp(two_prices(1, 2))), bool(is_osp(two_prices(2, 1)))
    (True, False)
    >>> print(is_osp(two_prices(2, 1)).counterexample)
    agent 0 with costs (1, 3/4): action 1 may lead to (1, 1), workload 7/4; action 2 may lead to (0, 2), workload 3/2
    """
    looked_at = protocol.rule is not None if reduced is None else reduced
    spaces = _type_spaces(types, protocol)
    pairs: list[PairProof] = []
    strategies: list[tuple[int, ...] | None] = []
    notes: list[str] = []
    for j, space in enumerate(spaces):
        departures = _departures(protocol, j, looked_at)
        notes.append(f"agent {j}: " + _describe(departures))
        if isinstance(space, Box):
            strategies.append(None)
            for case, actions, u, v in _critical_pairs(departures):
                cost, theta = common_type(u, v, space)
                if cost is not None:
                    return OspVerdict(False, _counterexample(protocol, j, cost, departures), None)
                pairs.append(PairProof(j, case, actions, u, v, theta))
            continue
        chosen = []
        for cost in space:
            best = _obviously_dominant(cost, departures, protocol.keep(j))
            if best is None:
                return OspVerdict(False, _counterexample(protocol, j, cost, departures), None)
            chosen.append(best)
        strategies.append(tuple(chosen))
    return OspVerdict(True, None, Proof(spaces, tuple(pairs), tuple(strategies), tuple(notes)))


def obviously_dominant(
    protocol: TradingProtocol, agent: int, cost: Iterable[Any], *, reduced: bool = True
) -> int | None:
    """An obviously dominant action of one type, or None; where keeping the endowment is one, that."""
    return _obviously_dominant(bundle(cost), _departures(protocol, agent, reduced), protocol.keep(agent))


def is_obviously_dominant(
    protocol: TradingProtocol, agent: int, cost: Iterable[Any], action: int, *, reduced: bool = True
) -> bool:
    """Whether the worst after the action is no worse than the best after any other, for one type."""
    c = bundle(cost)
    departures = _departures(protocol, agent, reduced)
    return not any(workload(c, d) > 0 for d in departures[action]) and not any(
        workload(c, d) < 0 for k, steps in enumerate(departures) if k != action for d in steps
    )


def common_type(u: Vector, v: Vector, box: Box) -> tuple[Vector | None, Fraction]:
    """A type of the box with c.u < 0 and c.v < 0, or None; and the theta at which the minimum is largest.

    Examples
    --------
    >>> unit = Box(bundle([0, 0]), bundle([1, 1]))
    >>> common_type(bundle([1, -1]), bundle([-1, 1]), unit)
    (None, Fraction(1, 2))
    """
    turns = {Fraction(0), Fraction(1)} | {b / (b - a) for a, b in zip(u, v) if a != b and 0 < b / (b - a) < 1}
    value, theta = max((box.minimum(_mix(u, v, t)), t) for t in turns)
    if value >= 0:
        return None, theta
    # Where a coordinate of the mixture vanishes its cost is free: the two extreme choices lean to u and to v.
    mixture = _mix(u, v, theta)
    tilt = tuple(a - b for a, b in zip(u, v))

    def lean(sign: int) -> Vector:
        pull = [m if m else sign * t for m, t in zip(mixture, tilt)]
        return tuple(low if p > 0 else high for low, p, high in zip(box.lower, pull, box.upper))

    towards_u, towards_v = lean(1), lean(-1)  # the least and the largest c.(u - v) among the minimisers
    least, most = workload(towards_u, tilt), workload(towards_v, tilt)
    share = Fraction(0) if least == most else min(max(most / (most - least), Fraction(0)), Fraction(1))
    cost = tuple(share * a + (1 - share) * b for a, b in zip(towards_u, towards_v))
    return cost, theta


def _mix(u: Vector, v: Vector, theta: Fraction) -> Vector:
    return tuple(theta * a + (1 - theta) * b for a, b in zip(u, v))


def _departures(protocol: TradingProtocol, agent: int, reduced: bool) -> list[list[Vector]]:
    """For each action, what may follow it less the endowment: a vector for every vertex, the endowment left out."""
    eta = protocol.endowment[agent]
    departures = []
    for k, offered in enumerate(protocol.menus[agent]):
        ends = sorted(protocol.selected[agent][k]) if reduced else offered.vertices
        holds_endowment = eta in ends if reduced else eta in offered
        if not holds_endowment:
            raise InputError(
                "the endowment is not in this set, but when all others keep theirs nothing else clears: add it",
                field=f"menus[{agent}][{k}]",
            )
        steps = [tuple(x - e for x, e in zip(end, eta)) for end in ends if end != eta]
        if not reduced:
            steps += offered.directions
        departures.append(steps)
    return departures


def _critical_pairs(
    departures: list[list[Vector]],
) -> Iterable[tuple[Literal["A", "B"], tuple[int, int], Vector, Vector]]:
    """Pairs (u, v) such that a type with c.u < 0 and c.v < 0 has no obviously dominant action; directions once only."""
    # Directions alone matter; those that lower nothing can't have a negative workload, the others need no comparison.
    distinct = [list({_primitive(d): d for d in steps}.values()) for steps in departures]
    for k, steps in enumerate(distinct):
        below = [d for d in steps if any(x < 0 for x in d)]
        above = [d for d in steps if any(x > 0 for x in d)]
        for d in below:
            for e in above:
                if _primitive(d) != _primitive(e):
                    yield "B", (k, k), d, tuple(-x for x in e)
        for m in range(k + 1, len(distinct)):
            for d in below:
                for e in distinct[m]:
                    if any(x < 0 for x in e):
                        yield "A", (k, m), d, e


def _show(values: Vector) -> str:
    return "(" + ", ".join(str(v) for v in values) + ")"


def _primitive(vector: Vector) -> Vector:
    size = sum(abs(x) for x in vector)
    return tuple(x / size for x in vector) if size else vector


def _obviously_dominant(cost: Vector, departures: list[list[Vector]], keep: int) -> int | None:
    below = [k for k, steps in enumerate(departures) if any(workload(cost, d) < 0 for d in steps)]
    if not below:
        return keep
    if len(below) > 1 or any(workload(cost, d) > 0 for d in departures[below[0]]):
        return None
    return below[0]


def _counterexample(
    protocol: TradingProtocol, agent: int, cost: Vector, departures: list[list[Vector]]
) -> Counterexample:
    eta, keep = protocol.endowment[agent], protocol.keep(agent)

    def held(step: Vector) -> Bundle:
        return tuple(e + d for e, d in zip(eta, step))

    lowest = {
        k: held(min(steps, key=lambda d: workload(cost, d)))
        for k, steps in enumerate(departures)
        if steps and min(workload(cost, d) for d in steps) < 0
    }
    # What a type would choose: the action with the best that may follow.
    ranked = sorted(lowest, key=lambda k: workload(cost, lowest[k]))
    first = ranked[0]
    evidence: list[tuple[Bundle, int, Bundle]] = []
    for k in range(len(departures)):
        others = [m for m in ranked if m != k]
        if others:  # the endowment may follow k, and less may follow another action
            evidence.append((eta, others[0], lowest[others[0]]))
        else:  # only k itself leads below: it may also lead above
            evidence.append((held(max(departures[k], key=lambda d: workload(cost, d))), keep, eta))
    may_get, better, could_have = evidence[first]
    case: Literal["A", "B"] = "A" if len(ranked) > 1 else "B"
    return Counterexample(agent, cost, case, first, may_get, better, could_have, tuple(evidence))


def _describe(departures: list[list[Vector]]) -> str:
    words = []
    for k, steps in enumerate(departures):
        directions = {_primitive(d) for d in steps}
        if not directions:
            words.append(f"{k} leads to the endowment only")
        elif all(x >= 0 for d in directions for x in d):
            words.append(f"{k} is redundant")
        elif all(x <= 0 for d in directions for x in d):
            words.append(f"{k} is remedial")
        elif len(directions) == 1:
            words.append(f"{k} lies on one ray")
        else:
            words.append(f"{k} leads to {len(directions)} directions")
    return ", ".join(words)


def _type_spaces(types: Any, protocol: TradingProtocol) -> tuple[TypeSpace, ...]:
    several = types if isinstance(types, list) else [types] * protocol.n_agents
    if len(several) != protocol.n_agents:
        raise InputError(f"{len(several)} type spaces for {protocol.n_agents} agents: give one each", field="types")
    return tuple(_type_space(each, protocol.n_tasks) for each in several)


def _type_space(types: Any, n_tasks: int) -> TypeSpace:
    if isinstance(types, str):
        if types != "orthant":
            raise InputError(
                f"{types!r} is no type space: give 'orthant', (lower, upper) or FiniteTypes", field="types"
            )
        return Box((Fraction(0),) * n_tasks, (Fraction(1),) * n_tasks, orthant=True)
    if isinstance(types, Preferences):
        types = types.discretize(1) if not types.continuous else (types.lower_bounds, types.upper_bounds)
    if isinstance(types, FiniteTypes):
        if types.n_tasks != n_tasks:
            raise InputError(f"types need {n_tasks} costs, one a task, given {types.n_tasks}", field="types")
        return tuple(bundle(row) for row in types.costs.tolist())
    if isinstance(types, Box):
        return types
    lower, upper = (bundle(end) for end in types)
    if not len(lower) == len(upper) == n_tasks or any(not 0 <= a <= b for a, b in zip(lower, upper)):
        raise InputError(f"a box needs {n_tasks} numbers each, 0 <= lower <= upper", field="types")
    return Box(lower, upper)
