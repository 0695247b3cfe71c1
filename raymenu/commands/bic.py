"""``raymenu bic``: program (1), the best Bayesian incentive compatible mechanism, beside its benchmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer

from raymenu.commands.options import Backend, InstanceName, Json, Quiet, Seed, TimeLimit, Types
from raymenu.commands.run import Run

if TYPE_CHECKING:
    from raymenu.models.program_1.bic import Market
    from raymenu.solvers.bic.program_1 import BicMechanism, Form


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command("bic")(bic)


def bic(
    instance: InstanceName,
    types: Types = 20,
    seed: Seed = 0,
    market: Annotated[str, typer.Option(help="finite: clear in every profile; large: in expectation.")] = "finite",
    form: Annotated[str, typer.Option(help="auto, profile, token or cuts (finite market).")] = "auto",
    backend: Backend = "highs",
    time_limit: TimeLimit = None,
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Solve program (1), the best BIC mechanism, on finite types."""
    with Run(quiet, json_file, time_limit) as run:
        from raymenu.instances import load

        inst = load(instance)
        run.phase("program (1)")
        from raymenu.models.finite import one_of
        from raymenu.models.program_1.bic import Market
        from raymenu.presentation.tables import Table
        from raymenu.solvers.bic.constant_mechanisms import solve_first_best, solve_no_choice
        from raymenu.solvers.bic.full_information import solve_full_information
        from raymenu.solvers.bic.program_1 import Form, solve_bic

        one_of(market, get_args(Market), "--market")
        one_of(form, get_args(Form), "--form")
        made = inst.types(types, seed)
        found = solve_bic(inst, made, market=cast("Market", market), form=cast("Form", form), backend=backend)
        check = found.check()
        rows = []
        if inst.burdens_only:
            rows.append(["first best", f"{solve_first_best(inst, backend).cost:.6g}"])
        full = solve_full_information(inst, made, backend=backend)
        rows.append(["full information (large market)", f"{full.cost:.6g}"])
        rows.append([f"BIC ({found.form} form)", f"{found.cost:.6g}"])
        chosen = frozenset([len(rows) - 1])
        if inst.burdens_only:
            rows.append(["no choice", f"{solve_no_choice(inst, made, backend=backend).cost:.6g}"])
        rows.append(["status quo", f"{inst.status_quo_cost:.6g}"])
        title = f"{inst.name}: {types} types per agent, {market} market"
        expected = [
            [name, *(f"{value:.3f}" for value in row)] for name, row in zip(inst.agents, found.expected_assignment())
        ]
        run.show(
            Table(title, ["mechanism", "social cost"], rows, bold=chosen),
            Table("expected tasks", ["agent", *inst.tasks], expected),
        )
        run.say(
            f"{found.rounds} solves, {found.rows} rows of incentives and Border's condition, "
            f"{found.result.seconds:.2f} s; {check}"
        )
        run.figures(_record(found, types, seed))


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
