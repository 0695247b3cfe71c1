"""Tables that people read, made once and shown on a screen, in a report and in a notebook alike.

Cells are texts, rounded where the table is made, so that a number is the same wherever the table is shown. On a narrow
screen columns go below each other in parts and words are wrapped: nothing is ever cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from textwrap import wrap
from typing import Literal

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

LEAST = 10
"""Letters to which a column of words may be wrapped."""
WORD = 16
"""Letters of a head from which on a single word may be broken."""
GAP = 3
"""Letters between columns."""
STACKED = 4
"""Columns from which on a narrow page puts the cells of a row below each other."""
UNLIMITED = 10_000
"""Letters of a line where output goes to a file or another program: nothing is wrapped there."""


@dataclass(frozen=True)
class Table:
    """Words to the left, numbers to the right.

    Attributes
    ----------
    title
        What the table shows.
    heads
        One a column.
    rows
        One text a cell.
    words
        How many columns from the left are words: they are repeated where a table is shown in parts.
    bold
        Numbers of the rows that stand out.
    """

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1
    bold: frozenset[int] = field(default_factory=frozenset)

    def __html__(self) -> str:
        """The table as HTML, every text escaped: what templates and notebooks show."""
        classes = ["words" if k < self.words else "number" for k in range(len(self.heads))]
        head = "".join(f'<th class="{kind}" scope="col">{escape(text)}</th>' for kind, text in zip(classes, self.heads))
        body = ""
        for r, row in enumerate(self.rows):
            cells = "".join(
                f'<th class="{kind}" scope="row">{escape(text)}</th>'
                if k == 0
                else f'<td class="{kind}" data-head="{escape(self.heads[k])}">{escape(text)}</td>'
                for k, (kind, text) in enumerate(zip(classes, row))
            )
            body += f'<tr class="chosen">{cells}</tr>' if r in self.bold else f"<tr>{cells}</tr>"
        caption = f"<caption>{escape(self.title)}</caption>" if self.title else ""
        kind = ' class="stack"' if len(self.heads) >= STACKED else ""
        table = f"<table{kind}>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f'<div class="scroll">{table}</div>'

    def parts(self, width: int) -> Iterator[RichTable]:
        """What a screen of this width shows, one below the other."""
        widths = self._widths(width)
        words, numbers = list(range(self.words)), list(range(self.words, len(self.heads)))
        title = self.title
        while numbers or words:
            taken = list(words)
            while numbers and (len(taken) == len(words) or _total(widths, [*taken, numbers[0]]) <= width):
                taken.append(numbers.pop(0))
            yield self._part(taken, widths, title)
            if not numbers:
                return
            title = ""

    def _widths(self, width: int) -> list[int]:
        """Of each column: as wide as its cells where all fit, else words are wrapped."""
        widths = []
        for k, head in enumerate(self.heads):
            cells = max((cell_len(row[k]) for row in self.rows), default=0)
            longest = max((cell_len(word) for word in head.split()), default=0)
            # Heads of numbers wrap at their spaces; a single long word may be broken too.
            widths.append(max(cells, min(cell_len(head), WORD) if k < self.words else min(longest, WORD), 1))
        words, numbers = list(range(self.words)), list(range(self.words, len(self.heads)))
        room = width if not numbers else max(width // 2, width - _total(widths, numbers) - GAP)
        while _total(widths, words) > room and max(widths[k] for k in words) > LEAST:
            widths[max(words, key=lambda k: widths[k])] -= 1
        return widths

    def _part(self, columns: list[int], widths: list[int], title: str) -> RichTable:
        table = RichTable(
            title=Text(title, style="bold") if title else None, title_justify="left", box=SIMPLE_HEAD, pad_edge=False
        )
        for k in columns:
            head = Text("\n".join(wrap(self.heads[k], widths[k])))
            side: Literal["left", "right"] = "left" if k < self.words else "right"
            table.add_column(head, justify=side, width=widths[k], overflow="fold")
        for r, row in enumerate(self.rows):
            table.add_row(*(Text(row[k]) for k in columns), style="bold" if r in self.bold else None)
        return table


def _total(widths: Sequence[int], columns: Sequence[int]) -> int:
    return sum(widths[k] for k in columns) + GAP * max(len(columns) - 1, 0)


def show(console: Console, table: Table) -> None:
    """Print a table in as many parts as the screen's width asks for."""
    for part in table.parts(console.width):
        console.print(part)


def screen(quiet: bool = False, stderr: bool = False) -> Console:
    """The console that verbs print on: as wide as the terminal; without one, as wide as ``COLUMNS`` says or as needed.

    Words from files are printed as they are: no markup, no highlighting.
    """
    console = Console(stderr=stderr, quiet=quiet, highlight=False, markup=False, emoji=False)
    if not console.is_terminal and not console.is_jupyter and "COLUMNS" not in console._environ:
        console.width = UNLIMITED
    return console
