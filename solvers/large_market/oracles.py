"""Answers to many support-function questions at once."""

from __future__ import annotations

import os
import time
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes
from raymenu.solvers.support import SupportResult, support_function

Floats = NDArray[np.float64]

COMPILED = frozenset({"auto", "closed-form", "branch-and-bound"})
"""Methods whose kernels leave Python's lock: threads run them side by side."""
MOMENT = 0.05


@dataclass(frozen=True)
class Question:
    """One call of the support function, as data that can be sent to another process; ``deadline`` by its clock."""

    types: FiniteTypes
    endowment: Floats
    w: Floats
    method: str
    abs_gap: float
    deadline: float | None


def answer(question: Question) -> SupportResult:
    """Ask ``support_function``; what comes up after the deadline has a moment only, for the first bounds."""
    left = None if question.deadline is None else max(question.deadline - time.time(), MOMENT)
    return support_function(
        question.types,
        question.endowment,
        question.w,
        method=question.method,
        rel_gap=0.0,
        abs_gap=question.abs_gap,
        time_limit=left,
    )


class Oracles:
    """Runs batches of questions on the executor given.

    Without one, compiled methods run in one thread a core: they start at once, share the compiled kernels, and ask
    nothing of the calling script, which worker processes do (they import it, and a script without a main guard would
    start itself again). Methods that call a solver run one after the other, for HiGHS hangs in two threads of one
    process: give a ``ProcessPoolExecutor`` to run those side by side.
    """

    def __init__(self, executor: Executor | None, method: str) -> None:
        self._executor = executor
        self._threads: ThreadPoolExecutor | None = None
        if executor is None and method in COMPILED:
            self._threads = ThreadPoolExecutor(os.cpu_count() or 1)

    def ask(self, questions: list[Question]) -> list[SupportResult]:
        """Answers in the order of the questions."""
        executor = self._executor or self._threads
        return list(map(answer, questions) if executor is None else executor.map(answer, questions))

    def __enter__(self) -> Oracles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
