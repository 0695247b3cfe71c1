"""What a benchmark consists of: jobs, rows, and the suites that make the one and judge the other."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from raymenu.instances import InputError

Size = Literal["smoke", "quick", "full"]
Outcome = Literal["done", "refused", "timeout", "memory", "crashed"]
Emit = Callable[..., None]
"""``emit(kind, **values)``: how a running job reports; kinds are "ready" (the clock starts) and "event"."""


@dataclass(frozen=True)
class Job:
    """One run of one method on one problem; the worker makes the problem again from its name and seed.

    Attributes
    ----------
    suite, problem, method, backend, seed
        What is run; together they are the key of the row. ``backend`` names the solver that the method calls, if any:
        its version is recorded.
    time_limit
        Seconds the method is told; it is killed at ``hard_limit``.
    rel_gap
        The gap it is asked for.
    """

    suite: str
    problem: str
    method: str
    backend: str
    seed: int
    time_limit: float
    rel_gap: float = 1e-3

    @property
    def key(self) -> str:
        """What a row is found by."""
        return "|".join((self.suite, self.problem, self.method, self.backend, str(self.seed)))

    @property
    def solver(self) -> str:
        """The method and its backend, as tables call them: ``miqcp[scip]``, ``miqcp-highs``."""
        named = not self.backend or self.backend in self.method
        return self.method if named else f"{self.method}[{self.backend}]"

    @property
    def hard_limit(self) -> float:
        """Seconds after which the process is killed: a method may need a moment to put its answer together."""
        return 1.5 * self.time_limit + 5.0

    def to_json(self) -> str:
        """The job as the worker reads it."""
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class Row:
    """What became of a job.

    Attributes
    ----------
    outcome
        "done", or why there is no result: a failure is a row too.
    result
        What the suite's ``run`` returned; empty without a result.
    seconds
        Wall-clock time of the method itself, or until it was killed.
    peak_mb
        Largest resident memory seen of the process and its children.
    events
        (time, lower, upper) as the method reported them; None where it had no bound yet.
    """

    job: Job
    outcome: Outcome
    seconds: float
    peak_mb: float
    message: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)
    events: Sequence[tuple[float, float | None, float | None]] = ()
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What the check outside the solver says of a row: "ok", "wrong" with the reasons, or "none" without a result."""

    standing: Literal["ok", "wrong", "none"]
    reasons: tuple[str, ...] = ()
    solved: bool = False
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True)
class Suite:
    """A benchmark: what it runs, how a worker runs one job, and how the rows are judged together.

    ``jobs(size)`` lists the standard jobs of a size; ``run(job, emit)`` solves one in the worker and returns a result
    that JSON can hold; ``verify(rows)`` gives a verdict for each row's key.
    """

    name: str
    about: str
    jobs: Callable[[Size], list[Job]]
    run: Callable[[Job, Emit], dict[str, Any]]
    verify: Callable[[Sequence[Row]], dict[str, Verdict]]


_MODULES = {
    "support": "raymenu.benchmarks.suites.support",
    "bic": "raymenu.benchmarks.suites.bic",
    "allocate": "raymenu.benchmarks.suites.allocate",
    "large-market": "raymenu.benchmarks.suites.large_market",
}


_REGISTERED: dict[str, Suite] = {}


def register_suite(made: Suite) -> None:
    """Make a benchmark of one's own known by its name; workers know it where a plugin registers it."""
    _REGISTERED[made.name] = made


def suite(name: str) -> Suite:
    """A suite by name, imported when asked for."""
    if name in _REGISTERED:
        return _REGISTERED[name]
    if name not in _MODULES:
        known = ", ".join([*_MODULES, *_REGISTERED])
        raise InputError(f"no benchmark {name!r}: choose one of {known}", field="suite")
    found: Suite = importlib.import_module(_MODULES[name]).SUITE
    return found


def load_plugin(path: str) -> None:
    """Import a user's file, which registers methods or backends as it is imported; a second time does nothing."""
    file = Path(path).resolve()
    if not file.is_file():
        raise InputError("no such file: check the path", field="plugin", source=path)
    spec = importlib.util.spec_from_file_location(f"raymenu_plugin_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise InputError("not a Python file: give one that ends in .py", field="plugin", source=path)
    if getattr(sys.modules.get(spec.name), "__file__", None) == str(file):
        return
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
