"""Progress on standard error: the phase, both bounds and the time, from the first second.

A terminal shows it move; elsewhere every phase is one line. Names from files are shown as they are, never as markup.
"""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from rich.console import Console

if TYPE_CHECKING:
    from rich.progress import TaskID

AT_ONCE = 0.5
"""Seconds within which a phase ends at once."""


class Progress(Protocol):
    """What phases report to."""

    def phase(self, words: str) -> None:
        """A phase begins; the one before it has ended."""

    def bounds(self, lower: float, upper: float) -> None:
        """The cost of the best menus in a large market is now known to lie between these."""

    def found(self, words: str) -> None:
        """What the phase has found so far, in a few words."""

    def close(self) -> None:
        """The work is done: what people read comes next."""

    def __enter__(self) -> Progress: ...

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def progress(quiet: bool = False) -> Progress:
    """The display that suits standard error; none where ``quiet``."""
    if quiet:
        return _Silent()
    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    return _Moving(console) if console.is_terminal or console.is_jupyter else _Lines(console)


class _Silent:
    def phase(self, words: str) -> None: ...

    def bounds(self, lower: float, upper: float) -> None: ...

    def found(self, words: str) -> None: ...

    def close(self) -> None: ...

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *fault: object) -> None: ...


class _Lines(_Silent):
    """One line a phase, with the bounds known by then, as soon as it lasts or the next begins.

    A phase that ends at once with bad input writes none: the fault is then the only line.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._start = time.monotonic()
        self._interval = ""
        self._line: str | None = None
        self._lock = threading.Lock()

    def phase(self, words: str) -> None:
        self._write()
        self._line = f"{time.monotonic() - self._start:7.1f} s  {words}{self._interval}"
        timer = threading.Timer(AT_ONCE, self._write, (self._line,))
        timer.daemon = True
        timer.start()

    def bounds(self, lower: float, upper: float) -> None:
        self._interval = f"   [{interval(lower, upper)}]"

    def close(self) -> None:
        self._write()

    def _write(self, lasting: str | None = None) -> None:
        with self._lock:
            if self._line is not None and lasting in (None, self._line):
                self._console.print(self._line)
                self._line = None

    def __exit__(self, *fault: object) -> None:
        if fault[0] is None:
            self.close()
        with self._lock:  # the timer may be writing: not after the command has ended
            self._line = None


class _Moving(_Silent):
    """A line that moves for each phase, those that have ended above it; all vanish at the end."""

    def __init__(self, console: Console) -> None:
        from rich import progress as bars

        self._task: TaskID | None = None
        text = bars.TextColumn("{task.description}", markup=False)
        known = bars.TextColumn("{task.fields[known]}", markup=False, style="cyan")
        columns = (bars.SpinnerColumn(finished_text="✓"), text, known, bars.TimeElapsedColumn())
        self._bars = bars.Progress(*columns, console=console, transient=True)

    def phase(self, words: str) -> None:
        self._finish()
        self._task = self._bars.add_task(words, total=None, known="")

    def bounds(self, lower: float, upper: float) -> None:
        self.found(interval(lower, upper))

    def found(self, words: str) -> None:
        if self._task is not None:
            self._bars.update(self._task, known=words)

    def _finish(self) -> None:
        if self._task is not None:
            self._bars.update(self._task, total=1, completed=1)

    def __enter__(self) -> Progress:
        self._bars.start()
        return self

    def close(self) -> None:
        self._bars.stop()

    def __exit__(self, *fault: object) -> None:
        self.close()


def interval(lower: float, upper: float) -> str:
    """Both bounds in words.

    Examples
    --------
    >>> interval(4.98123, 5.02877)
    '4.981 <= V <= 5.029'
    """
    return f"{lower:.4g} <= V <= {upper:.4g}"
