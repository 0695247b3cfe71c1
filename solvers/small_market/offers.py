"""Who is offered what, as numbers a search can move: groups of agents, rays that share slots, slots in a common space.

Ray r of group g is ``sign_r basis slots[slot_r]``, scaled for its row so that some coordinate binds at y = 1. Rays that
share a slot with opposite signs are exactly opposite, hence exactly polarized. A basis of rank below I keeps all rays
in one subspace, where fewer traders balance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import Instance
from raymenu.mechanisms import Menu
from raymenu.solvers.small_market.polarize import polarize_all, polarize_rays

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
BITS = 20


@dataclass(frozen=True, eq=False)
class Offers:
    """Menus of groups of agents.

    | attribute | shape | meaning |
    |---|---|---|
    | ``rows`` | (M,) | the row of the instance that each group belongs to, ascending |
    | ``sizes`` | (M,) | how many of the row's copies are in the group |
    | ``owner`` | (R,) | the group that is offered each ray, ascending |
    | ``slot`` | (R,) | which direction the ray goes along |
    | ``sign`` | (R,) | +1 or -1 |
    | ``slots`` | (L, r) | directions, in the basis |
    | ``basis`` | (I, r) | of the space that all rays lie in |
    """

    inst: Instance
    rows: Ints
    sizes: Ints
    owner: Ints
    slot: Ints
    sign: Floats
    slots: Floats
    basis: Floats

    @property
    def rank(self) -> int:
        """r, the dimension of the common space."""
        return int(self.basis.shape[1])

    @property
    def n_rays(self) -> int:
        """R."""
        return int(self.owner.size)

    @cached_property
    def directions(self) -> Floats:
        """(L, I), the slots in tasks."""
        lines: Floats = self.slots @ self.basis.T
        return lines

    @cached_property
    def raw(self) -> Floats:
        """(R, I), rays before scaling."""
        rays: Floats = self.sign[:, None] * self.directions[self.slot]
        return rays

    @cached_property
    def endowments(self) -> Floats:
        """(R, I), of the row that is offered each ray."""
        eta: Floats = self.inst.endowment[self.rows[self.owner]]
        return eta

    @cached_property
    def shares(self) -> Floats:
        """(R, I), the share of its endowment that a raw ray gives up; infinite where it has none to give."""
        return np.divide(
            -self.raw,
            self.endowments,
            out=np.where(self.raw < 0, np.inf, 0.0),
            where=(self.raw < 0) & (self.endowments > 0),
        )

    @cached_property
    def scale(self) -> Floats:
        """(R,), how far a raw ray goes at most; 0 where it cannot be offered."""
        largest = self.shares.max(axis=1)
        usable = np.isfinite(largest) & (largest > 0)
        return np.divide(1.0, largest, out=np.zeros(self.n_rays), where=usable)

    @cached_property
    def anchors(self) -> Ints:
        """(R,), the task that binds."""
        return np.argmax(self.shares, axis=1)

    @cached_property
    def rays(self) -> Floats:
        """(R, I), kappa, scaled."""
        scaled: Floats = self.scale[:, None] * self.raw
        return scaled

    @cached_property
    def coordinates(self) -> Floats:
        """(R, r), kappa in the basis."""
        scaled: Floats = (self.scale * self.sign)[:, None] * self.slots[self.slot]
        return scaled

    @cached_property
    def performance(self) -> Floats:
        """(R, I), pi of the row that is offered each ray."""
        pi: Floats = self.inst.performance[self.rows[self.owner]]
        return pi

    @cached_property
    def values(self) -> Floats:
        """(R,), -pi . kappa, what an agent is worth on its ray, apart from market clearing."""
        worth: Floats = -(self.performance * self.rays).sum(axis=1)
        return worth

    def with_numbers(self, slots: Floats, basis: Floats | None = None) -> Offers:
        """The same offers along other directions."""
        return replace(self, slots=slots, basis=self.basis if basis is None else basis)

    def quantised(self) -> Offers:
        """Directions rounded to 20 bits, so that each is an exact combination of the basis in double precision.

        Rays of a plane then lie in that plane exactly, and opposite rays stay opposite when scaled by powers of two.
        Where the basis spans all tasks there is nothing to keep, and finite types that are indifferent would be lost.
        """
        if self.rank == self.inst.n_tasks:
            return self
        size = np.abs(self.basis).max(axis=1, keepdims=True)
        steps = np.exp2(np.ceil(np.log2(np.where(size > 0, size, 1.0))) - BITS)
        basis = np.rint(self.basis / steps) * steps
        length = np.linalg.norm(self.slots, axis=1, keepdims=True)
        slots = np.rint(self.slots / np.where(length > 0, length, 1.0) * 2.0**BITS) / 2.0**BITS
        return self.with_numbers(slots, basis)

    def group_menus(self) -> list[Menu]:
        """One exactly polarized menu a group. Call on ``quantised`` offers."""
        menus = []
        for group, row in enumerate(self.rows):
            mine = np.arange(self.n_rays)[self.span(group)]
            mine = mine[self.scale[mine] > 0]
            rays = self.raw[mine]
            if np.unique(self.slot[mine]).size == mine.size and mine.size > 1:
                rays = polarize_rays(rays)
            if rays.size:
                # A power of two keeps the directions' bits, and one factor for all keeps opposite rays opposite.
                rays = rays * np.exp2(np.floor(np.log2(self.scale[mine].min())))
            menus.append(Menu(self.inst.endowment[row], rays))
        return menus

    def span(self, group: int) -> slice:
        """The rays of a group."""
        start, stop = np.searchsorted(self.owner, [group, group + 1])
        return slice(int(start), int(stop))


def unit_basis(inst: Instance) -> Floats:
    """(I, I), tasks in units of an agent's mean share, so that a search moves all tasks alike."""
    return np.diag(inst.counts / inst.copies.sum())


def both_sides(
    inst: Instance,
    rows: Sequence[int] | Ints,
    sizes: Sequence[int] | Ints,
    slot: Sequence[int] | Ints,
    slots: Floats,
    basis: Floats,
) -> Offers:
    """Each group may take either side of one direction."""
    groups = np.arange(len(rows))
    return Offers(
        inst,
        np.asarray(rows, dtype=np.int64),
        np.asarray(sizes, dtype=np.int64),
        np.repeat(groups, 2),
        np.repeat(np.asarray(slot, dtype=np.int64), 2),
        np.tile([1.0, -1.0], groups.size),
        slots,
        basis,
    )


def single_direction(inst: Instance, direction: Floats) -> Offers:
    """Everyone may take either side of one common direction, (I,)."""
    rows = np.arange(inst.n_agents)
    return both_sides(inst, rows, inst.copies, np.zeros_like(rows), np.ones((1, 1)), np.asarray(direction)[:, None])


def own_rays(inst: Instance, rows: Sequence[int], sizes: Sequence[int], rays: Sequence[Floats]) -> Offers:
    """Each group is offered rays of its own, (K, I) each, in general position."""
    unit = unit_basis(inst)
    owner = np.repeat(np.arange(len(rows)), [len(each) for each in rays])
    none = np.zeros((0, inst.n_tasks))  # a large market stopped at once has no rays at all
    stacked = np.vstack([none, *(np.reshape(each, (-1, inst.n_tasks)) for each in rays)])
    return Offers(
        inst,
        np.asarray(rows, dtype=np.int64),
        np.asarray(sizes, dtype=np.int64),
        owner,
        np.arange(owner.size),
        np.ones(owner.size),
        stacked / np.diag(unit),
        unit,
    )


def polarized(offers: Offers) -> Offers:
    """Offers of rays of their own, made polarized."""
    rays = polarize_all(offers.raw, offers.owner, offers.slot)
    slots = offers.slots.copy()
    slots[offers.slot] = np.linalg.solve(offers.basis, (offers.sign[:, None] * rays).T).T
    return offers.with_numbers(slots)
