"""One rounding for everything people read: screen, report, sheets, letters and pictures say the same number."""

from __future__ import annotations

import math
from collections.abc import Sequence

NOTHING = 5e-7
"""Amounts below this are what rounding left over."""


def amount(number: float) -> str:
    """A number of tasks: two decimals below ten, one below a hundred, none above.

    Examples
    --------
    >>> [amount(x) for x in (3, 3.6049, 0.125, 12.345, 148.5, 57782, -0.2, 1e-9)]
    ['3', '3.6', '0.13', '12.3', '149', '57,782', '-0.2', '0']
    """
    if abs(number) < NOTHING:
        return "0"
    decimals = 2 if abs(number) < 10 else 1 if abs(number) < 100 else 0
    text = f"{_half_up(number, decimals):,.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{number:.1g}" if text in ("0", "-0") else text


def change(number: float) -> str:
    """A number of tasks more or fewer, with its sign.

    Examples
    --------
    >>> change(1.5), change(-0.25), change(0.0)
    ('+1.5', '-0.25', '0')
    """
    text = amount(number)
    return text if number <= 0 or text == "0" else f"+{text}"


class Costs:
    """Social costs, rounded alike: four significant digits of the largest of them.

    Examples
    --------
    >>> costs = Costs(8.1507)
    >>> costs(8.1507), costs(6.9), costs(-0.00001)
    ('8.151', '6.900', '0.000')
    >>> Costs(56_723.4)(12_700.19)
    '12,700'
    """

    def __init__(self, largest: float) -> None:
        size = abs(largest)
        self.decimals = 0 if not 0 < size < math.inf else min(max(3 - math.floor(math.log10(size)), 0), 12)

    def __call__(self, cost: float) -> str:
        text = f"{_half_up(cost, self.decimals):,.{self.decimals}f}"
        return text.removeprefix("-") if not text.strip("-0.,") else text


def percent(share: float) -> str:
    """A share with one decimal.

    Examples
    --------
    >>> percent(0.14527), percent(0.0), percent(-1e-12)
    ('14.5%', '0.0%', '0.0%')
    """
    text = f"{_half_up(100 * share, 1):.1f}"
    return f"{'0.0' if text == '-0.0' else text}%"


def percentages(shares: Sequence[float]) -> list[str]:
    """Shares that make up a whole, as whole percentages that sum to 100: the largest remainders are rounded up.

    Examples
    --------
    >>> percentages([1 / 3, 1 / 3, 1 / 3])
    ['34%', '33%', '33%']
    >>> percentages([0.005, 0.995])
    ['1%', '99%']
    """
    total = math.fsum(shares)
    exact = [100 * share / total for share in shares] if total > 0 else [0.0 for _ in shares]
    whole = [math.floor(share + 1e-9) for share in exact]
    missing = (100 if total > 0 else 0) - sum(whole)
    by_remainder = sorted(range(len(exact)), key=lambda k: (whole[k] - exact[k], k))
    for k in by_remainder[:missing]:
        whole[k] += 1
    return [f"{share}%" for share in whole]


def _half_up(number: float, decimals: int) -> float:
    """Rounded to the nearest, halves away from zero, as people round; a double a hair below a half counts as one."""
    scaled = abs(number) * 10**decimals
    return math.copysign(math.floor(scaled * (1 + 1e-12) + 0.5) / 10**decimals, number)
