"""``raymenu study``: one row per instance and variation, kept as it is made, made once."""

import csv
import json

import pytest

from raymenu.cli import main


def run(*arguments):
    with pytest.raises(SystemExit) as ended:
        main(["study", *map(str, arguments)])
    return ended.value.code


def rows(folder):
    with (folder / "study.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_grid_becomes_a_table_and_goes_on_where_it_stopped(tmp_path):
    asked = ["two_task_uniform", "figure_1", "--vary", "slack=1,1.2", "--no-menus", "--types", 10, "--out", tmp_path]
    assert run(*asked) == 0
    made = rows(tmp_path)
    assert [(row["instance"], row["slack"]) for row in made] == [
        (name, slack) for name in ("two_task_uniform", "figure_1") for slack in ("1.0", "1.2")
    ]
    assert all(float(row["first_best"]) <= float(row["lm_osp_upper"]) <= float(row["status_quo"]) for row in made)
    kept = (tmp_path / "rows.jsonl").read_text(encoding="utf-8").splitlines()
    (tmp_path / "rows.jsonl").write_text("\n".join([*kept[:2], kept[2][:40]]) + "\n", encoding="utf-8")
    assert run(*asked) == 0
    again = rows(tmp_path)
    stable = [key for key in made[0] if key != "seconds"]
    assert [[row[key] for key in stable] for row in again] == [[row[key] for key in stable] for row in made]
    assert [row["seconds"] for row in again[:2]] == [row["seconds"] for row in made[:2]]


def test_width_and_copies(tmp_path):
    grid = ["--vary", "width=1.2,3", "--vary", "copies=1,2"]
    assert run("two_task_uniform", *grid, "--no-menus", "--types", 20, "--out", tmp_path) == 0
    made = {(row["width"], row["copies"]): row for row in rows(tmp_path)}
    assert len(made) == 4
    saved = {key: float(row["status_quo"]) - float(row["lm_osp_upper"]) for key, row in made.items()}
    assert saved["3.0", "1.0"] != saved["1.2", "1.0"]
    assert saved["3.0", "2.0"] == pytest.approx(2 * saved["3.0", "1.0"], rel=0.05)


def test_what_cannot_be_done_is_a_row_and_a_status(tmp_path, capsys):
    assert run("two_task_uniform", "--vary", "width=0.5,2", "--no-menus", "--types", 5, "--out", tmp_path) == 1
    assert "a width of 0.5" in capsys.readouterr().out
    assert sorted(row["outcome"] == "done" for row in rows(tmp_path)) == [False, True]


def test_bad_input(tmp_path, capsys):
    assert run("two_task_uniform", "--vary", "colour=1", "--out", tmp_path) == 2
    assert "'colour' cannot be varied: choose among slack, copies, width" in capsys.readouterr().err
    assert run("two_task_uniform", "--dask", "tcp://127.0.0.1:9", "--out", tmp_path) == 2
    assert "no scheduler answers" in capsys.readouterr().err


@pytest.mark.slow
def test_worker_processes_make_the_same_rows(tmp_path):
    asked = ["two_task_uniform", "figure_1", "--no-menus", "--types", 10]
    assert run(*asked, "--out", tmp_path / "here") == 0
    assert run(*asked, "--workers", 2, "--out", tmp_path / "there") == 0
    here, there = (
        [json.loads(line)["row"] for line in (tmp_path / name / "rows.jsonl").read_text().splitlines()]
        for name in ("here", "there")
    )
    bounds = ("instance", "lm_osp_lower", "lm_osp_upper")
    assert sorted(tuple(row[key] for key in bounds) for row in here) == sorted(
        tuple(row[key] for key in bounds) for row in there
    )
