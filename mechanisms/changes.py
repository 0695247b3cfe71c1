"""After the menus are out: who left, who joined, what changed; and which choices still stand.

A choice is a direction: a type accepts a ray iff ``c . kappa <= 0``, whatever the endowment it starts from. So where an
agent's endowment has changed its choice stands, as the same ray from the new endowment, unless it gives up a task that
the agent no longer holds. Whoever is new, or did not choose, keeps the endowment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from raymenu.instances import Instance
from raymenu.mechanisms.menus.menu import KEEP, Menu
from raymenu.mechanisms.profiles import Choices, check_choices, menus_by_agent


@dataclass(frozen=True, eq=False)
class CarriedOver:
    """Choices made on one instance, on another.

    Attributes
    ----------
    menus, choices
        One a single agent of the new instance, for ``allocate``: each menu holds the ray that was chosen, if it stands.
    left, joined
        Names of agents that are gone, and new.
    moved
        Names of agents whose choice stands from another endowment than before.
    lost
        Names of agents whose choice is no longer possible: they keep the endowment.
    """

    menus: list[Menu]
    choices: Choices
    left: list[str]
    joined: list[str]
    moved: list[str]
    lost: list[str]


def carry_over(before: Instance, menus: Sequence[Menu], choices: ArrayLike, after: Instance) -> CarriedOver:
    """What is still possible after the instance has changed; agents and tasks are matched by name.

    Of a row with copies the first ones stay, as many as there are now.

    Parameters
    ----------
    before, menus, choices
        As of ``allocate``, one profile.
    after
        The instance as it is now.

    Raises
    ------
    InputError
        Where menus or choices do not fit the instance before.

    Examples
    --------
    >>> import raymenu
    >>> box = raymenu.UniformPreferences(lower=[1, 1], upper=[2, 2])
    >>> def market(names, held):
    ...     return raymenu.make_instance("market", "made up", counts=[sum(x) for x in zip(*held)], agents=names,
    ...         performance=[[1, 2], [2, 1], [1, 1]][: len(names)], status_quo=held, preferences=[box] * len(names))
    >>> old = market(["Lee", "Moe", "Poe"], [[2, 2], [2, 2], [2, 2]])
    >>> menus = [raymenu.Menu([2, 2], [[1, -1], [-1, 1]])] * 3
    >>> now = market(["Lee", "Moe"], [[3, 3], [3, 3]])  # Poe has left, the others share
    >>> found = carry_over(old, menus, [0, 1, 0], now)
    >>> found.left, found.moved, raymenu.allocate(now, found.menus, found.choices).assignment.tolist()
    (['Poe'], ['Lee', 'Moe'], [[6.0, 0.0], [0.0, 6.0]])
    """
    held = menus_by_agent(before, menus)
    picked = check_choices(before, held, choices)
    known = {task: i for i, task in enumerate(before.tasks)}
    place = {name: np.flatnonzero(before.agent_rows == j).tolist() for j, name in enumerate(before.agents)}
    made: list[Menu] = []
    chosen: list[int] = []
    moved: list[str] = []
    lost: list[str] = []
    for j, name in enumerate(after.agents):
        old = place.get(name, [])
        for copy in range(int(after.copies[j])):
            eta = after.endowment[j]
            if copy >= len(old) or picked[old[copy]] == KEEP:
                menu, choice = Menu(eta), KEEP
            else:
                menu, choice = _carried(held[old[copy]], int(picked[old[copy]]), eta, after.tasks, known)
                if choice == KEEP:
                    lost.append(name)
                elif not np.array_equal(eta, held[old[copy]].endowment):
                    moved.append(name)
            made.append(menu)
            chosen.append(choice)
    left = [name for name in before.agents if name not in after.agents]
    joined = [name for name in after.agents if name not in place]
    once = (list(dict.fromkeys(names)) for names in (moved, lost))
    return CarriedOver(made, np.array(chosen, dtype=np.int64), left, joined, *once)


def _carried(menu: Menu, choice: int, eta: np.ndarray, tasks: list[str], known: dict[str, int]) -> tuple[Menu, int]:
    """The menu of one choice from another endowment, and the choice: KEEP where it is no longer possible."""
    if menu.kind == "remedial":
        return Menu.remedial(eta, eta), 0
    ray = menu.rays[choice]
    gone = [i for task, i in known.items() if task not in tasks and ray[i] != 0]
    now = np.array([ray[known[task]] if task in known else 0.0 for task in tasks])
    down = now < 0
    if gone or (down & (eta <= 0)).any() or not now.any():
        return Menu(eta), KEEP
    share = min(1.0, float((eta[down] / -now[down]).min())) if down.any() else 1.0
    return Menu(eta, [np.maximum(share * now, -eta)]), 0
