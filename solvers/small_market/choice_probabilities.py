"""What chance does to a market: probabilities of choices, and profiles of how many agents make each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import comb, lgamma

import numba
import numpy as np
from numpy.typing import NDArray

from raymenu.instances import Instance, Preferences
from raymenu.solvers.small_market.offers import Offers

Floats = NDArray[np.float64]
KERNEL_WIDTH, KERNEL_TYPES = 0.15, 2048
"""Of the smoothing that turns types at the margin into a derivative: in standard deviations of c . kappa, with so many
types; with more it is narrower."""


@dataclass(frozen=True, eq=False)
class Population:
    """Types that stand for each row's distribution: many points of a low-discrepancy set, or the finite types."""

    inst: Instance
    size: int
    seed: int

    @cached_property
    def kinds(self) -> list[Preferences]:
        """The distinct distributions."""
        return list(dict.fromkeys(self.inst.preferences))

    @cached_property
    def kind_of_row(self) -> NDArray[np.int64]:
        """(J,)."""
        return np.array([self.kinds.index(preferences) for preferences in self.inst.preferences])

    @cached_property
    def types(self) -> list[tuple[Floats, Floats]]:
        """Costs and probabilities of each kind."""
        made = [kind.discretize(self.size, seed=self.seed) for kind in self.kinds]
        return [(np.ascontiguousarray(types.costs), types.weights) for types in made]

    def probabilities(self, offers: Offers) -> Floats:
        """(R,), that an agent takes each ray: the first of its menu that it accepts."""
        chance = np.zeros(offers.n_rays)
        kinds = self.kind_of_row[offers.rows[offers.owner]]
        later = np.r_[False, offers.owner[1:] == offers.owner[:-1]]
        usable = offers.scale > 0
        for kind, (costs, weights) in enumerate(self.types):
            mine = np.flatnonzero((kinds == kind) & usable)
            if mine.size == 0:
                continue
            lines, line_of = np.unique(offers.slot[mine], return_inverse=True)
            work = costs @ offers.directions[lines].T
            accepted = work[:, line_of] * offers.sign[mine] <= 0
            for k, ray in enumerate(mine):
                if k and later[ray]:
                    same = offers.owner[mine[:k]] == offers.owner[ray]
                    accepted[:, k] &= ~accepted[:, :k][:, same].any(axis=1)
            chance[mine] = weights @ accepted
        return chance

    def margin(self, offers: Offers) -> Floats:
        """(R, I), the derivative of each probability in the raw ray, smoothed over types near indifference."""
        slope = np.zeros_like(offers.raw)
        kinds = self.kind_of_row[offers.rows[offers.owner]]
        for kind, (costs, weights) in enumerate(self.types):
            mine = np.flatnonzero(kinds == kind)
            relative = KERNEL_WIDTH * min(1.0, np.sqrt(KERNEL_TYPES / weights.size))
            lines, line_of = np.unique(offers.slot[mine], return_inverse=True)
            work = costs @ offers.directions[lines].T
            # Known preferences have no spread: the kernel then is as wide as rounding needs.
            width = relative * np.maximum(work.std(axis=0), 1e-6 * np.abs(work).max(axis=0) + 1e-300)
            density = np.exp(-0.5 * (work / width) ** 2) / (width * np.sqrt(2 * np.pi))
            slope[mine] = -((density * weights[:, None]).T @ costs)[line_of]
        return slope


@dataclass(frozen=True, eq=False)
class Profiles:
    """How many agents take each ray, (P, R), and the probability of each profile, (P,)."""

    counts: Floats
    weights: Floats


class Draws:
    """Profiles drawn with common random numbers: one uniform a single agent and profile, whatever is offered."""

    def __init__(self, inst: Instance, profiles: int, seed: int) -> None:
        self._inst = inst
        self._uniforms = np.random.default_rng(seed).random((profiles, int(inst.copies.sum())))
        self._sorted: tuple[bytes, Floats] = (b"", self._uniforms)

    def profiles(self, offers: Offers, probabilities: Floats) -> Profiles:
        """The profiles that the draws lead to."""
        key = offers.rows.tobytes() + offers.sizes.tobytes()
        known, uniforms = self._sorted
        if known != key:
            uniforms = self._sort(offers)
            self._sorted = (key, uniforms)
        starts = np.r_[0, np.cumsum(offers.sizes)]
        counts = _count(uniforms, starts, offers.owner, probabilities)
        return Profiles(counts, np.full(counts.shape[0], 1.0 / counts.shape[0]))

    def _sort(self, offers: Offers) -> Floats:
        uniforms = self._uniforms.copy()
        starts = np.r_[0, np.cumsum(offers.sizes)]
        for start, stop in pairwise(starts.tolist()):
            uniforms[:, start:stop].sort(axis=1)
        return uniforms


@numba.njit(cache=True, nogil=True)
def _count(uniforms: Floats, starts: NDArray[np.int64], owner: NDArray[np.int64], probabilities: Floats) -> Floats:
    """Agents of a group whose uniform falls in the interval of a ray; intervals follow the menu's order."""
    profiles = uniforms.shape[0]
    counts = np.zeros((profiles, owner.size))
    for s in range(profiles):
        before, level, group = 0, 0.0, -1
        for r in range(owner.size):
            if owner[r] != group:
                group, before, level = owner[r], 0, 0.0
            level += probabilities[r]
            row = uniforms[s, starts[group] : starts[group + 1]]
            upto = np.searchsorted(row, level)
            counts[s, r] = upto - before
            before = upto
    return counts


def fresh_profiles(offers: Offers, probabilities: Floats, profiles: int, rng: np.random.Generator) -> Profiles:
    """Profiles drawn independently, for stochastic gradients."""
    counts = np.zeros((profiles, offers.n_rays))
    for group, size in enumerate(offers.sizes):
        mine = offers.span(group)
        chance = np.append(probabilities[mine], 0.0)
        chance[-1] = max(0.0, 1.0 - chance.sum())
        counts[:, mine] = rng.multinomial(size, chance / chance.sum(), size=profiles)[:, :-1]
    return Profiles(counts, np.full(profiles, 1.0 / profiles))


class Enumeration:
    """All profiles of a small market, for exact expectations."""

    def __init__(self, counts: Floats, keepers: Floats, owner: NDArray[np.int64], sizes: NDArray[np.int64]) -> None:
        self._counts, self._keepers, self._owner, self._sizes = counts, keepers, owner, sizes
        log_factorial = np.array([lgamma(k + 1) for k in range(int(sizes.max()) + 1)])
        self._constant = (
            log_factorial[sizes].sum()
            - log_factorial[counts.astype(int)].sum(axis=1)
            - log_factorial[keepers.astype(int)].sum(axis=1)
        )

    @property
    def size(self) -> int:
        """How many profiles there are."""
        return int(self._counts.shape[0])

    @staticmethod
    def number(offers: Offers) -> int:
        """How many profiles there are."""
        total = 1
        for group, (size, all_trade) in enumerate(zip(offers.sizes, always_trades(offers))):
            span = offers.span(group)
            total *= comb(int(size) + span.stop - span.start - int(all_trade), int(size))
        return total

    @classmethod
    def of(cls, offers: Offers) -> Enumeration:
        """All profiles; groups offered both sides of a direction always trade."""
        counts = np.zeros((1, offers.n_rays))
        keepers = np.zeros((1, offers.sizes.size))
        for group, (size, all_trade) in enumerate(zip(offers.sizes, always_trades(offers))):
            span = offers.span(group)
            width = span.stop - span.start
            parts = _compositions(int(size), width + 1 - int(all_trade))
            repeated = np.repeat(counts, len(parts), axis=0)
            keeping = np.repeat(keepers, len(parts), axis=0)
            tiled = np.tile(parts, (len(counts), 1))
            repeated[:, span] = tiled[:, :width]
            if tiled.shape[1] > width:
                keeping[:, group] = tiled[:, width]
            counts, keepers = repeated, keeping
        return cls(counts, keepers, offers.owner, offers.sizes)

    def profiles(self, offers: Offers, probabilities: Floats) -> Profiles:
        """All profiles with their probabilities."""
        kept = np.ones(self._sizes.size)
        np.subtract.at(kept, self._owner, probabilities)
        log_chance = np.log(np.maximum(probabilities, 1e-300))
        log_kept = np.log(np.maximum(kept, 1e-300))
        weights = np.exp(self._constant + self._counts @ log_chance + self._keepers @ log_kept)
        return Profiles(self._counts, weights)


def always_trades(offers: Offers) -> NDArray[np.bool_]:
    """(M,), whether a group's menu is both sides of one direction, of which every type takes one."""
    both = np.zeros(offers.sizes.size, dtype=np.bool_)
    for group in range(offers.sizes.size):
        span = offers.span(group)
        if span.stop - span.start == 2:
            both[group] = offers.slot[span][0] == offers.slot[span][1] and bool((offers.scale[span] > 0).all())
    return both


def _compositions(total: int, parts: int) -> Floats:
    if parts == 1:
        return np.full((1, 1), float(total))
    rows = []
    for first in range(total + 1):
        rest = _compositions(total - first, parts - 1)
        rows.append(np.column_stack([np.full(len(rest), float(first)), rest]))
    return np.vstack(rows)
