"""Program (1) and its relaxations as highspy arrays: what the package's Pyomo models are measured against."""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes, Instance
from raymenu.models.program_1.cut_form import Cut
from raymenu.models.program_1.incentive import Misreport
from raymenu.solvers.backends.highs import TIGHT
from raymenu.solvers.bic.border import Border
from raymenu.solvers.bic.interim import split_by_row
from raymenu.solvers.bic.lazy_rows import TOLERANCE, violated_cuts
from raymenu.solvers.bic.misreports import nearest_misreports, profitable_misreports

Floats = NDArray[np.float64]


class ArrayProgram:
    """Columns x_j(t, i), agent by agent; rows: participation, market clearing, and what is added later."""

    def __init__(self, inst: Instance, types: list[FiniteTypes], finite: bool) -> None:
        self.inst, self.types = inst, types
        self.tasks = inst.n_tasks
        sizes = [made.size for made in types]
        self.starts = np.concatenate([[0], np.cumsum(sizes)])[:-1]
        self.scaled = [made.costs / made.costs.max(axis=1, keepdims=True) for made in types]
        self.mass = np.concatenate([inst.copies[j] * made.weights for j, made in enumerate(types)])
        n = int(sum(sizes)) * self.tasks
        self.highs = highspy.Highs()
        self.highs.setOptionValue("output_flag", False)
        for name, value in TIGHT.items():
            self.highs.setOptionValue(name, value)
        upper = np.tile(inst.counts, sum(sizes)) if finite else np.full(n, highspy.kHighsInf)
        self.highs.addVars(n, np.zeros(n), upper)
        rows = np.repeat(np.arange(inst.n_agents), sizes)
        costs = (self.mass[:, None] * inst.performance[rows]).ravel()
        self.highs.changeColsCost(n, np.arange(n, dtype=np.int32), costs)
        weights = np.concatenate([made.costs for made in types])
        demanded = np.concatenate([inst.slack[j] * made.costs @ inst.status_quo[j] for j, made in enumerate(types)])
        self._add(np.arange(n).reshape(-1, self.tasks), weights, None, demanded)
        columns = np.arange(n).reshape(-1, self.tasks).T
        self._add(columns, np.tile(self.mass, (self.tasks, 1)), inst.counts, inst.counts)

    def _add(self, columns: Any, values: Any, lower: Floats | None, upper: Floats) -> None:
        lengths = [len(row) for row in columns]
        starts = np.concatenate([[0], np.cumsum(lengths)])[:-1]
        low = np.full(len(lengths), -highspy.kHighsInf) if lower is None else lower
        flat = np.concatenate(columns) if isinstance(columns, list) else columns.ravel()
        coefficients = np.concatenate(values) if isinstance(values, list) else values.ravel()
        self.highs.addRows(
            len(lengths), low, upper, flat.size, starts.astype(np.int32), flat.astype(np.int32), coefficients
        )

    def add_incentive(self, misreports: list[Misreport]) -> None:
        """``c_t . (x(t) - x(s)) <= 0``."""
        if misreports:
            j, t, s = np.array(misreports).T
            span = np.arange(self.tasks)
            own = (self.starts[j] + t)[:, None] * self.tasks + span
            other = (self.starts[j] + s)[:, None] * self.tasks + span
            costs = np.array([self.scaled[row][kind] for row, kind, _ in misreports])
            self._add(np.hstack([own, other]), np.hstack([costs, -costs]), None, np.zeros(len(misreports)))

    def add_cuts(self, cuts: list[Cut]) -> None:
        """Border's cuts."""
        if cuts:
            listed = [np.array([self.starts[j] + t for j, t in cut.members]) for cut in cuts]
            columns = [members * self.tasks + cut.task for members, cut in zip(listed, cuts)]
            room = np.array([self.inst.counts[cut.task] * cut.capacity for cut in cuts])
            self._add(columns, [self.mass[members] for members in listed], None, room)

    def solve(self) -> list[Floats]:
        """The interim assignments, from the last basis."""
        self.highs.run()
        return split_by_row(np.array(self.highs.getSolution().col_value), self.types)

    @property
    def cost(self) -> float:
        """The last objective."""
        return float(self.highs.getInfo().objective_function_value)


def solve_by_arrays(inst: Instance, types: list[FiniteTypes], *, finite: bool, incentives: bool = True) -> float:
    """The cost of program (1) in cut form, or of the large market's, by the loop of ``solve_bic``."""
    program = ArrayProgram(inst, types, finite)
    if incentives:
        program.add_incentive(nearest_misreports(types))
    border = Border.of(inst, types)
    while True:
        interim = program.solve()
        misreports = profitable_misreports(inst, types, interim, TOLERANCE) if incentives else []
        cuts = violated_cuts(inst, types, border, interim) if finite else []
        if not misreports and not cuts:
            return program.cost
        program.add_incentive(misreports)
        program.add_cuts(cuts)
