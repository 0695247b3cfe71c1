"""Text that came from a file or a user, made fit to be shown."""

from __future__ import annotations

import unicodedata

_UNSEEN = {"Cc", "Cs", "Zl", "Zp"}
_TURNING = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
"""Marks that turn the direction of writing: what follows on the line would be shown in another order."""
ELLIPSIS = "…"


def unprintable(text: str) -> str | None:
    """The first character that a terminal would obey or garble rather than show; None where there is none.

    Examples
    --------
    >>> unprintable("Köln [a]"), unprintable("red \\x1b[31m")
    (None, '\\x1b')
    """
    return next((mark for mark in text if unicodedata.category(mark) in _UNSEEN or mark in _TURNING), None)


def plain_name(name: str) -> str:
    """A name without what cannot be seen in it: blanks around it, doubled blanks, two ways to write one letter.

    Examples
    --------
    >>> plain_name(" Dr\\u00a0 Lee ")
    'Dr Lee'
    """
    return " ".join(unicodedata.normalize("NFC", name.replace("\ufeff", "")).split())


def same_name(first: str, second: str) -> bool:
    """Whether two names differ in blanks and case only."""
    return plain_name(first).casefold() == plain_name(second).casefold()


def printable(text: str, limit: int | None = None) -> str:
    """The text for a terminal: control characters as escapes, and no more than ``limit`` characters, cut in the middle.

    Examples
    --------
    >>> printable("a\\x1b[31mb")
    'a\\\\x1b[31mb'
    >>> printable("abcdefghij", limit=5)
    'abc…j'
    """
    if limit is not None and len(text) > limit:
        tail = (limit - 1) // 3
        text = text[: limit - 1 - tail] + ELLIPSIS + text[len(text) - tail :]
    if text.isascii() and text.isprintable():
        return text
    shown = (mark.encode("unicode_escape").decode() if unprintable(mark) else mark for mark in text)
    return "".join(shown)


def quoted(value: object, limit: int = 60) -> str:
    """What was given, as Python would write it, shortened: for messages.

    Examples
    --------
    >>> quoted("Lee"), quoted(["a", 1]), quoted("x" * 1000, limit=10)
    ("'Lee'", 'a list', "'xxxxxx…xxx'")
    """
    if isinstance(value, str):
        mark = '"' if "'" in value else "'"
        return mark + printable(value, limit) + mark
    if value is None or isinstance(value, bool | float):
        return repr(value)
    if isinstance(value, int):
        return str(value) if abs(value) < 10**limit else f"a whole number of {value.bit_length()} bits"
    return f"a {type(value).__name__}"
