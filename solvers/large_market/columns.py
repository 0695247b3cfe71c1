"""What is known of every F_j: menus found so far, and the expected assignments they lead to."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes, Instance
from raymenu.mechanisms import Menu
from raymenu.mechanisms.reach import Region, within_rules

Floats = NDArray[np.float64]


@dataclass
class SharedSupport:
    """Rows of the instance with the same types, endowment and rules of their own: one support function, its columns.

    Attributes
    ----------
    types, endowment, region, rows
        What they share, and which rows they are; no region where they have no rules of their own.
    menus
        Menus known, K of them.
    columns
        (K, I), the expected assignment of each: points of F_j.
    """

    types: FiniteTypes
    endowment: Floats
    region: Region | None
    rows: list[int]
    menus: list[Menu] = field(default_factory=list)
    columns: Floats = field(default_factory=lambda: np.empty((0, 0)))

    def may_offer(self, menu: Menu) -> bool:
        """Whether a menu starts from the endowment and keeps the rows' own rules, executed in full."""
        if not np.array_equal(menu.endowment, self.endowment):
            return False
        steps = menu.rays if menu.kept is None else (menu.kept - menu.endowment)[None]
        return self.region is None or all(self.region.reach(step).share > 1 - 1e-9 for step in steps)

    def learn(self, menu: Menu) -> bool:
        """Take a menu in, its rays as long as the rows' own rules allow; False where it leads to what is known."""
        menu = menu if self.region is None else self.region.shortened(menu)
        y = assignment_in_floats(menu, self.types)
        if self.menus and (y == self.columns).all(axis=1).any():
            return False
        self.menus.append(menu)
        self.columns = np.vstack([self.columns.reshape(-1, y.size), y])
        return True


def assignment_in_floats(menu: Menu, types: FiniteTypes) -> Floats:
    """``menu.expected_assignment(types)`` within rounding and many times as fast: for programs solved in floats."""
    if menu.kept is not None:
        return menu.kept
    chosen = menu.choices(types.costs)
    # The last place of ``taken`` is that of types that keep their endowment.
    taken = np.bincount(chosen % (menu.size + 1), weights=types.weights, minlength=menu.size + 1)
    y: Floats = np.maximum(menu.endowment + taken[:-1] @ menu.rays, 0.0)
    return y


def shared_supports(instance: Instance, types: list[FiniteTypes]) -> list[SharedSupport]:
    """The rows of an instance by what they share, each group with the endowment and the empty assignment known.

    Where rules ask for more than nothing, the empty assignment is as little as they allow on the way there.
    """
    groups: dict[tuple[bytes, ...], SharedSupport] = {}
    seen: dict[int, tuple[bytes, bytes]] = {}
    regions = [Region.of(instance, j) for j in range(instance.n_agents)] if instance.rules else []
    counts_changes = any(row.changes for row in instance.compiled_rules.rows)
    for j, own in enumerate(types):
        if id(own) not in seen:
            seen[id(own)] = own.costs.tobytes(), own.weights.tobytes()
        endowment = instance.endowment[j]
        region = regions[j] if regions and regions[j].size else None
        ruled = region.key if region else b"", instance.status_quo[j].tobytes() if counts_changes else b""
        key = (*seen[id(own)], endowment.tobytes(), *ruled)
        if key not in groups:
            groups[key] = SharedSupport(own, endowment, region, [])
            groups[key].learn(Menu(endowment))
            groups[key].learn(within_rules(instance, j, Menu.remedial(endowment, np.zeros(instance.n_tasks))))
        groups[key].rows.append(j)
    return list(groups.values())
