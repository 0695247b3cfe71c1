"""Who hands which tasks to whom: the few hand-overs that lead from one assignment to another."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike, NDArray

from raymenu.instances import InputError

Floats = NDArray[np.float64]
NEGLIGIBLE = 1e-9
"""Share of what moves of a task below which an amount is rounding."""


def handovers(before: ArrayLike, after: ArrayLike, agents: Sequence[str], tasks: Sequence[str]) -> nx.MultiDiGraph:
    """The hand-overs between two assignments, as a graph from givers to takers.

    For each task what some agents have less is what others have more. It is paired up so that few hand-overs are
    needed, at most one fewer than agents who move: equal amounts first, then pairs who hand over something anyway, then
    the largest amounts. (The fewest possible are a partition problem.)

    Parameters
    ----------
    before, after
        (N, I), with equal column sums.
    agents, tasks
        Their names, (N,) and (I,).

    Returns
    -------
    networkx.MultiDiGraph
        Every agent is a node; an edge has ``task`` and ``amount``.

    Raises
    ------
    InputError
        Where shapes differ.

    Examples
    --------
    >>> graph = handovers([[2, 1], [1, 1], [0, 1]], [[0, 2], [2, 0.5], [1, 0.5]], ["Ann", "Bo", "Cy"], ["hip", "knee"])
    >>> for giver, taker, data in graph.edges(data=True):
    ...     print(giver, "->", taker, data["amount"], data["task"])
    Ann -> Bo 1.0 hip
    Ann -> Cy 1.0 hip
    Bo -> Ann 0.5 knee
    Cy -> Ann 0.5 knee
    """
    start, end = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    if start.shape != end.shape or start.shape != (len(agents), len(tasks)):
        raise InputError(f"two assignments of shape {(len(agents), len(tasks))} are needed", field="after")
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(agents)
    linked: set[frozenset[int]] = set()
    change = end - start
    for i in np.argsort(np.count_nonzero(change, axis=0), kind="stable"):
        for giver, taker, amount in _pair_up(change[:, i], linked):
            linked.add(frozenset((giver, taker)))
            graph.add_edge(agents[giver], agents[taker], task=tasks[i], amount=amount)
    return graph


def _pair_up(change: Floats, linked: set[frozenset[int]]) -> list[tuple[int, int, float]]:
    least = NEGLIGIBLE * max(float(np.abs(change).sum()), 1e-300)
    gives = {int(n): float(-change[n]) for n in np.flatnonzero(change < -least)}
    takes = {int(n): float(change[n]) for n in np.flatnonzero(change > least)}
    pairs: list[tuple[int, int, float]] = []

    def hand(giver: int, taker: int) -> None:
        amount = min(gives[giver], takes[taker])
        pairs.append((giver, taker, amount))
        for side, agent in ((gives, giver), (takes, taker)):
            side[agent] -= amount
            if side[agent] <= least:
                del side[agent]

    by_amount = {round(amount / least / 100): taker for taker, amount in takes.items()}
    for giver in list(gives):
        taker = by_amount.get(round(gives[giver] / least / 100))
        if taker in takes and abs(takes[taker] - gives[giver]) <= least:
            hand(giver, taker)
    for giver in list(gives):
        for taker in [taker for taker in takes if frozenset((giver, taker)) in linked]:
            if giver in gives and taker in takes:
                hand(giver, taker)
    while gives and takes:
        hand(max(gives, key=lambda n: gives[n]), max(takes, key=lambda n: takes[n]))
    return pairs
