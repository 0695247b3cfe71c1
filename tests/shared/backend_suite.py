"""Which backends the conformance suites run on: all that are registered, one of Pyomo's, and one's own."""

import importlib.util
import os
import warnings
from pathlib import Path

from raymenu.instances import InputError
from raymenu.solvers.backends import REGISTRY, backend

REGISTERED = ["gurobi", "highs", "ipopt", "scip"]
"""Every registered backend stands here, so that none goes untested."""
NAMED = ["pyomo:cbc"]
"""Solvers that Pyomo finds; the program of this one comes with a wheel."""


def _find_cbc():
    try:
        import pulp
    except ImportError:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the class, not of the program
        os.environ["PATH"] += os.pathsep + str(Path(pulp.PULP_CBC_CMD().path).parent)


def _load_own(file):
    """Import a file that registers backends; their names."""
    before = set(REGISTRY)
    spec = importlib.util.spec_from_file_location("own_backend", file)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    return sorted(set(REGISTRY) - before)


_find_cbc()
OWN = _load_own(os.environ["RAYMENU_BACKEND"]) if "RAYMENU_BACKEND" in os.environ else []
SUITE = [*REGISTERED, *NAMED, *OWN]


def _runs(name):
    try:
        return backend(name).available()
    except InputError:
        return False


HERE = [name for name in SUITE if _runs(name)]


def having(feature):
    """The backends of the suite that can run here and declare a feature."""
    return [name for name in HERE if feature in backend(name).features]
