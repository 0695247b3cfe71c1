"""The ways to call SCIP find one optimum."""

import json

from raymenu.benchmarks.studies.scip_calls import WAYS, main


def test_a_small_run(tmp_path, capsys):
    path = tmp_path / "rows.json"
    assert main([3], ["mix"], 1, path) == 0
    rows = json.loads(path.read_text())["rows"]
    assert [row["way"] for row in rows] == list(WAYS)
    assert "| 3 | persistent |" in capsys.readouterr().out
