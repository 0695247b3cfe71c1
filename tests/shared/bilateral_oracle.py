"""The best bilateral trade by brute force: all vertices of the arrangement of types and bounds, in rationals."""

from fractions import Fraction
from itertools import combinations


def _solve(rows, right):
    """The unique solution of a square system in rationals, or None."""
    n = len(rows)
    table = [[*row, b] for row, b in zip(rows, right)]
    for k in range(n):
        pivot = next((r for r in range(k, n) if table[r][k]), None)
        if pivot is None:
            return None
        table[k], table[pivot] = table[pivot], table[k]
        table[k] = [a / table[k][k] for a in table[k]]
        for r in range(n):
            if r != k and table[r][k]:
                table[r] = [a - table[r][k] * b for a, b in zip(table[r], table[k])]
    return [row[n] for row in table]


def best_gain(inst, types):
    """max over pairs and gamma of saving . gamma Pr[gamma . c' <= 0] Pr[gamma . c'' >= 0]: exact for whole numbers.

    Twice: over trades that meet Lemma 2's conditions, some type of either agent strictly in favour; and over all.
    """
    exact = [[[Fraction(c) for c in row] for row in made.costs.tolist()] for made in types]
    strict, best = Fraction(0), Fraction(0)
    n = inst.n_tasks
    for first, second in combinations(range(inst.n_agents), 2):
        low = [-Fraction(s) for s in inst.status_quo[first].tolist()]
        high = [Fraction(s) for s in inst.status_quo[second].tolist()]
        saving = [
            Fraction(b) - Fraction(a)
            for a, b in zip(inst.performance[first].tolist(), inst.performance[second].tolist())
        ]
        unit = [[Fraction(int(i == m)) for i in range(n)] for m in range(n)]
        planes = {(tuple(x / sum(row) for x in row), Fraction(0)) for row in exact[first] + exact[second]}
        planes |= {(tuple(unit[m]), bound[m]) for bound in (low, high) for m in range(n)}
        for chosen in combinations(sorted(planes), n):
            gamma = _solve([row for row, _ in chosen], [b for _, b in chosen])
            if gamma is None or any(not a <= g <= b for a, g, b in zip(low, gamma, high)):
                continue
            saved = sum(s * g for s, g in zip(saving, gamma))
            if saved <= 0:
                continue
            work = [[sum(c * g for c, g in zip(row, gamma)) for row in exact[j]] for j in (first, second)]
            takes = sum(Fraction(float(w)) for w, x in zip(types[first].weights, work[0]) if x <= 0)
            gives = sum(Fraction(float(w)) for w, x in zip(types[second].weights, work[1]) if x >= 0)
            best = max(best, saved * takes * gives)
            if min(work[0]) < 0 < max(work[1]):
                strict = max(strict, saved * takes * gives)
    return float(strict), float(best)
