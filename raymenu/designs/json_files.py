"""Reading JSON files that people may have touched: one line says what is wrong and where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from raymenu.instances import InputError


def read_json(path: str | Path) -> Any:
    """What a JSON file holds.

    Raises
    ------
    InputError
        Where there is no such file, it is not JSON, or a field is given twice.
    """
    source = str(path)
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        return json.loads(text, object_pairs_hook=_refuse_duplicates)
    except InputError as fault:
        raise fault.within(source) from None
    except FileNotFoundError:
        raise InputError("no such file: check the path", source=source) from None
    except json.JSONDecodeError as fault:
        raise InputError(f"not JSON ({fault.msg}, line {fault.lineno}): mend it there", source=source) from None
    except RecursionError:
        raise InputError("not JSON of any use: it is nested too deep", source=source) from None
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or fault
        raise InputError(f"cannot be read as text ({reason}): check the file", source=source) from None


def document_fault(fault: ValidationError) -> InputError:
    """The first fault of a document, unknown fields before those that may only be missing because of them."""
    error = min(fault.errors(), key=lambda each: each["type"] != "extra_forbidden")
    field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"]).lstrip(".")
    if error["type"] == "missing":
        return InputError("is missing: add it", field=field)
    if error["type"] == "extra_forbidden":
        return InputError("is not a field of a design file: remove it", field=field)
    inner = error.get("ctx", {}).get("error")
    if isinstance(inner, InputError):
        return InputError(inner.problem, field=".".join(part for part in (field, inner.field) if part))
    message = error["msg"].removeprefix("Value error, ")
    return InputError(f"{message[:1].lower()}{message[1:]}", field=field)


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            raise InputError("is given twice in one object: keep one", field=key[:60])
        seen[key] = value
    return seen
