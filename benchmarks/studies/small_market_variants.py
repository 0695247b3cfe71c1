"""What else was tried on small markets: the plane's design and the improved menus, changed in ways that might help.

Every variant starts from the families' own results, is moved uphill as these are, and is valued with them on profiles
that no search has seen. Decided: none gains, so none is a family.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

import raymenu
from raymenu.benchmarks.harness.machine import machine
from raymenu.instances.files import write_json
from raymenu.solvers.small_market.ascent import ascend
from raymenu.solvers.small_market.choice_probabilities import Draws, Population
from raymenu.solvers.small_market.families import one_direction, own_directions
from raymenu.solvers.small_market.menus import improved_menus, large_market_menus
from raymenu.solvers.small_market.objective import Objective
from raymenu.solvers.small_market.offers import Offers, both_sides, polarized, unit_basis
from raymenu.solvers.small_market.search import Search, make_search

SHARE = 0.1
"""Of a group, rounded up: one agent where copies are few."""


def plane_left(search: Search, plane: Offers) -> Offers:
    """Both sides of each direction still, the directions free to leave their plane."""
    inst = plane.inst
    slot = [int(plane.slot[plane.span(group)][0]) for group in range(plane.sizes.size)]
    unit = unit_basis(inst)
    free = both_sides(inst, plane.rows, plane.sizes, slot, plane.directions / np.diag(unit), unit)
    return uphill(search, free, 0.02)


def side_withheld(search: Search, plane: Offers) -> Offers:
    """One side of its direction withheld from one group, wherever that costs least."""
    keep = np.ones(plane.n_rays, dtype=bool)
    options = []
    for ray in range(plane.n_rays):
        keep[ray] = False
        options.append(replace(plane, owner=plane.owner[keep], slot=plane.slot[keep], sign=plane.sign[keep]))
        keep[ray] = True
    return max(options, key=search.objective.gain)


def row_exchanged(search: Search, plane: Offers, improved: Offers) -> Offers:
    """One row offered the improved menus, the others the plane's directions, moved uphill; the best row."""
    made = []
    for row in np.unique(plane.rows):
        parts = [(improved, g) for g in np.flatnonzero(improved.rows == row).tolist()]
        parts += [(plane, g) for g in np.flatnonzero(plane.rows != row).tolist()]
        mixed = joined([(source, g, int(source.sizes[g])) for source, g in parts])
        made.append(uphill(search, mixed, 0.02, 150))
    return max(made, key=search.objective.gain)


def mixture(search: Search, plane: Offers, improved: Offers) -> Offers:
    """A share of each improved group, rounded up, moved to both sides of its row's direction; all moved uphill."""
    parts = []
    for group, (row, size) in enumerate(zip(improved.rows.tolist(), improved.sizes.tolist(), strict=True)):
        other = int(np.flatnonzero(plane.rows == row)[0])
        moved = min(int(np.ceil(SHARE * size)), size - 1)
        parts += [(improved, group, size - moved), (plane, other, moved)]
    return uphill(search, uphill(search, joined(parts), 0.06, 200), 0.02)


def joined(parts: list[tuple[Offers, int, int]]) -> Offers:
    """Groups of several offers side by side, (offers, group, agents) each; opposite rays stay tied."""
    parts = sorted((part for part in parts if part[2]), key=lambda part: part[0].rows[part[1]])
    inst = parts[0][0].inst
    unit = np.diag(unit_basis(inst))
    owner: list[int] = []
    slot: list[int] = []
    sign: list[float] = []
    lines: list[Any] = []
    for number, (source, group, _) in enumerate(parts):
        span = source.span(group)
        places: dict[int, int] = {}
        for line, side in zip(source.slot[span].tolist(), source.sign[span].tolist(), strict=True):
            if line not in places:
                places[line] = len(lines)
                lines.append(source.directions[line] / unit)
            owner.append(number)
            slot.append(places[line])
            sign.append(side)
    return Offers(
        inst,
        np.array([source.rows[group] for source, group, _ in parts]),
        np.array([size for _, _, size in parts]),
        np.array(owner),
        np.array(slot),
        np.array(sign),
        np.array(lines),
        unit_basis(inst),
    )


def uphill(search: Search, start: Offers, rate: float, steps: int = 300) -> Offers:
    """Stochastic ascent in the market as it is; the start where nothing better is found."""
    return ascend(search.objective, start, steps, 100, search.rng(90), rate, repair=polarized)


def variants(search: Search) -> Iterator[tuple[str, Offers]]:
    """Name and offers, one after the other: what is compared first."""
    plane = own_directions(search, 2, [one_direction(search)[0].offers])[0].offers
    improved = improved_menus(search, [each.offers for each in large_market_menus(search)])[0].offers
    yield "own directions in a plane", plane
    yield "large-market menus improved", improved
    of_plane: list[Callable[[Search, Offers], Offers]] = [side_withheld, plane_left]
    for change in of_plane:
        yield f"plane: {change.__name__.replace('_', ' ')}", change(search, plane)
    yield "plane: one row offered improved menus", row_exchanged(search, plane, improved)
    yield f"improved: {SHARE:.0%} of each group in the plane", mixture(search, plane, improved)


def main(
    copies: Annotated[str, typer.Option(help="how many, separated by commas")] = "3,10",
    instance: str = "anaesthesia",
    seed: int = 0,
    json_file: Annotated[Path | None, typer.Option("--json", help="write all rows here")] = None,
) -> None:
    """Measure variants of small-market menus in markets of so many copies."""
    rows = []
    for number in (int(text) for text in copies.split(",")):
        inst = raymenu.load(instance).with_copies(number)
        search = make_search(inst, seed)
        judge = Objective(Population(inst, 2**15, seed + 101), Draws(inst, 10_000, seed + 102))
        for name, offers in variants(search):
            seen = judge.gains(offers)
            gain = float(seen.weights @ seen.counts)
            # Where all profiles are enumerated there is no error of sampling.
            drawn = judge.enumeration(offers) is None
            spread = float(np.sqrt(seen.weights @ (seen.counts - gain) ** 2 / seen.counts.size)) if drawn else 0.0
            row = {"instance": inst.name, "copies": number, "variant": name}
            row |= {"gain": gain / number, "stderr": spread / number, "rays": offers.n_rays}
            print(row, flush=True)
            rows.append(row)
            if json_file is not None:
                write_json(json_file, {"machine": machine(), "rows": rows})
