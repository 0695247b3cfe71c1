"""One conformance suite over every registered backend, by the features it declares."""

import numpy as np
import pyomo.environ as pyo
import pytest
from backend_suite import HERE, OWN, REGISTERED, having

import raymenu
from raymenu.instances import InputError
from raymenu.solvers.backends import REGISTRY, Feature, backend, solve_to_optimality
from raymenu.solvers.backends.results import Quality, SolveError, Termination


def test_every_registered_backend_is_in_the_suite():
    assert sorted(set(REGISTRY) - set(OWN)) == REGISTERED


@pytest.mark.parametrize("name", REGISTERED)
def test_a_backend_that_cannot_run_here_is_refused_in_one_line(name, monkeypatch):
    monkeypatch.setattr(REGISTRY[name], "available", lambda self: False)
    with pytest.raises(InputError, match=f"the solver {name} is not installed here, or has no licence"):
        backend(name)


@pytest.mark.parametrize("name", ["pyomo:glpk", "pyomo:nonsense", "pyomo:", "plan:b"])
def test_a_named_solver_that_is_not_there_is_refused_in_one_line(name, monkeypatch, capfd):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match=r"not installed here|finds no solver|no backend"):
        backend(name)
    assert capfd.readouterr() == ("", "")


def test_the_backends_that_come_with_the_package_or_the_test_extra_run_here():
    assert {"highs", "scip", "ipopt", "gurobi", "pyomo:cbc"} <= set(HERE)


@pytest.mark.parametrize("name", HERE)
def test_backend_runs_here_and_says_its_version(name):
    solver = backend(name)
    assert solver.available()
    assert solver.features
    assert all(part.isdigit() for part in solver.version().split("."))


def production():
    """max 3x + 2y, x + y <= 4, x + 3y <= 7, x <= 3: x = 3, y = 1, value 11, duals 2 and 0 on the rows."""
    model = pyo.ConcreteModel()
    model.cap = pyo.Param(initialize=4.0, mutable=True)
    model.x, model.y = pyo.Var(bounds=(0, 3)), pyo.Var(bounds=(0, None))
    model.labour = pyo.Constraint(expr=model.x + model.y <= model.cap)
    model.land = pyo.Constraint(expr=model.x + 3 * model.y <= 7)
    model.profit = pyo.Objective(expr=3 * model.x + 2 * model.y, sense=pyo.maximize)
    return model


def market_split(n=40, rows=5):
    """A hard small integer program: no solver here closes it in a second."""
    model = pyo.ConcreteModel()
    model.x = pyo.Var(range(n), domain=pyo.Binary)
    model.over, model.under = pyo.Var(range(rows), bounds=(0, None)), pyo.Var(range(rows), bounds=(0, None))
    weight = np.random.default_rng(0).integers(0, 100, (rows, n)).tolist()
    model.split = pyo.Constraint(
        range(rows),
        rule=lambda m, i: (
            sum(weight[i][j] * m.x[j] for j in range(n)) + m.over[i] - m.under[i]
            == sum(weight[i][j] for j in range(n)) // 2
        ),
    )
    model.miss = pyo.Objective(expr=sum(model.over[i] + model.under[i] for i in range(rows)))
    return model


def bilinear():
    """max x + y, x y <= 2, 0 <= x, y <= 4: 4.5 at (4, 1/2) and (1/2, 4); the point (sqrt 2, sqrt 2) is stationary."""
    model = pyo.ConcreteModel()
    model.x, model.y = pyo.Var(bounds=(0, 4), initialize=3.0), pyo.Var(bounds=(0, 4), initialize=1.0)
    model.product = pyo.Constraint(expr=model.x * model.y <= 2)
    model.total = pyo.Objective(expr=model.x + model.y, sense=pyo.maximize)
    return model


@pytest.mark.parametrize("name", having(Feature.LINEAR))
class TestLinear:
    def test_optimum_with_its_bound(self, name):
        model = production()
        result = backend(name).solve(model)
        assert (result.termination, result.quality) == (Termination.CONVERGED, Quality.OPTIMAL)
        assert result.objective == pytest.approx(11, abs=1e-6)
        assert result.bound == pytest.approx(11, abs=1e-6)
        assert (model.x.value, model.y.value) == pytest.approx((3, 1), abs=1e-6)
        assert result.solver == name
        assert result.seconds > 0

    def test_minimisation(self, name):
        model = production()
        model.profit.deactivate()
        model.need = pyo.Constraint(expr=model.x + 2 * model.y >= 5)
        model.effort = pyo.Objective(expr=model.x + 3 * model.y)
        assert backend(name).solve(model).objective == pytest.approx(6, abs=1e-6)

    def test_infeasible_is_proven_and_has_no_point(self, name):
        model = production()
        model.need = pyo.Constraint(expr=model.x + model.y >= 5)
        result = backend(name).solve(model)
        assert (result.termination, result.quality) == (Termination.INFEASIBLE, Quality.NONE)
        assert result.objective is None
        assert result.bound is None

    def test_a_constant_contradiction_is_infeasible(self, name):
        model = production()
        model.x.fix(3)
        model.wrong = pyo.Constraint(expr=model.x <= 2)
        assert backend(name).solve(model).termination is Termination.INFEASIBLE

    def test_unbounded_is_never_optimal(self, name):
        model = production()
        model.labour.deactivate()
        model.land.deactivate()
        result = backend(name).solve(model)
        assert result.termination in (Termination.UNBOUNDED, Termination.INFEASIBLE_OR_UNBOUNDED)
        assert result.quality is not Quality.OPTIMAL
        assert result.bound is None

    def test_solving_again_after_a_change(self, name):
        model, solver = production(), backend(name)
        solver.solve(model)
        model.cap = 3.5
        assert solver.solve(model).objective == pytest.approx(10, abs=1e-6)
        model.extra = pyo.Constraint(expr=model.x <= 2)
        assert solver.solve(model).objective == pytest.approx(9, abs=1e-6)
        model.profit.set_value(model.x - model.y)
        assert solver.solve(model).objective == pytest.approx(2, abs=1e-6)
        other = production()
        assert solver.solve(other).objective == pytest.approx(11, abs=1e-6)

    def test_options_of_one_solve_do_not_bind_the_next(self, name):
        model, solver = production(), backend(name)
        solver.solve(model, time_limit=1e-9)
        assert solver.solve(model).quality is Quality.OPTIMAL

    def test_solve_to_optimality_says_what_failed(self, name):
        model = production()
        model.need = pyo.Constraint(expr=model.x + model.y >= 5)
        with pytest.raises(SolveError, match=rf"the toy: {name} stopped with infeasible"):
            solve_to_optimality(model, backend(name), "the toy")


@pytest.mark.parametrize("name", having(Feature.DUALS))
@pytest.mark.parametrize("sense", [pyo.maximize, pyo.minimize])
def test_duals_are_the_change_of_the_optimum_per_unit_of_right_hand_side(name, sense):
    model, solver = production(), backend(name)
    if sense == pyo.minimize:
        model.profit.deactivate()
        model.loss = pyo.Objective(expr=-3 * model.x - 2 * model.y)
    base = solver.solve(model).objective
    duals = dict(solver.duals())
    model.cap = 4.25
    moved = solver.solve(model).objective
    assert duals[model.labour] == pytest.approx((moved - base) / 0.25, abs=1e-6)
    assert duals[model.land] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("name", [name for name in HERE if name not in having(Feature.DUALS)])
def test_without_duals_it_says_who_gives_them(name):
    with pytest.raises(SolveError, match="highs"):
        backend(name).duals()


@pytest.mark.parametrize("name", having(Feature.INTEGER))
class TestInteger:
    def test_integer_optimum(self, name):
        model = production()
        model.x.domain = model.y.domain = pyo.NonNegativeIntegers
        model.cap = 3.9
        result = backend(name).solve(model)
        assert result.quality is Quality.OPTIMAL
        assert result.objective == pytest.approx(9, abs=1e-6)
        assert result.bound == pytest.approx(9, abs=1e-6)

    def test_a_time_limit_is_never_success(self, name):
        model = market_split()
        result = backend(name).solve(model, time_limit=0.5)
        assert result.termination is Termination.TIME_LIMIT
        assert result.quality in (Quality.FEASIBLE, Quality.NONE)
        assert result.bound is None or result.objective is None or result.bound <= result.objective - 1e-6
        assert result.seconds < 20

    def test_a_limit_holds_for_each_solve_anew(self, name):
        solver, model = backend(name), market_split()
        solver.solve(model, time_limit=0.5)
        model.apart = pyo.Constraint(expr=model.x[0] + model.x[1] <= 1)
        again = solver.solve(model, time_limit=0.5)
        assert again.termination is Termination.TIME_LIMIT
        assert again.quality is not Quality.OPTIMAL

    def test_warm_start_is_not_lost(self, name):
        model = market_split()
        first = backend(name).solve(model, time_limit=1)
        again = backend(name).solve(model, time_limit=0.2, warm_start=True)
        assert first.objective is not None
        assert again.objective is not None
        assert again.objective <= first.objective + 1e-6

    def test_the_objective_is_that_of_the_point_in_the_model(self, name):
        model = market_split()
        result = backend(name).solve(model, time_limit=0.5)
        assert result.objective == pytest.approx(pyo.value(model.miss), abs=1e-9)


@pytest.mark.parametrize("name", having(Feature.NONCONVEX_QUADRATIC))
class TestNonconvexQuadratic:
    def test_global_optimum(self, name):
        model = bilinear()
        result = backend(name).solve(model)
        assert result.quality is Quality.OPTIMAL
        assert result.objective == pytest.approx(4.5, abs=1e-4)
        assert result.bound == pytest.approx(4.5, abs=1e-3)
        assert model.x.value * model.y.value <= 2 + 1e-5

    def test_quadratic_objective(self, name):
        model = bilinear()
        model.total.deactivate()
        model.product.deactivate()
        model.saddle = pyo.Objective(expr=(model.x - 1) * (model.y - 2))
        assert backend(name).solve(model).objective == pytest.approx(-6, abs=1e-5)

    def test_infeasible_is_proven(self, name):
        model = bilinear()
        model.both = pyo.Constraint(expr=model.x * model.y >= 3)
        result = backend(name).solve(model)
        assert (result.termination, result.quality) == (Termination.INFEASIBLE, Quality.NONE)


@pytest.mark.parametrize("name", having(Feature.INTEGER))
def test_a_gap_that_was_asked_for_and_reached_is_not_optimal(name):
    """Whatever gap is asked for, "optimal" is said of a point that its bound proves."""
    result = backend(name).solve(market_split(n=12, rows=2), rel_gap=1.0)
    assert result.termination is Termination.CONVERGED
    proven = result.bound is not None and result.objective - result.bound <= 1e-6 * abs(result.objective) + 1e-9
    assert (result.quality is Quality.OPTIMAL) == proven


@pytest.mark.parametrize("name", HERE)
@pytest.mark.parametrize("choices", [[-1, -1, -1], [0, -1, -1], [0, 0, -1], [0, 0, 0]])
def test_eopr_of_agents_who_keep_what_they_have(name, choices):
    """Rows that leave no freedom, or say nothing, are no fault."""
    inst = raymenu.make_instance(
        "three",
        "made up",
        counts=[3, 3],
        performance=[[1, 2], [2, 1], [1.5, 1.5]],
        status_quo=[[1, 1]] * 3,
        preferences=[raymenu.UniformPreferences(lower=[0.5, 0.5], upper=[2, 2])] * 3,
    )
    menus = [raymenu.Menu([1, 1], [[1, -1]]), raymenu.Menu([1, 1], [[-1, 1]]), raymenu.Menu([1, 1], [[-1, 0.8]])]
    result = backend(name).solve(raymenu.models.eopr(inst, menus, choices))
    assert result.termination is Termination.CONVERGED
    assert result.objective == pytest.approx(7.0 if choices[:2] == [0, 0] else 9.0, abs=1e-5)


@pytest.mark.parametrize("name", having(Feature.NONLINEAR))
class TestNonlinear:
    def test_a_local_solution_is_never_called_optimal(self, name):
        model = bilinear()
        result = backend(name).solve(model)
        assert (result.termination, result.quality) == (Termination.CONVERGED, Quality.LOCAL)
        assert result.objective == pytest.approx(4.5, abs=1e-6)
        assert result.bound is None

    def test_both_senses_and_ranges(self, name):
        model = pyo.ConcreteModel()
        model.x = pyo.Var([0, 1], initialize=0.3)
        model.ring = pyo.Constraint(expr=(1, model.x[0] ** 2 + model.x[1] ** 2, 2))
        model.low = pyo.Objective(expr=model.x[0] + pyo.tanh(model.x[1]) * 0)
        assert backend(name).solve(model).objective == pytest.approx(-(2**0.5), abs=1e-6)
        model.low.deactivate()
        model.high = pyo.Objective(expr=model.x[0] + model.x[1], sense=pyo.maximize)
        assert backend(name).solve(model).objective == pytest.approx(2, abs=1e-6)

    def test_free_of_rows(self, name):
        model = pyo.ConcreteModel()
        model.x = pyo.Var(initialize=3.0)
        model.cost = pyo.Objective(expr=(model.x - 1) ** 2 + pyo.exp(model.x))
        result = backend(name).solve(model)
        slope = 2 * (model.x.value - 1) + pyo.value(pyo.exp(model.x))
        assert result.quality is Quality.LOCAL
        assert slope == pytest.approx(0, abs=1e-6)

    def test_infeasibility_is_local_only(self, name):
        model = bilinear()
        model.both = pyo.Constraint(expr=model.x * model.y >= 3)
        result = backend(name).solve(model)
        assert (result.termination, result.quality) == (Termination.LOCALLY_INFEASIBLE, Quality.NONE)
        assert (model.x.value, model.y.value) == (3.0, 1.0)

    def test_unbounded_is_no_success(self, name):
        model = bilinear()
        model.free = pyo.Var(initialize=1.0)
        model.total.set_value(model.x + model.free)
        result = backend(name).solve(model)
        assert result.termination in (Termination.DIVERGED, Termination.WORK_LIMIT)
        assert result.quality in (Quality.FEASIBLE, Quality.NONE)

    def test_limits_are_no_success(self, name):
        model = pyo.ConcreteModel()
        n = 200
        model.x = pyo.Var(range(n), initialize=-1.2)
        model.rosenbrock = pyo.Objective(
            expr=sum(100 * (model.x[i + 1] - model.x[i] ** 2) ** 2 + (1 - model.x[i]) ** 2 for i in range(n - 1))
        )
        timed = backend(name).solve(model, time_limit=1e-3)
        assert timed.termination is Termination.TIME_LIMIT
        assert timed.quality in (Quality.FEASIBLE, Quality.NONE)
        counted = backend(name).solve(model, options={"max_iter": 2})
        assert (counted.termination, counted.quality) == (Termination.WORK_LIMIT, Quality.FEASIBLE)

    def test_solving_again_after_a_change_starts_from_the_point(self, name):
        model, solver = bilinear(), backend(name)
        solver.solve(model)
        model.x.setub(5)
        assert solver.solve(model).objective == pytest.approx(5.4, abs=1e-6)

    def test_a_held_model_reads_values_and_bounds_again(self, name):
        model, solver = bilinear(), backend(name)
        solver.hold(model)
        assert solver.solve(model).objective == pytest.approx(4.5, abs=1e-6)
        model.x.setub(5)
        assert solver.solve(model).objective == pytest.approx(5.4, abs=1e-6)
        model.x.value, model.y.value = 0.5, 3.0
        assert solver.solve(model).objective == pytest.approx(4.5, abs=1e-6)

    def test_integers_are_refused(self, name):
        model = production()
        model.x.domain = pyo.NonNegativeIntegers
        with pytest.raises(InputError, match=r"integer.*choose one of .*scip"):
            backend(name).solve(model)


def test_unfit_and_unknown_backends_are_refused_before_solving():
    with pytest.raises(InputError, match=r"does not solve nonconvex.*gurobi, scip"):
        backend("highs", needs=Feature.NONCONVEX_QUADRATIC)
    with pytest.raises(InputError, match="choose one of gurobi, highs, ipopt, scip"):
        backend("cplexx")


def test_a_model_the_solver_does_not_take_names_one_that_does():
    with pytest.raises(InputError, match=r"highs does not take this model .*gurobi, scip"):
        backend("highs").solve(bilinear())


@pytest.mark.parametrize("name", having(Feature.INTEGER))
def test_a_model_beyond_a_licence_is_reported_not_crashed_on(name):
    model = pyo.ConcreteModel()
    model.x = pyo.Var(range(2500), bounds=(0, 1))
    model.row = pyo.Constraint(expr=sum(model.x[i] for i in range(2500)) <= 10)
    model.total = pyo.Objective(expr=sum(model.x[i] for i in range(2500)), sense=pyo.maximize)
    result = backend(name).solve(model)
    if result.termination is Termination.REFUSED:
        assert result.quality is Quality.NONE
        assert "licence" in result.message
        assert "scip" in result.message
    else:
        assert result.objective == pytest.approx(10)


def knapsack(n=40, rows=5):
    """max c.x, random rows: enough nodes for a solver to have something to tell."""
    rng = np.random.default_rng(0)
    model = pyo.ConcreteModel()
    model.x = pyo.Var(range(n), domain=pyo.Binary)
    model.rows = pyo.ConstraintList()
    for weights in rng.integers(1, 50, (rows, n)).tolist():
        model.rows.add(sum(a * model.x[i] for i, a in enumerate(weights)) <= sum(weights) / 2)
    worth = rng.integers(1, 50, n).tolist()
    model.worth = pyo.Objective(expr=sum(c * model.x[i] for i, c in enumerate(worth)), sense=pyo.maximize)
    return model


@pytest.mark.parametrize("name", having(Feature.PROGRESS))
def test_a_branching_solver_tells_how_far_it_is(name):
    solver, told = backend(name), []
    solver.on_progress = lambda objective, bound: told.append((objective, bound))
    found = solver.solve(knapsack())
    assert found.quality is Quality.OPTIMAL and told
    slack = 1e-6 * found.objective
    assert all(objective is None or objective <= found.objective + slack for objective, _ in told)
    assert all(bound is None or bound >= found.objective - slack for _, bound in told)
    assert any(objective is not None and bound is not None for objective, bound in told)
    before, solver.on_progress = len(told), None
    solver.solve(knapsack())
    assert len(told) == before
