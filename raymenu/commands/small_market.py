"""``raymenu small-market``: menus that clear in the market as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from raymenu.commands.exits import EXIT_DONE, EXIT_LIMIT
from raymenu.commands.files import write_json
from raymenu.instances import load
from raymenu.mechanisms import Menu
from raymenu.solvers.small_market import Group, SmallMarketDesign, design_small_market
from raymenu.words import describe_menu, exchange_rates


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command("small-market")(small_market)


def small_market(
    instance: Annotated[str, typer.Argument(help="a name in the library, or a .json file")],
    copies: Annotated[int, typer.Option(help="multiply the instance's copies (and counts) by this")] = 1,
    types: Annotated[int, typer.Option(help="types of each distribution that the searches use, at least 2048")] = 200,
    seed: Annotated[int, typer.Option(help="equal seeds, equal designs")] = 0,
    effort: Annotated[float, typer.Option(help="multiplies the number of starts")] = 1.0,
    profiles: Annotated[int | None, typer.Option(help="fresh profiles of the report")] = None,
    time_limit: Annotated[float | None, typer.Option(help="seconds; the best so far is reported")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="write the design here")] = None,
) -> int:
    """Design menus for the market as it is, and say what they are worth there."""
    inst = load(instance)
    if copies != 1:
        inst = inst.with_copies(copies)
    console = Console()
    design = design_small_market(
        inst,
        types,
        seed,
        effort=effort,
        profiles=profiles,
        time_limit=time_limit,
        progress=lambda name, gain: console.print(f"{name}: saves {gain:.4g} on the selection sample", highlight=False),
    )
    if json_file is not None:
        write_json(json_file, record(design, types, seed))
    console.print(_table(design))
    console.print(
        f"{design.family}: expected cost {design.cost:.6g} ± {design.stderr:.2g}; "
        f"the endowment costs {design.endowment_cost:.6g}, and no profile costs more",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
    for line in exchange_rates(design.directions, inst.tasks) if len(design.directions) else []:
        console.print(f"  {line}", highlight=False, markup=False, soft_wrap=True)
    for group in design.groups:
        label = inst.agents[group.row] + (f" ({group.size} copies)" if group.size > 1 else "")
        console.print(label, style="bold", highlight=False, markup=False, soft_wrap=True)
        for line in describe_menu(group.menu, inst.tasks, acceptance(design, group)):
            console.print(f"  {line}", highlight=False, markup=False, soft_wrap=True)
    if design.stopped is not None:
        console.print(f"stopped: {design.stopped}", highlight=False, markup=False, soft_wrap=True)
        return EXIT_LIMIT
    return EXIT_DONE


def acceptance(design: SmallMarketDesign, group: Group) -> list[float]:
    """How often each ray of the group's menu is chosen, on 10,000 types of the row."""
    preferences = design.inst.preferences[group.row]
    return [float(p) for p in group.menu.acceptance(preferences.discretize(10_000, seed=0))]


def record(design: SmallMarketDesign, types: int, seed: int) -> dict[str, Any]:
    """The design as data; rays as exact rationals."""
    return {
        "instance": design.inst.name,
        "digest": design.inst.digest,
        "types": types,
        "seed": seed,
        "family": design.family,
        "cost": design.cost,
        "stderr": design.stderr,
        "profiles": design.profiles,
        "endowment_cost": design.endowment_cost,
        "gain": design.gain,
        "seconds": design.seconds,
        "stopped": design.stopped,
        "directions": design.directions.tolist(),
        "groups": [_group(design, group) for group in design.groups],
        "table": [
            {
                "family": row.family,
                "selected_gain": row.selected,
                "gain": row.gain,
                "stderr": row.stderr,
                "dearest_profile": row.worst,
                "seconds": row.seconds,
            }
            for row in design.table
        ],
    }


def _group(design: SmallMarketDesign, group: Group) -> dict[str, Any]:
    menu: Menu = group.menu
    return {"agent": design.inst.agents[group.row], "copies": group.size, "menu": menu.to_dict()}


def _table(design: SmallMarketDesign) -> Table:
    agents = int(design.inst.copies.sum())
    table = Table(title=f"{design.inst.name}: {agents} agents, {design.profiles} fresh profiles")
    table.add_column("family", no_wrap=True)
    for head in ("saves", "± s.e.", "%", "selection", "optimism", "dearest"):
        table.add_column(head, justify="right")
    for row in design.table:
        table.add_row(
            row.family,
            f"{row.gain:.4g}",
            f"{row.stderr:.2g}",
            f"{100 * row.gain / design.endowment_cost:.1f}" if design.endowment_cost else "",
            "" if row.selected is None else f"{row.selected:.4g}",
            "" if row.optimism is None else f"{row.optimism:+.2g}",
            f"{row.worst:.6g}",
            style="bold" if row.family == design.family else None,
        )
    return table
