"""The best bilateral trading mechanism: over pairs of agents and exchanges gamma, by expected gain."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from raymenu import models
from raymenu.instances import FiniteTypes, Instance
from raymenu.mechanisms import BilateralTrade
from raymenu.mechanisms.bilateral import acceptance, trade_shares
from raymenu.models.finite import Types, finite_types
from raymenu.solvers import backends
from raymenu.solvers.backends import Backend, Feature
from raymenu.solvers.backends.results import Quality

Floats = NDArray[np.float64]
MOST_PAIRS = 10_000
BLOCK = 4_000_000
"""Numbers held at once while pairs of agents, or exchanges and types, are gone through."""
DIRECTIONS = 3000
"""Random exchanges tried for each pair."""
ROUNDS = 25
"""Rounds of perturbation around the best ones, each at 0.75 of the last one's size."""
STRICT = 1e-9
"""How strictly the types counted on accept the exchange handed back, as a share of their largest cost."""
SEPARATED = 1e-9
"""Distance from a vanishing combination below which extreme types are passed over."""


def best_bilateral_trade(
    inst: Instance, types: Types = 200, seed: int = 0, *, most_pairs: int = 60, backend: str = "highs"
) -> BilateralTrade | None:
    """The bilateral trade with the largest expected gain that a seeded search finds; None where none pays.

    The gain of gamma for agents j', j'' is ``(pi_j'' - pi_j') . gamma Pr[gamma . c_j' <= 0] Pr[gamma . c_j'' >= 0]``,
    on the given types. It is linear on each of the cells that the types' hyperplanes cut out, and not concave: the
    search samples exchanges, perturbs the best, and ends with a linear program over the cell it has reached. The
    exchange returned meets Lemma 2's conditions exactly (``trade.conditions()``).

    Parameters
    ----------
    types, seed
        A number of types a row, or ``FiniteTypes``; seed of the discretisation and of the search.
    most_pairs
        Pairs tried, those that could gain most if both always accepted first.
    backend
        Who solves the linear programs: see ``raymenu.solvers.backends``.

    Examples
    --------
    >>> import raymenu
    >>> trade = best_bilateral_trade(raymenu.load("anaesthesia"), types=50)
    >>> trade.improves(), trade.gain > 0.2
    (True, True)
    """
    inst.require_burdens("bilateral trade")
    solver = backends.backend(backend, needs=Feature.LINEAR)
    made = finite_types(inst, types, seed)
    rng = np.random.default_rng(seed)
    best: BilateralTrade | None = None
    for potential, pair in _pairs(inst, most_pairs):
        if potential <= (best.gain if best else 0.0):
            break
        trade = _best_of_pair(inst, pair, made, rng, solver)
        if trade is not None and trade.gain > (best.gain if best else 0.0):
            best = trade
    return best


def largest_saving(inst: Instance) -> float:
    """What two agents could save at most, if both accepted any exchange: no bilateral trade gains more."""
    pairs = _pairs(inst, 1)
    return pairs[0][0] if pairs else 0.0


def _pairs(inst: Instance, most: int = MOST_PAIRS) -> list[tuple[float, tuple[int, int]]]:
    """Pairs of rows with the saving if any exchange were accepted, the largest ``most`` of them, the largest first."""
    agents = inst.n_agents
    height = max(1, BLOCK // agents)
    savings, firsts, seconds, least = np.empty(0), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), 0.0
    for top in range(0, agents, height):
        rows = slice(top, top + height)
        block = np.zeros((min(height, agents - top), agents - top))
        for own, held in zip(inst.performance.T, inst.status_quo.T):
            saving = own[None, top:] - own[rows, None]
            block += np.maximum(saving * held[None, top:], -saving * held[rows, None])
        first, second = np.nonzero(np.triu(block, 1) > least)
        savings = np.append(savings, block[first, second])
        firsts, seconds = np.append(firsts, first + top), np.append(seconds, second + top)
        if savings.size > most:
            kept = np.sort(np.argpartition(-savings, most)[:most])
            savings, firsts, seconds = savings[kept], firsts[kept], seconds[kept]
            least = float(savings.min())
    order = np.lexsort((seconds, firsts, -savings))
    return [(float(savings[k]), (int(firsts[k]), int(seconds[k]))) for k in order]


def _best_of_pair(
    inst: Instance, agents: tuple[int, int], types: list[FiniteTypes], rng: np.random.Generator, solver: Backend
) -> BilateralTrade | None:
    candidates = _scaled(inst, agents, rng.normal(size=(DIRECTIONS, inst.n_tasks)))
    gains = _gains(inst, agents, types, candidates)
    size = 0.5
    for _ in range(ROUNDS):
        best = np.argsort(-gains, kind="stable")[:20]
        around = np.repeat(candidates[best], 10, axis=0)
        scale = np.abs(around).max(axis=1, keepdims=True)
        moved = _scaled(inst, agents, around + size * scale * rng.normal(size=around.shape))
        candidates = np.vstack([candidates[best], moved])
        gains = np.append(gains[best], _gains(inst, agents, types, moved))
        size *= 0.75
    return _on_its_piece(inst, agents, types, candidates[int(np.argmax(gains))], solver)


def _scaled(inst: Instance, agents: tuple[int, int], directions: Floats) -> Floats:
    """Each direction, turned so that it saves and stretched until an agent has nothing left, or a rule stops it."""
    first, second = agents
    saving = inst.performance[second] - inst.performance[first]
    turned = directions * np.where(directions @ saving < 0, -1.0, 1.0)[:, None]
    # A task its giver has none of cannot move that way.
    movable = np.where(turned < 0, inst.status_quo[first] > 0, inst.status_quo[second] > 0)
    turned = np.where(movable, turned, 0.0)
    room = np.where(turned < 0, inst.status_quo[first], inst.status_quo[second])
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.min(np.where(turned != 0, room / np.abs(turned), np.inf), axis=1)
    factor = np.where(np.isfinite(factor), factor, 0.0)
    stretched: Floats = turned * factor[:, None]
    return stretched * trade_shares(inst, first, second, stretched)[:, None]


def _gains(inst: Instance, agents: tuple[int, int], types: list[FiniteTypes], gammas: Floats) -> Floats:
    """The expected gain of each exchange, up to rounding at ties."""
    first, second = agents
    saving = gammas @ (inst.performance[second] - inst.performance[first])
    step = max(1, BLOCK // max(types[first].size, types[second].size))
    taking, giving = np.empty(len(gammas)), np.empty(len(gammas))
    for some in (slice(start, start + step) for start in range(0, len(gammas), step)):
        taking[some] = (gammas[some] @ types[first].costs.T <= 0) @ types[first].weights
        giving[some] = (gammas[some] @ types[second].costs.T >= 0) @ types[second].weights
    gains: Floats = saving * taking * giving
    return gains


def _on_its_piece(
    inst: Instance, agents: tuple[int, int], types: list[FiniteTypes], gamma: Floats, solver: Backend
) -> BilateralTrade | None:
    """The best exchange that the types which accept gamma accept strictly."""
    first, second = (types[j].costs for j in agents)
    takers, givers = first[first @ gamma <= 0], second[second @ gamma >= 0]
    if not len(takers) or not len(givers):
        return None
    m = models.bilateral_trade(inst, agents, takers, givers, margin=STRICT * float(np.abs(gamma).max()))
    if solver.solve(m).quality is not Quality.OPTIMAL:
        return None
    return _checked(inst, agents, np.array([v.value for v in m.gamma.values()]), types)


def _checked(inst: Instance, agents: tuple[int, int], gamma: Floats, types: list[FiniteTypes]) -> BilateralTrade | None:
    """The trade, if Lemma 2's conditions hold exactly and it gains on the types."""
    inside = _inside(inst, agents, gamma)
    trade = BilateralTrade(inst, agents, inside, acceptance(agents, inside, types))
    return trade if trade.improves() and trade.gain > 0 else None


def _inside(inst: Instance, agents: tuple[int, int], gamma: Floats) -> Floats:
    """What a solver's rounding took too much of an endowment or a rule, taken back."""
    first, second = agents
    inside = np.clip(gamma, -inst.status_quo[first], inst.status_quo[second])
    within: Floats = inside * trade_shares(inst, first, second, inside[None])[0]
    return within


def certifying_trade(inst: Instance, backend: str = "highs") -> BilateralTrade | None:
    """A trade that meets Lemma 2's conditions, from extreme types alone; None where none is found.

    For a pair with common types c', c'' the proof of Proposition 1 says that one of the two orders admits a trade
    whenever c', c'' and pi_j' - pi_j'' are pairwise independent. Here extreme types of the two supports are tried,
    and of each trade the one that is accepted most strictly (``margin``) is taken.
    """
    solver = backends.backend(backend, needs=Feature.LINEAR)
    fine = inst.types(4096)
    for _, pair in _pairs(inst):
        extremes = [_extreme_types(inst, j) for j in pair]
        for taker, giver in product(*extremes):
            if not _tradable(inst, pair, taker, giver):
                continue
            m = models.bilateral_trade(inst, pair, [taker], [giver], margin=None)
            if solver.solve(m).quality is not Quality.OPTIMAL:
                continue
            gamma = np.array([v.value for v in m.gamma.values()])
            inside = _inside(inst, pair, gamma)
            if not inside.any():
                continue  # the rules leave nothing to trade
            trade = BilateralTrade(inst, pair, inside, acceptance(pair, inside, fine))
            if trade.improves():
                return trade
    return None


def _extreme_types(inst: Instance, j: int) -> list[Floats]:
    """Types of row j that differ most: on a box, each task dear with all others cheap, and the reverse."""
    preferences = inst.preferences[j]
    if not preferences.continuous:
        return list(preferences.discretize(1).costs)
    low, high = preferences.lower_bounds, preferences.upper_bounds
    one_dear = [np.where(np.arange(low.size) == i, high, low) for i in range(low.size)]
    one_cheap = [np.where(np.arange(low.size) == i, low, high) for i in range(low.size)]
    return [*one_dear, *one_cheap, (low + high) / 2]


def _tradable(inst: Instance, agents: tuple[int, int], taker: Floats, giver: Floats) -> bool:
    """Whether some gamma saves, is wanted by both types strictly, and moves no task its giver has none of.

    By Farkas' lemma there is none iff a nonnegative combination of ``pi_j'' - pi_j'``, ``-taker``, ``giver`` (not all
    three zero) and of the rows ``gamma_i >= 0`` or ``<= 0`` of empty holdings vanishes.
    """
    first, second = agents
    saving = inst.performance[second] - inst.performance[first]
    unit = np.eye(inst.n_tasks)
    held = [saving / np.abs(saving).max(), -taker / taker.max(), giver / giver.max()]
    blocked = [*unit[inst.status_quo[first] <= 0], *-unit[inst.status_quo[second] <= 0]]
    columns = np.array(held + blocked).T
    weights = np.append(np.ones(len(held)), np.zeros(len(blocked)))
    _, residual = nnls(np.vstack([columns, weights]), np.append(np.zeros(inst.n_tasks), 1.0))
    return bool(residual > SEPARATED)
