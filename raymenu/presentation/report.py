"""The report: one page for whoever signs, with the economist's questions answered below."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from raymenu.designs.design import Design
from raymenu.presentation.ladder_view import RungView, ladder_table, ladder_view
from raymenu.presentation.market_view import MarketView
from raymenu.presentation.offers_view import Offer, menus_table, offers_of, rate_lines
from raymenu.presentation.rounding import percent
from raymenu.presentation.tables import Table
from raymenu.presentation.templates import render
from raymenu.solvers.value_of_choice.rungs import Rung, price_of_obviousness
from raymenu.version import VERSION

SHOWN = 12
"""Offers that the page shows at once; the others are folded away."""


@dataclass(frozen=True, eq=False)
class Report:
    """Everything that the page says.

    Attributes
    ----------
    design
        The mechanisms compared, and the one recommended.
    ladder
        Rungs on the certificate's types; empty where none were computed.
    notes
        What was done about participation, what was cut short: sentences.
    files
        What lies beside the page: name, what it is for.
    """

    design: Design
    ladder: Sequence[Rung] = ()
    notes: Sequence[str] = ()
    files: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def market(self) -> MarketView:
        """The market's numbers."""
        return MarketView(self.design)

    @cached_property
    def offers(self) -> list[Offer]:
        """Who is offered what."""
        return offers_of(self.design.plan)

    @cached_property
    def rungs(self) -> list[RungView]:
        """The ladder, rounded."""
        return ladder_view(self.ladder) if self.ladder else []

    @cached_property
    def rates(self) -> list[str]:
        """Exchange rates."""
        return rate_lines(self.design.plan)

    @property
    def types(self) -> str:
        """How many types the benchmarks rest on, in words."""
        if self.design.certificate is None:
            return ""
        sizes = sorted({own.size for own in self.design.certificate.types})
        few = f"{sizes[0]:,}" if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,}"
        return f"{few} types per agent"

    @property
    def gap(self) -> str:
        """The width of the certified interval, relative to its upper end."""
        found = self.design.certificate
        if found is None or not math.isfinite(found.lower):
            return "unknown"
        upper = found.upper
        return percent((upper - found.lower) / abs(upper)) if upper else "0.0%"

    @property
    def interval(self) -> str:
        """The certified interval of the large market's value."""
        found = self.design.certificate
        if found is None:
            return ""
        lower = self.market.costs(found.lower) if math.isfinite(found.lower) else "unknown"
        return f"{lower} to {self.market.costs(found.upper)}"

    @property
    def obviousness(self) -> str:
        """The share of the gain that obviousness costs, in words; empty where it is not known."""
        share = price_of_obviousness(list(self.ladder))
        if share is None:
            return ""
        low, high = (percent(end) for end in share)
        return low if low == high else f"{low} to {high}"

    def prices(self) -> Table | None:
        """The large market's prices; None where it was not solved."""
        found = self.design.certificate
        if found is None:
            return None
        inst = self.design.instance
        rows = [
            [task, f"{inst.counts[i]:,.6g}", self.market.costs(float(found.prices[i]))]
            for i, task in enumerate(inst.tasks)
        ]
        return Table("", ["task", "how many", "price of one"], rows)

    def ladder_table(self) -> Table:
        """The ladder as a table."""
        return ladder_table(self.rungs, f"Social cost of the best of each kind, all on the same {self.types}")

    def html(self, pictures: Mapping[str, bytes] | None = None) -> str:
        """The page, complete in itself.

        Parameters
        ----------
        pictures
            PNG files by caption.
        """
        inst = self.design.instance
        inline = {
            caption: f"data:image/png;base64,{base64.b64encode(picture).decode()}"
            for caption, picture in (pictures or {}).items()
        }
        return render(
            "report.html.j2",
            report=self,
            inst=inst,
            agents=int(inst.copies.sum()),
            market=self.market,
            shown=menus_table(self.offers[:SHOWN], ""),
            folded=menus_table(self.offers[SHOWN:], "") if len(self.offers) > SHOWN else None,
            more=len(self.offers) - SHOWN,
            pictures=inline,
            preferences=sorted({str(getattr(p, "kind", "of one's own")) for p in inst.preferences}),
            version=VERSION,
        )
