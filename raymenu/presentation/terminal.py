"""What a solution says on a terminal: the ladder, the certificate, the options, the menus in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from raymenu.designs.design import ENDOWMENT, STATUS_QUO
from raymenu.designs.solution import Solution
from raymenu.mechanisms import OfferPlan
from raymenu.presentation.tables import Table
from raymenu.presentation.words import describe_menu

RUNGS = {
    "first_best": "first best (ignores the agents)",
    "full_information": "full information, large market",
    "lm_bic": "best BIC mechanism, large market",
    "lm_osp": "best menus OSP at any costs, large market",
    "lm_single": "the same without a lottery, large market",
    "bic": "best BIC mechanism, this market",
    "eopr": "large-market menus, this market, these types",
    "bilateral": "best bilateral trade, this market",
    "small_market": "menus that clear, this market, these types",
    "no_choice": "best without choice",
    "status_quo": "status quo",
}
"""What the rungs of the ladder are called in print."""
ROUNDING = 1e-12


def tell(solution: Solution, say: Callable[..., None], show: Callable[..., None]) -> None:
    """Print everything a user decides by."""
    if solution.note:
        say(f"Participation: {solution.note}.")
    show(ladder_table(solution))
    say(certificate(solution))
    show(options_table(solution))
    recommended = solution.design.recommended
    say(f"Recommended: {recommended.mechanism}: {solution.design.reason}.")
    if recommended.mechanism not in (STATUS_QUO, ENDOWMENT):
        say(*menu_lines(recommended.plan, solution))


def ladder_table(solution: Solution) -> Table:
    """Every rung with its bounds, and the share of the distance from the status quo to the first best."""
    status_quo = next(rung.upper for rung in solution.ladder if rung.name == "status_quo")
    rows = [
        [RUNGS[rung.name], f"{rung.lower:.5g}", f"{rung.upper:.5g}", _saved(status_quo, rung.upper)]
        for rung in solution.ladder
    ]
    title = f"{solution.instance.name}: expected social cost on the finite types solved on"
    return Table(title, ["mechanism", "lower", "upper", "saves"], rows)


def certificate(solution: Solution) -> str:
    """The interval around the large-market value, and what it rests on."""
    large = solution.large_market
    sizes = sorted({own.size for own in large.types})
    prices = ", ".join(f"{task} {price:.4g}" for task, price in zip(solution.instance.tasks, large.prices))
    return (
        f"Certificate: {large.lower:.6g} <= V <= {large.upper:.6g}, gap {large.gap:.2%} of the cost "
        f"({large.status}; {'/'.join(map(str, sizes))} types per agent, {large.rounds} rounds, {large.seconds:.1f} s). "
        "V is the least cost of menus that are OSP whatever the costs may be, with clearing in expectation. The upper "
        "bound is a lottery over such menus; the lower one rests on certified upper bounds of every support function "
        f"at the prices {prices}."
    )


def options_table(solution: Solution) -> Table:
    """The mechanisms compared in the market as it is."""
    agents = int(solution.instance.copies.sum())
    status_quo = solution.instance.status_quo_cost
    rows = []
    for option in sorted(solution.design.options, key=lambda option: option.cost):
        # Profiles in which nobody trades differ by rounding only.
        error = option.stderr if option.stderr > ROUNDING * abs(option.cost) else 0.0
        rows.append([option.mechanism, f"{option.cost:.5g}", f"{error:.2g}", _saved(status_quo, option.cost)])
    title = f"in this market of {agents} agents, {solution.design.recommended.report.draws} fresh profiles"
    return Table(title, ["mechanism", "expected cost", "s.e.", "saves"], rows)


def menu_lines(plan: OfferPlan, solution: Solution) -> list[str]:
    """Each row's menus in words, with the share of the solved types that accept."""
    inst, lotteries = plan.inst, plan.lotteries
    lines = []
    for name, copies, lottery, types in zip(inst.agents, inst.copies, lotteries, solution.large_market.types):
        for share, menu in lottery:
            some = "" if share == 1.0 else f" ({float(share * int(copies)):.3g} of {copies})"
            lines.append(f"{name}{some}:")
            lines += [f"  - {line}" for line in describe_menu(menu, inst.tasks, menu.acceptance(types))]
    return lines


def _saved(status_quo: float, cost: float) -> str:
    share = (status_quo - cost) / abs(status_quo) if abs(status_quo - cost) > ROUNDING * abs(status_quo) else 0.0
    return f"{share:.1%}"


def summary(solution: Solution) -> dict[str, Any]:
    """The same as data, for ``--json``."""
    large, recommended = solution.large_market, solution.design.recommended
    return {
        "instance": solution.instance.name,
        "ladder": [{"name": rung.name, "lower": rung.lower, "upper": rung.upper} for rung in solution.ladder],
        "large_market": {
            "lower": large.lower,
            "upper": large.upper,
            "gap": large.gap,
            "status": large.status,
            "prices": large.prices.tolist(),
            "rounds": large.rounds,
            "seconds": large.seconds,
        },
        "options": [
            {"mechanism": option.mechanism, "cost": option.cost, "stderr": option.stderr}
            for option in solution.design.options
        ],
        "participation": solution.note,
        "recommended": {"mechanism": recommended.mechanism, "reason": solution.design.reason, "cost": recommended.cost},
    }
