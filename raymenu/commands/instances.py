"""``raymenu instances``: what the library holds."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

from raymenu.instances import library, load


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command("instances")(instances)


def instances() -> None:
    """List the instances of the library."""
    table = Table("name", "I", "J", "agents", "source")
    for name in library():
        inst = load(name)
        table.add_row(name, str(inst.n_tasks), str(inst.n_agents), str(inst.copies.sum()), inst.source.split(":")[0])
    Console().print(table)
