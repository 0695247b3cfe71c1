"""Menus for the market as it is: families searched, selected on validation profiles, reported on fresh ones."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import InputError, Instance
from raymenu.instances.shown import Shown
from raymenu.mechanisms import Menu, OfferGroup, OfferPlan
from raymenu.mechanisms.conditions import Check
from raymenu.mechanisms.menus.lotteries import make_lottery
from raymenu.solvers.eopr.estimate import REPORT, SELECTION, Estimate, estimate
from raymenu.solvers.large_market.large_market import LargeMarket
from raymenu.solvers.small_market import families as strategies
from raymenu.solvers.small_market.baselines import polished_direction
from raymenu.solvers.small_market.checks import check_offers
from raymenu.solvers.small_market.choice_probabilities import Draws, Population
from raymenu.solvers.small_market.menus import improved_menus, large_market_menus
from raymenu.solvers.small_market.objective import Objective
from raymenu.solvers.small_market.offers import Offers
from raymenu.solvers.small_market.search import Candidate, Search, make_search
from raymenu.stopping import asked

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
LOG = logging.getLogger(__name__)
RANDOM, COMMON, BILATERAL = "polished random direction", "one common direction", "best bilateral trade"
PLANE, SPACE = "own directions in a plane", "own directions in three dimensions"
LARGE, IMPROVED = "large-market menus as they are", "large-market menus improved"
STATUS_QUO = "status quo"
AT_ONCE = 400
"""Profiles of the report after an interrupt."""
FAMILIES = (RANDOM, COMMON, BILATERAL, PLANE, LARGE, IMPROVED, SPACE)


@dataclass(frozen=True)
class FamilyResult:
    """The best of one family.

    Attributes
    ----------
    family
        Its name.
    selected
        Gain over the endowment on the sample it was optimised on; None where it was not optimised on one.
    selection, estimate
        Its expected cost on the profiles by which the family is chosen, and on those of the report, which neither the
        search nor the choice has seen.
    seconds
        Of the search.
    plan
        Who is offered what.
    """

    family: str
    selected: float | None
    selection: Estimate
    estimate: Estimate
    seconds: float
    plan: OfferPlan = field(repr=False)

    @property
    def gain(self) -> float:
        """Gain on the fresh profiles; ``selected - gain`` is the optimism of the search."""
        return self.plan.inst.endowment_cost - self.estimate.cost

    @property
    def stderr(self) -> float:
        """Standard error of the gain."""
        return self.estimate.stderr

    @property
    def worst(self) -> float:
        """The dearest fresh profile, as a cost."""
        return self.estimate.dearest

    @property
    def optimism(self) -> float | None:
        """Selection gain less fresh gain."""
        return None if self.selected is None else self.selected - self.gain


@dataclass(frozen=True)
class SmallMarketDesign(Shown):
    """Menus for the market as it is.

    Attributes
    ----------
    plan
        Who is offered what: groups of agents with a menu each.
    estimate
        Expected social cost of EOPR with these menus in the market as it is, on fresh profiles that neither the search
        nor the selection has seen.
    directions
        (L, I), the distinct directions of exchange, opposite rays counted once.
    family
        The family that won.
    table
        The best of every family, on the same fresh profiles.
    stopped
        None, or why the search ended early ("time limit", "interrupted").
    """

    inst: Instance
    plan: OfferPlan
    estimate: Estimate
    directions: Floats
    family: str
    table: list[FamilyResult]
    seconds: float
    stopped: str | None = None

    def summary(self) -> str:
        """The family that won, and its expected cost."""
        ended = "" if self.stopped is None else f" (stopped: {self.stopped})"
        return (
            f"{self.inst.name}: {self.family}, expected cost {self.cost:.6g} with standard error {self.stderr:.2g}; "
            f"the endowment costs {self.endowment_cost:.6g}{ended}"
        )

    def to_frame(self) -> pd.DataFrame:
        """One line for each family: what its best menus save, on fresh profiles."""
        import pandas as pd

        return pd.DataFrame(
            [
                {"family": row.family, "cost": row.estimate.cost, "stderr": row.estimate.stderr, "gain": row.gain}
                for row in self.table
            ]
        )

    @property
    def menus(self) -> list[Menu]:
        """One a row, (J,); where copies of one row are offered different menus, one a single agent in the order of
        ``inst.agent_rows``. Either form is what ``raymenu.allocate`` takes."""
        groups = self.plan.groups
        return [menu for _, menu in self.plan.holders] if len(groups) == self.inst.n_agents else self.plan.menus()

    @property
    def cost(self) -> float:
        """The expected social cost."""
        return self.estimate.cost

    @property
    def stderr(self) -> float:
        """Its standard error."""
        return self.estimate.stderr

    @property
    def endowment_cost(self) -> float:
        """What no profile costs more than."""
        return self.inst.endowment_cost

    @property
    def gain(self) -> float:
        """Expected saving over the endowment."""
        return self.endowment_cost - self.cost

    def check(self) -> Check:
        """Groups, polarization and participation, recomputed exactly.

        Participation is asked of the endowment, with which any profile may leave an agent, against the status quo.
        """
        return check_offers(self.plan)


def design_small_market(
    inst: Instance,
    types: int = 200,
    seed: int = 0,
    *,
    effort: float = 1.0,
    families: Sequence[str] | None = None,
    large_market: LargeMarket | None = None,
    profiles: int | None = None,
    time_limit: float | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> SmallMarketDesign:
    """Menus that clear in the market as it is: the least expected EOPR cost over families of polarized menus.

    Parameters
    ----------
    inst
        Its ``copies`` are the market.
    types
        Types of each continuous distribution that the searches use, but at least 2,048, from 100 copies on 8,192;
        finite ones are used whole.
    seed
        Equal seeds, equal designs, as long as no limit interferes.
    effort
        Multiplies the number of starts; ten times the starts take about seven times as long.
    families
        Names from ``FAMILIES``; all by default. Families that start from others' results start without them where
        these are left out.
    large_market
        A solution of the large market at hand: its menus join the starts of the families that begin there.
    profiles
        Fresh profiles of the report; default 10,000, fewer where there are more than 200 agents.
    time_limit
        Seconds; the family at work then ends with the best it has, and the best design so far is reported. An
        interrupt from the keyboard does the same.
    progress
        Called with each family's name and its gain on the selection sample.

    Raises
    ------
    InputError
        Where an argument is out of range.

    Examples
    --------
    >>> import raymenu
    >>> design = raymenu.design_small_market(raymenu.load("two_task_uniform"), effort=0.1, profiles=500)
    >>> design.cost <= design.endowment_cost, all(menu.is_polarized() for menu in design.menus)
    (True, True)
    """
    inst.require_burdens("the design of menus")
    _check(types, effort, families, profiles, time_limit)
    begun = time.perf_counter()
    deadline = begun + (np.inf if time_limit is None else time_limit)
    search = make_search(inst, seed, effort, deadline, types)
    solved = None if large_market is None else OfferPlan.make(large_market.instance, large_market.lotteries)
    found: dict[str, list[Candidate]] = {}
    seconds: dict[str, float] = {}
    stopped = None
    try:
        for name, family in _searches(search, found, solved):
            if families is not None and name not in families:
                continue
            if search.out_of_time() and found:
                break
            start = time.perf_counter()
            found[name] = search.run(family)
            seconds[name] = time.perf_counter() - start
            LOG.info("%s: %d candidates in %.1f s", name, len(found[name]), seconds[name])
            if progress is not None and found[name]:
                progress(name, found[name][0].gain)
    except KeyboardInterrupt:
        search.interrupt()
    if search.out_of_time():
        stopped = "interrupted" if search.interrupted or asked() else "time limit"
        if stopped == "interrupted":
            profiles = min(profiles or AT_ONCE, AT_ONCE)
    return _report(search, found, seconds, profiles, begun, stopped)


def _searches(
    search: Search, found: dict[str, list[Candidate]], solved: OfferPlan | None
) -> list[tuple[str, Callable[[], list[Candidate]]]]:
    """Names of families and how each is searched, in an order in which later ones build on earlier ones."""

    def offers_of(name: str) -> list[Offers]:
        return [each.offers for each in found.get(name, [])]

    def baseline() -> list[Candidate]:
        offers, gain = polished_direction(search.inst, search.seed + 3, search.out_of_time)
        return [Candidate(offers, gain)]

    return [
        (RANDOM, baseline),
        (COMMON, lambda: strategies.one_direction(search, offers_of(RANDOM))),
        (BILATERAL, lambda: strategies.one_trade(search)),
        (PLANE, lambda: strategies.own_directions(search, 2, offers_of(COMMON)[:1])),
        (LARGE, lambda: large_market_menus(search, solved)),
        (IMPROVED, lambda: improved_menus(search, offers_of(LARGE), enough=_best(found))),
        (SPACE, lambda: _space(search, found)),
    ]


def _space(search: Search, found: dict[str, list[Candidate]]) -> list[Candidate]:
    """Directions in three dimensions: only where the plane is not beaten by menus in general position."""
    if search.inst.n_tasks < 3 or (PLANE in found and found[PLANE][0].gain < _best(found)):
        return []
    return strategies.own_directions(search, 3, number=8, enough=_best(found))


def _best(found: dict[str, list[Candidate]]) -> float:
    return max((each[0].gain for each in found.values() if each), default=0.0)


def _report(
    search: Search,
    found: dict[str, list[Candidate]],
    seconds: dict[str, float],
    profiles: int | None,
    begun: float,
    stopped: str | None,
) -> SmallMarketDesign:
    """Candidates of a family by many types; families on profiles of their own; then the table on fresh ones."""
    inst = search.inst
    agents = int(inst.copies.sum())
    size = profiles or int(np.clip(2_000_000 // agents, 400, 10_000))
    names, chosen = [], []
    judge = Objective(
        Population(inst, 2**15, search.seed + 101), Draws(inst, _validation_size(agents), search.seed + 102)
    )
    for name, candidates in found.items():
        best = max(candidates[:3], key=lambda each: judge.gain(each.offers.quantised()), default=None)
        if best is not None:
            names.append(name)
            chosen.append(best)
    plans = [plan_of(each.offers) for each in chosen] or [OfferPlan.keep(inst)]
    selections = estimate(plans, size, search.seed + SELECTION)
    reports = estimate(plans, size, search.seed + REPORT)
    table = [
        FamilyResult(name, candidate.gain, selection, report, seconds.get(name, 0.0), plan)
        for name, candidate, selection, report, plan in zip(names, chosen, selections, reports, plans)
    ]
    winner = int(np.argmin([selection.cost for selection in selections]))
    return SmallMarketDesign(
        inst,
        plans[winner],
        reports[winner],
        _directions(plans[winner]),
        names[winner] if names else STATUS_QUO,
        table,
        time.perf_counter() - begun,
        stopped,
    )


def _validation_size(agents: int) -> int:
    return int(np.clip(1_000_000 // agents, 400, 10_000))


def plan_of(offers: Offers) -> OfferPlan:
    """The offers as exact menus; rows that are offered nothing keep their endowment."""
    inst = offers.inst
    exact = offers.quantised()
    menus = exact.group_menus()
    groups = []
    for row in range(inst.n_agents):
        mine = np.flatnonzero(exact.rows == row)
        groups += [OfferGroup(row, int(exact.sizes[g]), make_lottery(menus[g])) for g in mine]
        if mine.size == 0:
            groups.append(OfferGroup(row, int(inst.copies[row]), make_lottery(Menu(inst.endowment[row]))))
    return OfferPlan(inst, tuple(groups))


def _directions(plan: OfferPlan) -> Floats:
    """(L, I), one a line of rays, at length 1; opposite rays are one."""
    lines: list[Floats] = []
    for _, menu in plan.holders:
        for ray in menu.rays:
            unit = ray / np.abs(ray).max()
            if not any(np.allclose(unit, sign * line, rtol=1e-12, atol=0) for line in lines for sign in (1, -1)):
                lines.append(unit)
    return np.array(lines).reshape(-1, plan.inst.n_tasks)


def _check(
    types: int, effort: float, names: Sequence[str] | None, profiles: int | None, time_limit: float | None
) -> None:
    if types < 1:
        raise InputError(f"{types} types asked for: ask for at least 1", field="types")
    if not effort > 0:
        raise InputError(f"effort {effort} given: give a positive number", field="effort")
    for name in names or ():
        if name not in FAMILIES:
            raise InputError(f"{name!r} is no family: choose among {', '.join(FAMILIES)}", field="families")
    if profiles is not None and profiles < 2:
        raise InputError(f"{profiles} profiles asked for: a standard error needs at least 2", field="profiles")
    if time_limit is not None and not time_limit >= 0:
        raise InputError(f"a time limit of {time_limit} given: give seconds, at least 0", field="time_limit")
