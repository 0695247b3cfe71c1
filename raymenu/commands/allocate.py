"""``raymenu allocate``: from what agents chose, or from their costs, to the allocation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from raymenu.designs.offers import read_json, read_offers
from raymenu.instances import InputError, Instance
from raymenu.instances.files import write_json
from raymenu.mechanisms import choose
from raymenu.solvers.eopr.allocation import Allocation, EoprRule


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command("allocate")(run)


def run(
    menus: Annotated[Path, typer.Argument(help="a design file, or a JSON file with instance and menus")],
    choices: Annotated[
        Path, typer.Argument(help='JSON: {"choices": [...]} or {"costs": [[...], ...]}, one a single agent')
    ],
    mechanism: Annotated[str, typer.Option(help="of a design: recommended or large_market")] = "recommended",
    instance: Annotated[str | None, typer.Option(help="a name or a .json file, instead of the file's own")] = None,
    offer_seed: Annotated[int, typer.Option(help="who is offered which menu, where a row has several")] = 0,
    lottery: Annotated[int | None, typer.Option(help="hand out whole tasks, drawn with this seed")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="write the allocation here")] = None,
) -> None:
    """The ex-post optimal allocation that respects everybody's choice; -1 keeps the endowment, k takes ray k."""
    offers = read_offers(menus, mechanism, instance)
    inst = offers.inst
    held = offers.menus(offer_seed)
    picked = _choices(choices, inst, held)
    rule = EoprRule(inst, held)
    found = rule.allocate(picked)
    drawn = None if lottery is None else found.lottery(lottery)
    console = Console()
    console.print(_table(inst, found, drawn))
    console.print(f"cost {found.cost:.6g}; the endowment costs {rule.endowment_cost:.6g}", highlight=False)
    if json_file is not None:
        data: dict[str, Any] = {
            "instance": inst.name,
            "agents": [inst.agents[j] for j in inst.agent_rows],
            "choices": picked.tolist(),
            "cost": found.cost,
            "bound": found.bound,
            "endowment_cost": rule.endowment_cost,
            "assignment": found.assignment.tolist(),
        }
        write_json(json_file, data | ({} if drawn is None else {"seed": lottery, "allocation": drawn.tolist()}))


def _choices(path: Path, inst: Instance, held: list[Any]) -> Any:
    document = read_json(path)
    try:
        if isinstance(document, dict) and "costs" in document:
            costs = np.array(document["costs"], dtype=np.float64)
            if costs.ndim != 2 or not (np.isfinite(costs).all() and (costs > 0).all()):
                raise InputError("positive numbers needed, one row a single agent and one column a task", field="costs")
            return choose(inst, held, costs)
        if isinstance(document, dict) and "choices" in document:
            picked = np.array(document["choices"])
            if picked.ndim != 1 or picked.dtype.kind != "i":
                raise InputError("a list of whole numbers is needed, one a single agent", field="choices")
            return picked
        raise InputError("choices or costs is missing: add one of them", field="choices")
    except InputError as fault:
        raise fault.within(str(path)) from None
    except (TypeError, ValueError) as fault:
        raise InputError(f"numbers are needed ({fault})", field="costs", source=str(path)) from None


def _table(inst: Instance, found: Allocation, drawn: Any) -> Table:
    table = Table("agent", title=f"{inst.name}: " + ("expected tasks" if drawn is None else "tasks, drawn"))
    table.add_column("choice", justify="right")
    for task in inst.tasks:
        table.add_column(task, justify="right")
    for n, j in enumerate(inst.agent_rows):
        row = found.assignment[n] if drawn is None else drawn[n]
        cells = [f"{x:.3f}" if drawn is None else str(x) for x in row]
        choice = int(found.choices[n])
        table.add_row(inst.agents[j], "keeps" if choice < 0 else str(choice), *cells)
    return table
