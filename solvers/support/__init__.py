"""The support function S_j(w) of program (6): every method behind one function."""

from raymenu.solvers.support import compile_kernels
from raymenu.solvers.support.methods import branch_and_bound, closed_form, local_search
from raymenu.solvers.support.methods.miqcp import miqcp_method, unfit_for
from raymenu.solvers.support.methods.nlp import solve_nlp
from raymenu.solvers.support.question import SupportQuestion
from raymenu.solvers.support.registry import Limits, methods, register
from raymenu.solvers.support.result import SupportResult
from raymenu.solvers.support.support_function import support_function

# In this order "auto" asks them.
register(
    "closed-form",
    closed_form.solve_closed_form,
    certified=True,
    unfit=closed_form.unfit,
    prepare=compile_kernels.load_closed_form,
    knows_rules=True,
)
register(
    "branch-and-bound",
    branch_and_bound.solve_branch_and_bound,
    certified=True,
    unfit=branch_and_bound.unfit,
    prepare=compile_kernels.load_search,
    knows_rules=True,
)
register("packing", local_search.solve_packing, certified=True, prepare=compile_kernels.load_ascent, knows_rules=True)
register("miqcp", miqcp_method("scip"), certified=True)
register("miqcp-gurobi", miqcp_method("gurobi"), certified=True, unfit=unfit_for("gurobipy"))
register("miqcp-highs", miqcp_method("highs"), certified=True)
register(
    "local-search",
    local_search.solve_local_search,
    certified=False,
    prepare=compile_kernels.load_ascent,
    knows_rules=True,
)
register("nlp", solve_nlp, certified=False)

__all__ = ["Limits", "SupportQuestion", "SupportResult", "methods", "register", "support_function"]
