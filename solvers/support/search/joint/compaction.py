"""Reclaiming what no open node needs any more: nodes, trees, heap entries, cells and lists of types.

A search that runs for long leaves most of its cells behind: those of nodes that are closed, and heap entries that
bounds have fallen below what a useful ray must gain. Here everything an open node can reach moves to the front of its
pool, in the old order, and numbers follow.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from raymenu.solvers.support.search.arrays import (
    CELL,
    CELLS,
    CHILD,
    DEPTH_FIRST,
    FROM,
    HEAPS,
    LEFT,
    LEN,
    LISTS,
    MOST_STUCK,
    NEXT,
    NODES,
    OFF,
    OPEN,
    RANK,
    RIGHT,
    ROOT,
    SET,
    STAMP,
    STUCK,
    TREES,
    Cells,
    Heap,
    Ints,
    Pools,
)
from raymenu.solvers.support.search.kernel import kernel

Bools = NDArray[np.bool_]
NOBODY = 2**60
"""Stands for a tree that is gone, in the stamps of cells."""
UNSEEN, ENTERED, LEFT_BEHIND = range(3)
AT_ONCE = 10_000


@kernel
def mark_entries(heap: Heap, root: int, level: float, state: np.ndarray, path: np.ndarray) -> None:
    """Mark the entries of a heap above ``level``, cut off the others, and mend the ranks on the way back."""
    key, record = heap.key, heap.entry
    path[0] = root
    depth = 1
    while depth > 0:
        entry = path[depth - 1]
        if state[entry] == UNSEEN:
            state[entry] = ENTERED
            for side in (LEFT, RIGHT):
                below = record[entry, side]
                if below != -1 and key[below] <= level:
                    record[entry, side] = -1
                elif below != -1 and state[below] == UNSEEN:
                    path[depth] = below
                    depth += 1
            continue
        depth -= 1
        if state[entry] == ENTERED:
            state[entry] = LEFT_BEHIND
            left, right = record[entry, LEFT], record[entry, RIGHT]
            rank_left = -1 if left == -1 else record[left, RANK]
            rank_right = -1 if right == -1 else record[right, RANK]
            if rank_left < rank_right:
                record[entry, LEFT], record[entry, RIGHT] = right, left
            record[entry, RANK] = min(rank_left, rank_right) + 1


@kernel
def mark_sisters(cells: Cells, live: np.ndarray) -> None:
    """Where one half of a live cell is live, so is the other; where neither is, the cell counts as unsplit."""
    for cell in range(live.shape[0]):
        child = cells.i[cell, CHILD]
        if live[cell] and child != -1:
            if live[child] or live[child + 1]:
                live[child] = True
                live[child + 1] = True
            else:
                cells.i[cell, CHILD] = -1


def reclaim(pools: Pools) -> None:
    """Move what the open nodes can reach to the front of each pool."""
    trees = keep_nodes(pools)
    needed = trees[trees >= 0]
    needed = np.union1d(needed, pools.partly[pools.partly >= 0])
    keep_entries(pools, needed)
    keep_cells(pools)
    keep_trees(pools, needed)


def keep_nodes(pools: Pools) -> Ints:
    """The open nodes, in their old order; their trees."""
    nodes, counts = pools.nodes, pools.counts
    heap = nodes.heap[: counts[OPEN]]
    live = np.sort(heap)
    heap[:] = np.searchsorted(live, heap)
    for pool in (nodes.tree, nodes.bound, nodes.key):
        move(pool, live)
    if counts[DEPTH_FIRST]:
        nodes.key[: live.size] = np.arange(live.size)
    counts[NODES] = live.size
    return nodes.tree[: live.size]


def keep_entries(pools: Pools, trees: Ints) -> None:
    """The heap entries that these trees reach, without those of no use."""
    heap, counts = pools.heap, pools.counts
    state = np.full(counts[HEAPS], UNSEEN, np.int8)
    path = np.empty(2 * counts[HEAPS] + 2, np.int64)
    roots = pools.trees.i[: counts[TREES], ROOT]
    for tree in trees:
        if roots[tree] != -1:
            mark_entries(heap, roots[tree], pools.need[pools.trees.i[tree, SET]], state, path)
    live = np.flatnonzero(state)
    renumbered = numbers(live, counts[HEAPS])
    for pool in heap:
        move(pool, live)
    for side in (LEFT, RIGHT):
        heap.entry[: live.size, side] = renumbered[heap.entry[: live.size, side]]
    roots[:] = renumbered[roots]
    counts[HEAPS] = live.size


def keep_cells(pools: Pools) -> None:
    """The cells in the heap entries kept, and their lists."""
    cells, heap, counts = pools.cells, pools.heap, pools.counts
    entry = heap.entry[: counts[HEAPS]]
    marked = np.zeros(counts[CELLS], np.bool_)
    marked[entry[:, CELL]] = True
    mark_sisters(cells, marked)
    live = np.flatnonzero(marked)
    renumbered = numbers(live, counts[CELLS])
    for pool in cells:
        move(pool, live)
    entry[:, CELL] = renumbered[entry[:, CELL]]
    record = cells.i[: live.size]
    record[:, CHILD] = renumbered[record[:, CHILD]]
    counts[CELLS] = live.size
    # Lists: cells that were copied share theirs; the list of all types stays where it is, in front.
    at = pools.work.value.size
    begins, which = np.unique(record[:, OFF], return_inverse=True)
    longest = np.zeros(begins.size, np.int64)
    np.maximum.at(longest, which, record[:, LEN])
    moved = np.zeros(begins.size, np.int64)
    for k, (begin, length) in enumerate(zip(begins.tolist(), longest.tolist())):
        if begin > 0:
            pools.lists[at : at + length] = pools.lists[begin : begin + length].copy()
            moved[k] = at
            at += length
    record[:, OFF] = moved[which]
    counts[LISTS] = at


def keep_trees(pools: Pools, needed: Ints) -> None:
    """The trees of open nodes, and those that others start from or are chained to."""
    trees, counts = pools.trees, pools.counts
    stuck = pools.nodes.stuck[: min(counts[STUCK], MOST_STUCK)]
    linked = [needed, trees.i[needed, FROM], pools.first, stuck.reshape(-1)]
    live = np.unique(np.concatenate(linked))
    live = live[live >= 0]
    renumbered = numbers(live, counts[TREES])
    # A tree found by its prices is used again: those without their cells are taken out of the chains.
    chained = np.isin(live, np.union1d(needed, pools.first))
    for pool in trees:
        move(pool, live)
    record = trees.i[: live.size]
    record[:, FROM] = renumbered[record[:, FROM]]
    record[:, NEXT] = -1
    partly = set(renumbered[pools.partly[pools.partly >= 0]].tolist())
    pools.first[:] = renumbered[pools.first]
    pools.partly[:] = renumbered[pools.partly]
    for tree in np.flatnonzero(chained).tolist():
        head = pools.first[record[tree, SET]]
        if tree != head and tree not in partly:
            record[tree, NEXT] = record[head, NEXT]
            record[head, NEXT] = tree
    nodes = pools.nodes.tree[: counts[NODES]]
    nodes[:] = renumbered[nodes]
    stuck[:] = renumbered[stuck]
    stamps = pools.cells.i[: counts[CELLS], STAMP]
    bounded = stamps >= 0
    owner = np.where(bounded, stamps, -1 - stamps)
    owner = np.where(owner < NOBODY, renumbered[np.minimum(owner, counts[TREES])], -1)
    owner = np.where(owner < 0, NOBODY, owner)
    stamps[:] = np.where(bounded, owner, -1 - owner)
    counts[TREES] = live.size


def move(pool: NDArray[Any], live: Ints) -> None:
    """Move the rows ``live``, which are in rising order, to the front; a part at a time, for pools are large."""
    for start in range(0, live.size, AT_ONCE):
        rows = live[start : start + AT_ONCE]
        pool[start : start + rows.size] = pool[rows]


def numbers(live: Ints, size: int) -> Ints:
    """The new number of each old one, -1 for those that are gone and for -1 itself (as the last place)."""
    renumbered = np.full(size + 1, -1, np.int64)
    renumbered[live] = np.arange(live.size)
    return renumbered
