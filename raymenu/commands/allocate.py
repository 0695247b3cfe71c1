"""``raymenu allocate``: from what agents chose, or from their costs, to the allocation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from raymenu.commands.options import Json, Quiet, TimeLimit
from raymenu.commands.run import Run

if TYPE_CHECKING:
    from raymenu.instances import Instance
    from raymenu.presentation.tables import Table
    from raymenu.solvers.eopr.allocation import Allocation


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command("allocate")(allocate)


def allocate(
    menus: Annotated[Path, typer.Argument(metavar="DESIGN", help="A design, or a JSON file with instance and menus.")],
    choices: Annotated[
        Path, typer.Argument(help='JSON: {"choices": [...]} or {"costs": [[...], ...]}, one for each single agent.')
    ],
    mechanism: Annotated[
        str | None, typer.Option(help="Of a design: recommended (default), large_market, or another by its name.")
    ] = None,
    instance: Annotated[str | None, typer.Option(help="A name or a .json file, instead of the file's own.")] = None,
    offer_seed: Annotated[
        int | None, typer.Option(min=0, help="Who is offered which menu, where that is drawn; default: the design's.")
    ] = None,
    lottery: Annotated[int | None, typer.Option(min=0, help="Hand out whole tasks, drawn with this seed.")] = None,
    time_limit: TimeLimit = None,
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """The ex-post optimal allocation that respects everybody's choice; -1 keeps the endowment, k takes ray k."""
    with Run(quiet, json_file, time_limit) as run:
        from raymenu.designs.offers import read_offers
        from raymenu.solvers.eopr.allocation import EoprRule

        offers = read_offers(menus, mechanism, instance)
        inst = offers.plan.inst
        held = offers.plan.menus(offers.offer_seed if offer_seed is None else offer_seed)
        picked = _choices(choices, inst, held)
        rule = EoprRule(inst, held)
        found = rule.allocate(picked)
        drawn = None if lottery is None else found.lottery(lottery)
        run.show(_table(inst, found, drawn))
        run.say(f"cost {found.cost:.6g}; the endowment costs {rule.endowment_cost:.6g}")
        data: dict[str, Any] = {
            "instance": inst.name,
            "agents": [inst.agents[j] for j in inst.agent_rows],
            "choices": picked.tolist(),
            "cost": found.cost,
            "bound": found.bound,
            "endowment_cost": rule.endowment_cost,
            "assignment": found.assignment.tolist(),
        }
        run.figures(data | ({} if drawn is None else {"seed": lottery, "allocation": drawn.tolist()}))


def _choices(path: Path, inst: Instance, held: list[Any]) -> Any:
    import numpy as np

    from raymenu.designs.json_files import read_json
    from raymenu.instances import InputError
    from raymenu.mechanisms import choose

    document = read_json(path)
    try:
        if isinstance(document, dict) and "costs" in document:
            costs = np.array(document["costs"], dtype=np.float64)
            if costs.ndim != 2 or not (np.isfinite(costs).all() and (costs > 0).all()):
                raise InputError("positive numbers needed, one row per agent and one column per task", field="costs")
            return choose(inst, held, costs)
        if isinstance(document, dict) and "choices" in document:
            picked = np.array(document["choices"])
            if picked.ndim != 1 or picked.dtype.kind != "i":
                raise InputError("a list of whole numbers is needed, one per single agent", field="choices")
            return picked
        raise InputError("choices or costs is missing: add one of them", field="choices")
    except InputError as fault:
        raise fault.within(str(path)) from None
    except (TypeError, ValueError) as fault:
        raise InputError(f"numbers are needed ({fault})", field="costs", source=str(path)) from None


def _table(inst: Instance, found: Allocation, drawn: Any) -> Table:
    from raymenu.presentation.tables import Table

    rows = []
    for n, j in enumerate(inst.agent_rows):
        row = found.assignment[n] if drawn is None else drawn[n]
        choice = int(found.choices[n])
        cells = [f"{x:.3f}" if drawn is None else str(x) for x in row]
        rows.append([inst.agents[j], "keeps" if choice < 0 else str(choice), *cells])
    title = f"{inst.name}: " + ("expected tasks" if drawn is None else "tasks, drawn")
    return Table(title, ["agent", "choice", *inst.tasks], rows, words=2)
