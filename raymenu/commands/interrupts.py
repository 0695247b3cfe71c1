"""Ctrl-C, SIGTERM and the time limit: whatever the work is busy with, the command ends in time with what is there.

A request sets ``raymenu.stopping``, which searches look at; they hand back their best so far, and the command ends by
itself. Where it does not, deep in compiled code or in a solver, a second thread writes what is there and ends it.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from types import FrameType
from typing import Literal

from raymenu import stopping
from raymenu.commands.exits import EXIT_LIMIT

Reason = Literal["interrupted", "time limit"]
SIGNALS = (signal.SIGINT, signal.SIGTERM)
GRACE = 0.9
"""Seconds in which the work may end by itself once it was asked to."""
PATIENCE = 1.8
"""Seconds after which the process ends whatever it is doing: promised are two."""
STARTED = 0.4
"""Seconds that the process has run before it looks at the clock."""
SAVING = 0.5
"""Seconds that writing may take."""
LOADED = 1.5
"""Seconds more for results that are being written already: on a busy machine rather late than lost."""
LATE = 0.4
"""Share of the time allowed beyond a limit that the work has to keep the limit by itself."""


class Interrupts:
    """What stops a command from outside. There is one for a process, as there is one set of signals.

    Attributes
    ----------
    reason
        Why the work was asked to stop; None while it was not.
    save
        Writes what is there and says in words what that is; called at most once, by the thread that ends the command.
    """

    def __init__(self) -> None:
        self._writing = threading.RLock()
        self._ended = threading.Event()
        self._seen, self._bell = socket.socketpair()
        self.begin()

    def begin(self) -> None:
        """A command begins; its time is counted from here."""
        self.reason: Reason | None = None
        self.save: Callable[[], str] | None = None
        self._start, self._limit = time.monotonic(), inf
        self._ended.clear()
        stopping.forget()

    def watch(self) -> None:
        """From now on signals and the limit are answered; call in the main thread of a process of one's own."""
        for number in SIGNALS:
            if signal.getsignal(number) != signal.SIG_IGN:  # a shell's background jobs ignore Ctrl-C
                signal.signal(number, self._signalled)
        for end in (self._seen, self._bell):
            end.setblocking(False)
        signal.set_wakeup_fd(self._bell.fileno(), warn_on_full_buffer=False)
        threading.Thread(target=self._keep_watch, daemon=True, name="interrupts").start()

    def limit(self, seconds: float) -> None:
        """The whole command may take so many seconds, counted from its start."""
        self._limit = seconds
        self._bell.send(b"\0")

    def seconds_left(self) -> float | None:
        """Until the limit, at least 0; None where there is none."""
        return None if self._limit == inf else max(self._start + self._limit - time.monotonic(), 0.0)

    def ended(self) -> None:
        """The command has come to its end by itself."""
        self._ended.set()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Results are being written: they are completed where time allows, and nobody else writes."""
        with self._writing:
            self.save = None
            yield

    def end(self) -> None:
        """Write what is there and say so: the work was stopped and has no end of its own."""
        with self._writing:
            save, self.save = self.save, None
            said = save() if save is not None else "nothing was written"
        print(f"{self.reason or 'interrupted'}: {said}", file=sys.stderr)

    def _ask(self, reason: Reason) -> None:
        self.reason = self.reason or reason
        stopping.ask()

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        self._ask("interrupted")

    def _keep_watch(self) -> None:
        over = self._wait_for_request()
        if self._ended.wait(GRACE):
            return
        while self.save is None and time.monotonic() < over - SAVING:  # still loading: there may soon be something
            if self._ended.wait(0.05):
                return
        mine = self._writing.acquire(timeout=max(over - time.monotonic(), 0.0) + LOADED)
        if self._ended.is_set():
            return
        if mine:
            self.end()
        leave()

    def _wait_for_request(self) -> float:
        """Until a signal arrives or the limit has passed; returns by when the process must have ended."""
        while True:
            allowed = max(PATIENCE, 0.1 * self._limit) - STARTED
            late = self._start + self._limit + LATE * allowed - time.monotonic()
            readable, _, _ = select.select([self._seen], [], [], None if late == inf else max(late, 0.0))
            if readable and set(self._seen.recv(4096)) & set(SIGNALS):
                self._ask("interrupted")
                return time.monotonic() + PATIENCE
            if not readable:
                self._ask("time limit")
                return self._start + self._limit + allowed


def leave() -> None:
    """End the process at once: other threads may hang in compiled code, so no exit handler is waited for."""
    threading.Timer(0.1, os._exit, (EXIT_LIMIT,)).start()  # should a stream or a child not let go
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    import psutil

    for child in psutil.Process().children(recursive=True):
        child.terminate()
    os._exit(EXIT_LIMIT)


INTERRUPTS = Interrupts()
