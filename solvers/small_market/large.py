"""Starts from the large market: menus that are good at prices, their lotteries, and the copies split in proportion.

Columns of (5) are made by ascent on ``sum_k Pr[k] ((lambda - pi) . kappa_k)^+`` over the same many types that the other
families are searched on; the restricted master gives prices and lotteries. Nothing here is certified: these are starts,
judged like all others by what they are worth in the market as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from raymenu.instances import Instance
from raymenu.solvers.large_market import LargeMarket
from raymenu.solvers.small_market.ascent import ascend
from raymenu.solvers.small_market.chance import Population
from raymenu.solvers.small_market.offers import Offers, own_rays, polarized
from raymenu.solvers.small_market.polarize import polarize_rays

Floats = NDArray[np.float64]
Lotteries = list[list[tuple[float, Floats]]]
"""For each row, probabilities and rays (K, I) of its menus."""


@dataclass
class AtPrices:
    """The objective of the large market: every ray with a positive margin is executed in full."""

    population: Population
    prices: Floats

    def gain(self, offers: Offers) -> float:
        """``sum_k Pr[k] ((lambda - pi) . kappa_k)^+``, over the menus of all groups."""
        chance, margins = self._terms(offers)
        return float(chance @ margins)

    def gradient(self, offers: Offers, batch: int, rng: np.random.Generator) -> tuple[float, Floats, Floats]:
        """As ``Objective.gradient``; ``batch`` and ``rng`` are not needed."""
        chance, margins = self._terms(offers)
        executed = margins > 0
        in_tasks = (margins * offers.sign)[:, None] * self.population.margin(offers)
        in_tasks += (chance * executed * offers.sign * offers.scale)[:, None] * (self.prices - offers.performance)
        held = np.take_along_axis(offers.endowments, offers.anchors[:, None], axis=1)[:, 0]
        steep = np.divide(chance * margins * offers.scale * offers.sign, held, out=np.zeros_like(held), where=held > 0)
        in_tasks[np.arange(offers.n_rays), offers.anchors] += steep
        by_slot = np.zeros_like(offers.slots)
        np.add.at(by_slot, offers.slot, in_tasks @ offers.basis)
        return float(chance @ margins), by_slot, np.zeros_like(offers.basis)

    def _terms(self, offers: Offers) -> tuple[Floats, Floats]:
        margins = ((self.prices - offers.performance) * offers.rays).sum(axis=1)
        return self.population.probabilities(offers), np.maximum(margins, 0.0)


class MenuColumns:
    """Column generation for (5), with menus found by ascent."""

    def __init__(self, inst: Instance, population: Population, rng: np.random.Generator) -> None:
        self.inst, self.population, self.rng = inst, population, rng
        self._menus: list[list[Floats]] = [[] for _ in range(inst.n_agents)]
        self._chances: list[list[Floats]] = [[] for _ in range(inst.n_agents)]
        self.prices: Floats = inst.performance.mean(axis=0)
        self.gain = 0.0
        self.lotteries: Lotteries = []

    def add(self, row: int, rays: Floats) -> None:
        """A column: a menu of the row."""
        offers = own_rays(self.inst, [row], [1], [rays])
        self._menus[row].append(offers.rays)
        self._chances[row].append(self.population.probabilities(offers))

    def round(
        self,
        starts: int,
        steps: int,
        damping: float,
        workers: int = 1,
        out_of_time: Callable[[], bool] = lambda: False,
    ) -> None:
        """New menus at the prices for every row, from random ones and its last two; then new prices and lotteries."""
        judge = AtPrices(self.population, self.prices)

        def best_menu(row: int, rng: np.random.Generator) -> Floats:
            menus = [random_menu(self.inst, rng) for _ in range(starts)]
            menus += self._menus[row][-2:]
            grown = [
                ascend(judge, own_rays(self.inst, [row], [1], [menu]), steps, 1, rng, 0.1, polarized, out_of_time)
                for menu in menus
            ]
            return max(grown, key=judge.gain).rays

        streams = self.rng.spawn(self.inst.n_agents)
        with ThreadPoolExecutor(workers) as pool:
            for row, rays in enumerate(pool.map(best_menu, range(self.inst.n_agents), streams)):
                self.add(row, rays)
        self.solve(damping)

    def solve(self, damping: float = 0.0) -> None:
        """The restricted master: weights of menus, shares of rays executed; expected trades balance."""
        inst = self.inst
        rows = [j for j in range(inst.n_agents) for _ in self._menus[j]]
        menus = [menu for each in self._menus for menu in each]
        chances = [chance for each in self._chances for chance in each]
        n_menus, n_rays = len(menus), sum(len(chance) for chance in chances)
        cost = np.zeros(n_menus + n_rays)
        balance = np.zeros((inst.n_tasks + inst.n_agents, n_menus + n_rays))
        within = np.zeros((n_rays, n_menus + n_rays))
        place = n_menus
        for m, (row, rays, chance) in enumerate(zip(rows, menus, chances)):
            balance[inst.n_tasks + row, m] = 1.0
            for ray, share in zip(rays, chance):
                cost[place] = inst.copies[row] * inst.performance[row] @ ray
                balance[: inst.n_tasks, place] = inst.copies[row] * ray
                within[place - n_menus, [place, m]] = 1.0, -share
                place += 1
        result = linprog(
            cost,
            A_ub=within,
            b_ub=np.zeros(n_rays),
            A_eq=balance,
            b_eq=np.r_[np.zeros(inst.n_tasks), np.ones(inst.n_agents)],
            method="highs",
        )
        self.gain = -float(result.fun)
        prices = result.eqlin.marginals[: inst.n_tasks]
        self.prices = damping * self.prices + (1 - damping) * prices
        self.lotteries = [
            [(float(result.x[m]), menus[m]) for m in range(n_menus) if rows[m] == j and result.x[m] > 1e-6]
            for j in range(inst.n_agents)
        ]


def rays_of(large_market: LargeMarket) -> Lotteries:
    """The lotteries as rays; a remedial menu, which cannot clear alone, counts as no ray."""
    return [[(float(chance), menu.rays) for chance, menu in lottery] for lottery in large_market.lotteries]


def random_menu(inst: Instance, rng: np.random.Generator) -> Floats:
    """Polarized rays (K, I), K random: each gives up a part of a random partition of the tasks."""
    unit = inst.counts / inst.copies.sum()
    size = int(rng.integers(1, inst.n_tasks + 1))
    order = rng.permutation(inst.n_tasks)
    cuts = np.sort(rng.choice(np.arange(1, inst.n_tasks), size - 1, replace=False))
    rays = []
    for given in np.split(order, cuts):
        ray = 0.7 * np.abs(rng.normal(size=inst.n_tasks))
        ray[given] = -np.abs(rng.normal(size=given.size))
        rays.append(ray * unit)
    return polarize_rays(np.array(rays))


def split_copies(inst: Instance, lotteries: Lotteries) -> Offers:
    """Each row's copies split between its menus in proportion, largest remainders first."""
    rows: list[int] = []
    sizes: list[int] = []
    rays: list[Floats] = []
    for j, menus in enumerate(lotteries):
        for size, (_, menu) in zip(_apportioned(int(inst.copies[j]), [p for p, _ in menus]), menus):
            if size and len(menu):
                rows.append(j)
                sizes.append(size)
                rays.append(menu)
    return own_rays(inst, rows, sizes, rays)


def _apportioned(total: int, shares: Sequence[float]) -> list[int]:
    quotas = total * np.asarray(shares) / sum(shares)
    sizes = np.floor(quotas).astype(int)
    for m in np.argsort(sizes - quotas, kind="stable")[: total - int(sizes.sum())]:
        sizes[m] += 1
    return [int(size) for size in sizes]
