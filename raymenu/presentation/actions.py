"""What one agent may tick: an action with a code for each choice of a menu, in plain words.

"Up to" means what the ex-post optimal rule can do: a ray may be executed until a task runs out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import InputError, Instance
from raymenu.mechanisms import KEEP, Menu
from raymenu.mechanisms.menus.codes import code_of
from raymenu.mechanisms.reach import within_rules
from raymenu.presentation.rounding import amount, percentages

Floats = NDArray[np.float64]
Noun = tuple[str, str]
CASES: Noun = ("case", "cases")
NEAR = 1e-9
"""Share of a step that is rounding."""


@dataclass(frozen=True, eq=False)
class Action:
    """One box on a choice sheet.

    Attributes
    ----------
    code
        K keeps everything, then A, B, ...
    words
        What is done, without a limit: "give up 1 'poor' case for 1.7 'fair' cases".
    limit
        How far it may go, in words; empty where that is said already.
    rate
        (I,), what changes at a rate of 1 of the task of which the largest share is given up.
    most
        (I,), what changes if it goes as far as it may.
    """

    code: str
    words: str
    limit: str
    rate: Floats
    most: Floats

    def __str__(self) -> str:
        return f"{self.code}: {self.words}{self.limit and ', '}{self.limit}"


def actions(
    menu: Menu, tasks: Sequence[str], noun: Noun = CASES, allowed: Callable[[Floats], Floats] | None = None
) -> list[Action]:
    """The actions of a menu, keeping everything first; a remedial menu has one, which everyone accepts.

    Parameters
    ----------
    menu
        What one agent is offered.
    tasks
        (I,) names.
    noun
        What one instance of a task is called, and several.
    allowed
        What the rules about the agent leave of a step, (I,) to (I,), as of ``rules_of``; None where there are none.

    Raises
    ------
    InputError
        Where there is not one name for each task.

    Examples
    --------
    >>> menu = Menu([2, 1.5, 1], [[0, 1.7, -1], [1, -1, 1]])
    >>> for action in actions(menu, ["good", "fair", "poor"]):
    ...     print(action)
    K: keep 2 'good' cases, 1.5 'fair' cases and 1 'poor' case
    A: give up 1 'poor' case for 1.7 'fair' cases, up to 1 'poor' case in all
    B: give up 1 'fair' case for 1 'good' case and 1 'poor' case, up to 1.5 'fair' cases in all
    """
    if len(tasks) != menu.endowment.size:
        raise InputError(f"{menu.endowment.size} names needed, one per task, {len(tasks)} given", field="tasks")
    none = np.zeros(menu.endowment.size)
    if menu.kept is not None:
        given = menu.kept - menu.endowment
        words = f"hand back any part of {bundle(menu.endowment, tasks, noun)}"
        return [Action(code_of(0), words, f"at best keep {bundle(menu.kept, tasks, noun)}", none, given)]
    keep = Action(code_of(KEEP), f"keep {bundle(menu.endowment, tasks, noun)}", "", none, none)
    return [keep, *(_exchange(menu, k, tasks, noun, allowed) for k in range(menu.size))]


def answer_shares(acceptance: Sequence[float]) -> list[str]:
    """How many of 100 agents take each action, keeping first: whole percentages that sum to 100.

    Parameters
    ----------
    acceptance
        (K,) probabilities that each ray is chosen, for instance ``menu.acceptance(types)``.

    Examples
    --------
    >>> answer_shares([0.405, 0.405])
    ['19%', '41%', '40%']
    """
    taken = [float(p) for p in acceptance]
    return percentages([max(1.0 - sum(taken), 0.0), *taken])


def bundle(amounts: Floats, tasks: Sequence[str], noun: Noun = CASES) -> str:
    """Amounts of tasks in words, those above 0.

    Examples
    --------
    >>> bundle(np.array([2, 0, 1.6]), ["severe", "mild", "none"])
    "2 'severe' cases and 1.6 'none' cases"
    """
    parts = [some(float(number), task, noun) for number, task in zip(amounts, tasks) if number > 0]
    if not parts:
        return "nothing"
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def some(number: float, task: str, noun: Noun = CASES) -> str:
    """An amount of one task."""
    text = amount(number)
    return f"{text} '{task}' {noun[0] if text == '1' else noun[1]}"


def rules_of(inst: Instance, row: int) -> Callable[[Floats], Floats] | None:
    """What the instance's rules about an agent of a row leave of a step; None where there are no rules.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.load("anaesthesia")
    >>> inst = inst.with_rules([raymenu.Rule("cap", "few", tasks="good", each=True, at_most=4.0)])
    >>> allowed = rules_of(inst, 0)
    >>> print(actions(Menu(inst.endowment[0], [[0.8, -1, 0, 0]]), inst.tasks, allowed=allowed)[1])
    A: give up 1 'fair' case for 0.8 'good' cases, up to 0.5 'fair' cases in all, as far as the rules allow
    """
    if not inst.rules:
        return None

    def allowed(step: Floats) -> Floats:
        within = within_rules(inst, row, Menu(inst.endowment[row], [step]))
        return within.rays[0] if within.size else np.zeros_like(step)

    return allowed


def _exchange(
    menu: Menu, k: int, tasks: Sequence[str], noun: Noun, allowed: Callable[[Floats], Floats] | None
) -> Action:
    ray = menu.rays[k]
    if not (ray < 0).any():
        return Action(code_of(k), f"take on {bundle(ray, tasks, noun)} for nothing", "", ray, ray)
    anchor = _anchor(menu, ray)
    rate = ray / -ray[anchor]
    negative = rate < 0
    longest = float(np.min(menu.endowment[negative] / -rate[negative]))
    words = f"give up {_given(rate, anchor, tasks, noun)} for {bundle(rate, tasks, noun)}"
    most = np.maximum(longest * rate, -menu.endowment)
    limit = ""
    if allowed is not None:
        within = allowed(most)
        if -within[anchor] < -most[anchor] * (1 - NEAR):
            most, limit = within, ", as far as the rules allow"
    return Action(code_of(k), words, f"up to {some(-most[anchor], tasks[anchor], noun)} in all{limit}", rate, most)


def _anchor(menu: Menu, ray: Floats) -> int:
    """The task of which the ray gives up the largest share of the endowment."""
    shares = np.divide(-ray, menu.endowment, out=np.zeros_like(ray), where=ray < 0)
    return int(np.argmax(shares))


def _given(rate: Floats, anchor: int, tasks: Sequence[str], noun: Noun) -> str:
    others = np.where(rate < 0, -rate, 0.0)
    others[anchor] = 0.0
    first = some(1.0, tasks[anchor], noun)
    return f"{first} with {bundle(others, tasks, noun)}" if others.any() else first
