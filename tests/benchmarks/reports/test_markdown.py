"""The report as text: made from rows and what the store knows of the run, and nothing else."""

import re

from raymenu.benchmarks.harness.jobs import Job, Row, Verdict
from raymenu.benchmarks.reports.markdown import markdown

FACTS = {
    "machine": {"processor": "P", "cores": 2, "memory_gb": 8.0, "system": "S", "versions": {"numpy": "9.9"}},
    "limits": {"workers": 2, "memory_mb": 400.0},
    "invocations": [{"command": "raymenu bench support", "started": "2026-01-01T00:00:00+00:00", "load": 0.25}],
    "finished": "2026-01-01T00:40:00+00:00",
}


def row(problem, method, seconds, outcome="done", message="", **result):
    spent = {"cpu_seconds": 0.9 * seconds, "wall_seconds": seconds}
    return Row(Job("support", problem, method, "", 0, 20.0), outcome, seconds, 1.0, message, result=result | spent)


def made(rows, verdicts=None, **facts):
    told = {
        row.job.key: Verdict("ok" if row.outcome == "done" else "none", solved=row.outcome == "done") for row in rows
    }
    return markdown("title", rows, told | (verdicts or {}), FACTS | facts)


def line(text, section, first):
    part = text.split(f"## {section}")[1]
    return next(found for found in part.splitlines() if found.startswith(f"| {first} |")).split(" | ")[1:]


def test_it_says_what_made_it_where_and_under_which_limits():
    text = made([row("U(3,10,pos)", "a", 2.0)])
    for said in (
        "`raymenu bench support`: 1 runs",
        "numpy 9.9",
        "20 s a run",
        "killed at 35 s",
        "400 MB",
        "2 at a time",
    ):
        assert said in text
    assert "the median had 90% of a core" in text and "parts" not in text
    twice = made([row("U(3,10,pos)", "a", 2.0)], invocations=FACTS["invocations"] * 2)
    assert "in 2 parts" in twice


def test_an_answer_after_the_limit_is_late():
    slow = row("U(3,10,pos)", "a", 21.0, status="optimal", lower=1.0, upper=1.0)
    text = made([slow], {slow.job.key: Verdict("ok", solved=False)})
    assert "late, 21 s" in text and "not solved: 1." in text


def test_profiles_growth_and_failures_are_those_of_the_rows():
    rows = [
        row("U(3,10,pos)", "a", 1.0, status="optimal", lower=1.0, upper=1.0),
        row("U(3,10,pos)", "b", 5.0, status="optimal", lower=1.0, upper=1.0),
        row("U(3,100,pos)", "a", 4.0, status="optimal", lower=1.0, upper=1.0),
        row("U(3,100,pos)", "b", 35.0, "timeout", "killed after 35.0 s"),
        row("figure_1[0],5,high", "a", 2.0, "refused", "not this one"),
        row("figure_1[0],5,high", "b", 2.0, status="optimal", lower=1.0, upper=0.5),
    ]
    text = made(rows, {rows[-1].job.key: Verdict("wrong", ("its upper is too low",))})
    assert line(text, "Performance profile", "a")[0] == "67%"
    assert [cell.strip(" |") for cell in line(text, "Performance profile", "b")] == ["0%", "0%", *["33%"] * 4]
    assert re.findall(r"^\| 3 \| (10+) \| (.*?) \| (.*?) \|$", text, re.M) == [("10", "1", "5"), ("100", "4", "0 of 1")]
    assert "caught as wrong: 1." in text and "its upper is too low" in text and "killed after 35.0 s" in text
    assert "Refused, 1 x: a (not this one)." in text and "**WRONG**" in text
