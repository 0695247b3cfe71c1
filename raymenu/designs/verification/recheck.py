"""The recheck as a whole, claim by claim."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from raymenu.designs.verification.bounds import check_lower_bound
from raymenu.designs.verification.claims import Claim, judged
from raymenu.designs.verification.file import FORMAT, DesignFile
from raymenu.designs.verification.large_market import check_large_market
from raymenu.designs.verification.market import check_market
from raymenu.designs.verification.menus import check_menus
from raymenu.designs.verification.names import check_names
from raymenu.designs.verification.types import check_types
from raymenu.instances import InputError, Instance, library, load
from raymenu.instances.documents import read_json
from raymenu.mechanisms.participation import describe, losses

BROKEN = (KeyError, IndexError, TypeError, ValueError, ZeroDivisionError, AttributeError, OverflowError)
"""A document that was tampered with may break anywhere: that is a finding, not a crash."""


def read_document(path: str | Path) -> dict[str, Any]:
    """A design file as a JSON object; ``InputError`` where it is not one, or of another format."""
    return require_design(read_json(path), str(path))


def require_design(document: Any, source: str) -> dict[str, Any]:
    """What a JSON file holds, where that is a design."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InputError(
            f"not a design file of format {FORMAT}: give one that `raymenu solve` or `small-market` wrote",
            field="format",
            source=source,
        )
    return document


def verify(
    document: dict[str, Any], bounds: bool = False, seed: int | None = None, against: Instance | None = None
) -> list[Claim]:
    """Recheck a design document.

    Parameters
    ----------
    document
        As ``read_document`` gives it.
    bounds
        Also prove the lower bound again, by bounding every support function at the design's prices.
    seed
        Of the profiles on which the estimates are tested; a new one each time by default, so that no file can be made
        for it.
    against
        The instance that the design should be for.

    Returns
    -------
    Claims in order; a document is good if none failed. A broken one gives failed claims, never an exception.
    """
    file = DesignFile(document)
    steps: list[tuple[str, Callable[[], Iterator[Claim]]]] = [
        ("fields", lambda: _fields(file)),
        ("instance", lambda: _instance(file, against)),
        ("menus", lambda: check_menus(file)),
        ("participation", lambda: _participation(file)),
        ("market", lambda: check_market(file, seed)),
        ("names", lambda: check_names(file)),
    ]
    if file.has_large_market:
        steps += [("types", lambda: check_types(file)), ("large market", lambda: check_large_market(file))]
    if bounds or file.has_large_market:
        steps.append(("lower bound", lambda: check_lower_bound(file, bounds)))
    findings: list[Claim] = []
    for name, step in steps:
        try:
            findings += step()
        except BROKEN as fault:
            findings.append(Claim(name, "fails", f"cannot be read: {type(fault).__name__} {str(fault)[:200]}"))
    return findings


def _fields(file: DesignFile) -> Iterator[Claim]:
    yield judged("checksum", file.document.get("checksum") == file.checksum, f"recomputed {file.checksum[:16]}…")
    faults = sorted(set(file.field_faults()))
    yield judged("fields", not faults, "; ".join(faults[:5]) or "those of a design file, and no others")


def _instance(file: DesignFile, against: Instance | None) -> Iterator[Claim]:
    inst = file.instance
    size = f"{inst.name!r}: {inst.n_agents} rows, {inst.n_tasks} tasks, valid"
    if against is not None:
        same = inst.digest in {each.digest for each in _variants(against, inst)}
        yield judged("instance", same, f"{size}; {'the' if same else 'not the'} instance it is held against")
        return
    known = inst.name in library() and inst.digest in {each.digest for each in _variants(load(inst.name), inst)}
    from_where = "the library's" if known else "the file's own: hold it against yours with --instance"
    yield judged("instance", True, f"{size}; {from_where}")


def _variants(given: Instance, found: Instance) -> list[Instance]:
    """The instance with as many copies as were found, from its endowment and from its status quo."""
    factor, rest = divmod(int(found.copies.sum()), int(given.copies.sum()))
    market = given.with_copies(factor) if factor > 1 and not rest else given
    return [market, market.from_status_quo()]


def _participation(file: DesignFile) -> Iterator[Claim]:
    found = losses(file.instance)
    said = describe(file.instance, found) if found else "no type is worse off with its endowment than the status quo"
    yield judged("participation", not found, said)
