"""The support function S_j(w) of program (6): every method behind one function."""

from raymenu.solvers.support import branch_and_bound, closed_form
from raymenu.solvers.support.entry import support_function
from raymenu.solvers.support.registry import Limits, methods, register
from raymenu.solvers.support.result import SupportResult
from raymenu.solvers.support.task import SupportTask

# In this order "auto" asks them.
register("closed-form", closed_form.solve_closed_form, certified=True, unfit=closed_form.unfit)
register("branch-and-bound", branch_and_bound.solve_branch_and_bound, certified=True, unfit=branch_and_bound.unfit)

__all__ = ["Limits", "SupportResult", "SupportTask", "methods", "register", "support_function"]
