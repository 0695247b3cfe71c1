"""Lotteries over menus: how the large-market program randomises (section 4.1), in rational arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from raymenu.instances import FiniteTypes, Instance
from raymenu.mechanisms.menus.menu import Menu

Lottery = list[tuple[Fraction, Menu]]
"""(probability, menu) pairs; probabilities are rationals that sum to 1."""
LotteryLike = Sequence[tuple[float | Fraction, Menu]]
"""What is taken for a lottery where rounded probabilities do."""


def mixed_assignment(lottery: Lottery, types: FiniteTypes) -> list[Fraction]:
    """``x_j = sum_k theta_k y_k``, (I,), exactly: what one agent of the row expects to do.

    Examples
    --------
    >>> half = Fraction(1, 2)
    >>> mixed_assignment([(half, Menu([2, 2])), (half, Menu.remedial([2, 2], [0, 2]))], FiniteTypes([[1.0, 1.0]]))
    [Fraction(1, 1), Fraction(2, 1)]
    """
    parts = [(weight, menu.exact_expected_assignment(types)) for weight, menu in lottery]
    return [sum((weight * y[i] for weight, y in parts), Fraction(0)) for i in range(types.n_tasks)]


def total_assignment(instance: Instance, assignments: Sequence[Sequence[Fraction]]) -> list[Fraction]:
    """``sum_j copies_j x_j``, (I,), exactly."""
    return [
        sum((int(copies) * x[i] for copies, x in zip(instance.copies, assignments)), Fraction(0))
        for i in range(instance.n_tasks)
    ]


def social_cost(instance: Instance, assignments: Sequence[Sequence[Fraction]]) -> Fraction:
    """``sum_j copies_j pi_j . x_j``, exactly on the given floats."""
    return sum(
        (
            int(copies) * Fraction(cost) * amount
            for copies, row, x in zip(instance.copies, instance.performance.tolist(), assignments)
            for cost, amount in zip(row, x)
        ),
        Fraction(0),
    )
