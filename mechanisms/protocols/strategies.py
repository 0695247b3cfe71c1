"""Obvious strategy-proofness of a given strategy profile (the second definition of section 1.1)."""

from __future__ import annotations

from collections.abc import Sequence

from raymenu.instances import FiniteTypes, InputError
from raymenu.mechanisms.protocols.osp import is_obviously_dominant
from raymenu.mechanisms.protocols.protocols import TradingProtocol


def not_obviously_dominant(
    protocol: TradingProtocol,
    strategies: Sequence[Sequence[int]],
    types: Sequence[FiniteTypes],
    *,
    reduced: bool = True,
) -> list[tuple[int, int]]:
    """The (agent, type) whose action under the strategy profile is not obviously dominant; empty iff it is OSP. Exact.

    Parameters
    ----------
    strategies
        s_j for each agent: one action for each of its types.
    types
        One ``FiniteTypes`` an agent.
    reduced
        Whether to look at what the rule ever selects, as the definition does, or at the sets as offered.

    Raises
    ------
    InputError
        Where there is not one action for each type of each agent, or an action is not on the menu.

    Examples
    --------
    >>> swap = {(1, 1): [[2, 0], [0, 2]]}
    >>> protocol = TradingProtocol.from_table([[1, 1], [1, 1]], [2, 2], swap)
    >>> own = FiniteTypes([[1.0, 2.0], [2.0, 1.0]])
    >>> not_obviously_dominant(protocol, [[1, 0], [0, 1]], [own, own])
    []
    >>> not_obviously_dominant(protocol, [[1, 1], [0, 1]], [own, own])  # the first agent's second type loses by trading
    [(0, 1)]
    """
    if len(strategies) != protocol.n_agents or len(types) != protocol.n_agents:
        raise InputError(f"{protocol.n_agents} strategies and type sets needed, one an agent", field="strategies")
    faults = []
    for j, (actions, own) in enumerate(zip(strategies, types)):
        if len(actions) != own.size or any(not 0 <= k < len(protocol.menus[j]) for k in actions):
            raise InputError(f"an action on the menu for each of {own.size} types needed", field=f"strategies[{j}]")
        faults += [
            (j, t)
            for t, (cost, k) in enumerate(zip(own.costs.tolist(), actions))
            if not is_obviously_dominant(protocol, j, cost, k, reduced=reduced)
        ]
    return faults
