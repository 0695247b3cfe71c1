"""A design: who is offered what in the market as it is, why, and what is certified of the large market."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes, Instance
from raymenu.instances.shown import Shown
from raymenu.mechanisms import OfferPlan
from raymenu.mechanisms.menus.lotteries import mixed_assignment, social_cost
from raymenu.solvers.eopr.estimate import REPORT, SELECTION, Estimate, estimate
from raymenu.solvers.large_market.large_market import LargeMarket
from raymenu.solvers.small_market import SmallMarketDesign
from raymenu.solvers.support.question import rounded_up

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
STATUS_QUO, ENDOWMENT = "status quo", "endowment"
LARGE_MARKET_MENUS = "large-market menus"


@dataclass(frozen=True)
class Option:
    """A mechanism for the market as it is.

    Attributes
    ----------
    mechanism
        Its name.
    plan
        Who is offered what.
    selection, report
        Its expected cost on the profiles on which mechanisms are compared, and on others, which nothing has seen.
    """

    mechanism: str
    plan: OfferPlan
    selection: Estimate
    report: Estimate

    @property
    def cost(self) -> float:
        """The expected social cost, as reported."""
        return self.report.cost

    @property
    def stderr(self) -> float:
        """Its standard error."""
        return self.report.stderr


@dataclass(frozen=True, eq=False)
class Certificate:
    """What is proven of the large market on finite types: lotteries, and prices that bound all others from below.

    Attributes
    ----------
    plan
        One lottery a row.
    types
        One ``FiniteTypes`` a row.
    drawn_with
        (number, seed) where the types are ``inst.types(number, seed)``; None where they were chosen.
    lower, prices, support_bounds
        As of ``LargeMarket``: ``lower = lambda . n - sum_j copies_j support_bounds_j``.
    """

    plan: OfferPlan
    types: list[FiniteTypes]
    drawn_with: tuple[int, int] | None
    lower: float
    prices: Floats
    support_bounds: Floats

    @classmethod
    def of(cls, large: LargeMarket, drawn_with: tuple[int, int] | None = None) -> Certificate:
        """The certificate of a solution; ``drawn_with`` is kept only where it gives the same types."""
        inst = large.instance
        if drawn_with is not None:
            again = inst.types(*drawn_with)
            if not all(one.same_as(other) for one, other in zip(again, large.types)):
                drawn_with = None
        plan = OfferPlan.make(inst, large.lotteries)
        return cls(plan, large.types, drawn_with, large.lower, large.prices, large.support_bounds)

    @cached_property
    def expected_assignments(self) -> list[list[Fraction]]:
        """(J, I), x_j of one agent of each row, exactly."""
        return [mixed_assignment(lottery, own) for lottery, own in zip(self.plan.lotteries, self.types)]

    @cached_property
    def upper(self) -> float:
        """The cost of the lotteries, rounded up from what it is exactly."""
        return rounded_up(social_cost(self.plan.inst, self.expected_assignments))


@dataclass(frozen=True, eq=False)
class Design(Shown):
    """Mechanisms for the market as it is, compared; one of them recommended.

    Attributes
    ----------
    instance
        The market.
    options
        The mechanisms compared, all on the same profiles; the endowment alone is one of them.
    recommended
        The option that costs least on the profiles of the selection; of equals the first.
    offer_seed
        Where the plan leaves who is offered which menu to a draw, the seed of that draw.
    certificate
        Of the large market, where it was solved.
    """

    instance: Instance
    options: Sequence[Option]
    recommended: Option
    offer_seed: int = 0
    certificate: Certificate | None = None

    @classmethod
    def of_small_market(cls, small: SmallMarketDesign, seed: int = 0) -> Design:
        """Without a large market beside it: all families of menus, and the endowment, compared.

        Parameters
        ----------
        seed
            The one that the small market was designed with.
        """
        options = [*compare(small.inst, {}, small.estimate.draws, seed), *options_of(small)]
        return cls(small.inst, options, recommend(options), seed)

    def summary(self) -> str:
        """What is recommended, and why."""
        return f"{self.instance.name}: {self.recommended.mechanism}; {self.reason}"

    def to_frame(self) -> pd.DataFrame:
        """The mechanisms compared: expected cost and its standard error."""
        import pandas as pd

        return pd.DataFrame(
            [{"mechanism": each.mechanism, "cost": each.cost, "stderr": each.stderr} for each in self.options]
        )

    @cached_property
    def plan(self) -> OfferPlan:
        """The recommended plan with every draw made: one menu for each single agent."""
        return self.recommended.plan.settled(self.offer_seed)

    def option(self, mechanism: str) -> Option | None:
        """An option by name."""
        return next((option for option in self.options if option.mechanism == mechanism), None)

    @property
    def reason(self) -> str:
        """Why the option is recommended, in words, from the options' numbers alone."""
        best, others = self.recommended, [option for option in self.options if option is not self.recommended]
        compared = ", ".join(f"{option.mechanism} {option.report.cost:.4g}" for option in others)
        beside = f" ({compared})" if others else ""
        if best.mechanism in (STATUS_QUO, ENDOWMENT):
            return f"nothing found costs less in this market{beside}"
        now, cost = self.instance.status_quo_cost, best.report.cost
        saved = f": {(now - cost) / abs(now):.1%} off the status quo" if now else ""
        return (
            f"least expected cost on {best.selection.draws} profiles drawn to choose; on {best.report.draws} others it "
            f"costs {cost:.4g} ± {best.report.stderr:.2g}{saved}{beside}"
        )


def keep_name(inst: Instance) -> str:
    """What keeping everything is called: the status quo, or the endowment where that is another."""
    return STATUS_QUO if inst.starts_at_status_quo else ENDOWMENT


def compare(inst: Instance, plans: Mapping[str, OfferPlan], draws: int, seed: int) -> list[Option]:
    """Every plan's expected cost on the same profiles: some to choose by, others to report.

    Parameters
    ----------
    plans
        By name, for the instance; the endowment alone is put in front of them.
    draws, seed
        Profiles of each of the two samples, and the user's seed.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.load("two_task_uniform")
    >>> [option.mechanism for option in compare(inst, {}, draws=10, seed=0)]
    ['status quo']
    """
    offered = {keep_name(inst): OfferPlan.keep(inst)} | dict(plans)
    selections, reports = (estimate(list(offered.values()), draws, seed + stream) for stream in (SELECTION, REPORT))
    return [Option(name, offered[name], *found) for name, *found in zip(offered, selections, reports)]


def options_of(small: SmallMarketDesign) -> list[Option]:
    """Every family's best menus, with the estimates that the design has made of them."""
    return [Option(row.family, row.plan, row.selection, row.estimate) for row in small.table]


def recommend(options: Sequence[Option]) -> Option:
    """The option of least cost on the profiles of the selection; of equals the first, which keeps everything."""
    return min(options, key=lambda option: option.selection.cost)
