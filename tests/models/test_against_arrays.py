"""Every linear program of ``models`` against a dense one written here from its formula, and read back from files."""

from itertools import product

import highspy
import numpy as np
import pyomo.environ as pyo
import pytest
from pyscipopt import Model
from random_instances import random_instance
from scipy.optimize import linprog

import raymenu
from raymenu import FiniteTypes, models
from raymenu.models.program_1.cut_form import Cut, add_cuts
from raymenu.solvers.backends import backend

SEEDS = range(4)


class Dense:
    """min c.z over rows given one by one, z of any named shape; all arrays dense, nothing shared with the package."""

    def __init__(self, sizes, free=()):
        self.at, self.n = {}, 0
        for name, shape in sizes.items():
            count = int(np.prod(shape))
            self.at[name] = np.arange(self.n, self.n + count).reshape(shape)
            self.n += count
        self.bounds = [(0, None)] * self.n
        for name in free:
            for k in self.at[name].ravel():
                self.bounds[k] = (None, None)
        self.c, self.rows, self.equal = np.zeros(self.n), [], []

    def row(self, coefficients, bound, equal=False):
        line = np.zeros(self.n)
        for (name, *index), value in coefficients.items():
            line[self.at[name][tuple(index)]] += value
        (self.equal if equal else self.rows).append((line, bound))

    def optimum(self):
        tables = {}
        for label, made in (("ub", self.rows), ("eq", self.equal)):
            if made:
                tables[f"A_{label}"], tables[f"b_{label}"] = map(np.array, zip(*made))
        found = linprog(self.c, bounds=self.bounds, **tables)
        assert found.status == 0, found.message
        return found.fun


def constant(inst):
    lp = Dense({"m": (inst.n_agents, inst.n_tasks)})
    for j, i in product(range(inst.n_agents), range(inst.n_tasks)):
        lp.c[lp.at["m"][j, i]] = inst.copies[j] * inst.performance[j, i]
    for i in range(inst.n_tasks):
        lp.row({("m", j, i): inst.copies[j] for j in range(inst.n_agents)}, inst.counts[i], equal=True)
    return lp


def first_best(seed):
    inst = market(seed)
    return models.first_best(inst), constant(inst).optimum()


def no_choice_on_types(seed):
    inst = market(seed)
    types = inst.types(5, seed)
    lp = constant(inst)
    for j, made in enumerate(types):
        for c in made.costs:
            bound = inst.slack[j] * c @ inst.status_quo[j]
            lp.row({("m", j, i): c[i] for i in range(inst.n_tasks)}, bound)
    return models.no_choice(inst, types), lp.optimum()


def no_choice_on_a_box(seed):
    """(SQ) at every corner of the box: what holds there holds inside."""
    inst = random_instance(np.random.default_rng(seed), boxes=True, copies=2, slack=1.1)
    lp = constant(inst)
    for j, preferences in enumerate(inst.preferences):
        for c in product(*zip(preferences.lower_bounds, preferences.upper_bounds)):
            bound = inst.slack[j] * np.array(c) @ inst.status_quo[j]
            lp.row({("m", j, i): c[i] for i in range(inst.n_tasks)}, bound)
    return models.no_choice(inst), lp.optimum()


def interim(inst, types, incentives):
    most = max(made.size for made in types)
    lp = Dense({"x": (inst.n_agents, most, inst.n_tasks)})
    for j, made in enumerate(types):
        for t, i in product(range(made.size), range(inst.n_tasks)):
            lp.c[lp.at["x"][j, t, i]] = inst.copies[j] * made.weights[t] * inst.performance[j, i]
        for t, c in enumerate(made.costs):
            lp.row({("x", j, t, i): c[i] for i in range(inst.n_tasks)}, inst.slack[j] * c @ inst.status_quo[j])
            for s in range(made.size) if incentives else ():
                if s != t:
                    more = {("x", j, t, i): c[i] for i in range(inst.n_tasks)}
                    lp.row(more | {("x", j, s, i): -c[i] for i in range(inst.n_tasks)}, 0.0)
    return lp


def large_market(seed, incentives):
    inst = market(seed)
    types = inst.types(4, seed)
    lp = interim(inst, types, incentives)
    for i in range(inst.n_tasks):
        mass = {("x", j, t, i): inst.copies[j] * w for j, made in enumerate(types) for t, w in enumerate(made.weights)}
        lp.row(mass, inst.counts[i], equal=True)
    build = models.bic if incentives else models.full_information
    return build(inst, types, market="large"), lp.optimum()


def lm_bic(seed):
    return large_market(seed, True)


def full_information(seed):
    return large_market(seed, False)


def finite_market(seed, form):
    """Program (1) with an assignment for each single agent in every profile of types."""
    inst = random_instance(np.random.default_rng(seed), boxes=False, agents=2, tasks=2, n_types=2, copies=2)
    types, rows = inst.types(2, 0), inst.agent_rows
    profiles = list(product(*(range(types[j].size) for j in rows)))
    lp = interim(inst, types, True)
    whole = Dense(
        {"x": lp.at["x"].shape, "m": (len(profiles), rows.size, inst.n_tasks)},
    )
    whole.c[: lp.n] = lp.c
    whole.rows = [(np.concatenate([line, np.zeros(whole.n - lp.n)]), bound) for line, bound in lp.rows]
    for p, i in product(range(len(profiles)), range(inst.n_tasks)):
        whole.row({("m", p, a, i): 1.0 for a in range(rows.size)}, inst.counts[i], equal=True)
    for a, j in enumerate(rows):
        for t, i in product(range(types[j].size), range(inst.n_tasks)):
            line = {("x", j, t, i): -1.0}
            for p, profile in enumerate(profiles):
                if profile[a] == t:
                    others = [types[k].weights[profile[b]] for b, k in enumerate(rows) if b != a]
                    line["m", p, a, i] = float(np.prod(others))
            whole.row(line, 0.0, equal=True)
    m = models.bic(inst, types, form=form)
    if form == "cuts":
        listed = [(j, t) for j in range(inst.n_agents) for t in range(types[j].size)]
        for i, k in product(range(inst.n_tasks), range(1, 2 ** len(listed))):
            members = tuple(pair for b, pair in enumerate(listed) if k >> b & 1)
            absent = [1 - sum(types[j].weights[t] for row, t in members if row == j) for j in range(inst.n_agents)]
            capacity = 1 - float(np.prod(np.array(absent) ** inst.copies))
            add_cuts(m, inst, types, [Cut(i, members, capacity)])
    return m, whole.optimum()


def token(seed):
    return finite_market(seed, "token")


def profile(seed):
    return finite_market(seed, "profile")


def cuts(seed):
    return finite_market(seed, "cuts")


def columns(inst, rng):
    """Expected assignments a row could be given: its endowment, nothing, and some others."""
    return [[eta, 0 * eta, *(eta * rng.uniform(0, 2, (3, eta.size)))] for eta in inst.endowment]


def outer(seed):
    inst = market(seed)
    made = columns(inst, np.random.default_rng(seed))
    lp = Dense({"theta": (inst.n_agents, 5)})
    for j, k in product(range(inst.n_agents), range(5)):
        lp.c[lp.at["theta"][j, k]] = inst.copies[j] * inst.performance[j] @ made[j][k]
    for j in range(inst.n_agents):
        lp.row({("theta", j, k): 1.0 for k in range(5)}, 1.0, equal=True)
    for i in range(inst.n_tasks):
        entries = {("theta", j, k): inst.copies[j] * made[j][k][i] for j in range(inst.n_agents) for k in range(5)}
        lp.row(entries, inst.counts[i], equal=True)
    return models.outer(inst, made), lp.optimum()


def dual(seed):
    """The dual of the same lotteries: both must have the value of ``outer`` (Proposition 2)."""
    inst = market(seed)
    return models.dual(inst, columns(inst, np.random.default_rng(seed))), outer(seed)[1]


def eopr(seed):
    inst = market(seed)
    rng = np.random.default_rng(seed)
    menus = [raymenu.Menu(eta, [d, -d]) for eta in inst.endowment for d in [direction(eta, rng)]]
    rows = inst.agent_rows
    picked = rng.integers(-1, 2, rows.size)
    lp = Dense({"y": (rows.size,)})
    fixed = sum(inst.performance[j] @ inst.endowment[j] for j in rows)
    for a, j in enumerate(rows):
        kappa = menus[j].rays[picked[a]] if picked[a] >= 0 else np.zeros(inst.n_tasks)
        lp.c[a] = inst.performance[j] @ kappa
        for i in range(inst.n_tasks):
            lp.row({("y", a): -kappa[i]}, inst.endowment[j, i])
        lp.row({("y", a): 1.0}, 0.0 if picked[a] < 0 else 1e9)
    for i in range(inst.n_tasks):
        net = {("y", a): menus[j].rays[picked[a]][i] for a, j in enumerate(rows) if picked[a] >= 0}
        lp.row(net, 0.0, equal=True)
    return models.eopr(inst, menus, picked), lp.optimum() + fixed


def direction(eta, rng):
    """Give some of the first task for some of the second, each way no more than there is."""
    ray = np.zeros_like(eta)
    ray[0], ray[1] = -1.0, rng.uniform(0.5, 2)
    return ray * 0.2 * min(eta[0], eta[1])


def boxed(seed):
    rng = np.random.default_rng(seed)
    d, v, u = rng.normal(size=(3, 7)), rng.normal(size=7), rng.uniform(1, 3, 7)
    found = linprog(v, A_eq=d, b_eq=np.zeros(3), bounds=[(0, top) for top in u])
    return models.boxed_eopr(d, v, u), found.fun


def support_bic(seed):
    rng = np.random.default_rng(seed)
    costs, eta, w = rng.uniform(0.5, 2, (4, 3)), rng.uniform(0.5, 2, 3), rng.uniform(-0.5, 1, 3)
    lp = Dense({"x": (4, 3)})
    lp.c = -(np.full(4, 0.25)[:, None] * w).ravel()
    for t, c in enumerate(costs):
        lp.row({("x", t, i): c[i] for i in range(3)}, c @ eta)
        for s in range(4):
            if s != t:
                lp.row({("x", t, i): c[i] for i in range(3)} | {("x", s, i): -c[i] for i in range(3)}, 0.0)
    return models.support_bic(FiniteTypes(costs), eta, w), -lp.optimum()


def lemma_5(seed):
    first, second = np.random.default_rng(seed).uniform(-1, 1, (2, 3))
    first[0] = second[1] = -1.0
    found = linprog(first, A_ub=[second], b_ub=[0.0], A_eq=[np.ones(3)], b_eq=[1.0])
    return models.lemma_5(first, second), found.fun


def bilateral(seed):
    inst = market(seed)
    rng = np.random.default_rng(seed)
    takers, givers = rng.uniform(0.5, 2, (2, 3, inst.n_tasks))
    saving = inst.performance[1] - inst.performance[0]
    scaled = np.vstack([takers / takers.max(axis=1, keepdims=True), -givers / givers.max(axis=1, keepdims=True)])
    bounds = list(zip(-inst.status_quo[0], inst.status_quo[1]))
    found = linprog(-saving, A_ub=scaled, b_ub=np.zeros(len(scaled)), bounds=bounds)
    return models.bilateral_trade(inst, (0, 1), takers, givers), -found.fun


def market(seed):
    return random_instance(np.random.default_rng(seed), boxes=bool(seed % 2), copies=2, slack=1 + 0.2 * (seed % 2))


PROGRAMS = [
    first_best, no_choice_on_types, no_choice_on_a_box, lm_bic, full_information, token, profile, cuts, outer, dual,
    eopr, boxed, support_bic, lemma_5, bilateral,
]  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_the_model_has_the_optimum_of_its_formula(program, seed):
    m, optimum = program(seed)
    assert backend("highs").solve(m).objective == pytest.approx(optimum, rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_files_hold_the_same_program(program, tmp_path):
    m, optimum = program(1)
    for ending in ("lp", "mps", "nl"):
        path = tmp_path / f"model.{ending}"
        m.write(str(path))
        assert by_scip(path) == pytest.approx(optimum, rel=1e-6, abs=1e-6), ending
        if ending != "nl":
            assert by_highs(path) == pytest.approx(optimum, rel=1e-6, abs=1e-6), ending


def test_menu_programs_survive_their_files(tmp_path):
    """Bilinear rows: as MPS and NL. The optimum is the certified one."""
    types, eta, w = FiniteTypes([[1.0, 2.0], [2.0, 1.0], [1.3, 1.0]]), [1.0, 1.5], [1.0, 0.8]
    truth = raymenu.support_function(types, eta, w)
    for formulation in ("multiplier", "anchored"):
        m = models.menu(types, eta, w, formulation=formulation)
        for ending in ("mps", "nl"):
            path = tmp_path / f"{formulation}.{ending}"
            m.write(str(path))
            assert by_scip(path) == pytest.approx(truth.lower, rel=1e-5)


def by_scip(path):
    model = Model()
    model.hideOutput()
    model.readProblem(str(path))
    model.optimize()
    return model.getObjVal()


def by_highs(path):
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.readModel(str(path))
    solver.run()
    return solver.getInfo().objective_function_value


def test_a_model_takes_rows_of_ones_own():
    inst = raymenu.load("anaesthesia")
    m = models.first_best(inst)
    before = backend("highs").solve(m).objective
    m.busy = pyo.Constraint(expr=sum(m.assignment[0, i] for i in m.TASKS) <= 8)
    after = backend("highs").solve(m).objective
    assert after >= before - 1e-9
    assert sum(pyo.value(m.assignment[0, i]) for i in m.TASKS) <= 8 + 1e-9
