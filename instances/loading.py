"""Finding instances: by the name of one in the library, or by the path of a file."""

from __future__ import annotations

import difflib
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from raymenu.instances.documents import parse_json, read_json
from raymenu.instances.errors import InputError
from raymenu.instances.instance import Instance
from raymenu.instances.schema import check_document


def library() -> list[str]:
    """Names of the instances in the library, sorted."""
    return sorted(entry.name.removesuffix(".json") for entry in _library().iterdir() if entry.name.endswith(".json"))


def load(name_or_path: str | Path) -> Instance:
    """An instance by its library name or from a ``.json`` file.

    Raises
    ------
    InputError
        One line that names the file, the field and the mend.

    Examples
    --------
    >>> load("anaesthesia").tasks
    ['good', 'fair', 'poor', 'critical']
    """
    text = str(name_or_path)
    if not text.endswith(".json"):
        return _load_named(text)
    return _made(read_json(name_or_path), text)


def library_text(name: str) -> str:
    """The file of a library instance, as text."""
    return (_library() / f"{name}.json").read_text(encoding="utf-8")


def _library() -> Traversable:
    return resources.files("raymenu.instances") / "library"


def _load_named(name: str) -> Instance:
    names = library()
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "see `raymenu instances`"
        raise InputError(f"no instance of that name in the library, and a file ends in .json; {hint}", source=name)
    return _made(parse_json(library_text(name)), f"{name}.json")


def _made(document: Any, source: str) -> Instance:
    try:
        return Instance(check_document(document), file=source)
    except InputError as fault:
        raise fault.within(source) from None
