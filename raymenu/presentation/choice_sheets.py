"""Choice sheets: one printable page for each agent, with a box and a short code for everything it may choose."""

from __future__ import annotations

from dataclasses import dataclass

from raymenu.instances import Instance
from raymenu.mechanisms import Menu, OfferPlan
from raymenu.presentation.actions import CASES, Action, Noun, actions, rules_of
from raymenu.presentation.rounding import amount
from raymenu.presentation.tables import Table
from raymenu.presentation.templates import file_name, render

ALONE = "There is nothing to choose: you keep what you have."
HANDED_BACK = "You can only gain: others may take over a part of your work, and you are given none of theirs."


@dataclass(frozen=True)
class Sheet:
    """One agent's page."""

    agent: str
    file: str
    html: str


def choice_sheets(plan: OfferPlan, noun: Noun = CASES) -> list[Sheet]:
    """The sheet of every single agent, in the order of ``inst.agent_rows``.

    Parameters
    ----------
    plan
        Settled: one menu for each agent.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.load("two_task_ratio")
    >>> plan = OfferPlan.make(inst, [Menu(eta, [[-0.5, 0.6]]) for eta in inst.endowment])
    >>> [sheet.file for sheet in choice_sheets(plan)]
    ['001-agent-1.html', '002-agent-2.html']
    """
    inst = plan.inst
    return [
        Sheet(name, file_name(n, name), _page(inst, row, name, menu, noun))
        for n, (row, name, menu) in enumerate(zip(inst.agent_rows.tolist(), inst.single_agents, plan.menus()), start=1)
    ]


def outcomes_table(inst: Instance, menu: Menu, offered: list[Action]) -> Table:
    """What the agent has, and what each action leads to if it goes as far as it may."""
    shown = [action for action in offered if action.code != "K"]
    heads = ["", "now", *(f"{action.code}, at most" for action in shown)]
    amounts = [menu.endowment, *(menu.endowment + action.most for action in shown)]
    rows = [[task, *(amount(float(x[i])) for x in amounts)] for i, task in enumerate(inst.tasks)]
    rows.append(["in all", *(amount(float(x.sum())) for x in amounts)])
    return Table("", heads, rows, bold=frozenset([len(rows) - 1]))


def _page(inst: Instance, row: int, agent: str, menu: Menu, noun: Noun) -> str:
    offered = actions(menu, inst.tasks, noun, rules_of(inst, row))
    return render(
        "sheet.html.j2",
        instance=inst.name,
        agent=agent,
        actions=offered,
        asked=len(offered) > 1,
        nothing_to_choose=ALONE if menu.kept is None else HANDED_BACK,
        codes=[action.code for action in offered],
        table=outcomes_table(inst, menu, offered),
    )
