"""The README of the library, made from the instances and their known bounds."""

from __future__ import annotations

from pathlib import Path

from raymenu.instances.known_bounds import BoundsRecord, KnownBound, Quantity, known_bounds
from raymenu.instances.loading import library, load

COLUMNS: dict[Quantity, str] = {
    "first_best": "first best",
    "full_information": "full information",
    "lm_bic": "LM-BIC",
    "lm_osp": "LM-OSP",
    "bic": "BIC",
    "small_market": "menus that clear",
    "no_choice": "no choice",
}
_HEAD = """# The instance library

Made by `raymenu bench regress --readme`; do not edit. Every file says in `source` where its numbers come from.
`python -m raymenu.instances.catalogue` makes all of them again, byte for byte, the real ones from `NAME_data/`.

Costs are lower bounds and upper bounds of the optimum (one number where they agree to the digits shown), on the number
of types given in brackets; columns to the right cost more. LM is the large market; "no choice" counts the whole
support, so it may exceed what a constant mechanism could do on the types; "menus that clear" is what the design for
the market as it is was measured to cost on fresh draws, with its standard error. `known_bounds/NAME.json` holds them in
full, with method, tolerance and versions, and S_j at recorded w beside them.

"""


def readme(folder: Path | None = None) -> str:
    """The README as Markdown; ``folder`` in place of the committed records."""
    head = ["instance", "I", "rows", "agents", *COLUMNS.values(), "status quo", "S_j"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    sources = []
    for name in library():
        inst, record = load(name), known_bounds(name, folder)
        cells = [f"`{name}`", str(inst.n_tasks), str(inst.n_agents), str(inst.copies.sum())]
        cells += [_cell(record, quantity) for quantity in COLUMNS]
        cells += [_number(inst.status_quo_cost), str(sum(bound.quantity == "support" for bound in record.bounds))]
        lines.append("| " + " | ".join(cells) + " |")
        sources.append(f"- `{name}`: {inst.source}")
    return _HEAD + "\n".join(lines) + "\n\n## Sources\n\n" + "\n".join(sources) + "\n"


def _cell(record: BoundsRecord, quantity: Quantity) -> str:
    bound = record.get(quantity)
    return "" if bound is None else _interval(bound)


def _interval(bound: KnownBound) -> str:
    low, high = _number(bound.lower), _number(bound.upper)
    if bound.stderr is not None:
        return f"{bound.upper:.6g} ± {bound.stderr:.2g}"
    value = low if low == high else f"{low} .. {high}"
    mark = "" if bound.certified else " (claimed)"
    return value + mark + (f" [{bound.types}]" if bound.types is not None else "")


def _number(value: float) -> str:
    # A value of 1e-12 where 0 is meant would make the table depend on the solver's last bits.
    return f"{round(value, 6) + 0.0:.6g}"
