"""Claims about S_j(w), checked outside the solver that made them.

Of each claim: the menu belongs to the problem and is polarized (rational arithmetic), its value on the given types is
what ``lower`` says (rational arithmetic), the interval is one, and the status is earned. Across claims on one problem:
no upper bound lies below a verified menu, whoever found that menu; menus drawn at random here count too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raymenu.benchmarks.harness.jobs import Row, Verdict
from raymenu.instances import InputError
from raymenu.instances.generators import SupportProblem
from raymenu.mechanisms import Menu

Floats = NDArray[np.float64]
ROUNDING = 1e-11
"""Relative to the problem's scale: what rounding exact values to floats, and no more, may cost a bound."""


@dataclass(frozen=True)
class Witness:
    """A value of S_j(w) that somebody reached with a menu that passed every check."""

    value: Fraction
    by: str


def exact_value(problem: SupportProblem, menu: Menu) -> Fraction:
    """w . y of the menu on the problem's types, exactly."""
    assignment = menu.exact_expected_assignment(problem.types)
    return sum((Fraction(float(w)) * y for w, y in zip(problem.w, assignment)), Fraction(0))


def slack(problem: SupportProblem) -> float:
    """Rounding in units of the objective."""
    return ROUNDING * float(np.abs(problem.w) @ problem.endowment)


def check_menu(problem: SupportProblem, data: Mapping[str, Any]) -> tuple[Menu | None, list[str]]:
    """The menu claimed, if it is one for this problem, and what is wrong with it."""
    try:
        menu = Menu.from_dict(dict(data))
    except InputError as fault:
        return None, [f"not a menu: {fault}"]
    if menu.endowment.tolist() != problem.endowment.tolist():
        return None, [f"its menu starts at {menu.endowment.tolist()}, the endowment is {problem.endowment.tolist()}"]
    if not menu.is_polarized():
        return None, ["its menu is not polarized"]
    return menu, []


def verify_claims(problem: SupportProblem, rows: Sequence[Row], known: Sequence[Witness] = ()) -> dict[str, Verdict]:
    """A verdict on every row of one problem.

    Parameters
    ----------
    known
        Values known to be reached, e.g. from a record.
    """
    eps = slack(problem)
    witnesses = [_trivial(problem), _random_menus(problem), *known]
    reasons: dict[str, list[str]] = {}
    values: dict[str, Fraction] = {}
    for row in rows:
        if row.outcome != "done":
            continue
        menu, faults = check_menu(problem, row.result["menu"])
        if menu is not None:
            values[row.job.key] = exact_value(problem, menu)
            witnesses.append(Witness(values[row.job.key], row.job.solver))
            if row.result["lower"] is None or row.result["lower"] > values[row.job.key] + Fraction(eps):
                faults.append(
                    f"claims lower {_number(row.result['lower'])}, its menu is worth {float(values[row.job.key]):.12g}"
                )
        reasons[row.job.key] = faults + _check_status(problem, row, eps)
    best = max(witnesses, key=lambda witness: witness.value)
    verdicts = {}
    for row in rows:
        key = row.job.key
        if key not in reasons:
            verdicts[key] = Verdict("none")
            continue
        upper = row.result["upper"]
        if upper is not None and upper < best.value - Fraction(eps):
            reasons[key].append(
                f"claims upper {upper:.12g}, a verified menu ({best.by}) is worth {float(best.value):.12g}"
            )
        told = [bound for _, _, bound in row.events if bound is not None]
        if told and min(told) < best.value - Fraction(eps):
            reasons[key].append(
                f"told of upper {min(told):.12g}, a verified menu ({best.by}) is worth {float(best.value):.12g}"
            )
        wrong = bool(reasons[key])
        verdicts[key] = Verdict(
            standing="wrong" if wrong else "ok",
            reasons=tuple(reasons[key]),
            solved=not wrong and row.result["status"] == "optimal" and row.seconds <= row.job.time_limit,
            lower=float(values[key]) if key in values else None,
            upper=None if wrong else upper,
        )
    return verdicts


def _check_status(problem: SupportProblem, row: Row, eps: float) -> list[str]:
    status, lower, upper = (row.result[name] for name in ("status", "lower", "upper"))
    if status not in ("optimal", "feasible", "heuristic"):
        return [f"says {status!r}, which is no status"]
    if upper is None:
        return [] if status == "heuristic" else [f"says {status} without an upper bound"]
    if lower is None:
        return []
    if lower > upper + eps:
        return [f"claims lower {lower:.12g} above its upper {upper:.12g}"]
    if status == "optimal":
        gain = lower - float(problem.w @ problem.endowment)
        allowed = max(row.job.rel_gap * gain, eps)
        if upper - lower > allowed + eps:
            return [f"says optimal at a gap of {upper - lower:.3g}, {allowed:.3g} was asked for"]
    return []


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.12g}"


def _trivial(problem: SupportProblem) -> Witness:
    """The endowment alone, and the remedial menu that keeps what is worth keeping."""
    eta = [Fraction(float(value)) for value in problem.endowment]
    w = [Fraction(float(value)) for value in problem.w]
    remedial = sum((n * max(v, Fraction(0)) for n, v in zip(eta, w)), Fraction(0))
    return Witness(remedial, "remedial")


def _random_menus(problem: SupportProblem, draws: int = 400, scored: int = 2000) -> Witness:
    """The best menu put together from random rays: scored on some of the types, valued exactly on all."""
    eta, w, types = problem.endowment, problem.w, problem.types
    holds = np.flatnonzero(eta > 0)
    if holds.size == 0:
        return Witness(Fraction(0), "random menus")
    rng = np.random.default_rng(0)
    rows = rng.choice(types.size, size=min(scored, types.size), replace=False)
    costs, weights = types.costs[rows], types.weights[rows] / types.weights[rows].sum()
    rays = np.zeros((draws, eta.size))
    for k in range(draws):
        anchor, cost = rng.choice(holds), costs[rng.integers(len(costs))]
        share = rng.random(eta.size) * (w > 0)
        share[anchor] = 0
        if share.any():  # what this type saves by giving the anchor away, spent on other tasks: it is just indifferent
            rays[k] = share / share.sum() * eta[anchor] * cost[anchor] / cost
        rays[k, anchor] = -eta[anchor]
    gains = ((costs @ rays.T <= 0) * weights[:, None]).sum(axis=0) * np.maximum(rays @ w, 0)
    menu = Menu(eta)
    for ray in rays[np.argsort(-gains)[:40]]:
        larger = Menu(eta, np.vstack([menu.rays, ray]))
        if menu.size < eta.size and larger.is_polarized() and exact_value(problem, larger) > exact_value(problem, menu):
            menu = larger
    return Witness(exact_value(problem, menu), "random menus")
