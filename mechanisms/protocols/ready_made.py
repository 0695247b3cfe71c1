"""Ready-made trading protocols: the paper's examples (section 1.1), and the forms of Theorem 2.

Agents are single agents in the order of ``inst.agent_rows``. All but bilateral trade, the pseudo-market and the
constant mechanism leave the selection open: give them a rule with ``protocol.with_rule``, for instance
``eopr_selection``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from raymenu.instances import InputError, Instance
from raymenu.mechanisms.menus.menu import Menu
from raymenu.mechanisms.profiles import menus_by_agent
from raymenu.mechanisms.protocols.protocols import Profile, TradingProtocol
from raymenu.mechanisms.protocols.trading_sets import Bundle, TradingSet, bundle

Floats = NDArray[np.float64]
Classes = tuple[Sequence[int], Sequence[int]]
SAME_SHARE = 1e-9
MOST_TRADERS = 16


def bilateral_trade(inst: Instance, first: int, second: int, gamma: Iterable[Any]) -> TradingProtocol:
    """Agent ``first`` may move by gamma, ``second`` by -gamma; both do if both want to, else all keep their endowments.

    Natural strategies: ``first`` wants to iff c.gamma <= 0, ``second`` iff c.gamma >= 0. Action 1 asks for the trade.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.make_instance("two", "made up", counts=[2, 2], performance=[[1, 2], [2, 1]],
    ...     status_quo=[[1, 1], [1, 1]], preferences=[raymenu.UniformPreferences(lower=[1, 1], upper=[2, 2])] * 2)
    >>> protocol = bilateral_trade(inst, 0, 1, [1, -1])
    >>> protocol.outcome((1, 1))[0] == bundle([2, 0]), protocol.outcome((1, 0)) == protocol.endowment
    (True, True)
    """
    eta = _endowment(inst)
    step = bundle(gamma)
    moved = {
        first: tuple(e + g for e, g in zip(eta[first], step)),
        second: tuple(e - g for e, g in zip(eta[second], step)),
    }
    if first == second:
        raise InputError("two different agents trade", field="second")
    menus = [
        [TradingSet.point(e), TradingSet.points([e, moved[j]])] if j in moved else [TradingSet.point(e)]
        for j, e in enumerate(eta)
    ]

    def rule(profile: Profile) -> list[Bundle]:
        both = profile[first] == profile[second] == 1
        return [moved.get(j, e) if both else e for j, e in enumerate(eta)]

    return TradingProtocol.make(eta, menus, rule, "bilateral trade")


def two_price(inst: Instance, prices: ArrayLike, classes: Classes | None = None) -> TradingProtocol:
    """Two-price binary classification: take on class A at p1 fewer of B each, or give A away at p2 more of B each.

    A polarized-ray mechanism iff p1 <= p2 for every agent. Action 1 takes on A, action 2 gives it away.

    Parameters
    ----------
    prices
        (p1, p2) for all, or one pair an agent, (N, 2); positive.
    classes
        The task numbers of A and of B, all of them; by default A is task 0 and B is task 1, of two. The mechanism deals
        in amounts of the two classes; inside a class tasks are redrawn as they come (footnote 12), so that each agent's
        mix inside a class stays that of its status quo. For this to clear every agent must hold the same mix.

    Source: Baron et al. (2025), as presented in section 1.1.
    """
    eta = _endowment(inst)
    mixes = _class_mixes(inst, classes)
    pairs = np.broadcast_to(np.asarray(prices, dtype=object), (len(eta), 2))
    menus = []
    for j, e in enumerate(eta):
        buy, sell = bundle(pairs[j])
        if buy <= 0 or sell <= 0:
            raise InputError("prices are positive amounts of class B for one of class A", field=f"prices[{j}]")
        menus.append(
            [
                TradingSet.point(e),
                TradingSet.ray(e, [a - buy * b for a, b in zip(*mixes)]),
                TradingSet.ray(e, [-a + sell * b for a, b in zip(*mixes)]),
            ]
        )
    return TradingProtocol.make(eta, menus, None, "two-price binary classification")


def redraw(inst: Instance, classes: Classes | None, amounts: ArrayLike) -> Floats:
    """Footnote 12: amounts of two classes (N, 2) become tasks (N, I), drawn inside a class as the status quo is."""
    mixes = np.array(_class_mixes(inst, classes), dtype=float)
    redrawn: Floats = np.asarray(amounts, dtype=np.float64) @ mixes
    return redrawn


def _class_mixes(inst: Instance, classes: Classes | None) -> tuple[Bundle, Bundle]:
    """The share of each task in class A and in class B; one row a class that sums to 1."""
    if classes is None and inst.n_tasks != 2:
        raise InputError(f"say which of the {inst.n_tasks} tasks are in class A and which in B", field="classes")
    first, second = classes or ([0], [1])
    if sorted([*first, *second]) != list(range(inst.n_tasks)) or not first or not second:
        raise InputError("every task is in one of the two classes, and neither is empty", field="classes")
    mixes = []
    for members in (first, second):
        counts = {i: Fraction(float(inst.counts[i])) for i in members}
        mixes.append(tuple(counts.get(i, Fraction(0)) / sum(counts.values()) for i in range(inst.n_tasks)))
        held = inst.endowment[:, list(members)]
        mix = np.array([float(mixes[-1][i]) for i in members])
        if not np.allclose(held, held.sum(axis=1, keepdims=True) * mix, rtol=SAME_SHARE, atol=SAME_SHARE):
            j = int(np.argmax(np.abs(held - held.sum(axis=1, keepdims=True) * mix).max(axis=1)))
            raise InputError(
                f"agent {inst.agents[j]!r} holds another mix inside a class than the others, so trades of classes "
                "would not clear: choose classes inside which the endowments are proportional",
                field="classes",
            )
    return mixes[0], mixes[1]


def pseudo_market(
    inst: Instance, prices: Iterable[Any], demands: Sequence[Sequence[Iterable[Any]]] | None = None
) -> TradingProtocol:
    """The pseudo-market at fixed prices as a trading protocol: {x, sigma_j} for points x of the budget p.x = p.sigma_j.

    The rule executes the demands of as many agents as can be accommodated: the largest group whose net trades cancel
    exactly (the first in order, of several). With three tasks or more it is not OSP as a rule: a type may like two
    points of its budget better than its endowment, and can't know which will be executed.

    Parameters
    ----------
    prices
        p, (I,), positive.
    demands
        For each agent the points it may ask for (action 0 keeps the endowment). Default: the corners of its budget.
    """
    eta = _endowment(inst)
    price = bundle(prices)
    if len(price) != inst.n_tasks or min(price) <= 0:
        raise InputError(f"{inst.n_tasks} positive prices needed, one a task", field="prices")
    budgets = [sum((p * e for p, e in zip(price, held)), Fraction(0)) for held in eta]
    if demands is None:
        points = [
            [tuple(b / p if i == m else Fraction(0) for m, p in enumerate(price)) for i, p in enumerate(price)]
            for b in budgets
        ]
    else:
        points = [[bundle(x) for x in several] for several in demands]
    for j, several in enumerate(points):
        for x in several:
            if sum((p * v for p, v in zip(price, x)), Fraction(0)) != budgets[j]:
                raise InputError(f"{[str(v) for v in x]} is not on the budget of agent {j}", field=f"demands[{j}]")
    menus = [[TradingSet.point(e), *[TradingSet.points([e, x]) for x in xs]] for e, xs in zip(eta, points)]

    def rule(profile: Profile) -> list[Bundle]:
        asking = [j for j, k in enumerate(profile) if k > 0]
        if len(asking) > MOST_TRADERS:
            raise InputError(f"{len(asking)} agents ask at once: at most {MOST_TRADERS} can be matched", field="inst")
        net = {j: tuple(x - e for x, e in zip(points[j][profile[j] - 1], eta[j])) for j in asking}
        for size in range(len(asking), 0, -1):
            for group in combinations(asking, size):
                if not any(sum(column) for column in zip(*[net[j] for j in group])):
                    return [points[j][profile[j] - 1] if j in group else e for j, e in enumerate(eta)]
        return list(eta)

    return TradingProtocol.make(eta, menus, rule, "pseudo-market at fixed prices")


def ray_protocol(inst: Instance, menus: Sequence[Menu]) -> TradingProtocol:
    """The protocol of menus: action 0 keeps the endowment, action k + 1 takes ray k (or the remedial menu)."""
    held = menus_by_agent(inst, menus)
    sets = [
        [TradingSet.point(e), TradingSet.box_below(e)]
        if menu.kind == "remedial"
        else [TradingSet.point(e), *[TradingSet.ray(e, ray) for ray in menu.rays.tolist()]]
        for e, menu in zip(_endowment(inst), held)
    ]
    return TradingProtocol.make(_endowment(inst), sets, None, "rays")


def remedial(inst: Instance) -> TradingProtocol:
    """Every agent may let the designer take any tasks off its hands: {eta_j} and {x <= eta_j}."""
    eta = _endowment(inst)
    menus = [[TradingSet.point(e), TradingSet.box_below(e)] for e in eta]
    return TradingProtocol.make(eta, menus, None, "remedial")


def all_or_nothing(inst: Instance, assignment: ArrayLike) -> TradingProtocol:
    """A constant allocation, carried out if everybody agrees to it, and else not at all. Action 1 agrees.

    Parameters
    ----------
    assignment
        (N, I), of columns that sum to the counts; rationals or floats.
    """
    eta = _endowment(inst)
    target = [bundle(row) for row in np.asarray(assignment, dtype=object)]
    if len(target) != len(eta) or any(len(row) != inst.n_tasks for row in target):
        raise InputError(f"shape ({len(eta)}, {inst.n_tasks}) needed, one row a single agent", field="assignment")
    menus = [[TradingSet.point(e), TradingSet.points([e, x])] for e, x in zip(eta, target)]

    def rule(profile: Profile) -> list[Bundle]:
        return target if all(profile) else list(eta)

    return TradingProtocol.make(eta, menus, rule, "all or nothing")


def _endowment(inst: Instance) -> list[Bundle]:
    inst.require_burdens("obvious strategy-proofness of a ready-made protocol")
    return [bundle(inst.endowment[j].tolist()) for j in inst.agent_rows]
