"""The posted price: max over v of v * Pr[value_s >= v], without sorting everything.

Every type that accepts a ray pays the designer the same w . kappa. So if ``value_s`` bounds what type s could pay
inside a cell of rays, the gain of every ray in the cell is at most this maximum.

Values go into buckets whose ends grow by a factor, not by a width: an end times the weight above it is then as near to
what the bucket's values earn wherever they lie, and costs that differ by orders of magnitude crowd no bucket. The
leading bits of a float are such a bucket's number: its logarithm, straight between powers of two.
"""

from __future__ import annotations

import numpy as np

from raymenu.solvers.support.search.arrays import MOST_BUCKETS, STEPS, Lists, Problem, Work
from raymenu.solvers.support.search.kernel import kernel

NOWHERE = MOST_BUCKETS + 1
"""The bucket of values below the window."""
FEW = 24
"""Values up to which a bucket is sorted by insertion."""
RANGE = 2.0**-14
"""Prices below this share of the highest are one bucket, where the window starts at 0."""
MANTISSA = 52
INF = float("inf")


@kernel
def number_of(value: float, shift: int) -> int:
    """The bucket of a nonnegative value, counted from 0."""
    return int(np.float64(value).view(np.int64) >> shift)


@kernel
def lower_end(number: int, shift: int) -> float:
    """The least value of a bucket."""
    return float(np.int64(number << shift).view(np.float64))


@kernel
def bucket_shift(low: float, high: float, most: int) -> int:
    """How many bits to drop, that at most ``most`` buckets lie between two values."""
    shift = MANTISSA
    while shift > 0 and number_of(high, shift - 1) - number_of(low, shift - 1) < most:
        shift -= 1
    return shift


@kernel
def sort_bucket(work: Work, m: int) -> None:
    """Sort the m values and weights in ``work.sorted``, the highest value first."""
    ordered, ordered_weight = work.sorted[0], work.sorted[1]
    if m > FEW:
        order = np.argsort(-ordered[:m])
        values, weights = ordered[:m].copy(), ordered_weight[:m].copy()
        for i in range(m):
            ordered[i] = values[order[i]]
            ordered_weight[i] = weights[order[i]]
        return
    for j in range(1, m):
        v, weight = ordered[j], ordered_weight[j]
        i = j
        while i > 0 and ordered[i - 1] < v:
            ordered[i] = ordered[i - 1]
            ordered_weight[i] = ordered_weight[i - 1]
            i -= 1
        ordered[i] = v
        ordered_weight[i] = weight


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
    if not high > 0:
        for j in range(STEPS):
            work.steps[j] = 0.0
        return 0.0, low, high, high, 0.0
    wanted = 16
    while 2 * wanted < n and wanted < MOST_BUCKETS // 2:
        wanted *= 2
    # Bucket 0 reaches down to ``low``.
    start = max(low, high * RANGE)
    shift = bucket_shift(start, high, 2 * wanted)
    first_number = number_of(start, shift)
    last = number_of(high, shift) - first_number
    mass, most = work.bins[0], work.bins[1]
    for k in range(last + 1):
        mass[k] = 0.0
        most[k] = -1.0
    mass[NOWHERE] = 0.0
    most[NOWHERE] = -INF
    for j in range(n):
        v = value[j] if value[j] < high else high
        value[j] = v
        k = number_of(v, shift) - first_number
        k = k if k > 0 else 0
        bucket[j] = k if v >= low else NOWHERE
    for j in range(n):
        k = bucket[j]
        mass[k] += weight[lists[off + j]]
        most[k] = max(most[k], value[j])
    # From here mass[k] is the weight of bucket k and all above it, most[k] a bound on what a price in bucket k earns.
    total = base
    mass[last + 1] = base
    top = -1
    earned = -1.0
    exact = high * base
    price = high
    for k in range(last, -1, -1):
        if mass[k] > 0:
            total += mass[k]
            most[k] *= total
            if most[k] > earned:
                earned = most[k]
                top = k
            # The bucket's lower end is a price too, accepted by all of it.
            edge = lower_end(first_number + k, shift) if k > 0 else low
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
                ordered[m] = value[j]
                ordered_weight[m] = weight[lists[off + j]]
                m += 1
        sort_bucket(work, m)
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
        for k in range(last + 1):
            if most[k] > earned:
                earned = most[k]
                top = k
    bound = max(exact, earned)
    for j in range(STEPS):
        work.steps[j] = bound
    if bound <= level:
        return bound, low, high, price, exact
    upper = last
    while upper > 0 and most[upper] <= level:
        upper -= 1
    lower = 0
    while lower < upper and lower_end(first_number + lower + 1, shift) * mass[lower] <= level:
        lower += 1
    new_low = max(low, lower_end(first_number + lower, shift)) if lower > 0 else low
    new_high = high if high * base > level else min(high, lower_end(first_number + upper + 1, shift))
    steps = work.steps
    upto = high * base
    k = last
    for j in range(STEPS - 1, -1, -1):
        edge = number_of(new_low + j * (new_high - new_low) / STEPS, shift) - first_number
        while k >= 0 and k >= edge:
            upto = max(upto, most[k])
            k -= 1
        steps[j] = min(upto, bound)
    return bound, new_low, new_high, price, exact
