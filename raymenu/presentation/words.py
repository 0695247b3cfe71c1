"""Menus and exchange rates in people's words, with the tasks' names, for an analyst's screen."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import InputError
from raymenu.mechanisms import Menu
from raymenu.presentation.actions import CASES, Noun, actions, answer_shares, bundle

Floats = NDArray[np.float64]


def describe_menu(
    menu: Menu, tasks: Sequence[str], acceptance: Sequence[float | Fraction] | None = None, noun: Noun = CASES
) -> list[str]:
    """One line for each action of a menu, with its code and the share of types that take it.

    Parameters
    ----------
    menu
        What one agent is offered.
    tasks
        (I,) names.
    acceptance
        (K,) probabilities that each ray is chosen, for instance ``menu.acceptance(types)``; left out where None.
    noun
        What one instance of a task is called, and several.

    Raises
    ------
    InputError
        Where there is not one name for each task or not one probability for each ray.

    Examples
    --------
    >>> for line in describe_menu(Menu([2, 2], [[-1, 1.6], [1, -1.6]]), ["severe", "mild"], [0.5, 0.3]):
    ...     print(line)
    K: keep 2 'severe' cases and 2 'mild' cases; 20% of types
    A: give up 1 'severe' case for 1.6 'mild' cases, up to 2 'severe' cases in all; 50% of types
    B: give up 1 'mild' case for 0.63 'severe' cases, up to 2 'mild' cases in all; 30% of types
    """
    if acceptance is not None and len(acceptance) != menu.size:
        raise InputError(f"{menu.size} probabilities needed, one per ray, {len(acceptance)} given", field="acceptance")
    lines = [str(action) for action in actions(menu, tasks, noun)]
    if acceptance is None or menu.kept is not None:
        return lines
    shares = answer_shares([float(p) for p in acceptance])
    return [f"{line}; {share} of types" for line, share in zip(lines, shares)]


def exchange_rates(
    directions: Sequence[Floats] | Floats, tasks: Sequence[str], noun: Noun = CASES, either_way: bool = True
) -> list[str]:
    """Each direction gamma as an exchange, by default one that may be made either way, at 1 of the task it gives
    most of.

    Examples
    --------
    >>> exchange_rates([[-1.0, 1.6, 0.0]], ["severe", "mild", "none"])
    ["1 'severe' case for 1.6 'mild' cases, either way"]
    """
    lines = []
    for direction in np.atleast_2d(np.asarray(directions, dtype=np.float64)):
        rate = direction / -direction.min()
        way = "either way" if either_way else "one way"
        lines.append(f"{bundle(-rate, tasks, noun)} for {bundle(rate, tasks, noun)}, {way}")
    return lines
