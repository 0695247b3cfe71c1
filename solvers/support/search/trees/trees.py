"""One tree of cells for each negative set and each set of prices it must keep: an oracle for V_N(T), refined as needed.

V_N(T) is the best gain of a single ray whose negative set is N and whose price on each edge (a, b), a in N, b not in N,
is at least T[a, b]. A tree knows a ray (its lower bound) and the highest bound of its cells.
"""

from __future__ import annotations

from raymenu.solvers.support.search.arrays import (
    BASE,
    BOUND,
    CELL,
    CELL_ROOM,
    CELLS,
    CHILD,
    FROM,
    HEAP_ROOM,
    HEAPS,
    HIGH,
    HIGH_END,
    LEN,
    LOW,
    LOW_END,
    LOWER,
    NEXT,
    OFF,
    OWNER,
    OWNERS,
    PATIENCE,
    ROOT,
    SET,
    STAMP,
    TREES,
    UPPER,
    Ints,
    Pools,
    Problem,
)
from raymenu.solvers.support.search.cells.cells import (
    asks_more,
    bound_again,
    bound_cell,
    bound_under,
    new_cell,
    split_cell,
)
from raymenu.solvers.support.search.cells.representative import EASE, lift_ray, probe_cell
from raymenu.solvers.support.search.cells.willingness import INF
from raymenu.solvers.support.search.kernel import NONE, kernel
from raymenu.solvers.support.search.trees.heap import pop_cell, push_cell

FEW = 5000
"""Types up to which a single one at a ray's boundary matters."""
TINY = 1e-6
"""Cells narrower than this no longer say much about the tree's gain."""


@kernel
def new_tree(pools: Pools, negative: int) -> int:
    """An empty tree without prices."""
    tree = pools.counts[TREES]
    pools.counts[TREES] = tree + 1
    pools.counts[OWNERS] += 1
    pools.trees.i[tree, SET] = negative
    pools.trees.i[tree, ROOT] = -1
    pools.trees.i[tree, OWNER] = pools.counts[OWNERS]
    pools.trees.i[tree, NEXT] = -1
    pools.trees.i[tree, FROM] = tree
    pools.trees.f[tree, LOWER] = 0.0
    pools.trees.f[tree, UPPER] = INF
    pools.trees.f[tree, PATIENCE] = 1.0
    for i in range(pools.trees.ray.shape[1]):
        pools.trees.ray[tree, i] = 0.0
        for j in range(pools.trees.ray.shape[1]):
            pools.trees.price[tree, i, j] = 0.0
    return tree


@kernel
def plant(pools: Pools, problem: Problem, tree: int, wholly: bool) -> None:
    """The root cells, one for each anchor (its h is 1, the others' in [0, 1]) and each reference (its y is 1).

    Some tasks are given up ``wholly`` as long as no price binds them: one such is then the only anchor.
    """
    tasks = problem.w.shape[0]
    negative = pools.trees.i[tree, SET]
    alone = -1
    for i in range(tasks):
        if wholly and (negative >> i) & 1 and pays_wholly(problem, negative, i):
            alone = i
    highest = highest_price(problem, negative)
    if highest <= 0:
        return
    some = problem.wanted & ~negative != 0
    for a in range(tasks):
        if not (negative >> a) & 1 or (alone >= 0 and a != alone):
            continue
        for r in range(tasks):
            # Where no task is taken up for its worth there is no reference, and one cell per anchor.
            if (some and not ((problem.wanted & ~negative) >> r) & 1) or (not some and r > 0):
                continue
            cell = new_cell(pools.cells, pools.counts, NONE, -1 - tree)
            for i in range(tasks):
                whole = wholly and (negative >> i) & 1 and pays_wholly(problem, negative, i)
                pools.cells.box[cell, LOW_END, i] = 1.0 if whole else 0.0
                pools.cells.box[cell, HIGH_END, i] = 1.0 if ((negative | problem.wanted) >> i) & 1 else 0.0
            pools.cells.box[cell, LOW_END, a] = 1.0
            if some:
                pools.cells.box[cell, LOW_END, r] = 1.0
            pools.cells.f[cell, BOUND] = INF
            pools.cells.f[cell, BASE] = 0.0
            pools.cells.f[cell, LOW] = 0.0
            pools.cells.f[cell, HIGH] = highest * (1 + 1e-12)
            pools.cells.i[cell, OFF] = 0
            pools.cells.i[cell, LEN] = problem.cost.shape[1]
            push_cell(pools.heap, pools.counts, pools.trees.i, tree, cell, INF)


@kernel
def pays_wholly(problem: Problem, negative: int, i: int) -> bool:
    """Whether a ray that gives up some of task i had better give up all of it, where no price binds it.

    With w_i <= 0 that pays by itself, and more types accept. With w_i > 0 it does where a task that is not given up is
    better than i for every type: some more of that one makes up for it.
    """
    return problem.w[i] <= 0 or problem.beaten[i] & ~negative != 0


@kernel
def highest_price(problem: Problem, negative: int) -> float:
    """The most any type could pay for anything with this negative set."""
    w = problem.w
    tasks = w.shape[0]
    highest = 0.0
    takes = False
    for i in range(tasks):
        takes = takes or (not (negative >> i) & 1 and w[i] > 0)
    if takes:
        for s in range(problem.cost.shape[1]):
            m = INF
            for i in range(tasks):
                if not (negative >> i) & 1 and w[i] > 0:
                    m = min(m, problem.cost[i, s] / w[i])
            v = 0.0
            for i in range(tasks):
                if (negative >> i) & 1:
                    v += max(0.0, problem.cost[i, s] / m - w[i])
            highest = max(highest, v)
    else:
        for i in range(tasks):
            highest += max(0.0, -w[i])
    return highest


@kernel
def crowded(counts: Ints) -> bool:
    """Whether cells or heap entries are about to run out."""
    return counts[CELLS] + 16 > counts[CELL_ROOM] or counts[HEAPS] + 4 * 128 > counts[HEAP_ROOM]


@kernel
def settle(pools: Pools, problem: Problem, tree: int, level: float) -> None:
    """Bound cells until the highest bound is one that keeps the tree's own prices; drop what is at most ``level``.

    Trees that differ only in prices on tasks taken up for their worth share their cells. A cell of other trees is
    copied first: its bound stays valid, and is a start.
    """
    # Taken out once: each time a kernel takes an array out of the pools it counts a reference.
    cells, heap, counts = pools.cells, pools.heap, pools.counts
    tree_i, tree_f = pools.trees.i, pools.trees.f
    cell_f, cell_i = cells.f, cells.i
    prices = pools.trees.price[tree]
    source = tree_i[tree, FROM]
    while True:
        root = tree_i[tree, ROOT]
        if root == -1 or heap.key[root] <= level:
            tree_i[tree, ROOT] = -1
            tree_f[tree, UPPER] = 0.0
            return
        key = heap.key[root]
        cell = heap.entry[root, CELL]
        stamp = cell_i[cell, STAMP]
        if stamp == source:
            bound = min(key, bound_under(cells, cell, prices, problem.w, tree_i[tree, SET], problem.wanted))
            if bound == key or crowded(counts):
                tree_f[tree, UPPER] = min(tree_f[tree, UPPER], key)
                return
            pop_cell(heap, counts, tree_i, tree)
            if bound > level:
                push_cell(heap, counts, tree_i, tree, cell, bound)
            continue
        if crowded(counts):
            tree_f[tree, UPPER] = min(tree_f[tree, UPPER], key)
            return
        pop_cell(heap, counts, tree_i, tree)
        if stamp != -1 - source:
            cell = new_cell(cells, counts, cell, -1 - source)
            if cell_f[cell, BASE] > 0:
                # What surely accepted there need not where more of a task that is not wanted is asked for.
                cell_f[cell, BASE] = 0.0
                cell_i[cell, OFF] = 0
                cell_i[cell, LEN] = problem.cost.shape[1]
        bound = bound_cell(pools, problem, source, cell, level)
        if bound > level:
            push_cell(heap, counts, tree_i, tree, cell, min(key, bound))
        else:
            # For the trees that share it: nothing in here is of use to anybody.
            cell_i[cell, STAMP] = source
            cell_f[cell, BOUND] = max(0.0, bound)
            cell_f[cell, HIGH] = cell_f[cell, LOW]
            for j in range(cells.t.shape[1]):
                cells.t[cell, j] = max(0.0, bound)


@kernel
def refine(pools: Pools, problem: Problem, tree: int, level: float, target: float, splits: int) -> bool:
    """Split the highest cells until the tree's bound is at most ``target``; False if there was nothing to do."""
    # Taken out once: each time a kernel takes an array out of the pools it counts a reference.
    cells, heap, counts = pools.cells, pools.heap, pools.counts
    tree_i, tree_f = pools.trees.i, pools.trees.f
    cell_f, cell_i = cells.f, cells.i
    moved = False
    done = 0
    settle(pools, problem, tree, level)
    while done < splits:
        if tree_f[tree, UPPER] <= target or tree_i[tree, ROOT] == -1 or crowded(counts):
            return True
        root = tree_i[tree, ROOT]
        cell = heap.entry[root, CELL]
        key = heap.key[root]
        child = cell_i[cell, CHILD]
        if child == -1:
            if tree_i[tree, FROM] != tree and asks_more(pools, problem, tree, cell):
                # The steps of shared bounds are coarse: before splitting, look whether they were the reason.
                bound = min(key, bound_again(pools, problem, tree, cell, level))
                if key - bound > 0.25 * (key - target):
                    pop_cell(heap, counts, tree_i, tree)
                    if bound > level:
                        push_cell(heap, counts, tree_i, tree, cell, bound)
                    moved = True
                    settle(pools, problem, tree, level)
                    continue
            before = tree_f[tree, LOWER]
            task = probe_cell(pools, problem, tree, cell)
            if tree_f[tree, LOWER] > before:
                moved = True
            enough = tree_f[tree, LOWER] * (1 + 1e-12) + 2 * problem.tolerance[3]
            if task < 0 or tree_f[tree, UPPER] <= enough:
                return moved
            done += 1
            child = split_cell(cells, counts, cell, -1 - tree_i[tree, FROM], task)
            if cells.box[child, HIGH_END, task] - cells.box[child, LOW_END, task] < 0.5 * TINY:
                tree_f[tree, PATIENCE] = max(0.9 * tree_f[tree, PATIENCE], 1e-9)
        moved = True
        pop_cell(heap, counts, tree_i, tree)
        for side in range(2):
            # A sister bounded in another tree, and found useless there, need not be taken up.
            if cell_i[child + side, STAMP] < 0 or cell_f[child + side, BOUND] > level:
                push_cell(heap, counts, tree_i, tree, child + side, min(key, cell_f[child + side, BOUND]))
        settle(pools, problem, tree, level)
    return True


@kernel
def find_tree(pools: Pools, parent: int, a: int, b: int, price: float) -> int:
    """The tree with the parent's prices but for this one on edge (a, b); -1 if there is none yet."""
    tasks = pools.menu.shape[0]
    tree = pools.first[pools.trees.i[parent, SET]]
    while tree >= 0:
        same = True
        for i in range(tasks):
            for j in range(tasks):
                wanted = price if i == a and j == b else pools.trees.price[parent, i, j]
                if pools.trees.price[tree, i, j] != wanted:
                    same = False
        if same:
            break
        tree = pools.trees.i[tree, NEXT]
    return tree


@kernel
def inherit_ray(pools: Pools, problem: Problem, parent: int, tree: int, a: int, b: int, price: float) -> None:
    """The parent's ray, lifted to the new price on edge (a, b), to start with."""
    tasks = problem.w.shape[0]
    gain = pools.trees.f[parent, LOWER]
    if gain <= 0:
        return
    lifted = pools.trees.ray[parent].copy()
    if lifted[b] < -price * lifted[a]:
        gain = lift_ray(pools, problem, lifted, pools.trees.price[tree], EASE)
        # Or give up less of a instead: beside a price at which the tree's gain jumps, that loses next to nothing.
        less = pools.trees.ray[parent].copy()
        if less[b] > 0 and problem.cost.shape[1] <= FEW:
            less[a] = -less[b] / price * (1.0 - 1e-5)
            most = 0.0
            for i in range(tasks):
                most = max(most, -less[i])
            for i in range(tasks):
                less[i] /= most
            other = lift_ray(pools, problem, less, pools.trees.price[tree], EASE)
            if other > gain:
                gain = other
                lifted = less
    if gain > 0:
        pools.trees.f[tree, LOWER] = gain
        for i in range(tasks):
            pools.trees.ray[tree, i] = lifted[i]


@kernel
def priced_tree(pools: Pools, problem: Problem, parent: int, a: int, b: int, price: float) -> int:
    """The parent's tree with one more price to keep on edge (a, b): an old one if it is known, else a new one."""
    tasks = problem.w.shape[0]
    negative = pools.trees.i[parent, SET]
    price = max(price, pools.trees.price[parent, a, b])
    tree = find_tree(pools, parent, a, b, price)
    if tree >= 0:
        pools.trees.f[tree, UPPER] = min(pools.trees.f[tree, UPPER], pools.trees.f[parent, UPPER])
        return tree
    tree = new_tree(pools, negative)
    head = pools.first[negative]
    pools.trees.i[tree, NEXT] = pools.trees.i[head, NEXT]
    pools.trees.i[head, NEXT] = tree
    bound_before = False
    for i in range(tasks):
        if pools.trees.price[parent, a, i] > 0:
            bound_before = True
        for j in range(tasks):
            pools.trees.price[tree, i, j] = pools.trees.price[parent, i, j]
    pools.trees.price[tree, a, b] = price
    pools.trees.f[tree, UPPER] = pools.trees.f[parent, UPPER]
    inherit_ray(pools, problem, parent, tree, a, b, price)
    source = parent
    if pays_wholly(problem, negative, a) and not bound_before:
        # Task a was given up wholly: not without loss any more.
        source = pools.partly[negative]
        if source < 0:
            source = new_tree(pools, negative)
            plant(pools, problem, source, False)
            pools.partly[negative] = source
    shared = True
    for i in range(tasks):
        for j in range(tasks):
            if not (problem.wanted >> j) & 1 and pools.trees.price[tree, i, j] > pools.trees.price[source, i, j]:
                shared = False
    if shared:
        pools.trees.i[tree, FROM] = pools.trees.i[source, FROM]
    pools.trees.i[tree, ROOT] = pools.trees.i[source, ROOT]
    # From here on both trees copy the entries they change.
    pools.counts[OWNERS] += 1
    pools.trees.i[source, OWNER] = pools.counts[OWNERS]
    return tree
