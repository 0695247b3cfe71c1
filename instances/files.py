"""Writing results: a file appears whole or not at all, and the files of one run appear together.

A plain file is written beside its target and renamed over it. Symbolic links are followed; pipes and devices are
written as they are; ``-`` is standard output. Whatever the system refuses becomes one ``InputError``.
"""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import shutil
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from raymenu.instances.errors import InputError

STANDARD_OUTPUT = "-"
_DESCRIPTORS = {"/dev/stdout": 1, "/dev/stderr": 2}
_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/(\d+)")
_MENDS = {
    errno.ENOENT: "its folder does not exist: make it first, or choose another place",
    errno.ENOTDIR: "a part of its path is a file, not a folder: choose another place",
    errno.EEXIST: "a part of its path is a file, not a folder: choose another place",
    errno.EISDIR: "it is a folder: name a file in it",
    errno.ENOSPC: "the disk is full: make room, or choose another place",
    errno.EDQUOT: "the disk quota is used up: make room, or choose another place",
    errno.EROFS: "nothing can be written there (read-only): choose another place",
    errno.EACCES: "it is not yours to write: choose another place",
    errno.EPERM: "it is not yours to write: choose another place",
    errno.ENAMETOOLONG: "its name is too long: choose a shorter one",
    errno.ELOOP: "its symbolic links lead in a circle: choose another place",
    errno.EPIPE: "whoever read it has stopped reading",
}
_OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO)


def write_json(path: str | Path, data: Any) -> None:
    """Write data as JSON; see ``write_bytes``."""
    write_text(path, json_text(data))


def json_text(data: Any) -> str:
    """JSON as the package writes it: UTF-8 readable, one space a level, a line end at the end."""
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def write_text(path: str | Path, text: str) -> None:
    """Write a text in UTF-8; see ``write_bytes``."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write one file, whole or not at all.

    Parameters
    ----------
    path
        ``-`` is standard output. A symbolic link is followed, a pipe or device written as it is, a plain file replaced
        by a rename that keeps its permissions.

    Raises
    ------
    InputError
        Where the path cannot be written; a file that was there before is left as it was.
    """
    write_files({path: content})


def write_files(contents: Mapping[str | Path, str | bytes]) -> None:
    """Write several files, which need not share a folder, all or none.

    Raises
    ------
    InputError
        Naming the file that cannot be written; then no file has changed, but for what pipes and devices have taken.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> write_files({folder / "a.txt": "one", folder / "b.txt": "two"})
    >>> sorted(file.name for file in folder.iterdir())
    ['a.txt', 'b.txt']
    """
    replaced: list[tuple[Path, Path]] = []
    streams: list[tuple[str, bytes]] = []
    try:
        for given, content in contents.items():
            data = content.encode("utf-8") if isinstance(content, str) else content
            with _refusals(given):
                if _is_stream(given):
                    streams.append((str(given), data))
                    continue
                target = _real(given)
                partial = _beside(target)
                replaced.append((partial, target))
                _write_partial(partial, target, data)
        for name, data in streams:
            with _refusals(name):
                _write_stream(name, data)
        _rename(replaced)
    finally:
        for partial, _ in replaced:
            with suppress(OSError):
                partial.unlink(missing_ok=True)


@contextmanager
def folder_together(path: str | Path) -> Iterator[Path]:
    """A folder to write into, whose files move into ``path`` together when the block ends without an exception.

    Files of other names that ``path`` holds already stay.

    Raises
    ------
    InputError
        Where ``path`` cannot be made or written; then nothing in it has changed.

    Examples
    --------
    >>> import tempfile
    >>> out = Path(tempfile.mkdtemp()) / "out"
    >>> with folder_together(out) as made:
    ...     _ = (made / "a.txt").write_text("one")
    ...     out.exists()
    False
    >>> (out / "a.txt").read_text()
    'one'
    """
    with _refusals(path):
        target = _real(path)
        # Inside a folder that exists: what is mounted there may be another disk, and its parent not ours to write.
        place = target if target.is_dir() else target.parent
        place.mkdir(parents=True, exist_ok=True)
        if target.exists() and not target.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "")
        partial = _beside(place / "folder")
        partial.mkdir()
    try:
        try:
            yield partial
        except OSError as fault:
            if fault.errno not in _OF_THE_DISK:
                raise
            with _refusals(path):
                raise
        with _refusals(path):
            if target.exists():
                files = [file for file in sorted(partial.rglob("*")) if not file.is_dir()]
                moves = [(file, target / file.relative_to(partial)) for file in files]
                for _, file in moves:
                    file.parent.mkdir(parents=True, exist_ok=True)
                _rename(moves)
            else:
                partial.replace(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def check_writable(path: str | Path) -> None:
    """Whether a file can be written there, asked before the work whose result it takes.

    Raises
    ------
    InputError
        Where it cannot.

    Examples
    --------
    >>> check_writable("-")
    >>> try:
    ...     check_writable("/nowhere/mine.json")
    ... except InputError as fault:
    ...     print(fault)
    /nowhere/mine.json: cannot be written: its folder does not exist: make it first, or choose another place
    """
    with _refusals(path):
        if _is_stream(path):
            if str(path) != STANDARD_OUTPUT and not os.access(path, os.W_OK):
                raise PermissionError(errno.EACCES, "")
            return
        target = _real(path)
        _check_replaceable(target)
        _try_out(target.parent)


def check_folder(path: str | Path) -> None:
    """Whether a folder is there to be written into, or can be made, asked before the work; makes nothing.

    Raises
    ------
    InputError
        Where it cannot.
    """
    with _refusals(path):
        target = _real(path)
        while not target.exists():
            target = target.parent
        if not target.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "")
        _try_out(target)


def _try_out(folder: Path) -> None:
    # Permissions alone do not tell: a superuser has them all, and /proc, full disks and read-only mounts refuse still.
    probe = _beside(folder / "probe")
    os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    probe.unlink()


def _is_stream(path: str | Path) -> bool:
    name = str(path)
    if name == STANDARD_OUTPUT or name in _DESCRIPTORS or _DESCRIPTOR.fullmatch(name):
        return True
    try:
        mode = Path(name).stat().st_mode
    except FileNotFoundError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _write_stream(name: str, data: bytes) -> None:
    numbered = _DESCRIPTOR.fullmatch(name)
    if name == STANDARD_OUTPUT:
        # Not the descriptor: what captures standard output in this process wants it too.
        sys.stdout.write(data.decode("utf-8", errors="replace"))
        sys.stdout.flush()
        return
    number = int(numbered[1]) if numbered else _DESCRIPTORS.get(name)
    if number is not None:
        # Opened anew, a file behind standard output would be overwritten from its start.
        sys.stdout.flush()
        sys.stderr.flush()
        handle = os.dup(number)
    else:
        handle = os.open(name, os.O_WRONLY)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)


def _real(path: str | Path) -> Path:
    return Path(os.path.realpath(path))


def _beside(target: Path) -> Path:
    return target.with_name(f".raymenu-{secrets.token_hex(6)}.partial")


def _check_replaceable(target: Path) -> None:
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "")
    if target.exists() and not os.access(target, os.W_OK):
        # A rename would replace what its owner has made read-only.
        raise PermissionError(errno.EACCES, "")


def _write_partial(partial: Path, target: Path, data: bytes) -> None:
    _check_replaceable(target)
    with partial.open("xb") as file:
        file.write(data)
        file.flush()
        # Some file systems notice a full disk, or a quota, only here.
        os.fsync(file.fileno())
    if target.exists():
        partial.chmod(stat.S_IMODE(target.stat().st_mode))


def _rename(moves: list[tuple[Path, Path]]) -> None:
    """Rename each file over its target; where one fails, put back what the others have replaced."""
    kept: list[tuple[Path, Path | None]] = []
    try:
        for partial, target in moves:
            with _refusals(target):
                if target.is_dir():
                    raise IsADirectoryError(errno.EISDIR, "")
                if len(moves) > 1:  # one rename alone happens or not
                    kept.append((target, _set_aside(target) if target.exists() else None))
                partial.replace(target)
    except BaseException:
        for target, before in reversed(kept):
            with suppress(OSError):
                target.unlink(missing_ok=True) if before is None else before.replace(target)
        raise
    finally:  # of two names of one file, a rename leaves both
        for _, before in kept:
            if before is not None:
                with suppress(OSError):
                    before.unlink(missing_ok=True)


def _set_aside(target: Path) -> Path:
    """A second name, or a copy, of what is there."""
    before = _beside(target)
    try:
        before.hardlink_to(target)
    except OSError:  # some file systems know no hard links
        shutil.copy2(target, before)
    return before


@contextmanager
def _refusals(path: str | Path) -> Iterator[None]:
    """What the system refuses about ``path``, as one line."""
    if "\0" in str(path):
        raise InputError("a name cannot hold the character NUL: choose another name", source=repr(str(path)))
    try:
        yield
    except OSError as fault:
        mend = _MENDS.get(fault.errno or 0, f"{fault.strerror or fault}: choose another place")
        if fault.errno == errno.ENOENT and Path(path).parent.is_dir():
            mend = "the system keeps no files there: choose another place"
        raise InputError(f"cannot be written: {mend}", source=str(path)) from None
