"""Bad input ends in one line that names the file, the field and the mend."""

import copy
import json

import numpy as np
import pytest

import raymenu
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
    "text for a number": (spoil("agents", 1, "slack", value="1"), "agents[1].slack", "'1' given: write it without"),
    "true for a number": (spoil("tasks", 0, "count", value=True), "tasks[0].count", "a number is needed, True given"),
    "true for copies": (spoil("agents", 1, "copies", value=True), "agents[1].copies", "whole number"),
    "many copies": (spoil("agents", 1, "copies", value=2**70), "agents[1].copies", "less than or equal to 1000000000"),
    "half a copy": (spoil("agents", 1, "copies", value=1.5), "agents[1].copies", "whole number is needed, 1.5 given"),
    "huge": (spoil("agents", 0, "performance", 0, value=1e155), "agents[0].performance[0]", "1e+100"),
    "tiny": (spoil("tasks", 0, "count", value=1e-320), "tasks[0].count", "1e-100"),
    "tiny cost": (spoil("agents", 3, "preferences", "lower", 1, value=1e-320), "agents[3].preferences", "positive"),
    "text among costs": (spoil("agents", 3, "preferences", "lower", 1, value="1"), "preferences.lower[1]", "quotes"),
    "blanks apart": (spoil("agents", 1, "name", value="anaesthetist  1 "), "agents[1].name", "in blanks only"),
    "blank name": (spoil("agents", 1, "name", value=" "), "agents[1].name", "blank"),
    "NUL": (spoil("tasks", 1, "name", value="a\0b"), "tasks[1].name", "U+0000"),
    "escape": (spoil("tasks", 1, "name", value="\x1b[31mred"), "tasks[1].name", "U+001B"),
    "half a character": (spoil("tasks", 1, "name", value="\ud800"), "tasks[1].name", "U+D800"),
    "turning": (spoil("tasks", 1, "name", value="abc\u202e"), "tasks[1].name", "U+202E"),
    "escape in the source": (spoil("source", value="\x1b]0;title\x07"), "source", "U+001B"),
    "long name": (spoil("agents", 1, "name", value="n" * 3000), "agents[1].name", "at most 200"),
    "no such field": (spoil("comment", value="ours"), "comment", "remove it; there are name, source, tasks, agents"),
    "long field": (spoil("f" * 3000, value=1), "fff", "remove it"),
    "kind a list": (spoil("agents", 1, "preferences", "kind", value=["uniform"]), "preferences.kind", "choose one of"),
    "one task": (spoil("tasks", value=[{"name": "a", "count": 1}]), "tasks", "at least 2 needed"),
    "long text for a number": (spoil("tasks", 0, "count", value="9" * 3000), "tasks[0].count", "number is needed"),
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
    assert len(message) < 1200 and message.isprintable()


@pytest.mark.parametrize(
    "text, mend",
    [
        ("", "empty"),
        (" \n", "empty"),
        ("{", "not JSON"),
        ("[]", "object"),
        ("null", "object"),
        ('{"a": 1, "a": 2}', "a: is given twice"),
        ("[" * 100_000, "nested"),
        ('{"a":' * 100_000, "nested"),
        ("[" + "9" * 5000 + "]", "5000 digits"),
        ('{"' + "k" * 3000 + '": 1, "' + "k" * 3000 + '": 2}', "twice"),
    ],
)
def test_not_an_instance(tmp_path, text, mend):
    path = tmp_path / "mine.json"
    path.write_text(text)
    with pytest.raises(InputError, match=mend) as caught:
        load(path)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_byte_order_marks(tmp_path, good, encoding):
    good["tasks"][0]["name"] = "gut, Größe [m] $5–$10"
    path = tmp_path / "mine.json"
    path.write_bytes(json.dumps(good, ensure_ascii=False).encode(encoding))
    assert load(path).tasks[0] == "gut, Größe [m] $5–$10"
    path.write_bytes(json.dumps(good, ensure_ascii=False).encode("cp1252"))
    with pytest.raises(InputError, match="is no text in UTF-8"):
        load(path)


def test_files_that_are_none(tmp_path):
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        load(tmp_path / "folder.json")
    with pytest.raises(InputError, match=r"NUL|null"):
        load(str(tmp_path) + "/a\0b.json")
    with pytest.raises(InputError, match="no instance of that name") as caught:
        load("n" * 3000)
    assert len(str(caught.value)) < 700


def test_several_mistakes_are_told_at_once(tmp_path, good):
    for j in range(3):
        del good["agents"][j]["performance"]
    good["agents"][4]["slack"] = "1"
    good["sorce"] = good.pop("source")
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(good))
    with pytest.raises(InputError) as caught:
        load(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: sorce: unknown field, did you mean 'source'? (and 5 more: ")
    assert all(f"agents[{j}].performance: is missing" in message for j in range(3)) and "agents[4].slack" in message
    good = load("anaesthesia").to_dict()
    for j in range(5):
        good["agents"][j]["name"] = "same"
    for j in range(1, 5):
        good["agents"][j]["status_quo"] = [1]
    path.write_text(json.dumps(good))
    with pytest.raises(InputError, match="and 3 more"):
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


def test_preferences_made_in_python_end_in_one_line_too():
    with pytest.raises(InputError, match=r"^lower: is missing: add it") as caught:
        raymenu.UniformPreferences(upper=(1, 2))
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="positive"):
        raymenu.UniformPreferences(lower=(0, 1), upper=(1, 2))
    assert raymenu.FinitePreferences(costs=[[np.int64(1), np.float32(2)]]).costs == ((1.0, 2.0),)
