"""Workers: one process imports the package once and forks a worker for every job it is given.

``python -m raymenu.benchmarks.harness.worker``, started by ``raymenu.benchmarks.harness.runner`` alone, reads one order
per line and answers each with the worker's process id. The worker writes what happens as JSON lines into the file it
was told, and its exit status goes into a file of its own. Importing is what starting a worker costs, and is paid once.
"""

from __future__ import annotations

import ctypes
import json
import math
import os
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any

from raymenu.benchmarks.harness.jobs import Job, load_plugin, suite
from raymenu.benchmarks.harness.machine import versions
from raymenu.instances import InputError

_PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.02


def main() -> None:
    """Serve until the runner closes the pipe; in a worker, run its job."""
    _die_with(int(sys.argv[1]))
    order = serve()
    if order is not None:
        work(order)


def serve() -> dict[str, Any] | None:
    """Fork a worker for each order; returns the order in the worker, None in the server once no more can come."""
    running: dict[int, Path] = {}
    server = os.getpid()
    while True:
        if select.select([sys.stdin], [], [], POLL_SECONDS)[0]:
            line = sys.stdin.readline()
            if not line:
                return None
            order: dict[str, Any] = json.loads(line)
            pid = os.fork()
            if pid == 0:
                _die_with(server)
                _speak_to(Path(order["log"]))
                return order
            os.setpgid(pid, pid)  # what the worker starts is killed with it
            running[pid] = Path(order["status"])
            print(pid, flush=True)
        for pid, place in list(running.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del running[pid]
                partial = place.with_suffix(".partial")
                partial.write_text(str(os.waitstatus_to_exitcode(status)), encoding="utf-8")
                partial.replace(place)


def work(order: dict[str, Any]) -> None:
    """Run one job."""
    with Path(order["lines"]).open("w", encoding="utf-8") as file:
        job = Job(**order["job"])
        start, used = time.perf_counter(), time.process_time()

        def emit(kind: str, **values: Any) -> None:
            nonlocal start, used
            if kind == "ready":
                start, used = time.perf_counter(), time.process_time()
            line = {"kind": kind, "time": time.perf_counter() - start, **values}
            file.write(json.dumps({name: _plain(value) for name, value in line.items()}) + "\n")
            file.flush()

        try:
            for plugin in order["plugins"]:
                load_plugin(plugin)
            result = suite(job.suite).run(job, emit)
        except InputError as fault:
            emit("refused", message=str(fault))
        else:
            # Less CPU time than wall-clock time tells a run that had to share its core.
            spent = {"cpu_seconds": time.process_time() - used, "wall_seconds": time.perf_counter() - start}
            emit("result", result=result | spent, peak_mb=_peak_mb(), versions=versions(job.backend))


def _plain(value: Any) -> Any:
    """JSON has no infinity: a bound that is none is null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _peak_mb() -> float:
    """Largest resident memory of this process so far; the system counts it exactly where the runner only samples."""
    import resource

    unit = 1024 if sys.platform == "linux" else 1024**2
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def _speak_to(log: Path) -> None:
    """Send what the worker prints, and its last words, to a file; leave it nothing to read."""
    for number, place, mode in ((0, os.devnull, os.O_RDONLY), (1, log, os.O_WRONLY), (2, log, os.O_WRONLY)):
        opened = os.open(place, mode | os.O_CREAT | os.O_APPEND)
        os.dup2(opened, number)
        os.close(opened)


def _die_with(parent: int) -> None:
    """A killed benchmark leaves no workers behind (Linux; elsewhere they end by themselves)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit("the benchmark that started this worker is gone")


if __name__ == "__main__":
    main()
