"""The real instance is what its script builds from the published table."""

import importlib.util
from importlib import resources

import numpy as np

from raymenu import load
from raymenu.instances.loading import library_text


def _script():
    path = resources.files("raymenu.instances") / "library" / "anaesthesia_data" / "build.py"
    spec = importlib.util.spec_from_file_location("build_anaesthesia", str(path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_published_class_shares():
    script = _script()
    ratings = script.read_ratings()
    assert ratings.shape == (45, 5, 4)
    assert (ratings.sum(axis=2)[:, 0] == 3).all() and (ratings.sum(axis=2)[:, 1:] == 1).all()
    shares, confusion = script.estimate_error_rates(ratings)
    assert np.round(shares, 2).tolist() == [0.40, 0.42, 0.11, 0.07]
    assert np.allclose(confusion.sum(axis=2), 1)


def test_the_file_is_what_the_script_builds():
    import json

    built, stored = _script().build(), json.loads(library_text("anaesthesia"))
    rates = lambda data: np.array([agent.pop("performance") for agent in data["agents"]])  # noqa: E731
    assert np.allclose(rates(built), rates(stored), atol=1.01e-4)  # one unit of the rounding, should a platform differ
    assert built == stored


def test_status_quo_cost():
    assert abs(load("anaesthesia").status_quo_cost - 8.15222) < 1e-9
