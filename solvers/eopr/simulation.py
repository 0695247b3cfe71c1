"""Replica economies (section 4.3): what menus cost in markets of N copies, agents' types drawn at random.

In the N-replica economy every agent has N copies with types drawn independently, and there are N n^i tasks i. A lottery
over menus is split among a row's copies in proportion, and EOPR clears the market. Proposition 3: with the menus that
solve the large market, the cost per copy tends to the large market's value almost surely.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from raymenu.instances import FiniteTypes, InputError, Instance
from raymenu.instances.shown import Shown
from raymenu.mechanisms import Menu, OfferPlan
from raymenu.mechanisms.menus.lotteries import LotteryLike
from raymenu.solvers.eopr.estimate import Estimate, play

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Simulation(Shown):
    """Costs of replica economies, per copy of the instance.

    Attributes
    ----------
    replicas
        N, (R,).
    costs
        (R, D), the cost per copy in each of D draws.
    endowment_cost
        sum_j copies_j pi_j . eta_j: no draw costs more.
    estimates
        One per N, per copy: the mean, its standard error and a 95% interval.
    in_sample
        Whether types were drawn from given finite types, and so from the distribution the menus may be made for.
    """

    replicas: NDArray[np.int64]
    costs: Floats
    endowment_cost: float
    estimates: list[Estimate]
    in_sample: bool

    def summary(self) -> str:
        """Mean costs per copy by number of copies."""
        means = ", ".join(f"{n} copies {cost:.6g}" for n, cost in zip(self.replicas.tolist(), self.cost.tolist()))
        return f"cost per copy: {means}; the endowment costs {self.endowment_cost:.6g}"

    def to_frame(self) -> pd.DataFrame:
        """One line for each number of copies: mean cost per copy and its standard error."""
        import pandas as pd

        return pd.DataFrame({"replicas": self.replicas, "cost": self.cost, "stderr": self.stderr})

    @property
    def cost(self) -> Floats:
        """(R,), the mean cost per copy."""
        return np.array([found.cost for found in self.estimates])

    @property
    def stderr(self) -> Floats:
        """(R,), the standard error of each mean."""
        return np.array([found.stderr for found in self.estimates])


def simulate(
    inst: Instance,
    lotteries: OfferPlan | Sequence[LotteryLike | Menu],
    replicas: ArrayLike = (1, 10, 100),
    draws: int = 50,
    types: int | Sequence[FiniteTypes] | None = None,
    seed: int = 0,
) -> Simulation:
    """The expected cost of menus under EOPR in markets of N copies (section 4.3, Proposition 3).

    Parameters
    ----------
    lotteries
        One a row: ``[(probability, Menu), ...]``, as of ``solve_large_market``; or a ``Menu``. Of a row's m agents each
        menu goes to its share of m, rounded up or down at random so that its expected number is exact. Or one menu a
        single agent, or an ``OfferPlan``.
    replicas
        N, (R,), whole numbers: ``inst.with_copies(N)`` is simulated.
    draws
        D >= 2, independent type profiles for each N.
    types
        None draws fresh types from the preferences. One ``FiniteTypes`` a row, or the size and seed they are made with
        (``inst.types(types, seed)``): types are drawn from these, as Proposition 3 has it for menus solved on them.
        Fresh draws tend to the menus' value out of sample instead, which is worse.

    Raises
    ------
    InputError
        Where lotteries, replicas, draws, seed or types do not fit, or a menu is not OSP for its agents' costs.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.make_instance("two", "made up", counts=[2, 2], performance=[[1, 2], [2, 1]],
    ...     status_quo=[[1, 1], [1, 1]], preferences=[raymenu.UniformPreferences(lower=[1, 1], upper=[2, 2])] * 2)
    >>> menus = [raymenu.Menu([1, 1], [[1, -1]]), raymenu.Menu([1, 1], [[-1, 1]])]
    >>> found = simulate(inst, menus, replicas=[1, 1000], draws=20)
    >>> bool(found.cost[1] < found.cost[0] < 6.0)  # either side is taken half the time: 5.5, then 5 a copy
    True
    """
    sizes = _check_replicas(replicas)
    plan = OfferPlan.make(inst, lotteries)
    drawn = inst.types(types, seed) if isinstance(types, int | np.integer) else types
    markets = [play([plan.replicated(n)], draws, seed, drawn)[0].per_copy(inst, n) for n in sizes.tolist()]
    in_sample = drawn is not None
    estimates = [market.estimate(seed, in_sample) for market in markets]
    return Simulation(sizes, np.array([market.costs for market in markets]), inst.endowment_cost, estimates, in_sample)


def _check_replicas(replicas: ArrayLike) -> NDArray[np.int64]:
    given = np.atleast_1d(np.asarray(replicas))
    if given.ndim != 1 or not given.size or not (np.asarray(given, dtype=np.float64) == np.floor(given)).all():
        raise InputError(f"a list of whole numbers is needed, given {replicas!r}", field="replicas")
    if (given < 1).any():
        raise InputError(f"{given.min()} replicas asked for: ask for at least 1", field="replicas")
    return given.astype(np.int64)
