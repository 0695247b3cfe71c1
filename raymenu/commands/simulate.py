"""``raymenu simulate``: what menus cost in markets of many copies, and under other preferences."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from raymenu.commands.lists import numbers
from raymenu.commands.options import Json, Quiet, Seed, TimeLimit
from raymenu.commands.run import Run

if TYPE_CHECKING:
    from raymenu.presentation.tables import Table
    from raymenu.solvers.eopr.robustness import RobustnessRow
    from raymenu.solvers.eopr.simulation import Simulation


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command("simulate")(simulate)


def simulate(
    menus: Annotated[Path, typer.Argument(metavar="DESIGN", help="A design, or a JSON file with instance and menus.")],
    mechanism: Annotated[
        str | None, typer.Option(help="Of a design: large_market (default where it is there), recommended, or by name.")
    ] = None,
    instance: Annotated[str | None, typer.Option(help="A name or a .json file, instead of the file's own.")] = None,
    replicas: Annotated[str, typer.Option(help="Copies of the market, with commas.")] = "1,10,100",
    draws: Annotated[int, typer.Option(min=2, help="Type profiles for each.")] = 50,
    seed: Seed = 0,
    robust: Annotated[bool, typer.Option("--robust", help="Other preferences, in the market as it is.")] = False,
    picture: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw it here (.png, .svg, .pdf).")] = None,
    time_limit: TimeLimit = None,
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Say what a design costs with more agents of each kind.

    Costs are per copy, on fresh draws and, where the file holds them, on the types solved on.
    """
    with Run(quiet, json_file, time_limit, [picture]) as run:
        from raymenu.designs.offers import LARGE_MARKET, read_offers

        offers = read_offers(menus, mechanism, instance, prefer=LARGE_MARKET)
        inst = offers.plan.inst
        sizes = numbers(replicas, int, "--replicas", "1,10,100")
        run.phase("drawing profiles")
        from raymenu.presentation.pictures import draw_replicas, draw_robustness, save
        from raymenu.solvers.eopr import simulation
        from raymenu.solvers.eopr.robustness import robustness

        if robust:
            rows = robustness(inst, offers.plan, draws=draws, seed=seed)
            run.show(_robustness_table(rows))
            run.figures({"instance": inst.name, "seed": seed, "scenarios": [asdict(row) for row in rows]})
            if picture is not None:
                save(draw_robustness(rows, f"{inst.name}: the same menus, other preferences"), picture)
            return
        found = [simulation.simulate(inst, offers.plan, sizes, draws, types=None, seed=seed)]
        if offers.types is not None:
            found.insert(0, simulation.simulate(inst, offers.plan, sizes, draws, types=offers.types, seed=seed))
        run.show(_table(inst.name, found))
        if offers.value is not None:
            run.say(f"large market: {offers.value[0]:.6g} to {offers.value[1]:.6g}, certified")
        simulated = [
            {"types": _types(s), "replicas": n, "cost": cost, "stderr": error}
            for s in found
            for n, cost, error in zip(s.replicas.tolist(), s.cost.tolist(), s.stderr.tolist())
        ]
        data = {"instance": inst.name, "draws": draws, "seed": seed, "endowment_cost": found[0].endowment_cost}
        run.figures(data | {"large_market": offers.value, "simulated": simulated})
        if picture is not None:
            save(draw_replicas(found, f"{inst.name}: cost per copy", offers.value), picture)


def _types(simulation: Simulation) -> str:
    return "solved on" if simulation.in_sample else "fresh"


def _table(name: str, found: list[Simulation]) -> Table:
    from raymenu.presentation.tables import Table

    rows = [
        [_types(simulation), str(n), f"{cost:.6g}", f"{error:.2g}"]
        for simulation in found
        for n, cost, error in zip(simulation.replicas, simulation.cost, simulation.stderr)
    ]
    title = f"{name}: cost per copy; the endowment costs {found[0].endowment_cost:.6g}"
    return Table(title, ["types", "copies", "cost", "± s.e."], rows)


def _robustness_table(found: list[RobustnessRow]) -> Table:
    from raymenu.presentation.tables import Table

    rows = []
    for row in found:
        costs = f"{row.cost:.6g}", f"{row.stderr:.2g}", f"{row.highest:.6g}"
        rows.append([row.name, *costs, f"{row.trading:.0%}", f"{row.participation:+.2%}"])
    title = f"the same menus; the endowment costs {found[0].endowment:.6g}"
    return Table(title, ["preferences", "cost", "± s.e.", "dearest", "agents moved", "worst workload"], rows)
