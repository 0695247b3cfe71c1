"""The runner: limits, failures as rows, and a kill in the middle that loses and doubles nothing."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter

import psutil
import pytest

from raymenu import InputError
from raymenu.benchmarks.harness.jobs import Job, Row, load_plugin, suite
from raymenu.benchmarks.harness.runner import Limits, run_jobs
from raymenu.benchmarks.harness.session import benchmark
from raymenu.benchmarks.harness.store import Store

TOY = """
import os, time
from raymenu.benchmarks.harness.agreement import verify_values
from raymenu.benchmarks.harness.jobs import Suite, register_suite
from raymenu.instances import InputError

def run(job, emit):
    emit("warming up")
    if job.method == "hang":
        time.sleep(60)
    emit("ready")
    emit("event", lower=1.0, upper=float("inf"))
    if job.method == "slow":
        time.sleep(60)
    if job.method == "large":
        held = bytearray(400 * 2**20)
        time.sleep(60)
    if job.method == "crash":
        raise RuntimeError("the solver fell over")
    if job.method == "gone":
        os._exit(3)
    if job.method == "refuse":
        raise InputError("not for this problem: use another")
    time.sleep(0.1)
    return {"value": float(len(job.problem)), "seconds": 0.1}

register_suite(Suite("toy", "nothing", lambda size: [], run, lambda rows: verify_values(rows, 1e-9)))
"""


@pytest.fixture
def plugin(tmp_path):
    path = tmp_path / "toy.py"
    path.write_text(TOY)
    load_plugin(str(path))
    return str(path)


def job(problem, method, seed=0, limit=0.01):
    return Job("toy", problem, method, "", seed, limit)


def test_failures_are_rows(tmp_path, plugin):
    store = Store(tmp_path / "out")
    methods = ["fine", "slow", "large", "crash", "gone", "refuse", "hang"]
    jobs = [job("p", method) for method in methods]
    run_jobs(jobs, store, limits=Limits(workers=2, memory_mb=350.0, warm_up_seconds=2.0), plugins=[plugin])
    rows = {row.job.method: row for row in store.rows()}
    assert {method: row.outcome for method, row in rows.items()} == {
        "fine": "done",
        "slow": "timeout",
        "large": "memory",
        "crash": "crashed",
        "gone": "crashed",
        "refuse": "refused",
        "hang": "timeout",
    }
    assert re.fullmatch(r"killed after \d+\.\d s before its clock started", rows["hang"].message)
    assert "the solver fell over" in rows["crash"].message and "exit status 3" in rows["gone"].message
    assert rows["refuse"].message == "not for this problem: use another"
    assert rows["large"].peak_mb > 350
    assert rows["slow"].events[0][1:] == (1.0, None)
    assert rows["fine"].versions["numpy"]
    verdicts = suite("toy").verify(store.rows())
    assert Counter(verdict.standing for verdict in verdicts.values()) == {"ok": 1, "none": 6}


def test_a_key_that_is_there_stays(tmp_path):
    store = Store(tmp_path / "out")
    store.append(Row(job("p", "fine"), "done", 1.0, 2.0, events=[(0.0, 1.0, None)]))
    store.append(Row(job("p", "fine"), "crashed", 3.0, 2.0, events=[(0.0, 1.0, None)]))
    assert [row.outcome for row in store.rows()] == ["done"] and len(store.rows()[0].events) == 1


SCRIPT = """
import sys
from pathlib import Path
from raymenu.benchmarks.harness.jobs import Job, load_plugin
from raymenu.benchmarks.harness.runner import Limits
from raymenu.benchmarks.harness.session import benchmark
jobs = [Job("toy", "p" * k, method, "", 0, 5.0) for k in (1, 2) for method in ("fine", "crash")]
benchmark(jobs, Path(sys.argv[1]), limits=Limits(2), plugins=[sys.argv[2]])
"""


def start(out, plugin):
    return subprocess.Popen([sys.executable, "-c", SCRIPT, str(out), plugin], stdout=subprocess.DEVNULL)


def stored(out):
    if not (out / "rows.sqlite").exists():
        return []
    with sqlite3.connect(out / "rows.sqlite") as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'rows'").fetchone():
            return []
        return [tuple(row) for row in connection.execute("SELECT key, outcome, finished FROM rows ORDER BY key")]


def test_a_kill_in_the_middle_loses_and_doubles_nothing(tmp_path, plugin):
    out = tmp_path / "out"
    first = start(out, plugin)
    deadline = time.monotonic() + 120
    while not stored(out) and time.monotonic() < deadline:
        time.sleep(0.05)
    workers = psutil.Process(first.pid).children()
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    before = stored(out)
    assert 1 <= len(before) < 4
    psutil.wait_procs(workers, timeout=60)
    assert not [worker for worker in workers if worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE]

    assert start(out, plugin).wait(timeout=120) == 0
    after = stored(out)
    whole = {f"toy|{'p' * k}|{method}||0" for k in (1, 2) for method in ("fine", "crash")}
    assert len(after) == 4 and {row[0] for row in after} == whole
    assert all(outcome == ("done" if "|fine|" in key else "crashed") for key, outcome, _ in after)
    assert set(before) <= set(after)
    with sqlite3.connect(out / "rows.sqlite") as connection:
        assert set(connection.execute("SELECT COUNT(*) FROM events GROUP BY key")) == {(1,)}


def test_a_finished_run_is_made_again_unless_resumed(tmp_path, plugin):
    out, jobs = tmp_path / "out", [job("p", "fine")]
    benchmark(jobs, out, limits=Limits(1), plugins=[plugin])
    times = [row[2] for row in stored(out)]
    benchmark(jobs, out, limits=Limits(1), plugins=[plugin], resume=True)
    assert [row[2] for row in stored(out)] == times
    assert "1 runs, started" in (out / "report.md").read_text() and "parts" not in (out / "report.md").read_text()
    with pytest.raises(InputError, match="another benchmark"):
        benchmark([job("q", "fine")], out, limits=Limits(1), plugins=[plugin])
    benchmark([job("q", "fine")], out, limits=Limits(1), plugins=[plugin], fresh=True)
    assert [row[0] for row in stored(out)] == ["toy|q|fine||0"]
    assert "<svg" in (out / "report.html").read_text()
    assert not re.search(r'(src|href)="?http', (out / "report.html").read_text().replace('xlink:href="#', ""))


def test_a_plugin_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="check the path"):
        load_plugin(str(tmp_path / "none.py"))


def test_a_plugin_is_imported_once(tmp_path):
    path = tmp_path / "counted.py"
    path.write_text(
        "import pathlib\nplace = pathlib.Path(__file__).with_suffix('.n')\n"
        "place.write_text((place.read_text() if place.exists() else '') + 'x')\n"
    )
    load_plugin(str(path))
    load_plugin(str(path))
    assert path.with_suffix(".n").read_text() == "x"


def test_jobs_travel_as_json():
    made = job("p", "fine", seed=3)
    assert Job(**json.loads(made.to_json())) == made and made.key == "toy|p|fine||3"
