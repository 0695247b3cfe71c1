"""Reading who is offered what from a file: a design, or a plain list of menus."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from raymenu.designs.document import design_from_document
from raymenu.instances import FiniteTypes, InputError, Instance, load
from raymenu.instances.documents import read_json
from raymenu.instances.schema import check
from raymenu.mechanisms import Menu, OfferPlan

LARGE_MARKET = "large_market"
RECOMMENDED = "recommended"


@dataclass(frozen=True, eq=False)
class OffersOnFile:
    """A plan that a file holds.

    Attributes
    ----------
    plan
        Who is offered what, with the instance.
    offer_seed
        For the draw of who is offered which menu, where the plan leaves that open.
    types, value
        Of the large market's lotteries: the finite types they were solved on, one a row, and the certified interval.
    """

    plan: OfferPlan
    offer_seed: int = 0
    types: list[FiniteTypes] | None = None
    value: tuple[float, float] | None = None


def read_offers(
    path: str | Path, mechanism: str | None = None, instance: str | None = None, prefer: str = RECOMMENDED
) -> OffersOnFile:
    """Menus from a file.

    Parameters
    ----------
    path
        JSON: a design that ``raymenu solve`` or ``raymenu small-market`` wrote, or a plain list of menus:
        ``{"instance": ..., "menus": [...]}`` with one menu a row or a single agent, as ``Menu.to_dict`` writes them.
        ``instance`` is a name in the library, the path of a file, or an instance object.
    mechanism
        Which mechanism of a design: "recommended", "large_market", or the name of one that was compared.
    instance
        Used instead of that of a plain list.
    prefer
        The mechanism of a design where none is named: "recommended", or "large_market" where the design holds it.

    Raises
    ------
    InputError
        Naming the file, the field and the mend.
    """
    document = read_json(path)
    try:
        if not isinstance(document, dict):
            raise InputError("an object with instance and menus is needed")
        if "format" in document:
            if instance is not None:
                raise InputError("a design holds its own instance: leave the other out", field="instance")
            return _of_design(document, mechanism, prefer)
        if mechanism is not None:
            raise InputError(f"a list of menus has no {mechanism!r}: give a design file", field="menus")
        return OffersOnFile(OfferPlan.make(_instance(document, instance), _menus(document)))
    except InputError as fault:
        raise fault.within(str(path)) from None


def _of_design(document: dict[str, Any], named: str | None, prefer: str) -> OffersOnFile:
    design = design_from_document(document)
    mechanism = named or (RECOMMENDED if design.certificate is None else prefer)
    if mechanism == LARGE_MARKET:
        found = design.certificate
        if found is None:
            raise InputError("is not in this design: choose another mechanism", field=LARGE_MARKET)
        value = (found.lower, found.upper)
        return OffersOnFile(found.plan, design.offer_seed, found.types, value)
    option = design.recommended if mechanism == RECOMMENDED else design.option(mechanism)
    if option is None:
        known = ", ".join([RECOMMENDED, LARGE_MARKET, *(each.mechanism for each in design.options)])
        raise InputError(f"{mechanism!r} is not in this design: choose one of {known}", field="mechanism")
    return OffersOnFile(option.plan, design.offer_seed)


def _instance(document: dict[str, Any], override: str | None) -> Instance:
    given = override or document.get("instance")
    if isinstance(given, dict):
        return Instance(check(given))
    if not isinstance(given, str):
        raise InputError("is missing: give a name in the library, a path or an instance object", field="instance")
    return load(given)


def _menus(document: dict[str, Any]) -> list[Menu]:
    given = document.get("menus")
    if not isinstance(given, list):
        raise InputError("a list is needed, one menu a row or a single agent", field="menus")
    menus = []
    for k, data in enumerate(given):
        try:
            menus.append(Menu.from_dict(data))
        except InputError as fault:
            raise InputError(fault.problem, field=f"menus[{k}].{fault.field}") from None
        except KeyError as missing:
            raise InputError(f"{missing.args[0]!r} is missing: add it", field=f"menus[{k}]") from None
        except (TypeError, ValueError, AttributeError) as fault:
            raise InputError(f"is not a menu as raymenu writes it ({fault})", field=f"menus[{k}]") from None
    return menus
