"""The sampled menu as its definition reads: binary acceptance, and one multiplier for each pair of rays."""

from __future__ import annotations

import pyomo.environ as pyo

from raymenu.models.support.menu_bounds import MenuData


def add_multiplier_menu(m: pyo.ConcreteModel, data: MenuData) -> None:
    """Rays, acceptance and payment of I unnamed rays, polarized by the definition before Theorem 2."""
    add_rays(m, data)
    add_multipliers(m)
    costs, weights, w, most = data.costs.tolist(), data.weights.tolist(), data.w.tolist(), data.most_taken
    m.accepts = pyo.Var(m.RAYS, m.TYPES, domain=pyo.Binary)
    largest = data.largest_gain().tolist()
    lowest = -sum(max(-v * u, v * e) for v, u, e in zip(w, most.tolist(), data.endowment.tolist()))
    heaviest = (data.costs @ most).tolist()

    @m.Constraint(m.RAYS, m.TYPES)
    def acceptance(m: pyo.ConcreteModel, k: int, s: int) -> object:
        """c_s . kappa^k <= 0 where type s takes ray k; the big-M is the sample's own."""
        return sum(costs[s][i] * m.kappa[k, i] for i in m.TASKS) <= heaviest[s] * (1 - m.accepts[k, s])

    @m.Constraint(m.TYPES)
    def one_choice(m: pyo.ConcreteModel, s: int) -> object:
        return sum(m.accepts[k, s] for k in m.RAYS) <= 1

    m.pays = pyo.Var(m.RAYS, m.TYPES, bounds=lambda m, k, s: (0, largest[s]))

    @m.Constraint(m.RAYS, m.TYPES)
    def pays_the_ray(m: pyo.ConcreteModel, k: int, s: int) -> object:
        return m.pays[k, s] <= m.value[k] - lowest * (1 - m.accepts[k, s])

    @m.Constraint(m.RAYS, m.TYPES)
    def pays_if_taken(m: pyo.ConcreteModel, k: int, s: int) -> object:
        return m.pays[k, s] <= largest[s] * m.accepts[k, s]

    m.gain = pyo.Expression(expr=sum(weights[s] * m.pays[k, s] for k in m.RAYS for s in m.TYPES))


def add_rays(m: pyo.ConcreteModel, data: MenuData) -> None:
    """``kappa[k, i]`` between -eta_i and the most a taken ray can hold, and ``value[k]`` = w . kappa^k."""
    eta, most, w = data.endowment.tolist(), data.most_taken.tolist(), data.w.tolist()
    m.RAYS = pyo.RangeSet(0, data.n_tasks - 1)
    m.kappa = pyo.Var(m.RAYS, m.TASKS, bounds=lambda m, k, i: (-eta[i], most[i]), initialize=0.0)
    m.value = pyo.Expression(m.RAYS, rule=lambda m, k: sum(w[i] * m.kappa[k, i] for i in m.TASKS))


def add_multipliers(m: pyo.ConcreteModel) -> None:
    """Polarization by definition: some y in [0, 1] gives ``y kappa^k + (1 - y) kappa^l >= 0``, for each pair."""
    m.PAIRS = pyo.Set(initialize=[(k, n) for k in m.RAYS for n in m.RAYS if k < n], dimen=2)
    m.multiplier = pyo.Var(m.PAIRS, bounds=(0, 1), initialize=0.5)

    @m.Constraint(m.PAIRS, m.TASKS)
    def polarized(m: pyo.ConcreteModel, k: int, n: int, i: int) -> object:
        y = m.multiplier[k, n]
        return y * m.kappa[k, i] + (1 - y) * m.kappa[n, i] >= 0
