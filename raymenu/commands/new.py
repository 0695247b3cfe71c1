"""``raymenu new``: an instance from the tables one has."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from raymenu.instances import InputError
from raymenu.instances.files import STANDARD_OUTPUT, check_writable, folder_together, write_text
from raymenu.instances.text import printable

if TYPE_CHECKING:
    from raymenu.instances.tables.building import BuiltInstance


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command("new")(new)


def new(
    performance: Annotated[
        str | None, typer.Option(help="CSV or XLSX (book.xlsx#sheet): agents by tasks, how well each does each.")
    ] = None,
    performance_is: Annotated[
        str | None, typer.Option(help="cost (less is better: error rates, minutes) or score (more is better).")
    ] = None,
    status_quo: Annotated[str | None, typer.Option(help="CSV or XLSX: how many of each task each agent does.")] = None,
    preferences: Annotated[
        str, typer.Option(help="Range of private costs, LOW..HIGH, or a table with columns lower and upper.")
    ] = "0.5..2",
    costs: Annotated[str | None, typer.Option(help="Table of stated costs instead, respondents by tasks.")] = None,
    incomplete: Annotated[
        str, typer.Option(help="Respondents with blanks or costs of 0: refuse, drop or fill.")
    ] = "refuse",
    copies: Annotated[
        str | None, typer.Option(help="Column that says how many agents alike a row stands for.", metavar="COLUMN")
    ] = None,
    shrink: Annotated[
        str | None, typer.Option(help="Shrink noisy rates to their mean: auto, or a weight in cases.")
    ] = None,
    cases: Annotated[
        str | None, typer.Option(help="Cases behind each rate, for --shrink; by default the status quo.")
    ] = None,
    decimal: Annotated[str | None, typer.Option(help="point or comma, where a table does not decide it.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the instance; by default that of the file.")] = None,
    source: Annotated[
        str | None, typer.Option(help="Where the numbers are from: words, or a text file that says it.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The instance file to write (.json); - is standard output.")] = None,
    example: Annotated[Path | None, typer.Option(help="Write example tables into this folder instead.")] = None,
) -> None:
    """Make an instance file from tables of performance, status quo and preferences."""
    if example is not None:
        _write_example(example)
        return
    if performance is None or status_quo is None or out is None:
        missing = [
            option
            for option, value in (("--performance", performance), ("--status-quo", status_quo), ("--out", out))
            if value is None
        ]
        raise InputError(
            f"{', '.join(missing)} missing: give the tables and the file to write, or start with raymenu new --example "
            "DIR"
        )
    meaning = _one_of("--performance-is", performance_is, "cost", "score")
    _check_out(out)
    from raymenu.instances.tables.assembling import from_files

    chosen = {
        "--name": name,
        "--performance": performance,
        "--performance-is": meaning,
        "--status-quo": status_quo,
        "--preferences": None if costs else preferences,
        "--costs": costs,
        "--incomplete": incomplete if incomplete != "refuse" else None,
        "--copies": copies,
        "--shrink": shrink,
        "--cases": cases,
        "--decimal": decimal,
    }
    built = from_files(
        performance,
        status_quo,
        cast(Literal["cost", "score"], meaning),
        preferences=preferences,
        costs=costs,
        incomplete=cast(
            Literal["refuse", "drop", "fill"], _one_of("--incomplete", incomplete, "refuse", "drop", "fill")
        ),
        copies=copies,
        cases=cases,
        shrink=shrink,
        decimal=None
        if decimal is None
        else cast(Literal["point", "comma"], _one_of("--decimal", decimal, "point", "comma")),
        name=name or ("mine" if str(out) == STANDARD_OUTPUT else out.stem),
        source=_source(source, chosen),
    )
    write_text(out, built.instance.to_json())
    _tell(built, out)


def _tell(built: BuiltInstance, out: Path) -> None:
    stream = sys.stderr if str(out) == STANDARD_OUTPUT else sys.stdout
    for note in built.notes:
        print(printable(note), file=stream)
    if str(out) != STANDARD_OUTPUT:
        print(f"Written to {printable(str(out))}. Next: raymenu check {shlex.quote(str(out))}")


def _check_out(out: Path) -> None:
    if str(out) != STANDARD_OUTPUT and out.suffix != ".json" and not out.is_char_device() and not out.is_fifo():
        raise InputError("an instance file ends in .json: name it so", field="--out", source=None)
    check_writable(out)


def _one_of(option: str, given: str | None, *allowed: str) -> str:
    if given is None:
        raise InputError(
            "is missing: say cost where less is better (error rates, minutes) or score where more is better; nothing "
            "is guessed, as the wrong one gives the opposite design",
            field=option,
        )
    if given not in allowed:
        raise InputError(f"{given!r} given: say {' or '.join(allowed)}", field=option)
    return given


def _source(given: str | None, chosen: dict[str, str | None]) -> str:
    """The words, or those of the file, and the command that makes the instance wherever it is written."""
    words = given or ""
    if given is not None and given.lower().endswith((".txt", ".md")):
        chosen = {**chosen, "--source": given}
        try:
            words = Path(given).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as fault:
            raise InputError(f"cannot be read as text ({fault}): check the file", source=given) from None
    command = [part for option, value in chosen.items() if value is not None for part in (option, value)]
    return " ".join([*words.split(), f"Made by `{shlex.join(['raymenu', 'new', *command])}`."])


def _write_example(folder: Path) -> None:
    from raymenu.instances.tables.example import EXAMPLE, example_command

    taken = [folder / name for name in EXAMPLE if (folder / name).exists()]
    if taken:
        raise InputError("is there already: give an empty folder", source=str(taken[0]))
    with folder_together(folder) as made:
        for name, text in EXAMPLE.items():
            (made / name).write_text(text, encoding="utf-8-sig")  # spreadsheet programs ask for the mark
    print(f"Written to {folder}: {', '.join(EXAMPLE)}. Next, after changing them to your own:")
    print(example_command(folder))
