"""What every document asks of its numbers and names."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, BeforeValidator, Field

from raymenu.instances.errors import InputError
from raymenu.instances.text import quoted, unprintable

LARGEST = 1e100
"""Sums of squares of what is given stay finite; and no unit of measure needs more."""
SMALLEST = 1e-100
LONGEST_NAME = 200
MOST_COPIES = 1_000_000_000


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _checked_name(name: str) -> str:
    if not name.strip():
        raise InputError("a name is needed, this one is blank")
    return _shown(name, LONGEST_NAME, "")


def _checked_text(text: str) -> str:
    return _shown(text, None, "\n\r\t")


def _shown(text: str, longest: int | None, allowed: str) -> str:
    if longest is not None and len(text) > longest:
        raise InputError(f"{quoted(text)} has {len(text)} characters: use at most {longest}")
    mark = unprintable(text.translate(dict.fromkeys(map(ord, allowed), " ")))
    if mark is not None:
        raise InputError(f"{quoted(text)} holds the character U+{ord(mark):04X}, which cannot be shown: leave it out")
    return text


Number = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-LARGEST, le=LARGEST), BeforeValidator(_plain)]
"""A finite number: not text, not true."""
NonNegative = Annotated[Number, Field(ge=0)]
Positive = Annotated[Number, Field(gt=0), Field(ge=SMALLEST)]
WholeNumber = Annotated[int, Field(strict=True, ge=1, le=MOST_COPIES), BeforeValidator(_plain)]
Name = Annotated[str, AfterValidator(_checked_name)]
"""A name that can be shown in one line."""
Text = Annotated[str, Field(min_length=1), AfterValidator(_checked_text)]
"""Text of several lines."""
