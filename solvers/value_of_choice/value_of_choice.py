"""The value of choice: Theorem 1's verdict, the trade that proves it, and the ladder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from raymenu.instances import FiniteTypes, Instance
from raymenu.instances.shown import Shown
from raymenu.mechanisms import BilateralTrade
from raymenu.models.finite import Types, finite_types
from raymenu.solvers.large_market.large_market import LargeMarket, solve_large_market
from raymenu.solvers.large_market.on_support import solve_on_support
from raymenu.solvers.value_of_choice.bilateral import best_bilateral_trade
from raymenu.solvers.value_of_choice.certifying import certifying_trade
from raymenu.solvers.value_of_choice.ladder import bilateral_rung, menu_rungs, program_rungs, support_rung
from raymenu.solvers.value_of_choice.rungs import Rung, ordered, price_of_obviousness
from raymenu.solvers.value_of_choice.theorem_1 import Answer, Decision, decide, explain, with_rules

if TYPE_CHECKING:
    import pandas as pd

GAP_OF_GAIN = 0.03
SMALLEST_GAP = 1e-9


@dataclass(frozen=True)
class ValueOfChoice(Shown):
    """Does choice pay, how much, and against which benchmark.

    Attributes
    ----------
    ladder
        The rungs in order, all on the same finite types; a rung not computed is absent.
    decision
        What Theorem 1 says, hypothesis by hypothesis.
    trade
        A bilateral trade that improves upon the status quo, with Lemma 2's conditions decided exactly; or None.
    reason
        The verdict in words.
    """

    inst: Instance
    types: list[FiniteTypes]
    ladder: list[Rung]
    decision: Decision
    trade: BilateralTrade | None
    reason: str

    def summary(self) -> str:
        """The verdict and its reason."""
        return f"{self.inst.name}: choice is {self.verdict}. {self.reason}"

    def to_frame(self) -> pd.DataFrame:
        """The ladder: name, lower, upper and what stands behind each rung."""
        import pandas as pd

        return pd.DataFrame([{"name": r.name, "lower": r.lower, "upper": r.upper, "note": r.note} for r in self.ladder])

    @property
    def verdict(self) -> Answer:
        """Theorem 1's answer: "valuable", "not valuable" or "undecided"."""
        return self.decision.verdict

    def rung(self, name: str) -> Rung | None:
        """One rung by name."""
        return next((rung for rung in self.ladder if rung.name == name), None)

    @property
    def pays_on_types(self) -> bool | None:
        """Whether program (1) beats the better of the status quo and the best constant mechanism on these types.

        None where program (1) was left out. It can differ from Theorem 1's verdict, which is about the whole support:
        gains may lie only on types that the discretisation has left out, and on few types constant mechanisms have
        fewer types to please. With every corner of a box among the types the two agree.
        """
        bic, constant, quo = self.rung("bic"), self.rung("no_choice"), self.rung("status_quo")
        if bic is None or constant is None or quo is None:
            return None
        least = min(constant.upper, quo.upper)
        return bic.upper < least - 1e-7 * max(abs(least), _spread(self.inst))

    @property
    def price_of_obviousness(self) -> tuple[float, float] | None:
        """See ``price_of_obviousness``."""
        return price_of_obviousness(self.ladder)


def value_of_choice(
    inst: Instance,
    types: Types = 20,
    seed: int = 0,
    rel_gap: float = 1e-2,
    time_limit: float | None = 60.0,
    large_market: LargeMarket | None = None,
    backend: str = "highs",
    on_support: bool = False,
) -> ValueOfChoice:
    """The ladder of an instance and Theorem 1's verdict (section 2).

    Parameters
    ----------
    types, seed
        A number of types a row, or ``FiniteTypes``; seed of the discretisation, the trade's search and the sampling.
    rel_gap, time_limit
        For the large market: the gap to certify, and the seconds after which the interval reached will do. The gap is
        narrower where the best mechanisms gain little of the status quo: at most ``GAP_OF_GAIN`` of what LM-BIC gains.
        A time limit of 0 leaves the rungs out that stand on menus.
    large_market
        A solution of the large market to use instead; its types are the ladder's.
    backend
        Who solves the linear programs: see ``raymenu.solvers.backends``.
    on_support
        Add the rung of menus that are OSP on the support only (``solve_on_support``): they cost less than those that
        are OSP whatever the costs may be, and their search takes a minute.

    Raises
    ------
    InputError
        Where the types do not fit the instance, a task is a transfer for which the theory is not settled, or the
        backend cannot solve linear programs.

    Examples
    --------
    >>> import raymenu
    >>> v = value_of_choice(raymenu.load("two_task_finite"))
    >>> v.verdict, v.reason[:51]
    ('undecided', "undecided by Theorem 1: 'agent 1' has finitely many")
    >>> v.trade.improves(), [rung.name for rung in v.ladder][-2:]
    (True, ['no_choice', 'status_quo'])
    """
    inst.require_burdens("the value of choice")
    made = finite_types(inst, types, seed) if large_market is None else large_market.types
    decision = decide(inst)
    trade = best_bilateral_trade(inst, made, seed, backend=backend)
    rungs = program_rungs(inst, made, backend)
    rungs.append(bilateral_rung(inst, trade))
    if large_market is None and time_limit != 0 and inst.starts_at_status_quo:
        gap = _gap_of_gain(rungs, rel_gap)
        large_market = solve_large_market(inst, made, seed, rel_gap=gap, time_limit=time_limit, backend=backend)
    if large_market is not None:
        rungs += menu_rungs(inst, large_market, seed=seed)
        if on_support and inst.starts_at_status_quo:
            rungs.append(support_rung(solve_on_support(inst, seed=seed, large_market=large_market)))
    if decision.verdict != "not valuable" and trade is None:
        trade = certifying_trade(inst, backend)
    decision = with_rules(inst, decision, trade)
    reason = explain(inst, decision, trade)
    shown = None if decision.verdict == "not valuable" else trade
    return ValueOfChoice(inst, made, ordered(rungs), decision, shown, reason)


def _gap_of_gain(rungs: list[Rung], rel_gap: float) -> float:
    """The relative gap at which the large market is known to ``GAP_OF_GAIN`` of what there is to gain."""
    known = {rung.name: rung for rung in rungs}
    quo = known["status_quo"].upper
    least = known.get("lm_bic", known["full_information"])
    share = GAP_OF_GAIN * (quo - least.lower) / max(abs(quo), 1e-300)
    return min(rel_gap, max(share, SMALLEST_GAP))


def _spread(inst: Instance) -> float:
    """How far costs can differ at all: the size below which a difference of costs means nothing."""
    spread = inst.performance.max(axis=0) - inst.performance.min(axis=0)
    return float(inst.counts @ spread)
