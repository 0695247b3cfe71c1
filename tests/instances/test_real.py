"""Real instances: the command each records makes it again, licences are stated, tables and instance agree."""

import shlex

import numpy as np
import pandas as pd
import pytest

from raymenu import load
from raymenu.cli import main
from raymenu.instances.loading import library_text
from raymenu.instances.real import REAL, data_folder

TABLED = sorted(set(REAL) - {"anaesthesia"})


@pytest.mark.parametrize("name", TABLED)
def test_the_recorded_command_makes_the_file_again(tmp_path, monkeypatch, name):
    command = shlex.split(load(name).source.split("`")[1])
    assert command[:2] == ["raymenu", "new"]
    monkeypatch.chdir(data_folder(name))
    out = tmp_path / f"{name}.json"
    with pytest.raises(SystemExit) as ended:
        main([*command[1:], "--out", str(out), "--quiet"])
    assert ended.value.code == 0
    assert out.read_text(encoding="utf-8") == library_text(name)


@pytest.mark.parametrize("name", TABLED)
def test_tables_and_instance_agree(name):
    inst, folder = load(name), data_folder(name)
    for field in ("performance", "status_quo"):
        table = pd.read_csv(folder / f"{field}.csv", index_col=0)
        assert np.array_equal(getattr(inst, field), table.loc[inst.agents, inst.tasks])
    words = (folder / "SOURCE.txt").read_text(encoding="utf-8")
    assert inst.source.startswith(" ".join(words.split()))
    assert any(licence in words for licence in ("CC0", "MIT", "public domain"))
    assert not any(task.isupper() or any(mark.isdigit() for mark in task.split()[0]) for task in inst.tasks)  # no codes


def test_the_students_preferences_are_real():
    inst = load("courses_ariel")
    assert inst.preferences[0].discretize(1).size == 26 and "costs 26 respondents stated" in inst.source
