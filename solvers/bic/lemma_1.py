"""Lemma 1 and Corollary 1: what constant mechanisms can do where supports of preferences meet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import InputError, Instance

Floats = NDArray[np.float64]


def lemma_1(inst: Instance, assignment: Floats) -> tuple[float, float]:
    """Both sides of Lemma 1 for a constant mechanism m that satisfies (SQ) and (MC); the left is at most the right.

    ``sum_{i,j} (upper_j^i - c^i) (m_j(i) - beta_j sigma_j(i))^+ <= sum_{i,j} c^i (beta_j - 1) sigma_j(i)`` with
    ``c^i = max_j lower_j^i``, each agent counted with its copies. It needs supports that intersect.

    Parameters
    ----------
    assignment
        m, (J, I).

    Raises
    ------
    InputError
        Where the supports are not boxes that intersect.
    """
    lower = np.array([p.lower_bounds for p in inst.preferences])
    upper = np.array([p.upper_bounds for p in inst.preferences])
    common = lower.max(axis=0)
    if not supports_intersect(inst):
        raise InputError("Lemma 1 needs supports that intersect, and full support on boxes", field="preferences")
    beta = inst.slack[:, None]
    gained = np.maximum(assignment - beta * inst.status_quo, 0.0)
    left = inst.copies @ ((upper - common) * gained).sum(axis=1)
    right = inst.copies @ (common * (beta - 1) * inst.status_quo).sum(axis=1)
    return float(left), float(right)


def supports_intersect(inst: Instance) -> bool:
    """Whether preferences have full support on boxes with a common point."""
    lower = np.max([p.lower_bounds for p in inst.preferences], axis=0)
    upper = np.min([p.upper_bounds for p in inst.preferences], axis=0)
    return all(p.continuous for p in inst.preferences) and bool((lower <= upper).all())


def corollary_1_applies(inst: Instance) -> bool:
    """Whether only the status quo is a constant mechanism with (SQ), (MC): beta = 1, supports meet in dimension I."""
    lower = np.max([p.lower_bounds for p in inst.preferences], axis=0)
    upper = np.min([p.upper_bounds for p in inst.preferences], axis=0)
    return supports_intersect(inst) and bool((inst.slack == 1).all() and (lower < upper).all())
