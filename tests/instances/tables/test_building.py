"""What tables become: costs from scores, copies, preferences, shrunk rates; and what is said of it."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from raymenu import FinitePreferences, InputError, Instance, UniformPreferences
from raymenu.instances.tables.recipe import TableRecipe
from raymenu.instances.tables.shrinkage import shrink

AGENTS, TASKS = ["A", "B", "C"], ["x", "y"]


def frame(values, index=AGENTS, columns=TASKS):
    return pd.DataFrame(values, index=index, columns=columns)


RATES = frame([[0.1, 0.2], [0.3, 0.1], [0.2, 0.07]])
TODAY = frame([[4, 2], [1, 5], [3, 3]])


def from_files(performance, status_quo, meaning, **options):
    paths = {key: str(value) for key, value in options.items()}
    return TableRecipe(str(performance), meaning, str(status_quo), **paths).build()


def put(place, name, content):
    path = place / name
    path.write_text(content, encoding="utf-8")
    return path


@pytest.fixture
def files(tmp_path):
    return (put(tmp_path, "p.csv", RATES.to_csv()), put(tmp_path, "q.csv", TODAY.to_csv()))


def test_scores_become_costs_that_keep_every_difference():
    for scores, said in ((1 - RATES, "cost = 1 - score"), (RATES * 100, "cost = 30 - score")):
        inst = Instance.from_frames(scores, TODAY, performance_is="score")
        costs = inst.performance
        assert np.allclose(costs - costs[0], -(scores.to_numpy() - scores.to_numpy()[0]), atol=1e-12)
        assert (costs >= 0).all() and said in inst.source
    assert Instance.from_frames(1 - RATES, TODAY, "score").performance.tolist() == RATES.to_numpy().tolist()
    with pytest.raises(InputError, match=r"say cost .* or score"):
        Instance.from_frames(RATES, TODAY, performance_is="quality")


def test_the_best_and_worst_are_said(files):
    notes = from_files(*files, "cost").notes
    assert "best at 'x': A, 0.1; worst: B, 0.3" in notes
    assert "best at 'y': A, 0.2; worst: C, 0.07" in from_files(*files, "score").notes
    assert any("counts of tasks are the column sums of the status quo: 'x' 8, 'y' 10" in note for note in notes)
    assert any("ASSUMPTION" in note for note in notes)


def test_copies(files):
    for copies in ({"B": 2, "A": 1, "C": 3}, pd.Series([2, 3, 1], index=["b", "c", "a"])):
        inst = Instance.from_frames(RATES, TODAY, copies=copies)
        assert inst.copies.tolist() == [1, 2, 3] and inst.counts.tolist() == [15, 21]
    in_column = TODAY.assign(heads=[1, 2, 3])
    assert Instance.from_frames(RATES, in_column, copies="Heads").copies.tolist() == [1, 2, 3]
    assert Instance.from_frames(RATES.assign(heads=[1, 2, 3]), in_column, copies="heads").counts.tolist() == [15, 21]
    with pytest.raises(InputError, match="'heads': other copies than"):
        Instance.from_frames(RATES.assign(heads=[1, 2, 4]), in_column, copies="heads")
    with pytest.raises(InputError, match="copies: there is no column 'men': name one of"):
        Instance.from_frames(RATES, in_column, copies="men")
    for wrong in (1.5, 0, float("nan")):
        with pytest.raises(InputError, match=r"row .B.: .* copies: write a whole number"):
            Instance.from_frames(RATES, TODAY, copies={"A": 1, "B": wrong, "C": 1})
    with pytest.raises(InputError, match="by name"):
        Instance.from_frames(RATES, TODAY, copies=[1, 2, 3])


def test_slack_and_counts():
    assert Instance.from_frames(RATES, TODAY, slack=1.2).slack.tolist() == [1.2] * 3
    assert Instance.from_frames(RATES, TODAY, slack={"A": 1, "B": 1, "C": 1.5}).slack.tolist() == [1, 1, 1.5]
    assert Instance.from_frames(RATES, TODAY, counts={"y": 10, "x": 8}).counts.tolist() == [8, 10]
    with pytest.raises(InputError, match=r"column 'y': the column sums to 10 \(copies counted\), counts says 11"):
        Instance.from_frames(RATES, TODAY, counts={"y": 11, "x": 8})
    with pytest.raises(InputError, match="row 'C': is missing"):
        Instance.from_frames(RATES, TODAY, slack={"A": 1, "B": 1})


def test_sums_of_decimals_are_what_one_would_write_down():
    today = frame([[0.1, 1], [0.2, 1], [0.3, 1]])
    assert Instance.from_frames(RATES, today).counts.tolist() == [0.6, 3]


def test_ranges_of_costs(tmp_path, files):
    inst = Instance.from_frames(RATES, TODAY, preferences=(0.8, 1.25))
    assert inst.preferences == [UniformPreferences(lower=(0.8, 0.8), upper=(1.25, 1.25))] * 3
    one_each = put(tmp_path, "boxes.csv", "agent,Lower,Upper\nC,1,2\nA,0.5,2\nB,0.25,4\n")
    inst = from_files(*files, "cost", preferences=str(one_each)).instance
    assert inst.preferences[1] == UniformPreferences(lower=(0.25, 0.25), upper=(4, 4))
    rows = [f"{a},{t},{0.5 + n / 10},{2 + n}\n" for n, (a, t) in enumerate((a, t) for a in AGENTS for t in TASKS)]
    each = put(tmp_path, "each.csv", "agent,task,lower,upper\n" + "".join(reversed(rows)))
    inst = from_files(*files, "cost", preferences=str(each)).instance
    assert inst.preferences[2] == UniformPreferences(lower=(0.9, 1.0), upper=(6, 7))
    wrong = put(tmp_path, "boxes.csv", "agent,lower,upper\nC,1,2\nA,0.5,2\nB,0,4\n")
    with pytest.raises(InputError, match="agent 'B', task 'x': costs from 0 to 4"):
        from_files(*files, "cost", preferences=str(wrong))
    for text in ("2..0.5", "0..1"):
        with pytest.raises(InputError, match="no range of costs"):
            from_files(*files, "cost", preferences=text)


STATED = "respondent,y,x\n1,2,1\n2,3,\n3,0,4\n4,1,2\n"


def test_stated_costs(tmp_path, files):
    whole = frame([[1, 2], [3, 1]], index=["p", "q"])
    inst = Instance.from_frames(RATES, TODAY, preferences=whole)
    assert inst.preferences == [FinitePreferences(costs=((1, 2), (3, 1)))] * 3
    assert "costs 2 respondents stated" in inst.source
    stated = put(tmp_path, "c.csv", STATED)
    with pytest.raises(InputError, match=r"row '2', column 'x': is empty.*and 1 more: .*row '3', column 'y': 0 is no"):
        from_files(*files, "cost", costs=stated)
    dropped = from_files(*files, "cost", costs=stated, incomplete="drop")
    assert dropped.instance.preferences[0] == FinitePreferences(costs=((1, 2), (2, 1)))
    assert "respondents '2', '3'; 2 of 4 are kept" in dropped.instance.source and "2 of 4 are kept" in str(
        dropped.notes
    )
    filled = from_files(*files, "cost", costs=stated, incomplete="fill")
    assert filled.instance.preferences[0] == FinitePreferences(costs=((1, 2), (2, 3), (4, 1), (2, 1)))
    assert "1 blank cells were filled with the median" in filled.instance.source
    with pytest.raises(InputError, match=r"column .z.: is not in .*p.csv"):
        from_files(*files, "cost", costs=put(tmp_path, "c.csv", "respondent,x,y,z\n1,1,1,1\n"))
    with pytest.raises(InputError, match="no one is left"):
        from_files(*files, "cost", costs=put(tmp_path, "c.csv", "r,x,y\n1,,1\n"), incomplete="drop")
    with pytest.raises(InputError, match="-1 is no cost"):
        from_files(*files, "cost", costs=put(tmp_path, "c.csv", "r,x,y\n1,-1,1\n2,1,1\n"), incomplete="fill")


def test_shrinkage_of_a_table(tmp_path, files):
    rates = put(tmp_path, "p.csv", "a,x,y\nA,0,0.2\nB,0.5,0.1\nC,0.25,0.3\n")
    cases = put(tmp_path, "n.csv", "a,x,y\nA,12,10\nB,12,10\nC,12,10\n")
    made = from_files(rates, files[1], "cost", cases=cases, shrink="4")
    assert np.allclose(made.instance.performance[:, 0], [1 / 16, 7 / 16, 1 / 4])
    assert "shrunk towards 0.25, with the weight of 4 cases" in made.instance.source
    alike = from_files(rates, files[1], "cost", cases=cases, shrink="auto").instance
    assert np.allclose(alike.performance[:, 1], 0.2) and "differ no more than by chance" in alike.source
    assert alike.performance[0, 0] > 0
    with pytest.raises(InputError, match="add --shrink"):
        from_files(rates, files[1], "cost", cases=cases)
    with pytest.raises(InputError, match="shrink: shrinkage is for shares of cases"):
        from_files(put(tmp_path, "p.csv", "a,x,y\nA,0,2\nB,1,1\nC,1,1\n"), files[1], "cost", cases=cases, shrink="auto")


@given(st.integers(0, 10**6), st.integers(2, 8), st.floats(0, 100))
def test_shrunk_rates_lie_between_the_rate_and_the_mean(seed, agents, weight):
    rng = np.random.default_rng(seed)
    cases = rng.integers(0, 40, (agents, 3)).astype(float)
    cases[0] = 20
    rates = rng.binomial(cases.astype(int), rng.random((agents, 3))) / np.maximum(cases, 1)
    for m in (weight, None):
        made = shrink(rates, cases, m)
        low, high = np.minimum(rates, made.means), np.maximum(rates, made.means)
        assert (made.rates >= low - 1e-12).all() and (made.rates <= high + 1e-12).all()
    # Shrinkage keeps the number of errors where all have as many cases.
    even = shrink(rates, np.full_like(cases, 20.0), weight)
    assert np.allclose(even.rates.mean(axis=0), rates.mean(axis=0))


def test_the_weight_of_the_prior_is_found_again():
    rng = np.random.default_rng(1)
    for mean, weight in ((0.1, 20.0), (0.3, 8.0)):
        truth = rng.beta(mean * weight, (1 - mean) * weight, (4000, 1))
        cases = rng.integers(5, 60, truth.shape)
        made = shrink(rng.binomial(cases, truth) / cases, cases.astype(float))
        assert abs(made.weights[0] / weight - 1) < 0.15
        assert np.mean((made.rates - truth) ** 2) < np.mean((rng.binomial(cases, truth) / cases - truth) ** 2)


def test_pandas_is_imported_by_those_only_who_have_tables():
    code = "import raymenu, raymenu.cli, sys; sys.exit('pandas' in sys.modules or 'openpyxl' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
