"""One run of a verb: where it prints, what it says of its progress, when it must end, where its figures go."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from raymenu.commands.interrupts import INTERRUPTS
from raymenu.presentation.progress import progress
from raymenu.presentation.tables import Table, screen, show

A_WHILE = 1.5
"""Seconds that pictures may take."""
MOMENT = 0.05
"""Seconds, for the first bounds where no time is left."""


class Run:
    """What every verb shares; a context, which ends the display of progress.

    Parameters
    ----------
    quiet
        Nothing is printed but errors.
    json_file
        Where ``figures`` go; where this or another file is ``-``, standard output, what people read goes to standard
        error.
    time_limit
        Seconds for the whole command.
    files, folder
        What else is going to be written: whether it can be is found out before the work.
    """

    def __init__(
        self,
        quiet: bool = False,
        json_file: Path | None = None,
        time_limit: float | None = None,
        files: Sequence[Path | None] = (),
        folder: Path | None = None,
    ) -> None:
        self._json_file = json_file
        self.screen = screen(quiet, stderr="-" in map(str, [json_file, *files]))
        self.progress = progress(quiet)
        if time_limit is not None:
            if not time_limit >= 0:  # not a number
                from raymenu.instances import InputError

                raise InputError(f"{time_limit} seconds given: give a number of at least 0", field="--time-limit")
            INTERRUPTS.limit(time_limit)
        self._check_outputs([json_file, *files], folder)

    def __enter__(self) -> Run:
        self.progress.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.__exit__(kind, fault, trace)

    def _check_outputs(self, files: Sequence[Path | None], folder: Path | None) -> None:
        wanted = [path for path in files if path is not None]
        if wanted or folder is not None:
            from raymenu.instances.files import check_folder, check_writable

            for path in wanted:
                check_writable(path)
            if folder is not None:
                check_folder(folder)

    def phase(self, words: str) -> None:
        """A phase of the work begins."""
        self.progress.phase(words)

    def seconds_left(self) -> float | None:
        """Of the time limit, at least a moment; None where there is none."""
        left = INTERRUPTS.seconds_left()
        return None if left is None else max(left, MOMENT)

    @property
    def interrupted(self) -> bool:
        """Whether someone, or the time limit, has asked to stop."""
        return INTERRUPTS.reason is not None

    @property
    def in_a_hurry(self) -> bool:
        """Whether there is no time for what can be left out."""
        left = INTERRUPTS.seconds_left()
        return self.interrupted or (left is not None and left < A_WHILE)

    @property
    def save(self) -> Callable[[], str] | None:
        """Writes what is there, should the command be stopped, and says in words what that is."""
        return INTERRUPTS.save

    @save.setter
    def save(self, save: Callable[[], str]) -> None:
        INTERRUPTS.save = save

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Results are being written: they are completed where time allows."""
        self.phase("writing")
        with INTERRUPTS.writing():
            yield

    def show(self, *tables: Table) -> None:
        """Print tables."""
        self.progress.close()
        for table in tables:
            show(self.screen, table)

    def tell(self, told: Sequence[str | Table]) -> None:
        """Print sentences and tables."""
        for each in told:
            if isinstance(each, Table):
                self.show(each)
            else:
                self.say(each)

    def say(self, *lines: str) -> None:
        """Print sentences; a terminal wraps them."""
        self.progress.close()
        for line in lines:
            self.screen.print(line)

    def figures(self, data: Any) -> None:
        """Write what ``--json`` asks for."""
        from raymenu.instances.files import write_json

        if self._json_file is not None:
            write_json(self._json_file, data)
