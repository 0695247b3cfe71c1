"""Lotteries over allocations: decompositions per second by size, draws per second from one.

Decided: exact rational decomposition is fast enough for whole departments, so no floating-point variant is kept.

Processor time, so that a busy machine counts less; the first three of a size are verified in rational arithmetic.
"""

from __future__ import annotations

import time
from fractions import Fraction
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from raymenu.mechanisms import decompose
from raymenu.mechanisms.whole_numbers import Exact

SIZES = ((5, 4), (10, 6), (30, 8), (100, 4), (1000, 4))
DRAWS = 100_000


def random_assignment(agents: int, tasks: int, rng: np.random.Generator) -> Exact:
    """Positive rationals whose columns sum exactly to whole numbers: double-precision shares of whole counts."""
    values = [[Fraction(v) for v in row] for row in rng.gamma(1.0, 1.0, (agents, tasks)).tolist()]
    sums = [sum(column, Fraction(0)) for column in zip(*values)]
    return [[v * max(1, round(s)) / s for v, s in zip(row, sums)] for row in values]


def main(seeds: Annotated[int, typer.Option(help="of each size")] = 20) -> None:
    """Measure decompositions into lotteries, and draws."""
    table = Table("J x I", title="lotteries over allocations, processor time")
    for head in ("median ms", "worst ms", "a second", "allocations", "draws a second"):
        table.add_column(head, justify="right")
    for agents, tasks in SIZES:
        seconds, sizes, rates = [], [], []
        for seed in range(seeds):
            expected = random_assignment(agents, tasks, np.random.default_rng(seed))
            start = time.process_time()
            lottery = decompose(expected)
            seconds.append(time.process_time() - start)
            sizes.append(lottery.size)
            faults = lottery.check() if seed < 3 else []
            if faults:
                raise ArithmeticError(f"{agents} x {tasks}, seed {seed}: {faults[0]}")
            if seed < 3:
                draws = min(DRAWS, 20_000_000 // (agents * tasks))
                start = time.process_time()
                lottery.sample(draws, seed=seed)
                rates.append(draws / (time.process_time() - start))
        table.add_row(
            f"{agents} x {tasks}",
            f"{1e3 * np.median(seconds):.2f}",
            f"{1e3 * max(seconds):.2f}",
            f"{1 / np.mean(seconds):.0f}",
            f"{np.median(sizes):.0f}",
            f"{np.median(rates):.2g}",
        )
    Console().print(table)
