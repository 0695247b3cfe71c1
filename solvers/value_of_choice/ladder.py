"""The ladder of benchmarks, all on the same finite types."""

from __future__ import annotations

from collections.abc import Callable

from raymenu.instances import FiniteTypes, Instance
from raymenu.mechanisms import BilateralTrade, OfferPlan
from raymenu.solvers.bic.constant_mechanisms import ConstantMechanism, solve_first_best, solve_no_choice
from raymenu.solvers.bic.full_information import solve_full_information
from raymenu.solvers.bic.interim import InterimMechanism
from raymenu.solvers.bic.program_1 import solve_bic
from raymenu.solvers.eopr.estimate import estimate
from raymenu.solvers.large_market.large_market import LargeMarket
from raymenu.solvers.large_market.on_support import OnSupport
from raymenu.solvers.value_of_choice.pairs import largest_saving
from raymenu.solvers.value_of_choice.rungs import Rung
from raymenu.solvers.value_of_choice.single_menus import single_menu_cost

MOST_TYPES_BIC = 400
"""Types of all rows together up to which program (1) is solved for the ladder."""
MOST_TYPES_LARGE = 1200
"""... and LM-BIC."""


def program_rungs(inst: Instance, types: list[FiniteTypes], backend: str = "highs") -> list[Rung]:
    """The rungs that need no menus: first best, full information, LM-BIC, BIC, no choice, status quo.

    The BIC rungs are left out where there are too many types (``MOST_TYPES_LARGE``, ``MOST_TYPES_BIC``).
    """
    return [make() for make in program_makers(inst, types, backend).values()]


def program_makers(inst: Instance, types: list[FiniteTypes], backend: str = "highs") -> dict[str, Callable[[], Rung]]:
    """How each of ``program_rungs`` is computed, by name: for callers whose time may run out in between."""

    def first_best() -> Rung:
        return _proven("first_best", solve_first_best(inst, backend), "market clearing alone")

    def full_information() -> Rung:
        found = solve_full_information(inst, types, backend=backend)
        return _proven("full_information", found, "participation, types known")

    def lm_bic() -> Rung:
        found = solve_bic(inst, types, market="large", backend=backend)
        return _proven("lm_bic", found, "Bayesian incentive compatible, large market")

    def bic() -> Rung:
        found = solve_bic(inst, types, backend=backend)
        return _proven("bic", found, f"program (1), {found.form} form")

    def no_choice() -> Rung:
        found = solve_no_choice(inst, types, backend=backend)
        return _proven("no_choice", found, "best constant mechanism on these types")

    def status_quo() -> Rung:
        return _exact("status_quo", inst.status_quo_cost, "everything as it is")

    total = sum(made.size for made in types)
    makers = {"first_best": first_best, "full_information": full_information}
    if total <= MOST_TYPES_LARGE:
        makers["lm_bic"] = lm_bic
    if total <= MOST_TYPES_BIC:
        makers["bic"] = bic
    return makers | {"no_choice": no_choice, "status_quo": status_quo}


def bilateral_rung(inst: Instance, trade: BilateralTrade | None) -> Rung:
    """The status quo less the expected gain of the best bilateral trade found.

    The search for it proves nothing: from below there is only what two agents could save if both always accepted.
    """
    gain = trade.gain if trade is not None else 0.0
    quo = inst.status_quo_cost
    return Rung("bilateral", quo - max(largest_saving(inst), gain), quo - gain, "best exchange found, two agents")


def menu_rungs(inst: Instance, found: LargeMarket, draws: int = 2000, seed: int = 0) -> list[Rung]:
    """The rungs that stand on menus: LM-OSP, menus without a lottery, and the menus in the market as it is.

    On the types the large market was solved on. None where the endowment is not the status quo: the others are
    measured against the status quo.

    Parameters
    ----------
    found
        As of ``solve_large_market``.
    draws
        Type profiles drawn for the expected cost under EOPR.
    """
    if not inst.starts_at_status_quo:
        return []
    single = single_menu_cost(inst, found.types, found.lotteries)
    return [
        Rung(
            "lm_osp", found.lower, found.upper, "best lottery over menus that are OSP whatever the costs, large market"
        ),
        Rung("lm_single", min(found.lower, single), single, "one menu an agent, no lottery, large market; best tried"),
        market_rung("eopr", OfferPlan.make(inst, found.lotteries), found.types, draws, seed),
    ]


def support_rung(found: OnSupport) -> Rung:
    """Menus that are OSP on the support only: an interval of its own, with LM-BIC or full information below it."""
    return Rung("lm_osp_support", found.lower, found.upper, f"menus OSP on the support; bounded by {found.bound}")


def market_rung(name: str, plan: OfferPlan, types: list[FiniteTypes], draws: int = 2000, seed: int = 0) -> Rung:
    """The expected cost of a plan in the instance's own market under EOPR, a 95% interval, on the ladder's types."""
    found = estimate([plan], draws, seed, types)[0]
    note = f"in this market, {draws} profiles of the ladder's types, 95%"
    return Rung(name, found.lower, found.upper, note, estimated=True)


def _exact(name: str, cost: float, note: str) -> Rung:
    return Rung(name, cost, cost, note)


def _proven(name: str, found: ConstantMechanism | InterimMechanism, note: str) -> Rung:
    return Rung(name, found.lower, found.cost, note)
