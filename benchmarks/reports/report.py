"""What a benchmark found: a table in the terminal, CSV files, one HTML page that needs nothing else.

The report as text is in ``markdown``.
"""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from raymenu.benchmarks.harness.jobs import Row, Verdict
from raymenu.benchmarks.reports.plots import pictures
from raymenu.benchmarks.reports.summary import Line, growth, summarize
from raymenu.instances.files import write_text

HEAD = ("solver", "rows", "solved", "wrong", "near", "SGM s", "ratio", "PDI", "MB", "medians", "otherwise")
ROW_HEAD = (
    "problem",
    "seed",
    "solver",
    "standing",
    "outcome",
    "status",
    "lower",
    "upper",
    "seconds",
    "peak MB",
    "remark",
)


def cells(line: Line) -> list[str]:
    """A line of the summary as text."""
    other = ", ".join(f"{count} {outcome}" for outcome, count in sorted(line.outcomes.items()) if outcome != "done")
    return [
        line.solver,
        str(line.rows),
        str(line.solved),
        str(line.wrong),
        "" if line.best_within is None else str(line.best_within),
        f"{line.seconds:.3g}",
        "" if line.ratio is None else f"{line.ratio:.3g}",
        "" if line.integral is None else f"{line.integral:.3f}",
        f"{line.peak_mb:.0f}",
        ", ".join(f"{name} {value:.3g}" for name, value in line.medians.items()),
        other,
    ]


def summary_table(lines: Sequence[Line]) -> list[list[str]]:
    """Head and lines of the summary, without columns that are empty throughout."""
    table = [list(HEAD), *(cells(line) for line in lines)]
    kept = [k for k in range(len(HEAD)) if any(line[k] for line in table[1:])]
    return [[line[k] for k in kept] for line in table]


def row_cells(row: Row, verdict: Verdict) -> list[str]:
    """A row as text: what was claimed, and what the check says."""
    result: Mapping[str, Any] = row.result
    bounds = [result.get(name, result.get("value")) for name in ("lower", "upper")]
    return [
        row.job.problem,
        str(row.job.seed),
        row.job.solver,
        verdict.standing,
        row.outcome,
        str(result.get("status", "")),
        *("" if bound is None else f"{bound:.10g}" for bound in bounds),
        f"{row.seconds:.4f}",
        f"{row.peak_mb:.0f}",
        "; ".join(verdict.reasons) or row.message,
    ]


def show(console: Console, title: str, rows: Sequence[Row], verdicts: Mapping[str, Verdict]) -> None:
    """The summary, and every wrong claim in red."""
    lines = summarize(rows, verdicts)
    head, *rest = summary_table(lines)
    table = Table(
        *(Column(name, no_wrap=k == 0) for k, name in enumerate(head)),
        title=title,
        box=box.SIMPLE,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for line, text in zip(lines, rest):
        # As Text: a solver's name holds brackets, which would be read as markup.
        table.add_row(*(Text(cell) for cell in text), style="bold red" if line.wrong else None)
    console.print(table)
    for row in rows:
        verdict = verdicts[row.job.key]
        if verdict.standing == "wrong":
            where = f"WRONG {row.job.solver} on {row.job.problem}, seed {row.job.seed}: "
            console.print(where + "; ".join(verdict.reasons), style="bold red", markup=False, highlight=False)


def write_csv(folder: Path, rows: Sequence[Row], verdicts: Mapping[str, Verdict]) -> None:
    """``summary.csv``, ``rows.csv``, and ``growth.csv``: median seconds of the random problems solved, by I and S."""
    medians = [
        (solver, n_tasks, int(size), f"{seconds:.4g}")
        for solver, by_tasks in growth(rows, verdicts).items()
        for n_tasks, (sizes, medians) in sorted(by_tasks.items())
        for size, seconds in zip(sizes, medians)
    ]
    tables: dict[str, list[Sequence[object]]] = {
        "summary": [HEAD, *(cells(line) for line in summarize(rows, verdicts))],
        "rows": [ROW_HEAD, *(row_cells(row, verdicts[row.job.key]) for row in rows)],
        "growth": [("solver", "I", "S", "median seconds"), *medians],
    }
    for name, lines in tables.items():
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(lines)
        write_text(folder / f"{name}.csv", text.getvalue())


def write_page(
    folder: Path, title: str, rows: Sequence[Row], verdicts: Mapping[str, Verdict], machine: Mapping[str, Any]
) -> None:
    """``report.html``: summary, pictures, all rows, machine and versions; self-contained."""
    lines = summarize(rows, verdicts)
    head, *rest = summary_table(lines)
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        _table(head, [(text, "wrong" if line.wrong else "") for line, text in zip(lines, rest)]),
        f"<p>{LEGEND}</p>",
        *(f"<h2>{html.escape(caption)}</h2>{picture}" for caption, picture in pictures(rows, verdicts).items()),
        "<h2>Rows</h2>",
        _table(ROW_HEAD, [(row_cells(row, verdicts[row.job.key]), verdicts[row.job.key].standing) for row in rows]),
        "<h2>Machine</h2>",
        _table(("", ""), [([name, str(value)], "") for name, value in machine.items()]),
    ]
    page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>{_STYLE}'
    write_text(folder / "report.html", page + "<body>" + "\n".join(parts) + "</body></html>\n")


LEGEND = (
    "solved: verified, and the gap reached within the limit. near: within the gap of the best verified value. SGM: "
    "shifted geometric mean (1 s), unsolved rows at the time limit. ratio: geometric mean of time over best, where "
    "solved. PDI: primal-dual integral over the time limit, 0 to 1, without refused rows. MB: peak. medians: of "
    "what else was counted or timed."
)
_STYLE = (
    "<style>body{font:14px sans-serif;margin:2em;max-width:75em}table{border-collapse:collapse;font-size:13px}"
    "td,th{padding:2px 8px;text-align:left;border-bottom:1px solid #ddd}tr.wrong{color:#c00;font-weight:bold}"
    "svg{max-width:100%;height:auto}</style>"
)


def _table(head: Sequence[str], lines: Sequence[tuple[Sequence[str], str]]) -> str:
    top = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
    body = "".join(
        f'<tr class="{kind}">' + "".join(f"<td>{html.escape(cell)}</td>" for cell in line) + "</tr>"
        for line, kind in lines
    )
    return f"<table><tr>{top}</tr>{body}</table>"
