"""Reading who is offered what from a file: a design, a small-market design, or a plain list of menus."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

from raymenu.instances import FiniteTypes, InputError, Instance, load
from raymenu.instances.schema import check
from raymenu.mechanisms import Menu, OfferPlan
from raymenu.mechanisms.menus.lotteries import LotteryLike

Read = TypeVar("Read")


@dataclass(frozen=True, eq=False)
class Offers:
    """An instance and the menus that its agents are offered.

    Attributes
    ----------
    lotteries
        One a row.
    single
        One menu a single agent, where the file says which agent holds which; else None.
    types
        The finite types that the menus were solved on, one a row, where the file holds them.
    value
        The certified interval of the large market's value, where the file holds it and the menus are its solution.
    """

    inst: Instance
    lotteries: list[LotteryLike]
    single: list[Menu] | None = None
    types: list[FiniteTypes] | None = None
    value: tuple[float, float] | None = None

    def menus(self, seed: int = 0) -> list[Menu]:
        """One menu a single agent: as the file says, or drawn from the lotteries."""
        return self.single or OfferPlan.make(self.inst, self.lotteries).menus(seed)


def read_offers(path: str | Path, mechanism: str = "recommended", instance: str | None = None) -> Offers:
    """Menus from a file.

    Parameters
    ----------
    path
        JSON: a design that ``raymenu solve`` wrote; one that ``raymenu small-market --json`` wrote; or
        ``{"instance": ..., "menus": [...]}`` with one menu a row or a single agent, as ``Menu.to_dict`` writes them.
        ``instance`` is a name in the library, the path of a file, or an instance object.
    mechanism
        Which mechanism of a design: "recommended" or "large_market".
    instance
        Used instead of the file's own.

    Raises
    ------
    InputError
        Naming the file, the field and the mend.
    """
    source = str(path)
    document = read_json(path)
    if not isinstance(document, dict):
        raise InputError("an object with instance and menus is needed", source=source)
    try:
        inst = _instance(document, instance)
        if "groups" in document:
            return _groups(document, inst)
        if "menus" in document:
            menus = _read(lambda: [Menu.from_dict(menu) for menu in document["menus"]], "menus")
            if len(menus) == inst.n_agents:
                return Offers(inst, [[(1.0, menu)] for menu in menus])
            if len(menus) == inst.agent_rows.size:
                rows = inst.agent_rows.tolist()
                several: list[LotteryLike] = [
                    [(1 / rows.count(j), menu) for menu, row in zip(menus, rows) if row == j]
                    for j in range(inst.n_agents)
                ]
                return Offers(inst, several, single=menus)
            raise InputError(
                f"{len(menus)} menus for {inst.n_agents} rows and {inst.agent_rows.size} single agents: give one each",
                field="menus",
            )
        part = document.get(mechanism)
        if not isinstance(part, dict) or "lotteries" not in part:
            raise InputError(
                f"neither menus nor groups nor {mechanism}.lotteries is there: give a design file, or add menus",
                field="menus",
            )
        lotteries = _read(lambda: _lotteries(part["lotteries"]), f"{mechanism}.lotteries")
        types = _read(lambda: _types(document), "types") if "types" in document else None
        value = None
        if mechanism == "large_market":
            value = _read(lambda: (float(Fraction(part["lower"])), float(Fraction(part["upper"]))), mechanism)
        return Offers(inst, lotteries, types=types, value=value)
    except InputError as fault:
        raise fault.within(source) from None


def read_json(path: str | Path) -> Any:
    """A JSON file; ``InputError`` where there is none."""
    source = str(path)
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError("no such file: check the path", source=source) from None
    except (OSError, UnicodeDecodeError) as fault:
        raise InputError(f"cannot be read as text ({fault}): check the file", source=source) from None
    except json.JSONDecodeError as fault:
        raise InputError(f"not JSON ({fault.msg}, line {fault.lineno}): mend it there", source=source) from None


def _instance(document: dict[str, Any], override: str | None) -> Instance:
    given = override or document.get("instance")
    if isinstance(given, dict):
        return Instance(check(given))
    if not isinstance(given, str):
        raise InputError("is missing: give a name in the library, a path or an instance object", field="instance")
    return load(given)


def _groups(document: dict[str, Any], inst: Instance) -> Offers:
    groups = _read(
        lambda: [(str(g["agent"]), int(g["copies"]), Menu.from_dict(g["menu"])) for g in document["groups"]], "groups"
    )
    sizes = {name: sum(size for agent, size, _ in groups if agent == name) for name in inst.agents}
    total, agents = sum(size for _, size, _ in groups), int(inst.copies.sum())
    if total and total % agents == 0:
        inst = inst.with_copies(total // agents)
    if list(sizes.values()) != inst.copies.tolist() or any(agent not in sizes for agent, _, _ in groups):
        raise InputError(
            "the groups are not the agents of the instance: give the instance it was made for", field="groups"
        )
    lotteries: list[LotteryLike] = [
        [(size / sizes[name], menu) for agent, size, menu in groups if agent == name] for name in inst.agents
    ]
    single = [menu for name in inst.agents for agent, size, menu in groups if agent == name for _ in range(size)]
    return Offers(inst, lotteries, single=single)


def _lotteries(rows: list[list[dict[str, Any]]]) -> list[LotteryLike]:
    return [[(float(Fraction(entry["probability"])), Menu.from_dict(entry["menu"])) for entry in row] for row in rows]


def _types(document: dict[str, Any]) -> list[FiniteTypes]:
    distinct = [
        FiniteTypes(
            [[float(Fraction(c)) for c in row] for row in own["costs"]],
            [float(Fraction(w)) for w in own["weights"]] if "weights" in own else None,
        )
        for own in document["types"]
    ]
    return [distinct[k] for k in document["types_of_row"]]


def _read(make: Callable[[], Read], field: str) -> Read:
    """Read a part of a document; what is missing or of another kind is named."""
    try:
        return make()
    except InputError as fault:
        raise InputError(fault.problem, field=".".join(part for part in (field, fault.field) if part)) from None
    except KeyError as missing:
        raise InputError(f"{missing.args[0]!r} is missing: add it", field=field) from None
    except (TypeError, ValueError, AttributeError, IndexError) as fault:
        raise InputError(f"is not as `raymenu solve` writes it ({fault})", field=field) from None
