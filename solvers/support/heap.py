"""Leftist heaps of cells that trees share: a tree with one more price starts from its parent's heap in O(1).

A heap entry belongs to the holder that made it; whoever else wants to change it copies it first.
"""

from __future__ import annotations

import numpy as np

from raymenu.solvers.support.arrays import CELL, HEAPS, HOLDER, LEFT, OWNER, RANK, RIGHT, ROOT, Pools
from raymenu.solvers.support.kernel import kernel


@kernel
def own_entry(pools: Pools, entry: int, holder: int) -> int:
    """The entry itself if the holder made it, else a copy that the holder may change."""
    if pools.heap_i[entry, HOLDER] == holder:
        return entry
    copy = pools.counts[HEAPS]
    pools.counts[HEAPS] = copy + 1
    pools.heap_key[copy] = pools.heap_key[entry]
    for k in range(4):
        pools.heap_i[copy, k] = pools.heap_i[entry, k]
    pools.heap_i[copy, HOLDER] = holder
    return copy


@kernel
def merge(pools: Pools, first: int, second: int, holder: int) -> int:
    """Merge two heaps along their right spines; the longest is logarithmic."""
    path = np.empty(128, np.int64)
    depth = 0
    heap_i = pools.heap_i
    while first != -1 and second != -1:
        if pools.heap_key[first] < pools.heap_key[second]:
            first, second = second, first
        first = own_entry(pools, first, holder)
        path[depth] = first
        depth += 1
        first = heap_i[first, RIGHT]
    root = first if second == -1 else second
    while depth > 0:
        depth -= 1
        entry = path[depth]
        left = heap_i[entry, LEFT]
        rank_left = -1 if left == -1 else heap_i[left, RANK]
        rank_right = -1 if root == -1 else heap_i[root, RANK]
        if rank_left < rank_right:
            heap_i[entry, LEFT] = root
            heap_i[entry, RIGHT] = left
            heap_i[entry, RANK] = rank_left + 1
        else:
            heap_i[entry, RIGHT] = root
            heap_i[entry, RANK] = rank_right + 1
        root = entry
    return root


@kernel
def push_cell(pools: Pools, tree: int, cell: int, bound: float) -> None:
    """Put a cell into the tree's heap, by its bound there."""
    entry = pools.counts[HEAPS]
    pools.counts[HEAPS] = entry + 1
    holder = pools.tree_i[tree, OWNER]
    pools.heap_key[entry] = bound
    pools.heap_i[entry, LEFT] = -1
    pools.heap_i[entry, RIGHT] = -1
    pools.heap_i[entry, RANK] = 0
    pools.heap_i[entry, CELL] = cell
    pools.heap_i[entry, HOLDER] = holder
    pools.tree_i[tree, ROOT] = merge(pools, pools.tree_i[tree, ROOT], entry, holder)


@kernel
def pop_cell(pools: Pools, tree: int) -> int:
    """Take the cell with the highest bound out of the tree's heap."""
    root = pools.tree_i[tree, ROOT]
    left = pools.heap_i[root, LEFT]
    right = pools.heap_i[root, RIGHT]
    pools.tree_i[tree, ROOT] = merge(pools, left, right, pools.tree_i[tree, OWNER])
    return pools.heap_i[root, CELL]
