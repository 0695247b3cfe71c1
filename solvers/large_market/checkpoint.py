"""What a large-market solve has found, kept in a file so that an interrupted one goes on from there."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raymenu.instances import FiniteTypes, InputError, Instance
from raymenu.instances.files import check_writable
from raymenu.mechanisms import Menu

Floats = NDArray[np.float64]
State = tuple[Floats, Floats, int, list[list[Menu]]]


class Checkpoint:
    """An SQLite file with one state; written in a transaction, so that a kill leaves the last whole one.

    Parameters
    ----------
    path
        The file; made where it does not exist. ``InputError`` where it cannot be.
    instance, types
        What is being solved: a file that belongs to another problem is refused.
    """

    def __init__(self, path: str | Path, instance: Instance, types: list[FiniteTypes]) -> None:
        check_writable(path)
        self._path = Path(path)
        digest = hashlib.sha256(instance.digest.encode())
        for own in types:
            digest.update(own.costs.tobytes() + own.weights.tobytes())
        self._problem = digest.hexdigest()

    def load(self) -> State | None:
        """The state last saved: best prices, support bounds there, rounds, menus a group; None where there is none."""
        if not self._path.exists():
            return None
        try:
            with closing(self._open()) as file:
                row = file.execute("select problem, state from large_market").fetchone()
        except sqlite3.DatabaseError as fault:
            raise InputError(f"not a checkpoint ({fault}): give another file", source=str(self._path)) from None
        if row is None:
            return None
        if row[0] != self._problem:
            raise InputError("belongs to another instance or other types: give another file", source=str(self._path))
        try:
            state = json.loads(row[1])
            menus = [[Menu.from_dict(menu) for menu in group] for group in state["menus"]]
            return np.array(state["prices"]), np.array(state["support_bounds"]), state["rounds"], menus
        except (KeyError, TypeError, ValueError) as fault:
            raise InputError(
                f"not a checkpoint of this version ({fault}): give another file", source=str(self._path)
            ) from None

    def save(self, prices: Floats, support_bounds: Floats, rounds: int, menus: list[list[Menu]]) -> None:
        """Replace the state in the file."""
        state = {
            "prices": prices.tolist(),
            "support_bounds": support_bounds.tolist(),
            "rounds": rounds,
            "menus": [[menu.to_dict() for menu in group] for group in menus],
        }
        with closing(self._open()) as file, file:
            file.execute("delete from large_market")
            file.execute("insert into large_market values (?, ?)", (self._problem, json.dumps(state)))

    def _open(self) -> sqlite3.Connection:
        file = sqlite3.connect(self._path)
        file.execute("create table if not exists large_market (problem text, state text)")
        return file
