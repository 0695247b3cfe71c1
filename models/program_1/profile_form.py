"""Market clearing, the profile form: an assignment in every type profile. Exponential in the agents."""

from __future__ import annotations

import pyomo.environ as pyo

from raymenu.instances import FiniteTypes, Instance
from raymenu.models.allocation_terms import amounts, cleared, linear
from raymenu.models.program_1.profiles import profiles
from raymenu.models.rules import add_rules


def add_profile_clearing(m: pyo.ConcreteModel, inst: Instance, types: list[FiniteTypes]) -> None:
    """(MC) literally: an assignment in every profile, whose expectation is x; exponential in the agents.

    ``assignment[p, j, t, i]`` goes to each copy of row j that has type t in profile p; ``clearing[p, i]``;
    ``interim[j, t, i]: x_j(i, t) = E_{-j} assignment``. Rules hold in every profile: ``own_rules[p, j, t, r]``,
    ``joint_rules[p, r]``.
    """
    listed = list(profiles(inst, types))
    present = [
        [(j, t, drawn.count(t)) for j, drawn in enumerate(profile) for t in sorted(set(drawn))] for profile, _ in listed
    ]
    m.PROFILES = pyo.RangeSet(0, len(listed) - 1)
    m.PRESENT = pyo.Set(dimen=3, initialize=[(p, j, t) for p in m.PROFILES for j, t, _ in present[p]])
    m.assignment = pyo.Var(m.PRESENT, m.TASKS, domain=lambda _, p, j, t, i: amounts(inst, i))

    @m.Constraint(m.PROFILES, m.TASKS)
    def clearing(m: pyo.ConcreteModel, p: int, i: int) -> object:
        entries = present[p]
        body = linear([n for _, _, n in entries], (m.assignment[p, j, t, i] for j, t, _ in entries))
        return cleared(inst, i, body)

    # Given that a fixed copy of row j has type t, profile p has probability P(p) * (share of copies with t) / f_j(t).
    conditional: dict[tuple[int, int], list[tuple[int, float]]] = {pair: [] for pair in m.TYPES}
    for p, (_, probability) in enumerate(listed):
        for j, t, n in present[p]:
            share = n / float(inst.copies[j])
            conditional[j, t].append((p, probability * share / types[j].weights[t]))

    @m.Constraint(m.TYPES, m.TASKS)
    def interim(m: pyo.ConcreteModel, j: int, t: int, i: int) -> object:
        given = conditional[j, t]
        variables = [m.assignment[p, j, t, i] for p, _ in given] + [m.x[j, t, i]]
        return linear([weight for _, weight in given] + [-1.0], variables) == 0.0

    if inst.rules:
        groups = [((p,), [((p, j, t), j, float(n)) for j, t, n in present[p]]) for p in m.PROFILES]
        holders = [holder for _, members in groups for holder in members]
        add_rules(m, inst, holders, lambda p, j, t, i: m.assignment[p, j, t, i], groups)
