"""Cases for general solvers: family U at three tasks, each with the certified interval it must agree with.

Costs uniform on [0.5, 2], endowment 1, w uniform on [0.2, 1] ("pos") or [-0.5, 1] ("mix").
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import pyomo.environ as pyo
import typer

from raymenu import models, support_function
from raymenu.instances import InputError
from raymenu.instances.generators import KINDS, Kind, support_problem
from raymenu.models.support.menu import Formulation
from raymenu.solvers.support import SupportResult

TASKS = 3
REL_GAP = 1e-3
REPEATS = 7
TOLERANCE = 1e-5
"""Share of S(w) by which solvers may be off: they work with rows relaxed by 1e-6."""


class Case:
    """One S(w), its certified interval, and the seconds it took: the median of several runs after compilation."""

    def __init__(self, size: int, kind: Kind, seed: int) -> None:
        problem = support_problem(TASKS, size, seed, kind)
        self.types, self.endowment, self.w = problem.types, problem.endowment, problem.w
        self.about: dict[str, Any] = {"tasks": TASKS, "types": size, "kind": kind, "seed": seed}
        self.name = f"I={TASKS} S={size:<3} {kind} seed {seed}"
        runs = [self.solve("branch-and-bound") for _ in range(REPEATS)]
        self.certified = runs[0]
        self.seconds = statistics.median(run.seconds for run in runs)

    def solve(self, method: str) -> SupportResult:
        """S(w) by a method of the package."""
        return support_function(self.types, self.endowment, self.w, method=method, rel_gap=REL_GAP)

    def program(self, formulation: Formulation = "best") -> pyo.ConcreteModel:
        """The menu program."""
        return models.menu(self.types, self.endowment, self.w, formulation=formulation)

    @property
    def solver_gap(self) -> float:
        """The gap branch and bound was asked for, as a solver's own: relative to S(w) instead of the gain."""
        return REL_GAP * self.certified.gain / abs(self.certified.upper)

    def judged(self, lower: float | None, upper: float | None) -> dict[str, Any]:
        """An interval as a row has it: with its gap relative to the gain, and whether it meets the certified one."""
        low, high = -math.inf if lower is None else lower, math.inf if upper is None else upper
        allowed = TOLERANCE * abs(self.certified.upper)
        return {
            "lower": lower,
            "upper": upper,
            "gap": (high - low) / self.certified.gain if math.isfinite(high - low) else None,
            "agrees": low <= self.certified.upper + allowed and high >= self.certified.lower - allowed,
        }


def verdict(row: dict[str, Any]) -> str:
    """What a row says of its interval, as text."""
    gap = "no interval" if row["gap"] is None else f"gap {max(row['gap'], 0.0):.1e}"
    wrong = "" if row["agrees"] else "  DISAGREES with the certified interval"
    return f"{'closed' if row['closed'] else 'NOT closed':<10} {gap:<12}{wrong}"


Sizes = Annotated[list[int], typer.Option(help="number of types; repeatable")]
Kinds = Annotated[list[str], typer.Option(help="of w: pos, mix; repeatable")]
Seeds = Annotated[int, typer.Option(help="of each size and kind")]
Json = Annotated[Path | None, typer.Option("--json", help="write the rows here")]
BOTH: list[str] = list(KINDS)


def cases(sizes: Sequence[int], kinds: Sequence[str], seeds: int) -> Iterator[Case]:
    """The cases asked for.

    Raises
    ------
    InputError
        Where a kind is unknown.
    """
    for size in sizes:
        for kind in kinds:
            if kind not in BOTH:
                raise InputError(f"{kind!r} is no kind of w: choose one of {', '.join(BOTH)}", field="--kinds")
            for seed in range(seeds):
                yield Case(size, "pos" if kind == "pos" else "mix", seed)
