"""EOPR for one profile or for very many (the rule after Corollary 3).

Agents with the same direction, limit and value share one variable, so a profile is a small program with one row a
task whose bounds count who chose what: only the bounds change from profile to profile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from raymenu.instances import InputError, Instance
from raymenu.instances.shown import Shown
from raymenu.mechanisms import Menu, check_choices, decompose, menus_by_agent
from raymenu.solvers import backends
from raymenu.solvers.backends import Feature
from raymenu.solvers.eopr.handovers import handovers
from raymenu.solvers.eopr.step_groups import StepGroups

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Whole = NDArray[np.int32]
MOVED = 1e-9
"""Share of the largest count from which on a change is one."""
REMEMBERED = 100_000
"""Profiles are remembered where no more than this many different ones (as counts) can come up."""


@dataclass(frozen=True, eq=False)
class Allocation(Shown):
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

    @cached_property
    def rule_prices(self) -> dict[str, float]:
        """By rule, what the social cost would fall by, at the margin, if each of its limits were one task wider.

        Raises
        ------
        InputError
            For several profiles at once.
        """
        if self.choices.ndim == 2:
            raise InputError("prices of rules are of one profile: allocate that profile", field="choices")
        rule = self.rule
        return rule.inst.compiled_rules.by_rule(rule.groups.rule_prices(rule.counts(self.choices)))

    @property
    def before(self) -> Floats:
        """(N, I), the status quo of each single agent."""
        inst = self.rule.inst
        return inst.status_quo[inst.agent_rows]

    def handovers(self, drawn: Whole | None = None) -> nx.MultiDiGraph:
        """Who hands which tasks to whom, from the status quo to the assignment, or to a ``drawn`` one (N, I).

        See ``solvers.eopr.handovers``: agents are nodes, an edge has ``task`` and ``amount``.
        """
        inst = self.rule.inst
        after = self._single("hand-overs") if drawn is None else drawn
        return handovers(self.before, after, inst.single_agents, inst.tasks)

    def to_frame(self, drawn: Whole | None = None) -> pd.DataFrame:
        """One line for each agent and task: before, after and change; and what was ``drawn``, where that is given."""
        import pandas as pd

        inst, after = self.rule.inst, self._single("a table")
        lines = pd.MultiIndex.from_product([inst.single_agents, inst.tasks], names=["agent", "task"])
        columns: dict[str, Floats | Whole] = {"before": self.before.ravel(), "after": after.ravel()}
        columns["change"] = (after - self.before).ravel()
        if drawn is not None:
            columns["drawn"] = drawn.ravel()
        return pd.DataFrame(columns, index=lines).reset_index()

    def summary(self) -> str:
        """Cost, and what the status quo costs."""
        inst = self.rule.inst
        if self.choices.ndim == 2:
            costs = np.asarray(self.cost)
            return (
                f"{costs.size} profiles: cost {costs.mean():.6g} on average; the status quo {inst.status_quo_cost:.6g}"
            )
        moved = int((np.abs(self.assignment - self.before).max(axis=1) > MOVED * inst.counts.max()).sum())
        return (
            f"{inst.name}: cost {self.cost:.6g}, status quo {inst.status_quo_cost:.6g}; "
            f"{moved} of {len(self.choices)} agents move"
        )

    def _single(self, what: str) -> Floats:
        if self.choices.ndim == 2:
            raise InputError(f"{what} are of one profile: allocate that profile", field="choices")
        return self.assignment

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


class EoprRule:
    """The ex-post optimal selection rule of given menus: set up once, used on any number of profiles.

    Parameters
    ----------
    inst
        The instance; N is the sum of its copies.
    menus
        One a row (J,) or one a single agent (N,).
    backend
        See ``allocate``.

    Raises
    ------
    InputError
        Where menus do not fit the instance, or the backend cannot solve linear programs.

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

    def __init__(self, inst: Instance, menus: Sequence[Menu], backend: str = "highs") -> None:
        backends.backend(backend, needs=Feature.LINEAR)
        self.inst = inst
        self.menus = menus_by_agent(inst, menus)
        self.endowment_cost = inst.endowment_cost
        """sum_j pi_j . eta_j over single agents: no profile costs more."""
        self.groups = StepGroups(inst, list(zip(inst.agent_rows.tolist(), self.menus)), backend)
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
        moved: Floats = (share * np.append(self.groups.lengths, 0.0))[groups].sum(axis=1)
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


def allocate(inst: Instance, menus: Sequence[Menu], choices: ArrayLike, backend: str = "highs") -> Allocation:
    """EOPR: the cheapest allocation that respects the choices (the rule after Corollary 3).

    min sum_j pi_j . mu_j  s.t.  mu_j = eta_j + y_j kappa_j^{k_j}, y_j >= 0, mu_j >= 0, sum_j mu_j = n, and the rules of
    the instance; an agent that kept its endowment keeps it; a remedial agent has 0 <= mu_j <= eta_j. Each optimum is
    certified by weak duality.

    Parameters
    ----------
    menus
        One a row (J,), shared by its copies, or one a single agent (N,).
    choices
        (N,) or (P, N), N the sum of the copies (J where there are none), ordered as ``inst.agent_rows``: -1 keeps the
        endowment, k takes ray k, 0 accepts the remedial menu.
    backend
        "highs": a compiled simplex for programs of this form, and HiGHS for what that does not certify. Any other
        solves the program of every profile: see ``raymenu.solvers.backends``.

    Returns
    -------
    Allocation
        ``.cost``, ``.bound``: float or (P,). ``.assignment``: (N, I) or (P, N, I), made when first asked for; with very
        many profiles ask for ``.cost`` only, or use ``EoprRule(inst, menus).costs(choices)``.

    Raises
    ------
    InputError
        Where menus or choices do not fit the instance, or the backend cannot solve linear programs.

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
    return EoprRule(inst, menus, backend).allocate(choices)
