"""Who does the work: threads of this process, processes of this machine, or a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

Workers = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Worker processes on this machine; threads where not given.")
]
DaskAddress = Annotated[
    str | None, typer.Option("--dask", metavar="ADDRESS", help="A Dask scheduler, such as tcp://host:8786.")
]


@contextmanager
def workforce(workers: int | None, dask: str | None) -> Iterator[Any]:
    """An executor for ``executor=`` of the solvers; None where threads of this process do it all.

    Raises
    ------
    InputError
        Where both are asked for, Dask is not installed, or no scheduler answers.
    """
    if workers is not None and dask is not None:
        from raymenu.instances import InputError

        raise InputError("give --workers or --dask, not both", field="--dask")
    if dask is not None:
        with _client(dask) as client:
            yield client
    elif workers is not None:
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        # Forked from a process with threads, a worker may inherit a lock that nobody lets go.
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_get_ready) as pool:
            yield pool
    else:
        yield None


def _client(address: str) -> Any:
    from raymenu.instances import InputError

    try:
        from distributed import Client
    except ImportError:
        raise InputError("Dask is not installed: pip install 'raymenu[dask]'", field="--dask") from None
    try:
        return Client(address, timeout=10)
    except (OSError, ValueError) as fault:
        said = str(fault).splitlines()[0]
        raise InputError(
            f"no scheduler answers at {address!r} ({said}): start one with `dask scheduler`", field="--dask"
        ) from None


def _get_ready() -> None:
    """Interrupts are the parent's affair, and kernels are loaded before there are questions."""
    import signal

    from raymenu.solvers.support.compile_kernels import load_closed_form, load_search

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    load_closed_form()
    load_search()
