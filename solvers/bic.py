"""Program (1), solved: the best Bayesian incentive compatible mechanism on finite types."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pyomo.environ as pyo
from numpy.typing import ArrayLike, NDArray
from pyomo.common.gc_manager import PauseGC

from raymenu import models
from raymenu.instances import FiniteTypes, InputError, Instance
from raymenu.models.cut_form import Cut, add_cuts
from raymenu.models.finite import Types, finite_types
from raymenu.models.incentive import add_incentive
from raymenu.models.profiles import count_profiles
from raymenu.solvers.backends import backend, solve_to_optimality
from raymenu.solvers.bic_bound import BicDuals, dual_bound
from raymenu.solvers.border import Border
from raymenu.solvers.checking import Check, demanded_workloads
from raymenu.solvers.growing import TIGHT, GrowingProgram
from raymenu.solvers.interim import InterimMechanism, interim_values, split_by_row
from raymenu.solvers.misreports import nearest_misreports, profitable_misreports
from raymenu.solvers.ranking import RankingLottery, ranking_lottery

Floats = NDArray[np.float64]
Form = Literal["auto", "profile", "token", "cuts"]
TOLERANCE = 1e-9
"""Relative violation below which no more rows are added."""
CUTS_EACH = 5
"""Sets added a task and round."""


@dataclass(frozen=True)
class BicMechanism(InterimMechanism):
    """A solution of program (1).

    Attributes
    ----------
    form
        How (MC) was written: "large", "profile", "token" or "cuts".
    rounds, rows
        How often the program was solved, and how many rows of (IC) and Border's condition it ended with.
    lower
        A lower bound on the optimum: from the multipliers by weak duality, recomputed with numpy, in the large market
        and the cut form; the solver's word in the other forms.
    duals
        The multipliers, in the large market and the cut form.
    """

    form: str
    rounds: int
    rows: int
    lower: float
    duals: BicDuals | None = None

    def check(self) -> Check:
        """(MC), (SQ), (IC) and nonnegativity, recomputed from the numbers.

        In the finite market "implementability" is Border's condition: that some rule which assigns every task in
        every profile leads to these interim assignments.
        """
        checker = self._checker()
        for j, (made, x) in enumerate(zip(self.types, self.interim)):
            checker.incentives(
                j, (made.costs * self.inst.cost_signs) @ x.T, demanded_workloads(self.inst, self.types, j)
            )
        if self.market == "finite":
            border, chances = Border.of(self.inst, self.types), self.chances()
            for i in np.flatnonzero(self.inst.cost_signs > 0):
                if self.inst.clearing_senses[i] != "==":
                    continue  # more may be handed out: "market clearing" has said what must be
                _, excess = border.excesses(np.maximum(chances[:, i], 0.0))
                checker.note("implementability", float(excess.max()), f"task {self.inst.tasks[i]!r}")
        return checker.done()

    def allocation(self, profile: ArrayLike) -> Floats:
        """m(c), the expected assignment of every agent in one type profile.

        For each task a ranking of types is drawn, the same for all its units, and the highest ranked type that is
        present takes them; agents alike share. Every task is assigned whatever the profile, and the expectation over
        the others' types is ``interim``.

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
            Where the profile does not fit, or the mechanism is one of the large market.
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


def solve_bic(
    inst: Instance,
    types: Types = 20,
    seed: int = 0,
    market: Literal["finite", "large"] = "finite",
    form: Form = "auto",
) -> BicMechanism:
    """Solve program (1): the cheapest mechanism that agents accept (SQ) and answer truthfully (IC) in expectation.

    Parameters
    ----------
    types, seed
        A number of types a row, or ``FiniteTypes``; seed of the discretisation. Agents of one row (``copies``) are
        alike but in their drawn types; a solution that treats them alike is without loss.
    market
        "finite": every task is assigned in every type profile. "large": in expectation, a lower bound.
    form
        How the finite market is written. "profile": an assignment for every profile, exponential in the agents.
        "token": passing a token (Alaei et al. 2012), polynomial, given to the solver whole. "cuts": Border's condition,
        with its cuts and the rows of (IC) added as a solution violates them; each solve starts from the last basis.
        "auto": by size, see ``pick_form``; the result's ``form`` says which.

    Returns
    -------
    BicMechanism
        With ``cost``, ``lower`` (a proven bound), ``interim``, ``allocation(profile)`` and ``check()``.

    Raises
    ------
    InputError
        Where the types do not fit the instance, or there are too many profiles for the profile form.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.load("two_task_finite")
    >>> found = solve_bic(inst)
    >>> found.form, round(found.cost, 6), found.check().ok()
    ('profile', 0.8, True)
    >>> solve_bic(inst, form="cuts").allocation([0, 0]).sum(axis=0).round(9).tolist() == inst.counts.tolist()
    True
    """
    made = finite_types(inst, types, seed)
    # Models are many small objects that stay alive: searching them for garbage again and again costs a third.
    with PauseGC():
        if market == "large" and inst.burdens_only:
            return _solve_by_rows(inst, made, "large")
        chosen = pick_form(inst, made) if form == "auto" else form
        if chosen == "cuts" and market == "finite":
            return _solve_by_rows(inst, made, "cuts")
        m = models.bic(inst, made, market=market, form=chosen)
        result = solve_to_optimality(m, backend("highs"), m.name, options=TIGHT)
        x = split_by_row(interim_values(m), made)
    lower = -math.inf if result.bound is None else result.bound
    written = "large" if market == "large" else chosen
    return BicMechanism(inst, made, market, x, result, written, 1, len(m.incentive), lower)


def pick_form(inst: Instance, types: Sequence[FiniteTypes]) -> Literal["profile", "token", "cuts"]:
    """The form ``solve_bic`` takes by itself: profiles where they are few (64 at most), else cuts.

    The token form is never the quickest; it is there to check the others, to be built upon, and for transfers, to which
    Border's condition does not apply as it is.
    """
    few = count_profiles(inst, list(types)) <= 64
    return "profile" if few else "cuts" if inst.burdens_only else "token"


def _solve_by_rows(inst: Instance, types: list[FiniteTypes], form: Literal["large", "cuts"]) -> BicMechanism:
    """Solve with few rows of (IC) and none of Border's; add the violated ones; repeat until there is none."""
    market: Literal["finite", "large"] = "large" if form == "large" else "finite"
    m = models.bic(inst, types, market=market, form="cuts", incentive="none")
    add_incentive(m, types, nearest_misreports(types))
    program = GrowingProgram(m)
    border = Border.of(inst, types)
    cuts: list[Cut] = []
    known: set[Cut] = set()
    program.solve()
    places = program.positions(m.x.values())
    while True:
        interim = split_by_row(program.point()[places], types)
        new = add_incentive(m, types, profitable_misreports(inst, types, interim, TOLERANCE))
        if form == "cuts":
            # A cut that is there and still violated is so within the solver's tolerance.
            violated = [cut for cut in violated_cuts(inst, types, border, interim) if cut not in known]
            known.update(violated)
            new += add_cuts(m, inst, types, violated)
            cuts += violated
        if not new:
            break
        program.add(new)
        program.solve()
    duals = _duals(m, program, types, cuts)
    lower = dual_bound(inst, types, duals, inst.counts if form == "cuts" else None)
    rows = len(m.incentive) + len(cuts)
    return BicMechanism(inst, types, market, interim, program.finish(), form, program.rounds, rows, lower, duals)


def _duals(m: pyo.ConcreteModel, program: GrowingProgram, types: list[FiniteTypes], cuts: list[Cut]) -> BicDuals:
    """The multipliers of the last solve; HiGHS gives those of <= rows of a minimisation as nonpositive numbers."""
    raw = program.duals()
    return BicDuals(
        np.array([raw[row] for row in m.clearing.values()]),
        [np.array([max(-raw[m.participation[j, t]], 0.0) for t in range(made.size)]) for j, made in enumerate(types)],
        {misreport: -raw[row] for misreport, row in m.incentive.items() if raw[row] < 0},
        [(cut, -raw[m.cuts[k]]) for k, cut in enumerate(cuts) if raw[m.cuts[k]] < 0],
    )


def violated_cuts(inst: Instance, types: list[FiniteTypes], border: Border, interim: list[Floats]) -> list[Cut]:
    """Sets of types that get more of a task than they can, a few for each task."""
    chances = np.maximum(np.concatenate(interim) / inst.counts, 0.0)
    listed = [(j, t) for j, made in enumerate(types) for t in range(made.size)]
    found = []
    for i in range(inst.n_tasks):
        for members in border.violated(chances[:, i], TOLERANCE, CUTS_EACH):
            mask = np.zeros(len(listed), dtype=bool)
            mask[members] = True
            found.append(Cut(i, tuple(listed[k] for k in members), border.capacity(mask)))
    return found
