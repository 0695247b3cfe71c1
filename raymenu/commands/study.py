"""``raymenu study``: many instances, varied, solved side by side into one table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from raymenu.commands.exits import EXIT_DONE, EXIT_FAILED
from raymenu.commands.lists import numbers
from raymenu.commands.options import Json, Quiet, Seed, Types
from raymenu.commands.run import Run
from raymenu.commands.workforce import DaskAddress, Workers, workforce

ROWS, TABLE = "rows.jsonl", "study.csv"


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command("study")(study)


def study(
    instances: Annotated[list[str], typer.Argument(metavar="INSTANCE...", help="Library names or .json files.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help=f"Folder for {TABLE}; rows that are there stay.")],
    vary: Annotated[
        list[str] | None,
        typer.Option(metavar="WHAT=V,V", help="slack=1,1.1 or copies=1,10 or width=1.25,2; repeat for a grid."),
    ] = None,
    types: Types = 100,
    seed: Seed = 0,
    gap: Annotated[float, typer.Option(min=1e-9, max=1, help="Certified gap of the large market.")] = 0.01,
    menus: Annotated[bool, typer.Option("--menus/--no-menus", help="Also menus for the market as it is.")] = True,
    case_limit: Annotated[float | None, typer.Option(min=0, metavar="SECONDS", help="For each row.")] = None,
    workers: Workers = None,
    dask: DaskAddress = None,
    json_file: Json = None,
    quiet: Quiet = False,
) -> int:
    """Solve every INSTANCE at every point of a grid, one row each; the same command goes on where it was stopped."""
    with Run(quiet, json_file, folder=out) as run:
        from raymenu.instances import load

        loaded = [load(name) for name in instances]
        grid = dict(_variation(text) for text in vary or [])
        run.phase("loading solvers")
        import pandas as pd

        from raymenu.designs.study import cases, run_study
        from raymenu.instances.files import write_text

        how = {"types": types, "seed": seed, "rel_gap": gap, "menus": menus, "time_limit": case_limit}
        wanted = cases(loaded, grid, **how)
        out.mkdir(parents=True, exist_ok=True)
        known = _known(out / ROWS)
        missing = [case for case in wanted if case.key not in known]
        with workforce(workers, dask) as executor, (out / ROWS).open("a", encoding="utf-8") as file:
            at = executor.get_executor() if dask else executor
            for number, (case, row) in enumerate(run_study(missing, at), 1):
                # A row is one line, written at once: whatever stops the study keeps those before.
                file.write(json.dumps({"key": case.key, "row": row}) + "\n")
                file.flush()
                known[case.key] = row
                run.phase(f"{number} of {len(missing)} rows, {row['instance']} took {row['seconds']:.1f} s")
        rows = [known[case.key] for case in wanted]
        write_text(out / TABLE, pd.DataFrame(rows).to_csv(index=False))
        run.figures(rows)
        failed = [row for row in rows if row["outcome"] != "done"]
        run.say(f"{len(rows)} rows, {len(rows) - len(missing)} of them known before: {out / TABLE}")
        for row in failed:
            run.say(f"{row['instance']}: {row['outcome']}")
        return EXIT_FAILED if failed else EXIT_DONE


def _variation(text: str) -> tuple[str, list[float]]:
    name, _, values = text.partition("=")
    return name, numbers(values, float, "--vary", "slack=1,1.1,1.2")


def _known(path: Path) -> dict[str, dict[str, Any]]:
    """The rows made before; a line cut short by a kill is made again."""
    known: dict[str, dict[str, Any]] = {}
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                made = json.loads(line)
            except json.JSONDecodeError:
                continue
            known[made["key"]] = made["row"]
    return known
