"""Market clearing, the token form (Alaei, Fu, Haghpanah, Hartline & Malekian 2012): polynomial in agents and types.

For each task a token starts with agent 1 and is shown to the agents 2..N in turn; agent k with type t may take it
from whoever holds it. The chances that each type ends up with the token are exactly the ones that some rule that
hands out one unit in every profile can give.
"""

from __future__ import annotations

import pyomo.environ as pyo

from raymenu.instances import FiniteTypes, Instance
from raymenu.models.allocation_terms import cleared, linear


def add_token_clearing(m: pyo.ConcreteModel, inst: Instance, types: list[FiniteTypes]) -> None:
    """(MC) by passing tokens; single agents 0..N-1 stand in the order of ``inst.agent_rows``.

    | symbol | component | index | meaning |
    |---|---|---|---|
    | y^k_a(s) | ``holds`` | i, k, a, s | chance that a has type s and the token after k was asked, a <= k |
    | z^k(s, t) | ``passes`` | i, k, t, a, s | ... that k has type t and takes it then from a with type s, a < k |
    | | ``starts`` | i, s | ``y^0_0(s) = f_0(s)`` |
    | | ``pace`` | i, k, t, a, s | ``z^k(s, t) <= f_k(t) y^{k-1}_a(s)`` |
    | | ``keeps`` | i, k, a, s | ``y^k_a(s) = y^{k-1}_a(s) - sum_t z^k(s, t)`` |
    | | ``takes`` | i, k, t | ``y^k_k(t) = sum_{a, s} z^k(s, t)`` |
    | | ``interim`` | a, t, i | ``f_a(t) x_a(i, t) = n^i y^{N-1}_a(t)``; ``>=`` with revenue "at least" |
    | | ``payments`` | i | payments to agents clear in expectation |
    """
    # Payments have no lower bound: whatever clears in expectation clears in every profile, see ``balanced_payments``.
    tokens = [i for i in m.TASKS if inst.cost_signs[i] > 0]
    rows = [int(j) for j in inst.agent_rows]
    last = len(rows) - 1
    share = [types[j].weights for j in rows]
    held = [(a, s) for a in range(len(rows)) for s in range(share[a].size)]
    asked = [(k, a, s) for k in range(len(rows)) for a, s in held if a <= k]
    taken = [(k, t, a, s) for k, a, s in asked if a < k for t in range(share[k].size)]
    m.HELD = pyo.Set(dimen=2, initialize=held)
    m.ASKED = pyo.Set(dimen=3, initialize=asked)
    m.TAKEN = pyo.Set(dimen=4, initialize=taken)
    m.holds = pyo.Var(tokens, m.ASKED, domain=pyo.NonNegativeReals)
    m.passes = pyo.Var(tokens, m.TAKEN, domain=pyo.NonNegativeReals)

    @m.Constraint(tokens, range(share[0].size))
    def starts(m: pyo.ConcreteModel, i: int, s: int) -> object:
        return m.holds[i, 0, 0, s] == float(share[0][s])

    @m.Constraint(tokens, m.TAKEN)
    def pace(m: pyo.ConcreteModel, i: int, k: int, t: int, a: int, s: int) -> object:
        return linear([1.0, -share[k][t]], [m.passes[i, k, t, a, s], m.holds[i, k - 1, a, s]]) <= 0.0

    @m.Constraint(tokens, [(k, a, s) for k, a, s in asked if a < k])
    def keeps(m: pyo.ConcreteModel, i: int, k: int, a: int, s: int) -> object:
        gone = [m.passes[i, k, t, a, s] for t in range(share[k].size)]
        terms = [m.holds[i, k, a, s], m.holds[i, k - 1, a, s], *gone]
        return linear([1.0, -1.0] + [1.0] * len(gone), terms) == 0.0

    @m.Constraint(tokens, [(k, t) for k, t in held if k > 0])
    def takes(m: pyo.ConcreteModel, i: int, k: int, t: int) -> object:
        got = [m.passes[i, k, t, a, s] for a, s in held if a < k]
        return linear([1.0] + [-1.0] * len(got), [m.holds[i, k, k, t], *got]) == 0.0

    @m.Constraint(m.HELD, tokens)
    def interim(m: pyo.ConcreteModel, a: int, t: int, i: int) -> object:
        body = linear([share[a][t], -inst.counts[i]], [m.x[rows[a], t, i], m.holds[i, last, a, t]])
        return body == 0.0 if inst.clearing_senses[i] == "==" else body >= 0.0

    mass = [inst.copies[j] * types[j].weights[t] for j, t in m.TYPES]

    @m.Constraint([i for i in m.TASKS if i not in tokens])
    def payments(m: pyo.ConcreteModel, i: int) -> object:
        return cleared(inst, i, linear(mass, (m.x[j, t, i] for j, t in m.TYPES)))
