"""Studies: many instances, each varied, one row for each, on whatever executor there is."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass
from typing import Any

from raymenu.instances import InputError, Instance
from raymenu.instances.preferences import UniformPreferences
from raymenu.instances.schema import InstanceRecord
from raymenu.solvers.backends.results import SolveError
from raymenu.solvers.bic.constant_mechanisms import solve_first_best, solve_no_choice
from raymenu.solvers.large_market.large_market import solve_large_market
from raymenu.solvers.small_market import design_small_market

Variation = tuple[tuple[str, float], ...]
"""What is varied and to what, such as ``(("slack", 1.1), ("copies", 2.0))``."""


def vary_slack(inst: Instance, value: float) -> Instance:
    """beta_j of every agent."""
    return _with_every_agent(inst, slack=value)


def vary_copies(inst: Instance, value: float) -> Instance:
    """That many copies of the market."""
    if value != int(value):
        raise InputError(f"{value:g} copies asked for: give whole numbers", field="--vary copies")
    return inst.with_copies(int(value))


def vary_width(inst: Instance, value: float) -> Instance:
    """Uniform preferences on [1 / value, value] for every task of every agent."""
    if not value >= 1:
        raise InputError(f"a width of {value:g} asked for: costs lie in [1 / width, width]", field="--vary width")
    box = UniformPreferences(lower=(1 / value,) * inst.n_tasks, upper=(value,) * inst.n_tasks)
    return _with_every_agent(inst, preferences=box)


def _with_every_agent(inst: Instance, **fields: Any) -> Instance:
    data = inst.record.model_dump()
    agents = [agent | fields for agent in data["agents"]]
    return Instance(InstanceRecord.model_validate(data | {"agents": agents}))


VARIATIONS: dict[str, Callable[[Instance, float], Instance]] = {
    "slack": vary_slack,
    "copies": vary_copies,
    "width": vary_width,
}


@dataclass(frozen=True)
class Case:
    """One row to be made: an instance, how it is varied, and how it is to be solved."""

    instance: Instance
    variation: Variation
    types: int
    seed: int
    rel_gap: float
    menus: bool
    time_limit: float | None

    @property
    def key(self) -> str:
        """What the row is found by when a study goes on."""
        varied = ",".join(f"{name}={value:g}" for name, value in self.variation)
        return f"{self.instance.digest}|{varied}|{self.types}|{self.seed}|{self.rel_gap:g}|{self.menus}"


def cases(instances: Sequence[Instance], grid: Mapping[str, Sequence[float]], **how: Any) -> list[Case]:
    """Every instance at every point of a grid of variations.

    Raises
    ------
    InputError
        Where a variation is unknown.
    """
    for name in grid:
        if name not in VARIATIONS:
            raise InputError(f"{name!r} cannot be varied: choose among {', '.join(VARIATIONS)}", field="--vary")
    points = [tuple(zip(grid, values)) for values in itertools.product(*grid.values())]
    return [Case(inst, point, **how) for inst in instances for point in points]


def study_row(case: Case) -> dict[str, Any]:
    """The row of one case: the large market's interval, what menus save in the market as it is, and the seconds."""
    start = time.perf_counter()
    inst = case.instance
    row: dict[str, Any] = {"instance": inst.name, **dict(case.variation), "outcome": "done"}
    try:
        for name, value in case.variation:
            inst = VARIATIONS[name](inst, value)
        large = solve_large_market(inst, case.types, case.seed, rel_gap=case.rel_gap, time_limit=case.time_limit)
        row |= {
            "agents": int(inst.copies.sum()),
            "tasks": inst.n_tasks,
            "status_quo": inst.status_quo_cost,
            "first_best": solve_first_best(inst).cost,
            "no_choice": solve_no_choice(inst).cost,
            "lm_osp_lower": large.lower,
            "lm_osp_upper": large.upper,
            "status": large.status,
        }
        if case.menus:
            left = None if case.time_limit is None else max(case.time_limit - (time.perf_counter() - start), 0.1)
            small = design_small_market(inst, case.types, case.seed, large_market=large, time_limit=left)
            row |= {"menus": small.cost, "menus_stderr": small.stderr, "family": small.family}
    except (InputError, SolveError) as fault:
        row |= {"outcome": str(fault)}
    return row | {"seconds": time.perf_counter() - start}


def run_study(made: Sequence[Case], executor: Executor | None) -> Iterator[tuple[Case, dict[str, Any]]]:
    """Rows as they are made: one after the other here, side by side on an executor."""
    if executor is None:
        for case in made:
            yield case, study_row(case)
        return
    owner: dict[Future[dict[str, Any]], Case] = {executor.submit(study_row, case): case for case in made}
    for future in as_completed(owner):
        yield owner[future], future.result()
