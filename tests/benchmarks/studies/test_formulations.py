"""Every variant of the menu programs has the value of the program it varies."""

import json

import numpy as np
import pyomo.environ as pyo
import pytest

from raymenu import FiniteTypes
from raymenu.benchmarks.studies.formulation_variants import BEST, VARIANTS, sign_patterns
from raymenu.benchmarks.studies.formulations import IndicatorBackend, main, measure, programs, table
from raymenu.benchmarks.studies.three_tasks import Case
from raymenu.models.support.menu_bounds import MenuData
from raymenu.solvers.backends import backend


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_a_variant_finds_the_certified_value(variant):
    case = Case(3, "mix", 1)
    row = measure(case, variant, IndicatorBackend() if variant.native else backend("scip"), time_limit=60)
    assert row["agrees"]
    assert row["closed"]


def test_a_warm_start_is_taken_whole():
    """Every variable has a value, and every row holds there."""
    for variant in VARIANTS:
        if variant.warm_start:
            for kind in ("pos", "mix"):
                model = next(programs(Case(8, kind, 0), variant))
                assert min(c.slack() for c in model.component_data_objects(pyo.Constraint)) >= -1e-8


def test_sign_patterns_are_partitions_with_an_anchor_each():
    patterns = list(sign_patterns(MenuData.of(FiniteTypes(np.ones((1, 3))), [1, 1, 1], [1, 1, 1])))
    assert len(patterns) == 1 + 3 * 2 + 3
    assert all(sorted(i for block in pattern.values() for i in block) == [0, 1, 2] for pattern in patterns)


def test_a_small_run(tmp_path, capsys):
    path = tmp_path / "rows.json"
    assert main([2], ["pos"], 1, time_limit=5, only=["anchored"], json_file=path) == 0
    rows = json.loads(path.read_text())["rows"]
    assert [row["variant"] for row in rows] == ["anchored, types not ordered", BEST]
    assert f"| 2 | {BEST} | 1 of 1 |" in capsys.readouterr().out
    open_row = rows[0] | {"closed": False}
    assert any("| 0 of 1 | > " in text for text in table([open_row, rows[1]]))
