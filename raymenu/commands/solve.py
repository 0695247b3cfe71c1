"""``raymenu solve``: from an instance to a mechanism, its certificate, and pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from raymenu.commands.exits import EXIT_DONE, EXIT_LIMIT
from raymenu.commands.options import Backend, FromEndowment, InstanceName, Json, Out, Quiet, Seed, TimeLimit, Types
from raymenu.commands.run import Run
from raymenu.commands.workforce import DaskAddress, Workers, workforce


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
    backend: Backend = "highs",
    workers: Workers = None,
    dask: DaskAddress = None,
    on_support: Annotated[
        bool,
        typer.Option("--on-support", help="Also search for menus OSP for costs in the support only: one more rung."),
    ] = False,
    out: Out = None,
    time_limit: TimeLimit = None,
    json_file: Json = None,
    quiet: Quiet = False,
) -> int:
    """Design menus, certify them, write everything people need."""
    with Run(quiet, json_file, time_limit, files=[checkpoint], folder=out) as run:
        from raymenu.instances import load

        inst = load(instance)
        run.phase("loading solvers (their kernels are compiled once, which takes about a minute)")
        from raymenu.designs.solution import Solution
        from raymenu.designs.solution import solve as solve_instance
        from raymenu.presentation.report import Report
        from raymenu.presentation.run_folder import write_run
        from raymenu.presentation.terminal import summary, telling

        def report_of(solution: Solution) -> Report:
            notes = [f"Participation: {solution.note}."] if solution.note else []
            return Report(solution.design, solution.ladder, [*notes, *solution.cut_short])

        def keep(solution: Solution) -> None:
            if out is not None:
                run.save = lambda: f"{', '.join(write_run(report_of(solution), out, pictures=False))} are in {out}"

        with workforce(workers, dask) as executor:
            solution = solve_instance(
                inst,
                types,
                seed,
                gap,
                draws,
                time_limit=run.seconds_left(),
                from_endowment=from_endowment,
                on_support=on_support,
                checkpoint=checkpoint,
                backend=backend,
                executor=executor,
                progress=lambda rounds, lower, upper: run.progress.bounds(lower, upper),
                report=run.phase,
                so_far=keep,
            )
        report = report_of(solution)
        with run.writing():
            names = [] if out is None else write_run(report, out, pictures=not run.in_a_hurry)
            run.figures(summary(report))
        run.tell(telling(report))
        if out is not None:
            run.say(
                f"Written to {out}: {', '.join(names)}",
                f"Check it with: raymenu verify {out / 'design.json'} --bounds",
            )
        return EXIT_LIMIT if solution.cut_short or run.interrupted else EXIT_DONE
