"""The menu programs against each other, and against the exact formula for two tasks."""

import numpy as np
import pyomo.environ as pyo
import pytest

from raymenu import FiniteTypes, InputError, Menu, models
from raymenu.models.support.menu import menu_rays
from raymenu.models.support.menu_anchored import nested_types
from raymenu.models.support.menu_bounds import MenuData
from raymenu.solvers.backends import REGISTRY, Feature, backend, fit_backends
from raymenu.solvers.backends.results import Quality

GLOBAL = [name for name in fit_backends(Feature.NONCONVEX_QUADRATIC) if REGISTRY[name]().available()]


def two_task_support(costs, weights, eta, w):
    """S(w) for I = 2: one side gives up a for b at a price that some type pays just so, the other b for a."""

    def side(a, b):
        prices = costs[:, a] / costs[:, b]
        return max([0.0, *((w[b] * p - w[a]) * eta[a] * weights[prices >= p * (1 - 1e-12)].sum() for p in prices)])

    everything_back = sum(eta[i] * max(w[i], 0) for i in range(2))
    if w[0] > 0 and w[1] > 0:
        return w @ eta + side(0, 1) + side(1, 0)
    return max(everything_back, w @ eta + max(side(0, 1), side(1, 0)))


def cases(tasks, size, count, seed):
    """Types with and without atoms, weights, endowments with zeros, both signs of w."""
    rng = np.random.default_rng(seed)
    for n in range(count):
        atoms = n % 3 == 1
        costs = rng.integers(1, 4, (size, tasks)).astype(float) if atoms else rng.uniform(0.5, 2, (size, tasks))
        weights = rng.uniform(0.1, 1, size) if n % 2 else None
        eta = rng.uniform(0.5, 3, tasks) if n % 4 else np.ones(tasks)
        if n % 5 == 4:
            eta[rng.integers(tasks)] = 0.0
        w = rng.uniform(-0.7, 1, tasks) if n % 2 else rng.uniform(0.1, 1, tasks)
        yield FiniteTypes(costs, weights), eta, w


def optimum(types, eta, w, formulation, name="scip", **settings):
    model = models.menu(types, eta, w, formulation=formulation, **settings)
    result = backend(name).solve(model, rel_gap=1e-7, time_limit=120)
    assert result.quality is Quality.OPTIMAL
    return result.objective, model


@pytest.mark.parametrize("name", GLOBAL)
@pytest.mark.parametrize("formulation", ["multiplier", "best"])
def test_two_tasks_match_the_formula(formulation, name):
    for types, eta, w in cases(2, 4, 8, seed=1):
        value, _ = optimum(types, eta, w, formulation, name)
        assert value == pytest.approx(two_task_support(types.costs, types.weights, eta, w), abs=2e-5)


def test_formulations_agree_at_three_tasks():
    """The reference is slow to close, so what it has proven by then must hold of the others, and theirs of it."""
    for types, eta, w in cases(3, 3, 3, seed=2):
        reference = backend("scip").solve(models.menu(types, eta, w, formulation="multiplier"), time_limit=2)
        anchored, _ = optimum(types, eta, w, "anchored")
        relaxed, _ = optimum(types, eta, w, "piecewise", "highs", pieces=8)
        assert reference.objective - 2e-5 <= anchored <= reference.bound + 2e-5
        assert relaxed >= anchored - 2e-5


def test_more_pieces_bring_the_relaxation_close():
    types, eta, w = next(cases(3, 4, 1, seed=3))
    value, _ = optimum(types, eta, w, "anchored")
    relaxed, _ = optimum(types, eta, w, "piecewise", "highs", pieces=40)
    assert value - 2e-5 <= relaxed <= value + 0.01 * (1 + abs(value))


def test_types_are_nested_as_the_rows_say():
    """Rays that give up the first tasks of a pair's order: whoever accepts one, the type it is nested in does too."""
    rng = np.random.default_rng(5)
    met = 0
    for types, eta, w in cases(4, 12, 6, seed=5):
        data = MenuData.of(types, eta, w)
        for anchor in range(4):
            for s, t, order in nested_types(data, anchor):
                assert order[0] == anchor
                for given in (1, 2):
                    rays = rng.uniform(0, 3, (50, 4))
                    rays[:, order[:given]] *= -1
                    accepted = data.costs[s] @ rays.T <= 0
                    assert (data.costs[t] @ rays[accepted].T <= 1e-12).all()
                    met += accepted.sum()
    assert met > 1000


def test_leaving_nesting_out_changes_nothing():
    for types, eta, w in cases(3, 5, 4, seed=6):
        value, _ = optimum(types, eta, w, "anchored")
        model = models.menu(types, eta, w, formulation="anchored")
        model.nesting.deactivate()
        assert backend("scip").solve(model, rel_gap=1e-7, time_limit=60).objective == pytest.approx(value, abs=2e-5)


def random_polarized_menu(rng, tasks):
    """Rays with whole numbers over 4, kappa >= -1, each with its own anchor."""
    while True:
        owners = rng.integers(-1, 2, tasks)  # the ray that gives up each task, if any
        rays = rng.integers(0, 12, (2, tasks)) / 4
        for i, owner in enumerate(owners):
            if owner >= 0:
                rays[owner, i] = -rng.integers(1, 5) / 4
        if {0, 1} - set(owners):
            continue
        for k in range(2):
            rays[k, np.flatnonzero(owners == k)[0]] = -1.0
        if Menu(np.ones(tasks), rays).is_polarized():
            return rays


@pytest.mark.parametrize("tasks", [3, 4, 5])
def test_anchored_rays_admit_every_polarized_menu_and_no_other(tasks):
    rng = np.random.default_rng(tasks)
    types = FiniteTypes(rng.uniform(0.1, 10, (3, tasks)))
    model = models.menu(types, np.ones(tasks), np.ones(tasks))
    edges = [*model.polarized_anchors.values(), *model.polarized.values()]
    met = 0
    for _ in range(40):
        rays = random_polarized_menu(rng, tasks)
        for spoilt in (False, True):
            if spoilt:  # halving what a ray takes keeps its signs, and may break its pair
                rays = np.where(rays > 0, rays / 2, rays)
            for variable in model.component_data_objects(pyo.Var):
                variable.set_value(0, skip_validation=True)
            anchors = rays.argmin(axis=1).tolist()
            for a, ray in zip(anchors, rays.tolist()):
                for i, value in enumerate(ray):
                    model.gives[a, i].set_value(max(-value, 0), skip_validation=True)
                    model.takes[a, i].set_value(max(value, 0), skip_validation=True)
                    model.negative[a, i] = value < 0
            model.both[min(anchors), max(anchors)] = 1
            kept = all(edge.slack() >= -1e-12 for edge in edges)
            assert kept == Menu(np.ones(tasks), rays).is_polarized()
            met += not kept
    assert met > 0


def test_rays_read_from_a_solved_model_earn_what_it_says():
    for types, eta, w in cases(3, 4, 3, seed=4):
        value, model = optimum(types, eta, w, "best")
        rays = menu_rays(model)
        assert (rays >= -eta - 1e-6).all()
        taken = types.costs @ rays.T <= 1e-5 * (types.costs @ eta)[:, None]
        best = np.where(taken, rays @ w, 0.0).max(axis=1, initial=0.0)
        assert w @ eta + types.weights @ best == pytest.approx(value, abs=1e-4)


def test_nothing_to_give_up_is_worth_nothing():
    types = FiniteTypes([[1.0, 2.0], [2.0, 1.0]])
    assert optimum(types, [0, 0], [1, 1], "best")[0] == pytest.approx(0, abs=1e-9)


def test_worthless_tasks_are_handed_back():
    types = FiniteTypes([[1.0, 2.0, 1.0], [2.0, 1.0, 1.0]])
    assert optimum(types, [3, 2, 1], [-1, -0.5, -2], "best")[0] == pytest.approx(0, abs=1e-5)


def test_smoothed_model_nears_the_sampled_gain_as_it_cools():
    types, eta, w = FiniteTypes([[1.0, 2.0], [2.0, 1.0], [1.0, 1.2]]), np.ones(2), np.array([1.0, 1.0])
    model = models.menu(types, eta, w, formulation="smoothed")
    for (k, i), value in {(0, 0): -1.0, (0, 1): 0.6, (1, 0): 1.9, (1, 1): -1.0}.items():
        model.kappa[k, i] = value
    sampled = 2 + (2 / 3) * (0.6 - 1) + (1 / 3) * (1.9 - 1)  # types 1 and 2 take the first ray, type 0 the second
    gaps = []
    for temperature in (0.1, 0.02, 0.002):
        model.temperature = temperature
        gaps.append(abs(pyo.value(model.support) - sampled))
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < 1e-4


def test_models_can_be_written_for_other_solvers(tmp_path):
    types = FiniteTypes([[1.0, 2.0], [2.0, 1.0]])
    models.menu(types, [1, 1], [1, 1]).write(str(tmp_path / "menu.lp"))
    models.menu(types, [1, 1], [1, 1], formulation="smoothed").write(str(tmp_path / "menu.nl"))
    assert (tmp_path / "menu.lp").stat().st_size > 0
    assert (tmp_path / "menu.nl").stat().st_size > 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"formulation": "best-ever"}, "formulation: no formulation 'best-ever': choose one of best, multiplier"),
        ({"endowment": [1]}, "endowment: 2 numbers needed"),
        ({"w": [1, float("nan")]}, "w: numbers must be finite"),
        ({"endowment": [1, -1]}, "endowment: an endowment holds nonnegative"),
        ({"pieces": 0}, "pieces: 0 pieces"),
    ],
)
def test_bad_input_is_named(change, said):
    given = {"types": FiniteTypes([[1.0, 2.0]]), "endowment": [1, 1], "w": [1, 1]} | change
    with pytest.raises(InputError, match=said):
        models.menu(**given)
