"""From an expected assignment to a lottery over allocations people can be handed.

Every draw assigns each task exactly once and keeps each entry and each agent's total within one of its expectation.
Such a lottery exists because entries, agents' totals and tasks' totals form a bihierarchy (Budish, Che, Kojima &
Milgrom 2013, Designing random allocation mechanisms, Theorem 1).

How: take off the whole parts. What is left is a matrix f of fractions; with one more column, for what a total lacks to
its ceiling, its rows and columns have whole sums. Read time from 0 to 1: entry e must be "on" for exactly f_e of it,
and at every moment the entries that are on must have those row and column sums. Start from any such 0-1 matrix. An
entry that is on and has used up its f_e, or is off and has just enough time left, must change for good; an alternating
cycle through entries that are still free changes it and keeps all sums (one exists: the polytope is integral). Each
change fixes an entry, so there are at most as many allocations as fractional entries plus one, and the moments of
change are sums and differences of the given numbers: whole numbers over one common denominator, hence exact.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import floor, lcm
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from raymenu.instances import InputError

Whole = NDArray[np.int32]
Exact = list[list[Fraction]]
ADJUST = 1e-6
"""Column sums of floats may miss a whole number by this share of it, and are then adjusted."""
SNAP = 1e-9
"""Where an adjustment is made, entries this near to a whole number are set to it first."""


@dataclass(frozen=True, eq=False)
class AllocationLottery:
    """A lottery over allocations with exact probabilities.

    Attributes
    ----------
    expected
        The expected assignment, (J, I), exactly.
    adjustment
        The largest change made to an entry of the floats given, so that columns sum to whole numbers; 0 where none.
    """

    expected: Exact
    adjustment: float
    _durations: list[int]  # how long each allocation is on, of the horizon
    _horizon: int
    _first: Whole
    _flips: list[list[int]]  # what changes (entry numbers) from each allocation to the next

    @property
    def size(self) -> int:
        """S, how many allocations the lottery is over."""
        return len(self._durations)

    @cached_property
    def weights(self) -> list[Fraction]:
        """Probabilities (S,), positive rationals that sum to 1."""
        return [Fraction(duration, self._horizon) for duration in self._durations]

    @cached_property
    def allocations(self) -> Whole:
        """(S, J, I), whole numbers: built when first asked for."""
        several = np.empty((self.size, *self._first.shape), dtype=np.int32)
        for k in range(self.size):
            several[k] = self._first if k == 0 else several[k - 1]
            self._flip(several[k], k)
        return several

    def allocation(self, k: int) -> Whole:
        """(J, I), the k-th allocation alone."""
        one = self._first.copy()
        for step in range(k + 1):
            self._flip(one, step)
        return one

    def sample(self, size: int | None = None, seed: int = 0) -> Whole:
        """One draw (J, I), or ``size`` independent draws (size, J, I).

        Draws pick by a 53-bit uniform number, so probabilities are the weights to about 1e-16.
        """
        ends = np.cumsum([duration / self._horizon for duration in self._durations])
        uniform = np.random.default_rng(seed).random(size)
        picked = np.minimum(np.searchsorted(ends, uniform, side="right"), self.size - 1)
        return self.allocation(int(picked)) if size is None else self.allocations[picked]

    def _flip(self, allocation: Whole, k: int) -> None:
        # A flip adds or takes one: which of the two alternates, and the floor of the expectation says which is due.
        flat = allocation.reshape(-1)
        for entry in self._flips[k]:
            flat[entry] = 2 * self._floors[entry] + 1 - flat[entry]

    @cached_property
    def _floors(self) -> list[int]:
        return [floor(value) for row in self.expected for value in row]

    def check(self) -> list[str]:
        """What fails of the lottery's promises, recomputed in rational arithmetic; empty when all hold."""
        faults = []
        if min(self._durations) <= 0 or sum(self._durations) != self._horizon:
            faults.append("probabilities are not positive or do not sum to 1")
        agents, tasks = len(self.expected), len(self.expected[0])
        mean = np.array(self._durations, dtype=object) @ self.allocations.reshape(self.size, -1).astype(object)
        lowest, highest = self.allocations.min(axis=0).tolist(), self.allocations.max(axis=0).tolist()
        for j in range(agents):
            for i in range(tasks):
                expected = self.expected[j][i]
                if not max(expected - 1, -1) < lowest[j][i] <= highest[j][i] < expected + 1:
                    faults.append(
                        f"entry ({j}, {i}) is drawn between {lowest[j][i]} and {highest[j][i]} for {expected}"
                    )
                if mean[j * tasks + i] != expected * self._horizon:
                    faults.append(f"the mean of entry ({j}, {i}) is not its expectation {expected}")
            totals, total = self.allocations[:, j].sum(axis=1).tolist(), sum(self.expected[j])
            if not total - 1 < min(totals) <= max(totals) < total + 1:
                faults.append(f"agent {j} gets between {min(totals)} and {max(totals)} tasks for {total}")
        if (self.allocations.sum(axis=1) != np.array([int(sum(column)) for column in zip(*self.expected)])).any():
            faults.append("a task is not assigned exactly once")
        return faults


def decompose(assignment: ArrayLike | Sequence[Sequence[Any]]) -> AllocationLottery:
    """A lottery over allocations whose mean is the expected assignment, exactly.

    Every allocation drawn has the column sums of the assignment, and each entry and each row's total is one of the two
    whole numbers next to its expectation (the number itself where whole).

    Parameters
    ----------
    assignment
        (J, I), nonnegative, rows are agents, with whole column sums: ``Fraction`` entries, or floats. Floats are taken
        exactly if their columns sum exactly to whole numbers. Otherwise, where each column misses one by at most
        ``ADJUST`` of it, entries within ``SNAP`` of a whole number become whole and one entry a column takes up the
        rest; ``.adjustment`` says how much.

    Raises
    ------
    InputError
        Where entries are negative or a column sum is not whole.

    Source: Budish, Che, Kojima & Milgrom (2013), American Economic Review 103(2).

    Examples
    --------
    >>> lottery = decompose([[0.5, 1.0], [0.25, 0.5], [0.25, 0.5]])
    >>> [str(w) for w in lottery.weights], lottery.check()
    (['1/4', '1/4', '1/4', '1/4'], [])
    >>> lottery.sample(seed=1).sum(axis=0).tolist()
    [1, 2]
    """
    exact, adjustment = _exact(assignment)
    fractions, floors = _with_complement(exact)
    denominator = lcm(*(value.denominator for row in fractions for value in row))
    scaled = [[int(value.numerator) * (denominator // value.denominator) for value in row] for row in fractions]
    first, times, flips = _schedule(scaled, denominator)
    tasks = len(exact[0])
    start = np.array(floors, dtype=np.int32) + first[:, :tasks]
    # Entry numbers without the extra column; what changed in that column alone changes no allocation.
    inner = [[e // (tasks + 1) * tasks + e % (tasks + 1) for e in step if e % (tasks + 1) < tasks] for step in flips]
    durations = [end - begin for begin, end in zip(times, [*times[1:], denominator])]
    return AllocationLottery(exact, adjustment, durations, denominator, start, inner)


def _exact(assignment: Any) -> tuple[Exact, float]:
    rows = [list(row) for row in assignment]
    if not rows or not rows[0] or any(len(row) != len(rows[0]) for row in rows):
        raise InputError("a matrix (agents, tasks) is needed", field="assignment")
    floats = not all(isinstance(value, int | np.integer | Fraction) for row in rows for value in row)
    try:
        exact = [[value if isinstance(value, Fraction) else Fraction(_plain(value)) for value in row] for row in rows]
    except (ValueError, OverflowError, TypeError):
        raise InputError("entries must be finite numbers", field="assignment") from None
    adjustment = 0.0
    for i in range(len(rows[0])):
        total = sum((row[i] for row in exact), Fraction(0))
        if total.denominator == 1:
            continue
        if not floats or abs(total - round(total)) > ADJUST * max(1, round(total)):
            raise InputError(
                f"column {i} sums to {float(total):.12g}: a lottery hands out whole tasks, give whole column sums "
                "(counts that are whole numbers)",
                field="assignment",
            )
        adjustment = max(adjustment, _adjust(exact, i, round(total)))
    if min(min(row) for row in exact) < 0:
        raise InputError("entries must be nonnegative", field="assignment")
    return exact, adjustment


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _adjust(exact: Exact, i: int, total: int) -> float:
    """Make column i sum to ``total`` in place: snap, then let the entry farthest from whole numbers take the rest."""
    before = [row[i] for row in exact]
    for row in exact:
        if abs(row[i] - round(row[i])) <= SNAP:
            row[i] = Fraction(round(row[i]))
    rest = total - sum((row[i] for row in exact), Fraction(0))
    if rest:
        taker = max(exact, key=lambda row: (min(row[i] - floor(row[i]), floor(row[i]) + 1 - row[i]), row[i]))
        taker[i] += rest
    return max(float(abs(row[i] - old)) for row, old in zip(exact, before))


def _with_complement(exact: Exact) -> tuple[Exact, list[list[int]]]:
    """Fractional parts with one more column, so that every row and column has a whole sum; and the whole parts."""
    floors = [[floor(value) for value in row] for row in exact]
    fractions = []
    for row, whole in zip(exact, floors):
        parts = [value - part for value, part in zip(row, whole)]
        total = sum(parts, Fraction(0))
        fractions.append([*parts, -floor(-total) - total])
    return fractions, floors


def _schedule(scaled: list[list[int]], horizon: int) -> tuple[Whole, list[int], list[list[int]]]:
    """Keep entry e on for ``scaled[e]`` of ``horizon``, all sums kept at every moment.

    Returns the 0-1 matrix at time 0, the times at which a 0-1 matrix begins, and what changes at each (nothing at 0).
    """
    free = _FreeEntries(scaled, horizon)
    width, on = free.width, free.on
    first = np.array(on, dtype=np.int32).reshape(len(scaled), width)
    due = {e: scaled[e // width][e % width] if on[e] else horizon - scaled[e // width][e % width] for e in free.entries}
    queue = [(time, e) for e, time in due.items()]
    heapq.heapify(queue)
    times: list[int] = [0]
    flips: list[list[int]] = [[]]
    pending: list[int] = []
    now = 0
    while queue:
        time, entry = heapq.heappop(queue)
        if due.get(entry) != time:
            continue  # it has changed since
        if time != now:
            if pending:
                times.append(now)
                flips.append(pending)
                pending = []
            now = time
        for changed in free.cycle(entry):
            # Time left in the new state is what the old one leaves of the rest.
            later = now + horizon - due[changed]
            pending.append(changed)
            free.flip(changed)
            if later == horizon:
                free.fix(changed)
                del due[changed]
            else:
                due[changed] = later
                heapq.heappush(queue, (later, changed))
    if pending:
        times.append(now)
        flips.append(pending)
    return first, times, flips


class _FreeEntries:
    """The entries that may still change, by state and column: bit masks of rows.

    A path alternates between entries of two states; it goes from column to column through a row that has a free entry
    of the one state in the first and of the other state in the second. Columns are few, so paths are searched on them.
    """

    def __init__(self, scaled: list[list[int]], horizon: int) -> None:
        self.width = len(scaled[0])
        self.on = [False] * (len(scaled) * self.width)
        self.entries = [
            j * self.width + i for j, row in enumerate(scaled) for i, value in enumerate(row) if 0 < value < horizon
        ]
        self.rows = ([0] * self.width, [0] * self.width)  # of free entries that are off, and on
        for e in self.entries:
            self._toggle(e)
        self._fill(scaled, horizon)

    def _toggle(self, e: int) -> None:
        j, i = divmod(e, self.width)
        self.rows[self.on[e]][i] ^= 1 << j

    def flip(self, e: int) -> None:
        """Change the state of a free entry."""
        self._toggle(e)
        self.on[e] = not self.on[e]
        self._toggle(e)

    def fix(self, e: int) -> None:
        """Let an entry change no more."""
        self._toggle(e)

    def _fill(self, scaled: list[list[int]], horizon: int) -> None:
        """Turn entries on until every row and column has as many as it sums to, by augmenting paths."""
        room = [sum(column) // horizon for column in zip(*scaled)]
        open_columns = sum(1 << i for i, left in enumerate(room) if left)
        for j, row in enumerate(scaled):
            for _ in range(sum(row) // horizon):
                path = self._path(j, open_columns, first=0)
                for e in path:
                    self.flip(e)
                last = path[-1] % self.width
                room[last] -= 1
                if not room[last]:
                    open_columns ^= 1 << last

    def cycle(self, e: int) -> list[int]:
        """``e`` and the entries to change with it so that all sums stay."""
        j, i = divmod(e, self.width)
        return [e, *self._path(j, 1 << i, first=int(not self.on[e]))]

    def _path(self, row: int, targets: int, first: int) -> list[int]:
        """A shortest alternating path from a row to a target column; ``first`` is the state of its first entry."""
        there, back = self.rows[first], self.rows[1 - first]
        came = {i: (row, -1) for i in range(self.width) if there[i] >> row & 1}  # column -> row and column before it
        frontier = list(came)
        for i in frontier:
            if targets >> i & 1:
                return self._walk_back(i, came)
        while frontier:
            reached = []
            for i in frontier:
                for c in range(self.width):
                    if c in came:
                        continue
                    both = back[i] & there[c]
                    if both:
                        came[c] = ((both & -both).bit_length() - 1, i)
                        if targets >> c & 1:
                            return self._walk_back(c, came)
                        reached.append(c)
            frontier = reached
        raise ArithmeticError("no alternating path: the fractions' rows and columns do not sum to whole numbers")

    def _walk_back(self, column: int, came: dict[int, tuple[int, int]]) -> list[int]:
        path = []
        while column >= 0:
            row, before = came[column]
            path.append(row * self.width + column)
            if before >= 0:
                path.append(row * self.width + before)
            column = before
        return path[::-1]
