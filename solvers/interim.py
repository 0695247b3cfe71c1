"""Mechanisms given by their interim assignments x_j(i, t): full information, and BIC in the large market."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from raymenu import models
from raymenu.instances import FiniteTypes, Instance
from raymenu.models.finite import Types, finite_types
from raymenu.solvers.backends import backend, solve_to_optimality
from raymenu.solvers.checking import Check, Checker, demanded_workloads
from raymenu.solvers.growing import TIGHT
from raymenu.solvers.results import SolverResult

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class InterimMechanism:
    """What each type of each agent expects.

    Attributes
    ----------
    interim
        One (T_j, I) array a row: ``interim[j][t]`` is x_j(., t), expected tasks.
    types
        The types, one ``FiniteTypes`` a row.
    market
        "large": the market clears in expectation. "finite": in every profile.
    result
        What the solver said last.
    """

    inst: Instance
    types: list[FiniteTypes]
    market: Literal["finite", "large"]
    interim: list[Floats]
    result: SolverResult

    @property
    def cost(self) -> float:
        """``sum_j copies_j sum_t f_j(t) pi_j . x_j(t)``, recomputed."""
        expected = self.expected_assignment()
        return float(self.inst.copies @ (self.inst.performance * expected).sum(axis=1))

    def expected_assignment(self) -> Floats:
        """(J, I), each row's assignment in expectation over its types."""
        return np.array([made.weights @ x for made, x in zip(self.types, self.interim)])

    def check(self) -> Check:
        """Clearing (in expectation), participation and nonnegativity, recomputed from the numbers."""
        return self._checker().done()

    def _checker(self) -> Checker:
        checker = Checker(self.inst)
        checker.clearing(self.inst.copies @ self.expected_assignment())
        checker.nonnegative(self.interim)
        for j, (made, x) in enumerate(zip(self.types, self.interim)):
            workloads = (made.costs * x) @ self.inst.cost_signs
            checker.participation(j, workloads, demanded_workloads(self.inst, self.types, j))
        return checker


def solve_full_information(
    inst: Instance, types: Types = 200, seed: int = 0, market: Literal["finite", "large"] = "large"
) -> InterimMechanism:
    """Program (1) without (IC): a lower bound on every mechanism the agents accept.

    Parameters
    ----------
    types, seed
        A number of types a row, or ``FiniteTypes``; seed of the discretisation.
    market
        "large": clearing in expectation. "finite": in every type profile, which are enumerated.

    Raises
    ------
    InputError
        Where the types do not fit, or there are too many profiles to enumerate.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.load("anaesthesia")
    >>> full = solve_full_information(inst, types=20)
    >>> full.check().ok(), full.cost <= inst.status_quo_cost
    (True, True)
    """
    made = finite_types(inst, types, seed)
    m = models.full_information(inst, made, market=market)
    result = solve_to_optimality(m, backend("highs"), m.name, options=TIGHT)
    return InterimMechanism(inst, made, market, split_by_row(interim_values(m), made), result)


def interim_values(m: pyo.ConcreteModel) -> Floats:
    """The values of ``m.x``, flat."""
    return np.array([variable.value for variable in m.x.values()])


def split_by_row(values: Floats, types: list[FiniteTypes]) -> list[Floats]:
    """Flat values of ``m.x`` as one (T_j, I) array a row of the instance."""
    ends = np.cumsum([made.costs.size for made in types])[:-1]
    return [part.reshape(made.costs.shape) for part, made in zip(np.split(values, ends), types)]
