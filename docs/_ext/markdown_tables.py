"""Markdown tables in docstrings, drawn as tables: autodoc reads reStructuredText, where they would be line blocks."""

from __future__ import annotations

import re
from typing import Any

RULE = re.compile(r"\s*\|(\s*:?-+:?\s*\|)+\s*$")


def rewrite(app: Any, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Turn every table of a docstring into a list-table, in place."""
    made: list[str] = []
    k = 0
    while k < len(lines):
        if k + 1 < len(lines) and lines[k].lstrip().startswith("|") and RULE.match(lines[k + 1]):
            head, k = lines[k], k + 2
            rows = []
            while k < len(lines) and lines[k].lstrip().startswith("|"):
                rows.append(lines[k])
                k += 1
            made += _list_table(head, rows)
        else:
            made.append(lines[k])
            k += 1
    lines[:] = made


def _list_table(head: str, rows: list[str]) -> list[str]:
    indent = head[: len(head) - len(head.lstrip())]
    width = len(_cells(head))
    made = ["", f"{indent}.. list-table::", f"{indent}   :header-rows: 1", ""]
    for row in [head, *rows]:
        cells = (_cells(row) + [""] * width)[:width]
        made += [f"{indent}   {'* -' if c == 0 else '  -'} {cell}".rstrip() for c, cell in enumerate(cells)]
    return [*made, ""]


def _cells(row: str) -> list[str]:
    # A bar inside ``code`` is no border.
    parts = re.split(r"(``.*?``)", row.strip().strip("|"))
    apart = "".join(part if part.startswith("``") else part.replace("|", "\0") for part in parts)
    return [cell.strip() for cell in apart.split("\0")]


def setup(app: Any) -> dict[str, bool]:
    """Connect to autodoc."""
    app.connect("autodoc-process-docstring", rewrite)
    return {"parallel_read_safe": True}
