"""Menus in people's words: exchange rates and choice sheets, with the tasks' names."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import InputError
from raymenu.mechanisms import Menu

Floats = NDArray[np.float64]


def describe_menu(
    menu: Menu,
    tasks: Sequence[str],
    acceptance: Sequence[float | Fraction] | None = None,
    noun: tuple[str, str] = ("case", "cases"),
) -> list[str]:
    """One sentence for each thing the menu offers, keeping the endowment first among them.

    A ray is written at the rate of 1.0 of its anchor, the task of which it gives up the largest share of the
    endowment, with the most that may be exchanged at that rate. Two rays that are exactly opposite are one exchange
    that may be made either way.

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
        Where there is not one name a task or not one probability a ray.

    Examples
    --------
    >>> menu = Menu([2, 1.5, 1], [[0, 1.7, -1], [1, -1, 1]])
    >>> for line in describe_menu(menu, ["good", "fair", "poor"], [0.41, 0.3]):
    ...     print(line)
    keep what it has: 2 'good' cases, 1.5 'fair' cases and 1 'poor' case
    may give up 1.0 'poor' case for 1.7 'fair' cases, up to 1 'poor' case in all; 41% of types accept
    may give up 1.0 'fair' case for 1 'good' case and 1 'poor' case, up to 1.5 'fair' cases in all; 30% of types accept
    >>> print(describe_menu(Menu([2, 2], [[-1, 1.6], [1, -1.6]]), ["severe", "mild"])[1])
    may exchange 1.0 'severe' case for 1.6 'mild' cases, either way, up to 2 'severe' cases given or 1.25 taken
    """
    if len(tasks) != menu.endowment.size:
        raise InputError(f"{menu.endowment.size} names needed, one a task, {len(tasks)} given", field="tasks")
    if acceptance is not None and len(acceptance) != menu.size:
        raise InputError(f"{menu.size} probabilities needed, one a ray, {len(acceptance)} given", field="acceptance")
    if menu.kept is not None:
        return [f"accepts any part of what it has and does {_bundle(menu.kept, tasks, noun)}"]
    shares = None if acceptance is None else [float(p) for p in acceptance]
    lines = [f"keep what it has: {_bundle(menu.endowment, tasks, noun)}"]
    for k, ray in enumerate(menu.rays):
        if any(np.array_equal(ray, -earlier) for earlier in menu.rays[:k]):
            continue
        opposite = [m for m in range(k + 1, menu.size) if np.array_equal(menu.rays[m], -ray)]
        if opposite:
            lines.append(_either_way(menu, k, opposite[0], tasks, noun, shares))
        else:
            lines.append(_one_way(menu, k, tasks, noun, shares))
    return lines


def choice_sheet(
    agent: str,
    menu: Menu,
    tasks: Sequence[str],
    acceptance: Sequence[float | Fraction] | None = None,
    noun: tuple[str, str] = ("case", "cases"),
) -> str:
    """What one agent is handed: its choices, of which it ticks one, and what that can lead to.

    Examples
    --------
    >>> print(choice_sheet("anna", Menu([2, 2], [[-1, 1.6]]), ["severe", "mild"]))
    anna: tick one
      [ ] keep what it has: 2 'severe' cases and 2 'mild' cases
      [ ] may give up 1.0 'severe' case for 1.6 'mild' cases, up to 2 'severe' cases in all
    How much of the exchange ticked is made is decided when all have answered; nothing else can happen to anna.
    """
    lines = describe_menu(menu, tasks, acceptance, noun)
    if menu.kept is not None:
        return f"{agent}: {lines[0]}"
    ticks = "\n".join(f"  [ ] {line}" for line in lines)
    after = "How much of the exchange ticked is made is decided when all have answered; nothing else can happen to"
    return f"{agent}: tick one\n{ticks}\n{after} {agent}."


def exchange_rates(
    directions: Sequence[Floats] | Floats,
    tasks: Sequence[str],
    noun: tuple[str, str] = ("case", "cases"),
    either_way: bool = True,
) -> list[str]:
    """Each direction gamma as an exchange, by default one that may be made either way, at 1.0 of the task it gives
    most of.

    Examples
    --------
    >>> exchange_rates([[-1.0, 1.6, 0.0]], ["severe", "mild", "none"])
    ["1.0 'severe' case for 1.6 'mild' cases, either way"]
    """
    lines = []
    for direction in np.atleast_2d(np.asarray(directions, dtype=np.float64)):
        rate = direction / -direction.min()
        given, taken = np.where(rate < 0, -rate, 0.0), np.where(rate > 0, rate, 0.0)
        way = "either way" if either_way else "one way"
        lines.append(f"{_bundle(given, tasks, noun, '1.0')} for {_bundle(taken, tasks, noun)}, {way}")
    return lines


def _one_way(menu: Menu, k: int, tasks: Sequence[str], noun: tuple[str, str], shares: list[float] | None) -> str:
    ray = menu.rays[k]
    if not (ray < 0).any():
        return f"may take on {_bundle(ray, tasks, noun)} for nothing" + _accept(shares, [k])
    anchor = _anchor(menu, ray)
    rate = ray / -ray[anchor]
    most = _most(menu, rate)
    exchange = f"{_given(rate, anchor, tasks, noun)} for {_bundle(np.maximum(rate, 0), tasks, noun)}"
    return f"may give up {exchange}, up to {_amount(most, tasks[anchor], noun)} in all{_accept(shares, [k])}"


def _either_way(
    menu: Menu, k: int, opposite: int, tasks: Sequence[str], noun: tuple[str, str], shares: list[float] | None
) -> str:
    ray = menu.rays[k]
    anchor = _anchor(menu, ray)
    rate = ray / -ray[anchor]
    given = _most(menu, rate)
    taken = _most(menu, -rate)
    exchange = f"{_given(rate, anchor, tasks, noun)} for {_bundle(np.maximum(rate, 0), tasks, noun)}"
    limits = f"up to {_amount(given, tasks[anchor], noun)} given or {taken:.3g} taken"
    return f"may exchange {exchange}, either way, {limits}{_accept(shares, [k, opposite])}"


def _anchor(menu: Menu, ray: Floats) -> int:
    """The task of which the ray gives up the largest share of the endowment."""
    shares = np.divide(-ray, menu.endowment, out=np.zeros_like(ray), where=ray < 0)
    return int(np.argmax(shares))


def _most(menu: Menu, ray: Floats) -> float:
    """The largest y with endowment + y ray >= 0."""
    negative = ray < 0
    return float(np.min(menu.endowment[negative] / -ray[negative]))


def _given(rate: Floats, anchor: int, tasks: Sequence[str], noun: tuple[str, str]) -> str:
    others = np.where(rate < 0, -rate, 0.0)
    others[anchor] = 0.0
    first = f"1.0 {tasks[anchor]!r} {noun[0]}"
    return f"{first} with {_bundle(others, tasks, noun)}" if others.any() else first


def _amount(number: float, task: str, noun: tuple[str, str]) -> str:
    return f"{number:.3g} {task!r} {noun[0] if round(number, 2) == 1 else noun[1]}"


def _bundle(amounts: Floats, tasks: Sequence[str], noun: tuple[str, str], one: str = "1") -> str:
    parts = [_amount(float(number), task, noun) for number, task in zip(amounts, tasks) if number > 0]
    parts = [part.replace("1 ", f"{one} ", 1) if part.startswith("1 ") else part for part in parts]
    if not parts:
        return "nothing"
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _accept(shares: list[float] | None, chosen: list[int]) -> str:
    if shares is None:
        return ""
    percent = [f"{100 * shares[k]:.0f}%" for k in chosen]
    return f"; {percent[0]} of types accept" if len(percent) == 1 else f"; {percent[0]} one way, {percent[1]} the other"
