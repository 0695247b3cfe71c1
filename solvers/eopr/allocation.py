"""EOPR for one profile or for very many (the rule after Corollary 3).

Agents with the same direction, limit and value share one variable, so a profile is a small program with one row a
task whose bounds count who chose what: only the bounds change from profile to profile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyomo.environ as pyo
from numpy.typing import ArrayLike, NDArray

from raymenu import models
from raymenu.instances import InputError, Instance
from raymenu.mechanisms import Menu, check_choices, decompose, menus_by_agent
from raymenu.solvers.backends import Feature, backend, solve_to_optimality
from raymenu.solvers.eopr.boxed_simplex import certified, dual_bound, solve_boxed

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Whole = NDArray[np.int32]
GAP = 1e-9
"""Certified gap of a profile, relative to the size of the endowment's cost, sum_j |pi_j| . eta_j."""
CLEARING = 1e-9
"""Net trade of a task that market clearing tolerates, relative to the tasks that menus could move."""
REMEMBERED = 100_000
"""Profiles are remembered where no more than this many different ones (as counts) can come up."""


@dataclass(frozen=True, eq=False)
class Allocation:
    """The ex-post optimal allocation of one profile or of P profiles.

    Attributes
    ----------
    cost
        sum_j pi_j . mu_j; a float, or (P,). Never above the endowment's cost.
    bound
        A lower bound on each cost, proven by weak duality; the gap is at most 1e-9 of ``sum_j |pi_j| . eta_j``.
    """

    rule: EoprRule
    choices: Counts
    executed: Floats
    cost: float | Floats
    bound: float | Floats

    @cached_property
    def assignment(self) -> Floats:
        """mu, (N, I) or (P, N, I) with N single agents in the order of ``inst.agent_rows``; made when first asked for.

        Agents alike in ray, value and choice are moved equally far.
        """
        several: Floats = self.rule._assignments(np.atleast_2d(self.choices), np.atleast_2d(self.executed))
        return several if self.choices.ndim == 2 else several[0]

    def lottery(self, seed: int = 0) -> Whole:
        """(N, I) whole numbers: one draw of the lottery over allocations whose mean is the assignment.

        Every task is assigned once, each entry and each agent's total is within one of its expectation. ``decompose``
        gives the lottery itself.

        Raises
        ------
        InputError
            For several profiles at once, and where counts are not whole numbers.
        """
        if self.choices.ndim == 2:
            raise InputError("a lottery is of one profile: allocate that profile, or use decompose", field="choices")
        counts = self.rule.inst.counts
        for i in np.flatnonzero(counts != np.round(counts)):
            raise InputError(
                f"{counts[i]:g} of task {self.rule.inst.tasks[i]!r}: a lottery hands out whole tasks, make it whole",
                field=f"tasks[{i}].count",
            )
        return decompose(self.assignment).sample(seed=seed)


class StepGroups:
    """Who can be moved where: full steps of menus, those alike in net trade and social value under one number.

    Parameters
    ----------
    inst
        The instance.
    holders
        H pairs of a row of the instance and a menu it may hold.

    Attributes
    ----------
    columns
        (I, G), the net trade of one agent's full step of each group: until a task runs out.
    values
        (G,), its change of the social cost.
    table
        (H, K + 1, C), the groups that a holder with a choice is in, G where there is none; the last choice is
        ``KEEP``, which index -1 reads. C is 1, or I for remedial menus, whose tasks are handed back one by one.
    scale
        ``sum_j |pi_j| . eta_j`` over single agents, what tolerances are relative to.
    """

    def __init__(self, inst: Instance, holders: Sequence[tuple[int, Menu]]) -> None:
        self.scale = float(inst.copies @ (np.abs(inst.performance) * inst.endowment).sum(axis=1))
        known: dict[tuple[float, bytes], int] = {}
        columns: list[Floats] = []
        of_holder: dict[tuple[int, int], list[list[int]]] = {}
        for j, menu in holders:
            if (j, id(menu)) in of_holder:
                continue
            of_choice: list[list[int]] = []
            for steps in _full_steps(inst, j, menu):
                keys = [(float(inst.performance[j] @ step), (step + 0.0).tobytes()) for step in steps if step.any()]
                for key, step in zip(keys, [step for step in steps if step.any()]):
                    if key not in known:
                        known[key] = len(columns)
                        columns.append(step)
                of_choice.append([known[key] for key in keys])
            of_holder[j, id(menu)] = of_choice
        self.columns: Floats = np.array(columns, dtype=np.float64).reshape(-1, inst.n_tasks).T.copy()
        self.values: Floats = np.array([value for value, _ in known], dtype=np.float64)
        self.size = len(columns)
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
        traders = different.astype(np.float64)
        reach = np.abs(self.columns) @ traders.max(axis=0)
        slack = np.abs(self._slack.T) @ reach
        columns, values = np.hstack([self.columns, self._slack]), np.append(self.values, np.zeros(slack.size))
        upper = np.hstack([traders, np.broadcast_to(slack, (len(traders), slack.size))])
        clearing = CLEARING * (1.0 + reach)
        found = solve_boxed(columns, values, upper)
        executed, prices = found.z, found.prices
        fine = certified(columns, values, upper, found, clearing=clearing, gap=GAP * self.scale)
        for p in np.flatnonzero(~fine):
            executed[p], prices[p] = reference(columns, values, upper[p], clearing)
        # Keeping all endowments is feasible: a change of cost that is not below 0 is none.
        executed[executed @ values >= 0] = 0.0
        bounds = np.minimum(dual_bound(columns, values, upper, prices), executed @ values)
        back = back.reshape(-1)
        return executed[back, : self.size], bounds[back]

    def change_of_cost(self, executed: Floats) -> Floats:
        """(P,), what steps that ``execute`` found change of the social cost, at most 0."""
        change: Floats = np.minimum(executed @ self.values, 0.0)
        return change


def reference(columns: Floats, values: Floats, upper: Floats, clearing: Floats) -> tuple[Floats, Floats]:
    """One profile by a general solver, for those the fast one did not certify: executed (G,) and prices (I,)."""
    m = models.boxed_eopr(columns, values, upper)
    solver = backend("highs", needs=Feature.LINEAR)
    solve_to_optimality(m, solver, "EOPR")
    duals = solver.duals()
    prices = np.array([duals[m.clearing[i]] for i in m.clearing])
    executed = np.clip([pyo.value(m.step[g]) for g in m.step], 0.0, upper)
    clears = (np.abs(columns @ executed) <= clearing).all()
    return (executed if clears else np.zeros(upper.size)), prices


def _full_steps(inst: Instance, row: int, menu: Menu) -> list[Floats]:
    """By choice, the longest steps it allows, (C, I): until a task runs out, or all there is of one has arrived."""
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


class EoprRule:
    """The ex-post optimal selection rule of given menus: set up once, used on any number of profiles.

    Parameters
    ----------
    inst
        The instance; N is the sum of its copies.
    menus
        One a row (J,) or one a single agent (N,).

    Raises
    ------
    InputError
        Where menus do not fit the instance.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.make_instance("two", "made up", counts=[2, 2], performance=[[1, 2], [2, 1]],
    ...     status_quo=[[1, 1], [1, 1]], preferences=[raymenu.UniformPreferences(lower=[1, 1], upper=[2, 2])] * 2)
    >>> menus = [raymenu.Menu([1, 1], [[1, -1]]), raymenu.Menu([1, 1], [[-1, 1]])]
    >>> rule = EoprRule(inst, menus)
    >>> rule.costs([[0, 0], [0, -1]]).tolist()
    [4.0, 6.0]
    """

    def __init__(self, inst: Instance, menus: Sequence[Menu]) -> None:
        self.inst = inst
        self.menus = menus_by_agent(inst, menus)
        self.endowment_cost = inst.endowment_cost
        """sum_j pi_j . eta_j over single agents: no profile costs more."""
        self.groups = StepGroups(inst, list(zip(inst.agent_rows.tolist(), self.menus)))
        # A profile matters through how many are in each group; with few agents the same counts come up again and again.
        agents = (self.groups.table[..., None] == np.arange(self.groups.size)).any(axis=(1, 2)).sum(axis=0)
        few = float(np.prod(agents + 1.0)) <= REMEMBERED
        self._memory: dict[bytes, tuple[Floats, float]] | None = {} if few else None

    def counts(self, choices: ArrayLike) -> Counts:
        """(P, G) or (G,), how many single agents chose each group's step."""
        picked = check_choices(self.inst, self.menus, choices)
        profiles = np.atleast_2d(picked)
        n, width = profiles.shape[0], self.groups.size + 1
        groups = self.groups.table[np.arange(profiles.shape[1]), profiles]
        flat = groups.reshape(n, -1) + width * np.arange(n)[:, None]
        counted = np.bincount(flat.ravel(), minlength=n * width).reshape(n, width)[:, :-1]
        return counted if picked.ndim == 2 else counted[0]

    def costs(self, choices: ArrayLike) -> Floats:
        """(P,), the cost of each profile of choices (P, N); assignments are not made."""
        return self.costs_of_counts(np.atleast_2d(self.counts(choices)))

    def costs_of_counts(self, counts: Counts) -> Floats:
        """(P,), the cost of each profile given as ``counts`` (P, G): the lightest way through very many profiles."""
        cost: Floats = self.endowment_cost + self.groups.change_of_cost(self._execute(counts)[0])
        return cost

    def allocate(self, choices: ArrayLike) -> Allocation:
        """The allocation of one profile (N,) or of several (P, N)."""
        picked = check_choices(self.inst, self.menus, choices)
        executed, bounds = self._execute(np.atleast_2d(self.counts(picked)))
        cost, bound = self.endowment_cost + self.groups.change_of_cost(executed), self.endowment_cost + bounds
        if picked.ndim == 2:
            return Allocation(self, picked, executed, cost, bound)
        return Allocation(self, picked, executed[0], float(cost[0]), float(bound[0]))

    def shares(self, choices: ArrayLike) -> Floats:
        """(N,), how much of its full step each agent is moved, for one profile; remedial agents are not covered."""
        picked = check_choices(self.inst, self.menus, choices)
        counted = self.counts(picked)
        share = np.zeros(self.groups.size + 1)
        executed, _ = self._execute(counted[None])
        np.divide(executed[0], counted, out=share[:-1], where=counted > 0)
        groups = self.groups.table[np.arange(picked.size), picked]
        moved: Floats = share[groups[:, 0]] if groups.shape[1] else np.zeros(picked.size)
        return moved

    def _execute(self, counts: Counts) -> tuple[Floats, Floats]:
        if self._memory is None or not self.groups.size:
            return self.groups.execute(counts)
        different, back = np.unique(counts, axis=0, return_inverse=True)
        keys = [row.tobytes() for row in different]
        new = [k for k, key in enumerate(keys) if key not in self._memory]
        found = zip(*self.groups.execute(different[new]))
        self._memory.update((keys[k], (row, float(bound))) for k, (row, bound) in zip(new, found))
        known = [self._memory[key] for key in keys]
        executed = np.array([row for row, _ in known]).reshape(different.shape)
        return executed[back.reshape(-1)], np.array([bound for _, bound in known])[back.reshape(-1)]

    def _assignments(self, choices: Counts, executed: Floats) -> Floats:
        profiles, agents = choices.shape
        counted = np.atleast_2d(self.counts(choices))
        share = np.zeros((profiles, self.groups.size + 1))
        np.divide(executed, counted, out=share[:, :-1], where=counted > 0)
        steps = np.vstack([self.groups.columns.T, np.zeros(self.inst.n_tasks)])
        assignment = np.repeat(self.inst.endowment[self.inst.agent_rows][None], profiles, axis=0)
        groups = self.groups.table[np.arange(agents), choices]  # (P, N, C)
        for c in range(groups.shape[2]):
            taken = np.take_along_axis(share, groups[:, :, c], axis=1)
            assignment += taken[:, :, None] * steps[groups[:, :, c]]
        # A full step leaves nothing of some task: rounding must not leave less. Payments may be negative.
        return np.where(self.inst.cost_signs > 0, np.maximum(assignment, 0.0), assignment)


def allocate(inst: Instance, menus: Sequence[Menu], choices: ArrayLike) -> Allocation:
    """EOPR: the cheapest allocation that respects the choices (the rule after Corollary 3).

    min sum_j pi_j . mu_j  s.t.  mu_j = eta_j + y_j kappa_j^{k_j}, y_j >= 0, mu_j >= 0, sum_j mu_j = n; an agent that
    kept its endowment keeps it; a remedial agent has 0 <= mu_j <= eta_j. Each optimum is certified by weak duality.

    Parameters
    ----------
    menus
        One a row (J,), shared by its copies, or one a single agent (N,).
    choices
        (N,) or (P, N), N the sum of the copies (J where there are none), ordered as ``inst.agent_rows``: -1 keeps the
        endowment, k takes ray k, 0 accepts the remedial menu.

    Returns
    -------
    Allocation
        ``.cost``, ``.bound``: float or (P,). ``.assignment``: (N, I) or (P, N, I), made when first asked for; with very
        many profiles ask for ``.cost`` only, or use ``EoprRule(inst, menus).costs(choices)``.

    Raises
    ------
    InputError
        Where menus or choices do not fit the instance.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.make_instance("two", "made up", counts=[2, 2], performance=[[1, 2], [2, 1]],
    ...     status_quo=[[1, 1], [1, 1]], preferences=[raymenu.UniformPreferences(lower=[1, 1], upper=[2, 2])] * 2)
    >>> menus = [raymenu.Menu([1, 1], [[1, -1]]), raymenu.Menu([1, 1], [[-1, 1]])]
    >>> a = allocate(inst, menus, [0, 0])
    >>> a.cost, a.assignment.tolist()
    (4.0, [[2.0, 0.0], [0.0, 2.0]])
    """
    return EoprRule(inst, menus).allocate(choices)
