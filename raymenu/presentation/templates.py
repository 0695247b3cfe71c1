"""Pages from templates: every text that comes from a file is escaped, and nothing is loaded from a network."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def render(template: str, **data: Any) -> str:
    """A page, complete in itself."""
    return _environment().get_template(template).render(**data)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("raymenu.presentation"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def file_name(number: int, name: str) -> str:
    """The name of an agent's page: its number keeps names apart that look alike as file names.

    Examples
    --------
    >>> file_name(7, "Lee [/Ward B]"), file_name(12, "Österle, Ä.")
    ('007-Lee-Ward-B.html', '012-Österle-Ä.html')
    """
    plain = "-".join(re.findall(r"\w+", name))[:60] or "agent"
    return f"{number:03d}-{plain}.html"
