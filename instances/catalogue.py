"""The instance library, entry by entry: what is in it, and why.

``python -m raymenu.instances.catalogue`` writes every file of ``library/`` again, byte for byte: those made here, and
the real ones (``raymenu.instances.real``) from their data.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from raymenu.instances.files import write_files
from raymenu.instances.generators import box, child_protection, random_market, refugees, shares, tax_collectors
from raymenu.instances.instance import Instance, make_instance
from raymenu.instances.preferences import FinitePreferences, LognormalPreferences
from raymenu.instances.real import LIBRARY, REAL, build_real

HERE = "raymenu.instances.catalogue"


def two_task_uniform() -> Instance:
    """Two agents whose support functions have a closed form: independent uniform costs, endowment (3, 2)."""
    return make_instance(
        "two_task_uniform",
        f"Made by hand ({HERE}): two tasks, where S_j has a closed form. Agent 1 holds (3, 2).",
        counts=[5, 5],
        performance=[[1.0, 0.2], [0.3, 0.9]],
        status_quo=[[3, 2], [2, 3]],
        preferences=[box([0.5, 0.5], [2.0, 2.0])] * 2,
    )


def two_task_ratio() -> Instance:
    """Task B costs every type exactly 1, so the price theta = c_A / c_B is itself uniform on [.5, 2]."""
    return make_instance(
        "two_task_ratio",
        f"Made by hand ({HERE}): the cost ratio is uniform on [0.5, 2]. With r = w_A/w_B in between, endowment (3, 2) "
        "gains [2 w_B (sqrt r - sqrt .5)^2 + 3 w_A (2 - r)^2/(4 r)]/1.5 by the two rays at prices sqrt(r/2) and "
        "(r + 2)/2; w = (1.3, 1) gains 0.4950646 on continuous types.",
        counts=[5, 5],
        performance=[[0.2, 0.5], [0.6, 0.4]],
        status_quo=[[3, 2], [2, 3]],
        preferences=[box([0.5, 1.0], [2.0, 1.0])] * 2,
    )


def two_task_finite() -> Instance:
    """Two agents, two types each: small enough to solve (1) by hand."""
    return make_instance(
        "two_task_finite",
        f"Made by hand ({HERE}): two types an agent, program (1) has four profiles.",
        counts=[2, 2],
        performance=[[0, 1], [1, 0]],
        status_quo=[[1, 1], [1, 1]],
        preferences=[FinitePreferences(costs=((1, 2), (2, 1)))] * 2,
    )


def figure_1() -> Instance:
    """Two agents at an inner endowment, who differ enough that both polarized rays are worth offering."""
    return make_instance(
        "figure_1",
        f"The configuration of Figure 1 of Q. Valenzuela-Stookey (2026): two tasks, polarized rays from an inner "
        f"endowment. The figure carries no numbers; those here are our choice ({HERE}): endowment (2, 2), prices "
        "between 1/3 and 3, so that a ray that trades A away and one that trades B away are both taken.",
        counts=[4, 4],
        performance=[[0.1, 0.6], [0.5, 0.4]],
        status_quo=[[2, 2], [2, 2]],
        preferences=[box([0.5, 0.5], [1.5, 1.5])] * 2,
    )


def two_task_many() -> Instance:
    """Ten agents, two tasks: closed forms agent by agent, a market that clears between many."""
    return random_market(10, 2, seed=7, name="two_task_many")


def ties() -> Instance:
    """Whole-number costs and performances: types on each other's boundaries, w at ties at every optimal price."""
    costs = ((1, 1, 1), (1, 2, 3), (3, 2, 1), (2, 1, 2), (1, 1, 2), (2, 2, 1), (1, 3, 1), (3, 1, 1))
    return make_instance(
        "ties",
        f"Adversarial, made by hand ({HERE}): whole numbers throughout, so that many types are indifferent at the "
        "natural prices and many agents are equally good.",
        counts=[4, 4, 4],
        performance=[[0, 1, 2], [1, 2, 0], [2, 0, 1], [1, 1, 1]],
        status_quo=[[1, 1, 1]] * 4,
        preferences=[FinitePreferences(costs=costs)] * 4,
    )


def duplicate_types() -> Instance:
    """Types repeated, scaled copies of one direction, and unequal weights."""
    costs = ((1, 2, 1), (2, 4, 2), (1, 2, 1), (0.5, 0.5, 1.5), (1, 1, 3), (2, 1, 0.5), (0.1, 0.05, 0.025))
    return make_instance(
        "duplicate_types",
        f"Adversarial, made by hand ({HERE}): seven types of three directions, weights 1 to 7.",
        counts=[6, 3, 3],
        performance=[[0.5, 0.1, 0.9], [0.2, 0.8, 0.3], [0.9, 0.4, 0.1]],
        status_quo=[[2, 1, 1]] * 3,
        preferences=[FinitePreferences(costs=costs, weights=(1, 2, 3, 4, 5, 6, 7))] * 3,
    )


def zeros_in_endowment() -> Instance:
    """Specialists: each agent holds nothing of some task, so some rays can give up nothing there."""
    return make_instance(
        "zeros_in_endowment",
        f"Adversarial, made by hand ({HERE}): every agent's status quo lacks at least one task (so it is not of full "
        "support, and Theorem 1 is silent).",
        counts=[6, 6, 6],
        performance=[[0.9, 0.2, 0.4], [0.3, 0.8, 0.2], [0.1, 0.5, 0.9], [0.4, 0.4, 0.4]],
        status_quo=[[4, 0, 0], [0, 4, 2], [2, 0, 4], [0, 2, 0]],
        preferences=[box([0.5] * 3, [2.0] * 3)] * 4,
    )


def near_identical() -> Instance:
    """Agents that differ by 10^-6: the gain is tiny, and solvers that stop at a tolerance show it."""
    difference = np.array([[0.0, 0.0, 0.0], [1e-6, -1e-6, 0.0], [0.0, 1e-6, -1e-6]])
    return make_instance(
        "near_identical",
        f"Adversarial, made by hand ({HERE}): three agents whose performance differs by 1e-6.",
        counts=[9, 9, 9],
        performance=np.array([0.3, 0.5, 0.4]) + difference,
        status_quo=[[3, 3, 3]] * 3,
        preferences=[box([0.5] * 3, [2.0] * 3)] * 3,
    )


def identical_performance() -> Instance:
    """Everybody is equally good: no allocation beats another."""
    return make_instance(
        "identical_performance",
        f"Degenerate, made by hand ({HERE}): identical performance, so that every allocation costs the same and "
        "choice has no value.",
        counts=[6, 6, 6],
        performance=[[0.3, 0.6, 0.2]] * 3,
        status_quo=[[2, 2, 2]] * 3,
        preferences=[box([0.5] * 3, [2.0] * 3)] * 3,
    )


def known_preferences() -> Instance:
    """One type each: nothing to elicit, and constant swaps may still pay."""
    return make_instance(
        "known_preferences",
        f"Degenerate, made by hand ({HERE}): each agent has one type, so choice has no value but a constant swap may.",
        counts=[6, 6],
        performance=[[0.2, 0.8], [0.7, 0.3], [0.5, 0.5]],
        status_quo=[[2, 2]] * 3,
        preferences=[box([1, 2], [1, 2]), box([2, 1], [2, 1]), box([1, 1], [1, 1])],
    )


def touching_supports() -> Instance:
    """Two groups whose boxes of costs share only a face; prices at the face are everybody's boundary."""
    return make_instance(
        "touching_supports",
        f"Adversarial, made by hand ({HERE}): cost boxes [0.5, 1] x [1, 2] and [1, 2] x [0.5, 1] that touch in (1, 1), "
        "the third task alike.",
        counts=[8, 8, 4],
        performance=[[0.8, 0.2, 0.5], [0.6, 0.3, 0.4], [0.2, 0.7, 0.5], [0.3, 0.9, 0.6]],
        status_quo=[[2, 2, 1]] * 4,
        preferences=[box([0.5, 1.0, 1.0], [1.0, 2.0, 1.5])] * 2 + [box([1.0, 0.5, 1.0], [2.0, 1.0, 1.5])] * 2,
    )


def wide_support() -> Instance:
    """Costs over four orders of magnitude, strongly skewed."""
    wide = LognormalPreferences(lower=(0.01,) * 3, upper=(100.0,) * 3, median=(1.0,) * 3, sigma=(1.5,) * 3)
    return make_instance(
        "wide_support",
        f"Adversarial, made by hand ({HERE}): lognormal costs with sigma 1.5 on [0.01, 100].",
        counts=[8, 6, 4],
        performance=[[0.1, 0.9, 0.5], [0.7, 0.2, 0.6], [0.4, 0.5, 0.1]],
        status_quo=shares([8, 6, 4], np.ones((3, 3))),
        preferences=[wide] * 3,
    )


def badly_scaled() -> Instance:
    """Counts and performances over six orders of magnitude, fractional counts."""
    return make_instance(
        "badly_scaled",
        f"Adversarial, made by hand ({HERE}): counts 20000, 3 and 0.25, performance from 1e-4 to 1e2.",
        counts=[20000, 3, 0.25],
        performance=[[2e-4, 0.5, 90.0], [1e-4, 0.9, 20.0], [3e-4, 0.1, 40.0]],
        status_quo=shares([20000, 3, 0.25], np.ones((3, 3))),
        preferences=[box([0.5] * 3, [2.0] * 3)] * 3,
    )


def participation_slack() -> Instance:
    """Agents owe a fifth more work than the status quo (beta = 1.2)."""
    base = random_market(5, 3, seed=11)
    return make_instance(
        "participation_slack",
        f"Synthetic ({HERE}): random_market(5, 3, seed=11) with participation slack 1.2, a hypothesis of Theorem 1 "
        "that fails.",
        counts=base.counts,
        performance=base.performance,
        status_quo=base.status_quo,
        preferences=base.preferences,
        slack=[1.2] * 5,
    )


def moved_endowment() -> Instance:
    """Trading sets that start away from the status quo, where the market would rather be."""
    base = random_market(4, 3, seed=12)
    endowment = shares(base.counts, 2.0 - base.performance)
    return make_instance(
        "moved_endowment",
        f"Synthetic ({HERE}): random_market(4, 3, seed=12) with endowments that lean towards who is good at what, "
        "unlike the status quo.",
        counts=base.counts,
        performance=base.performance,
        status_quo=base.status_quo,
        preferences=base.preferences,
        endowment=endowment,
    )


ENTRIES: dict[str, Callable[[], Instance]] = {
    "two_task_uniform": two_task_uniform,
    "two_task_ratio": two_task_ratio,
    "two_task_finite": two_task_finite,
    "two_task_many": two_task_many,
    "figure_1": figure_1,
    "child_protection_unit": partial(child_protection, 8, 21, name="child_protection_unit"),
    "child_protection_county": partial(child_protection, 11, 22, copies=10, name="child_protection_county"),
    "refugees_region": partial(refugees, 6, 3, 31, name="refugees_region"),
    "refugees_country": partial(refugees, 20, 5, 32, name="refugees_country"),
    "tax_collectors_town": partial(tax_collectors, 6, 3, 41, name="tax_collectors_town"),
    "tax_collectors_city": partial(tax_collectors, 8, 4, 42, copies=7, name="tax_collectors_city"),
    "ties": ties,
    "duplicate_types": duplicate_types,
    "zeros_in_endowment": zeros_in_endowment,
    "near_identical": near_identical,
    "identical_performance": identical_performance,
    "known_preferences": known_preferences,
    "touching_supports": touching_supports,
    "wide_support": wide_support,
    "badly_scaled": badly_scaled,
    "participation_slack": participation_slack,
    "moved_endowment": moved_endowment,
    "random_j6_i3": partial(random_market, 6, 3, 51),
    "random_j6_i4_lognormal": partial(random_market, 6, 4, 52, lognormal=True, name="random_j6_i4_lognormal"),
    "random_j8_i3": partial(random_market, 8, 3, 53),
    "random_j12_i4": partial(random_market, 12, 4, 54),
    "random_j10_i5": partial(random_market, 10, 5, 55),
    "random_j50_i6": partial(random_market, 50, 6, 56),
    "random_j200_i6": partial(random_market, 200, 6, 57),
}


def files(folder: Path = LIBRARY) -> dict[str | Path, str]:
    """The text of every file of the library, made anew."""
    made = {name: build() for name, build in ENTRIES.items()} | {name: build_real(name) for name in REAL}
    return {folder / f"{name}.json": inst.to_json() for name, inst in made.items()}


if __name__ == "__main__":
    write_files(files())
    print("\n".join([*ENTRIES, *REAL]))
