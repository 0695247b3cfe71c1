"""Replica economies (section 4.3): what menus cost in markets of N copies, agents' types drawn at random.

In the N-replica economy every agent has N copies with types drawn independently, and there are N n^i tasks i. A lottery
over menus is split among a row's copies in proportion, and EOPR clears the market. Proposition 3: with the menus that
solve the large market, the cost per copy tends to the large market's value almost surely.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from raymenu.instances import FiniteTypes, InputError, Instance
from raymenu.mechanisms import Menu, menus_by_agent
from raymenu.mechanisms.menus.lotteries import LotteryLike
from raymenu.solvers.eopr.allocation import StepGroups

Floats = NDArray[np.float64]

AT_ONCE = 1_000_000
"""Types drawn in one go."""


@dataclass(frozen=True, eq=False)
class Simulation:
    """Costs of replica economies, per copy of the instance.

    Attributes
    ----------
    replicas
        N, (R,).
    costs
        (R, D), the cost per copy in each of D draws.
    endowment_cost
        sum_j copies_j pi_j . eta_j: no draw costs more.
    in_sample
        Whether types were drawn from given finite types, and so from the distribution the menus may be made for.
    """

    replicas: NDArray[np.int64]
    costs: Floats
    endowment_cost: float
    in_sample: bool

    @property
    def cost(self) -> Floats:
        """(R,), the mean cost per copy."""
        mean: Floats = self.costs.mean(axis=1)
        return mean

    @property
    def stderr(self) -> Floats:
        """(R,), the standard error of each mean."""
        draws = self.costs.shape[1]
        error: Floats = self.costs.std(axis=1, ddof=1) / np.sqrt(draws)
        return error


def simulate(
    inst: Instance,
    lotteries: Sequence[LotteryLike | Menu],
    replicas: ArrayLike = (1, 10, 100),
    draws: int = 50,
    types: int | Sequence[FiniteTypes] | None = None,
    seed: int = 0,
) -> Simulation:
    """The expected cost of menus under EOPR in markets of N copies (section 4.3, Proposition 3).

    Parameters
    ----------
    lotteries
        One a row: ``[(probability, Menu), ...]``, as of ``solve_large_market``; or a ``Menu``. Of a row's m agents each
        menu goes to its share of m, rounded up or down at random so that its expected number is exact.
    replicas
        N, (R,), whole numbers: ``inst.with_copies(N)`` is simulated.
    draws
        D >= 2, independent type profiles for each N.
    types
        None draws fresh types from the preferences. One ``FiniteTypes`` a row, or the size and seed they are made with
        (``inst.types(types, seed)``): types are drawn from these, as Proposition 3 has it for menus solved on them.
        Fresh draws tend to the menus' value out of sample instead, which is worse.

    Raises
    ------
    InputError
        Where lotteries, replicas, draws or types do not fit.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.make_instance("two", "made up", counts=[2, 2], performance=[[1, 2], [2, 1]],
    ...     status_quo=[[1, 1], [1, 1]], preferences=[raymenu.UniformPreferences(lower=[1, 1], upper=[2, 2])] * 2)
    >>> menus = [raymenu.Menu([1, 1], [[1, -1]]), raymenu.Menu([1, 1], [[-1, 1]])]
    >>> found = simulate(inst, menus, replicas=[1, 1000], draws=20)
    >>> bool(found.cost[1] < found.cost[0] < 6.0)  # either side is taken half the time: 5.5, then 5 a copy
    True
    """
    sizes = _check_replicas(replicas)
    if draws < 2:
        raise InputError(f"{draws} draws asked for: a standard error needs at least 2", field="draws")
    offered = _check_lotteries(inst, lotteries)
    drawn = inst.types(types, seed) if isinstance(types, int | np.integer) else types
    if drawn is not None:
        _check_types(inst, drawn)
    endowment_cost = float(inst.copies @ (inst.performance * inst.endowment).sum(axis=1))
    costs = np.empty((sizes.size, draws))
    for r, size in enumerate(sizes.tolist()):
        # A stream of its own for each N: adding a replica count leaves the others as they were.
        rng = np.random.default_rng([seed, size])
        market = inst.with_copies(size)
        holders = [(j, menu) for j, lottery in enumerate(offered) for _, menu in lottery]
        groups = StepGroups(market, holders)
        counts = np.zeros((draws, groups.size + 1), dtype=np.int64)
        h = 0
        for j, lottery in enumerate(offered):
            shares = _split(np.array([p for p, _ in lottery]), int(market.copies[j]), draws, rng)
            for (_, menu), holding in zip(lottery, shares.T):
                chosen = _draw_choices(inst, j, menu, holding, None if drawn is None else drawn[j], rng)
                for k in range(chosen.shape[1]):
                    for g in groups.table[h, k]:
                        counts[:, g] += chosen[:, k]
                h += 1
        executed, _ = groups.execute(counts[:, :-1])
        costs[r] = endowment_cost + groups.change_of_cost(executed) / size
    return Simulation(sizes, costs, endowment_cost, drawn is not None)


def offer_menus(inst: Instance, lotteries: Sequence[LotteryLike | Menu], seed: int = 0) -> list[Menu]:
    """One menu a single agent, (N,), in the order of ``inst.agent_rows``: each row's copies split among its menus.

    Shares are as of ``simulate``: rounded at random where they are not whole, and then handed out in random order.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.load("anaesthesia").with_copies(2)
    >>> keep = [raymenu.Menu(eta) for eta in inst.endowment]
    >>> len(offer_menus(inst, [[(0.5, menu), (0.5, menu)] for menu in keep]))
    10
    """
    rng = np.random.default_rng(seed)
    held: list[Menu] = []
    for j, lottery in enumerate(_check_lotteries(inst, lotteries)):
        agents = int(inst.copies[j])
        shares = _split(np.array([p for p, _ in lottery]), agents, 1, rng)[0]
        own = [menu for (_, menu), share in zip(lottery, shares.tolist()) for _ in range(share)]
        held += [own[k] for k in rng.permutation(agents)]
    return held


def _draw_choices(
    inst: Instance,
    row: int,
    menu: Menu,
    holding: NDArray[np.int64],
    types: FiniteTypes | None,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """(D, K), how many of the ``holding`` (D,) agents with this menu choose each ray (or the remedial menu)."""
    if menu.kind == "remedial":
        return holding[:, None]
    if types is not None:
        # Independent types make the counts multinomial: no need to draw the types.
        chances = np.array([float(p) for p in menu.acceptance(types)])
        rest = max(1.0 - chances.sum(), 0.0)
        return rng.multinomial(holding, np.append(chances, rest) / (chances.sum() + rest))[:, :-1]
    # Draws are taken together, so many at a time that their costs fit in the memory of a small machine.
    draw_of = np.repeat(np.arange(holding.size), holding)
    counts = np.zeros((holding.size, menu.size + 1), dtype=np.int64)
    for start in range(0, draw_of.size, AT_ONCE):
        draws = draw_of[start : start + AT_ONCE]
        # KEEP is -1: it counts in the last column, which is dropped.
        np.add.at(counts, (draws, menu.choices(inst.preferences[row].sample(draws.size, rng))), 1)
    return counts[:, :-1]


def _split(probabilities: Floats, agents: int, draws: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """(D, L), agents with each menu: systematic sampling, so p * agents on average and within 1 of it always."""
    ends = np.concatenate([[0.0], np.cumsum(probabilities) * agents])
    ends[-1] = agents
    start = rng.random((draws, 1))
    split: NDArray[np.int64] = np.diff(np.floor(ends + start), axis=1).astype(np.int64)
    return split


def _check_replicas(replicas: ArrayLike) -> NDArray[np.int64]:
    given = np.atleast_1d(np.asarray(replicas))
    if given.ndim != 1 or not given.size or not (np.asarray(given, dtype=np.float64) == np.floor(given)).all():
        raise InputError(f"a list of whole numbers is needed, given {replicas!r}", field="replicas")
    if (given < 1).any():
        raise InputError(f"{given.min()} replicas asked for: ask for at least 1", field="replicas")
    return given.astype(np.int64)


def _check_lotteries(inst: Instance, lotteries: Sequence[LotteryLike | Menu]) -> list[list[tuple[float, Menu]]]:
    if len(lotteries) != inst.n_agents:
        raise InputError(f"{len(lotteries)} lotteries given: give one a row, {inst.n_agents}", field="lotteries")
    inst.require_burdens("the choice from menus, and what it leads to in many markets,")
    offered = []
    for j, lottery in enumerate(lotteries):
        pairs: list[tuple[float, Menu]] = (
            [(1.0, lottery)] if isinstance(lottery, Menu) else [(float(p), menu) for p, menu in lottery]
        )
        total = sum(p for p, _ in pairs)
        if not pairs or any(p < 0 for p, _ in pairs) or not abs(total - 1) <= 1e-6:
            raise InputError(
                f"probabilities are nonnegative and sum to 1, these sum to {total:g}", field=f"lotteries[{j}]"
            )
        offered.append([(p / total, menu) for p, menu in pairs])
    for k in range(max(len(pairs) for pairs in offered)):
        menus_by_agent(inst, [pairs[min(k, len(pairs) - 1)][1] for pairs in offered])
    return offered


def _check_types(inst: Instance, types: Sequence[FiniteTypes]) -> None:
    if len(types) != inst.n_agents:
        raise InputError(f"{len(types)} type sets given: give one a row, {inst.n_agents}", field="types")
    for j, of_row in enumerate(types):
        if of_row.n_tasks != inst.n_tasks:
            raise InputError(
                f"costs for {of_row.n_tasks} tasks, the instance has {inst.n_tasks}", field=f"types[{j}].costs"
            )
