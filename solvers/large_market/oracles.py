"""Answers to the support-function questions of a round, on whatever there is to answer them.

Agents are separate in program (6) but for the prices, so their questions can be answered anywhere. A *place* is what
never changes about a question, the types and the endowment; a round asks places at prices. Places are put into batches
once, and batches are sent round after round: with Dask only w and a gap travel out, since the places stay there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes
from raymenu.mechanisms.reach import Region
from raymenu.solvers.support import Limits, SupportResult, support_function
from raymenu.solvers.support.ruled import support_within

Floats = NDArray[np.float64]

COMPILED = frozenset({"auto", "closed-form", "branch-and-bound"})
"""Methods whose kernels leave Python's lock: threads run them side by side."""
MOMENT = 0.05
BATCHES_EACH = 4
"""Batches per worker: enough to even out hard and easy questions, few enough that sending them costs little."""


@dataclass(frozen=True)
class Question:
    """One call of the support function, as data that can be sent to another process; ``deadline`` by this clock."""

    types: FiniteTypes
    endowment: Floats
    w: Floats
    method: str
    abs_gap: float
    deadline: float | None
    region: Region | None = None

    @property
    def seconds_left(self) -> float | None:
        """What is left until the deadline; clocks of other machines may differ."""
        return None if self.deadline is None else self.deadline - time.time()


def answer(question: Question) -> SupportResult:
    """Ask ``support_function``; what comes up after the deadline has a moment only, for the first bounds."""
    left = question.seconds_left
    if question.region is not None:
        limits = Limits(0.0, question.abs_gap, None if left is None else max(left, MOMENT))
        return support_within(question.types, question.endowment, question.w, question.region, question.method, limits)
    return support_function(
        question.types,
        question.endowment,
        question.w,
        method=question.method,
        rel_gap=0.0,
        abs_gap=question.abs_gap,
        time_limit=None if left is None else max(left, MOMENT),
    )


def answer_batch(questions: Sequence[Question]) -> list[SupportResult]:
    """Several, one after the other."""
    return [answer(question) for question in questions]


class Oracles(Protocol):
    """Whatever answers a round of questions."""

    def ask(self, questions: Sequence[Question]) -> list[SupportResult]:
        """Answers in the order of the questions."""


class HereOracles:
    """One question after the other, in this thread."""

    def ask(self, questions: Sequence[Question]) -> list[SupportResult]:
        """Answers in the order of the questions."""
        return answer_batch(questions)


class ExecutorOracles:
    """Batches of questions on any ``concurrent.futures.Executor``."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._workers = int(getattr(executor, "_max_workers", 0) or os.cpu_count() or 1)

    def ask(self, questions: Sequence[Question]) -> list[SupportResult]:
        """Answers in the order of the questions."""
        number = min(len(questions), BATCHES_EACH * self._workers)
        batches = [questions[start::number] for start in range(number)]
        answers: list[Any] = [None] * len(questions)
        for start, found in enumerate(self._executor.map(answer_batch, batches)):
            answers[start::number] = found
        return answers


@contextmanager
def oracles(executor: Any, method: str) -> Iterator[Oracles]:
    """What answers questions by a method, on an executor.

    Parameters
    ----------
    executor
        None: compiled methods run in one thread per core, which start at once and share the compiled kernels; methods
        that call a solver run one after the other, for solvers are not safe in threads. An ``Executor``: batches go
        there. A ``dask.distributed.Client``, or the executor of one: see ``dask_oracles``.

    Examples
    --------
    >>> with ThreadPoolExecutor(2) as pool, oracles(pool, "auto") as made:
    ...     question = Question(FiniteTypes([[1.0, 2.0]]), np.ones(2), np.array([1.0, 1.0]), "auto", 1e-6, None)
    ...     [round(found.lower, 6) for found in made.ask([question])]
    [3.0]
    """
    if executor is None and method not in COMPILED:
        yield HereOracles()
    elif executor is None:
        with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
            try:
                yield ExecutorOracles(threads)
            finally:
                threads.shutdown(wait=False, cancel_futures=True)
    elif type(executor).__module__.startswith("distributed"):
        from raymenu.solvers.large_market.dask_oracles import DaskOracles

        yield DaskOracles(executor)
    else:
        yield ExecutorOracles(executor)
