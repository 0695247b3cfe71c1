"""Lists of numbers given as one word of the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Number = TypeVar("Number", int, float)


def numbers(text: str, number: Callable[[str], Number], option: str, example: str) -> list[Number]:
    """The numbers between commas.

    Raises
    ------
    InputError
        Where a part is no such number; says what a list looks like.

    Examples
    --------
    >>> numbers("1,10,100", int, "--replicas", "1,10")
    [1, 10, 100]
    """
    try:
        return [number(part) for part in text.split(",")]
    except ValueError:
        from raymenu.instances import InputError

        raise InputError(f"{text!r} is not a list of numbers: write such as {example}", field=option) from None
