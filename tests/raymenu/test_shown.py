"""Results show themselves: a summary, a table, HTML with every name escaped; pictures take and return axes."""

import logging
import subprocess
import sys

import pytest
from matplotlib.figure import Figure

import raymenu

NAMES = ["<b>Lee [/Ward B]", "debt $0-$500"]


@pytest.fixture(scope="module")
def inst():
    data = raymenu.load("two_task_ratio").to_dict()
    for agent, name in zip(data["agents"], NAMES):
        agent["name"] = name
    data["tasks"][0]["name"] = "Hüfte $1 <i>"
    return raymenu.Instance(raymenu.instances.schema.check(data))


@pytest.fixture(scope="module")
def results(inst):
    lm = raymenu.solve_large_market(inst, types=10)
    own = lm.types[0]
    menus = [raymenu.Menu(eta, [[-0.5, 0.6], [0.5, -0.6]]) for eta in inst.endowment]
    return {
        "instance": inst,
        "large market": lm,
        "support": raymenu.support_function(own, inst.endowment[0], [1.0, 1.2]),
        "first best": raymenu.solve_first_best(inst),
        "bic": raymenu.solve_bic(inst, types=4),
        "value of choice": raymenu.value_of_choice(inst, types=4, time_limit=0),
        "allocation": raymenu.allocate(inst, menus, [0, 1]),
        "simulation": raymenu.simulate(inst, menus, replicas=[1, 5], draws=5),
    }


def test_every_result_shows_itself(results):
    for name, result in results.items():
        assert result.summary() and str(result) == result.summary(), name
        page = result._repr_html_()
        assert "<b>Lee" not in page and "mathjax_ignore" in page, name
        if name != "support":
            assert len(result.to_frame()) and "<table" in page, name
    assert "&lt;b&gt;Lee [/Ward B]" in results["allocation"]._repr_html_()


def test_pictures_take_and_return_axes(results, inst):
    lm = results["large market"]
    drawn = (
        lambda ax: raymenu.plot.ladder(results["value of choice"], ax=ax),
        lambda ax: raymenu.plot.menus(lm, ax=ax),
        lambda ax: raymenu.plot.types(lm.types[0], lm.lotteries[0][0][1], inst.tasks, ax=ax),
        lambda ax: raymenu.plot.prices(lm, ax=ax),
        lambda ax: raymenu.plot.convergence(results["simulation"], lm, ax=ax),
    )
    for draw in drawn:
        figure = Figure()
        axes = figure.add_subplot()
        assert draw(axes) is axes
        figure.canvas.draw()
    with pytest.raises(raymenu.InputError, match="two or three"):
        raymenu.plot.types(raymenu.FiniteTypes([[1, 1, 1, 1]]))


def test_the_logger_tells_when_asked(inst, caplog):
    with caplog.at_level(logging.INFO, logger="raymenu"):
        raymenu.solve_large_market(inst, types=10)
    assert any("<= V <=" in record.message for record in caplog.records)


def test_importing_loads_no_solver():
    code = "import sys, raymenu; print([m for m in ('numpy', 'pyomo', 'numba', 'matplotlib') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    code = "import sys, raymenu.cli; print([m for m in ('numpy', 'pyomo', 'numba', 'pydantic') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
