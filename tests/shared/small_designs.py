"""A whole design, made in a moment."""

import json

import numpy as np

import raymenu
from raymenu import Menu
from raymenu.designs.design import LARGE_MARKET_MENUS, Certificate, Design, compare, recommend
from raymenu.designs.document import checksum, design_document
from raymenu.mechanisms import OfferPlan

ONE_DIRECTION = "one common direction"


def make_design(inst, types=12, draws=1200, seed=3, rel_gap=0.01):
    """The endowment, both sides of one direction, and the large market's menus on few types, compared."""
    large = raymenu.solve_large_market(inst, types=types, seed=seed, rel_gap=rel_gap)
    certificate = Certificate.of(large, drawn_with=(types, seed))
    direction = np.where(np.arange(inst.n_tasks) % 2, 1.2, -1.0)
    plans = {ONE_DIRECTION: OfferPlan.make(inst, [both_sides(eta, direction) for eta in inst.endowment])}
    options = compare(inst, plans | {LARGE_MARKET_MENUS: certificate.plan}, draws, seed)
    return Design(inst, options, recommend(options), seed, certificate)


def both_sides(eta, direction):
    """Half of what the endowment allows, either way."""
    sides = [side for side in (direction, -direction) if (eta[side < 0] > 0).all()]
    step = min((eta[side < 0] / -side[side < 0]).min() for side in sides) / 2 if sides else 0.0
    return Menu(eta, [step * side for side in sides])


def as_written(design):
    """The document as it comes out of a file."""
    return json.loads(json.dumps(design_document(design)))


def signed(document):
    """The document with a checksum that fits: what a forger hands in."""
    return document | {"checksum": checksum(document)}
