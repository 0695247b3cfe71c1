"""Where and with what a benchmark ran."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

PACKAGES = (
    "raymenu",
    "pyomo",
    "numpy",
    "scipy",
    "numba",
    "highspy",
    "pyscipopt",
    "cyipopt-wheels",
    "casadi",
    "gurobipy",
)


def versions(backend: str = "") -> dict[str, str]:
    """Versions of Python and of the packages that compute, where installed; with a backend, of its solver too."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    if backend:
        from raymenu.solvers.backends import REGISTRY

        if backend in REGISTRY:
            found[backend] = REGISTRY[backend]().version()
    return found


def machine() -> dict[str, Any]:
    """Processor, memory, system, versions."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "versions": versions(),
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
