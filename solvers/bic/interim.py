"""Mechanisms given by their interim assignments x_j(i, t), and the rule that leads to them in the finite market."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyomo.environ as pyo
from numpy.typing import ArrayLike, NDArray

from raymenu.instances import FiniteTypes, InputError, Instance
from raymenu.instances.shown import Shown
from raymenu.mechanisms.conditions import Check, Checker, demanded_workloads
from raymenu.models.program_1.profiles import Profile, profiles
from raymenu.solvers.backends.results import SolverResult
from raymenu.solvers.bic.border import Border
from raymenu.solvers.bic.hierarchical_rules import RankingLottery, ranking_lottery

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class InterimMechanism(Shown):
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
    rule_prices
        By rule, what the social cost would fall by, at the margin, if each of its limits were one task wider.
    by_profile
        The assignment in every profile, where the program was written so: by profile (types of each row's copies,
        sorted) the tasks of a copy of row j with type t. None: ``allocation`` works one out from ``interim``.
    """

    inst: Instance
    types: list[FiniteTypes]
    market: Literal["finite", "large"]
    interim: list[Floats]
    result: SolverResult
    rule_prices: dict[str, float]
    by_profile: Mapping[Profile, Mapping[tuple[int, int], Floats]] | None

    def summary(self) -> str:
        """Its cost beside the status quo's."""
        return (
            f"{self.inst.name}, {self.market} market: cost {self.cost:.6g}; the status quo costs "
            f"{self.inst.status_quo_cost:.6g}"
        )

    def to_frame(self) -> pd.DataFrame:
        """What each row expects over its types, agents by tasks."""
        import pandas as pd

        frame = pd.DataFrame(self.expected_assignment(), columns=self.inst.tasks)
        frame.insert(0, "agent", self.inst.agents, allow_duplicates=True)
        return frame

    @property
    def cost(self) -> float:
        """``sum_j copies_j sum_t f_j(t) pi_j . x_j(t)``, recomputed."""
        expected = self.expected_assignment()
        return float(self.inst.copies @ (self.inst.performance * expected).sum(axis=1))

    @property
    def lower(self) -> float:
        """A lower bound on the program's optimum, recomputed from the multipliers where the backend gives them."""
        return min(self.cost, -math.inf if self.result.bound is None else self.result.bound)

    @property
    def rules_hold(self) -> Literal["in every profile", "in expectation"]:
        """How the rules of the instance hold.

        In expectation: those about one agent for what each of its types expects, those about several for expected
        totals. In the large market that is what rules say; in the finite one it is a relaxation, and ``cost`` a bound.
        Border's condition, which the token and the cut form rest on, knows no rule that ties profiles or tasks
        together; licences alone hold in every profile.
        """
        only_licences = all(rule.kind == "licence" for rule in self.inst.rules)
        everywhere = self.market == "large" or self.by_profile is not None or only_licences
        return "in every profile" if everywhere else "in expectation"

    def expected_assignment(self) -> Floats:
        """(J, I), each row's assignment in expectation over its types."""
        return np.array([made.weights @ x for made, x in zip(self.types, self.interim)])

    def check(self) -> Check:
        """Clearing, participation and nonnegativity, recomputed from the numbers.

        In the finite market "implementability" is Border's condition: that some rule which assigns every task in
        every profile leads to these interim assignments.
        """
        return self._checker().done()

    def _checker(self) -> Checker:
        checker = Checker(self.inst)
        checker.clearing(self.inst.copies @ self.expected_assignment())
        checker.nonnegative(self.interim)
        for j, (made, x) in enumerate(zip(self.types, self.interim)):
            workloads = (made.costs * x) @ self.inst.cost_signs
            checker.participation(j, workloads, demanded_workloads(self.inst, self.types, j))
        rules = self.inst.compiled_rules
        if len(rules):
            self._check_rules(checker)
        if self.market == "finite":
            border, chances = Border.of(self.inst, self.types), self.chances()
            for i in np.flatnonzero(self.inst.cost_signs > 0):
                if self.inst.clearing_senses[i] != "==":
                    continue  # more may be handed out: "market clearing" has said what must be
                _, excess = border.excesses(np.maximum(chances[:, i], 0.0))
                checker.note("implementability", float(excess.max()), f"task {self.inst.tasks[i]!r}")
        return checker

    def _check_rules(self, checker: Checker) -> None:
        """Rules about one agent of what each type expects, those about several of expected totals; and by profile."""
        rules = self.inst.compiled_rules
        expected = rules.broken(self.expected_assignment())
        joint = np.array([row.agent is None for row in rules.rows])
        checker.rules(np.where(joint, expected, 0.0), " in expectation")
        whole = self.expected_assignment()
        for j, x in enumerate(self.interim):
            for t, each in enumerate(x if rules.own[j] else ()):
                whole[j] = each
                over = np.zeros(len(rules))
                over[rules.own[j]] = rules.broken(whole)[rules.own[j]]
                checker.rules(over, f", type {t}")
        for drawn, held in (self.by_profile or {}).items():
            assigned = np.array([held[j, t] for j, types in enumerate(drawn) for t in types])
            checker.rules(rules.excess(assigned), f", profile {drawn}")

    def allocation(self, profile: ArrayLike) -> Floats:
        """m(c), the expected assignment of every agent in one type profile.

        For each task a ranking of types is drawn, the same for all its units, and the highest ranked type that is
        present takes them; agents alike share. Every task is assigned whatever the profile, and the expectation over
        the others' types is ``interim``. A program written by profiles has the assignment itself.

        Parameters
        ----------
        profile
            The type of each single agent, in the order of ``inst.agent_rows`` (one a row where there are no copies):
            positions in ``types``.

        Returns
        -------
        (N, I) expected tasks of each single agent; (J, I) where there are no copies.

        Raises
        ------
        InputError
            Where the profile does not fit, the mechanism is one of the large market, or its rules hold in expectation.
        """
        if self.market == "large":
            raise InputError("the large market clears in expectation only: solve with market='finite'", field="market")
        rows = self.inst.agent_rows
        chosen = np.asarray(profile)
        if chosen.shape != rows.shape or not np.issubdtype(chosen.dtype, np.integer):
            raise InputError(f"{rows.size} whole numbers needed, the type of each agent", field="profile")
        sizes = np.array([made.size for made in self.types])
        if (chosen < 0).any() or (chosen >= sizes[rows]).any():
            a = int(np.flatnonzero((chosen < 0) | (chosen >= sizes[rows]))[0])
            raise InputError(
                f"type {chosen[a]} of agent {a}: there are types 0 to {sizes[rows[a]] - 1}", field="profile"
            )
        if self.by_profile is not None:
            drawn = tuple(tuple(sorted(chosen[rows == j].tolist())) for j in range(self.inst.n_agents))
            return np.array([self.by_profile[drawn][int(j), int(t)] for j, t in zip(rows, chosen)])
        if self.rules_hold == "in expectation":
            raise InputError(
                "the rules hold in expectation here, and no assignment by profile is worked out that keeps them: solve "
                "with form='profile' and fewer types",
                field="form",
            )
        for i, sense in enumerate(self.inst.clearing_senses):
            if sense == ">=":
                raise InputError(
                    "more of it may be collected than the count, and no rule for each profile is worked out for that: "
                    "use interim",
                    field=f"tasks[{i}].revenue",
                )
        present = np.concatenate([[0], np.cumsum(sizes)])[rows] + chosen
        assigned = np.empty((rows.size, self.inst.n_tasks))
        for i in range(self.inst.n_tasks):
            if self.inst.cost_signs[i] < 0:
                assigned[:, i] = self._balanced_payments(i, chosen)
            else:
                assigned[:, i] = self.lotteries[i].shares(present) * self.inst.counts[i]
        return assigned

    def _balanced_payments(self, i: int, profile: NDArray[np.int64]) -> Floats:
        """(N,) payments that sum to their expectation in every profile and leave each agent what it expects.

        Each agent gets what its type expects and pays an equal share of the others' surprises, which it cannot
        influence (d'Aspremont & Gerard-Varet 1979).
        """
        rows = self.inst.agent_rows
        expected = np.array([x[t, i] for x, t in zip((self.interim[j] for j in rows), profile)])
        surprise = expected - self.expected_assignment()[rows, i]
        if rows.size == 1:
            return expected
        paid: Floats = expected - (surprise.sum() - surprise) / (rows.size - 1)
        return paid

    @cached_property
    def lotteries(self) -> dict[int, RankingLottery]:
        """By task, the lottery over rankings of all rows' types that ``allocation`` draws from; not for payments."""
        border, chances = Border.of(self.inst, self.types), self.chances()
        tasks = np.flatnonzero(self.inst.cost_signs > 0).tolist()
        return {i: ranking_lottery(border, chances[:, i]) for i in tasks}

    def chances(self) -> Floats:
        """(n, I) ``x_j(i, t) / n^i`` for the types of all rows, one row after the other."""
        chances: Floats = np.concatenate(self.interim) / self.inst.counts
        return chances


def assignments_by_profile(
    m: pyo.ConcreteModel, inst: Instance, types: list[FiniteTypes]
) -> Mapping[Profile, Mapping[tuple[int, int], Floats]]:
    """The values of a profile form's ``m.assignment``."""
    found: dict[Profile, dict[tuple[int, int], Floats]] = {drawn: {} for drawn, _ in profiles(inst, types)}
    listed = list(found)
    for p, j, t in m.PRESENT:
        found[listed[p]][j, t] = np.array([m.assignment[p, j, t, i].value for i in m.TASKS])
    return found


def interim_values(m: pyo.ConcreteModel) -> Floats:
    """The values of ``m.x``, flat."""
    return np.array([variable.value for variable in m.x.values()])


def split_by_row(values: Floats, types: list[FiniteTypes]) -> list[Floats]:
    """Flat values of ``m.x`` as one (T_j, I) array a row of the instance."""
    ends = np.cumsum([made.costs.size for made in types])[:-1]
    return [part.reshape(made.costs.shape) for part, made in zip(np.split(values, ends), types)]
