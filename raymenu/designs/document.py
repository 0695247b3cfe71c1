"""The design file: one reader and one writer.

Numbers on which a claim of the large market rests are rationals written as strings, exactly the doubles that were
computed with; estimates are JSON numbers. Whatever the file says can be worked out again from its instance, types and
menus: ``raymenu.designs.verification`` does so without this module.

Choices are addressed by the place of a ray in its menu: K keeps the endowment, A is the first ray (or the remedial menu
accepted), then B, ..., J, L, ... (``raymenu.mechanisms.codes``).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, PlainSerializer, PlainValidator, ValidationError

from raymenu.designs.design import Certificate, Design, Option
from raymenu.instances import FiniteTypes, InputError, Instance
from raymenu.instances.documents import read_json
from raymenu.instances.files import write_json
from raymenu.instances.schema import check
from raymenu.instances.validation import input_error
from raymenu.mechanisms import Menu, OfferGroup, OfferPlan
from raymenu.mechanisms.menus.lotteries import Lottery, make_lottery
from raymenu.solvers.eopr.estimate import Estimate
from raymenu.version import VERSION

FORMAT: Literal[2] = 2
WRITTEN = re.compile(r"-?[0-9]{1,4000}(/0*[1-9][0-9]{0,4000})?")
"""A rational as it is written; nothing that takes long to read."""


def _rational(text: Any) -> Fraction:
    if not isinstance(text, Fraction | str) or (isinstance(text, str) and not WRITTEN.fullmatch(text)):
        raise ValueError(f"{repr(text)[:60]} is not a rational such as '3/4'")
    return Fraction(text)


def _double(text: Any) -> float:
    exact = Fraction(text) if isinstance(text, float) else _rational(text)
    rounded = float(exact)
    if Fraction(rounded) != exact:
        raise ValueError(f"{repr(text)[:60]} is not a double-precision number: it has been changed")
    return rounded


def _instance(data: Any) -> Instance:
    if not isinstance(data, Instance | dict):
        raise ValueError("an instance object is needed")
    return data if isinstance(data, Instance) else Instance(check(data))


def _menu(data: Any) -> Menu:
    if isinstance(data, Menu):
        return data
    if not isinstance(data, dict):
        raise ValueError("a menu is an object with kind, endowment and rays or kept")
    try:
        return Menu.from_dict(data)
    except KeyError as missing:
        raise InputError("is missing: add it", field=str(missing.args[0])) from None
    except TypeError as fault:
        raise ValueError(f"is not a menu as it is written ({fault})") from None


Rational = Annotated[Fraction, PlainValidator(_rational), PlainSerializer(str)]
Double = Annotated[float, PlainValidator(_double), PlainSerializer(lambda value: str(Fraction(value)))]
MenuField = Annotated[Menu, PlainValidator(_menu), PlainSerializer(Menu.to_dict)]
InstanceField = Annotated[Instance, PlainValidator(_instance), PlainSerializer(Instance.to_dict)]
Seed = Annotated[int, Field(ge=0)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)


class ShareRecord(_Record):
    """A menu and the exact probability of being offered it."""

    probability: Rational
    menu: MenuField


class GroupRecord(_Record):
    """Agents of one row that are offered the same: its next ``agents`` copies."""

    agent: str
    agents: int = Field(ge=1)
    lottery: list[ShareRecord] = Field(min_length=1)


class EstimateRecord(_Record):
    """An expected cost with its standard error, its 95% interval, and the dearest profile drawn."""

    cost: FiniteFloat
    stderr: FiniteFloat
    lower: FiniteFloat
    upper: FiniteFloat
    dearest: FiniteFloat


class OptionRecord(_Record):
    """A mechanism for the market as it is."""

    mechanism: str
    groups: list[GroupRecord]
    selection: EstimateRecord
    report: EstimateRecord


class DrawsRecord(_Record):
    """How profiles are drawn: as many, from that seed."""

    draws: int = Field(ge=2)
    seed: Seed


class MarketRecord(_Record):
    """The market as it is: what was compared, and what is recommended."""

    selection: DrawsRecord
    report: DrawsRecord
    offer_seed: Seed
    options: list[OptionRecord] = Field(min_length=1)
    recommended: str
    reason: str


class TypesRecord(_Record):
    """Finite types of one or more rows; equal weights where none are given."""

    costs: list[list[Double]]
    weights: list[Double] | None = None


class SourceRecord(_Record):
    """Which call of ``Instance.types`` gives the types."""

    number: int = Field(ge=1)
    seed: Seed


class LargeMarketRecord(_Record):
    """Program (5) on finite types: an explicit solution, and prices that prove how far it is from the best."""

    types: list[TypesRecord]
    types_of_row: list[int]
    drawn_with: SourceRecord | None = None
    lotteries: list[list[ShareRecord]]
    expected_assignments: list[list[Rational]]
    upper: Double
    lower: Double
    prices: list[Double]
    support_bounds: list[Double]


class DesignRecord(_Record):
    """A whole design file."""

    format: Literal[2]
    made_with: str
    instance: InstanceField
    large_market: LargeMarketRecord | None = None
    market: MarketRecord
    checksum: str


def design_document(design: Design) -> dict[str, Any]:
    """The design as a JSON object, with its checksum."""
    best = design.recommended
    record = DesignRecord(
        format=FORMAT,
        made_with=f"raymenu {VERSION}",
        instance=design.instance,
        large_market=None if design.certificate is None else _large_market_record(design.certificate),
        market=MarketRecord(
            selection=DrawsRecord(draws=best.selection.draws, seed=best.selection.seed),
            report=DrawsRecord(draws=best.report.draws, seed=best.report.seed),
            offer_seed=design.offer_seed,
            options=[_option_record(option) for option in design.options],
            recommended=best.mechanism,
            reason=design.reason,
        ),
        checksum="",
    )
    document = record.model_dump(mode="json", exclude_none=True)
    return document | {"checksum": checksum(document)}


def write_design(path: str | Path, design: Design) -> None:
    """Write the design to a file."""
    write_json(path, design_document(design))


def read_design(path: str | Path) -> Design:
    """The design in a file.

    Raises
    ------
    InputError
        Naming the file, the field and the mend.
    """
    try:
        return design_from_document(read_json(path))
    except InputError as fault:
        raise fault.within(str(path)) from None


def design_from_document(document: Any) -> Design:
    """The design that ``design_document`` wrote; ``InputError`` names the field and the mend."""
    if not isinstance(document, dict) or "format" not in document:
        raise InputError("not a design file: give one that `raymenu solve` or `small-market` wrote")
    if document["format"] != FORMAT:
        raise InputError(
            f"is {str(document['format'])[:20]!r}, this version reads {FORMAT}: solve the instance again",
            field="format",
        )
    try:
        record = DesignRecord.model_validate(document)
    except ValidationError as fault:
        raise input_error(fault) from None
    inst, market = record.instance, record.market
    options = [_option(inst, market, k) for k in range(len(market.options))]
    recommended = next((option for option in options if option.mechanism == market.recommended), None)
    if recommended is None:
        raise InputError(f"{market.recommended!r} is none of the options", field="market.recommended")
    certificate = None if record.large_market is None else _certificate(inst, record.large_market)
    return Design(inst, options, recommended, market.offer_seed, certificate)


def checksum(document: dict[str, Any]) -> str:
    """SHA-256 of the document without its checksum, in canonical JSON."""
    rest = {key: value for key, value in document.items() if key != "checksum"}
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def _large_market_record(certificate: Certificate) -> LargeMarketRecord:
    distinct: list[FiniteTypes] = []
    for own in certificate.types:
        if not any(own is known for known in distinct):
            distinct.append(own)
    drawn = certificate.drawn_with
    return LargeMarketRecord(
        types=[
            TypesRecord(
                costs=own.costs.tolist(),
                weights=None if own.given_weights is None else own.given_weights.tolist(),
            )
            for own in distinct
        ],
        types_of_row=[next(k for k, known in enumerate(distinct) if own is known) for own in certificate.types],
        drawn_with=None if drawn is None else SourceRecord(number=drawn[0], seed=drawn[1]),
        lotteries=[_shares(lottery) for lottery in certificate.plan.lotteries],
        expected_assignments=certificate.expected_assignments,
        upper=certificate.upper,
        lower=certificate.lower,
        prices=certificate.prices.tolist(),
        support_bounds=certificate.support_bounds.tolist(),
    )


def _option_record(option: Option) -> OptionRecord:
    agents = option.plan.inst.agents
    return OptionRecord(
        mechanism=option.mechanism,
        groups=[
            GroupRecord(agent=agents[group.row], agents=group.agents, lottery=_shares(group.lottery))
            for group in option.plan.groups
        ],
        selection=_estimate_record(option.selection),
        report=_estimate_record(option.report),
    )


def _estimate_record(found: Estimate) -> EstimateRecord:
    return EstimateRecord(**{name: getattr(found, name) for name in EstimateRecord.model_fields})


def _shares(lottery: Lottery) -> list[ShareRecord]:
    return [ShareRecord(probability=p.exact, menu=menu) for p, menu in lottery]


def _option(inst: Instance, market: MarketRecord, number: int) -> Option:
    record, field = market.options[number], f"market.options[{number}]"
    rows = {name: j for j, name in enumerate(inst.agents)}
    groups = []
    for g, group in enumerate(record.groups):
        if group.agent not in rows:
            raise InputError(f"{group.agent!r} is no agent of the instance", field=f"{field}.groups[{g}].agent")
        lottery = _lottery(group.lottery, f"{field}.groups[{g}].lottery")
        groups.append(OfferGroup(rows[group.agent], group.agents, lottery))
    try:
        plan = OfferPlan(inst, tuple(groups))
    except InputError as fault:
        raise InputError(fault.problem, field=f"{field}.groups") from None
    selection, report = (
        Estimate(**part.model_dump(), draws=drawn.draws, seed=drawn.seed)
        for part, drawn in ((record.selection, market.selection), (record.report, market.report))
    )
    return Option(record.mechanism, plan, selection, report)


def _lottery(shares: Sequence[ShareRecord], field: str) -> Lottery:
    try:
        return make_lottery([(share.probability, share.menu) for share in shares])
    except InputError as fault:
        raise InputError(fault.problem, field=field) from None


def _certificate(inst: Instance, record: LargeMarketRecord) -> Certificate:
    try:
        known = [FiniteTypes(own.costs, own.weights) for own in record.types]
        types = [known[k] for k in record.types_of_row if k >= 0]
    except IndexError:
        raise InputError("names types that are not there", field="large_market.types_of_row") from None
    lotteries = [_lottery(row, f"large_market.lotteries[{j}]") for j, row in enumerate(record.lotteries)]
    for name, given in (("types_of_row", types), ("lotteries", lotteries), ("support_bounds", record.support_bounds)):
        if len(given) != inst.n_agents:
            raise InputError(f"one per row is needed, {inst.n_agents}", field=f"large_market.{name}")
    drawn = record.drawn_with
    return Certificate(
        OfferPlan.make(inst, lotteries),
        types,
        None if drawn is None else (drawn.number, drawn.seed),
        record.lower,
        np.array(record.prices),
        np.array(record.support_bounds),
    )
