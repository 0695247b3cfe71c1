"""Random support functions, plain and degenerate, and an exact oracle for two tasks."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from raymenu import FiniteTypes
from raymenu.instances.generators import support_problem


def random_case(seed: int, tasks: int | None = None, most_types: int = 60):
    """Types, endowment, w: ties, duplicates, scaled copies, zeros and unequal weights in turn."""
    rng = np.random.default_rng(seed)
    tasks = tasks or int(rng.integers(2, 5))
    size = int(rng.integers(1, most_types))
    costs = rng.uniform(0.3, 3, (size, tasks))
    kind = seed % 6
    if kind == 1:
        costs = rng.integers(1, 5, (size, tasks)).astype(float)
    if kind == 2:
        costs = costs[rng.integers(0, max(1, size // 3), size)] * rng.choice([1, 2, 3, 0.1], size)[:, None]
    if kind == 3:
        costs = np.round(costs, 1)
    weights = rng.uniform(0.1, 1, size) if rng.random() < 0.5 else None
    endowment = rng.uniform(0, 3, tasks) if rng.random() < 0.5 else np.ones(tasks)
    if rng.random() < 0.3:
        endowment[rng.integers(tasks)] = 0
    w = rng.uniform(0.1, 1, tasks) if rng.random() < 0.4 else rng.uniform(-1, 1, tasks)
    if rng.random() < 0.2:
        w[rng.integers(tasks)] = 0
    if rng.random() < 0.1:
        w = np.ones(tasks)
    return FiniteTypes(costs, weights), endowment, w


def few_types(seed: int, most: int = 12):
    """The first types of a random case, few enough for general solvers."""
    types, endowment, w = random_case(seed)
    weights = types.weights[:most]
    return FiniteTypes(types.costs[:most], weights / weights.sum()), endowment, w


def wide_case(seed: int):
    """Types whose costs differ by orders of magnitude: lognormal with sigma 1.5; w of both signs, one sign, or mostly
    negative."""
    rng = np.random.default_rng(seed + 5000)
    tasks = int(rng.integers(3, 5))
    size = int(rng.integers(5, 60))
    costs = np.exp(rng.normal(0, 1.5, (size, tasks)))
    w = rng.normal(size=tasks)
    if seed % 3 == 0:
        w = -np.abs(w)
        w[0] = 0.3
    if seed % 3 == 1:
        w = np.abs(w)
    endowment = rng.uniform(0.2, 3, tasks)
    weights = rng.uniform(0.1, 1, size) if seed % 2 else None
    return FiniteTypes(costs, weights), endowment, w


def family_u(tasks: int, size: int, seed: int, kind: str):
    """U(I, S, seed) as the arguments of ``support_function``."""
    problem = support_problem(tasks, size, seed, kind)
    return problem.types, problem.endowment, problem.w


def exact_two_tasks(types, endowment, w) -> Fraction:
    """S(w) for two tasks in rationals: every type's own price is tried, O(S^2)."""
    probability = types.exact_weights
    ratio = [Fraction(a) / Fraction(b) for a, b in types.costs.tolist()]
    w_a, w_b = (Fraction(value) for value in w.tolist())
    eta_a, eta_b = (Fraction(value) for value in endowment.tolist())
    value = w_a * eta_a + w_b * eta_b
    remedial = max(w_a, Fraction(0)) * eta_a + max(w_b, Fraction(0)) * eta_b
    give_b = [(w_a / p - w_b) * sum(f for f, r in zip(probability, ratio) if r <= p) for p in set(ratio)]
    give_a = [(w_b * p - w_a) * sum(f for f, r in zip(probability, ratio) if r >= p) for p in set(ratio)]
    if w_a > 0:
        value += eta_b * max(Fraction(0), *give_b)
    if w_b > 0:
        value += eta_a * max(Fraction(0), *give_a)
    return max(value, remedial)


def speck_case(seed: int):
    """Whole-number costs and w, some of whose entries are, or are off by, 1e-15 to 1e-6 of either sign."""
    rng = np.random.default_rng(seed)
    tasks = int(rng.integers(2, 5))
    costs = rng.integers(1, 6, (int(rng.integers(1, 12)), tasks)).astype(float)
    endowment = rng.integers(0, 4, tasks) * rng.choice([0.5, 1.0])
    w = rng.integers(-5, 25, tasks).astype(float) * rng.choice([1, 1 / 3, 0.1])
    for i in rng.permutation(tasks)[: rng.integers(1, tasks + 1)]:
        if rng.random() < 0.7:
            w[i] = rng.choice([0, 0, 1, -1, 1, -1, 1]) * 10.0 ** -rng.uniform(6, 15)
        else:
            w[i] += rng.choice([0, 1, -1]) * 10.0 ** -rng.uniform(6, 15)
    weights = rng.integers(1, 4, costs.shape[0]).astype(float) if rng.random() < 0.3 else None
    return FiniteTypes(costs, weights), endowment, w


def heavy_tailed(seed: int, tasks: int, size: int):
    """Pareto(1.5) costs: outliers by orders of magnitude."""
    rng = np.random.default_rng(seed)
    costs = 1 + rng.pareto(1.5, (size, tasks))
    return FiniteTypes(costs), rng.uniform(0.3, 4, tasks), rng.uniform(0, 1, tasks)
