"""What is made ready before the clock starts is all that searches need: nothing is compiled later."""

import subprocess
import sys

from raymenu import FiniteTypes, support_function
from raymenu.solvers.support import register
from raymenu.solvers.support.registry import _methods

LATER = """
from importlib import import_module

import numpy as np
from raymenu import FiniteTypes
from raymenu.solvers.support import compile_kernels
from raymenu.solvers.support.methods.branch_and_bound import solve_branch_and_bound
from raymenu.solvers.support.methods.closed_form import solve_closed_form
from raymenu.solvers.support.methods.local_search import solve_packing
from raymenu.solvers.support.search.kernel import ROOM, sources
from raymenu.solvers.support.registry import Limits
from raymenu.solvers.support.question import SupportQuestion

def compiled():
    files = sources("compile_kernels")
    names = [".".join(file.relative_to(ROOM).with_suffix("").parts) for file in files]
    modules = [import_module(f"raymenu.solvers.support.{name}") for name in names]
    held = {id(f): f for module in modules for f in vars(module).values() if hasattr(f, "signatures")}
    return {f.__name__: len(f.signatures) for f in held.values()}

compile_kernels.load_closed_form()
compile_kernels.load_search()
compile_kernels.load_ascent()
ready = compiled()
rng = np.random.default_rng(0)
for tasks in (2, 3, 4):
    for size in (1, 7, 300):
        costs = rng.uniform(0.5, 2, (size, tasks))
        twice, weighted = FiniteTypes(np.repeat(costs, 2, axis=0)), FiniteTypes(costs, rng.uniform(1, 2, size))
        for types in (FiniteTypes(costs), twice, weighted):
            for eta, w in ((np.ones(tasks), rng.uniform(0.2, 1, tasks)), (np.arange(tasks), rng.uniform(-1, 1, tasks))):
                task = SupportQuestion.make(types, eta, w)
                solve_branch_and_bound(task, Limits(time_limit=5.0))
                solve_packing(task, Limits())
                if tasks == 2:
                    solve_closed_form(task, Limits())
later = {name: count for name, count in compiled().items() if count != ready[name]}
assert ready["search"] == ready["best_posted_price"] == 1, ready
assert not later, later
"""


def test_nothing_is_compiled_after_the_kernels_were_made_ready():
    ran = subprocess.run([sys.executable, "-c", LATER], check=False, capture_output=True, text=True, timeout=500)
    assert ran.returncode == 0, ran.stderr


def test_methods_are_prepared_before_they_solve():
    called = []

    def solve(task, limits):
        called.append("solve")
        return support_function(task.types, task.endowment, task.w, method="closed-form")

    register("listed", solve, certified=False, prepare=lambda: called.append("prepare"))
    try:
        support_function(FiniteTypes([[1.0, 2.0]]), [1, 1], [1, 1], method="listed", time_limit=1)
    finally:
        del _methods["listed"]
    assert called == ["prepare", "solve"]
