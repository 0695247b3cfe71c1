"""Whatever is in a file: an instance, or one line that says what is wrong; no traceback, no hang, nothing half written.

Three hundred mutants in every run, three thousand in the slow tier.
"""

import csv
import io
import json
import signal
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutants import csv_files, documents, xlsx_files

import raymenu
from raymenu.cli import main
from raymenu.instances.rules import read_rules
from raymenu.instances.schema import check as check_schema
from raymenu.instances.tables.example import EXAMPLE

TIERS = [pytest.param(1, id="300"), pytest.param(10, id="3000", marks=pytest.mark.slow)]
PATIENCE = 10
"""Seconds; the last resort is an alarm."""
LONGEST_LINE = 2000


def fuzzed(strategy, check, examples):
    """Run ``check`` on so many mutants; the same ones in every run of the fast tier."""
    ours = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}

    @settings(max_examples=examples, derandomize=examples < 1000, **ours)
    @given(strategy)
    def run(mutant):
        check(mutant)

    run()


class Hang(BaseException):
    """Not an exception that anything along the way may take for a fault of the file."""


@contextmanager
def no_hang():
    def ring(number, frame):
        raise Hang(f"still at it after {PATIENCE} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def is_one_line(message):
    assert message and len(message) < LONGEST_LINE, len(message)
    assert message.isprintable(), message


def command(capsys, folder, *arguments):
    """Run a verb: a promised status, one line where the input is bad, and no file that is not whole."""
    before = {file.name for file in folder.iterdir()}
    with no_hang(), pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    assert ended.value.code in (0, 1, 2, 3), said.err
    after = {file.name for file in folder.iterdir()}
    assert not [name for name in after if name.endswith(".partial")]
    if ended.value.code == 2:
        assert after == before
        is_one_line(said.err.removesuffix("\n"))
    return ended.value.code


def whole_instance():
    inst = raymenu.load("figure_1").with_rules([raymenu.Rule("cap", "all", each=True, at_most=5)])
    data = inst.to_dict()
    finite = {"kind": "finite", "costs": [[1, 2], [2, 1]], "weights": [1, 3]}
    lognormal = {"kind": "lognormal", "median": [1, 1], "sigma": [0.3, 0.4], "lower": [0.5, 0.5], "upper": [2, 2]}
    data["agents"][0] |= {"preferences": finite, "slack": 1.1, "copies": 1, "endowment": [2, 2]}
    data["agents"][1] |= {"preferences": lognormal}
    return data


@pytest.mark.parametrize("times", TIERS)
def test_instances(tmp_path, times):
    path = tmp_path / "mine.json"

    def check(mutant):
        path.write_bytes(mutant)
        with no_hang():
            try:
                inst = raymenu.load(path)
                assert check_schema(inst.to_dict()) == inst.record
                for own in inst.preferences:
                    own.discretize(16)
            except raymenu.InputError as fault:
                is_one_line(str(fault))

    fuzzed(documents(whole_instance()), check, 170 * times)


@pytest.mark.parametrize("times", TIERS)
def test_tables(tmp_path, capsys, times):
    tables = {name: list(csv.reader(io.StringIO(text))) for name, text in EXAMPLE.items()}
    names = st.sampled_from(sorted(EXAMPLE))
    mutants = names.flatmap(lambda name: st.tuples(st.just(name), csv_files(tables[name])))
    extra = st.sampled_from(
        [[], ["--incomplete", "drop"], ["--shrink", "auto"], ["--copies", "hand"], ["--decimal", "comma"]]
    )

    def check(drawn):
        (name, mutant), more = drawn
        for own, text in EXAMPLE.items():
            (tmp_path / own).write_text(text, encoding="utf-8")
        (tmp_path / name).write_bytes(mutant)
        files = ["--performance", tmp_path / "performance.csv", "--status-quo", tmp_path / "status_quo.csv"]
        out = tmp_path / "out.json"
        files += ["--performance-is", "cost", "--costs", tmp_path / "costs.csv", "--out", out, *more]
        if command(capsys, tmp_path, "new", *files) == 0:
            assert raymenu.load(out).n_tasks >= 2
            out.unlink()

    fuzzed(st.tuples(mutants, extra), check, 60 * times)


@pytest.mark.parametrize("times", TIERS)
def test_workbooks(tmp_path, capsys, times):
    table = list(csv.reader(io.StringIO(EXAMPLE["status_quo.csv"])))
    (tmp_path / "p.csv").write_text(EXAMPLE["performance.csv"], encoding="utf-8")

    def check(mutant):
        (tmp_path / "q.xlsx").write_bytes(mutant)
        files = ["--performance", tmp_path / "p.csv", "--performance-is", "cost", "--status-quo", tmp_path / "q.xlsx"]
        out = tmp_path / "out.json"
        if command(capsys, tmp_path, "new", *files, "--out", out) == 0:
            out.unlink()

    fuzzed(xlsx_files(table), check, 20 * times)


@pytest.mark.parametrize("times", TIERS)
def test_choices(tmp_path, capsys, times):
    inst = raymenu.load("figure_1")
    menus = [raymenu.Menu(eta, [[1, -1], [-1, 1]]).to_dict() for eta in inst.endowment]
    (tmp_path / "menus.json").write_text(json.dumps({"instance": "figure_1", "menus": menus}))
    table = [["agent", "choice", "options"], *([name, "A", "K|A|B"] for name in inst.agents)]
    kinds = [
        st.tuples(st.just("choices.csv"), csv_files(table)),
        st.tuples(st.just("choices.json"), documents({"choices": dict.fromkeys(inst.agents, "B")})),
        st.tuples(st.just("choices.json"), documents({"costs": [[1, 2], [2, 1]]})),
        st.tuples(st.just("menus.json"), documents({"instance": "figure_1", "menus": menus})),
    ]

    def check(drawn):
        name, mutant = drawn
        (tmp_path / "choices.csv").write_text("agent,choice\n", encoding="utf-8")
        (tmp_path / "choices.json").write_text('{"choices": {}}')
        (tmp_path / "menus.json").write_text(json.dumps({"instance": "figure_1", "menus": menus}))
        (tmp_path / name).write_bytes(mutant)
        choices = "choices.csv" if name == "menus.json" else name
        command(capsys, tmp_path, "allocate", tmp_path / "menus.json", tmp_path / choices)

    fuzzed(st.one_of(kinds), check, 30 * times)


@pytest.mark.parametrize("times", TIERS)
def test_rules(tmp_path, times):
    table = [["kind", "name", "agents", "tasks", "each", "at_most"], ["cap", "hips", "all", "hip", "yes", "1.2"]]

    def check(mutant):
        (tmp_path / "rules.csv").write_bytes(mutant)
        with no_hang():
            try:
                read_rules(tmp_path / "rules.csv")
            except raymenu.InputError as fault:
                is_one_line(str(fault))

    fuzzed(csv_files(table), check, 20 * times)
