"""Who is offered what: groups of agents with a menu, or a lottery over menus, each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import InputError, Instance
from raymenu.mechanisms.menus.lotteries import Lottery, LotteryLike, Probability, make_lottery
from raymenu.mechanisms.menus.menu import Menu
from raymenu.mechanisms.profiles import check_endowment, menus_by_agent
from raymenu.mechanisms.protocols.menu_osp import menu_is_osp


@dataclass(frozen=True, eq=False)
class OfferGroup:
    """Agents of one row that are offered the same.

    Attributes
    ----------
    row
        The row of the instance.
    agents
        How many of the row's copies.
    lottery
        [(probability, menu), ...], probabilities exact: one pair where every agent of the group is offered that menu;
        else each menu goes to its share of the agents, rounded up or down at random so that its expected number is
        exact.
    """

    row: int
    agents: int
    lottery: Lottery

    @property
    def menu(self) -> Menu | None:
        """The menu that every agent of the group is offered; None where it is drawn."""
        return self.lottery[0][1] if len(self.lottery) == 1 else None

    def split(self, draws: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """(draws, L), agents with each menu: systematic sampling, within 1 of the share of the agents always."""
        if len(self.lottery) == 1:
            return np.full((draws, 1), self.agents, dtype=np.int64)
        sums = [sum((p.exact for p, _ in self.lottery[:k]), Fraction(0)) for k in range(len(self.lottery) + 1)]
        ends = np.array([float(part * self.agents) for part in sums])
        split: NDArray[np.int64] = np.diff(np.floor(ends + rng.random((draws, 1))), axis=1).astype(np.int64)
        return split


@dataclass(frozen=True, eq=False)
class OfferPlan:
    """Who is offered what in a market: the one form that lotteries, menus by agent and the design file convert to.

    Attributes
    ----------
    inst
        The market; its copies are the agents.
    groups
        In the order of ``inst.agent_rows``: the first group of a row holds its first copies, and so on.

    Raises
    ------
    InputError
        Where groups do not hold every agent once, or a menu starts from another endowment than the instance's.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.load("anaesthesia").with_copies(2)
    >>> menus = [Menu(eta, [[-0.5, 0.6, 0, 0]]) for eta in inst.endowment]
    >>> plan = OfferPlan.make(inst, [[(0.75, menu), (0.25, Menu(menu.endowment))] for menu in menus])
    >>> len(plan.groups), [p.exact for p, _ in plan.lotteries[0]], len(plan.menus(seed=1))
    (5, [Fraction(3, 4), Fraction(1, 4)], 10)
    """

    inst: Instance
    groups: tuple[OfferGroup, ...]

    def __post_init__(self) -> None:
        rows = [group.row for group in self.groups]
        held = np.zeros(self.inst.n_agents, dtype=np.int64)
        np.add.at(held, rows, [group.agents for group in self.groups])
        if rows != sorted(rows) or min((g.agents for g in self.groups), default=0) < 1:
            raise InputError("groups of at least one agent each are needed, in the order of the rows", field="groups")
        if held.tolist() != self.inst.copies.tolist():
            raise InputError(
                f"groups hold {held.tolist()} agents of the rows, the instance {self.inst.copies.tolist()}",
                field="groups",
            )
        for group in self.groups:
            for _, menu in group.lottery:
                check_endowment(self.inst, group.row, menu)

    @classmethod
    def make(cls, inst: Instance, offered: OfferPlan | Sequence[LotteryLike | Menu]) -> OfferPlan:
        """The plan that is meant by one lottery or menu a row (J,), or by one menu a single agent (N,).

        Probabilities given as floats may miss 1 by rounding.
        """
        if isinstance(offered, OfferPlan):
            return offered if offered.inst is inst else cls(inst, offered.groups)
        if len(offered) == inst.n_agents:
            groups = []
            for j, each in enumerate(offered):
                try:
                    groups.append(OfferGroup(j, int(inst.copies[j]), make_lottery(each)))
                except InputError as fault:
                    raise InputError(fault.problem, field=f"lotteries[{j}]") from None
            return cls(inst, tuple(groups))
        menus = [menu for menu in offered if isinstance(menu, Menu)]
        if len(menus) < len(offered):
            raise InputError(f"{len(offered)} lotteries given: give one per row, {inst.n_agents}", field="lotteries")
        pairs = zip(inst.agent_rows.tolist(), menus_by_agent(inst, menus))
        alike = groupby(pairs, key=lambda pair: (pair[0], id(pair[1])))
        runs = [(row, list(run)) for (row, _), run in alike]
        return cls(inst, tuple(OfferGroup(row, len(run), make_lottery(run[0][1])) for row, run in runs))

    @classmethod
    def keep(cls, inst: Instance) -> OfferPlan:
        """Everybody is offered the endowment alone."""
        return cls.make(inst, [Menu(eta) for eta in inst.endowment])

    @property
    def fixed(self) -> bool:
        """Whether every agent's menu is settled, nothing left to a draw."""
        return all(group.menu is not None for group in self.groups)

    @property
    def holders(self) -> Iterator[tuple[int, Menu]]:
        """Every (row, menu) that may be held, group by group."""
        return ((group.row, menu) for group in self.groups for _, menu in group.lottery)

    @cached_property
    def lotteries(self) -> list[Lottery]:
        """One a row: the share of the row's copies that is offered each menu."""
        rows: list[Lottery] = [[] for _ in range(self.inst.n_agents)]
        for group in self.groups:
            share = Fraction(group.agents, int(self.inst.copies[group.row]))
            rows[group.row] += [(Probability(share * p.exact), menu) for p, menu in group.lottery]
        return rows

    def settled(self, seed: int = 0) -> OfferPlan:
        """The plan with every lottery drawn: within a group, who is offered which menu is random."""
        if self.fixed:
            return self
        return OfferPlan.make(self.inst, self.menus(seed))

    def menus(self, seed: int = 0) -> list[Menu]:
        """One menu a single agent, (N,), in the order of ``inst.agent_rows``; lotteries are drawn with the seed."""
        rng = np.random.default_rng(seed)
        held: list[Menu] = []
        for group in self.groups:
            sizes = group.split(1, rng)[0].tolist()
            own = [menu for (_, menu), size in zip(group.lottery, sizes) for _ in range(size)]
            held += own if group.menu is not None else [own[k] for k in rng.permutation(group.agents)]
        return held

    def apportioned(self) -> OfferPlan:
        """The plan with every lottery replaced by whole numbers of agents near its shares, largest remainders first."""
        groups: list[OfferGroup] = []
        for group in self.groups:
            quotas = [p.exact * group.agents for p, _ in group.lottery]
            sizes = [int(quota) for quota in quotas]
            order = sorted(range(len(sizes)), key=lambda k: sizes[k] - quotas[k])
            for k in order[: group.agents - sum(sizes)]:
                sizes[k] += 1
            pairs = zip(sizes, group.lottery)
            groups += [OfferGroup(group.row, size, make_lottery(menu)) for size, (_, menu) in pairs if size]
        return replace(self, groups=tuple(groups))

    def replicated(self, factor: int) -> OfferPlan:
        """The same offers in the market of so many copies (section 4.3)."""
        groups = (replace(group, agents=group.agents * factor) for group in self.groups)
        return OfferPlan(self.inst.with_copies(factor), tuple(groups))

    def unsettled(self) -> list[int]:
        """The groups that hold a menu which is not OSP for the costs its row may have, decided exactly."""
        fine: dict[tuple[int, int], bool] = {}
        for row, menu in self.holders:
            if (row, id(menu)) not in fine:
                fine[row, id(menu)] = menu.is_polarized() or bool(menu_is_osp(menu, self.inst.preferences[row]))
        return [g for g, group in enumerate(self.groups) if not all(fine[group.row, id(m)] for _, m in group.lottery)]

    def unpolarized(self) -> list[int]:
        """The groups that hold a menu some of whose rays are not polarized, decided exactly."""
        polarized: dict[int, bool] = {}
        for _, menu in self.holders:
            if id(menu) not in polarized:
                polarized[id(menu)] = menu.is_polarized()
        return [g for g, group in enumerate(self.groups) if not all(polarized[id(m)] for _, m in group.lottery)]
