"""A design file says what it claims, and any change to it shows."""

import copy
import json

import pytest

from raymenu import InputError, Menu, load, solve_large_market
from raymenu.designs.document import Recommended, checksum, design_document, read_document
from raymenu.designs.verification import verify
from raymenu.mechanisms.menus.lotteries import make_lottery
from raymenu.solvers.eopr.simulation import simulate


@pytest.fixture(scope="module")
def document():
    inst = load("two_task_ratio")
    large = solve_large_market(inst, types=12, rel_gap=0.01)
    lotteries = [make_lottery(Menu(eta, [[-0.5, 0.6], [0.5, -0.6]])) for eta in inst.endowment]
    found = simulate(inst, lotteries, replicas=[1], draws=40, seed=3)
    recommended = Recommended(
        "one direction", "a test", lotteries, float(found.cost[0]), float(found.stderr[0]), draws=40, seed=3
    )
    return json.loads(json.dumps(design_document(large, recommended)))


def failed(document, bounds=False):
    return {check.name for check in verify(document, bounds=bounds) if not check.passed}


def test_a_good_design_passes(document):
    assert failed(document, bounds=True) == set()


def leaves(data, path=()):
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield from leaves(value, (*path, key))
    if not isinstance(data, dict | list) and path[-1] not in ("name", "source", "mechanism", "reason", "kind"):
        yield path


def changed(document, path):
    other = copy.deepcopy(document)
    place = other
    for key in path[:-1]:
        place = place[key]
    value = place[path[-1]]
    if isinstance(value, str):
        place[path[-1]] = f"{value}1" if value[-1].isdigit() else f"{value}x"
    else:
        place[path[-1]] = value + 1
    return other


def test_changing_any_number_fails(document):
    for path in leaves(document):
        other = changed(document, path)
        assert "checksum" in {c.name for c in verify(other)[:1] if not c.passed}, path


@pytest.mark.parametrize(
    "path, check",
    [
        (("large_market", "lotteries", 0, 0, "probability"), "lottery weights"),
        (("large_market", "expected_assignments", 1, 1), "expected assignments"),
        (("large_market", "upper"), "upper bound"),
        (("recommended", "cost"), "market estimate"),
        (("recommended", "seed"), "market estimate"),
        (("instance", "agents", 0, "performance", 1), "upper bound"),
        (("instance", "tasks", 0, "count"), "instance"),
        (("types_of_row", 0), "types"),
        (("types", 0, "costs", 3, 1), "types"),
    ],
)
def test_a_forger_who_mends_the_checksum_is_still_caught(document, path, check):
    other = changed(document, path)
    other["checksum"] = checksum(other)
    names = failed(other)
    assert names and "checksum" not in names
    assert check in names


def test_a_ray_bent_out_of_polarization_is_caught(document):
    other = copy.deepcopy(document)
    other["recommended"]["lotteries"][0][0]["menu"]["rays"][1][0] = "1/4"
    other["checksum"] = checksum(other)
    assert {"polarization", "market estimate"} & failed(other)


def test_a_raised_lower_bound_is_caught_by_solving_again(document):
    other = copy.deepcopy(document)
    other["large_market"]["lower"] = other["large_market"]["upper"]
    other["checksum"] = checksum(other)
    assert failed(other) == set()  # consistent by itself: only --bounds can tell
    assert failed(other, bounds=True) == {"lower bound"}


def test_not_a_design_file(tmp_path):
    path = tmp_path / "design.json"
    for text in ("", "{", "[]", '{"format": 7}'):
        path.write_text(text)
        with pytest.raises(InputError, match="not a design file"):
            read_document(path)
