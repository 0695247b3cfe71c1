"""Linear programs as arrays: scaling changes nothing, bounds hold whatever the multipliers, points are measured."""

from fractions import Fraction

import numpy as np
import pyomo.environ as pyo
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_array

from raymenu.solvers.backends import backend
from raymenu.solvers.backends.linear.certified import LinearSolver
from raymenu.solvers.backends.linear.implied_bounds import implied_bounds
from raymenu.solvers.backends.linear.program import LinearAnswer, LinearProgram, Rows
from raymenu.solvers.backends.linear.reading import ModelReader, NotLinear
from raymenu.solvers.backends.linear.scaling import Scaling
from raymenu.solvers.backends.linear.weak_duality import certified_bound
from raymenu.solvers.backends.results import Quality, Termination


def random_program(seed, rows=6, columns=5):
    """A feasible program: costs of any sign, covering and packing rows around a known point, variables in [0, 3]."""
    rng = np.random.default_rng(seed)
    matrix = rng.uniform(0, 1, (rows, columns)) * (rng.random((rows, columns)) < 0.7)
    inside = rng.uniform(0, 3, columns)
    slack = rng.uniform(0, 1, rows)
    covering = rng.random(rows) < 0.5
    return LinearProgram(
        cost=rng.normal(size=columns),
        constant=float(rng.normal()),
        matrix=csr_array(matrix),
        row_lower=np.where(covering, matrix @ inside - slack, -np.inf),
        row_upper=np.where(covering, np.inf, matrix @ inside + slack),
        lower=np.zeros(columns),
        upper=np.full(columns, 3.0),
        whole=np.zeros(columns, dtype=bool),
    )


def reference(program):
    """The optimum by scipy."""
    dense = program.matrix.toarray()
    low, high = np.isfinite(program.row_lower), np.isfinite(program.row_upper)
    return (
        linprog(
            program.cost,
            A_ub=np.vstack([dense[high], -dense[low]]),
            b_ub=np.append(program.row_upper[high], -program.row_lower[low]),
            bounds=np.column_stack([program.lower, program.upper]),
        ).fun
        + program.constant
    )


@pytest.mark.parametrize("seed", range(30))
def test_optimum_is_proven_from_its_multipliers(seed):
    program = random_program(seed)
    found = LinearSolver(program, backend("highs")).solve()
    assert (found.result.quality, found.result.proof) == (Quality.OPTIMAL, "multipliers")
    assert found.result.objective == pytest.approx(reference(program), rel=1e-8, abs=1e-8)
    assert found.result.bound <= found.result.objective + 1e-12
    assert found.result.bound == pytest.approx(found.result.objective, rel=1e-9, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.floats(-9, 9), st.floats(-9, 9), st.floats(-9, 9))
def test_units_of_variables_rows_and_objective_do_not_matter(seed, variables, rows, objective):
    """Everything in other units, each variable and row in its own: the same optimum."""
    program, rng = random_program(seed), np.random.default_rng(seed)
    unit = 10.0**variables * rng.uniform(0.5, 2, program.cost.size)
    factor, worth = 10.0**rows * rng.uniform(0.5, 2, program.row_lower.size), 10.0**objective
    moved = LinearProgram(
        cost=program.cost * unit * worth,
        constant=program.constant * worth,
        matrix=csr_array(program.matrix.toarray() * unit * factor[:, None]),
        row_lower=program.row_lower * factor,
        row_upper=program.row_upper * factor,
        lower=program.lower / unit,
        upper=program.upper / unit,
        whole=program.whole,
    )
    result = LinearSolver(moved, backend("highs")).solve().result
    assert result.quality is Quality.OPTIMAL
    assert result.objective / worth == pytest.approx(reference(program), rel=1e-7, abs=1e-7)
    assert result.bound / worth == pytest.approx(reference(program), rel=1e-7, abs=1e-7)


def exact_bound(program, multipliers, lower, upper):
    """What the multipliers prove, in rational arithmetic."""
    y = [Fraction(v) for v in multipliers.tolist()]
    total = Fraction(program.constant)
    for value, low, high in zip(y, program.row_lower.tolist(), program.row_upper.tolist()):
        total += value * Fraction(low if value > 0 else high) if value else 0
    dense = [[Fraction(a) for a in row] for row in program.matrix.toarray().tolist()]
    for k, cost in enumerate(program.cost.tolist()):
        reduced = Fraction(cost) - sum(v * row[k] for v, row in zip(y, dense))
        total += reduced * Fraction(float(lower[k] if reduced >= 0 else upper[k]))
    return total


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10_000))
def test_bound_from_any_multipliers_is_a_bound(seed):
    program, rng = random_program(seed), np.random.default_rng(seed)
    multipliers = rng.normal(size=program.row_lower.size)
    usable = np.where(np.isfinite(np.where(multipliers > 0, program.row_lower, program.row_upper)), multipliers, 0.0)
    bound = certified_bound(program, multipliers, program.lower, program.upper)
    exact = exact_bound(program, usable, program.lower, program.upper)
    assert Fraction(bound) <= exact
    assert bound == pytest.approx(float(exact), rel=1e-12, abs=1e-12)
    assert bound <= reference(program) + 1e-9


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_implied_bounds_hold_at_every_feasible_point(seed):
    program, rng = random_program(seed), np.random.default_rng(seed)
    free = LinearProgram(**{**program.__dict__, "upper": np.full(program.cost.size, np.inf), "grown_from": None})
    lower, upper = implied_bounds(free)
    dense = free.matrix.toarray()
    low, high = np.isfinite(free.row_lower), np.isfinite(free.row_upper)
    for _ in range(3):
        extreme = linprog(
            rng.normal(size=free.cost.size),
            A_ub=np.vstack([dense[high], -dense[low]]),
            b_ub=np.append(free.row_upper[high], -free.row_lower[low]),
            bounds=[(0, 1e6)] * free.cost.size,
        ).x
        assert (extreme <= upper + 1e-7 * np.maximum(1, np.abs(upper))).all()
        assert (extreme >= lower - 1e-7).all()


def test_scaling_is_by_powers_of_two():
    program = random_program(3)
    scaling = Scaling.of(program)
    assert (np.frexp(scaling.columns)[0] == 0.5).all() and np.frexp(scaling.objective)[0] == 0.5


def test_rows_added_later_are_as_if_written_at_once():
    program = random_program(11, rows=9)
    head = LinearProgram(
        **{
            **program.__dict__,
            "matrix": program.matrix[:4],
            "row_lower": program.row_lower[:4],
            "row_upper": program.row_upper[:4],
        }
    )
    solver = LinearSolver(head, backend("highs"))
    first = solver.solve().result
    solver.add(Rows(program.matrix[4:], program.row_lower[4:], program.row_upper[4:]))
    second = solver.solve().result
    assert first.objective <= second.objective + 1e-9
    assert second.objective == pytest.approx(reference(program), abs=1e-8)
    assert second.quality is Quality.OPTIMAL


class Liar(type(backend("highs"))):
    """A solver whose first answer is spoilt."""

    def __init__(self, spoil):
        super().__init__()
        self.spoil, self.asked = spoil, 0

    def solve_linear(self, program, **settings):
        self.asked += 1
        answer = super().solve_linear(program, **settings)
        return self.spoil(answer) if self.asked == 1 else answer


@pytest.mark.parametrize(
    "spoil",
    [
        lambda a: LinearAnswer(Termination.INFEASIBLE, None, None, None),
        lambda a: LinearAnswer(Termination.ERROR, None, None, None, "unknown"),
        lambda a: LinearAnswer(a.termination, a.point + 1.0, a.multipliers, a.bound),
        lambda a: LinearAnswer(a.termination, a.point * 0.5, a.multipliers, a.bound),
        lambda a: LinearAnswer(a.termination, a.point, a.multipliers + 0.1, a.bound),
    ],
    ids=["infeasible", "unknown", "outside", "not optimal", "multipliers off"],
)
def test_an_answer_that_does_not_prove_itself_is_asked_again(spoil):
    program = random_program(5)
    liar = Liar(spoil)
    result = LinearSolver(program, liar).solve().result
    assert liar.asked == 2
    assert result.quality is Quality.OPTIMAL
    assert result.objective == pytest.approx(reference(program), abs=1e-8)


def test_a_point_that_is_not_proven_is_feasible_and_keeps_its_bound():
    program = random_program(5)
    silent = lambda a: LinearAnswer(a.termination, a.point, a.multipliers * 0.0, a.bound)  # noqa: E731
    doubter = Liar(silent)
    doubter.linear_attempts = ({},)
    result = LinearSolver(program, doubter).solve().result
    assert (result.quality, result.proof) == (Quality.FEASIBLE, "multipliers")
    assert result.bound < result.objective - 1e-6


def test_multipliers_of_few_digits_are_made_exact():
    program = random_program(5)
    rounded = lambda a: LinearAnswer(a.termination, a.point, np.round(a.multipliers, 4), a.bound)  # noqa: E731
    printer = Liar(rounded)
    printer.linear_attempts = ({},)
    result = LinearSolver(program, printer).solve().result
    assert result.quality is Quality.OPTIMAL
    assert result.bound == pytest.approx(result.objective, rel=1e-12)


def test_variables_without_bounds_are_priced_at_nothing():
    """min 0.1 (x + 3 y) with x + 3 y = 2, both free: the coefficients are right to rounding only."""
    m = pyo.ConcreteModel()
    m.x, m.y = pyo.Var(), pyo.Var()
    m.row = pyo.Constraint(expr=m.x + 3 * m.y == 2)
    m.cost = pyo.Objective(expr=0.1 * m.x + (3 * 0.1) * m.y)
    result = backend("highs").solve(m)
    assert result.quality is Quality.OPTIMAL
    assert result.bound == pytest.approx(0.2, rel=1e-12)


def test_reading_covers_ranges_fixed_variables_and_several_blocks():
    m = pyo.ConcreteModel()
    m.part = pyo.Block()
    m.part.x = pyo.Var([1, 2], bounds=(0, 5))
    m.y = pyo.Var(bounds=(None, 1))
    m.z = pyo.Var(domain=pyo.Binary)
    m.z.fix(1)
    m.range = pyo.Constraint(expr=(-1, m.part.x[1] + 2 * m.y + 3 + m.part.x[1], 6))
    m.off = pyo.Constraint(expr=m.y >= 9)
    m.off.deactivate()
    m.fixed = pyo.Constraint(expr=m.part.x[2] + 2 * m.z <= 4)
    m.gain = pyo.Objective(expr=m.part.x[1] + m.part.x[2] + m.y + m.z, sense=pyo.maximize)
    reader = ModelReader(m)
    program = reader.program()
    assert program.matrix.shape == (2, 4) and not program.whole.any()
    assert (program.row_lower[0], program.row_upper[0]) == (-4, 3)
    result = backend("highs").solve(m)
    assert result.objective == pytest.approx(4.5)
    assert result.bound == pytest.approx(4.5)
    m.square = pyo.Constraint(expr=m.y**2 <= 1)
    with pytest.raises(NotLinear):
        ModelReader(m).program()
