"""Rows in SQLite, appended as they come: whatever interrupts a benchmark, what was measured stays."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from raymenu.benchmarks.harness.jobs import Job, Row
from raymenu.instances import InputError

FILE = "rows.sqlite"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS rows (
    key TEXT PRIMARY KEY, job TEXT NOT NULL, outcome TEXT NOT NULL, seconds REAL NOT NULL, peak_mb REAL NOT NULL,
    message TEXT NOT NULL, result TEXT NOT NULL, versions TEXT NOT NULL, finished TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS events (key TEXT NOT NULL, time REAL NOT NULL, lower REAL, upper REAL);
"""


class Store:
    """The rows of one benchmark, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(folder / FILE)
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def begin(
        self,
        configuration: dict[str, Any],
        facts: Mapping[str, Any],
        *,
        fresh: bool,
        resume: bool,
    ) -> set[str]:
        """Start or continue a run; returns the keys of the rows that are there already.

        ``facts`` are stored by their names.

        An unfinished run of the same configuration is continued, a finished one is made again unless ``resume``;
        ``fresh`` throws away what is there.

        Raises
        ------
        InputError
            Where the folder holds a run of another configuration.
        """
        stored = self.meta("configuration")
        again = stored is not None and self.meta("finished") is True and not resume
        if fresh or (again and stored == configuration):
            self._clear()
        elif stored is not None and stored != configuration:
            raise InputError(
                "the folder holds rows of another benchmark: give another --out, or --fresh to throw them away",
                field="--out",
                source=str(self.folder),
            )
        with self._connection:
            self._set("configuration", configuration)
            for name, value in facts.items():
                self._set(name, value)
            self._set("finished", False)
        return {key for (key,) in self._connection.execute("SELECT key FROM rows")}

    def begin_part(self, invocation: Mapping[str, Any]) -> None:
        """Note a call that is about to make rows."""
        with self._connection:
            self._set("invocations", [*(self.meta("invocations") or []), dict(invocation)])

    def append(self, row: Row) -> None:
        """Write one row and its events in one transaction; a key that is there already stays as it is."""
        job = row.job
        with self._connection:
            written = self._connection.execute(
                "INSERT OR IGNORE INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    job.key,
                    job.to_json(),
                    row.outcome,
                    row.seconds,
                    row.peak_mb,
                    row.message,
                    json.dumps(dict(row.result)),
                    json.dumps(dict(row.versions)),
                    now(),
                ),
            )
            if written.rowcount:
                self._connection.executemany(
                    "INSERT INTO events VALUES (?, ?, ?, ?)", [(job.key, *event) for event in row.events]
                )

    def finish(self) -> None:
        """Mark the run as complete."""
        with self._connection:
            self._set("finished", True)

    def rows(self) -> list[Row]:
        """All rows, in the order of their keys."""
        events: dict[str, list[tuple[float, float | None, float | None]]] = {}
        for key, time, lower, upper in self._connection.execute("SELECT * FROM events ORDER BY rowid"):
            events.setdefault(key, []).append((time, lower, upper))
        return [
            Row(
                job=Job(**json.loads(job)),
                outcome=outcome,
                seconds=seconds,
                peak_mb=peak,
                message=message,
                result=json.loads(result),
                events=events.get(key, []),
                versions=json.loads(versions),
            )
            for key, job, outcome, seconds, peak, message, result, versions, _ in self._connection.execute(
                "SELECT * FROM rows ORDER BY key"
            )
        ]

    def last(self) -> str:
        """When the last row was finished; empty without rows."""
        (found,) = self._connection.execute("SELECT MAX(finished) FROM rows").fetchone()
        return found or ""

    def meta(self, name: str) -> Any:
        """A stored fact of the run, or None."""
        found = self._connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if found is None else json.loads(found[0])

    def _set(self, name: str, value: Any) -> None:
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, json.dumps(value)))

    def _clear(self) -> None:
        with self._connection:
            for table in ("meta", "rows", "events"):
                self._connection.execute(f"DELETE FROM {table}")


def now() -> str:
    """The time, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@contextmanager
def opened(folder: Path) -> Iterator[Store]:
    """A store that is closed in the end."""
    store = Store(folder)
    try:
        yield store
    finally:
        store.close()


def configuration(jobs: list[Job], memory_mb: float, plugins: list[str]) -> dict[str, Any]:
    """What makes two runs the same: their jobs with limits, the memory limit, the plugins."""
    return {"jobs": [asdict(job) for job in jobs], "memory_mb": memory_mb, "plugins": plugins}
