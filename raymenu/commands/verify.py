"""``raymenu verify``: recheck a design file by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from raymenu.commands.exits import EXIT_FAILED
from raymenu.designs.document import read_document
from raymenu.designs.verification import verify as verify_document
from raymenu.instances.files import write_json


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command("verify")(verify)


def verify(
    design: Annotated[Path, typer.Argument(help="A design file that `raymenu solve` or `small-market` wrote.")],
    bounds: Annotated[bool, typer.Option("--bounds", help="Also prove the lower bound again.")] = False,
    json: Annotated[Path | None, typer.Option(help="File for the checks as JSON.")] = None,
) -> int:
    """Recheck DESIGN in rational arithmetic; exit status 1 where a check fails."""
    checks = verify_document(read_document(design), bounds=bounds)
    table = Table("check", "", "detail")
    for found in checks:
        table.add_row(found.name, "[green]holds[/green]" if found.passed else "[red]FAILS[/red]", found.detail)
    Console().print(table)
    if json is not None:
        write_json(json, [{"name": c.name, "passed": c.passed, "detail": c.detail} for c in checks])
    return 0 if all(found.passed for found in checks) else EXIT_FAILED
