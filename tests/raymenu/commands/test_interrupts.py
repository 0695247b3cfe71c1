"""Ctrl-C, SIGTERM and time limits: answered in time, with what is there, at any moment."""

import json
import signal
import time

import pytest
from shell import raymenu, start

from raymenu.designs.document import read_design

PROMISED = 2.0
BUSY = 3.0
"""Seconds that a busy machine may add: what is tested is that nothing hangs."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("words", ["loading solvers", "large market"])
def test_solve_writes_what_is_there(tmp_path, number, words):
    out = tmp_path / "out"
    running = start("solve", "anaesthesia", "--out", out, cwd=tmp_path)
    for line in running.stderr:
        if words in line:
            break
    time.sleep(0.5)
    running.send_signal(number)
    asked = time.monotonic()
    said = running.communicate(timeout=60)[1]
    assert running.returncode == 3, said
    assert time.monotonic() - asked < PROMISED + BUSY
    assert "interrupted: " in said and "Traceback" not in said
    if "nothing was written" not in said:
        design = read_design(out / "design.json")
        assert design.certificate is not None or design.recommended.mechanism == "status quo"
        assert (out / "report.html").exists() and len(list((out / "choice-sheets").iterdir())) == 5


def test_a_verb_without_results_says_so(tmp_path):
    running = start("bic", "random_j50_i6", "--types", 30, cwd=tmp_path)
    for line in running.stderr:
        if "program (1)" in line:
            break
    running.send_signal(signal.SIGINT)
    said = running.communicate(timeout=60)[1]
    assert running.returncode == 3 and said.strip().endswith("interrupted: nothing was written")


def test_a_time_limit_is_kept_and_told(tmp_path):
    began = time.monotonic()
    done = raymenu("solve", "anaesthesia", "--time-limit", 6, "--out", "out", "--quiet", cwd=tmp_path)
    assert done.returncode == 3 and "Traceback" not in done.stderr
    assert time.monotonic() - began < 6 + PROMISED + BUSY
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert 'class="warning"' in report


@pytest.mark.parametrize(
    "arguments",
    [
        ["solve", "two_task_ratio", "--seed", "-1"],
        ["solve", "two_task_ratio", "--time-limit", "nan"],
        ["solve", "two_task_ratio", "--gap", "2"],
        ["solve", "two_task_ratio", "--out", "/proc/nowhere"],
        ["check", "two_task_ratio", "--json", "/nowhere/there.json"],
        ["allocate", "none.json", "none.csv"],
    ],
)
def test_bad_input_is_one_line_before_the_work(tmp_path, arguments):
    done = raymenu(*arguments, cwd=tmp_path)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr


def test_figures_go_to_standard_output_where_asked(tmp_path):
    done = raymenu("check", "two_task_ratio", "--json", "-", cwd=tmp_path)
    assert done.returncode == 0 and json.loads(done.stdout)["valid"]
    assert "Theorem 1 asks" in done.stderr
    assert raymenu("check", "two_task_ratio", "--quiet", cwd=tmp_path).stdout == ""
    versions = raymenu("--version", cwd=tmp_path).stdout
    assert versions.startswith("raymenu ") and "HiGHS" in versions


def test_tables_wrap_and_are_never_cut(tmp_path):
    for columns in (None, 60):
        done = raymenu("check", "anaesthesia", columns=columns, cwd=tmp_path)
        assert "…" not in done.stdout and "the supports have full dimension" in " ".join(done.stdout.split())
        if columns:
            assert max(map(len, done.stdout.splitlines())) <= columns
