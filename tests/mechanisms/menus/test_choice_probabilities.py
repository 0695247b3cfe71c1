"""Exact acceptance on boxes against other volumes and against draws; values out of sample."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import qmc

from raymenu import FinitePreferences, InputError, LognormalPreferences, Menu, UniformPreferences
from raymenu.mechanisms.menus.choice_probabilities import acceptance_probabilities, halfspace_probability, out_of_sample


def irwin_hall(n, t):
    """Pr[u_1 + .. + u_n <= t]."""
    return sum(Fraction((-1) ** k * math.comb(n, k)) * (t - k) ** n for k in range(math.floor(t) + 1)) / math.factorial(
        n
    )


@pytest.mark.parametrize("n", range(1, 7))
def test_sums_of_uniform_costs(n):
    # c_1 + .. + c_n <= s c_0 with c_0 fixed: the Irwin-Hall distribution.
    for t in (Fraction(1, 4), Fraction(1), Fraction(3, 2), Fraction(n, 2), Fraction(n) - Fraction(1, 8)):
        if 0 <= t <= n:
            box = [float(n + t), *[1.0] * n], [float(n + t), *[2.0] * n]
            assert halfspace_probability(*box, [-1.0, *[1.0] * n]) == irwin_hall(n, t)


def polygon_area(lower, upper, ray):
    """The share of a rectangle on one side of a line, by clipping the polygon."""
    corners = [(lower[0], lower[1]), (upper[0], lower[1]), (upper[0], upper[1]), (lower[0], upper[1])]
    side = lambda p: p[0] * ray[0] + p[1] * ray[1]  # noqa: E731
    kept = []
    for p, q in zip(corners, [*corners[1:], corners[0]]):
        if side(p) <= 0:
            kept.append(p)
        if (side(p) < 0 < side(q)) or (side(q) < 0 < side(p)):
            share = side(p) / (side(p) - side(q))
            kept.append((p[0] + share * (q[0] - p[0]), p[1] + share * (q[1] - p[1])))
    area = sum(p[0] * q[1] - q[0] * p[1] for p, q in zip(kept, [*kept[1:], *kept[:1]])) / 2
    return area / ((upper[0] - lower[0]) * (upper[1] - lower[1]))


def test_two_tasks_match_clipped_rectangles():
    rng = np.random.default_rng(1)
    for _ in range(300):
        lower = rng.uniform(0.1, 1, 2)
        upper = lower + rng.uniform(0.1, 2, 2)
        ray = rng.uniform(-2, 2, 2)
        assert float(halfspace_probability(lower, upper, ray)) == pytest.approx(
            polygon_area(lower, upper, ray), abs=1e-12
        )


@pytest.mark.parametrize("tasks", [3, 4, 6])
def test_matches_draws(tasks):
    rng = np.random.default_rng(tasks)
    for _ in range(5):
        lower = rng.uniform(0.1, 1, tasks)
        upper = lower + rng.uniform(0.0, 2, tasks) * (rng.random(tasks) < 0.8)
        ray = rng.uniform(-2, 2, tasks) * (rng.random(tasks) < 0.8)
        points = qmc.Sobol(tasks, rng=rng).random_base2(16)
        share = ((lower + points * (upper - lower)) @ ray <= 0).mean()
        assert float(halfspace_probability(lower, upper, ray)) == pytest.approx(share, abs=5e-3)


def test_opposite_sides_sum_to_one_where_floats_would_cancel():
    rng = np.random.default_rng(2)
    for _ in range(50):
        lower = rng.uniform(0.1, 1, 5)
        upper = lower + 10.0 ** rng.uniform(-12, 1, 5)
        ray = rng.uniform(-1, 1, 5) * 10.0 ** rng.uniform(-9, 3, 5)
        first, second = halfspace_probability(lower, upper, ray), halfspace_probability(lower, upper, -ray)
        assert first + second == 1
        assert 0 <= first <= 1


def test_acceptance_falls_as_the_ray_rises():
    rng = np.random.default_rng(3)
    for _ in range(50):
        ray = rng.uniform(-1, 1, 4)
        raised = ray + rng.uniform(0, 0.3, 4)
        box = [0.5] * 4, [2.0] * 4
        assert halfspace_probability(*box, raised) <= halfspace_probability(*box, ray)


def test_costs_that_do_not_vary():
    assert halfspace_probability([1, 2], [1, 2], [2, -1]) == 1  # indifferent: it accepts
    assert halfspace_probability([1, 2], [1, 2], [2.5, -1]) == 0
    assert halfspace_probability([1, 2], [3, 2], [1, -1]) == Fraction(1, 2)
    assert halfspace_probability([1, 2], [3, 4], [0, 0]) == 1


def test_rays_of_a_polarized_menu_never_take_more_than_everyone():
    both_ways = Menu([1, 2], [[-0.5, 0.25], [0.5, -0.25]])
    assert acceptance_probabilities(both_ways, UniformPreferences(lower=(1, 2), upper=(1, 2))) == [1, 0]
    assert sum(acceptance_probabilities(both_ways, UniformPreferences(lower=(0.5, 1), upper=(2, 3)))) == 1


def random_menu(rng, tasks):
    while True:
        rays = np.array([rng.uniform(0.2, 1.2, tasks) for _ in range(2)])
        rays[0, 0] = rays[1, 1] = -1.0
        menu = Menu(np.ones(tasks), rays)
        if menu.is_polarized():
            return menu


def test_exact_values_match_draws_and_other_preferences_report_an_error():
    rng = np.random.default_rng(4)
    box = {"lower": (0.5, 0.5, 0.5), "upper": (2.0, 2.0, 2.0)}
    w = np.array([0.9, 0.7, 0.4])
    for _ in range(5):
        menu = random_menu(rng, 3)
        exact = out_of_sample(menu, UniformPreferences(**box), w)
        costs = UniformPreferences(**box).sample(200_000, np.random.default_rng(5))
        chosen = menu.choices(costs)
        gains = np.where(chosen >= 0, (menu.rays @ w)[chosen], 0.0)
        assert exact.stderr == 0
        assert exact.value == pytest.approx(w.sum() + gains.mean(), abs=5 * gains.std() / math.sqrt(gains.size) + 1e-9)
        assert exact.value == pytest.approx(w @ exact.assignment, abs=1e-12)
        # A lognormal so wide that it is log-uniform on the box is another distribution: the sampled path.
        wide = LognormalPreferences(**box, median=(1, 1, 1), sigma=(0.4, 0.4, 0.4))
        one = out_of_sample(menu, wide, w, draws=50_000, seed=1)
        other = out_of_sample(menu, wide, w, draws=50_000, seed=2)
        assert one.method == "sampled"
        assert one.stderr > 0
        assert abs(one.value - other.value) <= 5 * math.hypot(one.stderr, other.stderr)


def test_finite_and_remedial_are_exact():
    finite = FinitePreferences(costs=((1.0, 2.0), (2.0, 1.0)))
    menu = Menu([1, 1], [[-1, 2], [2, -1]])
    found = out_of_sample(menu, finite, [1.0, 1.0])
    assert (found.value, found.stderr, found.method) == (3.0, 0.0, "exact")
    kept = out_of_sample(Menu.remedial([1, 1], [1, 0]), UniformPreferences(lower=(1, 1), upper=(2, 2)), [1.0, -1.0])
    assert (kept.value, kept.method) == (1.0, "exact")


def test_large_dimension_stays_quick():
    # 14 costs that vary: 16,384 subsets at most.
    assert 0 < halfspace_probability([0.5] * 14, [2.0] * 14, [-1.5, *[0.1] * 12, 0.05]) < 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([1], [2, 2], [1, 1]), "one number a task"),
        (([1, 1], [2, 0.5], [1, 1]), "lower: a lower bound exceeds"),
        (([1, 1], [2, 2], [1, math.nan]), "finite"),
        (([1] * 21, [2] * 21, [1] * 21), "21 costs vary"),
    ],
)
def test_bad_boxes_are_named(arguments, said):
    with pytest.raises(InputError, match=said):
        halfspace_probability(*arguments)


def test_bad_menus_are_named():
    box = UniformPreferences(lower=(1, 1), upper=(2, 2))
    with pytest.raises(InputError, match="menu: the menu is not polarized"):
        out_of_sample(Menu([1, 1], [[-1, 0.5], [0.5, -1]]), box, [1, 1])
    with pytest.raises(InputError, match="preferences: the menu is for 3 tasks"):
        out_of_sample(Menu([1, 1, 1]), box, [1, 1, 1])
    with pytest.raises(InputError, match="w: 2 finite numbers"):
        out_of_sample(Menu([1, 1]), box, [1])


def test_the_two_task_formula_of_uniform_price_ratios():
    """Acceptance at price p of two uniform costs, integrated by hand: Pr[c_2 p <= c_1]."""
    for p in (0.5, 1.0, 1.5):
        chance = halfspace_probability([1, 1], [2, 2], [-1, p])
        if p <= 0.5:
            exact = 1.0
        elif p >= 2:
            exact = 0.0
        else:
            grid = np.linspace(1, 2, 200_001)
            exact = np.clip(2 - np.maximum(1, p * grid), 0, 1).mean()
        assert float(chance) == pytest.approx(exact, abs=1e-5)


def test_subsets_are_not_missed():
    """Against the plain sum over all subsets, in rationals."""
    sides, room = [3, 5, 7, 11], 13
    plain = sum(
        (-1) ** k * max(room - sum(chosen), 0) ** 4 for k in range(5) for chosen in itertools.combinations(sides, k)
    )
    box = [27.0 + 12.0, 1, 1, 1, 1], [27.0 + 12.0, 2, 2, 2, 2]
    found = halfspace_probability(*box, [-1, 3, 5, 7, 11])
    assert found == Fraction(plain, 24 * 3 * 5 * 7 * 11)
