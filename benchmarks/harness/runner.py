"""Runs jobs, each in a process of its own with a hard time limit and a memory limit, and stores rows as they come.

Memory is watched rather than limited by the system: compiled kernels and solvers reserve address space they never
touch, so a limit on it would fail them for nothing.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from raymenu.benchmarks.harness.jobs import Job, Outcome, Row
from raymenu.benchmarks.harness.store import Store

POLL_SECONDS = 0.02
SETUP_SECONDS = 600.0
"""What a worker may take before its clock starts: imports, making the problem, compiling kernels for the first time."""
WARM_UP_SECONDS = 120.0
"""What its method may then take of that for problems to warm up on, which two times 5 s are meant for: a method of the
user's may compile something too, or hang."""


@dataclass(frozen=True)
class Limits:
    """How many processes at once, the memory each may use, and the time each may warm up for."""

    workers: int = 2
    memory_mb: float = 4000.0
    warm_up_seconds: float = WARM_UP_SECONDS


def run_jobs(
    jobs: Sequence[Job],
    store: Store,
    *,
    limits: Limits,
    plugins: Sequence[str] = (),
    on_row: Callable[[Row], None] = lambda row: None,
) -> None:
    """Run the jobs and append a row for each as it ends; on an interruption the running ones are ended, unrecorded.

    Parameters
    ----------
    plugins
        Files that each worker imports first.
    on_row
        Called after a row is stored.
    """
    waiting = list(reversed(jobs))
    running: list[_Process] = []
    with tempfile.TemporaryDirectory(prefix="raymenu-bench-") as scratch, _Server() as server:
        try:
            while waiting or running:
                while waiting and len(running) < limits.workers:
                    running.append(_Process(waiting.pop(), server, Path(scratch), plugins))
                time.sleep(POLL_SECONDS)
                for process in list(running):
                    row = process.poll(limits)
                    if row is not None:
                        running.remove(process)
                        store.append(row)
                        on_row(row)
        finally:
            for process in running:
                process.kill()


class _Server:
    """The process that forks the workers."""

    def __init__(self) -> None:
        self._popen = subprocess.Popen(
            # -P: the package that runs here, with its compiled kernels, not a folder of that name it was started in.
            [sys.executable, "-P", "-m", "raymenu.benchmarks.harness.worker", str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # One thread a job: two jobs side by side must not take each other's core.
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"},
            start_new_session=True,
        )

    def start(self, order: dict[str, Any]) -> int:
        """The process id of a worker for an order."""
        if self._popen.stdin is None or self._popen.stdout is None:
            raise ChildProcessError("no pipes to the process that starts the workers")
        self._popen.stdin.write(json.dumps(order) + "\n")
        self._popen.stdin.flush()
        answer = self._popen.stdout.readline()
        if not answer:
            raise ChildProcessError(f"the process that starts the workers ended with status {self._popen.wait()}")
        return int(answer)

    def check(self) -> None:
        """Raise ``ChildProcessError`` where it is gone: its workers are gone with it, and nobody tells how they end."""
        if self._popen.poll() is not None:
            raise ChildProcessError(f"the process that starts the workers ended with status {self._popen.returncode}")

    def __enter__(self) -> _Server:
        return self

    def __exit__(self, *raised: object) -> None:
        if self._popen.poll() is None:
            self._popen.kill()
        self._popen.communicate()


class _Process:
    """A worker and what it has written so far."""

    def __init__(self, job: Job, server: _Server, scratch: Path, plugins: Sequence[str]) -> None:
        self.job = job
        handle, name = tempfile.mkstemp(suffix=".jsonl", dir=scratch)
        os.close(handle)
        self._lines = Path(name)
        self._log, self._status = self._lines.with_suffix(".log"), self._lines.with_suffix(".status")
        self._server = server
        self._peak_mb = 0.0
        self._start = time.perf_counter()
        self._warming: float | None = None
        self._ready: float | None = None
        places = {"lines": str(self._lines), "log": str(self._log), "status": str(self._status)}
        self._pid = server.start({"job": json.loads(job.to_json()), "plugins": list(plugins), **places})

    def poll(self, limits: Limits) -> Row | None:
        """The row, once the job has ended or had to be ended."""
        if self._status.exists():
            return self._row(None)
        self._server.check()
        self._peak_mb = max(self._peak_mb, _resident_mb(self._pid))
        late, over = self._late(limits), self._peak_mb > limits.memory_mb
        if not late and not over:
            return None
        self.kill()
        return self._row("memory" if over else "timeout")

    def _late(self, limits: Limits) -> bool:
        """Whether it has been setting up, warming up or running for too long."""
        now = time.perf_counter()
        if self._ready is None and self._lines.stat().st_size:
            told = self._lines.read_text(encoding="utf-8").splitlines()
            if all('"warming up"' in line for line in told):
                self._warming = self._warming or now
            else:
                self._ready = now
        if self._ready is not None:
            return now - self._ready > self.job.hard_limit
        if self._warming is not None:
            return now - self._warming > limits.warm_up_seconds
        return now - self._start > SETUP_SECONDS

    def kill(self) -> None:
        """End the worker and what it started."""
        if not self._status.exists():
            with suppress(ProcessLookupError):  # it may end by itself just now
                os.killpg(self._pid, signal.SIGKILL)

    def _row(self, ended: Outcome | None) -> Row:
        told = [
            json.loads(line)
            for line in self._lines.read_text(encoding="utf-8").splitlines(keepends=True)
            if line.endswith("\n")
        ]
        last: dict[str, Any] = told[-1] if told else {}
        events = [(line["time"], line["lower"], line["upper"]) for line in told if line["kind"] == "event"]
        seconds = float(last.get("time", 0.0))
        if ended is not None:
            seconds = time.perf_counter() - (self._ready or self._start)
            where = "" if self._ready else " before its clock started"
            message = (
                f"killed at {self._peak_mb:.0f} MB" if ended == "memory" else f"killed after {seconds:.1f} s{where}"
            )
            return Row(self.job, ended, seconds, self._peak_mb, message, events=events)
        if last.get("kind") == "result":
            result = last["result"]
            return Row(
                self.job,
                "done",
                float(result.get("seconds", seconds)),
                max(self._peak_mb, float(last["peak_mb"])),
                result=result,
                events=events,
                versions=last["versions"],
            )
        if last.get("kind") == "refused":
            return Row(self.job, "refused", seconds, self._peak_mb, last["message"])
        return Row(self.job, "crashed", seconds, self._peak_mb, self._last_words(), events=events)

    def _last_words(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        said = lines[-1][:300] if lines else "no message"
        return f"exit status {self._status.read_text(encoding='utf-8')}: {said}"


def _resident_mb(pid: int) -> float:
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return sum(float(each.memory_info().rss) for each in family) / 2**20
    except psutil.NoSuchProcess:
        return 0.0
