"""A design that can be handed round: everybody's menu and what is needed to check polarization, nothing else.

Performance, prices, costs and what anyone is expected to choose stay out of it.
"""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import combinations
from typing import Any

from raymenu.designs.design import Design
from raymenu.mechanisms import Menu
from raymenu.mechanisms.menus.codes import code_of
from raymenu.presentation.offers_view import menus_table, offers_of, rate_lines
from raymenu.presentation.tables import Table
from raymenu.presentation.templates import render
from raymenu.version import VERSION

Pair = dict[str, Any]


def publication(design: Design) -> dict[str, Any]:
    """The menus exactly, and for each pair of exchanges of one agent the comparisons that polarization asks.

    Two exchanges are polarized where no task is given up in both and, for every task a given up in the first and b
    given up in the second, first_b second_a >= first_a second_b. Numbers are rationals.

    Examples
    --------
    >>> import raymenu
    >>> from raymenu.designs.design import Option, compare
    >>> from raymenu.mechanisms import OfferPlan
    >>> inst = raymenu.load("two_task_ratio")
    >>> plan = OfferPlan.make(inst, [Menu(eta, [[-0.5, 1], [0.5, -1]]) for eta in inst.endowment])
    >>> options = compare(inst, {"either way": plan}, draws=10, seed=0)
    >>> agent = publication(Design(inst, options, options[1]))["agents"][0]
    >>> sorted(agent), agent["pairs"][0]["polarized"]
    (['actions', 'name', 'now', 'pairs'], True)
    """
    inst, plan = design.instance, design.plan
    return {
        "made_with": f"raymenu {VERSION}",
        "instance": inst.name,
        "tasks": inst.tasks,
        "agents": [
            {
                "name": name,
                "now": _exact(menu.endowment.tolist()),
                "actions": _actions(menu),
                "pairs": _pairs(menu, inst.tasks),
            }
            for name, menu in zip(inst.single_agents, plan.menus())
        ],
    }


def publication_text(design: Design) -> str:
    """The same as JSON."""
    return json.dumps(publication(design), indent=1, ensure_ascii=False) + "\n"


def publication_page(design: Design) -> str:
    """The same as a page, with the data inside it."""
    data = publication(design)
    offers = offers_of(design.plan)
    of_agent = {agent["name"]: agent["pairs"] for agent in data["agents"]}
    checks = [
        [", ".join(offer.agents), f"{pair['first']} and {pair['second']}", line]
        for offer in offers
        for pair in of_agent[offer.agents[0]]
        for line in pair["comparisons"]
    ]
    return render(
        "publication.html.j2",
        instance=design.instance.name,
        agents=len(data["agents"]),
        rates=rate_lines(design.plan),
        menus=_without_shares(menus_table(offers, "", everyone=True)),
        checks=Table("", ["agent", "exchanges", "holds"], checks, words=3),
        holds=all(pair["polarized"] for agent in data["agents"] for pair in agent["pairs"]),
        data=json.dumps(data, ensure_ascii=False).replace("<", "\\u003c"),
        version=VERSION,
    )


def _without_shares(table: Table) -> Table:
    return Table(table.title, table.heads[:-1], [row[:-1] for row in table.rows], words=4)


def _actions(menu: Menu) -> list[dict[str, Any]]:
    if menu.kept is not None:
        return [{"code": code_of(0), "hands_back_any_part_of": _exact(menu.endowment.tolist())}]
    keep = [{"code": code_of(-1), "change": ["0"] * menu.endowment.size}]
    return keep + [{"code": code_of(k), "change": _exact(ray)} for k, ray in enumerate(menu.rays.tolist())]


def _pairs(menu: Menu, tasks: list[str]) -> list[Pair]:
    return [
        {"first": code_of(k), "second": code_of(m)} | _compared(menu.exact_rays[k], menu.exact_rays[m], tasks)
        for k, m in combinations(range(menu.size), 2)
    ]


def _compared(first: list[Fraction], second: list[Fraction], tasks: list[str]) -> Pair:
    """Every comparison that the closed form of polarization makes, in words and as a verdict."""
    gives = [[i for i, x in enumerate(ray) if x < 0] for ray in (first, second)]
    both = set(gives[0]) & set(gives[1])
    lines = ["no task is given up in both" if not both else f"{tasks[min(both)]!r} is given up in both"]
    holds = not both
    for a in gives[0]:
        for b in gives[1]:
            left, right = first[b] * second[a], first[a] * second[b]
            holds = holds and left >= right
            sign = "=" if left == right else ">" if left > right else "<"
            lines.append(f"{tasks[a]}, {tasks[b]}: {float(left):.6g} {sign} {float(right):.6g}")
    return {"polarized": holds, "comparisons": lines}


def _exact(values: list[float]) -> list[str]:
    return [str(Fraction(value)) for value in values]
