"""``raymenu instances``: what the library holds."""

from __future__ import annotations

import typer

from raymenu.commands.options import Json, Quiet
from raymenu.commands.run import Run


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command("instances")(instances)


def instances(json_file: Json = None, quiet: Quiet = False) -> None:
    """List the instances of the library."""
    from raymenu.instances import library, load
    from raymenu.presentation.tables import Table

    with Run(quiet, json_file) as run:
        held = [load(name) for name in library()]
        rows = [
            [inst.name, inst.source.split(":")[0], str(inst.n_tasks), str(inst.n_agents), str(inst.copies.sum())]
            for inst in held
        ]
        run.show(Table("", ["name", "source", "tasks", "rows", "agents"], rows, words=2))
        run.figures(
            [
                {"name": inst.name, "tasks": inst.n_tasks, "rows": inst.n_agents}
                | {"agents": int(inst.copies.sum()), "source": inst.source}
                for inst in held
            ]
        )
