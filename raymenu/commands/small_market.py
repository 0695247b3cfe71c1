"""``raymenu small-market``: menus that clear in the market as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from raymenu.commands.exits import EXIT_DONE, EXIT_LIMIT
from raymenu.commands.options import FromEndowment, InstanceName, Json, Out, Quiet, Seed, TimeLimit, Types
from raymenu.commands.run import Run

if TYPE_CHECKING:
    from raymenu.presentation.tables import Table
    from raymenu.solvers.small_market import SmallMarketDesign


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command("small-market")(small_market)


def small_market(
    instance: InstanceName,
    copies: Annotated[int, typer.Option(min=1, help="Multiply the instance's copies (and counts) by this.")] = 1,
    types: Types = 200,
    seed: Seed = 0,
    effort: Annotated[float, typer.Option(help="Multiplies the number of starts.")] = 1.0,
    profiles: Annotated[int | None, typer.Option(min=2, help="Fresh profiles of the report.")] = None,
    from_endowment: FromEndowment = False,
    time_limit: TimeLimit = None,
    out: Out = None,
    json_file: Json = None,
    quiet: Quiet = False,
) -> int:
    """Design menus that clear in the market as it is."""
    with Run(quiet, json_file, time_limit, folder=out) as run:
        from raymenu.instances import load

        inst = load(instance).with_copies(copies)
        note = ""
        if not from_endowment:
            from raymenu.mechanisms.participation import where_all_participate

            inst, note = where_all_participate(inst)
        run.phase("menus that clear in this market")
        from raymenu.designs.design import Design
        from raymenu.designs.document import design_document
        from raymenu.presentation.report import Report
        from raymenu.presentation.run_folder import write_run
        from raymenu.presentation.terminal import telling
        from raymenu.solvers.small_market import design_small_market

        found = design_small_market(
            inst,
            types,
            seed,
            effort=effort,
            profiles=profiles,
            time_limit=run.seconds_left(),
            progress=lambda name, gain: run.phase(f"{name} saves {gain:.4g} on the selection sample; next family"),
        )
        design = Design.of_small_market(found, seed)
        notes = [f"Participation: {note}."] if note else []
        if found.stopped is not None:
            notes.append(f"The search was cut short ({found.stopped}): more time may find better menus.")
        report = Report(design, notes=notes)
        if out is not None:
            run.phase("writing")
            names = write_run(report, out)
        run.figures(design_document(design))
        run.show(_table(found))
        run.tell(telling(report))
        if out is not None:
            run.say(f"Written to {out}: {', '.join(names)}", f"Check it with: raymenu verify {out / 'design.json'}")
        return EXIT_DONE if found.stopped is None else EXIT_LIMIT


def _table(design: SmallMarketDesign) -> Table:
    from raymenu.presentation.tables import Table

    rows = [
        [
            row.family,
            f"{row.gain:.4g}",
            f"{row.stderr:.2g}",
            f"{100 * row.gain / design.endowment_cost:.1f}" if design.endowment_cost else "",
            "" if row.selected is None else f"{row.selected:.4g}",
            "" if row.optimism is None else f"{row.optimism:+.2g}",
            f"{row.worst:.6g}",
        ]
        for row in design.table
    ]
    chosen = frozenset(r for r, row in enumerate(design.table) if row.family == design.family)
    title = f"{design.inst.name}: {int(design.inst.copies.sum())} agents, {design.estimate.draws} fresh profiles"
    return Table(title, ["family", "saves", "± s.e.", "%", "selection", "optimism", "dearest"], rows, bold=chosen)
