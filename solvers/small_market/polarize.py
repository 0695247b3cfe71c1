"""Keeping menus polarized while they move: raise coordinates until every pair of rays passes the closed form.

Raising a coordinate of a polarized pair keeps it polarized, so one pass over the pairs is enough once no task is given
up by two rays.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MARGIN = 1.0 + 1e-12
"""Products are raised by this factor, which covers the rounding of the product itself."""


def polarize_all(rays: Floats, owner: NDArray[np.int64], slot: NDArray[np.int64]) -> Floats:
    """Rays (R, I) of several menus, made polarized menu by menu; opposite rays of one slot are left as they are."""
    made = np.array(rays, dtype=np.float64)
    _polarize(made, owner, slot)
    return made


def polarize_rays(rays: Floats) -> Floats:
    """One menu's rays (K, I), made polarized in exact arithmetic too."""
    size = len(rays)
    return polarize_all(rays, np.zeros(size, dtype=np.int64), np.arange(size))


@numba.njit(cache=True, nogil=True)
def _polarize(rays: Floats, owner: NDArray[np.int64], slot: NDArray[np.int64]) -> None:
    size, tasks = rays.shape
    for k in range(size):
        for m in range(k + 1, size):
            if owner[m] != owner[k]:
                break
            if slot[k] == slot[m]:
                continue
            longest_k, longest_m = np.abs(rays[k]).max(), np.abs(rays[m]).max()
            for i in range(tasks):
                if rays[k, i] < 0.0 and rays[m, i] < 0.0:
                    # Both give task i up: the one that gives less of it, for its length, no longer does.
                    if rays[k, i] * longest_m > rays[m, i] * longest_k:
                        rays[k, i] = 0.0
                    else:
                        rays[m, i] = 0.0
    for k in range(size):
        for m in range(k + 1, size):
            if owner[m] != owner[k]:
                break
            if slot[k] == slot[m]:
                continue
            for a in range(tasks):
                if rays[k, a] >= 0.0:
                    continue
                for b in range(tasks):
                    if rays[m, b] >= 0.0:
                        continue
                    needed = rays[k, a] * rays[m, b]
                    gained = max(rays[k, b], 0.0) * max(rays[m, a], 0.0)
                    if gained >= needed * MARGIN:
                        continue
                    # Prices of a in b on their common edge, moved apart alike until they meet.
                    price_k = max(rays[k, b] / -rays[k, a], 1e-6)
                    price_m = max(rays[m, a] / -rays[m, b], 1e-6)
                    factor = np.sqrt(MARGIN * MARGIN / (price_k * price_m))
                    rays[k, b] = price_k * factor * -rays[k, a]
                    rays[m, a] = price_m * factor * -rays[m, b]
