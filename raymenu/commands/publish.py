"""``raymenu publish``: a design that can be handed round."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from raymenu.commands.options import Quiet
from raymenu.commands.run import Run


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command("publish")(publish)


def publish(
    design: Annotated[Path, typer.Argument(metavar="DESIGN", help="A file that `solve` or `small-market` wrote.")],
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="A page (.html), or data alone (.json); - is standard output.")
    ],
    quiet: Quiet = False,
) -> None:
    """Write everybody's menu to hand round, without performance."""
    with Run(quiet, files=[out]) as run:
        from raymenu.designs.document import read_design
        from raymenu.instances.files import write_text
        from raymenu.presentation.publication import publication_page, publication_text

        found = read_design(design)
        write_text(out, publication_page(found) if out.suffix.lower() == ".html" else publication_text(found))
        if str(out) != "-":
            run.say(f"Written to {out}: menus of {len(found.instance.single_agents)} agents, no performance, no costs")
