"""``raymenu simulate``: what menus cost in markets of many copies, and under other preferences."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from raymenu.commands.lists import numbers
from raymenu.designs.offers import read_offers
from raymenu.instances.files import write_json
from raymenu.presentation.pictures import draw_replicas, draw_robustness, save
from raymenu.solvers.eopr.robustness import RobustnessRow, robustness
from raymenu.solvers.eopr.simulation import Simulation, simulate


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command("simulate")(run)


def run(
    menus: Annotated[Path, typer.Argument(help="a design file, or a JSON file with instance and menus")],
    mechanism: Annotated[str, typer.Option(help="of a design: recommended or large_market")] = "large_market",
    instance: Annotated[str | None, typer.Option(help="a name or a .json file, instead of the file's own")] = None,
    replicas: Annotated[str, typer.Option(help="copies of the market, with commas")] = "1,10,100",
    draws: Annotated[int, typer.Option(help="type profiles for each")] = 50,
    seed: Annotated[int, typer.Option(help="equal seeds, equal draws")] = 0,
    robust: Annotated[bool, typer.Option("--robust", help="other preferences instead, in the market as it is")] = False,
    picture: Annotated[Path | None, typer.Option(help="draw it here (.png, .svg, .pdf)")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="write the numbers here")] = None,
) -> None:
    """Cost per copy in replica economies, on fresh draws and, where the file holds them, on the types solved on."""
    offers = read_offers(menus, mechanism, instance)
    inst, console = offers.inst, Console()
    if robust:
        rows = robustness(inst, offers.lotteries, draws=max(draws, 2), seed=seed)
        console.print(_robustness_table(rows))
        if json_file is not None:
            write_json(json_file, {"instance": inst.name, "seed": seed, "scenarios": [asdict(row) for row in rows]})
        if picture is not None:
            save(draw_robustness(rows, f"{inst.name}: the same menus, other preferences"), picture)
        return
    sizes = numbers(replicas, int, "--replicas", "1,10,100")
    found = [simulate(inst, offers.lotteries, sizes, draws, types=None, seed=seed)]
    if offers.types is not None:
        found.insert(0, simulate(inst, offers.lotteries, sizes, draws, types=offers.types, seed=seed))
    console.print(_table(inst.name, found))
    if offers.value is not None:
        console.print(f"large market: {offers.value[0]:.6g} to {offers.value[1]:.6g}, certified", highlight=False)
    if json_file is not None:
        rows_of = [
            {"types": _types(s), "replicas": n, "cost": cost, "stderr": error}
            for s in found
            for n, cost, error in zip(s.replicas.tolist(), s.cost.tolist(), s.stderr.tolist())
        ]
        data = {"instance": inst.name, "draws": draws, "seed": seed, "endowment_cost": found[0].endowment_cost}
        write_json(json_file, data | {"large_market": offers.value, "simulated": rows_of})
    if picture is not None:
        save(draw_replicas(found, f"{inst.name}: cost per copy", offers.value), picture)


def _types(simulation: Simulation) -> str:
    return "solved on" if simulation.in_sample else "fresh"


def _table(name: str, found: list[Simulation]) -> Table:
    table = Table("types", title=f"{name}: cost per copy; the endowment costs {found[0].endowment_cost:.6g}")
    for head in ("copies", "cost", "± s.e."):
        table.add_column(head, justify="right")
    for simulation in found:
        for n, cost, error in zip(simulation.replicas, simulation.cost, simulation.stderr):
            table.add_row(_types(simulation), str(n), f"{cost:.6g}", f"{error:.2g}")
    return table


def _robustness_table(rows: list[RobustnessRow]) -> Table:
    table = Table("preferences", title=f"the same menus; the endowment costs {rows[0].endowment:.6g}")
    for head in ("cost", "± s.e.", "dearest", "agents moved", "worst workload"):
        table.add_column(head, justify="right")
    for row in rows:
        table.add_row(
            row.name,
            f"{row.cost:.6g}",
            f"{row.stderr:.2g}",
            f"{row.highest:.6g}",
            f"{row.trading:.0%}",
            f"{row.participation:+.2%}",
        )
    return table
