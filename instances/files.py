"""Writing results so that a file appears whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from raymenu.instances import InputError


def write_json(path: Path, data: Any) -> None:
    """Write data as JSON; ``InputError`` where the path cannot be written."""
    write_text(path, json.dumps(data, indent=1, ensure_ascii=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text file; ``InputError`` where the path cannot be written."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as fault:
        raise InputError(f"cannot be written ({fault.strerror}): choose another place", source=str(path)) from None
