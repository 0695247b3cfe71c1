"""Menus: exact polarization and exact choices against independent oracles."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raymenu import FiniteTypes, InputError, Menu
from raymenu.mechanisms import RayKind, accepts, are_polarized, kind_of

SMALL = st.integers(-3, 3)


def polarized_by_definition(first, second):
    """Is there y', y'' >= 0, not both 0, with y' first + y'' second >= 0? On a segment, exactly."""
    low, high = Fraction(0), Fraction(1)
    for a, b in zip(first, second):  # y a + (1 - y) b >= 0 cuts [0, 1] from one side
        if a == b:
            if a < 0:
                return False
        elif a > b:
            low = max(low, Fraction(-b, a - b))
        else:
            high = min(high, Fraction(-b, a - b))
    return low <= high


@settings(max_examples=400, deadline=None)
@given(st.integers(2, 4).flatmap(lambda n: st.tuples(*[st.lists(SMALL, min_size=n, max_size=n)] * 2)))
def test_closed_form_agrees_with_the_definition_on_proper_rays(pair):
    first, second = ([Fraction(k) for k in ray] for ray in pair)
    if kind_of(first) is RayKind.PROPER and kind_of(second) is RayKind.PROPER:
        assert are_polarized(first, second) == polarized_by_definition(first, second)


def test_monotone_rays():
    menu = Menu([1, 1], [[1, 0], [-1, 1]])
    assert menu.is_polarized()  # the first is redundant
    assert Menu([1, 1], [[-1, 0]]).is_polarized()  # remedial, alone
    assert not Menu([1, 1], [[-1, 0], [1, -1]]).is_polarized()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(0.1, 2.0), min_size=3, max_size=3), st.lists(st.floats(-1, 1), min_size=3, max_size=3))
def test_acceptance_is_exact(cost, ray):
    exact = sum(Fraction(c) * Fraction(k) for c, k in zip(cost, ray)) <= 0
    assert bool(accepts(np.array([cost]), np.array(ray))[0]) == exact


def test_a_type_on_the_boundary_takes_the_earlier_ray():
    menu = Menu([1, 1], [[-1, 1], [1, -1]])
    assert menu.choices([[1.0, 1.0]]).tolist() == [0]


def test_expected_assignment_is_exact():
    types = FiniteTypes([[2.0, 1.0], [1.0, 2.0], [1.0, 3.0]], [1.0, 1.0, 3.0])
    menu = Menu([1, 1], [[-1, 1]])
    assert menu.exact_expected_assignment(types) == [Fraction(4, 5), Fraction(6, 5)]


def test_menus_survive_their_dictionary():
    menu = Menu([1, 0.1], [[-0.3, 0.7]])
    again = Menu.from_dict(menu.to_dict())
    assert again.to_dict() == menu.to_dict()
    with pytest.raises(InputError, match="double-precision"):
        Menu.from_dict(menu.to_dict() | {"rays": [["1/3", "0"]]})


def test_a_ray_beyond_the_endowment_is_refused():
    with pytest.raises(InputError, match="gives up"):
        Menu([1, 1], [[-2, 1]])
