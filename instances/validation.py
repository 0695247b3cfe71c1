"""What pydantic found wrong, in the words and the one line of ``InputError``."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from raymenu.instances.errors import InputError
from raymenu.instances.text import quoted

Place = tuple[int | str, ...]
MOST_FAULTS = 100
_LIMITS = {"greater_than_equal": "ge", "less_than_equal": "le"}
_NUMBERS = ("float_type", "float_parsing", "int_type", "int_parsing", "int_from_float")


def _none(place: Place) -> Sequence[str]:
    return ()


def input_error(fault: ValidationError, known: Callable[[Place], Sequence[str]] = _none) -> InputError:
    """All mistakes, the most important first.

    Parameters
    ----------
    known
        By the place of a field nobody knows, the fields there are, where they should be told.
    """
    # Misspelt fields first: the "missing" faults they bring along would send the reader the wrong way.
    errors = sorted(fault.errors(include_url=False), key=lambda error: error["type"] != "extra_forbidden")
    return InputError.of_all([_told(error, known) for error in errors[:MOST_FAULTS]])


def _told(error: ErrorDetails, known: Callable[[Place], Sequence[str]]) -> InputError:
    place, given, kind = error["loc"], error.get("input"), error["type"]
    field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
    if kind == "missing":
        return InputError("is missing: add it", field=field)
    if kind == "extra_forbidden":
        fields = known(place)
        near = difflib.get_close_matches(str(place[-1])[:50], fields, n=1, cutoff=0.7)
        there_are = f"; there are {', '.join(fields)}" if fields else ""
        mend = f"did you mean {near[0]!r}?" if near else f"remove it{there_are}"
        return InputError(f"unknown field, {mend}", field=field)
    inner: Any = error.get("ctx", {}).get("error")
    if isinstance(inner, InputError):
        return _below(field, inner)
    if kind in _NUMBERS:
        mend = ": write it without quotes" if isinstance(given, str) else ""
        whole = "whole " if kind.startswith("int") else ""
        return InputError(f"a {whole}number is needed, {quoted(given)} given{mend}", field=field)
    if kind in ("too_short", "string_too_short"):
        return InputError(f"is too short: at least {error.get('ctx', {}).get('min_length')} needed", field=field)
    if kind in _LIMITS:
        words = f"{kind.split('_')[0]} than or equal to {error['ctx'][_LIMITS[kind]]:.12g}"
        return InputError(f"should be {words} (given: {quoted(given)})", field=field)
    message = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    shown = f" (given: {quoted(given)})" if isinstance(given, str | int | float | None) else ""
    return InputError(f"{message[:1].lower()}{message[1:]}{shown}", field=field)


def _below(field: str, inner: InputError) -> InputError:
    between = ", " if field.startswith("rules") else "."
    at = [between.join(part for part in (field, single.field) if part) for single in (inner, *inner.others)]
    return InputError.of_all(
        [InputError(single.problem, field=place or None) for single, place in zip((inner, *inner.others), at)]
    )
