"""One benchmark from beginning to end: run what is missing, check everything, write everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from rich.console import Console

from raymenu.benchmarks.harness.jobs import Job, Row, Verdict, load_plugin, suite
from raymenu.benchmarks.harness.machine import machine
from raymenu.benchmarks.harness.runner import Limits, run_jobs
from raymenu.benchmarks.harness.store import Store, configuration, now, opened
from raymenu.benchmarks.reports.markdown import markdown
from raymenu.benchmarks.reports.report import row_cells, show, write_csv, write_page
from raymenu.instances.files import write_text


@dataclass(frozen=True)
class Finding:
    """The rows of a benchmark with their verdicts, and whether all its jobs have been run."""

    rows: list[Row]
    verdicts: dict[str, Verdict]
    complete: bool

    @property
    def wrong(self) -> list[Row]:
        """Rows that the check caught."""
        return [row for row in self.rows if self.verdicts[row.job.key].standing == "wrong"]


def benchmark(
    jobs: Sequence[Job],
    out: Path,
    *,
    limits: Limits,
    plugins: Sequence[str] = (),
    resume: bool = False,
    fresh: bool = False,
    command: str = "raymenu.benchmarks.harness.session.benchmark",
    console: Console | None = None,
) -> Finding:
    """Run the jobs of one suite into a folder, or what is still missing of them.

    Parameters
    ----------
    out
        Holds ``rows.sqlite``; in the end ``summary.csv``, ``rows.csv``, ``growth.csv``, ``report.html``, ``report.md``.
    resume
        Keep the rows of a finished run too, and run only what is missing.
    fresh
        Throw away what the folder holds.
    command
        What the report says it was made by.

    Raises
    ------
    InputError
        Where the folder holds another benchmark.
    """
    screen = console or Console()
    for plugin in plugins:
        load_plugin(plugin)
    name = jobs[0].suite
    with opened(out) as store:
        there = store.begin(
            configuration(list(jobs), limits.memory_mb, list(plugins)),
            {"machine": machine(), "limits": asdict(limits)},
            fresh=fresh,
            resume=resume,
        )
        todo = [job for job in jobs if job.key not in there]
        if there:
            screen.print(f"{len(jobs) - len(todo)} of {len(jobs)} rows are there already")
        if todo:
            store.begin_part({"command": command, "started": now(), "load": psutil.getloadavg()[0]})
        complete = _run(todo, store, limits, plugins, screen)
        finding = conclude(name, store, complete)
        title = f"raymenu bench {name}: {suite(name).about}"
        show(screen, title, finding.rows, finding.verdicts)
        write_csv(out, finding.rows, finding.verdicts)
        write_page(out, title, finding.rows, finding.verdicts, store.meta("machine"))
        facts = {name: store.meta(name) for name in ("machine", "limits", "invocations")} | {"finished": store.last()}
        write_text(out / "report.md", markdown(title, finding.rows, finding.verdicts, facts))
        if complete:  # only now: a kill while reports are written must not make the same command start anew
            store.finish()
    screen.print(
        f"written: {out}/rows.sqlite, summary.csv, rows.csv, growth.csv, report.html, report.md", highlight=False
    )
    return finding


def conclude(name: str, store: Store, complete: bool) -> Finding:
    """Check every stored row outside the solver that made it."""
    rows = store.rows()
    return Finding(rows, suite(name).verify(rows), complete)


def _run(jobs: Sequence[Job], store: Store, limits: Limits, plugins: Sequence[str], screen: Console) -> bool:
    done = 0

    def tell(row: Row) -> None:
        nonlocal done
        done += 1
        claim = row.result.get("status", "") or row.message
        screen.print(
            f"[{done}/{len(jobs)}] {row.job.problem} seed {row.job.seed} {row.job.solver}: {row.outcome} {claim} "
            f"({row.seconds:.2f} s)",
            markup=False,
            highlight=False,
        )

    try:
        run_jobs(jobs, store, limits=limits, plugins=plugins, on_row=tell)
    except KeyboardInterrupt:
        screen.print("interrupted: the rows so far are kept, the same command continues")
        return False
    return True


def as_data(finding: Finding) -> dict[str, object]:
    """Rows and verdicts as JSON holds them."""
    rows = [
        {"key": row.job.key, "result": dict(row.result), "cells": row_cells(row, finding.verdicts[row.job.key])}
        | {"standing": finding.verdicts[row.job.key].standing, "solved": finding.verdicts[row.job.key].solved}
        for row in finding.rows
    ]
    return {"complete": finding.complete, "rows": rows}
