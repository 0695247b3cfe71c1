"""What the types would pay for the rays of a cell, at most and at least.

A ray with negative set N is ``kappa_i = -h_i`` on N, ``kappa_i = t x_i / w_i`` on the tasks T it takes up for their
worth, with shares ``x_i = y_i / sum y``, and ``kappa_i = z_i >= 0`` on the others, Z. With
``m_s = sum_T x_i c_si / w_i`` type s accepts iff ``t m_s + c_s . z <= c_s . h``, so it pays the designer up to

    v_s = sum_N h_i (c_si / m_s - w_i) - sum_Z z_i (c_si / m_s - w_i).

A task is in Z, taken up only where prices ask for it, if ``w_i <= 0``, and also if another one, r, beats it: if
``w_i / c_si <= w_r / c_sr`` for every type. Then some of r for some of i is accepted by whoever accepted before, pays
no less, and keeps rays polarized. That matters most where w_i is a positive speck: no share of it is small enough.

Types are taken a block at a time, and a block one task after the other: each loop is over types alone, on contiguous
rows, so that compilers turn it into vector instructions.
"""

from __future__ import annotations

import numpy as np

from raymenu.solvers.support.search.arrays import (
    BLOCK,
    GIVEN,
    HIGH_END,
    LOW_END,
    PAID,
    TAKEN,
    Lists,
    Problem,
    Work,
)
from raymenu.solvers.support.search.kernel import kernel

ROUNDING = 1e-13
"""Relative error of a bound, generously: a few dozen units in the last place (2.2e-16)."""
INF = np.inf


@kernel
def sort_tasks(work: Work, problem: Problem, negative: int) -> tuple[int, int, int]:
    """Into ``work.role``: the tasks given up, those taken up for their worth, and the others; how many of each."""
    given = taken = paid = 0
    for i in range(problem.w.shape[0]):
        if (negative >> i) & 1:
            work.role[GIVEN, given] = i
            given += 1
        elif (problem.wanted >> i) & 1:
            work.role[TAKEN, taken] = i
            taken += 1
        else:
            work.role[PAID, paid] = i
            paid += 1
    return given, taken, paid


@kernel
def load_block(
    work: Work, lists: Lists, problem: Problem, at: int, size: int, given: int, taken: int, paid: int
) -> None:
    """The block's rows: ``c / w`` of the tasks taken up, then c of those given up, then c of the others."""
    for k in range(taken + given + paid):
        if k < taken:
            source = problem.ratio[work.role[TAKEN, k]]
        elif k < taken + given:
            source = problem.cost[work.role[GIVEN, k - taken]]
        else:
            source = problem.cost[work.role[PAID, k - taken - given]]
        row = work.block[k]
        for j in range(size):
            row[j] = source[lists[at + j]]


@kernel
def add_ends(
    row: np.ndarray, mean: np.ndarray, low: float, high: float, total: np.ndarray, weight: np.ndarray, size: int
) -> None:
    """Add a task at the end of its interval that pulls the weighted mean down: the high end where it is below it."""
    for j in range(size):
        y = high if row[j] < mean[j] else low
        total[j] += y * row[j]
        weight[j] += y


@kernel
def rate_block(work: Work, low: np.ndarray, high: np.ndarray, size: int, taken: int) -> None:
    """``1 / m_s`` at most and at least in the cell, into rows 0 and 1 of ``work.rate``.

    m_s is the mean of the types' ``c_si / w_i`` with weights ``y_i`` in [low_i, high_i]. Its minimum is a
    linear-fractional program in a box: ``F(m) = min_y sum_i y_i (c_si / w_i - m)`` falls, is concave, and is 0 there.
    Dinkelbach's steps (the mean at the minimiser) come down to it from above; from the last, whose F is not quite 0,
    the slope, at least ``sum low`` in size, leads below it.
    """
    # Each a contiguous row: of a slice of the whole array numba would not know that.
    best, worst, mean, first = work.rate[0], work.rate[1], work.rate[2], work.rate[3]
    total, weight, other, lowest = work.rate[4], work.rate[5], work.rate[6], work.rate[7]
    block = work.block
    if taken == 1:
        row = block[0]
        for j in range(size):
            best[j] = 1.0 / row[j]
            worst[j] = best[j]
        return
    least = 0.0
    most = 0.0
    for k in range(taken):
        least += low[k]
        most += high[k]
    for j in range(size):
        mean[j] = 0.0
        lowest[j] = INF
    for k in range(taken):
        row = block[k]
        y = (low[k] + high[k]) / (least + most)
        for j in range(size):
            mean[j] += y * row[j]
            lowest[j] = row[j] if row[j] < lowest[j] else lowest[j]
    for j in range(size):
        total[j] = 0.0
        weight[j] = 0.0
        other[j] = 0.0
    for k in range(taken):
        row = block[k]
        down = low[k]
        up = high[k]
        add_ends(row, mean, down, up, total, weight, size)
        for j in range(size):
            other[j] += (down if row[j] < mean[j] else up) * row[j]
    # The maximum likewise, from the middle: a step above it at once.
    both = least + most
    for j in range(size):
        worst[j] = least / (mean[j] * least + (other[j] - mean[j] * (both - weight[j])))
    for j in range(size):
        first[j] = total[j] / weight[j]
    for j in range(size):
        total[j] = 0.0
        weight[j] = 0.0
    for k in range(taken):
        add_ends(block[k], first, low[k], high[k], total, weight, size)
    for j in range(size):
        m = first[j] - (first[j] * weight[j] - total[j]) / least
        best[j] = 1.0 / (m if m > lowest[j] else lowest[j])


@kernel
def pay_between(
    work: Work,
    lists: Lists,
    problem: Problem,
    box: np.ndarray,
    z_low: np.ndarray,
    z_high: np.ndarray,
    off: int,
    n: int,
    given: int,
    taken: int,
    paid: int,
) -> None:
    """What each type of a list pays at most and at least for the rays of a box: ``work.value`` and ``work.surely``.

    Parameters
    ----------
    box
        (2, I), the ends of h on the tasks given up and of y on those taken up.
    z_low, z_high
        (I,), ends of z on the others.
    off, n
        The list. ``work.role`` is sorted, with these counts.
    """
    w, role, block = problem.w, work.role, work.block
    low = np.empty(taken)
    high = np.empty(taken)
    for k in range(taken):
        low[k] = box[LOW_END, role[TAKEN, k]]
        high[k] = box[HIGH_END, role[TAKEN, k]]
    others = False
    for k in range(paid):
        if z_high[role[PAID, k]] > 0:
            others = True
    for start in range(0, n, BLOCK):
        size = min(BLOCK, n - start)
        load_block(work, lists, problem, off + start, size, given, taken, paid if others else 0)
        value = work.value[start : start + size]
        surely = work.surely[start : start + size]
        for j in range(size):
            value[j] = 0.0
            surely[j] = 0.0
        rate_block(work, low, high, size, taken)
        best, worst = work.rate[0], work.rate[1]
        for k in range(given):
            i = role[GIVEN, k]
            row = block[taken + k]
            least = box[LOW_END, i]
            most = box[HIGH_END, i]
            loss = w[i]
            for j in range(size):
                g = row[j] * best[j] - loss
                value[j] += g * (most if g > 0 else least)
            for j in range(size):
                g = row[j] * worst[j] - loss
                surely[j] += g * (least if g > 0 else most)
        if others:
            pay_others(work, problem, box, z_low, z_high, start, size, given, taken, paid)


@kernel
def pay_others(
    work: Work,
    problem: Problem,
    box: np.ndarray,
    z_low: np.ndarray,
    z_high: np.ndarray,
    start: int,
    size: int,
    given: int,
    taken: int,
    paid: int,
) -> None:
    """A block's values where prices ask for tasks in Z: v_s is convex in 1/m_s, so both ends are tried."""
    w, role, block = problem.w, work.role, work.block
    for j in range(size):
        best = work.rate[0, j]
        worst = work.rate[1, j]
        most = work.value[start + j]
        least = work.surely[start + j]
        other_most = 0.0
        other_least = 0.0
        relief = 0.0
        burden = 0.0
        for k in range(given):
            i = role[GIVEN, k]
            cost = block[taken + k, j]
            relief += cost * box[HIGH_END, i]
            g = cost * worst - w[i]
            other_most += max(g * box[LOW_END, i], g * box[HIGH_END, i])
            g = cost * best - w[i]
            other_least += min(g * box[LOW_END, i], g * box[HIGH_END, i])
        for k in range(paid):
            b = role[PAID, k]
            cost = block[taken + given + k, j]
            burden += cost * z_low[b]
            # A task in Z is worth its costs to no type; with w > 0 it may be, where worse ones are taken up.
            g = cost * best - w[b]
            most -= min(g * z_low[b], g * z_high[b])
            other_least -= max(g * z_low[b], g * z_high[b])
            g = cost * worst - w[b]
            other_most -= min(g * z_low[b], g * z_high[b])
            least -= max(g * z_low[b], g * z_high[b])
        accepts = relief * (1 + ROUNDING) >= burden
        work.value[start + j] = max(most, other_most) if accepts else -INF
        work.surely[start + j] = min(least, other_least)


@kernel
def pay_without(
    work: Work,
    lists: Lists,
    problem: Problem,
    box: np.ndarray,
    z_low: np.ndarray,
    z_high: np.ndarray,
    off: int,
    n: int,
    given: int,
    paid: int,
) -> None:
    """The same where no task is taken up for its worth: all pay the same, if they accept at all."""
    w, role = problem.w, work.role
    worth = 0.0
    for k in range(given):
        i = role[GIVEN, k]
        worth -= min(w[i] * box[LOW_END, i], w[i] * box[HIGH_END, i])
    for k in range(paid):
        b = role[PAID, k]
        worth += max(w[b] * z_low[b], w[b] * z_high[b])
    for j in range(n):
        s = lists[off + j]
        relief = 0.0
        burden = 0.0
        for k in range(given):
            relief += problem.cost[role[GIVEN, k], s] * box[HIGH_END, role[GIVEN, k]]
        for k in range(paid):
            burden += problem.cost[role[PAID, k], s] * z_low[role[PAID, k]]
        work.value[j] = worth if relief * (1 + ROUNDING) >= burden else -INF
        work.surely[j] = -INF
