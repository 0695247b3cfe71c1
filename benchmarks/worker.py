"""One job in one process: reads it from stdin, writes what happens as JSON lines into the file named.

``python -m raymenu.benchmarks.worker FILE < job.json``; started by ``raymenu.benchmarks.runner`` alone.
"""

from __future__ import annotations

import ctypes
import json
import math
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from raymenu.benchmarks.jobs import Job, load_plugin, suite
from raymenu.benchmarks.machine import versions
from raymenu.instances import InputError

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Run the job."""
    data = json.loads(sys.stdin.read())
    _die_with(data["runner"])
    with Path(arguments[0]).open("w", encoding="utf-8") as file:
        job = Job(**data["job"])
        start = time.perf_counter()

        def emit(kind: str, **values: Any) -> None:
            nonlocal start
            if kind == "ready":
                start = time.perf_counter()
            line = {"kind": kind, "time": time.perf_counter() - start, **values}
            file.write(json.dumps({name: _plain(value) for name, value in line.items()}) + "\n")
            file.flush()

        try:
            for plugin in data["plugins"]:
                load_plugin(plugin)
            result = suite(job.suite).run(job, emit)
        except InputError as fault:
            emit("refused", message=str(fault))
        else:
            emit("result", result=result, peak_mb=_peak_mb(), versions=versions(job.backend))


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
    if sys.platform == "win32":
        return 0.0
    import resource

    unit = 1024 if sys.platform == "linux" else 1024**2
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def _die_with(runner: int) -> None:
    """A killed benchmark leaves no workers behind (Linux; elsewhere they end by themselves)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != runner:
            sys.exit("the benchmark that started this worker is gone")


if __name__ == "__main__":
    main(sys.argv[1:])
