"""The posted price: max over v of v * Pr[value_s >= v], without sorting everything.

Every type that accepts a ray pays the designer the same w . kappa. So if ``value_s`` bounds what type s could pay
inside a cell of rays, the gain of every ray in the cell is at most this maximum.
"""

from __future__ import annotations

from raymenu.solvers.support.search.arrays import MOST_BUCKETS, MOST_SORTED, STEPS, Lists, Problem, Work
from raymenu.solvers.support.search.kernel import kernel

EDGE = 1e-6
"""Share of a bucket by which windows are widened: rounding may put a value into the neighbouring bucket."""

NOWHERE = MOST_BUCKETS + 1
"""The bucket of values below the window."""
INF = float("inf")


@kernel
def posted_price(
    work: Work, lists: Lists, problem: Problem, off: int, n: int, base: float, low: float, high: float, level: float
) -> tuple[float, float, float, float, float]:
    """The maximum over prices in [low, high], and the window of prices that could still earn more than ``level``.

    ``work.value[:n]`` belongs to the types ``lists[off : off + n]``; ``base`` is the weight that accepts every
    price of the window. One pass puts the values into buckets; only buckets that could hold the maximum are sorted. A
    price between two values earns less than the upper one, but a smaller cell may move that value down to it: so the
    window starts at the lowest price, not the lowest value, that could earn the level.

    Returns
    -------
    An upper bound of the maximum (within a fiftieth of the relative gap asked for, unless it is at most ``level``), the
    window's ends, the best price found and what it earns. Above the level ``work.steps[j]`` bounds what prices from
    j/STEPS of the new window upwards earn.
    """
    value, bucket, weight = work.value, work.bucket, problem.weight
    buckets = 16
    while 2 * buckets < n and buckets < MOST_BUCKETS:
        buckets *= 2
    width = (high - low) / buckets
    inverse = 0.0
    if width > 0:
        inverse = 1.0 / width
        if not inverse < 1e300:
            inverse = 0.0
    mass, most = work.bins[0], work.bins[1]
    for k in range(buckets):
        mass[k] = 0.0
        most[k] = -1.0
    mass[NOWHERE] = 0.0
    most[NOWHERE] = -INF
    for j in range(n):
        v = value[j] if value[j] < high else high
        value[j] = v
        k = int((v - low) * inverse if v >= low else 0.0)
        k = k if k < buckets else buckets - 1
        bucket[j] = k if v >= low else NOWHERE
    for j in range(n):
        k = bucket[j]
        mass[k] += weight[lists[off + j]]
        most[k] = max(most[k], value[j])
    # From here mass[k] is the weight of bucket k and all above it, most[k] a bound on what a price in bucket k earns.
    total = base
    mass[buckets] = base
    top = -1
    earned = -1.0
    exact = high * base
    price = high
    for k in range(buckets - 1, -1, -1):
        if mass[k] > 0:
            total += mass[k]
            most[k] *= total
            if most[k] > earned:
                earned = most[k]
                top = k
            # The bucket's lower end is a price too, accepted by all of it.
            edge = max(low, low + (k - EDGE) * width)
            if edge * total > exact:
                exact = edge * total
                price = edge
        mass[k] = total
    if max(exact, earned) <= level or top < 0:
        return max(exact, earned), low, high, price, exact
    close = 1.0 + 0.02 * problem.tolerance[0]
    ordered, ordered_weight = work.sorted[0], work.sorted[1]
    picked = work.picked
    useful = 0
    if earned > exact * close:
        for j in range(n):
            picked[useful] = j
            useful += most[bucket[j]] > exact * close
    while earned > exact * close:
        m = 0
        for c in range(useful):
            j = picked[c]
            if bucket[j] == top:
                if m == MOST_SORTED:
                    m += 1
                    break
                v = value[j]
                i = m
                while i > 0 and ordered[i - 1] < v:
                    ordered[i] = ordered[i - 1]
                    ordered_weight[i] = ordered_weight[i - 1]
                    i -= 1
                ordered[i] = v
                ordered_weight[i] = weight[lists[off + j]]
                m += 1
        if m > MOST_SORTED:
            # Mostly ties: the bucket's own bound stands, its lower end is nearly as good a price.
            break
        total = mass[top + 1]
        most[top] = -1.0
        for i in range(m):
            total += ordered_weight[i]
            gain = ordered[i] * total
            most[top] = max(most[top], gain)
            if gain > exact:
                exact = gain
                price = ordered[i]
        earned = -1.0
        for k in range(buckets):
            if most[k] > earned:
                earned = most[k]
                top = k
    bound = max(exact, earned)
    for j in range(STEPS):
        work.steps[j] = bound
    if bound <= level or inverse == 0.0:
        return bound, low, high, price, exact
    last = buckets - 1
    while last > 0 and most[last] <= level:
        last -= 1
    first = 0
    while first < last and (low + (first + 1 + EDGE) * width) * mass[first] <= level:
        first += 1
    new_low = max(low, low + (first - EDGE) * width)
    new_high = high if high * base > level else min(high, low + (last + 1 + EDGE) * width)
    steps = work.steps
    upto = high * base
    k = buckets - 1
    for j in range(STEPS - 1, -1, -1):
        edge = (new_low + j * (new_high - new_low) / STEPS - low) * inverse - EDGE
        while k >= 0 and k + 1 >= edge:
            upto = max(upto, most[k])
            k -= 1
        steps[j] = min(upto, bound)
    return bound, new_low, new_high, price, exact
