"""Compiling the kernels once: numba, released from the GIL, cached on disk.

Numba renews a cached function when its own file changes, but not when a file it calls into does: after an update the
cache could hold a search with an old cell inside. So every kernel is stamped with all kernel sources together.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit

SOURCES = (
    "search/arrays.py",
    "search/cells/willingness.py",
    "search/cells/fixed_direction.py",
    "search/cells/posted_price.py",
    "search/cells/cells.py",
    "search/cells/representative.py",
    "search/trees/heap.py",
    "search/trees/trees.py",
    "search/joint/nodes.py",
    "search/joint/menus.py",
    "search/joint/branching.py",
    "search/joint/joint.py",
    "search/joint/compaction.py",
    "methods/closed_form.py",
    "exact/counting.py",
)
F = TypeVar("F", bound=Callable[..., Any])
NONE = cast(int, np.int64(-1))
"""No such index. A plain -1 would be typed as a literal, and callees compiled twice."""


@cache
def _stamp() -> str:
    room = Path(__file__).parents[1]
    return sha256(b"".join((room / name).read_bytes() for name in SOURCES)).hexdigest()


def kernel(function: F) -> F:
    """Compile ``function`` at its first call.

    Division by zero gives inf or nan as in numpy: the branch to an exception would keep loops from being vectorised.
    """
    compiled = njit(cache=True, nogil=True, error_model="numpy")(function)
    cache_file: Any = getattr(getattr(compiled, "_cache", None), "_cache_file", None)
    if hasattr(cache_file, "_source_stamp"):
        cache_file._source_stamp = _stamp()
    return compiled
