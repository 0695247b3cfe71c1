"""The expected social cost of offer plans under EOPR, from drawn profiles: one estimator for every place that shows it.

Several plans for one market are played on the same draws. Choices are decided exactly and each profile's optimum is
certified, so the only error is that of sampling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes, InputError, Instance
from raymenu.mechanisms import OfferPlan
from raymenu.solvers.eopr.step_groups import StepGroups

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

AT_ONCE = 400_000
"""Types drawn in one go."""
ROUNDING = 1e-12
NORMAL_95 = 1.96
SELECTION, REPORT = 2_000_003, 1_000_003
"""Added to a user's seed for the profiles on which mechanisms are chosen, and for those of a report, which neither a
search nor the choice has seen."""
UNSEEN = 0.05
"""What happens with probability p is seen in none of D draws with probability (1 - p)^D: at this, p is ruled out."""
TYPES_STREAM, OFFERS_STREAM, COUNTS_STREAM = range(3)


@dataclass(frozen=True)
class Estimate:
    """The expected cost of a plan in a market.

    Attributes
    ----------
    cost, stderr
        Mean social cost over the draws, and its standard error.
    lower, upper
        A 95% interval: 1.96 standard errors each way, but at least what rare profiles can hide. What D draws have not
        shown has a probability of at most 1 - .05^(1/D), with 95% confidence, and no profile saves more than all
        agents' rays together could. No profile costs more than the endowment either, so ``upper`` does not.
    dearest
        The dearest profile drawn.
    draws, seed
        Equal draws and seeds, equal profiles, whatever the plan.
    in_sample
        Whether types were drawn from given finite types, which the menus may be made for; else they are fresh.
    """

    cost: float
    stderr: float
    lower: float
    upper: float
    dearest: float
    draws: int
    seed: int
    in_sample: bool = False


@dataclass(frozen=True, eq=False)
class PlayedPlan:
    """What a plan changes of the endowment's cost in each of D profiles, (D,), at most 0; and the most it can save."""

    endowment_cost: float
    changes: Floats
    largest_saving: float

    @property
    def costs(self) -> Floats:
        """(D,), the cost of each profile."""
        return self.endowment_cost + self.changes

    def per_copy(self, inst: Instance, copies: int) -> PlayedPlan:
        """The same for one copy, where the market is so many copies of the instance."""
        return PlayedPlan(inst.endowment_cost, self.changes / copies, self.largest_saving / copies)

    def estimate(self, seed: int, in_sample: bool = False) -> Estimate:
        """Mean, standard error and interval."""
        draws = self.changes.size
        # The mean of changes, not of costs: where nothing trades the cost is the endowment's to the last bit.
        cost = self.endowment_cost + float(self.changes.mean())
        stderr = standard_error(self.changes, cost)
        hidden = self.largest_saving * (1 - UNSEEN ** (1 / draws))
        half = max(NORMAL_95 * stderr, hidden)
        lower = max(cost - half, min(self.endowment_cost - self.largest_saving, cost))
        upper = max(min(cost + half, self.endowment_cost), cost)
        return Estimate(cost, stderr, lower, upper, float(self.costs.max()), draws, seed, in_sample)


def standard_error(values: Floats, scale: float) -> float:
    """Of the mean of draws, (D,); 0 where they differ by rounding of numbers of the size of ``scale``."""
    varies = np.ptp(values) > ROUNDING * abs(scale)
    return float(values.std(ddof=1) / np.sqrt(values.size)) if varies else 0.0


def estimate(
    plans: Sequence[OfferPlan], draws: int, seed: int = 0, types: Sequence[FiniteTypes] | None = None
) -> list[Estimate]:
    """The expected cost of each plan, all in one market and on the same profiles.

    Parameters
    ----------
    plans
        For one instance.
    draws
        Profiles of all agents' types, at least 2.
    types
        None draws fresh types from the preferences; one ``FiniteTypes`` a row draws from these.

    Raises
    ------
    InputError
        Where draws, seed or types do not fit, or a menu is not OSP for the costs that its agents may have.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.make_instance("two", "made up", counts=[2, 2], performance=[[1, 2], [2, 1]],
    ...     status_quo=[[1, 1], [1, 1]], preferences=[raymenu.UniformPreferences(lower=[1, 1], upper=[2, 2])] * 2)
    >>> menus = [raymenu.Menu([1, 1], [[1, -1]]), raymenu.Menu([1, 1], [[-1, 1]])]
    >>> keep, trade = estimate([OfferPlan.keep(inst), OfferPlan.make(inst, menus)], draws=1000)
    >>> keep.cost, keep.lower, keep.upper  # nothing can ever trade
    (6.0, 6.0, 6.0)
    >>> trade.lower < 5.5 < trade.upper  # each side is taken half the time, and saves 2
    True
    """
    played = play(plans, draws, seed, types)
    return [each.estimate(seed, types is not None) for each in played]


def play(
    plans: Sequence[OfferPlan], draws: int, seed: int = 0, types: Sequence[FiniteTypes] | None = None
) -> list[PlayedPlan]:
    """Every plan's cost in each of the same profiles; arguments as of ``estimate``."""
    if draws < 2:
        raise InputError(f"{draws} draws asked for: a standard error needs at least 2", field="draws")
    if seed < 0:
        raise InputError(f"seed {seed} given: give a whole number of at least 0", field="seed")
    inst = plans[0].inst
    inst.require_burdens("the choice from menus, and what it leads to in many markets,")
    for plan in plans:
        for g in plan.unsettled():
            raise InputError(
                f"a menu of {inst.agents[plan.groups[g].row]!r} is not polarized, and not OSP for its costs either, so "
                "what agents would choose is not settled: bend its rays apart",
                field="menus",
            )
    # Streams depend on the number of agents: a replica economy is the market of so many copies.
    start = [seed, int(inst.copies.sum())]
    rounds = [_Round(plan, draws, np.random.default_rng([*start, OFFERS_STREAM])) for plan in plans]
    if not any(each.steps.size for each in rounds):
        return [each.played() for each in rounds]
    if types is None:
        _draw_fresh(inst, rounds, draws, np.random.default_rng([*start, TYPES_STREAM]))
    else:
        _check_types(inst, types)
        for each in rounds:
            each.draw_choices(types, [*start, COUNTS_STREAM])
    return [each.played() for each in rounds]


def _draw_fresh(inst: Instance, rounds: Sequence[_Round], draws: int, rng: np.random.Generator) -> None:
    """Every agent's type in every profile, shown to each plan; so many at a time that they fit a small machine."""
    if not any(each.steps.size for each in rounds):
        return  # nobody is offered a choice
    part = max(1, AT_ONCE // int(inst.copies.sum()))
    for start in range(0, draws, part):
        size = min(part, draws - start)
        for j, (preferences, copies) in enumerate(zip(inst.preferences, inst.copies.tolist())):
            for first in range(0, copies, AT_ONCE):
                agents = min(AT_ONCE, copies - first)
                costs = preferences.sample(size * agents, rng).reshape(size, agents, inst.n_tasks)
                for each in rounds:
                    each.choose(start, j, first, costs)


class _Round:
    """One plan being played: how many agents are in each group of steps, profile by profile."""

    def __init__(self, plan: OfferPlan, draws: int, rng: np.random.Generator) -> None:
        self.plan = plan
        self.steps = StepGroups(plan.inst, list(plan.holders))
        self.counts = np.zeros((draws, self.steps.size + 1), dtype=np.int64)
        self.splits = [group.split(draws, rng) for group in plan.groups]
        sizes = np.array([group.agents for group in plan.groups])
        rows = np.array([group.row for group in plan.groups])
        # Of each group, the first agent's number within its row and the first holder's number.
        self.first_agent = np.cumsum(sizes) - sizes - np.searchsorted(plan.inst.agent_rows, rows)
        self.first_holder = np.cumsum([0] + [len(group.lottery) for group in plan.groups])[:-1]
        self.of_row = [np.flatnonzero(rows == j).tolist() for j in range(plan.inst.n_agents)]

    def choose(self, start: int, row: int, first: int, costs: Floats) -> None:
        """Profiles from ``start`` on, agents of a row from its copy ``first`` on, with their types (P, n, I)."""
        profiles, _, tasks = costs.shape
        draws = slice(start, start + profiles)
        for g in self.of_row[row]:
            group, begin = self.plan.groups[g], int(self.first_agent[g]) - first
            block = costs[:, max(begin, 0) : max(begin + group.agents, 0)]
            if not block.shape[1]:
                continue
            place = np.arange(max(-begin, 0), max(-begin, 0) + block.shape[1])
            ends = np.cumsum(self.splits[g][draws], axis=1)
            for number, (_, menu) in enumerate(group.lottery):
                if group.menu is not None:
                    chosen = menu.choices(block.reshape(-1, tasks)).reshape(profiles, -1)
                else:
                    before = ends[:, number - 1 : number] if number else np.zeros((profiles, 1), dtype=np.int64)
                    holds = (place >= before) & (place < ends[:, number : number + 1])
                    chosen = np.full(holds.shape, -1)
                    chosen[holds] = menu.choices(block[holds])
                holder = int(self.first_holder[g]) + number
                for k in range(menu.n_choices):
                    self._add(draws, holder, k, (chosen == k).sum(axis=1))

    def draw_choices(self, types: Sequence[FiniteTypes], start: list[int]) -> None:
        """Choices of agents whose types are drawn from finite ones: their numbers are multinomial."""
        everything = slice(None)
        for row, groups in enumerate(self.of_row):
            rng = np.random.default_rng([*start, row])
            for g in groups:
                for number, (_, menu) in enumerate(self.plan.groups[g].lottery):
                    holding, holder = self.splits[g][:, number], int(self.first_holder[g]) + number
                    if menu.kind == "remedial":
                        self._add(everything, holder, 0, holding)
                        continue
                    chances = np.array([float(p) for p in menu.acceptance(types[row])])
                    rest = max(1.0 - chances.sum(), 0.0)
                    chosen = rng.multinomial(holding, np.append(chances, rest) / (chances.sum() + rest))
                    for k in range(menu.n_choices):
                        self._add(everything, holder, k, chosen[:, k])

    def _add(self, draws: slice, holder: int, choice: int, agents: Whole) -> None:
        for group in self.steps.table[holder, choice]:
            self.counts[draws, group] += agents

    def played(self) -> PlayedPlan:
        """Every profile cleared."""
        executed, _ = self.steps.execute(self.counts[:, :-1])
        changes = self.steps.change_of_cost(executed)
        return PlayedPlan(self.plan.inst.endowment_cost, changes, self._largest_saving())

    def _largest_saving(self) -> float:
        """What would be saved if every agent did as much of every choice of every menu it may hold as is wanted."""
        most = np.zeros((1, self.steps.size + 1), dtype=np.int64)
        holder = 0
        for group in self.plan.groups:
            for p, menu in group.lottery:
                agents = int(np.ceil(p * group.agents))
                for k in range(menu.n_choices):
                    for g in self.steps.table[holder, k]:
                        most[0, g] += agents
                holder += 1
        _, bounds = self.steps.execute(most[:, :-1])
        return max(-float(bounds[0]), 0.0)


def _check_types(inst: Instance, types: Sequence[FiniteTypes]) -> None:
    if len(types) != inst.n_agents:
        raise InputError(f"{len(types)} type sets given: give one a row, {inst.n_agents}", field="types")
    for j, of_row in enumerate(types):
        if of_row.n_tasks != inst.n_tasks:
            raise InputError(
                f"costs for {of_row.n_tasks} tasks, the instance has {inst.n_tasks}", field=f"types[{j}].costs"
            )
