"""Where an agent's own rules let it go: how far along a ray, and as what region of rays.

Along ``eta + t d`` a row ``a . mu + g . |mu - sigma|`` is convex and piecewise linear in t, and the endowment keeps it,
so what keeps it is an interval from 0: a rule about one agent shortens its steps and leaves everything else as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import Instance
from raymenu.mechanisms.menus.menu import Menu

Floats = NDArray[np.float64]
ROUNDING = 1e-11
"""Share of the numbers in a row by which a whole step may move it and still counts as moving along it."""


@dataclass(frozen=True)
class Reach:
    """How much of a step is possible.

    Attributes
    ----------
    share
        In [0, 1].
    row
        The row of the rules that stops it, -1 where none does.
    slope
        What one more step would add to that row.
    """

    share: float
    row: int = -1
    slope: float = 0.0


@dataclass(frozen=True, eq=False)
class Region:
    """The steps d from an endowment that an agent's own rules allow: ``a . d + g . (|away + d| - |away|) <= room``.

    Attributes
    ----------
    amounts, changes
        a and g, (R, I).
    room
        (R,), what the endowment leaves free, nonnegative.
    equal
        (R,), rows that must stay where they are: ``a . d = 0``.
    scale
        (R,), the size of the numbers in each row: what tolerances are relative to.
    away
        ``eta - sigma``, (I,).
    numbers
        Of each row in the instance's compiled rules.
    """

    amounts: Floats
    changes: Floats
    room: Floats
    equal: NDArray[np.bool_]
    scale: Floats
    away: Floats
    numbers: tuple[int, ...]

    @classmethod
    def of(cls, inst: Instance, j: int) -> Region:
        """The region of each copy of a row of the instance."""
        rules = inst.compiled_rules
        numbers = tuple(rules.own[j])
        parts = [rules.parts[r][j] for r in numbers]
        signs = np.array([-1.0 if rules.rows[r].sense == ">=" else 1.0 for r in numbers])
        shape = (len(numbers), inst.n_tasks)
        amounts = signs[:, None] * np.array([a for a, _ in parts]).reshape(shape)
        changes = np.array([g for _, g in parts]).reshape(shape)
        eta, away = inst.endowment[j], inst.endowment[j] - inst.status_quo[j]
        limits = signs * np.array([rules.rows[r].limit for r in numbers])
        room = np.maximum(limits - amounts @ eta - changes @ np.abs(away), 0.0)
        equal = np.array([rules.rows[r].sense == "==" for r in numbers], dtype=bool)
        scale = np.array([rules.scales[r] for r in numbers])
        return cls(amounts, changes, np.where(equal, 0.0, room), equal, scale, away, numbers)

    @property
    def size(self) -> int:
        """R."""
        return int(self.room.size)

    @property
    def involved(self) -> NDArray[np.int64]:
        """(R,), how many tasks each row is about."""
        return np.count_nonzero((self.amounts != 0) | (self.changes != 0), axis=1)

    def kinks(self, step: Floats, rows: Sequence[int]) -> list[float]:
        """Where in (0, 1) along a step a task that these rows count the changes of passes its status quo."""
        counted = (self.changes[list(rows)] > 0).any(axis=0)
        moves = counted & (step != 0) & (self.away != 0)
        at = -self.away[moves] / step[moves]
        return sorted({float(t) for t in at if 0.0 < t < 1.0})

    def added(self, row: int, step: Floats) -> float:
        """What a step adds to a row."""
        moved = self.changes[row] @ (np.abs(self.away + step) - np.abs(self.away))
        return float(self.amounts[row] @ step + moved)

    def reach(self, step: Floats, rows: Sequence[int] | None = None) -> Reach:
        """How much of a step d, (I,), is allowed; by all rows, or by some.

        Examples
        --------
        >>> import raymenu
        >>> inst = raymenu.load("anaesthesia")
        >>> inst = inst.with_rules([raymenu.Rule("cap", "few", tasks="good", each=True, at_most=4.0)])
        >>> round(Region.of(inst, 0).reach(np.array([0.8, -1.0, 0.0, 0.0])).share, 9)
        0.5
        """
        found = Reach(1.0)
        for r in range(self.size) if rows is None else rows:
            allowed = ROUNDING * float(self.scale[r])
            if self.equal[r]:
                moved = abs(float(self.amounts[r] @ step))
                if moved > allowed:
                    return Reach(0.0, self.numbers[r], moved)
                continue
            room = float(self.room[r])
            for start, end in pairwise([0.0, *self.kinks(step, [r]), 1.0]):
                then = self.added(r, end * step)
                if then <= room + allowed:
                    continue
                at = self.added(r, start * step)
                slope = (then - at) / (end - start)
                share = min(max(start + (room - at) / slope, 0.0), 1.0)
                if share < found.share:
                    found = Reach(share, self.numbers[r], slope)
                break
        return found

    def slopes(self, negative: NDArray[np.bool_]) -> Floats:
        """(R, I), rows as linear functions of steps with given signs (I,), at most the rows themselves.

        Where the endowment is the status quo they are the rows: ``|d_i| = -d_i`` on tasks given up, else ``d_i``. Where
        it is not, an absolute value is at least its tangent at the endowment.
        """
        sign = np.where(self.away != 0, np.sign(self.away), np.where(negative, -1.0, 1.0))
        return self.amounts + self.changes * sign

    @property
    def key(self) -> bytes:
        """Regions of one key are one region."""
        parts = (self.amounts, self.changes, self.room, self.equal, self.away)
        return b"|".join((part + 0.0).tobytes() for part in parts)

    def of_tasks(self, kept: NDArray[np.int64]) -> Region:
        """The region of steps that move these tasks only; rows about none of them are left out."""
        amounts, changes = self.amounts[:, kept], self.changes[:, kept]
        left = replace(self, amounts=amounts, changes=changes, away=self.away[kept])
        return left.of_rows(np.flatnonzero((amounts != 0).any(axis=1) | (changes != 0).any(axis=1)).tolist())

    def of_rows(self, rows: list[int]) -> Region:
        """The region that some of the rows leave."""
        return replace(
            self,
            amounts=self.amounts[rows],
            changes=self.changes[rows],
            room=self.room[rows],
            equal=self.equal[rows],
            scale=self.scale[rows],
            numbers=tuple(self.numbers[r] for r in rows),
        )

    def shortened(self, menu: Menu) -> Menu:
        """The menu with each ray, or what is handed back of a remedial one, as long as is allowed."""
        if menu.kept is not None:
            back = self.within((menu.kept - menu.endowment)[None])[0]
            return Menu.remedial(menu.endowment, np.clip(menu.endowment + back, 0.0, menu.endowment))
        rays = self.within(menu.rays)
        if np.array_equal(rays, menu.rays):
            return menu
        return Menu(menu.endowment, rays[rays.any(axis=1)])

    def within(self, steps: Floats) -> Floats:
        """Steps (K, I), each shortened until it is allowed."""
        return np.array([self.reach(step).share * step for step in steps]).reshape(steps.shape)


def within_rules(inst: Instance, j: int, menu: Menu) -> Menu:
    """The menu with each ray as long as the agent's own rules allow, and the remedial part kept likewise.

    Rays that may not move at all are left out, so the choices of the menu are those that lead somewhere.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.load("anaesthesia")
    >>> inst = inst.with_rules([raymenu.Rule("cap", "few", tasks="good", each=True, at_most=4.0)])
    >>> within_rules(inst, 0, Menu(inst.endowment[0], [[0.8, -1.0, 0.0, 0.0]])).rays.round(9).tolist()
    [[0.4, -0.5, 0.0, 0.0]]
    """
    region = Region.of(inst, j)
    return region.shortened(menu) if region.size else menu
