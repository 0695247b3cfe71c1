"""Transfers in the schema: what a task that stands for money says, and what is refused."""

import json

import pytest

import raymenu
from raymenu import InputError


def money(transfers=None, revenue=None, pay=(1.0, 1.0), **more):
    return raymenu.make_instance(
        "money",
        "made up",
        counts=[2, 3],
        performance=[[1.0, pay[0]], [2.0, pay[1]]],
        status_quo=[[1.0, 1.5], [1.0, 1.5]],
        preferences=[raymenu.UniformPreferences(lower=(0.5, 1.0), upper=(2.0, 1.0))] * 2,
        transfers=transfers,
        revenue=revenue,
        **more,
    )


def test_marks_survive_the_file(tmp_path):
    inst = money({1: "payment"}, {1: "at least"})
    path = tmp_path / "money.json"
    path.write_text(inst.to_json())
    again = raymenu.load(path)
    assert again.digest == inst.digest
    assert again.cost_signs.tolist() == [1, -1]
    assert again.clearing_senses == ["==", "<="]
    assert money({1: "burdensome"}, {1: "at least"}).clearing_senses == ["==", ">="]
    plain = money()
    assert plain.clearing_senses == ["==", "=="] and plain.cost_signs.tolist() == [1, 1]
    assert "transfer" not in json.loads(plain.to_json())["tasks"][1]


def test_what_is_refused():
    with pytest.raises(InputError, match="transfers only"):
        money(revenue={1: "at least"})
    with pytest.raises(InputError, match="same number"):
        money({1: "payment"}, pay=(1.0, 2.0))
    with pytest.raises(InputError, match="slack"):
        money({1: "payment"}, slack=[1.0, 1.5])
    with pytest.raises(InputError, match="not settled"):
        money({1: "payment"}).require_burdens("the support function")
    money({1: "burdensome"}).require_burdens("the support function")
