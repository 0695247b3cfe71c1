"""Why a solver stopped, how good its point is, and what it proves: three things, kept apart."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal


class Termination(Enum):
    """Why a solver stopped."""

    CONVERGED = "converged"
    TIME_LIMIT = "time limit"
    WORK_LIMIT = "node or iteration limit"
    INFEASIBLE = "infeasible"
    LOCALLY_INFEASIBLE = "locally infeasible"
    UNBOUNDED = "unbounded"
    INFEASIBLE_OR_UNBOUNDED = "infeasible or unbounded"
    DIVERGED = "diverging iterates, perhaps unbounded"
    REFUSED = "refused by the solver's licence"
    INTERRUPTED = "interrupted"
    ERROR = "error"


class Quality(Enum):
    """How good the point handed back is. ``OPTIMAL`` means a certificate, never a local solution or a limit."""

    OPTIMAL = "optimal"
    LOCAL = "locally optimal"
    FEASIBLE = "feasible"
    NONE = "no point"


@dataclass(frozen=True)
class SolverResult:
    """What a backend says of one solve.

    Attributes
    ----------
    termination, quality
        Why it stopped, and how good the point loaded into the model is.
    objective
        Value of that point in the model's own sense; None without a point.
    bound
        Proven bound on the optimum (lower when minimising, upper when maximising); None where none is proven.
    seconds
        Wall-clock time of the solve, without model building.
    solver, version
        Who said it.
    message
        The solver's own words.
    proof
        What the bound rests on: "multipliers", recomputed from them outside the solver; "solver", its word; None
        without a bound.
    """

    termination: Termination
    quality: Quality
    objective: float | None
    bound: float | None
    seconds: float
    solver: str
    version: str
    message: str = ""
    proof: Literal["multipliers", "solver"] | None = None


class SolveError(RuntimeError):
    """A program that should have been solved was not: the message says which, by whom, and why it stopped."""
