"""Leftist heaps of cells that trees share: a tree with one more price starts from its parent's heap in O(1).

A heap entry belongs to the holder that made it; whoever else wants to change it copies it first.
"""

from __future__ import annotations

import numpy as np

from raymenu.solvers.support.search.arrays import CELL, HEAPS, HOLDER, LEFT, OWNER, RANK, RIGHT, ROOT, Heap, Ints
from raymenu.solvers.support.search.kernel import kernel


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
    key = heap.key
    while first != -1 and second != -1:
        if key[first] < key[second]:
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
def push_cell(heap: Heap, counts: Ints, tree_i: Ints, tree: int, cell: int, bound: float) -> None:
    """Put a cell into the tree's heap, by its bound there."""
    record = heap.entry
    entry = counts[HEAPS]
    counts[HEAPS] = entry + 1
    holder = tree_i[tree, OWNER]
    heap.key[entry] = bound
    record[entry, LEFT] = -1
    record[entry, RIGHT] = -1
    record[entry, RANK] = 0
    record[entry, CELL] = cell
    record[entry, HOLDER] = holder
    tree_i[tree, ROOT] = merge(heap, counts, tree_i[tree, ROOT], entry, holder)


@kernel
def pop_cell(heap: Heap, counts: Ints, tree_i: Ints, tree: int) -> None:
    """Take the cell with the highest bound out of the tree's heap."""
    record = heap.entry
    root = tree_i[tree, ROOT]
    tree_i[tree, ROOT] = merge(heap, counts, record[root, LEFT], record[root, RIGHT], tree_i[tree, OWNER])
