"""``raymenu check``: is the instance valid, and what does Theorem 1 say of it?"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from raymenu.commands.options import Backend, InstanceName, Json, Quiet, Seed, TimeLimit, Types
from raymenu.commands.run import Run

if TYPE_CHECKING:
    from raymenu.instances import Instance
    from raymenu.mechanisms import BilateralTrade
    from raymenu.presentation.tables import Table

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
    instance: InstanceName,
    types: Types = 200,
    seed: Seed = 0,
    backend: Backend = "highs",
    time_limit: TimeLimit = None,
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Check an instance, and whether choice pays (Theorem 1)."""
    with Run(quiet, json_file, time_limit) as run:
        from raymenu.instances import load

        inst = load(instance)
        run.phase("Theorem 1, and the best bilateral trade")
        from raymenu.presentation.tables import Table
        from raymenu.solvers.value_of_choice.bilateral import best_bilateral_trade
        from raymenu.solvers.value_of_choice.certifying import certifying_trade
        from raymenu.solvers.value_of_choice.theorem_1 import decide, explain, with_rules

        decision = decide(inst)
        trade = best_bilateral_trade(inst, types, seed, backend=backend) or certifying_trade(inst, backend)
        decision = with_rules(inst, decision, trade)
        reason = explain(inst, decision, trade)
        if decision.verdict == "not valuable":
            trade = None  # a constant swap at best: the reason tells of it
        hypotheses = asdict(decision.hypotheses)
        run.say(f"{inst.name}: valid; {inst.n_tasks} tasks, {inst.n_agents} rows, {int(inst.copies.sum())} agents")
        rows = [[WORDS[name], "no" if fault else "yes", fault or ""] for name, fault in hypotheses.items()]
        run.show(Table("", ["Theorem 1 asks", "holds", "why not"], rows, words=3))
        run.say(reason)
        if trade is not None:
            run.show(_table(inst, trade))
            takes, gives = trade.probabilities
            run.say(
                f"accepted by {takes:.0%} and {gives:.0%} of types; expected gain {trade.gain:.4g}; "
                f"Lemma 2: {', '.join(name for name, holds in trade.conditions().items() if holds)}"
            )
        found = {"instance": inst.name, "digest": inst.digest, "valid": True, "verdict": decision.verdict}
        found |= {"reason": reason, "optimal": decision.optimal, "hypotheses": hypotheses}
        run.figures(found | {"trade": None if trade is None else _record(trade)})


def _table(inst: Instance, trade: BilateralTrade) -> Table:
    from raymenu.presentation.tables import Table

    first, second = (inst.agents[j] for j in trade.agents)
    rows = [
        [name, f"{-amount:.3f}" if amount < 0 else "", f"{amount:.3f}" if amount > 0 else ""]
        for name, amount in zip(inst.tasks, trade.gamma)
    ]
    return Table("a trade that improves", ["task", f"{first} to {second}", f"{second} to {first}"], rows)


def _record(trade: BilateralTrade) -> dict[str, Any]:
    return {
        "agents": [trade.inst.agents[j] for j in trade.agents],
        "gamma": trade.gamma.tolist(),
        "probabilities": list(trade.probabilities),
        "gain": trade.gain,
        "lemma_2": trade.conditions(),
    }
