"""``raymenu solve``: from an instance to a mechanism, its certificate, and pictures."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from raymenu.commands.exits import EXIT_LIMIT
from raymenu.designs.document import design_document
from raymenu.designs.solution import Solution
from raymenu.designs.solution import solve as solve_instance
from raymenu.instances import load
from raymenu.instances.files import write_json
from raymenu.presentation.pictures import draw_ladder, draw_menus, save
from raymenu.presentation.pictures.menus import OfferedMenu
from raymenu.presentation.terminal import RUNGS, menu_lines, print_solution, summary


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command("solve")(solve)


def solve(
    instance: Annotated[str, typer.Argument(help="Name of a library instance, or a .json file.")],
    types: Annotated[int, typer.Option(min=1, help="Preference types an agent.")] = 200,
    seed: Annotated[int, typer.Option(help="Seed of types, searches and profiles.")] = 0,
    gap: Annotated[float, typer.Option(help="Certified gap of the large-market program, relative to its cost.")] = 0.01,
    draws: Annotated[int, typer.Option(min=2, help="Fresh profiles on which mechanisms are compared.")] = 10_000,
    time_limit: Annotated[float | None, typer.Option(help="Seconds for the large-market solve.")] = None,
    from_endowment: Annotated[
        bool, typer.Option("--from-endowment", help="Start menus from an endowment with which some agents may lose.")
    ] = False,
    checkpoint: Annotated[Path | None, typer.Option(help="File from which an interrupted solve goes on.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the design file and the pictures.")] = None,
    json: Annotated[Path | None, typer.Option(help="File for the figures as JSON.")] = None,
) -> int:
    """Design a mechanism for INSTANCE, certify it, and recommend one for the market as it is."""
    inst = load(instance)
    console = Console()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[bounds]}"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=None, bounds="")
        start: list[float] = []

        def moved(rounds: int, lower: float, upper: float) -> None:
            width = upper - lower
            start.append(width)
            # The bar fills as the gap closes, on a logarithmic scale from the first round's to the one asked for.
            done = 1.0 if width <= gap * abs(upper) else _closed(start[0], width, gap * abs(upper))
            bar.update(task, total=1.0, completed=done, bounds=f"{lower:.5g} <= V <= {upper:.5g}, round {rounds}")

        def step(words: str) -> None:
            bar.update(task, description=words, total=None, bounds="")

        solution = solve_instance(
            inst,
            types,
            seed,
            gap,
            draws,
            time_limit=time_limit,
            from_endowment=from_endowment,
            checkpoint=checkpoint,
            progress=moved,
            report=step,
        )
    print_solution(solution, console)
    if out is not None:
        write_out(solution, out)
        console.print(f"Written to {out}: design.json, ladder.png, menus.png, large-market-menus.png, menus.txt")
        console.print(f"Check it with: raymenu verify {out / 'design.json'} --bounds")
    if json is not None:
        write_json(json, summary(solution))
    return 0 if solution.large_market.status == "optimal" else EXIT_LIMIT


def write_out(solution: Solution, folder: Path) -> None:
    """Write the design file, the pictures and the menus in words: all of them, or none."""
    inst, large, recommended = solution.instance, solution.large_market, solution.recommended
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as made:
        partial = Path(made)
        write_json(partial / "design.json", design_document(large, recommended))
        title = f"{inst.name}: from the first best to the status quo"
        save(draw_ladder(solution.ladder, title, RUNGS, highlight="small_market"), partial / "ladder.png")
        for name, lotteries, title in (
            ("menus.png", recommended.lotteries, f"{inst.name}: {recommended.mechanism}"),
            ("large-market-menus.png", large.lotteries, f"{inst.name}: menus of the large market"),
        ):
            offers = [
                OfferedMenu(label if share == 1.0 else f"{label} ({float(share):.0%})", menu, types)
                for label, lottery, types in zip(inst.agents, lotteries, large.types)
                for share, menu in lottery
            ]
            save(draw_menus(offers, inst.tasks, title), partial / name)
        lines = menu_lines(inst, recommended.lotteries, solution)
        (partial / "menus.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        folder.mkdir(exist_ok=True)
        for file in sorted(partial.iterdir()):
            shutil.move(str(file), folder / file.name)


def _closed(first: float, now: float, goal: float) -> float:
    from math import log

    return 0.0 if first <= goal or now >= first else log(first / now) / log(first / goal)
