"""What the pictures share: colours, and writing a file whole or not at all."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from matplotlib.figure import Figure

from raymenu.instances.files import write_bytes

INK = "#22313f"
MUTED = "#8a97a3"
TAKE = "#2f7f86"
MARK = "#d79b2c"
TASKS = ("#2f7f86", "#d79b2c", "#c0563f", "#5b5f97", "#7d9d57", "#9b5d78", "#4f86c6", "#8a6f4d")
WASH = ("#e9b8a8", "#a9d1d4", "#efd9a6", "#c7c3e0", "#bfd8b2", "#e3c5d8")


def literal(text: str) -> str:
    """A text that comes from a file, as a picture shows it: two dollar signs are no formula.

    Examples
    --------
    >>> literal("debt $0-$500")
    'debt \\\\$0-\\\\$500'
    """
    return text.replace("$", r"\$")


def save(figure: Figure, path: Path) -> None:
    """Write a figure; the file appears only when it is complete."""
    write_bytes(path, _drawn(figure, path.suffix.lstrip(".") or "png"))


def png(figure: Figure) -> bytes:
    """A figure as a PNG file."""
    return _drawn(figure, "png")


def _drawn(figure: Figure, kind: str) -> bytes:
    picture = BytesIO()
    figure.savefig(picture, format=kind, dpi=150, facecolor="white")
    return picture.getvalue()
