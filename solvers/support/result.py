"""What every method of the support function answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from raymenu.instances.shown import Shown
from raymenu.mechanisms import Menu

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SupportResult(Shown):
    """An interval for S(w) and a menu that attains its lower end.

    Attributes
    ----------
    lower
        w . y of ``menu`` on the given types, computed in rationals and rounded down.
    upper
        No polarized menu's value exceeds it; ``inf`` where a method proves nothing.
    status
        "optimal": certified, the gap asked for is reached. "feasible": certified, but stopped at a limit.
        "heuristic": a lower bound only.
    method
        The method that found it.
    seconds
        Wall-clock time.
    menu
        Exactly polarized.
    endowment_value
        w . eta: the gain is ``lower - endowment_value``.
    work
        Counts of what the method did.
    """

    lower: float
    upper: float
    status: Literal["optimal", "feasible", "heuristic"]
    method: str
    seconds: float
    menu: Menu
    endowment_value: float
    work: dict[str, int]

    def summary(self) -> str:
        """The interval, and how it was reached."""
        return (
            f"{self.lower:.9g} <= S(w) <= {self.upper:.9g} ({self.status}, {self.method}, {self.seconds:.3f} s); "
            f"gain over the endowment {self.gain:.6g}"
        )

    @property
    def gain(self) -> float:
        """lower - w . eta."""
        return self.lower - self.endowment_value

    @property
    def gap(self) -> float:
        """upper - lower, an absolute gap."""
        return self.upper - self.lower
