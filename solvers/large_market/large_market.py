"""The large-market program (5) and its dual (6), solved by row generation with a two-sided certificate.

The master is (6) with each S_j known from below by generated columns; it proposes prices. At prices lambda the oracle
brackets S_j(lambda - pi_j): its menu is a new column, its UPPER bound gives
``lambda . n - sum_j copies_j upper_j <= V``. The upper bound on V is the cost of an explicit lottery over the menus.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes, InputError, Instance
from raymenu.instances.shown import Shown
from raymenu.mechanisms.conditions import Check, Checker
from raymenu.mechanisms.menus.lotteries import Lottery, mixed_assignment, social_cost, total_assignment
from raymenu.mechanisms.participation import losses_in_full
from raymenu.mechanisms.reach import Region
from raymenu.models.finite import Types, finite_types
from raymenu.solvers import backends
from raymenu.solvers.backends import Feature
from raymenu.solvers.large_market.bounds import reached_upper
from raymenu.solvers.large_market.oracles import oracles
from raymenu.solvers.large_market.resources import Resources, exact_moved
from raymenu.solvers.large_market.row_generation import Progress, RowGeneration
from raymenu.solvers.support import SupportQuestion
from raymenu.solvers.support.registry import chosen

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LargeMarket(Shown):
    """A certified solution of the large-market OSP program (5).

    Attributes
    ----------
    lower, upper
        ``lower <= V <= upper``, rounded outwards; ``upper`` is the cost of ``lotteries``, ``lower`` comes from upper
        bounds of every S_j. V is the least expected cost of trading mechanisms that are OSP for EVERY positive cost
        vector (Theorem 2) with this endowment and clearing in expectation. Menus whose rays conflict only for costs
        outside the types' support are OSP on it and not among these: V does not bound them;
        ``solve_bic(..., market="large")`` bounds them all.
    prices
        lambda, (I,): social cost at the margin of each task, at which ``lower`` was proven.
    support_bounds
        (J,), u_j >= S_j(lambda - pi_j) at these prices: ``lower = lambda . n - sum_j copies_j u_j``.
    joint_prices
        (R,), of the rows about several agents in the rules, at most 0 in "at most" form: they add to the tasks' prices.
        With them ``lower = lambda . n + p . limits - sum_j copies_j u_j``; see ``resources.Resources``.
    tilts
        (J, I), of each row's question where joint rules count ``|mu - sigma|``; else 0.
    lotteries
        One list of (probability, menu) a row. A probability multiplies like any float; its ``exact`` is a rational, and
        these sum to 1.
    status
        "optimal" where the gap asked for was reached, else "feasible": the interval holds all the same.
    types
        The finite types it was solved on, one a row.
    rounds, seconds
        Rounds of prices, and wall-clock time.
    """

    instance: Instance = field(repr=False)
    types: list[FiniteTypes] = field(repr=False)
    lower: float
    upper: float
    prices: Floats
    support_bounds: Floats
    lotteries: list[Lottery] = field(repr=False)
    status: Literal["optimal", "feasible"]
    rounds: int
    seconds: float
    joint_prices: Floats = field(default_factory=lambda: np.zeros(0))
    tilts: Floats | None = field(default=None, repr=False)

    @property
    def rule_prices(self) -> dict[str, float]:
        """By rule, what the social cost would fall by, at the margin, if each of its limits were one task wider.

        Of rules about single agents it is what longer rays of the same menus would save at these prices.
        """
        return marginal_rule_prices(
            self.instance, self.lotteries, self.types, np.append(self.prices, self.joint_prices)
        )

    def summary(self) -> str:
        """The certified interval, and how it was reached."""
        return (
            f"{self.instance.name}, large market: {self.lower:.6g} <= V <= {self.upper:.6g} ({self.status}, gap "
            f"{self.gap:.2%}, {self.rounds} rounds, {self.seconds:.1f} s); the status quo costs "
            f"{self.instance.status_quo_cost:.6g}"
        )

    def to_frame(self) -> pd.DataFrame:
        """One line for each menu of each lottery: agent, probability, kind and number of rays."""
        import pandas as pd

        lines = [
            {"agent": name, "probability": float(p), "kind": menu.kind, "rays": menu.size}
            for name, lottery in zip(self.instance.agents, self.lotteries)
            for p, menu in lottery
        ]
        return pd.DataFrame(lines)

    @property
    def gap(self) -> float:
        """``(upper - lower) / |upper|``."""
        return (self.upper - self.lower) / abs(self.upper) if self.upper != self.lower else 0.0

    def expected_assignment(self) -> list[list[Fraction]]:
        """(J, I), x_j of one agent of each row, exactly."""
        return [mixed_assignment(lottery, types) for lottery, types in zip(self.lotteries, self.types)]

    def check(self) -> Check:
        """Clearing in expectation, weights, polarization, participation and the stated cost, recomputed exactly.

        Participation is asked of every menu executed in full, against the status quo; it can fail where the endowment
        is another, for program (5) does not ask for it.
        """
        checker = Checker(self.instance)
        assignments = self.expected_assignment()
        checker.clearing(np.array([float(held) for held in total_assignment(self.instance, assignments)]))
        missed = abs(social_cost(self.instance, assignments) - Fraction(self.upper))
        checker.note("cost", float(missed) / max(abs(self.upper), 1e-300), "the stated upper bound")
        for j, lottery in enumerate(self.lotteries):
            place = f"agent {self.instance.agents[j]!r}"
            checker.note("lottery weights", float(abs(sum((p.exact for p, _ in lottery), Fraction(0)) - 1)), place)
            checker.note("polarization", float(any(not menu.is_polarized() for _, menu in lottery)), place)
            loss = losses_in_full(self.instance, j, [menu for _, menu in lottery], self.types[j])
            checker.note("participation", loss.ratio - 1.0 if loss else 0.0, f"{place}: {loss}")
        if self.instance.rules:
            self._check_rules(checker)
        return checker.done()

    def _check_rules(self, checker: Checker) -> None:
        """Rules about one agent of every ray executed in full, those about several of expectations."""
        inst, rules = self.instance, self.instance.compiled_rules
        used = rules_used(inst, self.lotteries, self.types)
        over = np.zeros(len(rules))
        limits = Resources(inst).limits[inst.n_tasks :]
        over[rules.joint] = [float(u - Fraction(limit)) for u, limit in zip(used, limits.tolist())]
        checker.rules(np.where(np.isin(np.arange(len(rules)), rules.joint), over, 0.0), " in expectation")
        for j, lottery in enumerate(self.lotteries):
            whole = inst.endowment.copy()
            for _, menu in lottery if rules.own[j] else ():
                for bundle in menu.endowment + menu.rays if menu.kept is None else menu.kept[None]:
                    whole[j] = bundle
                    own = np.zeros(len(rules))
                    own[rules.own[j]] = rules.broken(whole)[rules.own[j]]
                    checker.rules(own, f", agent {inst.agents[j]!r}")


def rules_used(inst: Instance, lotteries: Sequence[Lottery], types: Sequence[FiniteTypes]) -> list[Fraction]:
    """(R,), what lotteries use of each joint row of the rules, in "at most" form, exactly."""
    resources = Resources(inst)
    if not resources.rows:
        return []
    used = [Fraction(0)] * len(resources.rows)
    for j, lottery in enumerate(lotteries):
        y = mixed_assignment(lottery, types[j])
        moved = [Fraction(0)] * inst.n_tasks
        for p, menu in lottery if resources.changes[j].any() else ():
            moved = [m + p.exact * d for m, d in zip(moved, exact_moved(inst, j, menu, types[j]))]
        for r in range(len(used)):
            terms = zip(resources.amounts[j, r].tolist(), y, resources.changes[j, r].tolist(), moved)
            used[r] += int(inst.copies[j]) * sum(
                (Fraction(a) * x + Fraction(g) * d for a, x, g, d in terms), Fraction(0)
            )
    return used


def marginal_rule_prices(
    inst: Instance, lotteries: Sequence[Lottery], types: Sequence[FiniteTypes], prices: Floats
) -> dict[str, float]:
    """What one more task in each rule's rows saves at prices (I + R,), with the menus of these lotteries."""
    rules, resources = inst.compiled_rules, Resources(inst)
    if not len(rules):
        return {}
    saved = np.zeros(len(rules))
    saved[rules.joint] = np.abs(prices[inst.n_tasks :])
    worth, moving = resources.worth(prices)
    for j, lottery in enumerate(lotteries):
        region = Region.of(inst, j)
        for p, menu in lottery if region.size else ():
            for ray, chance in zip(menu.rays, menu.acceptance(types[j])):
                stopped = region.reach(2.0 * ray)
                if stopped.row >= 0 and stopped.share < 0.5 * (1 + 1e-9):
                    gain = (worth[j] - inst.performance[j]) @ ray + moving[j] @ np.abs(ray)
                    saved[stopped.row] += float(inst.copies[j] * p * chance) * max(gain, 0.0) / (0.5 * stopped.slope)
    return rules.by_rule(saved)


def solve_large_market(
    inst: Instance,
    types: Types = 200,
    seed: int = 0,
    rel_gap: float = 1e-2,
    method: str = "auto",
    executor: Executor | None = None,
    checkpoint: str | Path | None = None,
    time_limit: float | None = None,
    progress: Progress | None = None,
    max_rounds: int | None = None,
    backend: str = "highs",
) -> LargeMarket:
    """Solve the outer program (5) through its dual (6), with certified bounds (Proposition 2).

    ``V = min sum_j copies_j pi_j . x_j`` over x_j in F_j with ``sum_j copies_j x_j = n``
    ``  = max_lambda lambda . n - sum_j copies_j S_j(lambda - pi_j)``.

    With rules: those about one agent shorten the rays of its menus, for every type; those about several hold in
    expectation, with prices of their own. The value then bounds every mechanism that keeps the rules in every profile.

    Parameters
    ----------
    types
        Types an agent, drawn with ``seed``; or one ``FiniteTypes`` a row.
    rel_gap
        Stop when ``upper - lower <= rel_gap |upper|``.
    method
        Method of the support function; one without upper bounds leaves ``lower`` at minus infinity.
    executor
        Any ``concurrent.futures.Executor`` for the oracles, of processes or of other machines, or a
        ``dask.distributed.Client``. Default: one thread per core for the compiled methods, which need no more.
    checkpoint
        A file in which columns and bounds are kept after every round; an interrupted solve goes on from it.
    time_limit
        Seconds of search, after compilation; at the limit the interval reached is returned with status "feasible".
    progress
        Called after each round with (round, lower, upper).
    max_rounds
        Rounds of prices after which the interval reached is returned: a limit that counts work, not time.
    backend
        Who solves the linear programs; the oracles have their ``method``: see ``raymenu.solvers.backends``.

    Raises
    ------
    InputError
        Where types do not fit the instance, a checkpoint belongs to another problem, or the backend cannot solve linear
        programs.

    Examples
    --------
    >>> import raymenu
    >>> lm = solve_large_market(raymenu.load("anaesthesia"), types=20, rel_gap=0.05)
    >>> lm.status, bool(lm.lower <= lm.upper < lm.instance.status_quo_cost)
    ('optimal', True)
    """
    inst.require_burdens("the large market of menus")
    if not 0 < rel_gap < 1:
        raise InputError(f"a relative gap lies between 0 and 1, given {rel_gap}", field="rel_gap")
    backends.backend(backend, needs=Feature.LINEAR)  # refused before anything is compiled or built
    own_types = finite_types(inst, types, seed)
    if time_limit is None or time_limit > 0:
        chosen(SupportQuestion.make(own_types[0], inst.endowment[0], inst.performance[0]), method).prepare()
    start = time.perf_counter()
    search = RowGeneration(inst, own_types, method, rel_gap, checkpoint, backend)
    with oracles(executor, method) as asked:
        search.run(asked, time_limit, max_rounds, progress)
    lotteries = search.lotteries()
    # The status rests on the numbers handed out, not on the master's.
    assignments = [mixed_assignment(lottery, own) for lottery, own in zip(lotteries, own_types)]
    upper = reached_upper(inst, search.best_prices, assignments, rules_used(inst, lotteries, own_types))
    return LargeMarket(
        instance=inst,
        types=own_types,
        lower=search.lower,
        upper=upper,
        prices=search.best_prices[: inst.n_tasks],
        joint_prices=search.best_prices[inst.n_tasks :],
        tilts=search.tilts,
        support_bounds=search.support_bounds,
        lotteries=lotteries,
        status="optimal" if upper - search.lower <= rel_gap * abs(upper) else "feasible",
        rounds=search.rounds,
        seconds=time.perf_counter() - start,
    )
