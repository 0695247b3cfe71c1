"""What comes of the answers: who does what, what it costs, who hands over to whom; tables, sentences, letters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from raymenu.designs.choices import Answers
from raymenu.presentation.actions import CASES, Noun, actions, some
from raymenu.presentation.rounding import NOTHING, Costs, amount, change, percent
from raymenu.presentation.tables import Table
from raymenu.presentation.templates import file_name, render
from raymenu.solvers.eopr.allocation import Allocation

Floats = NDArray[np.float64]
MOST_ROWS = 24
"""Agents, or groups of agents alike, that the screen shows; files hold everyone."""
MOST_HANDOVERS = 16


@dataclass(frozen=True, eq=False)
class Outcome:
    """The allocation that the answers lead to, and one draw of whole tasks where that was asked for.

    Attributes
    ----------
    drawn, seed
        (N, I), whole numbers, and what they were drawn with.
    """

    answers: Answers
    allocation: Allocation
    drawn: NDArray[np.int32] | None = None
    seed: int | None = None

    @cached_property
    def agents(self) -> list[str]:
        """Names of the single agents."""
        return self.allocation.rule.inst.single_agents

    @property
    def after(self) -> Floats:
        """(N, I), what is handed out: drawn where that was asked for, else expected."""
        return self.allocation.assignment if self.drawn is None else self.drawn.astype(np.float64)

    @property
    def costs(self) -> dict[str, float]:
        """Social cost of the status quo, of the expected allocation and, apart from it, of the draw."""
        inst = self.allocation.rule.inst
        costs = {"before": inst.status_quo_cost, "after": float(self.allocation.cost)}
        if self.drawn is not None:
            costs["drawn"] = float((inst.performance[inst.agent_rows] * self.drawn).sum())
        return costs

    @cached_property
    def handed_over_whole(self) -> bool:
        """Whether the hand-overs are those of the draw: only where people have whole numbers of tasks before it."""
        before = self.allocation.before
        return self.drawn is not None and bool((before == np.round(before)).all())

    @cached_property
    def graph(self) -> nx.MultiDiGraph:
        """Who hands which tasks to whom."""
        return self.allocation.handovers(self.drawn if self.handed_over_whole else None)

    def sentences(self) -> list[str]:
        """What it costs, and who has not answered."""
        costs = Costs(self.costs["before"])
        before, after = self.costs["before"], self.costs["after"]
        lines = [f"Social cost: {costs(before)} before, {costs(after)} expected after: {_saved(before, after)}."]
        if self.drawn is not None:
            drawn = self.costs["drawn"]
            lines.append(f"The whole tasks drawn (seed {self.seed}) cost {costs(drawn)}: {_saved(before, drawn)}.")
        missing = self.answers.missing
        if missing:
            some_of_them = ", ".join(missing[:MOST_ROWS]) + (", ..." if len(missing) > MOST_ROWS else "")
            lines.append(f"No answer from {len(missing)}, who keep what they have: {some_of_them}.")
        return lines

    def tables(self) -> list[Table]:
        """Before, after and change for each agent; agents alike share a line, and a screen shows the first of them."""
        inst = self.allocation.rule.inst
        groups = self._alike()
        rows = []
        for members in groups[:MOST_ROWS]:
            n = members[0]
            name = self.agents[n] if len(members) == 1 else f"{self.agents[n]} and {len(members) - 1} alike"
            cells = [self._cell(before, after) for before, after in zip(self.allocation.before[n], self.after[n])]
            total = self._cell(self.allocation.before[n].sum(), self.after[n].sum())
            rows.append([name, self._answer(n), *cells, total])
        what = "expected tasks" if self.drawn is None else "whole tasks"
        title = f"{inst.name}: {what} after the answers, and the change"
        found = [Table(title, ["agent", "answer", *inst.tasks, "in all"], rows, words=2)]
        hidden = sum(len(members) for members in groups[MOST_ROWS:])
        if hidden:
            found[0] = Table(f"{title} (the {hidden} agents who change least are left out)", found[0].heads, rows, 2)
        return found

    def handover_lines(self, noun: Noun = CASES) -> list[str]:
        """The hand-overs in words, the largest first."""
        edges = sorted(self.graph.edges(data=True), key=lambda edge: -edge[2]["amount"])
        what = "" if self.handed_over_whole or self.drawn is None else " on average"
        lines = [
            f"{giver} hands {some(data['amount'], data['task'], noun)} to {taker}{what}"
            for giver, taker, data in islice(edges, MOST_HANDOVERS)
        ]
        more = len(edges) - len(lines)
        return [*lines, f"and {more} smaller hand-overs"] if more else lines

    def letters(self, noun: Noun = CASES) -> Iterator[tuple[str, str]]:
        """The letter to each agent: file name and page."""
        inst, menus = self.allocation.rule.inst, self.answers.plan.menus()
        for n, name in enumerate(self.agents):
            ticked = next((a for a in actions(menus[n], inst.tasks, noun) if a.code == self.answers.codes[n]), None)
            edges = self.graph.out_edges(name, data=True), self.graph.in_edges(name, data=True)
            page = render(
                "letter.html.j2",
                instance=inst.name,
                agent=name,
                code=self.answers.codes[n],
                words="keep what you have" if ticked is None else ticked.words,
                answered=name not in self.answers.missing,
                table=self._letter_table(n),
                gives=[(taker, some(data["amount"], data["task"], noun)) for _, taker, data in edges[0]],
                takes=[(giver, some(data["amount"], data["task"], noun)) for giver, _, data in edges[1]],
                moved=bool(np.abs(self.allocation.assignment[n] - self.allocation.before[n]).max() > NOTHING),
                drawn=self.drawn is not None,
                average=not self.handed_over_whole and self.drawn is not None,
                seed=self.seed,
            )
            yield file_name(n + 1, name), page

    def _letter_table(self, n: int) -> Table:
        inst = self.allocation.rule.inst
        columns = [self.allocation.before[n], self.allocation.assignment[n]]
        heads = ["", "before", "after", "change"]
        if self.drawn is not None:
            columns.append(self.drawn[n].astype(np.float64))
            heads.append("whole, drawn")
        rows = []
        for i, task in enumerate([*inst.tasks, "in all"]):
            numbers = [float(x[i] if i < inst.n_tasks else x.sum()) for x in columns]
            cells = [amount(numbers[0]), amount(numbers[1]), change(numbers[1] - numbers[0])]
            rows.append([task, *cells, *(amount(x) for x in numbers[2:])])
        return Table("", heads, rows, bold=frozenset([inst.n_tasks]))

    def _alike(self) -> list[list[int]]:
        """Agents of one row with one answer and one outcome, those who change most first."""
        inst = self.allocation.rule.inst
        groups: dict[tuple[int, int, bytes], list[int]] = {}
        for n, row in enumerate(inst.agent_rows.tolist()):
            key = row, int(self.answers.choices[n]), self.after[n].round(9).tobytes()
            groups.setdefault(key, []).append(n)
        found = list(groups.values())
        if len(found) <= MOST_ROWS:
            return found
        moved = np.abs(self.after - self.allocation.before).sum(axis=1)
        return sorted(found, key=lambda members: -float(moved[members[0]]))

    def _answer(self, n: int) -> str:
        return "none" if self.agents[n] in self.answers.missing else self.answers.codes[n]

    def _cell(self, before: float, after: float) -> str:
        difference = change(float(after) - float(before))
        return amount(float(after)) + ("" if difference == "0" else f" ({difference})")


def _saved(before: float, after: float) -> str:
    if after == before or not before:
        return "nothing changes" if after == before else "from nothing"
    share = percent((before - after) / abs(before))
    return f"{share} less" if after <= before else f"{share.removeprefix('-')} more"
