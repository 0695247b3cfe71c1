"""What ``check()`` of a result says: every condition recomputed from the numbers alone, the worst one named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes, Instance

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Check:
    """How far a mechanism is from each of the conditions it must meet.

    Attributes
    ----------
    violations
        By condition, the largest violation, as a share of what is at stake there: of the count of the task (market
        clearing, nonnegativity), of the workload the agent may insist on (participation, incentives). 0 where it holds.
    places
        By condition, where that is, in words.

    Examples
    --------
    >>> found = Check({"market clearing": 0.0, "participation": 2e-3}, {"participation": "agent 'a', type 3"})
    >>> found.name, found.worst, found.ok()
    ('participation', 0.002, False)
    >>> print(found)
    worst violation 2.0e-03: participation, agent 'a', type 3
    """

    violations: Mapping[str, float]
    places: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The condition that is violated most."""
        return max(self.violations, key=lambda name: self.violations[name])

    @property
    def worst(self) -> float:
        """The largest violation."""
        return self.violations[self.name]

    def ok(self, tolerance: float = 1e-6) -> bool:
        """Whether every condition holds to the tolerance."""
        return self.worst <= tolerance

    def __str__(self) -> str:
        place = self.places.get(self.name)
        return f"worst violation {self.worst:.1e}: {self.name}" + (f", {place}" if place else "")


class Checker:
    """Collects violations, keeping the largest of each condition and its place."""

    def __init__(self, inst: Instance) -> None:
        self.inst = inst
        self.violations: dict[str, float] = {}
        self.places: dict[str, str] = {}

    def note(self, condition: str, violation: float, place: str) -> None:
        """Take one violation (negative: it holds) into account."""
        amount = max(float(violation), 0.0) if not np.isnan(violation) else float("inf")
        if amount > self.violations.get(condition, 0.0):
            self.places[condition] = place
        self.violations[condition] = max(amount, self.violations.get(condition, 0.0))

    def clearing(self, totals: Floats, condition: str = "market clearing", suffix: str = "") -> None:
        """``totals`` (I,) against the counts."""
        short = (self.inst.counts - totals) / self.inst.counts
        senses = self.inst.clearing_senses
        misses = np.array([{"==": abs(s), ">=": s, "<=": -s}[sense] for s, sense in zip(short, senses)])
        i = int(np.argmax(misses))
        self.note(condition, misses[i], f"task {self.inst.tasks[i]!r}{suffix}")

    def nonnegative(self, assignments: list[Floats]) -> None:
        """(..., I) arrays, one a row of the instance."""
        for j, values in enumerate(assignments):
            # Payments to agents have no lower bound.
            shares = np.atleast_2d(np.where(self.inst.cost_signs > 0, -values / self.inst.counts, 0.0))
            t, i = np.unravel_index(int(np.argmax(shares)), shares.shape)
            self.note("nonnegativity", shares[t, i], f"agent {self.inst.agents[j]!r}, task {self.inst.tasks[i]!r}")

    def rules(self, over: Floats, suffix: str = "") -> None:
        """``over`` (R,), how far each row of the instance's rules is broken, in tasks."""
        if not over.size:
            return
        rules = self.inst.compiled_rules
        shares = over / rules.scales
        r = int(np.argmax(shares))
        self.note("rules", shares[r], f"rule {rules.names[r]!r}{suffix}")

    def participation(self, j: int, workloads: Floats, demands: Floats) -> None:
        """(T,) expected workloads of row j against ``beta_j c . sigma_j``."""
        excess = (workloads - demands) / scale_of(demands)
        t = int(np.argmax(excess))
        self.note("participation", excess[t], f"agent {self.inst.agents[j]!r}, type {t}")

    def incentives(self, j: int, workloads: Floats, demands: Floats) -> None:
        """(T, T) workload to type t of reporting s; the truth is on the diagonal."""
        gains = (np.diag(workloads)[:, None] - workloads) / scale_of(demands)[:, None]
        t, s = np.unravel_index(int(np.argmax(gains)), gains.shape)
        self.note("incentive compatibility", gains[t, s], f"agent {self.inst.agents[j]!r}, type {t} reporting {s}")

    def done(self) -> Check:
        """The check."""
        return Check(self.violations, self.places)


def demanded_workloads(inst: Instance, types: list[FiniteTypes], j: int) -> Floats:
    """(T_j,), the expected workload ``beta_j c_t . sigma_j`` each type of row j may insist on."""
    demanded: Floats = inst.slack[j] * (types[j].costs * inst.cost_signs) @ inst.status_quo[j]
    return demanded


def scale_of(demands: Floats) -> Floats:
    """What a violation is measured against: the workload insisted on, or 1 for an agent that holds nothing."""
    return np.where(demands != 0, np.abs(demands), 1.0)
