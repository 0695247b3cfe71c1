"""``raymenu bic``: program (1), the best Bayesian incentive compatible mechanism, beside its benchmarks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, cast, get_args

import typer
from rich.console import Console
from rich.table import Table

from raymenu.instances import load
from raymenu.instances.files import write_json
from raymenu.models.finite import one_of
from raymenu.models.program_1.bic import Market
from raymenu.solvers.bic.constant_mechanisms import solve_first_best, solve_no_choice
from raymenu.solvers.bic.full_information import solve_full_information
from raymenu.solvers.bic.program_1 import BicMechanism, Form, solve_bic


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command("bic")(bic)


def bic(
    instance: Annotated[str, typer.Argument(help="a name in the library, or a .json file")],
    types: Annotated[int, typer.Option(help="types made of each agent's preferences")] = 20,
    seed: Annotated[int, typer.Option(help="of the discretisation")] = 0,
    market: Annotated[str, typer.Option(help="finite: clear in every profile; large: in expectation")] = "finite",
    form: Annotated[str, typer.Option(help="auto, profile, token or cuts (finite market)")] = "auto",
    json_file: Annotated[Path | None, typer.Option("--json", help="write the mechanism here")] = None,
) -> int:
    """Solve program (1) on finite types and check the solution."""
    one_of(market, get_args(Market), "--market")
    one_of(form, get_args(Form), "--form")
    inst = load(instance)
    made = inst.types(types, seed)
    found = solve_bic(inst, made, market=cast("Market", market), form=cast("Form", form))
    check = found.check()
    if json_file is not None:
        write_json(json_file, _record(found, types, seed))
    console = Console()
    table = Table("social cost", "", title=f"{inst.name}: {types} types an agent, {market} market")
    if inst.burdens_only:
        table.add_row("first best", f"{solve_first_best(inst).cost:.6g}")
    table.add_row("full information (large market)", f"{solve_full_information(inst, made).cost:.6g}")
    table.add_row(f"BIC ({found.form} form)", f"{found.cost:.6g}", style="bold")
    if inst.burdens_only:
        table.add_row("no choice", f"{solve_no_choice(inst, made).cost:.6g}")
    table.add_row("status quo", f"{inst.status_quo_cost:.6g}")
    console.print(table)
    expected = Table("agent", *inst.tasks, title="expected tasks")
    for name, row in zip(inst.agents, found.expected_assignment()):
        expected.add_row(name, *(f"{value:.3f}" for value in row))
    console.print(expected)
    console.print(
        f"{found.rounds} solves, {found.rows} rows of incentives and Border's condition, {found.result.seconds:.2f} s; "
        f"{check}",
        highlight=False,
        markup=False,
    )
    return 0


def _record(found: BicMechanism, types: int, seed: int) -> dict[str, Any]:
    check = found.check()
    return {
        "instance": found.inst.name,
        "digest": found.inst.digest,
        "types": types,
        "seed": seed,
        "market": found.market,
        "form": found.form,
        "cost": found.cost,
        "rounds": found.rounds,
        "rows": found.rows,
        "seconds": found.result.seconds,
        "violations": dict(check.violations),
        "agents": [
            {"name": name, "costs": made.costs.tolist(), "weights": made.weights.tolist(), "interim": x.tolist()}
            for name, made, x in zip(found.inst.agents, found.types, found.interim)
        ],
    }
