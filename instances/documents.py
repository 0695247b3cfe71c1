"""Reading JSON documents strictly: what cannot be used is refused in one line, whatever is in the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from raymenu.instances.errors import InputError
from raymenu.instances.text import quoted

LARGEST_DOCUMENT = 1_000_000_000
"""Bytes."""


def read_json(path: str | Path) -> Any:
    """The data in a JSON file.

    Raises
    ------
    InputError
        Naming the file, where it cannot be read, is no JSON, or gives a key twice.
    """
    source = str(path)
    try:
        with Path(path).open("rb") as file:
            data = file.read(LARGEST_DOCUMENT + 1)
    except FileNotFoundError:
        raise InputError("no such file: check the path", source=source) from None
    except IsADirectoryError:
        raise InputError("is a folder: name a file in it", source=source) from None
    except (OSError, ValueError) as fault:
        raise InputError(
            f"cannot be read ({getattr(fault, 'strerror', None) or fault}): check the path", source=source
        ) from None
    if len(data) > LARGEST_DOCUMENT:
        raise InputError(
            f"holds more than {LARGEST_DOCUMENT / 1e9:g} GB: that is no document of this kind", source=source
        )
    try:
        return parse_json(data)
    except InputError as fault:
        raise fault.within(source) from None


def parse_json(data: bytes | str) -> Any:
    """The data in JSON text, UTF-8 (with or without a byte order mark) or UTF-16.

    Raises
    ------
    InputError
        Where it is no JSON, or gives a key twice in one object.

    Examples
    --------
    >>> parse_json('{"a": 1, "a": 2}')
    Traceback (most recent call last):
    raymenu.instances.errors.InputError: a: is given twice in one object: keep one
    """
    try:
        text = data if isinstance(data, str) else data.decode(json.detect_encoding(data))
    except UnicodeDecodeError as fault:
        raise InputError(f"is no text in UTF-8 (byte {fault.start}): save it as UTF-8") from None
    if not text.strip():
        raise InputError("the file is empty: write a JSON object into it")
    try:
        return json.loads(text.removeprefix("\ufeff"), object_pairs_hook=_once, parse_int=_whole)
    except json.JSONDecodeError as fault:
        raise InputError(f"not JSON ({fault.msg}, line {fault.lineno}, column {fault.colno}): mend it there") from None
    except RecursionError:
        raise InputError("not of use: brackets are nested a thousand deep") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            raise InputError("is given twice in one object: keep one", field=key)
        seen[key] = value
    return seen


def _whole(digits: str) -> int:
    if len(digits) > 310:  # beyond every float; and Python reads no more than 4300 digits
        raise InputError(f"{quoted(digits, 30)} has {len(digits)} digits: choose larger units")
    return int(digits)
