"""How results show themselves: a sentence or two, and a table where there is one."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


class Shown:
    """What a result says of itself; notebooks show the summary above the table.

    Dollars in names are no formulas there, and names are never markup.
    """

    def summary(self) -> str:
        """The result in a sentence or two."""
        raise NotImplementedError

    def to_frame(self) -> pd.DataFrame:
        """The result as a table, with names and full precision."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        said = escape(self.summary()).replace("\n", "<br>")
        table = ""
        if type(self).to_frame is not Shown.to_frame:
            table = self.to_frame().to_html(index=False, max_rows=60, float_format=lambda x: f"{x:.4g}")
        return f'<div class="tex2jax_ignore mathjax_ignore"><p>{said}</p>{table}</div>'
