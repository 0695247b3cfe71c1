"""The joint search over polarized menus.

A node is a partition of the tasks into negative sets, each with a tree, and so with the prices these trees keep. Its
bound is the sum of its trees' bounds. The node with the highest bound is taken; if the trees' rays are polarized, or
the trees' own gaps are the larger part of the excess, the loosest tree is refined; else two rays conflict on an edge
(a, b), and in every polarized menu either the first's price there is at least tau or the second's is at least
1/tau: two nodes.
"""

from __future__ import annotations

import numpy as np

from raymenu.solvers.support.arrays import (
    BOUNDED,
    BRANCHES,
    CLOSE,
    GAIN,
    GIVEN_UP,
    LISTS,
    LOWER,
    MOST_STUCK,
    NODES,
    OPEN,
    PATIENCE,
    PLANTED,
    POPPED,
    RAYS,
    SET,
    STUCK,
    TOP,
    TREES,
    UPPER,
    VISITS,
    Pools,
    Problem,
)
from raymenu.solvers.support.kernel import NONE, kernel
from raymenu.solvers.support.representative import lift_ray
from raymenu.solvers.support.trees import crowded, new_tree, plant, priced_tree, refine, settle
from raymenu.solvers.support.willingness import INF, ROUNDING

DONE, PAUSED, FULL = range(3)
AT_ONCE = 32
"""Splits of one tree between two looks at the nodes."""
FEW = 2000
"""Types up to which conflicts are compared by what lifted rays lose."""
SHARE = 0.6
"""A node whose trees' gaps are less than this share of its excess is branched, if its rays conflict."""


@kernel
def raise_gain(pools: Pools, problem: Problem, gain: float) -> None:
    """A menu with this gain is known: move the level at which the search closes."""
    pools.level[GAIN] = max(pools.level[GAIN], gain)
    allowed = max(problem.tolerance[1], problem.tolerance[0] * pools.level[GAIN], problem.tolerance[2])
    pools.level[CLOSE] = max(pools.level[CLOSE], pools.level[GAIN] + allowed)


@kernel
def node_bound(pools: Pools, trees: np.ndarray) -> float:
    """Sum of the trees' bounds."""
    total = 0.0
    for k in range(trees.shape[0]):
        if trees[k] >= 0:
            total += pools.trees.f[trees[k], UPPER]
    return total


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
def clash(pools: Pools, one: int, two: int) -> tuple[float, int, int]:
    """The worst conflict of two trees' rays: its size in logs (0 if none) and the edge (a, b)."""
    size = 0.0
    at_a = at_b = NONE
    if pools.trees.f[one, LOWER] <= 0 or pools.trees.f[two, LOWER] <= 0:
        return size, at_a, at_b
    first = pools.trees.ray[one]
    second = pools.trees.ray[two]
    for a in range(first.shape[0]):
        if first[a] >= 0:
            continue
        for b in range(first.shape[0]):
            if second[b] >= 0:
                continue
            have = first[b] * second[a]
            need = first[a] * second[b]
            if have < need:
                if have > 0:
                    excess = np.log(need / have)
                else:
                    # One of the two takes up none of the other's task. However far the price is driven, that stays
                    # so: the farther it is already, the sooner other edges come first.
                    asked = max(first[b] / -first[a], second[a] / -second[b], 0.0)
                    excess = 8.0 / (1.0 + asked)
                if excess > size:
                    size = excess
                    at_a = a
                    at_b = b
    return size, at_a, at_b


@kernel
def try_menu(pools: Pools, problem: Problem, trees: np.ndarray) -> None:
    """The trees' rays as a menu, the best first, leaving out those that conflict with what is taken."""
    tasks = problem.w.shape[0]
    used = np.zeros(tasks, np.bool_)
    seen = np.zeros(tasks, np.bool_)
    total = 0.0
    for _ in range(tasks):
        best = NONE
        for k in range(tasks):
            if trees[k] < 0 or seen[k] or pools.trees.f[trees[k], LOWER] <= 0:
                continue
            if best < 0 or pools.trees.f[trees[k], LOWER] > pools.trees.f[trees[best], LOWER]:
                best = k
        if best < 0:
            break
        seen[best] = True
        fits = True
        for k in range(tasks):
            if used[k] and clash(pools, trees[best], trees[k])[0] > 0:
                fits = False
        if fits:
            used[best] = True
            total += pools.trees.f[trees[best], LOWER]
    if total > pools.level[GAIN]:
        rays = 0
        for k in range(tasks):
            if used[k]:
                for i in range(tasks):
                    pools.menu[rays, i] = pools.trees.ray[trees[k], i]
                rays += 1
        pools.counts[RAYS] = rays
        raise_gain(pools, problem, total)


@kernel
def push_node(pools: Pools, node: int) -> None:
    """Into the binary heap of open nodes."""
    heap, bound = pools.nodes.heap, pools.nodes.bound
    i = pools.counts[OPEN]
    pools.counts[OPEN] = i + 1
    heap[i] = node
    while i > 0:
        up = (i - 1) // 2
        if bound[heap[up]] >= bound[heap[i]]:
            break
        heap[up], heap[i] = heap[i], heap[up]
        i = up


@kernel
def pop_node(pools: Pools) -> int:
    """The open node with the highest bound."""
    heap, bound = pools.nodes.heap, pools.nodes.bound
    top = heap[0]
    n = pools.counts[OPEN] - 1
    pools.counts[OPEN] = n
    heap[0] = heap[n]
    i = 0
    while 2 * i + 1 < n:
        down = 2 * i + 1
        if down + 1 < n and bound[heap[down + 1]] > bound[heap[down]]:
            down += 1
        if bound[heap[i]] >= bound[heap[down]]:
            break
        heap[i], heap[down] = heap[down], heap[i]
        i = down
    return top


@kernel
def new_node(pools: Pools, trees: np.ndarray, bound: float) -> None:
    """Open a node."""
    node = pools.counts[NODES]
    pools.counts[NODES] = node + 1
    for k in range(trees.shape[0]):
        pools.nodes.tree[node, k] = trees[k]
    pools.nodes.bound[node] = bound
    push_node(pools, node)


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
    block = np.zeros(n, np.int64)  # a restricted growth string: the block each held task is in
    trees = np.empty(tasks, np.int64)
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
def mend_menu(pools: Pools, problem: Problem, trees: np.ndarray, first: int) -> None:
    """A menu from the trees' rays: one first, then the best; each is lifted until it is polarized with those before."""
    tasks = problem.w.shape[0]
    rays = np.zeros((tasks, tasks))
    n = 0
    total = 0.0
    seen = np.zeros(tasks, np.bool_)
    price = np.zeros((tasks, tasks))
    while True:
        best = first if n == 0 else NONE
        if n > 0:
            for k in range(tasks):
                if trees[k] < 0 or seen[k] or pools.trees.f[trees[k], LOWER] <= 0:
                    continue
                if best < 0 or pools.trees.f[trees[k], LOWER] > pools.trees.f[trees[best], LOWER]:
                    best = k
        if best < 0:
            break
        rest = 0.0
        for k in range(tasks):
            if trees[k] >= 0 and not seen[k]:
                rest += pools.trees.f[trees[k], LOWER]
        if total + rest <= pools.level[GAIN]:
            return
        seen[best] = True
        ray = pools.trees.ray[trees[best]].copy()
        fits = True
        clean = True
        for a in range(tasks):
            for b in range(tasks):
                price[a, b] = 0.0
        for m in range(n):
            for a in range(tasks):
                for b in range(tasks):
                    if ray[a] < 0 and rays[m, b] < 0:
                        if rays[m, a] <= 0:
                            fits = False
                        else:
                            price[a, b] = max(price[a, b], -rays[m, b] / rays[m, a])
                            if ray[b] < -ray[a] * price[a, b]:
                                clean = False
        if not fits:
            continue
        gain = pools.trees.f[trees[best], LOWER]
        if not clean:
            gain = lift_ray(pools, problem, ray, price)
        if gain > 0:
            total += gain
            for i in range(tasks):
                rays[n, i] = ray[i]
            n += 1
        elif n == 0:
            break
    if total > pools.level[GAIN]:
        for k in range(n):
            for i in range(tasks):
                pools.menu[k, i] = rays[k, i]
        pools.counts[RAYS] = n
        raise_gain(pools, problem, total)


@kernel
def branching_price(pools: Pools, problem: Problem, one: int, two: int, a: int, b: int) -> float:
    """A price tau strictly between what the two rays ask on edge (a, b): each side of the branch cuts off a ray."""
    first = pools.trees.ray[one]
    second = pools.trees.ray[two]
    low = first[b] / -first[a]
    high = -second[b] / second[a] if second[a] > 0 else INF
    natural = problem.mean[a] / problem.mean[b]
    if low <= 0:
        price = natural if high == INF else min(high / 4, natural)
    elif high == INF:
        price = max(low * 4, natural)
    else:
        price = np.sqrt(low) * np.sqrt(high)
    return price if low < price < high else -1.0


@kernel
def polarized(pools: Pools, trees: np.ndarray) -> bool:
    """Whether no two of the trees' rays conflict."""
    for k in range(trees.shape[0]):
        for m in range(k):
            if trees[k] >= 0 and trees[m] >= 0 and clash(pools, trees[k], trees[m])[0] > 0:
                return False
    return True


@kernel
def loss(pools: Pools, problem: Problem, tree: int, a: int, b: int, price: float) -> float:
    """What the tree's best known ray loses when lifted to a price on edge (a, b)."""
    prices = pools.trees.price[tree].copy()
    prices[a, b] = max(prices[a, b], price)
    ray = pools.trees.ray[tree].copy()
    return max(pools.trees.f[tree, LOWER] - lift_ray(pools, problem, ray, prices), 0.0)


@kernel
def choose_conflict(pools: Pools, problem: Problem, trees: np.ndarray) -> tuple[int, int, int, int]:
    """The conflict to branch on: the two places in the node (-1 where no rays conflict), and the edge.

    By turns the largest conflict, and that where the better of the two sides loses most, as far as lifted rays tell
    (not where lifting is dear). By losses alone small conflicts are branched for ever: a type at a ray's boundary is
    lost at any price.
    """
    best = -1.0
    one = two = a = b = NONE
    few = problem.cost.shape[1] <= FEW and pools.counts[BRANCHES] % 2 == 1
    for k in range(trees.shape[0]):
        for m in range(k):
            if trees[k] < 0 or trees[m] < 0:
                continue
            size, at_a, at_b = clash(pools, trees[k], trees[m])
            if size <= 0:
                continue
            score = size
            if few:
                price = branching_price(pools, problem, trees[k], trees[m], at_a, at_b)
                if price > 0:
                    first = loss(pools, problem, trees[k], at_a, at_b, price)
                    second = loss(pools, problem, trees[m], at_b, at_a, 1.0 / price)
                    score = (min(first, second) + 0.1 * max(first, second)) * min(size, 0.3)
                else:
                    score = 0.0
            if score > best:
                best, one, two, a, b = score, k, m, at_a, at_b
    return one, two, a, b


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
def search(pools: Pools, problem: Problem, visits: int) -> int:
    """Search until the gap is closed (DONE), about ``visits`` looks at a type are spent (PAUSED), or a pool is FULL."""
    tasks = problem.w.shape[0]
    trees = np.empty(tasks, np.int64)
    if pools.counts[PLANTED] == 0:
        pools.counts[PLANTED] = 1
        begin(pools, problem)
    counted = 0
    stop = pools.counts[VISITS] + 32 * pools.counts[BOUNDED] + visits
    while True:
        if pools.counts[OPEN] == 0:
            pools.level[TOP] = 0.0
            return DONE
        pools.level[TOP] = pools.nodes.bound[pools.nodes.heap[0]]
        if pools.level[TOP] <= pools.level[CLOSE]:
            return DONE
        if pools.counts[VISITS] + 32 * pools.counts[BOUNDED] > stop:
            return PAUSED
        if full(pools, problem):
            return FULL
        if pools.counts[POPPED] >= counted:
            raise_needs(pools)
            counted = pools.counts[POPPED] + 1 + pools.counts[OPEN] // 64
        node = pop_node(pools)
        pools.counts[POPPED] += 1
        for k in range(tasks):
            trees[k] = pools.nodes.tree[node, k]
            if trees[k] >= 0:
                settle(pools, problem, trees[k], pools.need[pools.trees.i[trees[k], SET]])
        bound = min(pools.nodes.bound[node], node_bound(pools, trees))
        if bound <= pools.level[CLOSE]:
            continue
        if pools.counts[OPEN] > 0 and bound < pools.nodes.bound[pools.nodes.heap[0]]:
            pools.nodes.bound[node] = bound
            push_node(pools, node)
            continue
        try_menu(pools, problem, trees)
        if bound <= pools.level[CLOSE]:
            continue
        gaps = 0.0
        for k in range(tasks):
            if trees[k] >= 0:
                gaps += pools.trees.f[trees[k], UPPER] - pools.trees.f[trees[k], LOWER]
        excess = bound - pools.level[GAIN]
        if (gaps > SHARE * excess or polarized(pools, trees)) and refine_one(pools, problem, trees, excess):
            try_menu(pools, problem, trees)
            pools.nodes.bound[node] = min(bound, node_bound(pools, trees))
            push_node(pools, node)
            continue
        one, two, a, b = choose_conflict(pools, problem, trees)
        price = -1.0
        if one >= 0:
            price = branching_price(pools, problem, trees[one], trees[two], a, b)
        if price <= 0:
            # Closed to within rounding: nothing left to refine or to branch on.
            for k in range(tasks):
                pools.nodes.stuck[pools.counts[STUCK] % MOST_STUCK, k] = trees[k]
            pools.counts[STUCK] += 1
            pools.level[GIVEN_UP] = max(pools.level[GIVEN_UP], bound)
            continue
        pools.counts[BRANCHES] += 1
        old_one = trees[one]
        old_two = trees[two]
        new_one = priced_tree(pools, problem, old_one, a, b, price)
        new_two = priced_tree(pools, problem, old_two, b, a, (1.0 - 1e-15) / price)
        trees[one] = new_one
        trees[two] = new_two
        try_menu(pools, problem, trees)
        for k in range(tasks):
            if trees[k] >= 0 and pools.trees.f[trees[k], LOWER] > 0:
                mend_menu(pools, problem, trees, k)
        trees[two] = old_two
        new_node(pools, trees, bound)
        trees[one] = old_one
        trees[two] = new_two
        new_node(pools, trees, bound)
