"""The market as it is: what each mechanism costs there, and what speaks for the one recommended."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from raymenu.designs.design import ENDOWMENT, STATUS_QUO, Design, Option
from raymenu.presentation.glossary import family_words
from raymenu.presentation.rounding import Costs, percent
from raymenu.presentation.tables import Table

ROUNDING = 1e-12
"""Share of a cost below which a standard error is the rounding of profiles in which nobody trades."""


@dataclass(frozen=True, eq=False)
class MarketView:
    """A design's numbers in this market, rounded once."""

    design: Design

    @cached_property
    def costs(self) -> Costs:
        """How costs are rounded."""
        return Costs(self.design.instance.status_quo_cost)

    @property
    def agents(self) -> int:
        """Single agents."""
        return int(self.design.instance.copies.sum())

    @property
    def keeps(self) -> bool:
        """Whether the design recommends to leave everything as it is."""
        return self.design.recommended.mechanism in (STATUS_QUO, ENDOWMENT)

    @property
    def now(self) -> str:
        """What the status quo costs."""
        return self.costs(self.design.instance.status_quo_cost)

    @property
    def then(self) -> str:
        """What the recommended mechanism costs."""
        return self.costs(self.design.recommended.cost)

    @property
    def saves(self) -> str:
        """What it saves, as a share of the status quo's cost."""
        return self.saving(self.design.recommended)

    @property
    def error(self) -> str:
        """Its standard error, as a share of the status quo's cost."""
        quo = abs(self.design.instance.status_quo_cost)
        return percent(self.design.recommended.stderr / quo if quo else 0.0)

    @property
    def words(self) -> str:
        """What the recommended mechanism is, in plain words."""
        return family_words(self.design.recommended.mechanism)[0]

    def saving(self, option: Option) -> str:
        """What an option saves, as a share of the status quo's cost."""
        quo = self.design.instance.status_quo_cost
        return percent((quo - option.cost) / abs(quo) if quo and abs(quo - option.cost) > ROUNDING * abs(quo) else 0.0)

    @property
    def headline(self) -> str:
        """The recommendation in a sentence."""
        if self.keeps:
            return f"Leave everything as it is: nothing found costs less than {self.now} in this market."
        return (
            f"{self.words}: expected social cost falls from {self.now} to {self.then}, by {self.saves} "
            f"(standard error {self.error})."
        )

    def table(self) -> Table:
        """The mechanisms compared, cheapest first."""
        options = sorted(self.design.options, key=lambda option: option.cost)
        rows = []
        for option in options:
            # Profiles in which nobody trades differ by rounding only.
            error = option.stderr if option.stderr > ROUNDING * abs(option.cost) else 0.0
            rows.append(
                [*family_words(option.mechanism), self.costs(option.cost), self.costs(error), self.saving(option)]
            )
        chosen = frozenset(k for k, option in enumerate(options) if option is self.design.recommended)
        title = f"In this market of {self.agents} agents, over {self.design.recommended.report.draws:,} fresh profiles"
        return Table(title, ["mechanism", "in the paper", "expected cost", "s.e.", "saves"], rows, 2, chosen)
