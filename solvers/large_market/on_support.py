"""Menus that are OSP on the support of the preferences, in the large market: more than program (5) admits.

Program (5) and its certificate are about mechanisms that are OSP for every positive cost vector, as Theorem 2 has it.
If costs are known to lie in a box, or to be of finitely many types, other menus are OSP as well, and some cost less.
These are searched for; what bounds them from below is LM-BIC, not (5).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes, InputError, Instance
from raymenu.mechanisms import Menu
from raymenu.mechanisms.conditions import Check, Checker
from raymenu.mechanisms.menus.lotteries import Lottery, mixed_assignment, social_cost, total_assignment
from raymenu.mechanisms.participation import losses_in_full
from raymenu.mechanisms.protocols.menu_osp import menu_is_osp
from raymenu.models.finite import Types, finite_types
from raymenu.solvers.bic.full_information import solve_full_information
from raymenu.solvers.bic.program_1 import solve_bic
from raymenu.solvers.large_market.box_rays import climb
from raymenu.solvers.large_market.large_market import LargeMarket, solve_large_market
from raymenu.solvers.large_market.oracles import Question
from raymenu.solvers.large_market.row_generation import RowGeneration
from raymenu.solvers.support import SupportResult

Floats = NDArray[np.float64]
STARTS, STEPS, ROUNDS = 6, 6000, 12
MORE_RAYS = 3
"""Rays beyond I that a menu may have."""
MOST_TYPES_BIC = 1200
"""Types of all rows together up to which LM-BIC is solved for the bound; with more, full information is."""


@dataclass(frozen=True)
class OnSupport:
    """Lotteries over menus that are OSP on the support, in the large market.

    Attributes
    ----------
    lower
        What no mechanism that agents of the support report to truthfully can cost less than: LM-BIC on these types, or
        full information where there are too many; ``bound`` says which.
    upper
        The cost of ``lotteries``; the search for them proves nothing about better ones.
    polarized
        The certified interval of (5) on the same types: what menus that are OSP whatever the costs may be can cost.
    """

    instance: Instance = field(repr=False)
    types: list[FiniteTypes] = field(repr=False)
    lower: float
    upper: float
    bound: str
    polarized: tuple[float, float]
    lotteries: list[Lottery] = field(repr=False)
    seconds: float

    @property
    def added(self) -> float:
        """What these menus gain beyond the most that (5) can, as a share of that; negative where it is not proven."""
        most = self.instance.status_quo_cost - self.polarized[0]
        return (self.polarized[0] - self.upper) / most if most > 0 else 0.0

    def check(self) -> Check:
        """Clearing in expectation, weights, OSP on the support and participation, recomputed exactly."""
        checker = Checker(self.instance)
        assignments = [mixed_assignment(lottery, own) for lottery, own in zip(self.lotteries, self.types)]
        checker.clearing(np.array([float(held) for held in total_assignment(self.instance, assignments)]))
        missed = abs(social_cost(self.instance, assignments) - Fraction(self.upper))
        checker.note("cost", float(missed) / max(abs(self.upper), 1e-300), "the stated cost")
        for j, lottery in enumerate(self.lotteries):
            place = f"agent {self.instance.agents[j]!r}"
            checker.note("lottery weights", float(abs(sum((p.exact for p, _ in lottery), Fraction(0)) - 1)), place)
            menus = [menu for _, menu in lottery]
            fine = all(menu_is_osp(menu, self.instance.preferences[j]) for menu in menus)
            checker.note("OSP on the support", float(not fine), place)
            loss = losses_in_full(self.instance, j, menus, self.types[j])
            checker.note("participation", loss.ratio - 1.0 if loss else 0.0, f"{place}: {loss}")
        return checker.done()


def solve_on_support(
    inst: Instance,
    types: Types = 200,
    seed: int = 0,
    *,
    large_market: LargeMarket | None = None,
    effort: float = 1.0,
    time_limit: float | None = None,
) -> OnSupport:
    """Search for menus that are OSP on the support of the preferences, and cheaper than those OSP whatever the costs.

    Each agent's rays are such that no type of its support wants two of them, decided exactly. Who relies on that must
    know the support, which polarized menus do not ask for. Rays are found by random local search at prices, from the
    menus of (5) and anew, and mixed by the master program.

    Parameters
    ----------
    types, seed
        A number of types a row, or ``FiniteTypes`` inside the supports; seed of the discretisation and of the search.
    large_market
        A solution of (5) at hand: the search starts from its menus and prices, on its types.
    effort
        Multiplies the steps of the search.
    time_limit
        Seconds after which the best so far is returned.

    Raises
    ------
    InputError
        Where types do not fit the instance, or an argument is out of range.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.load("refugees_region")
    >>> found = solve_on_support(inst, 30, effort=0.2)
    >>> found.lower <= found.upper <= found.polarized[1], found.check().ok(1e-9)
    (True, True)
    """
    if not effort > 0:
        raise InputError(f"effort {effort} given: give a positive number", field="effort")
    start = time.perf_counter()
    large = large_market or solve_large_market(inst, finite_types(inst, types, seed), time_limit=time_limit)
    made = large.types
    state = RowGeneration(inst, made, "local-search", rel_gap=1e-9)
    state.take(large.prices, [[menu for _, menu in lottery] for lottery in large.lotteries])
    with ThreadPoolExecutor() as threads:
        searches = _Searches(inst, state, threads, int(STEPS * effort) + 1, seed)
        for _ in range(ROUNDS):
            if state.stalled or (time_limit is not None and time.perf_counter() - start > time_limit):
                break
            state.step(searches)
    lotteries = state.lotteries()
    cost = float(social_cost(inst, [mixed_assignment(lottery, own) for lottery, own in zip(lotteries, made)]))
    if cost > large.upper:
        lotteries, cost = large.lotteries, large.upper
    lower, bound = _bound(inst, made)
    polarized = (large.lower, large.upper)
    seconds = time.perf_counter() - start
    return OnSupport(inst, made, min(lower, cost), cost, bound, polarized, lotteries, seconds)


def _bound(inst: Instance, types: list[FiniteTypes]) -> tuple[float, str]:
    if sum(own.size for own in types) <= MOST_TYPES_BIC:
        return solve_bic(inst, types, market="large").lower, "LM-BIC"
    return solve_full_information(inst, types).cost, "full information"


class _Searches:
    """Answers questions of row generation with the best menu found that is OSP on the support; nothing from above."""

    def __init__(
        self, inst: Instance, state: RowGeneration, threads: ThreadPoolExecutor, steps: int, seed: int
    ) -> None:
        self._threads_at_hand, self._state, self._steps = threads, state, steps
        self._seeds = np.random.SeedSequence(seed)
        self._supports: dict[int, tuple[Floats, Floats, Floats]] = {}
        for group in state.groups:
            several = [inst.preferences[j] for j in group.rows]
            # Rows that share a support function here may have supports of their own: rays must fit them all.
            low = np.min([p.lower_bounds for p in several], axis=0)
            high = np.max([p.upper_bounds for p in several], axis=0)
            finite = np.empty((0, inst.n_tasks))
            if not any(p.continuous for p in several):
                finite = np.vstack([p.discretize(1).costs for p in several])
            self._supports[id(group)] = (low, high, finite)

    def ask(self, questions: Sequence[Question]) -> list[SupportResult]:
        """The best menu of several starts for each question."""
        tasks = [(q, start, seed) for q in questions for start, seed in enumerate(self._seeds.spawn(STARTS))]
        menus = list(self._threads_at_hand.map(lambda task: self._menu(*task), tasks))
        found = []
        for k, question in enumerate(questions):
            worth = [
                (float(question.w @ menu.expected_assignment(question.types)), menu)
                for menu in menus[k * STARTS : (k + 1) * STARTS]
            ]
            value, menu = max(worth, key=lambda pair: pair[0])
            endowment_value = float(question.w @ question.endowment)
            found.append(SupportResult(value, float("inf"), "heuristic", "on support", 0.0, menu, endowment_value, {}))
        return found

    def _menu(self, question: Question, start: int, seed: np.random.SeedSequence) -> Menu:
        if (question.w <= 0).all():
            return Menu.remedial(question.endowment, np.zeros(question.w.size))
        group = next(
            g for g in self._state.groups
            if g.types is question.types and (g.endowment == question.endowment).all()
        )  # fmt: skip
        known = [menu for menu in group.menus if menu.kind == "rays"]
        known.sort(key=lambda menu: -float(question.w @ menu.expected_assignment(question.types)))
        rays = known[start].rays if start < min(3, len(known)) else np.empty((0, question.w.size))
        low, high, finite = self._supports[id(group)]
        types = question.types
        found = climb(
            rays, types.costs, types.weights, question.w, question.endowment, low, high, finite,
            question.w.size + MORE_RAYS, self._steps, np.random.default_rng(seed),
        )  # fmt: skip
        return Menu(question.endowment, found)
