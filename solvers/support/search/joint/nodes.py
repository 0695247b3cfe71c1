"""Nodes of the joint search: partitions of the tasks, each with a tree; the open ones in a binary heap.

The heap's order is that of the bounds, or, where memory is short, that of age: the youngest first, so that what is
begun is finished, and its cells can be reclaimed, before more is begun.
"""

from __future__ import annotations

import numpy as np

from raymenu.solvers.support.search.arrays import DEPTH_FIRST, NODES, OPEN, UPPER, Ints, Nodes, Pools
from raymenu.solvers.support.search.kernel import kernel


@kernel
def node_bound(pools: Pools, trees: np.ndarray) -> float:
    """Sum of the trees' bounds."""
    total = 0.0
    for k in range(trees.shape[0]):
        if trees[k] >= 0:
            total += pools.trees.f[trees[k], UPPER]
    return total


@kernel
def push_node(nodes: Nodes, counts: Ints, node: int) -> None:
    """Into the binary heap of open nodes."""
    heap, key = nodes.heap, nodes.key
    key[node] = node if counts[DEPTH_FIRST] else nodes.bound[node]
    i = counts[OPEN]
    counts[OPEN] = i + 1
    heap[i] = node
    while i > 0:
        up = (i - 1) // 2
        if key[heap[up]] >= key[heap[i]]:
            break
        heap[up], heap[i] = heap[i], heap[up]
        i = up


@kernel
def pop_node(nodes: Nodes, counts: Ints) -> int:
    """The first of the open nodes."""
    heap, key = nodes.heap, nodes.key
    top = heap[0]
    n = counts[OPEN] - 1
    counts[OPEN] = n
    heap[0] = heap[n]
    i = 0
    while 2 * i + 1 < n:
        down = 2 * i + 1
        if down + 1 < n and key[heap[down + 1]] > key[heap[down]]:
            down += 1
        if key[heap[i]] >= key[heap[down]]:
            break
        heap[i], heap[down] = heap[down], heap[i]
        i = down
    return top


@kernel
def highest_bound(nodes: Nodes, counts: Ints) -> float:
    """The highest bound of the open nodes; 0 if there are none."""
    highest = 0.0
    for k in range(counts[OPEN] if counts[DEPTH_FIRST] else min(1, counts[OPEN])):
        highest = max(highest, nodes.bound[nodes.heap[k]])
    return highest


@kernel
def is_first(nodes: Nodes, counts: Ints, node: int, bound: float) -> bool:
    """Whether a node that has been popped, with its new bound, still comes before the open ones."""
    return counts[OPEN] == 0 or counts[DEPTH_FIRST] == 1 or bound >= nodes.bound[nodes.heap[0]]


@kernel
def new_node(pools: Pools, trees: np.ndarray, bound: float) -> None:
    """Open a node."""
    node = pools.counts[NODES]
    pools.counts[NODES] = node + 1
    for k in range(trees.shape[0]):
        pools.nodes.tree[node, k] = trees[k]
    pools.nodes.bound[node] = bound
    push_node(pools.nodes, pools.counts, node)


def take_youngest_first(pools: Pools, youngest: bool) -> None:
    """Order the open nodes by age, or by their bounds again."""
    nodes, counts = pools.nodes, pools.counts
    counts[DEPTH_FIRST] = int(youngest)
    still_open = nodes.heap[: counts[OPEN]].copy()
    nodes.key[still_open] = still_open if youngest else nodes.bound[still_open]
    # In falling order an array is a heap.
    nodes.heap[: counts[OPEN]] = still_open[np.argsort(-nodes.key[still_open], kind="stable")]
