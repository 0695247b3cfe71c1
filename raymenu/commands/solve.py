"""``raymenu solve``: from an instance to a mechanism, its certificate, and pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from raymenu.commands.exits import EXIT_DONE, EXIT_LIMIT
from raymenu.commands.options import FromEndowment, InstanceName, Json, Out, Quiet, Seed, TimeLimit, Types
from raymenu.commands.run import Run

if TYPE_CHECKING:
    from raymenu.designs.solution import Solution


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command("solve")(solve)


def solve(
    instance: InstanceName,
    types: Types = 200,
    seed: Seed = 0,
    gap: Annotated[
        float, typer.Option(min=1e-9, max=1, help="Certified gap of the large market, relative to its cost.")
    ] = 0.01,
    draws: Annotated[int, typer.Option(min=2, help="Fresh profiles on which mechanisms are compared.")] = 10_000,
    checkpoint: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Kept after every round; an interrupted solve goes on from it.")
    ] = None,
    from_endowment: FromEndowment = False,
    out: Out = None,
    time_limit: TimeLimit = None,
    json_file: Json = None,
    quiet: Quiet = False,
) -> int:
    """Design a mechanism for INSTANCE, certify it, and recommend one for the market as it is."""
    with Run(quiet, json_file, time_limit, files=[checkpoint], folder=out) as run:
        from raymenu.instances import load

        inst = load(instance)
        run.phase("loading solvers (their kernels are compiled once, which takes about a minute)")
        from raymenu.designs.solution import solve as solve_instance
        from raymenu.presentation.terminal import summary, tell

        solution = solve_instance(
            inst,
            types,
            seed,
            gap,
            draws,
            time_limit=run.seconds_left(),
            from_endowment=from_endowment,
            checkpoint=checkpoint,
            progress=lambda rounds, lower, upper: run.progress.bounds(lower, upper),
            report=run.phase,
        )
        if out is not None:
            write_out(solution, out)
        run.figures(summary(solution))
        tell(solution, run.say, run.show)
        if out is not None:
            run.say(
                f"Written to {out}: design.json, ladder.png, menus.png, large-market-menus.png, menus.txt",
                f"Check it with: raymenu verify {out / 'design.json'} --bounds",
            )
        complete = solution.large_market.status == "optimal" and not run.out_of_time
        return EXIT_DONE if complete else EXIT_LIMIT


def write_out(solution: Solution, folder: Path) -> None:
    """Write the design file, the pictures and the menus in words: all of them, or none."""
    from raymenu.designs.document import write_design
    from raymenu.instances.files import folder_together, write_text
    from raymenu.presentation.pictures import draw_ladder, draw_menus, save
    from raymenu.presentation.pictures.menus import OfferedMenu
    from raymenu.presentation.terminal import RUNGS, menu_lines

    inst, large, recommended = solution.instance, solution.large_market, solution.design.recommended
    title = f"{inst.name}: from the first best to the status quo"
    with folder_together(folder) as made:
        write_design(made / "design.json", solution.design)
        save(draw_ladder(solution.ladder, title, RUNGS, highlight="small_market"), made / "ladder.png")
        for name, lotteries, title in (
            ("menus.png", recommended.plan.lotteries, f"{inst.name}: {recommended.mechanism}"),
            ("large-market-menus.png", large.lotteries, f"{inst.name}: menus of the large market"),
        ):
            offers = [
                OfferedMenu(label if share == 1.0 else f"{label} ({float(share):.0%})", menu, types)
                for label, lottery, types in zip(inst.agents, lotteries, large.types)
                for share, menu in lottery
            ]
            save(draw_menus(offers, inst.tasks, title), made / name)
        lines = menu_lines(recommended.plan, solution)
        write_text(made / "menus.txt", "\n".join(lines) + "\n")
