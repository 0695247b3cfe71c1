"""What a run says on a screen: the ladder, the certificate, the market, the menus; long outputs by group."""

from __future__ import annotations

import math
from typing import Any

from raymenu.presentation.offers_view import Offer
from raymenu.presentation.report import Report
from raymenu.presentation.tables import Table

MOST_RATES = 8
MOST_MENUS = 24
"""Lines about menus; the files hold all of them."""

Line = str | Table


def telling(report: Report) -> list[Line]:
    """Sentences and tables, in the order in which they are read."""
    told: list[Line] = [f"Note: {note}" for note in report.notes]
    if report.rungs:
        told.append(report.ladder_table())
    if report.design.certificate is not None:
        told.append(_certificate(report))
    told.append(report.market.table())
    told.append(f"Recommended: {report.market.headline}")
    if not report.market.keeps:
        told += report.rates[:MOST_RATES]
        if len(report.rates) > MOST_RATES:
            told.append(f"and {len(report.rates) - MOST_RATES} exchanges more")
        told += menu_lines(report.offers)
    return told


def menu_lines(offers: list[Offer]) -> list[str]:
    """The menus in words, as many as fit; those offered to most agents first where not all do."""
    blocks = [[f"{offer.label}:", *_actions(offer)] for offer in offers]
    if sum(map(len, blocks)) > MOST_MENUS:
        order = sorted(range(len(offers)), key=lambda k: -len(offers[k].agents))
        taken: list[int] = []
        for k in order:
            if sum(len(blocks[m]) for m in (*taken, k)) <= MOST_MENUS:
                taken.append(k)
        blocks = [blocks[k] for k in sorted(taken)]
    lines = [line for block in blocks for line in block]
    left = len(offers) - len(blocks)
    return [*lines, f"and {left} menus more, in menus.csv and choice-sheets/"] if left else lines


def _actions(offer: Offer) -> list[str]:
    return [f"  {action}; expected of {share}" for action, share in zip(offer.actions, offer.shares)]


def _certificate(report: Report) -> str:
    found = report.design.certificate
    prices = report.prices()
    listed = "" if prices is None else ", ".join(f"{task} {price}" for task, _, price in prices.rows)
    exact = "" if found is None else f" ({found.lower:.6g} <= V <= {found.upper:.6g})"
    return (
        "Certificate: with many agents of each kind, menus that are OSP whatever the costs may be cost at least the "
        f"lower end of {report.interval}{exact}, gap {report.gap}, {report.types}; the upper end is a lottery over "
        f"such menus. Prices: {listed}."
    )


def _known(number: float) -> float | None:
    """A number, or None for a bound that is not known: JSON has no infinity."""
    return number if math.isfinite(number) else None


def summary(report: Report) -> dict[str, Any]:
    """The same as data, for ``--json``."""
    design, found = report.design, report.design.certificate
    recommended = design.recommended
    data: dict[str, Any] = {
        "instance": design.instance.name,
        "status_quo_cost": design.instance.status_quo_cost,
        "ladder": [
            {"name": rung.name, "lower": _known(rung.lower), "upper": _known(rung.upper)} for rung in report.ladder
        ],
        "options": [
            {"mechanism": option.mechanism, "cost": option.cost, "stderr": option.stderr} for option in design.options
        ],
        "recommended": {"mechanism": recommended.mechanism, "reason": design.reason, "cost": recommended.cost}
        | {"saves": report.market.saves},
        "notes": list(report.notes),
        "agents": {
            name: dict(zip((action.code for action in offer.actions), offer.shares))
            for offer in report.offers
            for name in offer.agents
        },
    }
    if found is not None:
        gap = (found.upper - found.lower) / abs(found.upper) if found.upper != found.lower else 0.0
        data["large_market"] = {"lower": _known(found.lower), "upper": found.upper, "gap": _known(gap)} | {
            "prices": found.prices.tolist()
        }
    return data
