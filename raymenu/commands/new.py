"""``raymenu new``: an instance from the tables one has."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Literal

import typer

from raymenu.commands.options import Json, Quiet
from raymenu.commands.run import Run

Meaning = Literal["cost", "score"]
Incomplete = Literal["refuse", "drop", "fill"]
Decimal = Literal["point", "comma"]


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command("new")(new)


def new(
    performance: Annotated[
        str | None,
        typer.Option(metavar="TABLE", help="CSV or XLSX (book.xlsx#sheet): how well each agent does each task."),
    ] = None,
    performance_is: Annotated[
        Meaning | None,
        typer.Option(help="cost (less is better: error rates, minutes) or score (more is better); no default."),
    ] = None,
    status_quo: Annotated[
        str | None, typer.Option(metavar="TABLE", help="How many of each task each agent does today.")
    ] = None,
    preferences: Annotated[
        str, typer.Option(metavar="LOW..HIGH|TABLE", help="Range of private costs, or a table with lower and upper.")
    ] = "0.5..2",
    costs: Annotated[
        str | None, typer.Option(metavar="TABLE", help="Stated costs instead, respondents by tasks.")
    ] = None,
    incomplete: Annotated[
        Incomplete, typer.Option(help="What becomes of respondents with blanks or costs of 0.")
    ] = "refuse",
    copies: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Column that says how many agents alike a row stands for.")
    ] = None,
    shrink: Annotated[
        str | None, typer.Option(metavar="auto|CASES", help="Move rates from few cases towards their mean.")
    ] = None,
    cases: Annotated[
        str | None, typer.Option(metavar="TABLE", help="Cases behind each rate, for --shrink; else the status quo.")
    ] = None,
    rules: Annotated[
        str | None, typer.Option(metavar="TABLE", help="Rules on the final assignment, one per row.")
    ] = None,
    decimal: Annotated[Decimal | None, typer.Option(help="Decimal mark, where a table does not decide it.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the instance; by default that of the file.")] = None,
    source: Annotated[
        str | None, typer.Option(help="Where the numbers are from: words, or a .txt or .md file of them.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The instance file to write; - is standard output.")
    ] = None,
    example: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write example tables into this folder instead.")
    ] = None,
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Make an instance from tables of performance, status quo and preferences."""
    with Run(quiet, json_file, files=[out], folder=example) as run:
        if example is not None:
            _write_example(run, example)
            return
        from raymenu.instances import InputError
        from raymenu.instances.files import write_text
        from raymenu.instances.tables.recipe import TableRecipe

        wanted = {"--performance": performance, "--status-quo": status_quo, "--out": out}
        if performance is None or status_quo is None or out is None:
            missing = ", ".join(option for option, value in wanted.items() if value is None)
            raise InputError(f"{missing} missing: give it, or start with raymenu new --example DIR")
        if performance_is is None:
            raise InputError(
                "is missing: say cost where less is better (error rates, minutes) or score where more is better; "
                "nothing is guessed, as the wrong one gives the opposite design",
                field="--performance-is",
            )
        if str(out) != "-" and out.suffix != ".json" and (out.is_file() or not out.exists()):
            raise InputError("an instance file ends in .json: name it so", field="--out")
        recipe = TableRecipe(
            performance,
            performance_is,
            status_quo,
            preferences,
            costs=costs,
            incomplete=incomplete,
            copies=copies,
            cases=cases,
            shrink=shrink,
            rules=rules,
            decimal=decimal,
            name=name,
            source=source,
        )
        built = recipe.build(name=out.stem if out.suffix == ".json" else "mine")
        write_text(out, built.instance.to_json())
        run.say(*built.notes)
        if str(out) != "-":
            run.say(f"Written to {out}. Next: raymenu check {shlex.quote(str(out))}")
        run.figures({"instance": built.instance.name, "digest": built.instance.digest, "notes": built.notes})


def _write_example(run: Run, folder: Path) -> None:
    from raymenu.instances import InputError
    from raymenu.instances.files import folder_together
    from raymenu.instances.tables.example import EXAMPLE, example_command

    taken = [folder / name for name in EXAMPLE if (folder / name).exists()]
    if taken:
        raise InputError("is there already: give an empty folder", source=str(taken[0]))
    with folder_together(folder) as made:
        for name, text in EXAMPLE.items():
            (made / name).write_text(text, encoding="utf-8-sig")  # spreadsheet programs ask for the mark
    run.say(
        f"Written to {folder}: {', '.join(EXAMPLE)}. Next, after changing them to your own:", example_command(folder)
    )
