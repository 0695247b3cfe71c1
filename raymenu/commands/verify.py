"""``raymenu verify``: recheck a design file by itself."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from raymenu.commands.exits import EXIT_DONE, EXIT_FAILED
from raymenu.commands.options import Json, Quiet, TimeLimit
from raymenu.commands.run import Run

SHOWN = {"holds": "holds", "fails": "FAILS", "unchecked": "not checked"}


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command("verify")(verify)


def verify(
    design: Annotated[Path, typer.Argument(metavar="DESIGN", help="A file that `solve` or `small-market` wrote.")],
    bounds: Annotated[bool, typer.Option("--bounds", help="Also prove the lower bound again.")] = False,
    instance: Annotated[str | None, typer.Option(help="The instance it should be for: a name or a .json file.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of new profiles; default: another one each time.")] = None,
    time_limit: TimeLimit = None,
    json_file: Json = None,
    quiet: Quiet = False,
) -> int:
    """Recheck a design in exact arithmetic; status 1 if it fails."""
    with Run(quiet, json_file, time_limit) as run:
        from raymenu.instances import load
        from raymenu.instances.documents import read_json

        document = read_json(design)
        against = None if instance is None else load(instance)
        run.phase("checking in rational arithmetic")
        from raymenu.designs.verification import require_design
        from raymenu.designs.verification import verify as verify_document
        from raymenu.presentation.tables import Table

        findings = verify_document(require_design(document, str(design)), bounds, seed, against)
        rows = [[found.name, SHOWN[found.outcome], found.detail] for found in findings]
        run.show(Table("", ["check", "", "detail"], rows, words=3))
        run.figures([asdict(found) | {"passed": found.passed} for found in findings])
        return EXIT_DONE if all(found.passed for found in findings) else EXIT_FAILED
