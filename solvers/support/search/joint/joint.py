"""The joint search over polarized menus.

A node is a partition of the tasks into negative sets, each with a tree, and so with the prices these trees keep. Its
bound is the sum of its trees' bounds. The node with the highest bound is taken; if the trees' rays are polarized, or
the trees' own gaps are the larger part of the excess, the loosest tree is refined; else two rays conflict on an edge
(a, b), and in every polarized menu either the first's price there is at least tau or the second's is at least
1/tau: two nodes.
"""

from __future__ import annotations

import numpy as np

from raymenu.solvers.support.search.arrays import (
    BOUNDED,
    BRANCHES,
    CLOSE,
    DEPTH_FIRST,
    GAIN,
    GIVEN_UP,
    LISTS,
    LOWER,
    MOST_STUCK,
    NODES,
    OPEN,
    PATIENCE,
    PLANTED,
    PRICED,
    SET,
    STUCK,
    TOP,
    TREES,
    UPPER,
    VISITS,
    Ints,
    Pools,
    Problem,
)
from raymenu.solvers.support.search.cells.willingness import INF, ROUNDING
from raymenu.solvers.support.search.joint.branching import branching_price, choose_conflict
from raymenu.solvers.support.search.joint.menus import mend_menu, polarized, try_menu
from raymenu.solvers.support.search.joint.nodes import (
    highest_bound,
    is_first,
    new_node,
    node_bound,
    pop_node,
    push_node,
)
from raymenu.solvers.support.search.kernel import NONE, kernel
from raymenu.solvers.support.search.trees.trees import crowded, new_tree, plant, priced_tree, refine, settle

DONE, PAUSED, FULL = range(3)
AT_ONCE = 32
"""Splits of one tree between two looks at the nodes."""
SHARE = 0.6
"""A node whose trees' gaps are less than this share of its excess is branched, if its rays conflict."""
CELL_LOOKS = 32
"""Bounding a cell takes as long as so many looks at a type, besides those at its types."""


@kernel
def spent(counts: Ints) -> int:
    """The work so far, in looks at a type."""
    return counts[VISITS] + counts[PRICED] + CELL_LOOKS * counts[BOUNDED]


@kernel
def raise_needs(pools: Pools) -> None:
    """need[N]: what a ray with negative set N must gain beyond, to be part of a menu worth finding.

    Beside it stand, in some node still open, at most the other trees' bounds. These only fall, and every node to come
    splits one that is open: a need once found stays valid, and cells and prices that gain no more are dropped for good.
    """
    fresh = np.full(pools.need.shape[0], INF)
    for k in range(pools.counts[OPEN]):
        node = pools.nodes.heap[k]
        total = node_bound(pools, pools.nodes.tree[node])
        if total <= pools.level[CLOSE]:
            continue
        for tree in pools.nodes.tree[node]:
            if tree >= 0:
                negative = pools.trees.i[tree, SET]
                need = pools.level[CLOSE] - (total - pools.trees.f[tree, UPPER])
                fresh[negative] = min(fresh[negative], need)
    for negative in range(pools.need.shape[0]):
        if fresh[negative] < INF:
            pools.need[negative] = max(pools.need[negative], fresh[negative] * (1 - ROUNDING))


@kernel
def begin(pools: Pools, problem: Problem) -> None:
    """Plant a tree for each negative set, and open a node for each partition of the tasks that can be given up."""
    tasks = problem.w.shape[0]
    held = np.empty(tasks, np.int64)
    n = 0
    for i in range(tasks):
        if (problem.endowed >> i) & 1:
            held[n] = i
            n += 1
    if n == 0:
        return
    for negative in range(1, pools.need.shape[0]):
        if negative & ~problem.endowed == 0:
            tree = new_tree(pools, negative)
            pools.first[negative] = tree
            plant(pools, problem, tree, True)
            settle(pools, problem, tree, 0.0)
    open_partitions(pools, held[:n])


@kernel
def open_partitions(pools: Pools, held: np.ndarray) -> None:
    """A node for each partition of the tasks held into negative sets."""
    n = held.shape[0]
    trees = np.empty(pools.menu.shape[0], np.int64)
    block = np.zeros(n, np.int64)  # a restricted growth string: the block each held task is in
    while True:
        trees[:] = -1
        for b in range(n):
            negative = 0
            for i in range(n):
                if block[i] == b:
                    negative |= 1 << held[i]
            if negative:
                trees[b] = pools.first[negative]
        new_node(pools, trees, node_bound(pools, trees))
        i = n - 1
        while i > 0:
            highest = 0
            for j in range(i):
                highest = max(highest, block[j])
            if block[i] <= highest:
                block[i] += 1
                for j in range(i + 1, n):
                    block[j] = 0
                break
            i -= 1
        if i <= 0:
            break


@kernel
def refine_one(pools: Pools, problem: Problem, trees: np.ndarray, excess: float) -> bool:
    """Refine the loosest tree; the next one if nothing can be done there. False if nothing can be done anywhere.

    A tree whose cells have become tiny waits: at a price where its gain jumps no cell is small enough, and it is the
    other trees' gaps, or another price, that close the node. Gaps that are nothing beside the excess stay.
    """
    tried = np.zeros(trees.shape[0], np.bool_)
    for _ in range(trees.shape[0]):
        loosest = NONE
        widest = 0.0
        for k in range(trees.shape[0]):
            if trees[k] < 0 or tried[k]:
                continue
            gap = pools.trees.f[trees[k], UPPER] - pools.trees.f[trees[k], LOWER]
            if gap > 1e-3 * excess and gap * pools.trees.f[trees[k], PATIENCE] > widest:
                widest = gap * pools.trees.f[trees[k], PATIENCE]
                loosest = k
        if loosest < 0:
            return False
        tried[loosest] = True
        tree = trees[loosest]
        upper = pools.trees.f[tree, UPPER]
        gap = upper - pools.trees.f[tree, LOWER]
        if refine(pools, problem, tree, pools.need[pools.trees.i[tree, SET]], upper - 0.5 * gap, AT_ONCE):
            return True
    return False


@kernel
def full(pools: Pools, problem: Problem) -> bool:
    """Whether a pool could overflow before the next look."""
    return (
        crowded(pools.counts)
        or pools.counts[LISTS] + problem.cost.shape[1] > pools.lists.shape[0]
        or pools.counts[TREES] + 8 > pools.trees.f.shape[0]
        or pools.counts[NODES] + 8 > pools.nodes.bound.shape[0]
    )


@kernel
def step(pools: Pools, problem: Problem, trees: np.ndarray, node: int) -> None:
    """Refine one of a node's trees, or branch the node on a price; nothing if it is of no use any more."""
    nodes, counts, level = pools.nodes, pools.counts, pools.level
    for k in range(trees.shape[0]):
        trees[k] = nodes.tree[node, k]
        if trees[k] >= 0:
            settle(pools, problem, trees[k], pools.need[pools.trees.i[trees[k], SET]])
    bound = min(nodes.bound[node], node_bound(pools, trees))
    if bound <= level[CLOSE]:
        return
    if not is_first(nodes, counts, node, bound):
        nodes.bound[node] = bound
        push_node(nodes, counts, node)
        return
    try_menu(pools, problem, trees)
    if bound <= level[CLOSE]:
        return
    gaps = 0.0
    for k in range(trees.shape[0]):
        if trees[k] >= 0:
            gaps += pools.trees.f[trees[k], UPPER] - pools.trees.f[trees[k], LOWER]
    excess = bound - level[GAIN]
    if (gaps > SHARE * excess or polarized(pools, trees)) and refine_one(pools, problem, trees, excess):
        try_menu(pools, problem, trees)
        nodes.bound[node] = min(bound, node_bound(pools, trees))
        push_node(nodes, counts, node)
        return
    one, two, a, b = choose_conflict(pools, problem, trees)
    price = -1.0
    if one >= 0:
        price = branching_price(pools, problem, trees[one], trees[two], a, b)
    if price > 0:
        branch(pools, problem, trees, bound, one, two, a, b, price)
    else:
        # Closed to within rounding: nothing left to refine or to branch on.
        for k in range(trees.shape[0]):
            nodes.stuck[counts[STUCK] % MOST_STUCK, k] = trees[k]
        counts[STUCK] += 1
        level[GIVEN_UP] = max(level[GIVEN_UP], bound)


@kernel
def branch(
    pools: Pools,
    problem: Problem,
    trees: np.ndarray,
    bound: float,
    one: int,
    two: int,
    a: int,
    b: int,
    price: float,
) -> None:
    """Two nodes: one tree's price on edge (a, b) is at least ``price``, or the other's on (b, a) at least 1 / price."""
    pools.counts[BRANCHES] += 1
    old_one = trees[one]
    old_two = trees[two]
    new_one = priced_tree(pools, problem, old_one, a, b, price)
    new_two = priced_tree(pools, problem, old_two, b, a, (1.0 - 1e-15) / price)
    trees[one] = new_one
    trees[two] = new_two
    try_menu(pools, problem, trees)
    for k in range(trees.shape[0]):
        if trees[k] >= 0 and pools.trees.f[trees[k], LOWER] > 0:
            mend_menu(pools, problem, trees, k)
    trees[two] = old_two
    new_node(pools, trees, bound)
    trees[one] = old_one
    trees[two] = new_two
    new_node(pools, trees, bound)


@kernel
def search(pools: Pools, problem: Problem, looks: int) -> int:
    """Search until the gap is closed (DONE), about ``looks`` at a type are spent (PAUSED), or a pool is FULL."""
    counts, level = pools.counts, pools.level
    trees = np.empty(problem.w.shape[0], np.int64)
    if counts[PLANTED] == 0:
        counts[PLANTED] = 1
        begin(pools, problem)
    count_needs_at = 0
    stop = spent(counts) + looks
    steps = 0
    while True:
        if counts[OPEN] == 0 or (counts[DEPTH_FIRST] == 0 and pools.nodes.bound[pools.nodes.heap[0]] <= level[CLOSE]):
            level[TOP] = 0.0
            return DONE
        if spent(counts) > stop or full(pools, problem):
            level[TOP] = highest_bound(pools.nodes, counts)
            return PAUSED if spent(counts) > stop else FULL
        if steps >= count_needs_at:
            raise_needs(pools)
            count_needs_at = steps + 1 + counts[OPEN] // 64
        steps += 1
        step(pools, problem, trees, pop_node(pools.nodes, counts))
