"""Every documented example runs."""

import doctest
import importlib
import pkgutil

import pytest

import raymenu

MODULES = sorted(
    module.name for module in pkgutil.walk_packages(raymenu.__path__, "raymenu.") if ".library." not in module.name
)


@pytest.mark.parametrize("name", ["raymenu", *MODULES])
def test_docstring_examples(name):
    outcome = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert outcome.failed == 0
