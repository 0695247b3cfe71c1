"""The benchmark of the support function: wrong claims are caught, right ones stand, users' methods run beside ours."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from raymenu import InputError
from raymenu.benchmarks.harness.jobs import Job, Row
from raymenu.benchmarks.harness.store import Store
from raymenu.benchmarks.suites.support import METHODS, backend_of, make_jobs, make_problem, run, verify
from raymenu.cli import app
from raymenu.mechanisms import Menu
from raymenu.solvers.backends import REGISTRY
from raymenu.solvers.support import registry, support_function

PROBLEM, SEED = "U(3,12,mix)", 0


def honest(problem=PROBLEM, seed=SEED, **limits):
    made = make_problem(problem, seed)
    found = support_function(made.types, made.endowment, made.w, **limits)
    return {"status": found.status, "lower": found.lower, "upper": found.upper, "menu": found.menu.to_dict()}


@pytest.fixture
def plugins_forgotten():
    """What plugins register stays in this test: others check that the registries hold just what the package brings."""
    kept = [(known, dict(known)) for known in (REGISTRY, registry._methods)]
    yield
    for known, before in kept:
        known.clear()
        known.update(before)


def row(method, result, outcome="done", problem=PROBLEM, seed=SEED):
    result = result | {"upper": None} if result.get("upper") == float("inf") else result
    return Row(Job("support", problem, method, "", seed, 5.0), outcome, 0.1, 1.0, result=result)


def verdict_of(*rows):
    return verify(rows)[rows[0].job.key]


@pytest.mark.parametrize("name", ["U(2,20,pos)", PROBLEM, "ties[0],8,mean", "zeros_in_endowment[3],20,high"])
def test_an_honest_claim_stands(name):
    verdict = verdict_of(row("honest", honest(name), problem=name))
    assert verdict.standing == "ok" and verdict.solved and verdict.lower <= verdict.upper


def test_a_menu_that_is_not_polarized_is_caught():
    eta = make_problem(PROBLEM, SEED).endowment
    # Both give up tasks the other wants at less than it pays: the prices multiply to 1/4.
    greedy = Menu(eta, [[-1.0, 0.5, 0.0], [0.5, -1.0, 0.0]])
    assert not greedy.is_polarized()
    verdict = verdict_of(row("greedy", honest() | {"menu": greedy.to_dict()}))
    assert verdict.standing == "wrong" and "not polarized" in verdict.reasons[0]


def test_another_endowment_is_caught():
    other = Menu([9.0, 9.0, 9.0])
    assert "endowment" in verdict_of(row("other", honest() | {"menu": other.to_dict()})).reasons[0]


def test_a_lower_bound_its_menu_does_not_reach_is_caught():
    claim = honest()
    verdict = verdict_of(row("boaster", claim | {"lower": claim["upper"] + 0.1, "upper": claim["upper"] + 0.2}))
    assert verdict.standing == "wrong" and "is worth" in verdict.reasons[0]


def test_an_upper_bound_below_another_methods_menu_is_caught():
    claim, eta = honest(), make_problem(PROBLEM, SEED).endowment
    problem = make_problem(PROBLEM, SEED)
    value = float(problem.w @ eta)
    idle = {"status": "optimal", "menu": Menu(eta).to_dict(), "lower": value, "upper": value}
    together = verify([row("idle", idle), row("honest", claim)])
    standings = {key.split("|")[2]: verdict for key, verdict in together.items()}
    assert standings["honest"].standing == "ok"
    assert standings["idle"].standing == "wrong" and "below" not in standings["honest"].reasons
    assert "a verified menu" in standings["idle"].reasons[0]


@pytest.mark.parametrize("seed", range(10))
def test_an_upper_bound_that_is_far_too_low_is_caught_even_alone(seed):
    problem = make_problem("U(3,50,pos)", seed)
    value = float(problem.w @ problem.endowment)
    claim = {"status": "optimal", "menu": Menu(problem.endowment).to_dict(), "lower": value, "upper": value}
    assert verdict_of(row("idle", claim, problem="U(3,50,pos)", seed=seed)).standing == "wrong"


def test_an_upper_bound_a_little_too_low_is_caught():
    claim = honest(rel_gap=1e-9)
    low = claim["lower"] - 1e-6
    wrong = {"status": "optimal", "menu": claim["menu"], "lower": low - 1e-6, "upper": low}
    verdict = verdict_of(row("sloppy", wrong))  # its own menu is worth more than its bound
    assert verdict.standing == "wrong"


@pytest.mark.parametrize(
    "change, reason",
    [
        ({"upper": 99.0}, "says optimal at a gap"),
        ({"upper": None}, "without an upper bound"),
        ({"status": "solved"}, "no status"),
    ],
)
def test_a_status_that_is_not_earned_is_caught(change, reason):
    verdict = verdict_of(row("vain", honest() | change))
    assert verdict.standing == "wrong" and reason in verdict.reasons[0] and not verdict.solved


def test_an_upper_bound_between_ones_own_menu_and_anothers_is_caught():
    claim, problem = honest(), make_problem(PROBLEM, SEED)
    value = float(problem.w @ problem.endowment)
    low = claim["lower"] - 1e-3 * (claim["lower"] - value)
    idle = {"menu": Menu(problem.endowment).to_dict(), "lower": value, "upper": low}
    for status in ("optimal", "feasible", "heuristic"):
        together = verify([row("idle", idle | {"status": status}), row("honest", claim)])
        standings = {key.split("|")[2]: verdict.standing for key, verdict in together.items()}
        assert standings == {"idle": "wrong", "honest": "ok"}


@pytest.mark.parametrize(
    "change, reason",
    [
        ({"lower": None}, "claims lower none"),
        ({"upper": 0.0}, "above its upper"),
        ({"status": "feasible", "upper": None}, "feasible without an upper bound"),
        ({"menu": {"kind": "rays", "endowment": ["1", "1", "1"], "rays": [["-1"]]}}, "not a menu"),
        ({"menu": Menu([1.0]).to_dict()}, "its menu starts at"),
    ],
)
def test_answers_that_make_no_sense_are_caught(change, reason):
    verdict = verdict_of(row("absurd", honest() | change))
    assert verdict.standing == "wrong" and not verdict.solved and any(reason in text for text in verdict.reasons)


def test_a_menu_that_gives_up_more_than_there_is_is_caught():
    claim = honest()
    claim["menu"]["rays"] = [["-2", "0", "1/4"]]
    assert "gives up 2.0 of task 0" in verdict_of(row("greedy", claim)).reasons[0]


def test_a_method_that_returns_something_else_says_so(plugins_forgotten):
    registry.register("forgetful", lambda task, limits: None, certified=False)
    with pytest.raises(TypeError, match="'forgetful' must return a SupportResult"):
        run(Job("support", "U(2,6,pos)", "forgetful", "", 0, 1.0), lambda kind, **values: None)


def test_a_method_nobody_registered_is_refused_at_once():
    with pytest.raises(InputError, match="no method 'tpyo': choose one of auto"):
        CliRunner().invoke(
            app, ["bench", "support", "--smoke", "--method", "tpyo"], standalone_mode=False, catch_exceptions=False
        )


def test_a_bound_told_of_on_the_way_counts_too():
    claim = honest()
    told = replace(row("hasty", claim), events=[(0.1, claim["lower"] - 0.5, claim["lower"] - 1e-3)])
    verdict = verdict_of(told)
    assert verdict.standing == "wrong" and "told of upper" in verdict.reasons[0]
    fair = replace(
        row("fair", claim), events=[(0.1, claim["lower"] - 0.5, None), (0.2, claim["lower"], claim["upper"])]
    )
    assert verdict_of(fair).standing == "ok"


@pytest.mark.parametrize("method", ["branch-and-bound", "local-search", "nlp", "miqcp", "miqcp-highs"])
def test_methods_tell_how_far_they_are(method):
    events = []

    def emit(kind, **values):
        if kind == "event":
            events.append((values["lower"], values["upper"]))

    name = "U(3,6,mix)"
    found = run(Job("support", name, method, backend_of(method), SEED, 60.0), emit)
    lowers, uppers = zip(*events)
    assert list(lowers) == sorted(lowers) and list(uppers) == sorted(uppers, reverse=True)
    assert max(lowers) <= found["upper"] and min(uppers) >= found["lower"] - 1e-9
    problem = make_problem(name, SEED)
    assert max(lowers) > problem.w @ problem.endowment
    assert (min(uppers) < float("inf")) == (found["status"] != "heuristic")


def test_a_problem_solved_after_the_limit_is_not_solved():
    late = replace(row("late", honest()), seconds=5.1)
    verdict = verdict_of(late)
    assert verdict.standing == "ok" and not verdict.solved


def test_what_a_seed_does_not_change_is_run_once():
    made = make_jobs(["ties[0],8,mean", "U(2,6,pos)"], ["auto"], range(2), 1.0)
    assert [(job.problem, job.seed) for job in made] == [("ties[0],8,mean", 0), ("U(2,6,pos)", 0), ("U(2,6,pos)", 1)]
    with pytest.raises(InputError, match="agents 0 to 1"):
        make_jobs(["figure_1[7],5,high"], ["auto"], [0], 1.0)


def test_failures_have_no_standing():
    assert verdict_of(row("late", {}, outcome="timeout")).standing == "none"


@pytest.mark.parametrize("name", ["U(3,x,pos)", "nowhere[0],5,high", "figure_1[7],5,high"])
def test_a_problem_that_is_none(name):
    with pytest.raises(InputError):
        make_problem(name, 0)


WRONG = """
from raymenu import Menu
from raymenu.solvers.support import SupportResult, register

def claim(rays, lower, upper, status):
    def solve(task, limits):
        value = float(task.endowment_value)
        return SupportResult(value + lower, value + upper, status, "wrong", 0.0, Menu(task.endowment, rays), value, {})
    return solve

register("greedy", claim([[-1.0, 0.5], [0.5, -1.0]], 0.0, 9.0, "feasible"), certified=True)
register("too-low", claim([], 0.0, 0.0, "optimal"), certified=True)
register("unearned", claim([], 0.0, 5.0, "optimal"), certified=True)
"""


def test_users_methods_run_beside_ours_and_wrong_ones_are_caught(tmp_path, plugins_forgotten):
    readme = (Path(__file__).parents[3] / "benchmarks" / "README.md").read_text()
    examples = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    for name, text in zip(("mine.py", "backend.py", "wrong.py"), [*examples, WRONG], strict=True):
        (tmp_path / name).write_text(text)
    asked = ["bench", "support", "--problem", "U(2,6,pos)", "--seeds", "1", "--out", str(tmp_path / "out")]
    asked += ["--report", str(tmp_path / "R.md"), "--json", str(tmp_path / "found.json")]
    for method in ("auto", "keep", "miqcp-scip-dfs", "greedy", "too-low", "unearned"):
        asked += ["--method", method]
    for plugin in ("mine.py", "backend.py", "wrong.py"):
        asked += ["--plugin", str(tmp_path / plugin)]
    ran = CliRunner().invoke(app, asked, standalone_mode=False)
    assert ran.return_value == 1, ran.output
    rows = Store(tmp_path / "out").rows()
    verdicts = {key.split("|")[2]: verdict.standing for key, verdict in verify(rows).items()}
    right, wrong = ("auto", "keep", "miqcp-scip-dfs"), ("greedy", "too-low", "unearned")
    assert verdicts == dict.fromkeys(right, "ok") | dict.fromkeys(wrong, "wrong")
    assert ran.output.count("WRONG") == 3
    report = (tmp_path / "R.md").read_text()
    assert "bench support --problem 'U(2,6,pos)'" in report and "--plugin mine.py" in report
    assert str(tmp_path) not in report and report == (tmp_path / "out" / "report.md").read_text()
    assert len(json.loads((tmp_path / "found.json").read_text())["rows"]) == 6
    assert not list(tmp_path.glob("**/.*.partial"))
    assert (tmp_path / "out" / "report.html").read_text().count('<tr class="wrong">') >= 6


def test_every_method_is_in_the_standard_benchmark():
    from raymenu.solvers.support import methods

    assert set(METHODS) == set(methods()) - {"miqcp-gurobi"}  # that one needs a licence
