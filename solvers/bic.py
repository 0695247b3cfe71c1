"""Program (1), solved: the best Bayesian incentive compatible mechanism on finite types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from raymenu import models
from raymenu.instances import FiniteTypes, InputError, Instance
from raymenu.models.finite import Types, finite_types
from raymenu.models.incentive import Misreport, add_incentive
from raymenu.solvers.checking import Check, demanded_workloads
from raymenu.solvers.constant import TIGHT
from raymenu.solvers.growing import GrowingProgram
from raymenu.solvers.interim import InterimMechanism, interim_values

Floats = NDArray[np.float64]
TOLERANCE = 1e-8
"""Relative violation below which no more rows are added."""


@dataclass(frozen=True)
class BicMechanism(InterimMechanism):
    """A solution of program (1).

    Attributes
    ----------
    form
        How the market's clearing was written: "large", "profile", "token" or "cuts".
    rounds, rows
        How often the program was solved, and how many rows of (IC) it ended with.
    """

    form: str
    rounds: int
    rows: int

    def check(self) -> Check:
        """Clearing, participation, incentive compatibility and nonnegativity, recomputed from the numbers."""
        checker = self._checker()
        for j, (made, x) in enumerate(zip(self.types, self.interim)):
            checker.incentives(j, made.costs @ x.T, demanded_workloads(self.inst, self.types, j))
        return checker.done()


def solve_bic(
    inst: Instance,
    types: Types = 20,
    seed: int = 0,
    market: Literal["finite", "large"] = "finite",
    form: Literal["auto", "profile", "token", "cuts"] = "auto",
) -> BicMechanism:
    """Solve program (1)."""
    if market != "large":
        raise InputError("the finite market is not solved yet: use market='large'", field="market")
    made = finite_types(inst, types, seed)
    m = models.bic(inst, made, market="large", incentive="none")
    program = GrowingProgram(m, TIGHT)
    while True:
        result = program.solve()
        interim = interim_values(m, made)
        rows = worst_misreports(inst, made, interim)
        if not rows:
            return BicMechanism(inst, made, "large", interim, result, "large", program.rounds, len(m.incentive))
        program.add(add_incentive(m, made, rows))


def worst_misreports(inst: Instance, types: list[FiniteTypes], interim: list[Floats]) -> list[Misreport]:
    """For each type the misreport it gains most by, where it gains more than ``TOLERANCE`` of its workload."""
    found = []
    for j, (made, x) in enumerate(zip(types, interim)):
        workloads = made.costs @ x.T
        gains = np.diag(workloads)[:, None] - workloads
        best = gains.argmax(axis=1)
        floor = TOLERANCE * demanded_workloads(inst, types, j)
        found += [(j, int(t), int(best[t])) for t in np.flatnonzero(gains.max(axis=1) > floor)]
    return found
