"""Profiles of choices: which single agent holds which menu, and what each picked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from raymenu.instances import InputError, Instance
from raymenu.instances.text import quoted
from raymenu.mechanisms.menus.menu import KEEP, Menu

Floats = NDArray[np.float64]
Choices = NDArray[np.int64]
SAME_ENDOWMENT = 1e-9


def menus_by_agent(inst: Instance, menus: Sequence[Menu]) -> list[Menu]:
    """One menu a single agent, (N,), in the order of ``inst.agent_rows``.

    Parameters
    ----------
    menus
        One a row (J,), shared by the row's copies, or one a single agent (N,), N the sum of the copies.

    Raises
    ------
    InputError
        Where the number of menus fits neither, or a menu starts from another endowment than the instance's.
    """
    rows = inst.agent_rows
    if len(menus) not in (inst.n_agents, rows.size):
        raise InputError(
            f"{len(menus)} menus given: give one a row ({inst.n_agents}) or one a single agent ({rows.size})",
            field="menus",
        )
    given = list(menus) if len(menus) == rows.size else [menus[j] for j in rows]
    checked: set[tuple[int, int]] = set()
    for menu, j in zip(given, rows.tolist()):
        if (id(menu), j) not in checked:
            checked.add((id(menu), j))
            check_endowment(inst, j, menu)
    return given


def check_endowment(inst: Instance, row: int, menu: Menu) -> None:
    """Refuse a menu that starts from another endowment than its row's."""
    eta = inst.endowment[row]
    if np.array_equal(menu.endowment, eta):
        return
    if menu.endowment.shape != eta.shape or not np.allclose(menu.endowment, eta, rtol=SAME_ENDOWMENT, atol=0):
        raise InputError(
            f"the menu of {inst.agents[row]!r} starts from {menu.endowment.tolist()}, its endowment in the instance "
            f"is {eta.tolist()}: make menus from the instance's endowment",
            field="menus",
        )


def check_choices(inst: Instance, menus: Sequence[Menu], choices: ArrayLike) -> Choices:
    """Choices as whole numbers, (N,) or (P, N): ``KEEP`` (-1) or the number of a ray; 0 is the remedial menu accepted.

    Who did not answer (None or NaN) keeps the endowment.

    Parameters
    ----------
    menus
        One a single agent, from ``menus_by_agent``.

    Raises
    ------
    InputError
        Where the shape does not fit or a choice is not on the menu.
    """
    given = np.asarray(choices)
    if given.dtype.kind == "O":
        given = np.array([KEEP if each is None else each for each in given.ravel()]).reshape(given.shape)
    if given.dtype.kind == "f":
        given = np.where(np.isnan(given), KEEP, given)
    if given.dtype.kind not in "iubf":
        raise InputError("choices are whole numbers: -1 keeps the endowment, k takes ray k", field="choices")
    whole: Choices = given.astype(np.int64)
    if given.dtype.kind not in "iub" and not (whole == given).all():
        raise InputError("choices are whole numbers: -1 keeps the endowment, k takes ray k", field="choices")
    n = inst.agent_rows.size
    if whole.ndim not in (1, 2) or whole.shape[-1] != n:
        raise InputError(
            f"choices need shape ({n},) or (profiles, {n}), one a single agent; given {whole.shape}", field="choices"
        )
    most = np.array([menu.n_choices for menu in menus])
    wrong = (whole < KEEP) | (whole >= most)
    if wrong.any():
        agent = int(np.argwhere(wrong)[0][-1])
        raise InputError(
            f"{quoted(inst.agents[inst.agent_rows[agent]])} chooses {whole[..., agent][wrong[..., agent]][0]}, and the "
            f"menu has choices -1 to {most[agent] - 1}",
            field=f"choices[{agent}]",
        )
    return whole


def choose(inst: Instance, menus: Sequence[Menu], costs: ArrayLike) -> Choices:
    """What single agents with these private costs choose: (N,) for costs (N, I), (P, N) for costs (P, N, I).

    Costs are positive; of payments to agents they count with the sign reversed.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.make_instance("two", "made up", counts=[2, 2], performance=[[1, 2], [2, 1]],
    ...     status_quo=[[1, 1], [1, 1]], preferences=[raymenu.UniformPreferences(lower=[1, 1], upper=[2, 2])] * 2)
    >>> menus = [raymenu.Menu([1, 1], [[-1, 1]]), raymenu.Menu([1, 1], [[1, -1]])]
    >>> choose(inst, menus, [[2.0, 1.0], [2.0, 1.0]]).tolist()
    [0, -1]
    """
    held = menus_by_agent(inst, menus)
    matrix = np.asarray(costs, dtype=np.float64)
    shape = (len(held), inst.n_tasks)
    if matrix.ndim not in (2, 3) or matrix.shape[-2:] != shape:
        raise InputError(f"costs need shape {shape} or (profiles, {shape[0]}, {shape[1]})", field="costs")
    stacked = matrix.reshape(-1, *shape)
    chosen = np.empty(stacked.shape[:2], dtype=np.int64)
    alike: dict[int, list[int]] = {}
    for agent, menu in enumerate(held):
        alike.setdefault(id(menu), []).append(agent)
    for agents in alike.values():
        flat = np.ascontiguousarray(stacked[:, agents]).reshape(-1, inst.n_tasks)
        chosen[:, agents] = held[agents[0]].choices(flat * inst.cost_signs).reshape(stacked.shape[0], len(agents))
    return chosen.reshape(matrix.shape[:-1])
