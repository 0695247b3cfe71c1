"""The best bilateral trading mechanism: over pairs of agents and exchanges gamma, by expected gain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raymenu import models
from raymenu.instances import FiniteTypes, Instance
from raymenu.mechanisms import BilateralTrade
from raymenu.mechanisms.bilateral import acceptance, trade_shares
from raymenu.models.finite import Types, finite_types
from raymenu.solvers import backends
from raymenu.solvers.backends import Backend, Feature
from raymenu.solvers.backends.results import Quality
from raymenu.solvers.value_of_choice.exact_ties import exactly_tied
from raymenu.solvers.value_of_choice.exchange_search import climb
from raymenu.solvers.value_of_choice.pairs import ranked_pairs

Floats = NDArray[np.float64]
DIRECTIONS, ROUNDS = 3000, 25
"""Random exchanges tried for each pair, and rounds of perturbation around the best, each at 0.75 of the last's size."""
CLIMBED_PAIRS, STARTS, STEPS = 12, 8, 150
"""The best pairs are climbed in, from so many starts, for so many steps."""
NEAR = 1e-9
"""As a share of its size, a workload below this may be none."""
STRICT = 1e-9
"""How strictly the types counted on accept the exchange handed back, as a share of their largest cost."""
BLOCK = 4_000_000
"""Numbers held at once while exchanges and types are gone through."""


def best_bilateral_trade(
    inst: Instance, types: Types = 200, seed: int = 0, *, most_pairs: int = 60, backend: str = "highs"
) -> BilateralTrade | None:
    """The bilateral trade with the largest expected gain that a seeded search finds; None where none pays.

    The gain of gamma for agents j', j'' is ``(pi_j'' - pi_j') . gamma Pr[gamma . c_j' <= 0] Pr[gamma . c_j'' >= 0]``,
    on the given types. It is linear on each of the cells that the types' hyperplanes cut out, and not concave: the
    search samples exchanges, perturbs them, climbs from the best along the faces of cells, and makes those that end
    highest exact. The exchange returned meets Lemma 2's conditions exactly (``trade.conditions()``).

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
    sampled: list[tuple[float, _Pair, Floats]] = []
    for potential, agents in ranked_pairs(inst, most_pairs):
        if potential <= max((gain for gain, _, _ in sampled), default=0.0):
            break
        pair = _Pair.of(inst, agents, made)
        starts, gain = _sampled(pair, rng)
        sampled.append((gain * pair.scale, pair, starts))
    sampled.sort(key=lambda found: -found[0])
    climbed: list[tuple[float, _Pair, Floats]] = []
    for _, pair, starts in sampled[:CLIMBED_PAIRS]:
        climbed += [(gain * pair.scale, pair, gamma) for gamma, gain in _climbed(pair, starts, rng)]
    climbed.sort(key=lambda found: -found[0])
    best: BilateralTrade | None = None
    for about, pair, gamma in climbed:
        if about <= 0 or (best is not None and about <= best.gain):
            break
        for trade in map(pair.trade, _decided(pair, gamma, solver)):
            if trade is not None and (best is None or trade.gain > best.gain):
                best = trade
    return best


@dataclass(frozen=True)
class _Pair:
    """Two agents' problem in units: what each could give is of the order of 1, and so is what one unit saves.

    Amounts are scaled by powers of two, so an exchange means the same to every type before and after.

    Attributes
    ----------
    unit
        (I,) tasks.
    low, high, saving
        (I,), in units.
    scale
        What a saving of 1 is in social cost.
    rows, weights, side
        (n, I): ``c`` of the first agent's types, side 0, and ``-c`` of the second's, side 1, both accept where
        ``row . gamma <= 0``.
    """

    inst: Instance
    agents: tuple[int, int]
    types: list[FiniteTypes]
    unit: Floats
    low: Floats
    high: Floats
    saving: Floats
    scale: float
    rows: Floats
    weights: Floats
    side: NDArray[np.int64]

    @classmethod
    def of(cls, inst: Instance, agents: tuple[int, int], types: list[FiniteTypes]) -> _Pair:
        first, second = agents
        room = np.maximum(inst.status_quo[first], inst.status_quo[second])
        unit = np.exp2(np.where(room > 0, np.ceil(np.log2(np.where(room > 0, room, 1.0))), 0.0))
        saving = (inst.performance[second] - inst.performance[first]) * unit
        rows = np.vstack([types[first].costs, -types[second].costs]) * unit
        return cls(
            inst,
            agents,
            types,
            unit,
            -inst.status_quo[first] / unit,
            inst.status_quo[second] / unit,
            saving / np.abs(saving).max(),
            float(np.abs(saving).max()),
            rows,
            np.concatenate([types[first].weights, types[second].weights]),
            np.repeat([0, 1], [types[first].size, types[second].size]),
        )

    def stretched(self, directions: Floats) -> Floats:
        """(n, I): each direction turned so that it saves, and as long as the bounds and the rules let it be."""
        turned = directions * np.where(directions @ self.saving < 0, -1.0, 1.0)[:, None]
        # A task its giver has none of cannot move that way.
        turned = np.where(np.where(turned < 0, self.low < 0, self.high > 0), turned, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = np.min(np.where(turned != 0, np.where(turned < 0, self.low, self.high) / turned, np.inf), axis=1)
        stretched: Floats = turned * np.where(np.isfinite(factor), factor, 0.0)[:, None]
        return stretched * trade_shares(self.inst, *self.agents, stretched * self.unit)[:, None]

    def gains(self, gammas: Floats) -> Floats:
        """(n,), up to rounding at ties."""
        shares = np.ones((2, len(gammas)))
        step = max(1, BLOCK // len(self.rows))
        for some in (slice(start, start + step) for start in range(0, len(gammas), step)):
            accepted = gammas[some] @ self.rows.T <= 0
            for side in (0, 1):
                shares[side, some] = accepted[:, self.side == side] @ self.weights[self.side == side]
        gains: Floats = np.maximum(gammas @ self.saving, 0.0) * shares[0] * shares[1]
        return gains

    def trade(self, gamma: Floats) -> BilateralTrade | None:
        """The exchange as a trade, if Lemma 2's conditions hold exactly and it gains on the types."""
        inside = within_limits(self.inst, self.agents, gamma * self.unit)
        trade = BilateralTrade(self.inst, self.agents, inside, acceptance(self.agents, inside, self.types))
        return trade if trade.gain > 0 and trade.improves() else None


def _sampled(pair: _Pair, rng: np.random.Generator) -> tuple[Floats, float]:
    """Exchanges to climb from: the best of random ones, and what perturbing them has led to; and its gain."""
    first = pair.stretched(rng.normal(size=(DIRECTIONS, pair.unit.size)))
    gains = pair.gains(first)
    order = np.argsort(-gains, kind="stable")
    best, gains = first[order[:20]], gains[order[:20]]
    size = 0.5
    for _ in range(ROUNDS):
        around = np.repeat(best, 10, axis=0)
        scale = np.abs(around).max(axis=1, keepdims=True)
        moved = pair.stretched(around + size * scale * rng.normal(size=around.shape))
        tried, worth = np.vstack([best, moved]), np.append(gains, pair.gains(moved))
        top = np.argsort(-worth, kind="stable")[:20]
        best, gains = tried[top], worth[top]
        size *= 0.75
    return np.vstack([best[:1], first[order[: STARTS - 1]]]), float(gains[0])


def _climbed(pair: _Pair, starts: Floats, rng: np.random.Generator) -> list[tuple[Floats, float]]:
    if pair.inst.rules:  # steps go to the ends of endowments, where rules may have ended the exchange before
        return [(start, float(gain)) for start, gain in zip(starts, pair.gains(starts))]
    n, tasks = pair.rows.shape
    data = pair.rows, pair.weights, pair.side, pair.saving, pair.low, pair.high
    return [
        climb(start, *data, rng.normal(size=(STEPS, tasks)), rng.random((STEPS, n + tasks + 1))) for start in starts
    ]


def _decided(pair: _Pair, gamma: Floats, solver: Backend) -> list[Floats]:
    """Exchanges near one at which types are indifferent, up to rounding, that these types accept in exact arithmetic.

    Types of both agents with one direction of costs can both accept only where they are exactly indifferent; otherwise
    all can be made to accept strictly, or those of one agent are given up.
    """
    work, size = pair.rows @ gamma, NEAR * (np.abs(pair.rows) @ np.abs(gamma))
    accepted, tied = work <= size, np.abs(work) <= size
    versions = [gamma]
    for given_up in (tied & False, tied & (pair.side == 0), tied & (pair.side == 1)):
        strict = _strictly(pair, accepted & ~given_up, solver)
        if strict is not None:
            versions.append(strict)
        if not tied.any() or strict is not None:
            break
    if tied.any():
        level = exactly_tied(gamma, pair.rows[tied].tolist(), pair.low, pair.high)
        if level is not None:
            versions.append(level)
    return versions


def _strictly(pair: _Pair, accepted: NDArray[np.bool_], solver: Backend) -> Floats | None:
    """The best exchange that these types accept strictly."""
    takers, givers = (sign * pair.rows[accepted & (pair.side == k)] / pair.unit for k, sign in ((0, 1.0), (1, -1.0)))
    if not len(takers) or not len(givers):
        return None
    margin = STRICT * float(pair.unit.max())
    m = models.bilateral_trade(pair.inst, pair.agents, takers, givers, margin=margin)
    if solver.solve(m).quality is not Quality.OPTIMAL:
        return None
    return np.array([v.value for v in m.gamma.values()]) / pair.unit


def within_limits(inst: Instance, agents: tuple[int, int], gamma: Floats) -> Floats:
    """What a solver's rounding took too much of an endowment or a rule, taken back."""
    first, second = agents
    inside = np.clip(gamma, -inst.status_quo[first], inst.status_quo[second])
    within: Floats = inside * trade_shares(inst, first, second, inside[None])[0]
    return within
