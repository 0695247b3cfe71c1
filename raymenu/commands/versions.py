"""Which versions made a result: of raymenu, of Python, and of the solvers that are installed."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from raymenu.version import VERSION

SOLVERS = {
    "HiGHS": "highspy",
    "SCIP (PySCIPOpt)": "pyscipopt",
    "Ipopt (cyipopt-wheels)": "cyipopt-wheels",
    "Gurobi": "gurobipy",
    "CasADi": "casadi",
    "Pyomo": "pyomo",
    "Numba": "numba",
    "NumPy": "numpy",
    "SciPy": "scipy",
}
"""What people call them, and the distribution that brings them."""


def versions() -> list[str]:
    """One line each, read from the installed distributions: nothing is imported.

    Examples
    --------
    >>> versions()[0].startswith("raymenu 0."), any(line.startswith("HiGHS") for line in versions())
    (True, True)
    """
    lines = [f"raymenu {VERSION}", f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"]
    for name, distribution in SOLVERS.items():
        try:
            lines.append(f"{name} {version(distribution)}")
        except PackageNotFoundError:
            lines.append(f"{name} not installed")
    return lines
