"""The best menu of one agent on finite types, S_j(w), as a Pyomo model."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pyomo.environ as pyo
from numpy.typing import ArrayLike, NDArray

from raymenu.instances import FiniteTypes, InputError
from raymenu.models.support.menu_anchored import add_anchored_menu, add_piecewise_menu
from raymenu.models.support.menu_bounds import MenuData
from raymenu.models.support.menu_multiplier import add_multiplier_menu
from raymenu.models.support.menu_smoothed import add_smoothed_menu

Formulation = Literal["best", "multiplier", "anchored", "piecewise", "smoothed"]
FORMULATIONS: tuple[Formulation, ...] = ("best", "multiplier", "anchored", "piecewise", "smoothed")
Floats = NDArray[np.float64]


def menu(
    types: FiniteTypes, endowment: ArrayLike, w: ArrayLike, formulation: Formulation = "best", pieces: int = 24
) -> pyo.ConcreteModel:
    """``S(w) = w . eta + max sum_k Pr[c . kappa^k <= 0] (w . kappa^k)^+`` over polarized rays kappa^k >= -eta.

    A type that is indifferent between two rays goes where the designer likes; the remedial menu is the ray that gives
    up every task with w_i < 0.

    =============  ==============================  =======================================================
    formulation    polarization                    solved by
    =============  ==============================  =======================================================
    "multiplier"   one multiplier a pair           global: scip, gurobi. The definition; the named reference
    "anchored"     closed form, signs as binaries  global: scip, gurobi. 8 to 100 times faster ("best")
    "piecewise"    relaxed to linear rows          any MIP solver; its optimum is an upper bound on S(w)
    "smoothed"     one multiplier a pair           local: ipopt; acceptance smoothed by ``temperature``
    =============  ==============================  =======================================================

    | symbol | component | index | meaning |
    |---|---|---|---|
    | kappa^k_i | ``kappa`` | k, i | rays, tasks; a variable, or ``takes - gives`` of anchored rays |
    | w . kappa^k | ``value`` | k | what the designer gains from a type that takes ray k |
    | | ``accepts`` | k, s | type s takes ray k (not in "smoothed") |
    | | ``pays`` | k, s | ``value[k]`` where type s takes ray k, else 0 (not in "smoothed") |
    | y', y'' | ``multiplier`` | k, l | weight of ray k in the pair (k, l); that of l is the rest |
    | | ``polarized`` | | polarization of each pair |
    | | ``negative`` | a, i | anchored ray a may give up task i |
    | | ``gain``, ``support`` | | ``S(w) - w . eta``, and the objective ``S(w)``, maximised |

    Costs are scaled to a workload c_s . eta of 1 each, which changes nothing: types matter through their direction.

    Parameters
    ----------
    types
        The agent's types, (S, I).
    endowment
        eta, (I,), tasks.
    w
        lambda - pi_j, (I,).
    formulation
        See above; "best" is the one that measures best for global solvers (docs/formulations.md).
    pieces
        Tangents and intervals of "piecewise"; more of them, a tighter bound.

    Raises
    ------
    InputError
        Where a vector does not fit, or the formulation is unknown.

    Examples
    --------
    >>> types = FiniteTypes([[1.0, 2.0], [2.0, 1.0]])
    >>> m = menu(types, [1, 1], [1.0, 1.0])
    >>> from raymenu.solvers.backends import backend
    >>> round(backend("scip").solve(m).objective, 6)
    3.0
    >>> sorted(menu_rays(m).round(4).tolist())
    [[-1.0, 2.0], [2.0, -1.0]]
    """
    if formulation not in FORMULATIONS:
        raise InputError(
            f"no formulation {formulation!r}: choose one of {', '.join(FORMULATIONS)}", field="formulation"
        )
    if pieces < 1:
        raise InputError(f"{pieces} pieces asked for: ask for at least 1", field="pieces")
    data = MenuData.of(types, endowment, w)
    m = pyo.ConcreteModel(name=f"menu ({formulation})")
    m.TASKS = pyo.RangeSet(0, data.n_tasks - 1)
    m.TYPES = pyo.RangeSet(0, data.n_types - 1)
    if formulation == "multiplier":
        add_multiplier_menu(m, data)
    elif formulation == "piecewise":
        add_piecewise_menu(m, data, pieces)
    elif formulation == "smoothed":
        add_smoothed_menu(m, data)
    else:
        add_anchored_menu(m, data)
    m.support = pyo.Objective(expr=float(data.w @ data.endowment) + m.gain, sense=pyo.maximize)
    return m


def menu_rays(m: pyo.ConcreteModel) -> Floats:
    """The rays of positive value in a solved model, (K, I), most valuable first.

    They are the solver's floats: polarized and accepted within its tolerances, to be repaired before use.
    """
    rays = [[float(pyo.value(m.kappa[k, i])) for i in m.TASKS] for k in m.RAYS if pyo.value(m.value[k]) > 0]
    array = np.array(rays, dtype=np.float64).reshape(len(rays), len(m.TASKS))
    values = np.array([float(pyo.value(m.value[k])) for k in m.RAYS if pyo.value(m.value[k]) > 0])
    ordered: Floats = array[np.argsort(-values, kind="stable")]
    return ordered
