"""What a recheck found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["holds", "fails", "unchecked"]


@dataclass(frozen=True)
class Claim:
    """One claim of a design file, rechecked.

    Attributes
    ----------
    name
        What was checked.
    outcome
        "holds": worked out again, and so. "fails": it is not so. "unchecked": stated, and not to be worked out again,
        or on so little that it says nothing; ``detail`` has what is known beside it.
    detail
        The numbers that say so.
    """

    name: str
    outcome: Outcome
    detail: str

    @property
    def passed(self) -> bool:
        """Whether it did not fail."""
        return self.outcome != "fails"


def judged(name: str, holds: bool, detail: str) -> Claim:
    """A claim that holds or fails."""
    return Claim(name, "holds" if holds else "fails", detail)
