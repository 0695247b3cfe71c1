"""What agents answer: the table that an office fills in, and how it is read back by name and code.

Who does not answer keeps the status quo. An answer that is not understood is refused with its place: no answer is
guessed, and none is lost.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import InputError, Instance
from raymenu.instances.documents import read_json
from raymenu.instances.tables.grid import Cell, is_blank
from raymenu.instances.tables.reading import read_grid
from raymenu.instances.text import plain_name, quoted, same_name
from raymenu.mechanisms import KEEP, Menu, OfferPlan, choose
from raymenu.mechanisms.menus.codes import choice_of, code_of, codes

COLUMNS = ("agent", "choice", "options")
Choices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Answers:
    """One choice for each single agent.

    Attributes
    ----------
    choices
        (N,), -1 keeps what the agent has, k takes ray k.
    missing
        Names of those who have not answered; they keep what they have.
    """

    plan: OfferPlan
    choices: Choices
    missing: list[str]

    @property
    def codes(self) -> list[str]:
        """(N,), the choices as people write them."""
        return [code_of(int(choice)) for choice in self.choices]


def choice_rows(plan: OfferPlan) -> list[dict[str, str]]:
    """The table to fill in: each agent's name, an empty choice, and the codes it may choose among.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.load("two_task_ratio")
    >>> plan = OfferPlan.make(inst, [Menu(eta, [[-0.5, 0.6]]) for eta in inst.endowment])
    >>> choice_rows(plan)[0]
    {'agent': 'agent 1', 'choice': '', 'options': 'K|A'}
    """
    return [
        dict(zip(COLUMNS, (name, "", "|".join(codes(menu)))))
        for name, menu in zip(plan.inst.single_agents, plan.menus())
    ]


def read_answers(path: str | Path, plan: OfferPlan) -> Answers:
    """Answers from a file.

    Parameters
    ----------
    path
        A CSV or XLSX table with columns ``agent`` and ``choice``; or JSON: ``{"choices": {"Dr Lee": "B"}}``,
        ``{"choices": ["K", "B", ...]}`` in the order of the agents, or ``{"costs": [[...], ...]}``, from which each
        agent's choice follows.
    plan
        Settled: one menu for each agent.

    Raises
    ------
    InputError
        Naming the file, the line and the agent.
    """
    try:
        if Path(path).suffix.lower() == ".json":
            return _from_json(path, plan)
        return _from_table(path, plan)
    except InputError as fault:
        raise fault.within(str(path)) from None


def _from_table(path: str | Path, plan: OfferPlan) -> Answers:
    grid = read_grid(path)
    header = [plain_name(str(cell)).casefold() for cell in grid.cells[0]]
    columns = []
    for name in COLUMNS[:2]:
        if header.count(name) != 1:
            raise InputError(f"one column called {name!r} is needed: keep the first line of choices.csv as it was")
        columns.append(header.index(name))
    agent, choice = columns
    rows = zip(grid.lines[1:], grid.cells[1:])
    return _by_name(plan, ((f"line {line}", row[agent], row[choice]) for line, row in rows))


def _from_json(path: str | Path, plan: OfferPlan) -> Answers:
    document = read_json(path)
    if not isinstance(document, dict) or len({"choices", "costs"} & set(document)) != 1:
        raise InputError('an object with "choices" or "costs" is needed: {"choices": {"Dr Lee": "B"}}')
    if "costs" in document:
        return Answers(plan, choose(plan.inst, plan.menus(), _costs(document["costs"], plan.inst)), [])
    given = document["choices"]
    if isinstance(given, dict):
        return _by_name(plan, ((f"choices.{name}", name, answer) for name, answer in given.items()))
    agents = plan.inst.single_agents
    if not isinstance(given, list) or len(given) != len(agents):
        raise InputError(f"a code for each of the {len(agents)} agents is needed, or codes by name", field="choices")
    places = (f"choices[{n}]" for n in range(len(given)))
    return _by_name(plan, zip(places, agents, given))


def _by_name(plan: OfferPlan, answers: Iterable[tuple[str, Any, Any]]) -> Answers:
    names, menus = plan.inst.single_agents, plan.menus()
    choices = np.full(len(names), KEEP, dtype=np.int64)
    answered: dict[int, str] = {}
    for place, name, answer in answers:
        if is_blank(name) and is_blank(answer):
            continue
        n = _agent(names, name, place)
        if n in answered:
            raise InputError(f"{quoted(names[n])} has answered at {answered[n]} too: keep one line", field=place)
        answered[n] = place
        if is_blank(answer):
            del answered[n]
            continue
        choices[n] = _choice(menus[n], answer, f"{place}, agent {quoted(names[n])}")
    return Answers(plan, choices, [name for n, name in enumerate(names) if n not in answered])


def _agent(names: Sequence[str], given: Cell, place: str) -> int:
    name = plain_name(str(given))
    exact = [n for n, known in enumerate(names) if plain_name(known) == name]
    found = exact or [n for n, known in enumerate(names) if same_name(known, name)]
    if len(found) != 1:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {quoted(near[0])}?" if near else "write names as on the choice sheets"
        raise InputError(f"no agent is called {quoted(name)}: {hint}", field=place)
    return found[0]


def _choice(menu: Menu, answer: Any, place: str) -> int:
    """A code, or the bare number of a ray as programs write it."""
    try:
        if isinstance(answer, int) and not isinstance(answer, bool):
            if KEEP <= answer < menu.n_choices:
                return answer
        elif isinstance(answer, str):
            return choice_of(answer, menu)
        raise InputError(f"{quoted(answer)} is not on this menu: choose {' or '.join(codes(menu))}")
    except InputError as fault:
        raise InputError(fault.problem, field=place) from None


def _costs(given: Any, inst: Instance) -> NDArray[np.float64]:
    agents = len(inst.single_agents)
    try:
        costs = np.array(given, dtype=np.float64)
    except (TypeError, ValueError):
        costs = np.empty(0)
    if costs.shape != (agents, inst.n_tasks) or not (np.isfinite(costs).all() and (costs > 0).all()):
        raise InputError(
            f"positive numbers are needed, {agents} rows (one per agent) of {inst.n_tasks} (one per task)",
            field="costs",
        )
    return costs
