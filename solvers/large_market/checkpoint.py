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
from raymenu.solvers.large_market.columns import SharedSupport
from raymenu.solvers.large_market.resources import Resources

Floats = NDArray[np.float64]
State = tuple[Floats, int, list[list[Menu]]]
VERSION = 2
"""Of the state; files of another are refused."""


class Checkpoint:
    """An SQLite file with one state; written in a transaction, so that a kill leaves the last whole one.

    It holds prices and menus, no bounds: whoever goes on proves the bound at these prices again, and menus are read
    with their polarization decided. So nothing in the file can make an interval wrong.

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
        """The state last saved: best prices, rounds, menus of each group; None where there is none."""
        if not self._path.exists():
            return None
        try:
            with closing(self._open()) as file:
                row = file.execute("select * from large_market").fetchone()
        except sqlite3.DatabaseError as fault:
            raise self._fault(f"not a checkpoint ({fault})") from None
        if row is None:
            return None
        if len(row) != 3:
            raise self._fault("not a checkpoint of this version")
        problem, state, written = row
        if problem != self._problem:
            raise self._fault("belongs to another instance or other types")
        if written != _checksum(problem, state):
            raise self._fault("has been changed since it was written")
        try:
            read = json.loads(state)
            menus = [[Menu.from_dict(menu) for menu in group] for group in read["menus"]]
            rounds = int(read["rounds"])
            if read["version"] != VERSION or rounds < 0:
                raise self._fault("not a checkpoint of this version")
            return np.array(read["prices"], dtype=np.float64), rounds, menus
        except (KeyError, TypeError, ValueError, OverflowError) as fault:
            raise self._fault(f"not a checkpoint of this version ({fault})") from None

    def require(
        self, groups: list[SharedSupport], resources: Resources, prices: Floats, menus: list[list[Menu]]
    ) -> None:
        """Refuse a state that does not fit: prices, one list of menus a group, from its endowment, polarized, ruled."""
        fits = prices.shape == resources.limits.shape and bool(np.isfinite(prices).all()) and len(menus) == len(groups)
        fits = fits and np.array_equal(resources.allowed(prices), prices)
        starts = all(group.may_offer(menu) for group, known in zip(groups, menus) for menu in known)
        if not (fits and starts and all(menu.is_polarized() for known in menus for menu in known)):
            raise self._fault("holds prices or menus that are not of this problem")

    def save(self, prices: Floats, rounds: int, menus: list[list[Menu]]) -> None:
        """Replace the state in the file."""
        state = json.dumps(
            {
                "version": VERSION,
                "prices": prices.tolist(),
                "rounds": rounds,
                "menus": [[menu.to_dict() for menu in group] for group in menus],
            }
        )
        try:
            with closing(self._open()) as file, file:
                file.execute("delete from large_market")
                written = _checksum(self._problem, state)
                file.execute("insert into large_market values (?, ?, ?)", (self._problem, state, written))
        except sqlite3.DatabaseError as fault:
            raise InputError(f"cannot be written ({fault}): give another file", source=str(self._path)) from None

    def _open(self) -> sqlite3.Connection:
        file = sqlite3.connect(self._path)
        file.execute("create table if not exists large_market (problem text, state text, checksum text)")
        return file

    def _fault(self, problem: str) -> InputError:
        return InputError(f"{problem}: give another file", source=str(self._path))


def _checksum(problem: str, state: str) -> str:
    return hashlib.sha256(f"{problem} {state}".encode()).hexdigest()
