"""Bad input ends in one line that names the file, the field and the mend."""

import copy
import json

import numpy as np
import pytest

from raymenu import InputError, library, load


@pytest.fixture
def good():
    return load("anaesthesia").to_dict()


def spoil(*path, value=None, drop=False, rename=None):
    def change(data):
        for key in path[:-1]:
            data = data[key]
        if drop:
            del data[path[-1]]
        elif rename:
            data[rename] = data.pop(path[-1])
        else:
            data[path[-1]] = value

    return change


CASES = {
    "missing field": (spoil("agents", 1, "performance", drop=True), "agents[1].performance", "add it"),
    "misspelt": (spoil("agents", 1, "status_quo", rename="statusquo"), "agents[1].statusquo", "'status_quo'"),
    "misspelt at top": (spoil("source", rename="sorce"), "sorce", "'source'"),
    "misspelt preference": (spoil("agents", 0, "preferences", "lower", rename="lwer"), "preferences.lwer", "'lower'"),
    "sum": (spoil("agents", 0, "status_quo", 2, value=1.5), "status_quo[2]", "make tasks[2].count"),
    "zero cost": (spoil("agents", 3, "preferences", "lower", 1, value=0.0), "agents[3].preferences", "positive"),
    "negative cost": (spoil("agents", 3, "preferences", "lower", 1, value=-1), "agents[3].preferences", "positive"),
    "nan": (spoil("agents", 0, "performance", 0, value=float("nan")), "agents[0].performance[0]", "finite"),
    "infinite": (spoil("tasks", 0, "count", value=float("inf")), "tasks[0].count", "finite"),
    "length": (spoil("agents", 0, "performance", value=[1, 2]), "agents[0].performance", "4 numbers needed"),
    "twice": (spoil("agents", 1, "name", value="anaesthetist 1"), "agents[1].name", "different"),
    "kind": (spoil("agents", 1, "preferences", "kind", value="normal"), "agents[1].preferences", "choose one of"),
    "copies": (spoil("agents", 1, "copies", value=0), "agents[1].copies", "greater than or equal to 1"),
    "slack": (spoil("agents", 1, "slack", value=0.5), "agents[1].slack", "greater than or equal to 1"),
}


@pytest.mark.parametrize("case", CASES)
def test_spoilt_files(tmp_path, good, case):
    change, field, mend = CASES[case]
    data = copy.deepcopy(good)
    change(data)
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(data))
    with pytest.raises(InputError) as caught:
        load(path)
    message = str(caught.value)
    assert message.startswith(str(path)) and field in message and mend in message and "\n" not in message


@pytest.mark.parametrize(
    "text, mend", [("", "empty"), ("{", "not JSON"), ("[]", "object"), ('{"a": 1, "a": 2}', "twice")]
)
def test_not_an_instance(tmp_path, text, mend):
    path = tmp_path / "mine.json"
    path.write_text(text)
    with pytest.raises(InputError, match=mend):
        load(path)


def test_unknown_name():
    with pytest.raises(InputError, match="did you mean 'anaesthesia'"):
        load("anestesia")


@pytest.mark.parametrize("name", library())
def test_every_instance_loads_and_round_trips(tmp_path, name):
    inst = load(name)
    path = tmp_path / "again.json"
    path.write_text(inst.to_json())
    again = load(path)
    assert again.digest == inst.digest
    assert np.allclose(inst.copies @ inst.status_quo, inst.counts, rtol=1e-9)
