"""The comparison with general solvers runs, and its intervals agree."""

import json

from raymenu.benchmarks.studies.solver_ratio import line, main, measure, summary
from raymenu.benchmarks.studies.three_tasks import Case


def test_a_small_run(tmp_path, capsys):
    path = tmp_path / "rows.json"
    assert main([2], ["mix"], 1, time_limit=2, json_file=path) == 0
    rows = json.loads(path.read_text())["rows"]
    assert rows[0]["solver"] == "branch-and-bound"
    assert {"scip multiplier", "scip best"} <= {f"{row['solver']} {row['formulation']}" for row in rows}
    assert all(row["agrees"] for row in rows)
    assert "scip best: closed 1 of 1" in capsys.readouterr().out


def test_a_limit_is_no_success():
    case = Case(40, "pos", 0)
    rows = list(measure(case, time_limit=0.2, multiplier_gurobi=False))
    assert not any(row["closed"] for row in rows if row["solver"] == "scip")
    assert all("NOT closed" in line(case, row) for row in rows if row["solver"] == "scip")
    assert any("where it did not close" in text for text in summary(rows))
