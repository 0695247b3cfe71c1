"""Rules compiled: linear rows over the assignment, the one form that every program reads.

A row is ``sum a_j(i) mu_j(i) + sum g_j(i) |mu_j(i) - sigma_j(i)|`` against a limit, with g >= 0 and only in "at most"
rows, so that what keeps it is convex and a program needs one more variable for each absolute value. Rows are of two
sorts. *Own* rows name one agent of the instance and hold for each of its copies by itself: in every program they bound
what that agent's menu may lead to. *Joint* rows are about several agents: sums run over all copies of each.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from raymenu.instances.errors import InputError
from raymenu.instances.rules.rule import Rule

Floats = NDArray[np.float64]
Sense = Literal["<=", ">=", "=="]
Cell = tuple[int, int]
"""(j, i): a row of the instance and a task."""


@dataclass(frozen=True)
class RuleRow:
    """One linear row of a rule.

    Attributes
    ----------
    rule
        Number of the rule it belongs to.
    agent
        Of an own row: the row of the instance each of whose copies keeps it. None: all keep it together.
    amounts, changes
        Coefficients of ``mu_j(i)`` and of ``|mu_j(i) - sigma_j(i)|``; only those that are not 0.
    sense, limit
        "<=", ">=" or "==", and the right-hand side.
    base
        What a limit that is a multiple was multiplied with; 1 for limits in tasks.
    """

    rule: int
    agent: int | None
    amounts: dict[Cell, float]
    changes: dict[Cell, float]
    sense: Sense
    limit: float
    base: float = 1.0


@dataclass(frozen=True, eq=False)
class CompiledRules:
    """The rows of an instance's rules.

    Attributes
    ----------
    rules
        As they were given.
    rows
        In the order of the rules.
    status_quo, copies
        Of the instance, (J, I) and (J,).
    """

    rules: tuple[Rule, ...]
    rows: tuple[RuleRow, ...]
    status_quo: Floats = field(repr=False)
    copies: NDArray[np.int64] = field(repr=False)

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def names(self) -> list[str]:
        """The rule of each row."""
        return [self.rules[row.rule].name for row in self.rows]

    @cached_property
    def limits(self) -> Floats:
        """(R,)."""
        return np.array([row.limit for row in self.rows])

    @cached_property
    def amounts(self) -> sparse.csr_array:
        """a, (R, J * I); of a joint row for one copy of each agent."""
        return self._matrix([row.amounts for row in self.rows])

    @cached_property
    def changes(self) -> sparse.csr_array:
        """g, (R, J * I)."""
        return self._matrix([row.changes for row in self.rows])

    def _matrix(self, cells: Sequence[dict[Cell, float]]) -> sparse.csr_array:
        tasks = self.status_quo.shape[1]
        entries = [(r, j * tasks + i, value) for r, row in enumerate(cells) for (j, i), value in row.items()]
        r, c, v = zip(*entries) if entries else ((), (), ())
        return sparse.csr_array((v, (r, c)), shape=(len(cells), self.status_quo.size))

    @cached_property
    def own(self) -> list[list[int]]:
        """By row of the instance, the numbers of its own rows."""
        return [[r for r, row in enumerate(self.rows) if row.agent == j] for j in range(self.status_quo.shape[0])]

    @cached_property
    def joint(self) -> list[int]:
        """The numbers of the joint rows."""
        return [r for r, row in enumerate(self.rows) if row.agent is None]

    @cached_property
    def parts(self) -> list[dict[int, tuple[Floats, Floats]]]:
        """Of each row by agent: its coefficients a and g on that agent's tasks, (I,) each."""
        n_tasks = self.status_quo.shape[1]
        made = []
        for row in self.rows:
            part: dict[int, tuple[Floats, Floats]] = {}
            for which, cells in enumerate((row.amounts, row.changes)):
                for (j, i), value in cells.items():
                    part.setdefault(j, (np.zeros(n_tasks), np.zeros(n_tasks)))[which][i] = value
            made.append(part)
        return made

    @property
    def changing(self) -> bool:
        """Whether any row holds an absolute value."""
        return any(row.changes for row in self.rows)

    def bodies(self, assignment: Floats) -> Floats:
        """(R,), the left-hand side of each row where all copies of an agent hold the same.

        Parameters
        ----------
        assignment
            mu, (J, I), of one copy.
        """
        held, moved = assignment.ravel(), np.abs(assignment - self.status_quo).ravel()
        number = np.repeat(self.copies, assignment.shape[1])
        alone: Floats = self.amounts @ held + self.changes @ moved
        together: Floats = self.amounts @ (number * held) + self.changes @ (number * moved)
        return np.where([row.agent is None for row in self.rows], together, alone)

    def broken(self, assignment: Floats) -> Floats:
        """(R,), how far such an assignment breaks each row; at most 0 where it keeps it."""
        over = self.bodies(assignment) - self.limits
        signs = np.array([-1.0 if row.sense == ">=" else 1.0 for row in self.rows])
        equal = np.array([row.sense == "==" for row in self.rows], dtype=bool)
        return np.where(equal, np.abs(over), signs * over)

    def excess(self, assignment: Floats) -> Floats:
        """(..., R), how far assignments of single agents break each row, at most 0 where they keep it.

        Of an own row that of the worst copy.

        Parameters
        ----------
        assignment
            mu, (..., N, I), N single agents in the order of ``inst.agent_rows``.
        """
        agents = np.repeat(np.arange(self.copies.size), self.copies)
        moved = np.abs(assignment - self.status_quo[agents])
        ends = np.concatenate([[0], np.cumsum(self.copies)])
        broken = np.empty((*assignment.shape[:-2], len(self.rows)))
        for r, row in enumerate(self.rows):
            several = isinstance(row.agent, int)
            body: Any = 0.0
            for cells, amounts in ((row.amounts, assignment), (row.changes, moved)):
                for (j, i), a in cells.items():
                    mine = amounts[..., ends[j] : ends[j + 1], i]
                    body = body + a * (mine if several else mine.sum(axis=-1))
            over = np.asarray(body) - row.limit
            over = {"<=": over, ">=": -over, "==": np.abs(over)}[row.sense]
            broken[..., r] = over.max(axis=-1) if several else over
        return broken

    def by_rule(self, rows: Floats) -> dict[str, float]:
        """Numbers of rows (R,) summed by rule, under their names."""
        totals = np.bincount([row.rule for row in self.rows], rows, minlength=len(self.rules))
        return {rule.name: float(total) for rule, total in zip(self.rules, totals)}

    def replicated(self, factor: int) -> tuple[Rule, ...]:
        """The rules for ``factor`` times the market."""
        alone = {row.rule for row in self.rows if row.agent is not None}
        return tuple(rule.replicated(factor, k in alone) for k, rule in enumerate(self.rules))

    @cached_property
    def scales(self) -> Floats:
        """(R,), the size of the numbers in each row, at the status quo: what tolerances are relative to."""
        own = np.array([row.agent is not None for row in self.rows], dtype=bool)
        held = self.status_quo.ravel()
        number = np.repeat(self.copies, self.status_quo.shape[1])
        sizes = abs(self.amounts) + abs(self.changes)
        return np.maximum(np.abs(self.limits) + np.where(own, sizes @ held, sizes @ (number * held)), 1e-300)


def compile_rules(
    rules: Sequence[Rule],
    agents: Sequence[str],
    tasks: Sequence[str],
    status_quo: Floats,
    copies: NDArray[np.int64],
) -> CompiledRules:
    """The rows of rules on a market with these agents and tasks.

    A total that is about a single agent without copies is an own row: what a department says of one doctor holds for
    the doctor.

    Raises
    ------
    InputError
        Where a rule names an agent or a task that is not there, or two rules have one name.

    Examples
    --------
    >>> rules = [Rule("cap", "hips", tasks="hip", at_most=5),
    ...          Rule("change", "steady", each=True, at_most=0.2, times=True)]
    >>> held = np.array([[2.0, 1.0], [2.0, 3.0]])
    >>> made = compile_rules(rules, ["Lee", "Moe"], ["hip", "knee"], held, np.array([1, 1]))
    >>> [(made.names[r], row.agent, row.sense, round(row.limit, 9)) for r, row in enumerate(made.rows)]
    [('hips', None, '<=', 5.0), ('steady', 0, '<=', 0.6), ('steady', 1, '<=', 1.0)]
    """
    compiler = _Compiler(list(agents), list(tasks), status_quo, copies)
    for number, rule in enumerate(rules):
        compiler.add(number, rule)
    return CompiledRules(tuple(rules), tuple(compiler.rows), status_quo, copies)


class _Compiler:
    def __init__(self, agents: list[str], tasks: list[str], status_quo: Floats, copies: NDArray[np.int64]) -> None:
        self.agents, self.tasks = agents, tasks
        self.status_quo, self.copies = status_quo, copies
        self.rows: list[RuleRow] = []

    def add(self, number: int, rule: Rule) -> None:
        made: dict[str, Callable[[int, Rule], None]] = {
            "cap": self._limits,
            "floor": self._limits,
            "change": self._limits,
            "licence": self._licence,
            "fixed": self._fixed,
            "equal": self._equal,
            "linear": self._linear,
        }
        made[rule.kind](number, rule)

    def _find(self, given: Sequence[str] | str, known: list[str], what: str, rule: Rule) -> list[int]:
        if given == "all":
            return list(range(len(known)))
        found: list[int] = []
        for name in given:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"it has {_some(known)}"
                raise InputError(f"no {what} {name!r} in the instance: {hint}", field=f"rule {rule.name!r}: {what}s")
            if known.index(name) in found:
                raise InputError(f"{name!r} is named twice: name it once", field=f"rule {rule.name!r}: {what}s")
            found.append(known.index(name))
        return found

    def _row(
        self,
        number: int,
        amounts: dict[Cell, float],
        changes: dict[Cell, float],
        sense: Sense,
        limit: float,
        own: bool,
        base: float = 1.0,
    ) -> None:
        named = {j for j, _ in (*amounts, *changes)}
        alone = next(iter(named)) if len(named) == 1 else None
        if alone is not None and not own and self.copies[alone] > 1:
            alone = None
        self.rows.append(RuleRow(number, alone, amounts, changes, sense, limit, base))

    def _limits(self, number: int, rule: Rule) -> None:
        agents = self._find(rule.agents, self.agents, "agent", rule)
        tasks = self._find(rule.tasks, self.tasks, "task", rule)
        for members in [[j] for j in agents] if rule.each else [agents]:
            cells = {(j, i): 1.0 for j in members for i in tasks}
            number_of = {j: 1.0 if rule.each else float(self.copies[j]) for j in members}
            held = sum(number_of[j] * self.status_quo[j, i] for j, i in cells)
            base = float(held) if rule.times else 1.0
            amounts, changes = ({}, cells) if rule.kind == "change" else (cells, {})
            limit = (rule.at_least if rule.kind == "floor" else rule.at_most) or 0.0
            sense: Sense = ">=" if rule.kind == "floor" else "<="
            self._row(number, amounts, changes, sense, limit * base, rule.each, base)

    def _licence(self, number: int, rule: Rule) -> None:
        for j in self._find(rule.agents, self.agents, "agent", rule):
            for i in self._find(rule.tasks, self.tasks, "task", rule):
                self._row(number, {(j, i): 1.0}, {}, "==", 0.0, own=True)

    def _fixed(self, number: int, rule: Rule) -> None:
        for j in self._find(rule.agents, self.agents, "agent", rule):
            for i in self._find(rule.tasks, self.tasks, "task", rule):
                self._row(number, {(j, i): 1.0}, {}, "==", float(self.status_quo[j, i]), own=True)

    def _equal(self, number: int, rule: Rule) -> None:
        tasks = self._find(rule.tasks, self.tasks, "task", rule)
        named = [name for group in rule.groups or () for name in group]
        self._find(named, self.agents, "agent", rule)  # nobody is in two groups
        groups = [self._find(group, self.agents, "agent", rule) for group in rule.groups or ()]
        for first, second in combinations(groups, 2):
            cells = {(j, i): 1.0 for j in first for i in tasks} | {(j, i): -1.0 for j in second for i in tasks}
            if not rule.within:
                self._row(number, cells, {}, "==", 0.0, own=False)
            else:
                self._row(number, cells, {}, "<=", rule.within, own=False)
                self._row(number, cells, {}, ">=", -rule.within, own=False)

    def _linear(self, number: int, rule: Rule) -> None:
        cells: dict[Cell, float] = {}
        for agent, task, coefficient in rule.terms or ():
            named = agent if agent == "all" else (agent,)
            for j in self._find(named, self.agents, "agent", rule):
                for i in self._find(task if task == "all" else (task,), self.tasks, "task", rule):
                    cells[j, i] = cells.get((j, i), 0.0) + coefficient
        cells = {cell: a for cell, a in cells.items() if a != 0}
        if not cells:
            raise InputError("all coefficients are 0: it says nothing, remove it", field=f"rule {rule.name!r}: terms")
        agents = sorted({j for j, _ in cells})
        for members in [[j] for j in agents] if rule.each else [agents]:
            own = {(j, i): a for (j, i), a in cells.items() if j in members}
            if rule.at_most is not None and rule.at_most == rule.at_least:
                self._row(number, own, {}, "==", rule.at_most, rule.each)
                continue
            if rule.at_most is not None:
                self._row(number, own, {}, "<=", rule.at_most, rule.each)
            if rule.at_least is not None:
                self._row(number, own, {}, ">=", rule.at_least, rule.each)


def _some(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:4])
    return shown + (", ..." if len(names) > 4 else "")
