"""The support function of an agent with rules of its own: smaller questions first.

Rules on one agent leave a convex region of rays (``mechanisms.reach``); all else about S(w) stays. Some need no method
to know them. A task that must stay as it is drops out of the question, for no ray moves it, and polarization is about
the tasks that rays give up. A floor on a task makes what may be given up of it smaller, as if the endowment held less:
``S(w) = w . (eta - e) + S'(w)`` with e the part that may move. What is left of the rules is the question's region.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes
from raymenu.mechanisms import Menu
from raymenu.mechanisms.reach import Region
from raymenu.solvers.support.question import SupportQuestion, exact_dot, rounded_down, rounded_up
from raymenu.solvers.support.registry import Limits, chosen
from raymenu.solvers.support.result import SupportResult

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Freedom:
    """What an agent's own rules leave free.

    Attributes
    ----------
    tasks
        The tasks that may move.
    movable
        e, (I,), what may be given up of each task.
    region
        The rules that are left, on those tasks; None where there are none.
    """

    tasks: NDArray[np.int64]
    movable: Floats
    region: Region | None

    @classmethod
    def of(cls, region: Region, endowment: Floats) -> Freedom:
        """Take out of a region what needs no method.

        Examples
        --------
        >>> import raymenu
        >>> inst = raymenu.load("anaesthesia").with_rules([
        ...     raymenu.Rule("fixed", "critical stays", tasks="critical"),
        ...     raymenu.Rule("floor", "some good cases", tasks="good", each=True, at_least=2.0)])
        >>> left = Freedom.of(Region.of(inst, 0), inst.endowment[0])
        >>> left.tasks.tolist(), left.movable.round(9).tolist(), left.region
        ([0, 1, 2], [1.6, 3.8, 1.0, 0.0], None)
        """
        movable = endowment.copy()
        up = np.full(endowment.size, np.inf)
        done = np.zeros(region.size, dtype=bool)
        for r in np.flatnonzero(region.involved == 1):
            (i,) = np.flatnonzero((region.amounts[r] != 0) | (region.changes[r] != 0))
            a, g, room = float(region.amounts[r, i]), float(region.changes[r, i]), float(region.room[r])
            if region.equal[r]:
                movable[i] = up[i] = 0.0
                done[r] = True
            elif g == 0 and a < 0:
                movable[i] = min(movable[i], room / -a)
                done[r] = True
            elif g == 0:
                up[i] = min(up[i], room / a)
            elif region.away[i] == 0:
                # What changes of it is at most the room either way: downwards that is a floor.
                movable[i] = min(movable[i], room / (g - a)) if g > a else movable[i]
                up[i] = min(up[i], room / (a + g)) if a + g > 0 else up[i]
        tasks = np.flatnonzero((movable > 0) | (up > 0))
        keep = [r for r in range(region.size) if not done[r]]
        left = region.of_rows(keep).of_tasks(tasks)
        return cls(tasks, movable, left if left.size else None)


def support_within(
    types: FiniteTypes, endowment: Floats, w: Floats, region: Region, method: str, limits: Limits
) -> SupportResult:
    """S(w) of an agent whose rays must stay in a region; ``method`` and ``limits`` as of ``support_function``."""
    whole = SupportQuestion(types, endowment, w, region)
    left = Freedom.of(region, endowment)
    if not left.tasks.size:
        held, menu = whole.endowment_value, Menu(endowment)
        return SupportResult(
            rounded_down(held), rounded_up(held), "optimal", "rules", 0.0, menu, float(whole.endowment_value), {}
        )
    movable = left.movable[left.tasks]
    own_types = types if left.tasks.size == w.size else FiniteTypes(types.costs[:, left.tasks], types.given_weights)
    question = SupportQuestion(own_types, movable, w[left.tasks], left.region)
    entry = chosen(question, method)
    entry.prepare()
    found = entry.solve(question, limits)
    menu = _whole_menu(found.menu, endowment, left)
    value = whole.exact_value(menu)
    apart = whole.endowment_value - exact_dot(question.w, movable)
    lower = rounded_down(value)
    upper = found.upper if np.isinf(found.upper) else max(rounded_up(Fraction(found.upper) + apart), lower)
    asked = max(limits.abs_gap, limits.rel_gap * float(value - whole.endowment_value), whole.floor, question.floor)
    status = found.status if found.status == "heuristic" else "optimal" if upper - lower <= asked else "feasible"
    return SupportResult(
        lower, upper, status, found.method, found.seconds, menu, float(whole.endowment_value), found.work
    )


def _whole_menu(menu: Menu, endowment: Floats, left: Freedom) -> Menu:
    """A menu of the tasks that may move, as one of all tasks."""
    if menu.kept is not None:
        kept = endowment.copy()
        back = menu.endowment - menu.kept
        kept[left.tasks] = np.clip(endowment[left.tasks] - back, 0.0, endowment[left.tasks])
        return Menu.remedial(endowment, kept)
    rays = np.zeros((menu.size, endowment.size))
    rays[:, left.tasks] = menu.rays
    return Menu(endowment, rays)
