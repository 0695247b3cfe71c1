"""What menus are expected to cost in the market as it is, with ex-post optimal selection (EOPR)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import Instance
from raymenu.mechanisms import Menu
from raymenu.solvers.allocation import EoprRule

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class MarketEstimate:
    """The mean cost over independent profiles of types and its standard error; ``seed`` draws them again."""

    cost: float
    stderr: float
    profiles: int
    seed: int


def draw_choices(inst: Instance, menus: Sequence[Menu], profiles: int, seed: int) -> NDArray[np.int64]:
    """(P, N), what single agents choose in ``profiles`` independent draws of their types.

    Parameters
    ----------
    menus
        One a single agent, in the order of ``inst.agent_rows``.
    """
    rng = np.random.default_rng(seed)
    chosen = np.empty((profiles, len(menus)), dtype=np.int64)
    for agent, (row, menu) in enumerate(zip(inst.agent_rows.tolist(), menus)):
        chosen[:, agent] = menu.choices(inst.preferences[row].sample(profiles, rng))
    return chosen


def estimate_market_cost(
    inst: Instance, menus: Sequence[Menu], profiles: int = 10_000, seed: int = 0
) -> MarketEstimate:
    """The expected EOPR cost of menus in the instance's own market.

    Types are drawn afresh from the preferences; the same seed gives every set of menus the same types, so that
    differences between menus are sharper than each standard error.

    Parameters
    ----------
    menus
        One a single agent, in the order of ``inst.agent_rows``.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.load("anaesthesia")
    >>> estimate_market_cost(inst, [raymenu.Menu(eta) for eta in inst.endowment], profiles=10).stderr
    0.0
    """
    costs = EoprRule(inst, menus).costs(draw_choices(inst, menus, profiles, seed))
    stderr = float(costs.std(ddof=1) / np.sqrt(profiles)) if profiles > 1 else 0.0
    return MarketEstimate(float(costs.mean()), stderr, profiles, seed)
