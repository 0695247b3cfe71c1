"""Lotteries over menus: how the large-market program randomises (section 4.1), in rational arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from raymenu.instances import FiniteTypes, InputError, Instance
from raymenu.mechanisms.menus.menu import Menu

SUMS_TO_ONE = 1e-6
"""Probabilities given as floats may miss 1 by this much; they are divided by their sum."""


class Probability(float):
    """A float that knows the rational it stands for.

    It multiplies like any float, arrays too; ``exact`` is the rational, and sums of probabilities stay exact.

    Examples
    --------
    >>> import numpy as np
    >>> third = Probability(Fraction(1, 3))
    >>> third * np.array([3.0, 6.0]), third.exact
    (array([1., 2.]), Fraction(1, 3))
    >>> sum([third, third, third]) == 1
    True
    """

    __slots__ = ("exact",)
    exact: Fraction

    def __new__(cls, value: float | Fraction) -> Probability:
        exact = value.exact if isinstance(value, Probability) else Fraction(value)
        self = super().__new__(cls, float(exact))
        self.exact = exact
        return self

    def __add__(self, other: float) -> float:
        if isinstance(other, Probability | int | Fraction):
            return Probability(self.exact + (other.exact if isinstance(other, Probability) else other))
        return super().__add__(other)

    __radd__ = __add__


Lottery = list[tuple[Probability, Menu]]
"""(probability, menu) pairs; probabilities are positive and their rationals sum to 1."""
LotteryLike = Sequence[tuple[float | Fraction, Menu]]
"""What is taken for a lottery where rounded probabilities do."""


def make_lottery(offered: LotteryLike | Menu) -> Lottery:
    """The lottery that a menu, or pairs of probabilities and menus, stand for; pairs of probability 0 are dropped.

    Raises
    ------
    InputError
        Where probabilities are negative, or miss 1 by more than rounding.

    Examples
    --------
    >>> [p.exact for p, _ in make_lottery([(0.25, Menu([1, 1])), (0.75, Menu([1, 1]))])]
    [Fraction(1, 4), Fraction(3, 4)]
    """
    if isinstance(offered, Menu):
        return [(Probability(1), offered)]
    try:
        pairs = [(Probability(p), menu) for p, menu in offered]
    except (TypeError, ValueError, OverflowError):
        raise InputError("a menu, or pairs of probability and menu, are needed") from None
    total = sum((p.exact for p, _ in pairs), Fraction(0))
    if not pairs or any(p < 0 for p, _ in pairs) or abs(total - 1) > SUMS_TO_ONE:
        raise InputError(f"probabilities are nonnegative and sum to 1, these sum to {float(total):g}")
    return [(p if total == 1 else Probability(p.exact / total), menu) for p, menu in pairs if p > 0]


def mixed_assignment(lottery: Lottery, types: FiniteTypes) -> list[Fraction]:
    """``x_j = sum_k theta_k y_k``, (I,), exactly: what one agent of the row expects to do.

    Examples
    --------
    >>> half = Probability(0.5)
    >>> mixed_assignment([(half, Menu([2, 2])), (half, Menu.remedial([2, 2], [0, 2]))], FiniteTypes([[1.0, 1.0]]))
    [Fraction(1, 1), Fraction(2, 1)]
    """
    parts = [(weight.exact, menu.exact_expected_assignment(types)) for weight, menu in lottery]
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
