"""The ladder of benchmarks, all on the same finite types, and the value of choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from raymenu.instances import FiniteTypes, Instance
from raymenu.mechanisms import BilateralTrade, Menu
from raymenu.models.finite import Types, finite_types
from raymenu.solvers.bic import BicMechanism, solve_bic
from raymenu.solvers.bilateral import best_bilateral_trade, certifying_trade
from raymenu.solvers.constant import solve_first_best, solve_no_choice
from raymenu.solvers.interim import solve_full_information
from raymenu.solvers.simulation import simulate
from raymenu.solvers.theorem1 import Answer, Decision, decide, explain

NAMES = (
    "first_best", "full_information", "lm_bic", "lm_osp", "bic", "eopr", "bilateral", "no_choice", "status_quo",
)  # fmt: skip
BELOW = (
    ("first_best", "full_information"),
    ("full_information", "lm_bic"),
    ("lm_bic", "lm_osp"),
    ("lm_osp", "eopr"),
    ("eopr", "status_quo"),
    ("lm_bic", "bic"),
    ("bic", "no_choice"),
    ("bic", "eopr"),
    ("bic", "bilateral"),
    ("lm_osp", "bilateral"),
    ("bilateral", "status_quo"),
    ("no_choice", "status_quo"),
)
"""Pairs of rungs of which the first is never dearer."""
MOST_TYPES_BIC = 400
"""Types of all rows together up to which program (1) is solved for the ladder."""
MOST_TYPES_LARGE = 1200
"""... and LM-BIC."""


@dataclass(frozen=True)
class Rung:
    """One benchmark: its social cost lies between ``lower`` and ``upper``.

    Attributes
    ----------
    name
        One of ``NAMES``.
    lower, upper
        Equal for a program solved to optimality; a certificate for ``lm_osp``; 95% confidence for ``eopr``.
    note
        What stands behind it.
    """

    name: str
    lower: float
    upper: float
    note: str = ""


def order_violations(ladder: Sequence[Rung], tolerance: float = 1e-7) -> list[tuple[str, str]]:
    """The pairs of rungs that stand in the wrong order beyond doubt; empty on a right ladder.

    Parameters
    ----------
    tolerance
        Relative to the size of the status quo's rung.
    """
    rungs = {rung.name: rung for rung in ladder}
    scale = tolerance * max((abs(rung.upper) for rung in ladder), default=0.0)
    return [
        (low, high)
        for low, high in BELOW
        if low in rungs and high in rungs and rungs[low].lower > rungs[high].upper + scale
    ]


def price_of_obviousness(ladder: Sequence[Rung]) -> tuple[float, float] | None:
    """``(LM-OSP - LM-BIC) / (status quo - LM-BIC)`` as an interval: the share of the gain that obviousness costs.

    None where a rung is missing or there is nothing to gain.
    """
    rungs = {rung.name: rung for rung in ladder}
    if not {"lm_osp", "lm_bic", "status_quo"} <= set(rungs):
        return None
    bic, osp, quo = rungs["lm_bic"].upper, rungs["lm_osp"], rungs["status_quo"].upper
    if quo - bic <= 1e-9 * max(abs(quo), 1e-300):
        return None
    return max((osp.lower - bic) / (quo - bic), 0.0), (osp.upper - bic) / (quo - bic)


def program_rungs(inst: Instance, types: list[FiniteTypes], seed: int = 0) -> list[Rung]:
    """The rungs that need no menus: first best, full information, LM-BIC, BIC, no choice, status quo.

    The BIC rungs are left out where there are too many types (``MOST_TYPES_LARGE``, ``MOST_TYPES_BIC``).
    """
    total = sum(made.size for made in types)
    found = [
        _exact("first_best", solve_first_best(inst).cost, "market clearing alone"),
        _exact("full_information", solve_full_information(inst, types).cost, "participation, types known"),
    ]
    if total <= MOST_TYPES_LARGE:
        large = solve_bic(inst, types, market="large")
        found.append(_proven("lm_bic", large, "Bayesian incentive compatible, large market"))
    if total <= MOST_TYPES_BIC:
        finite = solve_bic(inst, types)
        found.append(_proven("bic", finite, f"program (1), {finite.form} form"))
    found.append(_exact("no_choice", solve_no_choice(inst, types).cost, "best constant mechanism on these types"))
    found.append(_exact("status_quo", inst.status_quo_cost, "everything as it is"))
    return found


def bilateral_rung(inst: Instance, trade: BilateralTrade | None) -> Rung:
    """The status quo less the expected gain of the best bilateral trade found."""
    gain = trade.gain if trade is not None else 0.0
    return _exact("bilateral", inst.status_quo_cost - gain, "best exchange found between two agents")


def eopr_rung(
    inst: Instance,
    types: list[FiniteTypes],
    lotteries: Sequence[Sequence[tuple[float, Menu]] | Menu],
    draws: int = 2000,
    seed: int = 0,
) -> Rung:
    """The expected cost of menus in the instance's own market under EOPR: mean and 1.96 standard errors either side."""
    found = simulate(inst, lotteries, replicas=[1], draws=draws, types=types, seed=seed)
    mean, half = float(found.cost[0]), 1.96 * float(found.stderr[0])
    return Rung("eopr", mean - half, mean + half, f"large-market menus in this market, {draws} profiles, 95%")


def sort_ladder(rungs: Sequence[Rung]) -> list[Rung]:
    """The rungs in the order of ``NAMES``."""
    return sorted(rungs, key=lambda rung: NAMES.index(rung.name))


def _exact(name: str, cost: float, note: str) -> Rung:
    return Rung(name, cost, cost, note)


def _proven(name: str, found: BicMechanism, note: str) -> Rung:
    return Rung(name, min(found.lower, found.cost), found.cost, note)


@dataclass(frozen=True)
class ValueOfChoice:
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


def value_of_choice(inst: Instance, types: Types = 20, seed: int = 0) -> ValueOfChoice:
    """The ladder of an instance and Theorem 1's verdict (section 2).

    Parameters
    ----------
    types, seed
        A number of types a row, or ``FiniteTypes``; seed of the discretisation, the trade's search and the sampling.

    Raises
    ------
    InputError
        Where the types do not fit the instance.

    Examples
    --------
    >>> import raymenu
    >>> v = value_of_choice(raymenu.load("two_task_finite"))
    >>> v.verdict, v.reason[:51]
    ('undecided', "undecided by Theorem 1: 'agent 1' has finitely many")
    >>> v.trade.improves(), order_violations(v.ladder)
    (True, [])
    """
    made = finite_types(inst, types, seed)
    decision = decide(inst)
    trade = best_bilateral_trade(inst, made, seed)
    rungs = program_rungs(inst, made, seed)
    rungs.append(bilateral_rung(inst, trade))
    if decision.verdict != "not valuable" and trade is None:
        trade = certifying_trade(inst)
    reason = explain(inst, decision, trade)
    shown = None if decision.verdict == "not valuable" else trade
    return ValueOfChoice(inst, made, sort_ladder(rungs), decision, shown, reason)


def _spread(inst: Instance) -> float:
    """How far costs can differ at all: the size below which a difference of costs means nothing."""
    spread = inst.performance.max(axis=0) - inst.performance.min(axis=0)
    return float(inst.counts @ spread)
