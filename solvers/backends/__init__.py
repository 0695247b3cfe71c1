"""One door for every solver: a registry of backends that solve a Pyomo model and say what they proved.

==========  ==================================================  ==================================================
name        solves                                              how
==========  ==================================================  ==================================================
highs       LP, MIP                                             arrays to its own library; LPs re-solve warm
scip        LP, MIP, nonconvex MINLP to global optimality       Pyomo's direct interface
gurobi      LP, MIP, nonconvex MINLP to global optimality       Pyomo's direct interface; refused where unlicensed
ipopt       smooth NLP to local optimality                      Pyomo -> NL -> CasADi -> cyipopt, exact derivatives
pyomo:NAME  what that solver solves                             any solver that Pyomo finds, such as ``pyomo:cbc``
==========  ==================================================  ==================================================

Linear programs are scaled, and their points measured and their bounds recomputed from the multipliers, whichever of
these solves them: see ``raymenu.solvers.backends.linear``.

Examples
--------
>>> import pyomo.environ as pyo
>>> model = pyo.ConcreteModel()
>>> model.x = pyo.Var(bounds=(0, 4))
>>> model.cost = pyo.Objective(expr=3 * model.x, sense=pyo.maximize)
>>> result = backend("highs", needs=Feature.LINEAR).solve(model)
>>> result.quality.value, result.objective, round(result.bound, 9)
('optimal', 12.0, 12.0)
"""

from raymenu.solvers.backends.base import (
    FAMILIES,
    REGISTRY,
    Backend,
    Feature,
    backend,
    fit_backends,
    register_backend,
    solve_to_optimality,
)
from raymenu.solvers.backends.highs import HighsBackend
from raymenu.solvers.backends.ipopt import IpoptBackend
from raymenu.solvers.backends.named import NamedBackend
from raymenu.solvers.backends.pyomo_solvers import GurobiBackend, PyomoBackend, ScipBackend

register_backend("highs", HighsBackend)
register_backend("scip", ScipBackend)
register_backend("gurobi", GurobiBackend)
register_backend("ipopt", IpoptBackend)
FAMILIES["pyomo"] = NamedBackend

__all__ = [
    "FAMILIES",
    "REGISTRY",
    "Backend",
    "Feature",
    "GurobiBackend",
    "HighsBackend",
    "IpoptBackend",
    "NamedBackend",
    "PyomoBackend",
    "ScipBackend",
    "backend",
    "fit_backends",
    "register_backend",
    "solve_to_optimality",
]
