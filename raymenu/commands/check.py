"""``raymenu check``: is the instance valid, and what does Theorem 1 say of it?"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from raymenu.instances import Instance, load
from raymenu.instances.files import write_json
from raymenu.mechanisms import BilateralTrade
from raymenu.solvers.value_of_choice.bilateral import best_bilateral_trade, certifying_trade
from raymenu.solvers.value_of_choice.theorem_1 import decide, explain

WORDS = {
    "bounded_box": "preferences have full support on a bounded box",
    "common_support": "the supports are the same for all agents",
    "full_status_quo": "the status quo has full support",
    "non_degenerate": "i. preferences are not degenerate",
    "performance_differs": "i. performance is not identical",
    "no_slack": "iv. no participation slack",
    "full_dimension": "iv. the supports have full dimension",
}


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command("check")(check)


def check(
    instance: Annotated[str, typer.Argument(help="a name in the library, or a .json file")],
    types: Annotated[int, typer.Option(help="types a trade's gain is measured on")] = 200,
    seed: Annotated[int, typer.Option(help="of the types and the search for a trade")] = 0,
    json_file: Annotated[Path | None, typer.Option("--json", help="write the findings here")] = None,
) -> int:
    """Check an instance and decide whether choice pays (Theorem 1), with a trade that proves it."""
    inst = load(instance)
    decision = decide(inst)
    trade = best_bilateral_trade(inst, types, seed) or certifying_trade(inst)
    reason = explain(inst, decision, trade)
    if decision.verdict == "not valuable":
        trade = None  # a constant swap at best: the reason tells of it
    if json_file is not None:
        found = {"instance": inst.name, "digest": inst.digest, "valid": True, "verdict": decision.verdict}
        found |= {"reason": reason, "optimal": decision.optimal, "hypotheses": asdict(decision.hypotheses)}
        write_json(json_file, found | {"trade": None if trade is None else _record(trade)})
    console = Console()
    agents = int(inst.copies.sum())
    console.print(f"{inst.name}: valid; {inst.n_tasks} tasks, {inst.n_agents} rows, {agents} agents", highlight=False)
    table = Table("Theorem 1 asks", "holds", "")
    for name, fault in asdict(decision.hypotheses).items():
        table.add_row(WORDS[name], "no" if fault else "yes", fault or "")
    console.print(table)
    console.print(reason, highlight=False, markup=False)
    if trade is not None:
        _show(console, inst, trade)
    return 0


def _show(console: Console, inst: Instance, trade: BilateralTrade) -> None:
    first, second = (inst.agents[j] for j in trade.agents)
    table = Table("task", f"{first} to {second}", f"{second} to {first}", title="a trade that improves")
    for name, amount in zip(inst.tasks, trade.gamma):
        table.add_row(name, f"{-amount:.3f}" if amount < 0 else "", f"{amount:.3f}" if amount > 0 else "")
    console.print(table)
    takes, gives = trade.probabilities
    console.print(
        f"accepted by {takes:.0%} and {gives:.0%} of types; expected gain {trade.gain:.4g}; "
        f"Lemma 2: {', '.join(name for name, holds in trade.conditions().items() if holds)}",
        highlight=False,
        markup=False,
    )


def _record(trade: BilateralTrade) -> dict[str, Any]:
    return {
        "agents": [trade.inst.agents[j] for j in trade.agents],
        "gamma": trade.gamma.tolist(),
        "probabilities": list(trade.probabilities),
        "gain": trade.gain,
        "lemma_2": trade.conditions(),
    }
