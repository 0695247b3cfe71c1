"""``raymenu small-market``: menus that clear in the market as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from raymenu.commands.exits import EXIT_DONE, EXIT_LIMIT
from raymenu.instances import InputError, load
from raymenu.instances.files import write_json, write_text
from raymenu.mechanisms.participation import where_all_participate
from raymenu.presentation.pictures import draw_menus, save
from raymenu.presentation.pictures.menus import OfferedMenu
from raymenu.presentation.sheets import acceptance, label, menu_of, rate_lines, sheets
from raymenu.presentation.small_market import record
from raymenu.presentation.words import describe_menu
from raymenu.solvers.small_market import SmallMarketDesign, design_small_market

PICTURED = 500


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
    from_endowment: Annotated[
        bool, typer.Option("--from-endowment", help="start menus from an endowment with which some agents may lose")
    ] = False,
    time_limit: Annotated[float | None, typer.Option(help="seconds; the best so far is reported")] = None,
    out: Annotated[Path | None, typer.Option(help="folder for the design, exchange rates, choice sheets")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="write the design here")] = None,
) -> int:
    """Design menus for the market as it is, and say what they are worth there."""
    inst = load(instance)
    if copies != 1:
        inst = inst.with_copies(copies)
    console = Console()
    if not from_endowment:
        inst, note = where_all_participate(inst)
        if note:
            console.print(f"Participation: {note}.", highlight=False, markup=False, soft_wrap=True)
    design = design_small_market(
        inst,
        types,
        seed,
        effort=effort,
        profiles=profiles,
        time_limit=time_limit,
        progress=lambda name, gain: console.print(f"{name}: saves {gain:.4g} on the selection sample", highlight=False),
    )
    if json_file is not None or out is not None:
        document = record(design, types, seed)
        if json_file is not None:
            write_json(json_file, document)
        if out is not None:
            write_out(design, document, out)
    console.print(_table(design))
    console.print(
        f"{design.family}: expected cost {design.cost:.6g} ± {design.stderr:.2g}; "
        f"the endowment costs {design.endowment_cost:.6g}, and no profile costs more",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
    for line in rate_lines(design):
        console.print(f"  {line}", highlight=False, markup=False, soft_wrap=True)
    for group in design.plan.groups:
        console.print(label(design, group), style="bold", highlight=False, markup=False, soft_wrap=True)
        for line in describe_menu(menu_of(group), inst.tasks, acceptance(design, group)):
            console.print(f"  {line}", highlight=False, markup=False, soft_wrap=True)
    if out is not None:
        console.print(
            f"Written to {out}: design.json, exchange-rates.txt, choice-sheets.txt, menus.png", soft_wrap=True
        )
        console.print(f"Check it with: raymenu verify {out / 'design.json'}", soft_wrap=True)
    if design.stopped is not None:
        console.print(f"stopped: {design.stopped}", highlight=False, markup=False, soft_wrap=True)
        return EXIT_LIMIT
    return EXIT_DONE


def write_out(design: SmallMarketDesign, document: dict[str, Any], folder: Path) -> None:
    """Write the design file, exchange rates, choice sheets and the picture of the menus into a folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise InputError(f"cannot be made ({fault.strerror}): choose another place", source=str(folder)) from None
    inst = design.inst
    write_json(folder / "design.json", document)
    write_text(folder / "exchange-rates.txt", "\n".join(rate_lines(design)) + "\n")
    write_text(folder / "choice-sheets.txt", "\n\n".join(sheets(design)) + "\n")
    types = {row: inst.preferences[row].discretize(PICTURED, seed=0) for row in range(inst.n_agents)}
    offered = [OfferedMenu(label(design, group), menu_of(group), types[group.row]) for group in design.plan.groups]
    save(draw_menus(offered, inst.tasks, f"{inst.name}: {design.family}"), folder / "menus.png")


def _table(design: SmallMarketDesign) -> Table:
    agents = int(design.inst.copies.sum())
    table = Table(title=f"{design.inst.name}: {agents} agents, {design.estimate.draws} fresh profiles")
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
