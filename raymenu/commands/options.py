"""The options that verbs share: the same name, the same meaning and the same words everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

InstanceName = Annotated[
    str, typer.Argument(metavar="INSTANCE", help="Name of a library instance, or a .json file.", show_default=False)
]
Types = Annotated[int, typer.Option(min=1, help="Preference types made of each agent's distribution.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of everything drawn: equal seeds, equal results.")]
TimeLimit = Annotated[
    float | None,
    typer.Option(min=0, metavar="SECONDS", help="For the whole command; then what is there is written, status 3."),
]
FromEndowment = Annotated[
    bool, typer.Option("--from-endowment", help="Start menus from an endowment with which some agents may lose.")
]
Backend = Annotated[
    str, typer.Option(metavar="NAME", help="Who solves the linear programs: highs, scip, gurobi, or pyomo:NAME.")
]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder for everything the command makes.")]
Json = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Write the figures as JSON; - is standard output.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors; files are written all the same.")]
