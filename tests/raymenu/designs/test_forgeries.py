"""Forged design files, each with a checksum that fits: all are caught, or shown as unchecked with what is known beside.

``CAUGHT``: what a forger does, and a finding that fails. ``SHOWN``: what nothing in the file can tell, and the finding
that says so.
"""

import copy
from fractions import Fraction

import numpy as np
import pytest
from small_designs import ONE_DIRECTION, as_written, make_design, signed

import raymenu
from raymenu import FiniteTypes, Menu
from raymenu.designs.design import STATUS_QUO, Certificate, Design, Option
from raymenu.designs.verification import verify
from raymenu.designs.verification.file import DesignFile
from raymenu.mechanisms import OfferPlan
from raymenu.solvers.eopr.estimate import estimate


@pytest.fixture(scope="module")
def box():
    """Of preferences in a box."""
    return as_written(make_design(raymenu.load("two_task_ratio")))


@pytest.fixture(scope="module")
def finite():
    """Of finite preferences."""
    return as_written(make_design(raymenu.load("two_task_finite")))


def put(*path_and_value):
    """A change of one place; a function is applied to what is there."""
    *path, last, value = path_and_value

    def change(document):
        place = document
        for key in path:
            place = place[key]
        place[last] = value(place[last]) if callable(value) else value

    return change


def more(text):
    return str(Fraction(text) * Fraction(9, 8))


def drop(*path):
    def change(document):
        place = document
        for key in path[:-1]:
            place = place[key]
        del place[path[-1]]

    return change


def best(document):
    names = [option["mechanism"] for option in document["market"]["options"]]
    return document["market"]["options"][names.index(document["market"]["recommended"])]


def cheaper(sample, name, by=0.1):
    def change(document):
        best(document)[sample][name] *= 1 - by

    return change


def all_cheaper(document):
    """Cost, interval and selection alike, and the words that follow."""
    option = best(document)
    for sample in ("selection", "report"):
        for name in ("cost", "lower", "upper"):
            option[sample][name] *= 0.85
    document["market"]["reason"] = document["market"]["reason"].replace("off", "off, a bargain,")


def status_quo_15_off(document):
    option = document["market"]["options"][0]
    document["market"]["recommended"] = option["mechanism"]
    for sample in ("selection", "report"):
        for name in ("cost", "lower", "upper", "dearest"):
            option[sample][name] *= 0.85
    document["market"]["reason"] = "least expected cost: 15.0% off the status quo"


def menus_called_status_quo(document):
    first, other = document["market"]["options"][0], best(document)
    first["groups"], first["selection"], first["report"] = other["groups"], other["selection"], other["report"]
    document["market"]["recommended"] = first["mechanism"]


def another_recommended(document):
    document["market"]["recommended"] = document["market"]["options"][0]["mechanism"]


def swapped_names(document):
    options = document["market"]["options"]
    options[1]["mechanism"], options[2]["mechanism"] = options[2]["mechanism"], options[1]["mechanism"]


def same_name_twice(document):
    document["market"]["options"].append(document["market"]["options"][1])


def chosen_on_the_report(document):
    market = document["market"]
    market["selection"] = market["report"]
    for option in market["options"]:
        option["selection"] = option["report"]


def bent_ray(document):
    rays = document["market"]["options"][1]["groups"][0]["lottery"][0]["menu"]["rays"]
    rays[1] = [more(value) if Fraction(value) < 0 else str(Fraction(value) / 4) for value in rays[0][::-1]]
    rays[1] = [rays[0][0], str(Fraction(rays[0][1]) / 2)]


def longer_ray(document):
    for menu in (entry["menu"] for row in document["large_market"]["lotteries"] for entry in row):
        for ray in menu.get("rays", []):
            ray[:] = [str(16 * Fraction(value)) for value in ray]


def other_endowment(document):
    menu = document["market"]["options"][1]["groups"][0]["lottery"][0]["menu"]
    menu["endowment"] = [str(2 * Fraction(value)) for value in menu["endowment"]]


def kept_too_much(document):
    menu = document["market"]["options"][1]["groups"][0]["lottery"][0]["menu"]
    del menu["rays"]
    menu |= {"kind": "remedial", "kept": [str(2 * Fraction(value)) for value in menu["endowment"]]}


def cherry_picked_types(document):
    """Two types that the menus suit, in place of the twelve drawn; what follows from them is worked out anew."""
    large = document["large_market"]
    large["types"] = [{"costs": large["types"][0]["costs"][:2]}]
    repaired(document)


def heavier_type(document):
    """The first type twice as likely as the instance has it."""
    own = document["large_market"]["types"][0]
    own["weights"] = ["2"] + ["1"] * (len(own["costs"]) - 1)
    repaired(document)


def fewer_types(document):
    """One type only, as of a finite instance."""
    large = document["large_market"]
    large["types"] = [{"costs": own["costs"][:1]} for own in large["types"]]
    repaired(document)


def repaired(document):
    """A forger's arithmetic: assignments, cost and bounds of the types that stand there now."""
    file = DesignFile(document)
    large, market = document["large_market"], file.instance
    assignments = []
    for lottery, types in zip(large["lotteries"], file.exact_types):
        shares = [Fraction(entry["probability"]) for entry in lottery]
        own = FiniteTypes([[float(c) for c in cost] for cost in types.costs], [float(w) for w in types.weights])
        parts = [Menu.from_dict(entry["menu"]).exact_expected_assignment(own) for entry in lottery]
        assignments.append([sum(p * y[i] for p, y in zip(shares, parts)) for i in range(market.n_tasks)])
    cost = sum(
        int(copies) * Fraction(pi) * x
        for copies, row, mix in zip(market.copies, market.performance.tolist(), assignments)
        for pi, x in zip(row, mix)
    )
    upper = float(cost)
    upper = upper if Fraction(upper) >= cost else float(np.nextafter(upper, np.inf))
    large["expected_assignments"] = [[str(x) for x in row] for row in assignments]
    large["upper"] = str(Fraction(upper))


def solved_on_other_types(types, drawn_with=None):
    """A whole honest certificate, of types that are not the instance's."""

    def change(document):
        inst = raymenu.load(document["instance"]["name"])
        large = raymenu.solve_large_market(inst, types=types(inst), rel_gap=0.01)
        certificate = Certificate(
            OfferPlan.make(inst, large.lotteries),
            large.types,
            drawn_with,
            large.lower,
            large.prices,
            large.support_bounds,
        )
        keep = OfferPlan.keep(inst)
        option = option_of(inst, keep)
        made = as_written(Design(inst, [option], option, 3, certificate))
        document.clear()
        document.update(made)

    return change


def option_of(inst, plan, draws=1000, seed=0):
    return Option(STATUS_QUO, plan, estimate([plan], draws, seed)[0], estimate([plan], draws, seed + 1)[0])


def easy_types(inst):
    """Every agent minds least what it does best."""
    best_at = inst.performance.argmin(axis=1)
    return [
        FiniteTypes([np.where(np.arange(inst.n_tasks) == i, own.lower_bounds, own.upper_bounds)])
        for i, own in zip(best_at, inst.preferences)
    ]


def hunted(draws, seeds):
    """The seed, of many, on which the recommended plan looks best."""

    def change(document):
        file = DesignFile(document)
        plans = [file.plan(option) for option in document["market"]["options"]]
        favourite = next(k for k, o in enumerate(document["market"]["options"]) if o["mechanism"] == ONE_DIRECTION)
        lucky = min(range(seeds), key=lambda seed: estimate([plans[favourite]], draws, seed)[0].cost)
        for sample, seed in (("report", lucky), ("selection", lucky + seeds)):
            document["market"][sample] = {"draws": draws, "seed": seed}
            for option, found in zip(document["market"]["options"], estimate(plans, draws, seed)):
                option[sample] = {name: getattr(found, name) for name in option[sample]}
        document["market"]["recommended"] = ONE_DIRECTION
        samples = [estimate(plans, draws, document["market"][sample]["seed"]) for sample in ("selection", "report")]
        named = [option["mechanism"] for option in document["market"]["options"]]
        made = [Option(*parts) for parts in zip(named, plans, *samples)]
        document["market"]["reason"] = Design(file.instance, made, made[favourite]).reason

    return change


OPTION, LARGE = ("market", "options", 1), "large_market"
GROUP = (*OPTION, "groups", 0)
CAUGHT = {
    # Types and weights.
    "types of another instance": ("finite", put(LARGE, "types", 0, "costs", 0, 0, more), "types"),
    "a weight doubled": ("finite", heavier_type, "types"),
    "one type only": ("finite", fewer_types, "types"),
    "a whole certificate on easy types": ("finite", solved_on_other_types(easy_types), "types"),
    "types that are not there": ("box", put(LARGE, "types_of_row", [0, 7]), "types"),
    "a negative row of types": ("box", put(LARGE, "types_of_row", [0, -1]), "types"),
    "types outside the box": ("box", put(LARGE, "types", 0, "costs", 0, 0, "9"), "types"),
    "costs of zero": ("box", put(LARGE, "types", 0, "costs", 0, 0, "0"), "types"),
    "two types cherry-picked of twelve": ("box", cherry_picked_types, "types"),
    "a type dropped": ("box", put(LARGE, "types", 0, "costs", lambda rows: rows[1:]), "types"),
    # Menus.
    "a ray bent out of polarization": ("box", bent_ray, "polarization"),
    "rays beyond the endowment": ("box", longer_ray, "endowment"),
    "another endowment": ("box", other_endowment, "endowment"),
    "more kept than held": ("box", kept_too_much, "endowment"),
    "an unknown kind of menu": ("box", put(*GROUP, "lottery", 0, "menu", "kind", "gift"), "market"),
    # The large market's claims.
    "a probability": ("box", put(LARGE, "lotteries", 0, 0, "probability", "3/4"), "lottery weights"),
    "a negative probability": (
        "box",
        put(LARGE, "lotteries", 0, lambda rows: [rows[0] | {"probability": p} for p in ("3/2", "-1/2")]),
        "lottery weights",
    ),
    "an expected assignment": ("box", put(LARGE, "expected_assignments", 1, 1, more), "expected assignments"),
    "a lower cost": ("box", put(LARGE, "upper", lambda text: str(Fraction(text) / 2)), "upper bound"),
    "a raised lower bound": (
        "box",
        put(LARGE, "lower", lambda t: str(Fraction(float(Fraction(t)) + 0.01))),
        "lower bound",
    ),
    "support bounds lowered with it": (
        "box",
        lambda d: (
            put(LARGE, "support_bounds", lambda us: [str(Fraction(float(Fraction(u)) - 0.01)) for u in us])(d),
            put(LARGE, "lower", lambda t: str(Fraction(float(Fraction(t)) + 0.01)))(d),
        ),
        "lower bound",
    ),
    "other prices": ("box", put(LARGE, "prices", 0, more), "lower bound"),
    "a lower bound above the cost": (
        "box",
        put(LARGE, "lower", lambda t: str(Fraction(float(Fraction(t)) + 1))),
        "interval",
    ),
    # Estimates, recommendation, reason.
    "the cost": ("box", cheaper("report", "cost"), "report estimates"),
    "the standard error": ("box", cheaper("report", "stderr", 0.9), "report estimates"),
    "the interval": ("box", cheaper("report", "lower"), "report estimates"),
    "the dearest profile": ("box", cheaper("report", "dearest"), "report estimates"),
    "the cost of the selection": ("box", cheaper("selection", "cost"), "selection estimates"),
    "everything cheaper": ("box", all_cheaper, "report estimates"),
    "the status quo, 15% off": ("box", status_quo_15_off, "report estimates"),
    "menus called the status quo": ("box", menus_called_status_quo, "names"),
    "another option recommended": ("box", another_recommended, "recommended"),
    "an option that is not there": ("box", put("market", "recommended", "magic"), "recommended"),
    "a better reason": ("box", put("market", "reason", lambda words: words.replace("costs", "only costs")), "reason"),
    "names exchanged": ("box", swapped_names, "names"),
    "a name given twice": ("box", same_name_twice, "names"),
    "chosen on the draws of the report": ("box", chosen_on_the_report, "draws"),
    "other draws": ("box", put("market", "report", "draws", lambda n: n + 1), "report estimates"),
    "another seed": ("box", put("market", "report", "seed", lambda n: n + 1), "report estimates"),
    "a seed below 0": ("box", put("market", "report", "seed", -1), "market"),
    "one draw": ("box", put("market", "report", "draws", 1), "market"),
    # Agents and instance.
    "an agent left out": ("box", drop(*GROUP), "market"),
    "an agent twice": ("box", put(*GROUP, "agents", 2), "market"),
    "an unknown agent": ("box", put(*GROUP, "agent", "nobody"), "menus"),
    "true for one": ("box", put(*GROUP, "agents", True), "market"),
    "performance": ("box", put("instance", "agents", 0, "performance", 1, lambda pi: pi / 2), "upper bound"),
    "a count": ("box", put("instance", "tasks", 0, "count", lambda n: n + 1), "instance"),
    # Fields.
    "an extra field": ("box", put("verified_by", "a university"), "fields"),
    "an extra field of an option": ("box", put(*OPTION, "gain", 3.0), "fields"),
    "an extra field of a menu": ("box", put(*GROUP, "lottery", 0, "menu", "discount", "1/2"), "fields"),
    "a status": ("box", put(LARGE, "status", "optimal"), "fields"),
    "a field missing": ("box", drop(LARGE, "support_bounds"), "fields"),
    "a number as text": ("box", put(*OPTION, "report", "cost", "3.1"), "market"),
    "not a number": ("box", put(*OPTION, "report", "cost", float("nan")), "market"),
    "a number that takes for ever to read": ("box", put(LARGE, "upper", "1e999999999"), "large market"),
    "a list for an object": ("box", put("market", "report", []), "fields"),
}
SHOWN = {
    "chosen types": ("box", solved_on_other_types(easy_types), "types", "chosen types"),
    "chosen types, said to be drawn": (
        "box",
        solved_on_other_types(lambda inst: inst.types(12, 77), drawn_with=(12, 3)),
        "types",
        "on the preferences themselves",
    ),
    "a seed hunted among 300 with 5 draws": ("box", hunted(5, 300), "new draws", "1000 are needed"),
    "more draws than anyone redraws": ("box", put("market", "report", "draws", 10**12), "report estimates", "too many"),
    "made with": ("box", put("made_with", "raymenu 99"), "words", "raymenu 99"),
    "where the numbers are from": ("box", put("instance", "source", "A royal commission."), "words", "source"),
}


@pytest.mark.parametrize("name", CAUGHT)
def test_forgeries_are_caught(name, request):
    kind, change, finding = CAUGHT[name]
    failed = verified(request.getfixturevalue(kind), change)
    assert finding in {found.name for found in failed if not found.passed}, [f for f in failed if not f.passed]


@pytest.mark.parametrize("name", SHOWN)
def test_what_cannot_be_told_is_shown_as_unchecked(name, request):
    kind, change, finding, says = SHOWN[name]
    found = next(each for each in verified(request.getfixturevalue(kind), change) if each.name == finding)
    assert found.outcome == "unchecked" and says in found.detail


def test_at_least_forty():
    assert len(CAUGHT) + len(SHOWN) >= 40


def test_without_a_large_market_there_is_nothing_to_prove(box):
    alone = copy.deepcopy(box)
    del alone["large_market"]
    assert [found.name for found in verify(signed(alone), bounds=True) if not found.passed] == ["lower bound"]
    assert not [found for found in verify(signed(alone)) if not found.passed]


def test_a_design_is_held_against_an_instance(box):
    inst = raymenu.load("two_task_ratio")
    assert not [found for found in verify(box, against=inst) if not found.passed]
    other = raymenu.load("two_task_uniform")
    assert {found.name for found in verify(box, against=other) if not found.passed} == {"instance"}


def verified(document, change):
    other = copy.deepcopy(document)
    change(other)
    findings = verify(signed(other), bounds=True)
    assert findings[0].name == "checksum" and findings[0].passed
    return findings
