"""Seeded generators of instances and of support-function problems.

Every generator draws from ``numpy.random.default_rng(seed)``, uses plain arithmetic and rounds to four decimals: on one
numpy version the same arguments give the same numbers to the last bit. Synthetic means synthetic: what of a setting is
imitated is said in the instance's ``source``, and nothing in it is an estimate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from raymenu.instances.errors import InputError
from raymenu.instances.finite_types import FiniteTypes
from raymenu.instances.instance import Instance, make_instance
from raymenu.instances.preferences import LognormalPreferences, Preferences, UniformPreferences

Floats = NDArray[np.float64]
DECIMALS = 4


def box(lower: Sequence[float] | Floats, upper: Sequence[float] | Floats) -> UniformPreferences:
    """Independent uniform costs on [lower, upper], the bounds rounded to four decimals."""
    return UniformPreferences(lower=_rounded(lower), upper=_rounded(upper))


def shares(counts: Sequence[float] | Floats, sizes: Floats, copies: Sequence[int] | None = None) -> Floats:
    """(J, I) a status quo that splits each count in proportion to ``sizes`` (J, I), the columns summing to the counts.

    Entries are rounded to four decimals; the last row takes the remainder.

    Examples
    --------
    >>> shares([10.0], np.array([[1.0], [1.0], [1.0]])).ravel().tolist()
    [3.3333, 3.3333, 3.3334]
    """
    total = np.asarray(counts, dtype=np.float64)
    multiple = np.ones(sizes.shape[0]) if copies is None else np.asarray(copies, dtype=np.float64)
    held = np.round(total * sizes / (multiple @ sizes), DECIMALS)
    if multiple[-1] != 1:
        raise InputError("the last row takes the remainder and must stand for one agent", field="copies")
    held[-1] = np.round(total - multiple[:-1] @ held[:-1], DECIMALS)
    return held


def random_market(
    n_agents: int, n_tasks: int, seed: int, *, lognormal: bool = False, name: str | None = None
) -> Instance:
    """A market without structure: performance uniform on [0, 1], costs on [.5, 2], unequal shares of the status quo.

    Parameters
    ----------
    lognormal
        Lognormal costs (medians uniform on [.8, 1.25], sigma .4, on the box [.25, 4]) in place of uniform ones.

    Examples
    --------
    >>> random_market(6, 3, seed=1).counts.tolist()
    [30.0, 24.0, 18.0]
    """
    rng = np.random.default_rng(seed)
    counts = np.array([n_agents * max(5 - i, 1) for i in range(n_tasks)], dtype=np.float64)
    performance = np.round(rng.random((n_agents, n_tasks)), DECIMALS)
    status_quo = shares(counts, 0.5 + rng.random((n_agents, n_tasks)))
    preferences: list[Preferences]
    if lognormal:
        medians = 0.8 + 0.45 * rng.random((n_agents, n_tasks))
        preferences = [
            LognormalPreferences(
                lower=(0.25,) * n_tasks, upper=(4.0,) * n_tasks, median=_rounded(row), sigma=(0.4,) * n_tasks
            )
            for row in medians
        ]
    else:
        preferences = [box([0.5] * n_tasks, [2.0] * n_tasks)] * n_agents
    kind = "lognormal on [0.25, 4]" if lognormal else "uniform on [0.5, 2]"
    return make_instance(
        name or f"random_j{n_agents}_i{n_tasks}",
        f"Synthetic, no structure: raymenu.instances.generators.random_market(n_agents={n_agents}, n_tasks={n_tasks}, "
        f"seed={seed}{', lognormal=True' if lognormal else ''}). Performance uniform on [0, 1], costs {kind}.",
        counts=counts,
        performance=performance,
        status_quo=status_quo,
        preferences=preferences,
    )


def child_protection(n_investigators: int, seed: int, *, copies: int = 1, name: str = "child_protection") -> Instance:
    """Investigators of reported child maltreatment; two classes of cases, as in Baron et al. (2025).

    Performance of j on class i is the chance of a wrong decision: a share of false positives (a child removed that was
    safe) plus a share of false negatives (a child left in danger), each agent's skill common to both classes up to an
    own deviation. Costs: a high-risk case is worth one to four low-risk ones.

    Parameters
    ----------
    copies
        Investigators alike in skill that each row but the last stands for.
    """
    rng = np.random.default_rng(seed)
    tasks = ["low risk", "high risk"]
    multiples = [copies] * (n_investigators - 1) + [1]
    caseload = np.array([40.0, 10.0])
    counts = caseload * sum(multiples)
    skill = rng.random((n_investigators, 1))
    deviation = rng.random((n_investigators, 2))
    false_positive: Floats = np.array([0.01, 0.10]) * (0.5 + 0.5 * skill + 0.5 * deviation)
    false_negative: Floats = np.array([0.12, 0.20]) * (0.6 + 0.5 * (1 - skill) + 0.3 * rng.random((n_investigators, 2)))
    error_rate = np.round(false_positive + false_negative, DECIMALS)
    return make_instance(
        name,
        "SYNTHETIC, in the style of E. J. Baron, R. Lombardo, J. P. Ryan, J. Suh and Q. Valenzuela-Stookey (2025), "
        "Mechanism reform for task allocation, NBER: investigators of reported child maltreatment, cases in two "
        "classes, performance = chance of a wrong decision. Calibrated to orders of magnitude only (about one case in "
        "five is high risk; a few per cent of investigated children are removed; between one and two of ten children "
        "left at home are reported again): no number is an estimate or comes from that paper's data. Made by "
        f"raymenu.instances.generators.child_protection(n_investigators={n_investigators}, seed={seed}, "
        f"copies={copies}).",
        tasks=tasks,
        agents=[f"investigator {j + 1}" for j in range(n_investigators)],
        counts=counts,
        performance=error_rate,
        status_quo=np.tile(caseload, (n_investigators, 1)),
        preferences=[box([0.5, 1.0], [1.0, 2.0])] * n_investigators,
        copies=multiples,
    )


def refugees(n_localities: int, n_tasks: int, seed: int, *, name: str = "refugees") -> Instance:
    """Localities that receive refugee families of several kinds; performance is the chance of finding no work.

    A locality's status quo follows its size and nothing else, as quotas do. Its burden from a family grows with the
    family's size and with how far the locality is from what that kind needs.
    """
    kinds = ["single adults", "couples", "small families", "large families", "medical needs", "unaccompanied minors"]
    rng = np.random.default_rng(seed)
    size = 0.3 + rng.random((n_localities, 1)) ** 2 * 2
    fit = rng.random((n_localities, n_tasks))
    labour_market = 0.3 + 0.4 * rng.random((n_localities, 1))
    counts = np.array([n_localities * each for each in (8, 4, 6, 3, 2, 1)][:n_tasks], dtype=np.float64)
    jobless: Floats = np.clip(1 - labour_market - 0.4 * fit, 0.02, 1)
    burden = np.array([1.0, 1.4, 2.0, 3.0, 2.5, 2.8])[:n_tasks]
    preferences = [box(0.6 * burden, burden * (1.2 + misfit)) for misfit in 1 - fit]
    return make_instance(
        name,
        "SYNTHETIC, in the style of the refugee placement problem of K. Bansak et al. (2018), Science 359(6373), and "
        "N. Ahani et al. (2021), Operations Research 69(5): localities receive families of several kinds, performance "
        "= chance that the family finds no work, quotas by size of the locality. No number comes from data. Made by "
        f"raymenu.instances.generators.refugees(n_localities={n_localities}, n_tasks={n_tasks}, seed={seed}).",
        tasks=kinds[:n_tasks],
        agents=[f"locality {j + 1}" for j in range(n_localities)],
        counts=counts,
        performance=np.round(jobless, DECIMALS),
        status_quo=shares(counts, np.broadcast_to(size, (n_localities, n_tasks))),
        preferences=preferences,
    )


def tax_collectors(
    n_collectors: int, n_tasks: int, seed: int, *, copies: int = 1, name: str = "tax_collectors"
) -> Instance:
    """Tax collectors sent to households in several neighbourhoods; performance is the tax not collected.

    Collectors of high ability collect more everywhere and most where compliance is low (complementarity); households
    far away cost all of them more time.

    Parameters
    ----------
    copies
        Collectors of one ability that each row but the last stands for.
    """
    rng = np.random.default_rng(seed)
    areas = ["centre", "near", "outskirts", "remote", "riverside", "hillside"]
    multiples = [copies] * (n_collectors - 1) + [1]
    ability = np.sort(rng.random(n_collectors))[:, None]
    compliance = np.linspace(0.35, 0.05, n_tasks)
    lift = 0.25 * ability * (1 - compliance) * (0.7 + 0.6 * rng.random((n_collectors, n_tasks)))
    round_size = np.array([12.0, 10.0, 8.0, 6.0, 5.0, 4.0])[:n_tasks]
    distance = np.linspace(1.0, 1.6, n_tasks)
    return make_instance(
        name,
        "SYNTHETIC, in the style of A. Bergeron et al. (2024), Supermodular bureaucrats: collectors are assigned to "
        "households, performance = share of the tax that stays uncollected; able collectors add most where compliance "
        "is low. No number comes from their data. Made by raymenu.instances.generators.tax_collectors("
        f"n_collectors={n_collectors}, n_tasks={n_tasks}, seed={seed}, copies={copies}).",
        tasks=areas[:n_tasks],
        agents=[f"collector {j + 1}" for j in range(n_collectors)],
        counts=round_size * sum(multiples),
        performance=np.round(1 - compliance - lift, DECIMALS),
        status_quo=np.tile(round_size, (n_collectors, 1)),
        preferences=[box(0.6 * distance, 1.8 * distance)] * n_collectors,
        copies=multiples,
    )


Kind = Literal["pos", "mix"]
KINDS: tuple[Kind, ...] = ("pos", "mix")
"""Of family U: all w_i positive, or of both signs."""


@dataclass(frozen=True)
class SupportProblem:
    """One evaluation of S_j(w): types, endowment and w, under a name that with the seed says how to make it again."""

    name: str
    types: FiniteTypes
    endowment: Floats
    w: Floats


def support_problem(n_tasks: int, size: int, seed: int, kind: Kind = "pos") -> SupportProblem:
    """U(I, S, seed): costs uniform on [.5, 2], equal weights, eta = 1, w uniform on [.2, 1] or, mixed, on [-.5, 1].

    Examples
    --------
    >>> problem = support_problem(3, 1000, seed=0, kind="mix")
    >>> problem.name, problem.types.size, bool((problem.w < 0).any())
    ('U(3,1000,mix)', 1000, True)
    """
    rng = np.random.default_rng(seed)
    costs = rng.uniform(0.5, 2.0, (size, n_tasks))
    w = rng.uniform(0.2, 1.0, n_tasks) if kind == "pos" else rng.uniform(-0.5, 1.0, n_tasks)
    return SupportProblem(f"U({n_tasks},{size},{kind})", FiniteTypes(costs), np.ones(n_tasks), w)


def library_problem(
    inst: Instance, agent: int, size: int, seed: int = 0, prices: Literal["high", "mean"] = "high"
) -> SupportProblem:
    """S_j of one agent of an instance at w = lambda - pi_j, for plain prices lambda.

    Parameters
    ----------
    prices
        "high": lambda the highest pi of each task and a tenth of the whole range of pi on top, so that w > 0;
        "mean": lambda the average pi of each task over agents, so that w has both signs. Rounded to four decimals.
    """
    performance = inst.performance
    if prices == "high":
        top = performance.max(axis=0) + 0.1 * (np.ptp(performance) or 1.0)
    else:
        top = inst.copies @ performance / inst.copies.sum()
    w = np.array(_rounded(top - performance[agent]))
    types = inst.preferences[agent].discretize(size, seed=seed)
    return SupportProblem(f"{inst.name}[{agent}],{size},{prices}", types, inst.endowment[agent], w)


def _rounded(values: Sequence[float] | Floats) -> tuple[float, ...]:
    return tuple(float(value) for value in np.round(np.asarray(values, dtype=np.float64), DECIMALS))
