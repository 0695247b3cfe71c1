"""Which rules a lottery over whole tasks keeps in every draw, and which in expectation only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from raymenu.instances.instance import Instance


def only_in_expectation(inst: Instance) -> dict[str, str]:
    """The rules that some draw of a lottery over whole tasks may break, and why; empty where there are none.

    Every draw keeps each entry and each agent's total at one of the two whole numbers next to its expectation. So a
    limit on an entry or on a total holds in every draw if it is whole. Other rows are none of the sets that draws keep.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.load("anaesthesia").with_rules([
    ...     raymenu.Rule("cap", "twelve", each=True, at_most=12),
    ...     raymenu.Rule("cap", "few good", each=True, tasks="good", at_most=4.5)])
    >>> only_in_expectation(inst)
    {'few good': 'its limit 4.5 is not a whole number'}
    """
    rules = inst.compiled_rules
    broken: dict[str, str] = {}
    for row, name in zip(rules.rows, rules.names):
        if name in broken:
            continue
        coefficients = set(row.amounts.values())
        entry = row.agent is not None and len(row.amounts) == 1
        total = row.agent is not None and len(row.amounts) == inst.n_tasks and len(coefficients) == 1
        if row.changes:
            broken[name] = "it counts changes, which draws do not keep"
        elif not (entry or total):
            broken[name] = "it is about neither one task nor all tasks of one agent"
        else:
            limit = row.limit / next(iter(coefficients))
            if abs(limit - np.round(limit)) > 1e-9:
                broken[name] = f"its limit {limit:g} is not a whole number"
    return broken
