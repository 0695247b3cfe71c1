"""``raymenu verify``: recheck a design file by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from raymenu.commands.exits import EXIT_DONE, EXIT_FAILED
from raymenu.commands.options import Json, Quiet, TimeLimit
from raymenu.commands.run import Run


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command("verify")(verify)


def verify(
    design: Annotated[Path, typer.Argument(metavar="DESIGN", help="A file that `solve` or `small-market` wrote.")],
    bounds: Annotated[bool, typer.Option("--bounds", help="Also prove the lower bound again.")] = False,
    time_limit: TimeLimit = None,
    json_file: Json = None,
    quiet: Quiet = False,
) -> int:
    """Recheck DESIGN in rational arithmetic; exit status 1 where a check fails."""
    with Run(quiet, json_file, time_limit) as run:
        from raymenu.designs.document import read_document

        document = read_document(design)
        run.phase("checking in rational arithmetic")
        from raymenu.designs.verification import verify as verify_document
        from raymenu.presentation.tables import Table

        checks = verify_document(document, bounds=bounds)
        rows = [[found.name, "holds" if found.passed else "FAILS", found.detail] for found in checks]
        run.show(Table("", ["check", "", "detail"], rows, words=3))
        run.figures([{"name": c.name, "passed": c.passed, "detail": c.detail} for c in checks])
        return EXIT_DONE if all(found.passed for found in checks) else EXIT_FAILED
