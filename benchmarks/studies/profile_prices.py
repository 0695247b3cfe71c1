"""A bound for the market one has, from multipliers of market clearing that depend on the profile; two tasks, exactly.

For any lambda(c) weak duality gives ``E[lambda(c)] . n - sum_j max over menus of E[(lambda(c) - pi_j) . mu_j(c)]`` as a
lower bound on every menu design that clears in every profile. Its best value is that of the program in which each
agent's menu is drawn by a lottery, steps depend on the profile, and tasks clear in every profile on average over the
lotteries. With two tasks only rays at which some type is indifferent matter: between two such prices the value of a ray
is convex in its price. So the bound is one linear program. It is compared with ``models.finite_market``: where SCIP
leaves that open, its best menus stand in for the optimum, and the share of the gap that is closed is at least as shown.
"""

from __future__ import annotations

import statistics
from itertools import product
from math import prod
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from scipy.optimize import linprog

import raymenu
from raymenu import FinitePreferences, models
from raymenu.instances import FiniteTypes, Instance
from raymenu.solvers.backends import backend
from raymenu.solvers.backends.results import Quality

Floats = NDArray[np.float64]
SHAPES = ((2, 2), (2, 3), (3, 2), (4, 2))
"""(J, types) of the cases, in turn."""
SAME = 1e-9


def menus_at_ratios(types: FiniteTypes, eta: Floats) -> list[list[Floats]]:
    """Rays at prices at which types are indifferent, alone and in polarized pairs."""
    ratios = sorted(set((types.costs[:, 0] / types.costs[:, 1]).tolist()))
    give = [np.array([-eta[0], p * eta[0]]) for p in ratios]
    take = [np.array([eta[1] / p, -eta[1]]) for p in ratios]
    pairs = [[a, b] for p, a in zip(ratios, give) for q, b in zip(ratios, take) if p >= q * (1 - SAME)]
    return [*([ray] for ray in give), *([ray] for ray in take), *pairs]


def bound(inst: Instance, types: list[FiniteTypes]) -> float:
    """The best bound of this kind, by one linear program."""
    profiles = list(product(*(range(own.size) for own in types)))
    chance = np.array([prod(float(own.weights[s]) for own, s in zip(types, profile)) for profile in profiles])
    cost: list[float] = []
    clear: list[tuple[int, int, float]] = []
    one: list[tuple[int, int]] = []
    limits: list[tuple[list[int], int, float]] = []
    for j, own in enumerate(types):
        pi, eta = inst.performance[j], inst.endowment[j]
        for menu in menus_at_ratios(own, eta):
            weight = len(cost)
            cost.append(0.0)
            one.append((j, weight))
            for p, profile in enumerate(profiles):
                c = own.costs[profile[j]]
                steps = []
                for ray in menu:
                    if c @ ray <= SAME * (c @ np.abs(ray)):
                        steps.append(len(cost))
                        cost.append(chance[p] * float(pi @ ray))
                        clear += [(2 * p + i, steps[-1], float(ray[i])) for i in range(2)]
                if steps:
                    limits.append((steps, weight, 1.0))
        weight = len(cost)  # the remedial menu
        cost.append(0.0)
        one.append((j, weight))
        for p, i in product(range(len(profiles)), range(2)):
            limits.append(([len(cost)], weight, float(eta[i])))
            clear.append((2 * p + i, len(cost), -1.0))
            cost.append(-chance[p] * float(pi[i]))
    equal = np.zeros((2 * len(profiles), len(cost)))
    for row, column, value in clear:
        equal[row, column] = value
    less = np.zeros((len(limits) + len(types), len(cost)))
    for r, (steps, weight, most) in enumerate(limits):
        less[r, steps], less[r, weight] = 1.0, -most
    for j, weight in one:
        less[len(limits) + j, weight] = 1.0
    right = np.append(np.zeros(len(limits)), np.ones(len(types)))
    found = linprog(cost, A_ub=less, b_ub=right, A_eq=equal, b_eq=np.zeros(len(equal)), bounds=(0, None))
    return inst.status_quo_cost + float(found.fun)


def tiny_market(seed: int) -> Instance:
    """Two tasks, few agents, few types."""
    agents, size = SHAPES[seed % len(SHAPES)]
    rng = np.random.default_rng(seed)
    quo = rng.uniform(0.5, 2, (agents, 2))
    kinds = [FinitePreferences(costs=tuple(map(tuple, rng.uniform(0.5, 2, (size, 2)).tolist()))) for _ in range(agents)]
    return raymenu.make_instance(
        f"J={agents} T={size} seed {seed}",
        "seeded",
        counts=quo.sum(axis=0),
        performance=rng.uniform(0, 1, (agents, 2)),
        status_quo=quo,
        preferences=kinds,
    )


def main(
    cases: Annotated[int, typer.Option(help="how many")] = 24,
    time_limit: Annotated[float, typer.Option(help="seconds for SCIP, a case")] = 30.0,
) -> int:
    """How much of the gap between known bounds and the proven optimum multipliers that depend on the profile close."""
    closed = []
    print(f"{'case':16} {'status quo':>10} {'optimum':>8} {'lambda(c)':>9} {'LM-OSP':>8} {'BIC':>8} {'closed':>7}")
    for seed in range(cases):
        inst = tiny_market(seed)
        types = inst.types()
        solved = backend("scip").solve(models.finite_market(inst, types), time_limit=time_limit)
        if solved.objective is None:
            continue
        proven = solved.quality is Quality.OPTIMAL
        large, bic = raymenu.solve_large_market(inst, types, rel_gap=1e-4).lower, raymenu.solve_bic(inst, types).lower
        ours, known = bound(inst, types), max(large, bic)
        gap = solved.objective - known
        share = (ours - known) / gap if gap > 1e-5 else float("nan")
        closed.append(share)
        print(
            f"{inst.name:16} {inst.status_quo_cost:10.5f} {solved.objective:8.5f} {ours:9.5f} {large:8.5f} {bic:8.5f} "
            f"{share:7.1%}{'' if proven else ' at least'}",
            flush=True,
        )
    shares = [max(share, 0.0) for share in closed if not np.isnan(share)]
    if shares:
        print(f"{len(shares)} cases with a gap: median {statistics.median(shares):.1%} closed, worst {min(shares):.1%}")
    return 0


if __name__ == "__main__":
    typer.run(main)
