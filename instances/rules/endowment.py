"""Do the rules leave the endowment possible? If not, which fails, for whom, by how much, and what would mend it.

The designer must always be able to leave everybody at the endowment: whoever keeps it has to be left there, and the
menus' rays start from it. So rules that the endowment keeps never touch the agents' incentives (Corollary 3: any
selection from polarized rays is obviously strategy-proof), and a rule that it breaks would move agents who chose to
stay. Where rules contradict one another no endowment can keep them: the least relaxation that mends it is a linear
program.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from raymenu.instances.errors import InputError
from raymenu.instances.rules.compiled import CompiledRules, RuleRow

Floats = NDArray[np.float64]
TOLERANCE = 1e-9
"""Share of the numbers in a row by which the endowment may miss it: decimals do not sum exactly in binary."""


def check_endowment(
    rules: CompiledRules, agents: Sequence[str], tasks: Sequence[str], endowment: Floats, counts: Floats
) -> None:
    """Refuse rules that the endowment does not keep.

    Parameters
    ----------
    endowment
        eta, (J, I), of one copy.
    counts
        n, (I,).

    Raises
    ------
    InputError
        One line: the rule, for whom it fails and by how much, and the mend.
    """
    body = rules.bodies(endowment)
    broken = rules.broken(endowment)
    share = broken / rules.scales
    failing = np.flatnonzero(share > TOLERANCE)
    if not failing.size:
        return
    mends = "; ".join(_mends(rules, failing, body)) + "; or start from another endowment"
    clash = _contradiction(rules, counts)
    if clash is not None:
        names, short = clash
        others = f" together with {', '.join(map(repr, names[1:4]))}" if names[1:] else ""
        raise InputError(
            f"no assignment of all tasks keeps it{others} (missed by {short:.6g} at least); "
            f"{_worst(rules, failing, share, body, broken, agents, tasks)}; {mends}",
            field=f"rule {names[0]!r}",
        )
    r = failing[np.argmax(share[failing])]
    raise InputError(
        "the endowment breaks it, and whoever keeps the endowment must be left there: "
        f"{_worst(rules, failing, share, body, broken, agents, tasks)}; {mends}",
        field=f"rule {rules.names[r]!r}",
    )


def _worst(
    rules: CompiledRules,
    failing: NDArray[np.int64],
    share: Floats,
    body: Floats,
    broken: Floats,
    agents: Sequence[str],
    tasks: Sequence[str],
) -> str:
    """The row that the endowment misses most, in words."""
    r = failing[np.argmax(share[failing])]
    row = rules.rows[r]
    said = f"{_said(row, agents, tasks)} is {body[r]:.6g}, {broken[r]:.6g} {_beyond(row, body[r])} {row.limit:.6g}"
    return said + (f" ({failing.size - 1} more fail)" if failing.size > 1 else "")


def _beyond(row: RuleRow, body: float) -> str:
    if row.sense == "==":
        return "more than" if body > row.limit else "less than"
    return "above the limit" if row.sense == "<=" else "below the limit"


def _said(row: RuleRow, agents: Sequence[str], tasks: Sequence[str]) -> str:
    """What the row sums, in words."""
    cells = row.changes or row.amounts
    named = sorted({j for j, _ in cells})
    involved = sorted({i for _, i in cells})
    whom = repr(agents[named[0]]) if len(named) == 1 else _some([agents[j] for j in named], "agents")
    what = _some([tasks[i] for i in involved], "tasks") if len(involved) < len(tasks) else "all tasks"
    if row.changes:
        return f"what changes of {what} for {whom}"
    if any(a == -1 for a in cells.values()) and all(abs(a) == 1 for a in cells.values()):
        sides = [[agents[j] for j in named if any(cells.get((j, i)) == a for i in involved)] for a in (1.0, -1.0)]
        return f"{what} of {_some(sides[0], 'agents')} less that of {_some(sides[1], 'agents')}"
    if any(a != 1 for a in cells.values()):
        return f"the weighted sum over {whom}"
    return f"{what} of {whom}"


def _some(names: Sequence[str], what: str) -> str:
    return " and ".join(map(repr, names)) if len(names) <= 3 else f"{names[0]!r} and {len(names) - 1} more {what}"


def _mends(rules: CompiledRules, failing: NDArray[np.int64], body: Floats) -> list[str]:
    """By rule that fails, the least change of it under which the endowment is allowed; three at most."""
    wanted: dict[tuple[int, str], list[float]] = {}
    for r in failing.tolist():
        row = rules.rows[r]
        rule = rules.rules[row.rule]
        if rule.kind in ("licence", "fixed") or row.base == 0:
            wanted.setdefault((row.rule, ""), [])
        elif rule.kind == "equal":
            wanted.setdefault((row.rule, "within"), []).append(abs(body[r]))
        else:
            least = row.sense == ">=" or (row.sense == "==" and body[r] < row.limit)
            wanted.setdefault((row.rule, "at_least" if least else "at_most"), []).append(body[r] / row.base)
    mends = []
    for (number, field), values in wanted.items():
        name = rules.rules[number].name
        if not field:
            mends.append(f"take those agents out of {name!r}")
        elif field == "at_least":
            mends.append(f"lower at_least of {name!r} to {_outwards(min(values), ROUND_FLOOR)}")
        else:
            verb = "set" if field == "within" else "raise"
            mends.append(f"{verb} {field} of {name!r} to {_outwards(max(values), ROUND_CEILING)}")
    return mends[:3] + ([f"and so on for {len(mends) - 3} more"] if len(mends) > 3 else [])


def _outwards(value: float, rounding: str) -> str:
    """Six digits, rounded so that the limit is wide enough; one that six digits give up to rounding is that one."""
    near = float(f"{value:.6g}")
    if abs(near - value) <= TOLERANCE / 10 * abs(value):
        return f"{near:.6g}"
    return f"{Context(prec=6, rounding=rounding).create_decimal(Decimal(value)):g}"


def _contradiction(rules: CompiledRules, counts: Floats) -> tuple[list[str], float] | None:
    """The rules that no assignment at all keeps together, and by how much they miss; None where one does.

    min sum of relaxations, each a share of its limit, over mu >= 0 that clears; sides of rows with multipliers at the
    optimum are those that contradict each other, with the counts.
    """
    sides = [side for r, row in enumerate(rules.rows) for side in _sides(rules, r, row)]
    kinds = list(dict.fromkeys(side.limit for side in sides))
    relaxed, multipliers = _least_relaxation(rules, sides, kinds, counts)
    short = [amount for amount, limit in zip(relaxed.tolist(), kinds) if amount > TOLERANCE * limit.size(rules)]
    if not short:
        return None
    names = [rules.names[side.row] for side, y in zip(sides, multipliers) if y > TOLERANCE]
    return list(dict.fromkeys(names)) or [rules.names[0]], max(short)


@dataclass(frozen=True)
class _Limit:
    """A number that a rule gives, or (row >= 0) one row of a rule that gives none."""

    rule: int
    field: str
    row: int = -1

    def size(self, rules: CompiledRules) -> float:
        """What a relaxation of it is measured against."""
        given = getattr(rules.rules[self.rule], self.field, None) if self.row < 0 else None
        return max(abs(given or 0.0), 1.0)


@dataclass(frozen=True)
class _Side:
    """``sign * body <= sign * limit + base * relaxation`` of one row."""

    row: int
    sign: float
    limit: _Limit
    base: float


def _sides(rules: CompiledRules, r: int, row: RuleRow) -> list[_Side]:
    rule = rules.rules[row.rule]
    made = []
    for sign in {"<=": (1.0,), ">=": (-1.0,), "==": (1.0, -1.0)}[row.sense]:
        field = "within" if rule.kind == "equal" else "at_most" if sign > 0 else "at_least"
        numbered = rule.kind not in ("licence", "fixed") and row.base != 0
        limit = _Limit(row.rule, field) if numbered else _Limit(row.rule, field, r)
        made.append(_Side(r, sign, limit, row.base if numbered else 1.0))
    return made


def _least_relaxation(
    rules: CompiledRules, sides: Sequence[_Side], limits: Sequence[_Limit], counts: Floats
) -> tuple[Floats, Floats]:
    """Relaxations of the limits, and multipliers of the sides."""
    n_tasks = rules.status_quo.shape[1]
    size = rules.status_quo.size
    number = np.repeat(rules.copies, n_tasks).astype(float)
    own = np.array([row.agent is not None for row in rules.rows], dtype=float)
    # Variables: mu (J I), |mu - sigma| (J I), the relaxations.
    place = range(len(sides))
    pick = sparse.csr_array(
        ([side.sign for side in sides], (place, [side.row for side in sides])), shape=(len(sides), len(rules))
    )
    alone, together = sparse.diags_array(own), sparse.diags_array(1.0 - own)
    body = [
        pick @ (alone @ part + together @ part @ sparse.diags_array(number)) for part in (rules.amounts, rules.changes)
    ]
    columns = [limits.index(side.limit) for side in sides]
    relax = sparse.csr_array(([-side.base for side in sides], (place, columns)), shape=(len(sides), len(limits)))
    eye, none = sparse.eye_array(size), sparse.csr_array((size, len(limits)))
    upper = sparse.block_array([[body[0], body[1], relax], [eye, -eye, none], [-eye, -eye, none]])
    sigma = rules.status_quo.ravel()
    clearing = sparse.hstack(
        [
            sparse.kron(sparse.csr_array(rules.copies[None, :].astype(float)), sparse.eye_array(n_tasks)),
            sparse.csr_array((n_tasks, size + len(limits))),
        ]
    )
    cost = np.concatenate([np.zeros(2 * size), [1.0 / limit.size(rules) for limit in limits]])
    found = optimize.linprog(
        cost,
        A_ub=upper,
        b_ub=np.concatenate([pick @ rules.limits, sigma, -sigma]),
        A_eq=clearing,
        b_eq=counts,
        method="highs",
    )
    if not found.success:
        raise InputError(
            f"they cannot be compared ({found.message}): look for limits a billion times larger or smaller than counts",
            field="rules",
        )
    return found.x[2 * size :], -found.ineqlin.marginals[: len(sides)]
