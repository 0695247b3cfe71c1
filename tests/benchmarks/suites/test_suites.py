"""Every benchmark's smallest jobs run and pass their own checks; a changed answer does not."""

from dataclasses import replace

import pytest

from raymenu import InputError
from raymenu.benchmarks.harness.jobs import Row, suite
from raymenu.cli import main
from raymenu.commands.bench import MEASUREMENTS, STUDIES

NAMES = ("bic", "allocate", "large-market")


def run(name):
    made, told = suite(name), []
    rows = []
    for job in made.jobs("smoke"):
        result = made.run(job, lambda kind, **values: told.append(kind))
        rows.append(Row(job, "done", result["seconds"], 1.0, result=result))
    assert told.count("ready") == len(rows)
    return made, rows


@pytest.mark.parametrize("name", NAMES)
def test_the_smallest_jobs_run_and_agree(name):
    made, rows = run(name)
    verdicts = made.verify(rows)
    assert set(verdicts) == {row.job.key for row in rows}
    assert all(verdict.standing == "ok" and verdict.solved for verdict in verdicts.values())


@pytest.mark.parametrize("name, field", [("bic", "value"), ("allocate", "value")])
def test_a_changed_answer_is_wrong(name, field):
    made, rows = run(name)
    rows[0] = replace(rows[0], result=rows[0].result | {field: rows[0].result[field] * 1.01 + 1})
    assert "wrong" in {verdict.standing for verdict in made.verify(rows).values()}


def test_a_mechanism_that_fails_its_checks_is_wrong():
    made, rows = run("large-market")
    spoilt = replace(rows[0], result=rows[0].result | {"check": False})
    vain = replace(rows[0], result=rows[0].result | {"lower": rows[0].result["lower"] - 1})
    assert [made.verify([row])[row.job.key].standing for row in (rows[0], spoilt, vain)] == ["ok", "wrong", "wrong"]


@pytest.mark.parametrize("size", ["smoke", "quick", "full"])
@pytest.mark.parametrize("name", [*NAMES, "support"])
def test_keys_are_unique(name, size):
    keys = [job.key for job in suite(name).jobs(size)]
    assert keys and len(set(keys)) == len(keys)


@pytest.mark.parametrize("name", [*MEASUREMENTS, *(f"study {name}" for name in STUDIES)])
def test_measurements_read_their_own_options(name, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["bench", *name.split(), "--help"])
    assert not ended.value.code and "--" in capsys.readouterr().out


def test_no_such_benchmark():
    with pytest.raises(InputError, match="choose one of support, bic"):
        suite("speed")
