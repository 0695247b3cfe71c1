"""Bounds that need no search are bounds."""

import pytest

from raymenu.benchmarks.studies.first_cuts import GAP, measure


@pytest.mark.parametrize("kind", ["pos", "mix"])
def test_every_bound_lies_above_the_certified_gain(kind):
    measured = measure(3, 20, 1, kind)
    assert list(measured) == list("abcd")
    assert all(excess >= -1e-9 for excess, _ in measured.values())
    assert measured["d"][0] <= measured["a"][0] + GAP
