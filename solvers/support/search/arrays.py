"""The arrays the compiled search works on: one problem, and pools that grow between calls.

Everything is scaled so that an endowment of 1 is held of every task that can be given up: ``cost[i, s]`` is
``c_si eta_i`` and ``w_i`` is multiplied by ``eta_i``, where ``eta_i > 0``; where it is 0 the unit is left alone.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Lists = NDArray[np.int32]

# Columns of the pools.
BOUND, BASE, LOW, HIGH = range(4)  # cells.f: bound, weight that surely accepts, window of useful prices
STAMP, OFF, LEN, CHILD = range(4)  # cells.i: see below
LEFT, RIGHT, RANK, CELL, HOLDER = range(5)  # heap.entry: a leftist heap that versions share, copied on write
SET, ROOT, OWNER, NEXT, FROM = range(5)  # trees.i: see below
LOWER, UPPER, PATIENCE = range(3)  # trees.f: gain of its best known ray, bound, how well refining it has paid
# STAMP is the tree whose prices the cell's bound keeps, -1 - tree while it has none; OFF and LEN its list of active
# types; CHILD the first of the two cells it is split into, -1 before. SET is a tree's negative set as bits, ROOT the
# root of its heap, OWNER its stamp of ownership there, NEXT the next tree of the set, FROM the tree whose cells it has.
# Counters.
CELLS, HEAPS, LISTS, TREES, NODES, OPEN, OWNERS, RAYS = range(8)
BOUNDED, VISITS, BRANCHES, STUCK, PLANTED = range(8, 13)
DEPTH_FIRST = 13  # 1 where the youngest node is taken first
CELL_ROOM, HEAP_ROOM = range(14, 16)  # how many cells and heap entries there is room for
PRICED = 16  # looks at a type for rays that represent cells
# Levels: gain of the incumbent, the level at which the search closes, bound of nodes given up, bound of the open nodes.
GAIN, CLOSE, GIVEN_UP, TOP = range(4)
LOW_END, HIGH_END = range(2)  # cells.box
GIVEN, TAKEN, PAID = range(3)  # work.role: tasks given up, taken up for their worth, taken up where prices ask for it
BLOCK = 512
"""Types looked at together: their rows fit the nearest cache."""
MOST_STUCK = 64
"""Nodes given up that are remembered."""
MOST_BUCKETS = 8192
STEPS = 16


class Problem(NamedTuple):
    """One support function, scaled: what the kernels read."""

    cost: Floats  # (I, S)
    ratio: Floats  # (I, S), cost / w where w > 0
    weight: Floats  # (S,), probabilities
    w: Floats  # (I,)
    mean: Floats  # (I,), mean costs: natural prices to branch at
    tolerance: Floats  # relative gap, absolute gap, floor of the gap, margin for rounding
    endowed: int  # bits of the tasks that can be given up
    wanted: int  # bits of the tasks taken up for their worth
    beaten: Ints  # (I,), bits of the tasks that are better than task i for every type


class Cells(NamedTuple):
    """Boxes of rays, in the columns named above."""

    box: Floats  # (cells, 2, I), ends of the intervals: h of the tasks given up, y of those taken up
    f: Floats
    i: Ints
    t: Floats  # (cells, STEPS), bound at prices from j/STEPS of the window upwards


class Heap(NamedTuple):
    """Entries of the leftist heaps that trees share."""

    key: Floats
    entry: Ints


class Trees(NamedTuple):
    """A tree of cells for a negative set and prices."""

    price: Floats  # (trees, I, I), lower prices T[a, b]: kappa_b >= T[a, b] h_a
    ray: Floats  # (trees, I), best known ray
    f: Floats
    i: Ints


class Nodes(NamedTuple):
    """Partitions of the tasks."""

    tree: Ints  # (nodes, I), its trees, -1 where there are fewer
    bound: Floats
    key: Floats  # what the open nodes are ordered by
    heap: Ints  # the open nodes, a binary heap
    stuck: Ints  # (MOST_STUCK, I), trees of the nodes given up


class Work(NamedTuple):
    """Room to compute in."""

    value: Floats  # (S,), the most a type could accept
    surely: Floats  # (S,), what it accepts everywhere in the cell
    block: Floats  # (I, BLOCK), the rows of the types looked at together
    rate: Floats  # (8, BLOCK)
    role: Ints  # (3, I), the tasks by what a ray does with them
    bucket: Lists  # (S,)
    picked: Lists  # (S + 1,), places in a list of types
    bins: Floats
    sorted: Floats
    steps: Floats


class Pools(NamedTuple):
    """The state of the search: what the kernels write.

    A call copies the descriptors of all arrays it passes on, so the innermost kernels take the part they work on.
    """

    cells: Cells
    heap: Heap
    trees: Trees
    nodes: Nodes
    work: Work
    lists: Lists  # the types active in each cell, one after the other
    need: Floats  # (2^I,), what a ray with each negative set must gain beyond
    first: Ints  # (2^I,), the unrestricted tree of each set, -1 if none
    partly: Ints  # (2^I,), the same where all tasks may be given up in part, -1 if not needed yet
    menu: Floats  # (I, I), rays of the incumbent
    counts: Ints
    level: Floats


def make_pools(tasks: int, size: int) -> Pools:
    """Pools for I tasks and S types, small at first."""
    cells, heaps, trees, nodes = 4000, 30000, 200 + 2**tasks, 400 + _partitions(tasks)

    def floats(*shape: int) -> Floats:
        return np.empty(shape)

    def ints(*shape: int) -> Ints:
        return np.empty(shape, dtype=np.int64)

    pools = Pools(
        cells=Cells(box=floats(cells, 2, tasks), f=floats(cells, 4), i=ints(cells, 4), t=floats(cells, STEPS)),
        heap=Heap(key=floats(heaps), entry=ints(heaps, 5)),
        trees=Trees(price=floats(trees, tasks, tasks), ray=floats(trees, tasks), f=floats(trees, 3), i=ints(trees, 5)),
        nodes=Nodes(
            tree=ints(nodes, tasks),
            bound=floats(nodes),
            key=floats(nodes),
            heap=ints(nodes),
            stuck=ints(MOST_STUCK, tasks),
        ),
        work=Work(
            value=floats(size),
            surely=floats(size),
            block=floats(tasks, BLOCK),
            rate=floats(8, BLOCK),
            role=ints(3, tasks),
            bucket=np.empty(size, dtype=np.int32),
            picked=np.empty(size + 1, dtype=np.int32),
            bins=floats(2, MOST_BUCKETS + 2),
            sorted=floats(2, size),
            steps=floats(STEPS),
        ),
        lists=np.empty(4 * size + 100_000, dtype=np.int32),
        need=np.zeros(2**tasks),
        first=np.full(2**tasks, -1, dtype=np.int64),
        partly=np.full(2**tasks, -1, dtype=np.int64),
        menu=np.zeros((tasks, tasks)),
        counts=np.zeros(20, dtype=np.int64),
        level=np.zeros(4),
    )
    pools.lists[:size] = np.arange(size)
    pools.counts[LISTS] = size
    return _measured(pools)


def grown(pools: Pools, names: tuple[str, ...]) -> Pools:
    """The same pools, those named twice as long."""
    longer: dict[str, Any] = {}
    for name in names:
        pool = getattr(pools, name)
        longer[name] = _doubled(pool) if isinstance(pool, np.ndarray) else pool._make(map(_doubled, pool))
    return _measured(pools._replace(**longer))


def _measured(pools: Pools) -> Pools:
    """The pools, their room noted where kernels read it without touching the pools themselves."""
    pools.counts[CELL_ROOM] = pools.cells.f.shape[0]
    pools.counts[HEAP_ROOM] = pools.heap.key.shape[0]
    return pools


def _doubled(old: NDArray[Any]) -> NDArray[Any]:
    new = np.empty((2 * old.shape[0], *old.shape[1:]), dtype=old.dtype)
    new[: old.shape[0]] = old
    return new


def nbytes(pools: Any) -> int:
    """Memory that pools hold: an array, or a tuple of them."""
    return int(pools.nbytes) if isinstance(pools, np.ndarray) else sum(nbytes(pool) for pool in pools)


def _partitions(n: int) -> int:
    """Bell's number: the partitions of n tasks."""
    row = [1]
    for _ in range(n - 1):
        nxt = [row[-1]]
        for value in row:
            nxt.append(nxt[-1] + value)
        row = nxt
    return row[-1]
