"""The sampled menu with smoothed acceptance: a smooth program for local solvers."""

from __future__ import annotations

import pyomo.environ as pyo

from raymenu.models.support.menu_bounds import MenuData
from raymenu.models.support.menu_multiplier import add_multipliers, add_rays


def add_smoothed_menu(m: pyo.ConcreteModel, data: MenuData) -> None:
    """Rays polarized by multipliers; type s takes ray k with chance ``(1 + tanh(-c_s . kappa^k / (2 t))) / 2``.

    ``temperature`` is a variable with equal bounds rather than a parameter, so that one compiled model serves every t.
    """
    add_rays(m, data)
    add_multipliers(m)
    costs, weights = data.costs.tolist(), data.weights.tolist()
    m.temperature = pyo.Var(initialize=0.1, bounds=(0.1, 0.1))

    @m.Expression(m.RAYS)
    def acceptance(m: pyo.ConcreteModel, k: int) -> object:
        # The logistic function written with exp overflows into NaN derivatives; tanh is the same function and does not.
        chance = (
            0.5 * (1 - pyo.tanh(sum(c * m.kappa[k, i] for i, c in enumerate(costs[s])) / (2 * m.temperature)))
            for s in m.TYPES
        )
        return sum(f * p for f, p in zip(weights, chance))

    m.gain = pyo.Expression(expr=sum(m.acceptance[k] * m.value[k] for k in m.RAYS))
