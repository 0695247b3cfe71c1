"""``raymenu small-market``: menus that clear in the market as it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from raymenu.commands.exits import EXIT_DONE, EXIT_LIMIT
from raymenu.commands.options import FromEndowment, InstanceName, Json, Out, Quiet, Seed, TimeLimit, Types
from raymenu.commands.run import Run

if TYPE_CHECKING:
    from raymenu.designs.design import Design
    from raymenu.presentation.tables import Table
    from raymenu.solvers.small_market import SmallMarketDesign

PICTURED = 500


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
    """Design menus for the market as it is, and say what they are worth there."""
    with Run(quiet, json_file, time_limit, folder=out) as run:
        from raymenu.instances import load

        inst = load(instance).with_copies(copies)
        note = ""
        if not from_endowment:
            from raymenu.mechanisms.participation import where_all_participate

            inst, note = where_all_participate(inst)
        run.phase("menus that clear in this market")
        from raymenu.designs.document import design_document
        from raymenu.designs.solution import small_market_design
        from raymenu.presentation.sheets import acceptance, label, menu_of, rate_lines
        from raymenu.presentation.words import describe_menu
        from raymenu.solvers.small_market import design_small_market

        design = design_small_market(
            inst,
            types,
            seed,
            effort=effort,
            profiles=profiles,
            time_limit=run.seconds_left(),
            progress=lambda name, gain: run.phase(f"{name} saves {gain:.4g} on the selection sample; next family"),
        )
        compared = small_market_design(design, seed)
        run.figures(design_document(compared))
        if out is not None:
            write_out(design, compared, out)
        if note:
            run.say(f"Participation: {note}.")
        run.show(_table(design))
        run.say(
            f"{design.family}: expected cost {design.cost:.6g} ± {design.stderr:.2g}; "
            f"the endowment costs {design.endowment_cost:.6g}, and no profile costs more",
            *(f"  {line}" for line in rate_lines(design)),
        )
        for group in design.plan.groups:
            run.say(label(design, group))
            run.say(*(f"  {line}" for line in describe_menu(menu_of(group), inst.tasks, acceptance(design, group))))
        if out is not None:
            run.say(
                f"Written to {out}: design.json, exchange-rates.txt, choice-sheets.txt, menus.png",
                f"Check it with: raymenu verify {out / 'design.json'}",
            )
        if design.stopped is not None:
            run.say(f"stopped: {design.stopped}")
        return EXIT_DONE if design.stopped is None else EXIT_LIMIT


def write_out(design: SmallMarketDesign, compared: Design, folder: Path) -> None:
    """Write the design file, exchange rates, choice sheets and the picture of the menus into a folder."""
    from raymenu.designs.document import write_design
    from raymenu.instances.files import folder_together, write_text
    from raymenu.presentation.pictures import draw_menus, save
    from raymenu.presentation.pictures.menus import OfferedMenu
    from raymenu.presentation.sheets import label, menu_of, rate_lines, sheets

    inst = design.inst
    types = {row: inst.preferences[row].discretize(PICTURED, seed=0) for row in range(inst.n_agents)}
    offered = [OfferedMenu(label(design, group), menu_of(group), types[group.row]) for group in design.plan.groups]
    with folder_together(folder) as made:
        write_design(made / "design.json", compared)
        write_text(made / "exchange-rates.txt", "\n".join(rate_lines(design)) + "\n")
        write_text(made / "choice-sheets.txt", "\n\n".join(sheets(design)) + "\n")
        save(draw_menus(offered, inst.tasks, f"{inst.name}: {design.family}"), made / "menus.png")


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
