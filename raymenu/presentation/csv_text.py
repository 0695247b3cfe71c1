"""Tables as CSV that spreadsheets and programs read alike."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

DIGITS = 12
"""Significant digits: a sum of rounded floats reads as what it stands for."""


def csv_text(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Commas, points and line ends as RFC 4180 has them, so that names may hold any of them.

    Examples
    --------
    >>> csv_text(["agent", "amount"], [["Lee, A.", 0.1 + 0.2], ["Bo", 3]])
    'agent,amount\\r\\n"Lee, A.",0.3\\r\\nBo,3\\r\\n'
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(heads)
    writer.writerows([[_cell(value) for value in row] for row in rows])
    return text.getvalue()


def _cell(value: Any) -> Any:
    return f"{value + 0.0:.{DIGITS}g}" if isinstance(value, float) else value
