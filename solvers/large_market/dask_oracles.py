"""The questions of a round on a Dask cluster: places stay where they are, prices travel.

A batch of places is the result of a task of its own, whose data the scheduler keeps: it moves to a worker once, and
where a worker dies the scheduler makes it again elsewhere. Each round then sends one w and one gap per question, and
gets intervals and menus back. A batch that does not come back in many times what the others took is answered here, so
a worker that hangs costs time and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from distributed import Client, Future, KilledWorker, wait
from distributed import TimeoutError as DaskTimeoutError
from distributed.cfexecutor import ClientExecutor
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes, InputError
from raymenu.mechanisms.reach import Region
from raymenu.solvers.large_market.oracles import BATCHES_EACH, Question, answer_batch
from raymenu.solvers.support import SupportResult
from raymenu.version import VERSION

Floats = NDArray[np.float64]
Place = tuple[FiniteTypes, Floats, Region | None]
PATIENCE, LEAST_PATIENCE = 10.0, 30.0
"""A batch is waited for this many times as long as the slowest that came back, and at least so many seconds."""


def hold(places: list[Place]) -> list[Place]:
    """A batch of places, held by the worker that runs this."""
    return places


def answer_at(
    places: list[Place], at: list[int], w: Floats, method: str, gaps: Floats, left: float | None
) -> tuple[str, list[SupportResult]]:
    """Answer at some held places, ``left`` seconds from now; says which version answered."""
    deadline = None if left is None else time.time() + left
    questions = [
        Question(types, endowment, row, method, float(gap), deadline, region)
        for (types, endowment, region), row, gap in zip((places[k] for k in at), w, gaps)
    ]
    return VERSION, answer_batch(questions)


class DaskOracles:
    """Questions answered by the workers of a cluster.

    Parameters
    ----------
    executor
        A ``dask.distributed.Client``, or ``client.get_executor()``.

    Raises
    ------
    InputError
        Where there are no workers, or one has another version of raymenu or none.
    """

    def __init__(self, executor: Any) -> None:
        self._client: Client = executor._client if isinstance(executor, ClientExecutor) else executor
        self._held: list[Future] = []
        self._home: dict[tuple[int, bytes, bytes], tuple[int, int]] = {}
        self._alive: list[FiniteTypes] = []
        threads = self._client.nthreads()
        if not threads:
            raise InputError("the cluster has no workers: start some with `dask worker ADDRESS`", field="dask")
        self._parts = BATCHES_EACH * sum(threads.values())
        for worker, version in self._client.run(_version, on_error="return").items():
            _same_version(worker, version)

    def ask(self, questions: Sequence[Question]) -> list[SupportResult]:
        """Answers in the order of the questions."""
        pending = {self._send(home, part, questions): part for home, part in self._batches(questions)}
        answers: list[Any] = [None] * len(questions)
        begun = time.monotonic()
        patience = LEAST_PATIENCE + (questions[0].seconds_left or 0.0 if questions else 0.0)
        while pending:
            done = _completed(list(pending))
            for future in done:
                part = pending.pop(future)
                for k, found in zip(part, self._result(future, [questions[k] for k in part])):
                    answers[k] = found
                patience = max(patience, PATIENCE * (time.monotonic() - begun))
            if time.monotonic() - begun > patience:
                for future, part in pending.items():
                    future.cancel()
                    for k in part:
                        answers[k] = answer_batch([questions[k]])[0]
                pending = {}
        return answers

    def _batches(self, questions: Sequence[Question]) -> list[tuple[int, list[int]]]:
        """(where the places are held, which questions): none larger than its share of the round."""
        share = -(-len(questions) // self._parts)
        self._settle(questions, share)
        at: dict[int, list[int]] = {}
        for k, question in enumerate(questions):
            at.setdefault(self._home[_place(question)][0], []).append(k)
        return [(home, some[s : s + share]) for home, some in at.items() for s in range(0, len(some), share)]

    def _settle(self, questions: Sequence[Question], share: int) -> None:
        """Give places that are new a home, ``share`` of them together."""
        new = {_place(question): question for question in questions if _place(question) not in self._home}
        listed = list(new.items())
        for start in range(0, len(listed), share):
            together = listed[start : start + share]
            places = [(question.types, question.endowment, question.region) for _, question in together]
            for k, (place, question) in enumerate(together):
                self._home[place] = len(self._held), k
                # A place is known by the identity of its types, which must therefore stay.
                self._alive.append(question.types)
            self._held.append(self._client.submit(hold, places, pure=False))

    def _send(self, home: int, part: list[int], questions: Sequence[Question]) -> Future:
        asked = [questions[k] for k in part]
        at = [self._home[_place(question)][1] for question in asked]
        w = np.array([question.w for question in asked])
        gaps = np.array([question.abs_gap for question in asked])
        first = asked[0]
        return self._client.submit(
            answer_at, self._held[home], at, w, first.method, gaps, first.seconds_left, pure=False
        )

    def _result(self, future: Future, batch: Sequence[Question]) -> list[SupportResult]:
        try:
            version, found = future.result()
        except KilledWorker:
            # It took several workers down: here a fault in it would at least be seen.
            return answer_batch(batch)
        _same_version("a worker", version)
        return list(found)


def _place(question: Question) -> tuple[int, bytes, bytes]:
    return id(question.types), question.endowment.tobytes(), question.region.key if question.region else b""


def _completed(futures: list[Future]) -> list[Future]:
    """Those that are done, after at most a second."""
    try:
        return list(wait(futures, timeout=1.0, return_when="FIRST_COMPLETED").done)
    except DaskTimeoutError:
        return []


def _version() -> str:
    return VERSION


def _same_version(worker: str, version: Any) -> None:
    if version != VERSION:
        said = f"has raymenu {version}" if isinstance(version, str) else f"cannot load raymenu ({version})"
        raise InputError(f"{worker} {said}, here is {VERSION}: install the same on all machines", field="dask")
