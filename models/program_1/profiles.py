"""Type profiles, enumerated: what the literal (per profile) programs are written on, for small cases.

Copies of a row are alike but in their drawn types, so profiles that are permutations of one another among copies
are one: a profile holds, for each row, a sorted tuple with one type a copy.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement, product
from math import comb, factorial, prod

import numpy as np

from raymenu.instances import FiniteTypes, InputError, Instance

Profile = tuple[tuple[int, ...], ...]
MOST_PROFILES = 20_000


def count_profiles(inst: Instance, types: list[FiniteTypes]) -> int:
    """How many profiles there are, up to permutations among copies: ``prod_j C(T_j + copies_j - 1, copies_j)``."""
    return prod(comb(made.size + int(n) - 1, int(n)) for made, n in zip(types, inst.copies))


def profiles(inst: Instance, types: list[FiniteTypes]) -> Iterator[tuple[Profile, float]]:
    """Every profile with its probability.

    Raises
    ------
    InputError
        Where there are more than ``MOST_PROFILES``.
    """
    number = count_profiles(inst, types)
    if number > MOST_PROFILES:
        raise InputError(
            f"{number} type profiles are too many to enumerate (at most {MOST_PROFILES}): "
            "ask for fewer types, or for another form or market",
            field="types",
        )
    rows = [list(_draws(made, int(n))) for made, n in zip(types, inst.copies)]
    for chosen in product(*rows):
        yield tuple(types_of_row for types_of_row, _ in chosen), prod(p for _, p in chosen)


def _draws(types: FiniteTypes, copies: int) -> Iterator[tuple[tuple[int, ...], float]]:
    for drawn in combinations_with_replacement(range(types.size), copies):
        _, multiplicities = np.unique(drawn, return_counts=True)
        orders = factorial(copies) // prod(factorial(int(k)) for k in multiplicities)
        yield drawn, orders * float(np.prod(types.weights[list(drawn)]))
