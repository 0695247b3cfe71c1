"""Compiling the kernels once: numba, released from the GIL, cached on disk.

Numba renews a cached function when its own file changes, but not when a file it calls into does: after an update the
cache could hold a search with an old cell inside. So every kernel is stamped with its own file and all it imports from
this room.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit

ROOM = Path(__file__).parents[1]
IMPORTS = re.compile(r"^from raymenu\.solvers\.support\.([\w.]+) import", re.MULTILINE)
F = TypeVar("F", bound=Callable[..., Any])
NONE = cast(int, np.int64(-1))
"""No such index. A plain -1 would be typed as a literal, and callees compiled twice."""


@cache
def sources(module: str) -> frozenset[Path]:
    """The file of a module of this room and those it imports from here, directly or not."""
    found: set[Path] = set()
    waiting = [module]
    while waiting:
        file = (ROOM / waiting.pop().replace(".", "/")).with_suffix(".py")
        if file.is_file() and file not in found:
            found.add(file)
            waiting += IMPORTS.findall(file.read_text(encoding="utf-8"))
    return frozenset(found)


@cache
def stamp(module: str) -> str:
    """A digest of all that compiled code in a module of this room depends on."""
    return sha256(b"".join(file.read_bytes() for file in sorted(sources(module)))).hexdigest()


def kernel(function: F) -> F:
    """Compile ``function`` at its first call.

    Division by zero gives inf or nan as in numpy: the branch to an exception would keep loops from being vectorised.
    """
    compiled = njit(cache=True, nogil=True, error_model="numpy")(function)
    cache_file: Any = getattr(getattr(compiled, "_cache", None), "_cache_file", None)
    if hasattr(cache_file, "_source_stamp"):
        cache_file._source_stamp = stamp(function.__module__.removeprefix("raymenu.solvers.support."))
    return compiled
