"""Theorem 1 as a decision: does choice improve upon the status quo?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import Instance, Preferences
from raymenu.mechanisms import BilateralTrade
from raymenu.solvers.bic.lemma_1 import corollary_1_applies
from raymenu.solvers.value_of_choice.proposition_1 import proposition_1_pairs

Floats = NDArray[np.float64]
Answer = Literal["valuable", "not valuable", "undecided"]


@dataclass(frozen=True)
class Hypotheses:
    """What Theorem 1 asks of an instance; each field is None where it holds, else the fault in words.

    Attributes
    ----------
    bounded_box
        Preferences have full support on a bounded box.
    common_support
        The same one for all agents.
    full_status_quo
        ``sigma_j(i) > 0`` everywhere.
    non_degenerate
        Condition i., first half: some agent has more than one type.
    performance_differs
        Condition i., second half.
    no_slack
        ``beta_j = 1`` (only for "choice is optimal", condition iv.).
    full_dimension
        The supports have dimension I (only for iv.).
    """

    bounded_box: str | None
    common_support: str | None
    full_status_quo: str | None
    non_degenerate: str | None
    performance_differs: str | None
    no_slack: str | None
    full_dimension: str | None

    @property
    def premises(self) -> list[str]:
        """The faults among the theorem's premises: common bounded support, full-support status quo."""
        return [fault for fault in (self.bounded_box, self.common_support, self.full_status_quo) if fault]


@dataclass(frozen=True)
class Decision:
    """What Theorem 1 says of an instance.

    Attributes
    ----------
    verdict
        "valuable": choice improves upon the status quo, for any slack. "not valuable": it cannot. "undecided": a
        hypothesis of the theorem fails.
    reason
        Why, in words; names the hypothesis that fails.
    optimal
        Whether choice is also optimal (condition iv.: the best constant mechanism is worse); None where open.
    hypotheses
        Each hypothesis.
    """

    verdict: Answer
    reason: str
    optimal: bool | None
    hypotheses: Hypotheses


def hypotheses(inst: Instance) -> Hypotheses:
    """Examine each hypothesis of Theorem 1."""
    inst.require_burdens("Theorem 1")
    names, supports = inst.agents, inst.preferences
    finite = [name for name, p in zip(names, supports) if not p.continuous and not p.degenerate]
    apart = [name for name, p in zip(names, supports) if not _same_box(p, supports[0])]
    zeros = np.argwhere(inst.status_quo <= 0)
    flat = [
        (name, inst.tasks[i])
        for name, p in zip(names, supports)
        for i in np.flatnonzero(p.lower_bounds == p.upper_bounds)
    ]
    slack = [name for name, beta in zip(names, inst.slack) if beta != 1]
    return Hypotheses(
        bounded_box=f"{finite[0]!r} has finitely many types, not full support on a box" if finite else None,
        common_support=f"{apart[0]!r} and {names[0]!r} have different supports" if apart else None,
        full_status_quo=(
            f"the status quo of {names[zeros[0, 0]]!r} holds none of {inst.tasks[zeros[0, 1]]!r}"
            if zeros.size
            else None
        ),
        non_degenerate="every agent has one type only" if all(p.degenerate for p in supports) else None,
        performance_differs=(
            "performance is identical across agents" if (inst.performance == inst.performance[0]).all() else None
        ),
        no_slack=f"the participation slack of {slack[0]!r} is above 1" if slack else None,
        full_dimension=f"the cost of {flat[0][1]!r} to {flat[0][0]!r} is known" if flat else None,
    )


def decide(inst: Instance) -> Decision:
    """Theorem 1, applied.

    Under a common bounded support and a status quo with full support, choice improves upon the status quo, among OSP
    trading mechanisms and among all BIC mechanisms, iff preferences are not degenerate and performance is not
    identical. Where either of the last two fails choice cannot help, whatever the premises: then there is one profile
    only, or all allocations cost the same. Where a premise fails otherwise, the theorem is silent.

    Then Proposition 1 is asked of pairs of agents: supports need only share a box, and only on tasks that both hold.
    "Choice improves" is the verdict, "choice is optimal" is ``optimal``: these are two questions (Corollary 1).

    Examples
    --------
    >>> import raymenu
    >>> decision = decide(raymenu.load("anaesthesia"))
    >>> decision.verdict, decision.optimal
    ('valuable', True)
    """
    found = hypotheses(inst)
    if found.performance_differs:
        return Decision("not valuable", f"not valuable: {found.performance_differs}", False, found)
    if found.non_degenerate:
        reason = f"not valuable: preferences are degenerate, {found.non_degenerate}; a constant swap may still improve"
        return Decision("not valuable", reason, False, found)
    if found.premises:
        pair = next(proposition_1_pairs(inst), None)
        if pair is None:
            return Decision("undecided", f"undecided by Theorem 1: {'; '.join(found.premises)}", None, found)
        names = " and ".join(repr(inst.agents[j]) for j in pair)
        reason = f"valuable by Proposition 1, for {names}: Theorem 1 is silent, {'; '.join(found.premises)}"
        # Corollary 1: where only the status quo is a constant mechanism, to improve on it is to be optimal.
        return Decision("valuable", reason, True if corollary_1_applies(inst) else None, found)
    missing = [fault for fault in (found.no_slack, found.full_dimension) if fault]
    reason = (
        "valuable: common bounded support, full-support status quo, non-degenerate preferences, performance differs"
    )
    if missing:
        reason += f"; whether a constant mechanism does as well is open: {'; '.join(missing)}"
    return Decision("valuable", reason, None if missing else True, found)


def with_rules(inst: Instance, decision: Decision, trade: BilateralTrade | None) -> Decision:
    """The decision where the instance has rules, which Theorem 1 knows nothing of.

    Rules take mechanisms away: what was of no value stays so. Where the theorem promises a gain, rules may stand in its
    way, and a trade within them proves that they do not.
    """
    if not inst.rules or decision.verdict != "valuable":
        return decision
    if trade is None:
        reason = "undecided: without the rules choice is valuable; no trade within the rules that improves was found"
        return replace(decision, verdict="undecided", reason=reason, optimal=None)
    names = " and ".join(repr(inst.agents[j]) for j in trade.agents)
    return replace(decision, reason=f"{decision.reason}; a trade between {names} improves within the rules")


def explain(inst: Instance, decision: Decision, trade: BilateralTrade | None) -> str:
    """The verdict in words, with what a search for a bilateral trade adds to it."""
    if trade is None:
        undecided = decision.verdict == "undecided" and not inst.rules
        return decision.reason + ("; no bilateral trade that improves was found" if undecided else "")
    names = " and ".join(repr(inst.agents[j]) for j in trade.agents)
    if decision.verdict == "not valuable":
        return f"{decision.reason}: one between {names} saves {trade.gain:.4g}"
    if decision.verdict == "undecided":
        choice = "" if min(trade.probabilities) < 1 else ", which all their types accept: no choice is needed for it"
        return f"{decision.reason}; yet a trade between {names} improves (Lemma 2){choice}"
    return decision.reason


def _same_box(first: Preferences, second: Preferences) -> bool:
    return bool((first.lower_bounds == second.lower_bounds).all() and (first.upper_bounds == second.upper_bounds).all())
