"""The ladder as people read it: what each rung costs and saves, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from raymenu.presentation.glossary import rung_words
from raymenu.presentation.rounding import Costs, percent
from raymenu.presentation.tables import Table
from raymenu.solvers.value_of_choice.rungs import Rung

Standing = Literal["exact", "proven", "95% confidence", "not found yet"]
SAME = 1e-9
"""Share of the status quo's cost below which two bounds are one number."""


@dataclass(frozen=True)
class RungView:
    """One rung, rounded.

    Attributes
    ----------
    words, term
        Plain words, and the paper's.
    lower, upper
        Social cost, texts; ``upper`` is "not found yet" where nothing cheaper than the status quo is known.
    saves
        Share of the status quo's cost, in words.
    standing
        How sure that is.
    left, width
        Where the bar of the interval begins and how wide it is, in per cent of the picture.
    """

    name: str
    words: str
    term: str
    lower: str
    upper: str
    saves: str
    standing: Standing
    note: str
    left: float
    width: float

    @property
    def cost(self) -> str:
        """Both bounds, or the one number that they are."""
        if self.standing == "not found yet":
            return "unknown" if self.lower == "unknown" else f"at least {self.lower}"
        if self.lower == "unknown":
            return f"at most {self.upper}"
        return self.lower if self.lower == self.upper else f"{self.lower} to {self.upper}"


def ladder_view(ladder: Sequence[Rung]) -> list[RungView]:
    """The rungs in order, cheapest first.

    Examples
    --------
    >>> [osp, quo] = ladder_view([Rung("lm_osp", 6.0, 8.0), Rung("status_quo", 8.0, 8.0)])
    >>> osp.cost, osp.saves, osp.standing
    ('at least 6.000', 'up to 25.0%, not found yet', 'not found yet')
    >>> quo.cost, quo.saves
    ('8.000', '0.0%')
    """
    quo = next(rung.upper for rung in ladder if rung.name == "status_quo")
    finite = [rung.lower for rung in ladder if math.isfinite(rung.lower)]
    least = min([*finite, quo])
    span = max(quo - least, SAME * max(abs(quo), 1e-300))
    costs = Costs(quo)
    return [_view(rung, quo, least, span, costs) for rung in ladder]


def ladder_table(views: Sequence[RungView], title: str) -> Table:
    """Cost, saving and standing of each rung."""
    rows = [[view.words, view.term, view.cost, view.saves, view.standing] for view in views]
    return Table(title, ["what is possible", "in the paper", "social cost", "saves", "how sure"], rows, words=2)


def _view(rung: Rung, quo: float, least: float, span: float, costs: Costs) -> RungView:
    words, term = rung_words(rung.name)
    same = SAME * abs(quo)
    exact = rung.upper - rung.lower <= same
    unknown = not exact and not rung.estimated and rung.upper >= quo - same
    standing: Standing
    if unknown:
        standing = "not found yet"
    elif rung.estimated:
        standing = "95% confidence"
    else:
        standing = "exact" if exact else "proven"
    low, high = ((quo - bound) / abs(quo) if quo else 0.0 for bound in (rung.upper, rung.lower))
    if unknown:
        saves = f"up to {percent(high)}, not found yet" if math.isfinite(high) else "not found yet"
    elif not math.isfinite(high):
        saves = f"at least {percent(low)}"
    elif percent(low) == percent(high):
        saves = percent(low)
    else:
        saves = f"{percent(low)} to {percent(high)}"
    left = 100 * (max(rung.lower, least) - least) / span
    right = 100 * (rung.upper - least) / span
    lower = costs(rung.lower) if math.isfinite(rung.lower) else "unknown"
    upper = "not found yet" if unknown else costs(rung.upper)
    return RungView(
        rung.name, words, term, lower, upper, saves, standing, rung.note, round(left, 2), round(right - left, 2)
    )
