"""Who can be moved where: full steps of menus, and the program of one profile over how many take each.

    min v.z   s.t.   D z = 0,   R z <= room,   0 <= z <= u

One variable for all steps alike in net trade, value and rules; u counts who chose what, and is all that changes from
profile to profile. Rules about one agent alone shorten its steps (``mechanisms.reach``) and need no row. A row about
several agents has a column of either sign that takes up what it leaves free, so that the program keeps its form. Where
a rule counts ``|mu - sigma|`` and a step passes the status quo, the step is split there: its parts have rising
coefficients in that row, which fill up in order by themselves or could be reordered without loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import InputError, Instance
from raymenu.mechanisms import Menu
from raymenu.mechanisms.reach import ROUNDING, Region
from raymenu.solvers.eopr.grouped_program import RULES, Program, RuleLine

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Step:
    """A full step of one agent, or the part of it between two kinks.

    Attributes
    ----------
    trade
        (I,), its net trade.
    value
        Its change of the social cost.
    length
        Its share of the step that the endowment alone would allow.
    joint
        What it adds to each joint row of the rules, in "at most" form.
    own
        The own row that stops it, and how much one more such step would add to that row; (-1, 0) where none does.
    bundle
        The row of the instance whose returns must keep its own rows together; -1 for steps along rays.
    bundled
        What it adds to each own row of that agent, in "at most" form; empty for steps along rays.
    """

    trade: Floats
    value: float
    length: float
    joint: Floats
    own: tuple[int, float]
    bundle: int
    bundled: Floats

    @property
    def key(self) -> tuple[object, ...]:
        """Steps with one key are one group."""
        arrays = tuple((each + 0.0).tobytes() for each in (self.trade, self.joint, self.bundled))
        return (self.value, self.length, self.own, self.bundle, *arrays)


class StepGroups:
    """Full steps of menus, those alike under one number.

    Parameters
    ----------
    inst
        The instance.
    holders
        H pairs of a row of the instance and a menu it may hold.
    backend
        Who solves the program of a profile: see ``grouped_program.Program``.

    Attributes
    ----------
    columns
        (I, G), the net trade of one agent's full step of each group: until a task runs out, or a rule stops it.
    values
        (G,), its change of the social cost.
    lengths
        (G,), its share of the step that the endowment alone would allow.
    table
        (H, K + 1, C), the groups that a holder with a choice is in, G where there is none; the last choice is
        ``KEEP``, which index -1 reads. C is 1, more where steps have parts, I for remedial menus, whose tasks are
        handed back one by one.
    scale
        ``sum_j |pi_j| . eta_j`` over single agents, what tolerances are relative to.
    """

    def __init__(self, inst: Instance, holders: Sequence[tuple[int, Menu]], backend: str = "highs") -> None:
        self.inst = inst
        self._backend = backend
        self.scale = float(inst.copies @ (np.abs(inst.performance) * inst.endowment).sum(axis=1))
        known: dict[tuple[object, ...], int] = {}
        steps: list[Step] = []
        of_holder: dict[tuple[int, int], list[list[int]]] = {}
        for j, menu in holders:
            if (j, id(menu)) in of_holder:
                continue
            of_choice: list[list[int]] = []
            for longest in full_steps(inst, j, menu):
                bundle = j if menu.kind == "remedial" and bundled(inst, j) else -1
                parts = [part for step in longest if step.any() for part in parts_of(inst, j, step, bundle)]
                for part in parts:
                    if part.key not in known:
                        known[part.key] = len(steps)
                        steps.append(part)
                of_choice.append([known[part.key] for part in parts])
            of_holder[j, id(menu)] = of_choice
        self.steps = steps
        self.columns: Floats = np.array([step.trade for step in steps]).reshape(-1, inst.n_tasks).T.copy()
        self.values: Floats = np.array([step.value for step in steps], dtype=np.float64)
        self.lengths: Floats = np.array([step.length for step in steps], dtype=np.float64)
        self.size = len(steps)
        self.lines = rule_lines(inst, steps)
        # Where a total may miss its count on one side, a column of no value takes up the difference.
        open_ended = [i for i, sense in enumerate(inst.clearing_senses) if sense != "=="]
        self._slack = np.zeros((inst.n_tasks, len(open_ended)))
        for k, i in enumerate(open_ended):
            self._slack[i, k] = -1.0 if inst.clearing_senses[i] == ">=" else 1.0
        width = max((len(choices) for choices in of_holder.values()), default=0)
        most = max((len(groups) for choices in of_holder.values() for groups in choices), default=0)
        self.table = np.full((len(holders), width + 1, most), self.size, dtype=np.int64)
        for h, (j, menu) in enumerate(holders):
            for k, groups in enumerate(of_holder[j, id(menu)]):
                self.table[h, k, : len(groups)] = groups

    def execute(self, counts: Counts) -> tuple[Floats, Floats]:
        """The best full steps for profiles given as counts (P, G): executed (P, G), and a bound on the change of cost.

        Each is certified: the change of cost, ``executed @ values``, is within ``GAP * scale`` of the bound (P,),
        which weak duality proves.
        """
        if not self.size or not counts.shape[0]:
            return np.zeros(counts.shape), np.zeros(counts.shape[0])
        # Sorted by the way: profiles next to each other are alike, and alike is what a warm start needs.
        different, back = np.unique(counts, axis=0, return_inverse=True)
        back = back.reshape(-1)
        executed, bounds, _ = self._program(different).solve()
        return executed[back], bounds[back]

    def rule_prices(self, counts: Counts) -> Floats:
        """(R,), for one profile (G,): what one more task in each row of the rules would save, at the margin."""
        rules = self.inst.compiled_rules
        prices = np.zeros(len(rules))
        if not self.size or not len(rules):
            return prices
        program = self._program(counts[None])
        _, _, multipliers = program.solve()
        for k, line in enumerate(program.lines):
            y = float(multipliers[0, self.inst.n_tasks + k])
            prices[line.row] += abs(y) if line.equal else max(-y, 0.0)
        reduced = program.reduced_costs(multipliers)[0]
        for g, step in enumerate(self.steps):
            row, slope = step.own
            if row >= 0 and slope > 0:
                prices[row] += max(-float(reduced[g]), 0.0) * float(counts[g]) / slope
        return prices

    def _program(self, counts: Counts) -> Program:
        traders = counts.astype(np.float64)
        return Program(self.columns, self.values, self._slack, self.lines, traders, self.scale, self._backend)

    def change_of_cost(self, executed: Floats) -> Floats:
        """(P,), what steps that ``execute`` found change of the social cost, at most 0."""
        change: Floats = np.minimum(executed @ self.values, 0.0)
        return change


def full_steps(inst: Instance, row: int, menu: Menu) -> list[Floats]:
    """By choice, the longest steps the endowment allows, (C, I): until a task runs out, or all of one has arrived."""
    eta = inst.endowment[row]
    bounded = inst.cost_signs > 0
    if menu.kind == "remedial":
        # Payments are no burden: nobody hands them back.
        return [np.diag(np.where(bounded, -eta, 0.0))]
    steps = []
    for k, ray in enumerate(menu.rays):
        down, up = (ray < 0) & bounded, (ray > 0) & bounded
        if ray.any() and not down.any() and not up.any():
            raise InputError(
                f"ray {k} of {inst.agents[row]!r} moves payments only, without end: leave it out", field="menus"
            )
        limits = eta[down] / -ray[down] if down.any() else inst.counts[up] / ray[up]
        steps.append((ray * limits.min() if limits.size else ray)[None])
    return steps


def bundled(inst: Instance, j: int) -> bool:
    """Whether what an agent hands back of several tasks must keep an own row together."""
    return bool((Region.of(inst, j).involved > 1).any())


def parts_of(inst: Instance, j: int, step: Floats, bundle: int) -> list[Step]:
    """A step within the agent's own rules, in the parts between which the rules' rows bend.

    In a bundle tasks are handed back one by one, but rows on several tasks stay for ``rule_lines``.
    """
    rules, region = inst.compiled_rules, Region.of(inst, j)
    alone = np.flatnonzero(region.involved <= 1).tolist()
    found = region.reach(step, alone if bundle >= 0 else None)
    if found.share <= 0.0:
        return []
    eta, sigma = inst.endowment[j], inst.status_quo[j]
    rows = [r for r in (*rules.joint, *(rules.own[j] if bundle >= 0 else ())) if j in rules.parts[r]]
    bends = np.any([rules.parts[r][j][1] > 0 for r in rows], axis=0) if rows else np.zeros(eta.size, dtype=bool)
    at = (sigma - eta)[bends & (step != 0) & (eta != sigma)] / step[bends & (step != 0) & (eta != sigma)]
    ends = [0.0, *sorted({float(t) for t in at if 0.0 < t < found.share}), found.share]
    parts = []
    for start, end in pairwise(ends):
        trade = step if (start, end) == (0.0, 1.0) else (end - start) * step
        joint = np.array([_added(inst, r, j, step, start, end) for r in rules.joint])
        together = rules.own[j] if bundle >= 0 else []
        bundled_rows = np.array([_added(inst, r, j, step, start, end) for r in together])
        own = (found.row, found.slope * (end - start)) if found.row >= 0 and end == found.share else (-1, 0.0)
        value = float(inst.performance[j] @ trade)
        parts.append(Step(trade, value, end - start, joint, own, bundle, bundled_rows))
    return parts


def _added(inst: Instance, r: int, j: int, step: Floats, start: float, end: float) -> float:
    """What moving an agent from one point of a step to another adds to a row, in "at most" form."""
    rules = inst.compiled_rules
    if j not in rules.parts[r]:
        return 0.0
    a, g = rules.parts[r][j]
    sign = -1.0 if rules.rows[r].sense == ">=" else 1.0
    away = inst.endowment[j] - inst.status_quo[j]
    moved = g @ (np.abs(away + end * step) - np.abs(away + start * step))
    return float(sign * (end - start) * (a @ step) + moved)


def rule_lines(inst: Instance, steps: Sequence[Step]) -> list[RuleLine]:
    """The rows of the rules that steps do not keep by themselves: joint rows, and own rows of what is handed back."""
    rules = inst.compiled_rules
    if not len(rules) or not steps:
        return []
    held = rules.bodies(inst.endowment)
    lines = []
    for k, r in enumerate(rules.joint):
        body = np.array([step.joint[k] for step in steps])
        lines.append(_line(inst, r, body, float(held[r]), -1))
    for j in sorted({step.bundle for step in steps} - {-1}):
        mine = [g for g, step in enumerate(steps) if step.bundle == j]
        for k, r in enumerate(rules.own[j]):
            if sum(map(np.count_nonzero, rules.parts[r][j])) <= 1:
                continue
            body = np.zeros(len(steps))
            body[mine] = [steps[g].bundled[k] for g in mine]
            lines.append(_line(inst, r, body, float(held[r]), mine[0]))
    return lines


def _line(inst: Instance, r: int, body: Floats, held: float, agents: int) -> RuleLine:
    row = inst.compiled_rules.rows[r]
    sign = -1.0 if row.sense == ">=" else 1.0
    equal = row.sense == "=="
    if equal:
        # Steps along which nothing changes but by rounding do not move it.
        body = np.where(np.abs(body) <= ROUNDING * inst.compiled_rules.scales[r], 0.0, body)
    tolerance = RULES * float(inst.compiled_rules.scales[r])
    return RuleLine(r, body, max(sign * (row.limit - held), 0.0), agents, equal, tolerance)
