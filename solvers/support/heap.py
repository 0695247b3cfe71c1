"""Leftist heaps of cells that trees share: a tree with one more price starts from its parent's heap in O(1).

A heap entry belongs to the holder that made it; whoever else wants to change it copies it first.
"""

from __future__ import annotations

import numpy as np

from raymenu.solvers.support.arrays import CELL, HEAPS, HOLDER, LEFT, OWNER, RANK, RIGHT, ROOT, Heap, Ints, Pools
from raymenu.solvers.support.kernel import kernel


@kernel
def own_entry(heap: Heap, counts: Ints, entry: int, holder: int) -> int:
    """The entry itself if the holder made it, else a copy that the holder may change."""
    if heap.entry[entry, HOLDER] == holder:
        return entry
    copy = counts[HEAPS]
    counts[HEAPS] = copy + 1
    heap.key[copy] = heap.key[entry]
    for k in range(4):
        heap.entry[copy, k] = heap.entry[entry, k]
    heap.entry[copy, HOLDER] = holder
    return copy


@kernel
def merge(heap: Heap, counts: Ints, first: int, second: int, holder: int) -> int:
    """Merge two heaps along their right spines; the longest is logarithmic."""
    path = np.empty(128, np.int64)
    depth = 0
    record = heap.entry
    while first != -1 and second != -1:
        if heap.key[first] < heap.key[second]:
            first, second = second, first
        first = own_entry(heap, counts, first, holder)
        path[depth] = first
        depth += 1
        first = record[first, RIGHT]
    root = first if second == -1 else second
    while depth > 0:
        depth -= 1
        entry = path[depth]
        left = record[entry, LEFT]
        rank_left = -1 if left == -1 else record[left, RANK]
        rank_right = -1 if root == -1 else record[root, RANK]
        if rank_left < rank_right:
            record[entry, LEFT] = root
            record[entry, RIGHT] = left
            record[entry, RANK] = rank_left + 1
        else:
            record[entry, RIGHT] = root
            record[entry, RANK] = rank_right + 1
        root = entry
    return root


@kernel
def push_cell(pools: Pools, tree: int, cell: int, bound: float) -> None:
    """Put a cell into the tree's heap, by its bound there."""
    entry = pools.counts[HEAPS]
    pools.counts[HEAPS] = entry + 1
    holder = pools.trees.i[tree, OWNER]
    pools.heap.key[entry] = bound
    pools.heap.entry[entry, LEFT] = -1
    pools.heap.entry[entry, RIGHT] = -1
    pools.heap.entry[entry, RANK] = 0
    pools.heap.entry[entry, CELL] = cell
    pools.heap.entry[entry, HOLDER] = holder
    pools.trees.i[tree, ROOT] = merge(pools.heap, pools.counts, pools.trees.i[tree, ROOT], entry, holder)


@kernel
def pop_cell(pools: Pools, tree: int) -> int:
    """Take the cell with the highest bound out of the tree's heap."""
    root = pools.trees.i[tree, ROOT]
    left = pools.heap.entry[root, LEFT]
    right = pools.heap.entry[root, RIGHT]
    pools.trees.i[tree, ROOT] = merge(pools.heap, pools.counts, left, right, pools.trees.i[tree, OWNER])
    return pools.heap.entry[root, CELL]
