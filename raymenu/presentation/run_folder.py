"""Everything a run makes, in one folder: first what people sign and fill in, then the pictures."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from raymenu.designs.choices import COLUMNS, choice_rows
from raymenu.designs.document import write_design
from raymenu.instances.files import folder_together, write_bytes, write_text
from raymenu.presentation.choice_sheets import choice_sheets
from raymenu.presentation.csv_text import csv_text
from raymenu.presentation.offers_view import Offer
from raymenu.presentation.report import Report

FILES = {
    "design.json": "the design, exactly: what `raymenu verify` checks and `raymenu allocate` reads",
    "report.html": "what is offered and why, for whoever signs",
    "choice-sheets/": "a page to print for each agent",
    "choices.csv": "to fill in: a code for each agent",
    "menus.csv": "every action of every agent",
    "ladder.csv": "the benchmarks",
    "exchange-rates.txt": "the exchanges offered, in words",
    "ladder.png": "the benchmarks as a picture",
    "menus.png": "the menus as a picture",
}
"""What may lie in a folder."""
BARS = "What each exchange changes if it goes as far as it may"
TRIANGLES = "Whom each exchange attracts: a point is what someone may think of the three tasks"
PICTURED = 12
"""Offers that the picture of menus shows."""


def write_run(report: Report, folder: Path, pictures: bool = True) -> list[str]:
    """Write the folder; returns the names of what is there.

    The design file and everything that people fill in come first and together, then the page with its pictures.

    Parameters
    ----------
    pictures
        Left out where there is no time for them.
    """
    names = [name for name in FILES if not name.endswith(".png") and (name != "ladder.csv" or report.ladder)]
    report = Report(report.design, report.ladder, report.notes, {name: FILES[name] for name in names})
    sheets = choice_sheets(report.design.plan)
    with folder_together(folder) as made:
        write_design(made / "design.json", report.design)
        rows = choice_rows(report.design.plan)
        write_text(made / "choices.csv", csv_text(COLUMNS, [[row[name] for name in COLUMNS] for row in rows]))
        write_text(made / "menus.csv", csv_text(*_menus(report)))
        write_text(made / "exchange-rates.txt", "".join(f"{line}\n" for line in report.rates))
        if report.ladder:
            write_text(made / "ladder.csv", csv_text(*_ladder(report)))
        write_text(made / "report.html", report.html())
        (made / "choice-sheets").mkdir()
        for sheet in sheets:
            (made / "choice-sheets" / sheet.file).write_text(
                sheet.html, encoding="utf-8"
            )  # the folder moves as a whole
        _forget_older(folder, {sheet.file for sheet in sheets})
    if not pictures:
        return names
    drawn = _pictures(report)
    for name, picture in drawn.items():
        write_bytes(folder / name, picture)
    if "menus.png" in drawn:
        caption = TRIANGLES if report.design.instance.n_tasks == 3 else BARS
        write_text(folder / "report.html", report.html({caption: drawn["menus.png"]}))
    return [*names, *drawn]


def _forget_older(folder: Path, sheets: set[str]) -> None:
    """Pages and pictures of an earlier run that this one does not replace would tell of another design."""
    older = [folder / name for name in FILES if name.endswith(".png") or name == "ladder.csv"]
    kept = folder / "choice-sheets"
    older += [page for page in kept.glob("*.html") if page.name not in sheets] if kept.is_dir() else []
    for file in older:
        with suppress(OSError):
            file.unlink(missing_ok=True)


def _menus(report: Report) -> tuple[list[str], Iterable[list[Any]]]:
    tasks = report.design.instance.tasks
    heads = ["agent", "code", "action", "limit", "expected", *(f"most: {task}" for task in tasks)]
    return heads, (row for offer in report.offers for row in _menu_rows(offer))


def _menu_rows(offer: Offer) -> Iterable[list[Any]]:
    for name in offer.agents:
        for action, share in zip(offer.actions, offer.shares):
            yield [name, action.code, action.words, action.limit, share, *action.most.tolist()]


def _ladder(report: Report) -> tuple[list[str], Iterable[list[Any]]]:
    heads = ["rung", "lower", "upper", "saves", "standing", "words", "in the paper", "note"]
    return heads, (
        [view.name, rung.lower, rung.upper, view.saves, view.standing, view.words, view.term, view.note]
        for rung, view in zip(report.ladder, report.rungs)
    )


def _pictures(report: Report) -> dict[str, bytes]:
    from raymenu.presentation.glossary import RUNGS
    from raymenu.presentation.pictures import draw_ladder, draw_menus
    from raymenu.presentation.pictures.canvas import png

    inst, drawn = report.design.instance, {}
    if report.ladder:
        title = f"{inst.name}: from the first best to the status quo"
        words = {name: plain for name, (plain, _) in RUNGS.items()}
        drawn["ladder.png"] = png(draw_ladder(report.ladder, title, words, highlight="small_market"))
    traded = [offer for offer in report.offers if offer.menu.size]
    if traded:
        many = set(sorted(range(len(traded)), key=lambda k: -len(traded[k].agents))[:PICTURED])
        first = [offer for k, offer in enumerate(traded) if k in many]
        several = f", {len(first)} of {len(traded)} menus" if len(first) < len(traded) else ""
        drawn["menus.png"] = png(draw_menus(first, inst.tasks, f"{inst.name}: {report.market.words}{several}"))
    return drawn
