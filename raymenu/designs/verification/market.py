"""What the file says of the market as it is: estimates drawn again, tested on new draws, and what follows from them."""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterator

import numpy as np

from raymenu.designs.design import Design, Option
from raymenu.designs.verification.claims import Claim, judged
from raymenu.designs.verification.file import DesignFile, whole
from raymenu.mechanisms import OfferPlan
from raymenu.solvers.eopr.estimate import Estimate, PlayedPlan, play

ROUNDING = 1e-9
"""Estimates are drawn again from their seed; sums may round differently on another machine."""
FEWEST = 1000
"""Draws below which an estimate claims too little: a seed for a good one is soon found."""
MOST_DRAWS, MOST_TYPES = 1_000_000, 500_000_000
"""Draws, and types over all plans and draws, up to which estimates are drawn again."""
OWN_DRAWS = 10_000
OWN_TYPES = 4_000_000
CHANCE = 1e-9
"""Of an honest estimate to be refused."""


def check_market(file: DesignFile, seed: int | None) -> Iterator[Claim]:
    """Estimates, intervals, dearest profiles; the recommendation and its reason; all of them held to new draws."""
    inst, market = file.instance, file.market
    plans = [file.plan(option) for option in market["options"]]
    stated = {
        sample: [file.estimate(option, sample) for option in market["options"]] for sample in ("selection", "report")
    }
    agents = int(inst.copies.sum()) * len(plans)
    draws = min(max(OWN_TYPES // agents, 400), OWN_DRAWS)
    own_seed = secrets.randbelow(2**62) if seed is None else seed
    own = play(plans, draws, own_seed)
    redrawn: dict[str, list[PlayedPlan]] = {}
    if whole(market["selection"]["seed"]) == whole(market["report"]["seed"]):
        yield judged("draws", False, "what is recommended was chosen on the same draws as it is reported on")
    for sample, estimates in stated.items():
        if estimates[0].draws > MOST_DRAWS or estimates[0].draws * agents > MOST_TYPES:
            yield Claim(f"{sample} estimates", "unchecked", f"{estimates[0].draws} draws are too many to draw again")
            continue
        redrawn[sample] = play(plans, estimates[0].draws, estimates[0].seed)
        yield _again(sample, estimates, redrawn[sample])
    best = next((k for k, option in enumerate(market["options"]) if option["mechanism"] == market["recommended"]), None)
    if best is None:
        yield judged("recommended", False, f"{str(market['recommended'])[:60]!r} is none of the options")
        return
    yield _never_dearer(redrawn, own)
    yield from _tested(file, stated, redrawn, own, own_seed, best)
    yield _recommended(plans, stated["selection"], own, best)
    yield _reason(file, plans, stated, best)


def _again(sample: str, estimates: list[Estimate], redrawn: list[PlayedPlan]) -> Claim:
    """The estimates are those of the plans on the draws that are stated."""
    wrong = []
    for stated, played in zip(estimates, redrawn):
        found = played.estimate(stated.seed)
        scale = ROUNDING * max(abs(played.endowment_cost), 1e-300)
        names = ("cost", "stderr", "lower", "upper", "dearest")
        wrong += [
            f"{name} {getattr(stated, name):.9g}, not {getattr(found, name):.9g}"
            for name in names
            if abs(getattr(stated, name) - getattr(found, name)) > scale
        ]
    drawn = f"the file's own {estimates[0].draws} profiles, drawn again from seed {estimates[0].seed}"
    return judged(f"{sample} estimates", not wrong, f"{drawn}{': ' if wrong else ''}{'; '.join(wrong[:5])}")


def _never_dearer(redrawn: dict[str, list[PlayedPlan]], own: list[PlayedPlan]) -> Claim:
    samples = [own, *redrawn.values()]
    worst = max(float(played.changes.max()) for sample in samples for played in sample)
    return judged("never dearer", worst <= 0, f"no profile of any option costs more than {own[0].endowment_cost:.9g}")


def _tested(
    file: DesignFile,
    stated: dict[str, list[Estimate]],
    redrawn: dict[str, list[PlayedPlan]],
    own: list[PlayedPlan],
    own_seed: int,
    best: int,
) -> Iterator[Claim]:
    """The file's draws could have been picked: the means must agree with those of draws that nobody has seen."""
    apart = [
        file.market["options"][k]["mechanism"]
        for sample, several in redrawn.items()
        for k, played in enumerate(several)
        if abs(stated[sample][k].cost - own[k].estimate(0).cost) > _margin(played) + _margin(own[k])
    ]
    claim, fresh = stated["report"][best], own[best].estimate(own_seed)
    detail = (
        f"{file.market['recommended']}: {fresh.cost:.6g} ± {fresh.stderr:.2g} on {fresh.draws} new profiles "
        f"(--seed {own_seed}); the file's own {claim.draws} say {claim.cost:.6g} ± {claim.stderr:.2g}"
    )
    fewest = min(stated[sample][0].draws for sample in stated)
    if apart:
        yield Claim("new draws", "fails", f"{detail}; too far apart for {', '.join(sorted(set(apart)))[:200]}")
    elif fewest < FEWEST or len(redrawn) < len(stated):
        yield Claim("new draws", "unchecked", f"{detail}; {fewest} draws, {FEWEST} are needed to claim anything")
    else:
        yield Claim("new draws", "holds", detail)


def _margin(played: PlayedPlan) -> float:
    """How far a mean of bounded draws is from its expectation at most, but for a chance of 1e-9 (Maurer & Pontil 2009):

    ``sqrt(2 V log(4 / delta) / n) + 7 M log(4 / delta) / (3 (n - 1))``, V their variance, M their range.
    """
    n, spread = played.changes.size, float(played.changes.var(ddof=1))
    log = math.log(4 / CHANCE)
    rounding = ROUNDING * abs(played.endowment_cost)
    return math.sqrt(2 * spread * log / n) + 7 * played.largest_saving * log / (3 * (n - 1)) + rounding


def _recommended(plans: list[OfferPlan], selection: list[Estimate], own: list[PlayedPlan], best: int) -> Claim:
    """It costs least on the profiles of the selection."""
    least = min(found.cost for found in selection)
    rounding = ROUNDING * abs(plans[0].inst.endowment_cost)
    if selection[best].cost > least + rounding:
        return judged("recommended", False, f"costs {selection[best].cost:.6g} on the selection, another {least:.6g}")
    rival = int(np.argmin([played.changes.mean() for played in own]))
    difference = own[best].changes - own[rival].changes
    mean, error = float(difference.mean()), float(difference.std(ddof=1)) / math.sqrt(difference.size)
    if mean > 5 * error + rounding:
        return Claim("recommended", "unchecked", f"on new profiles another option costs {mean:.3g} ± {error:.1g} less")
    return judged("recommended", True, f"least of {len(plans)} options on the selection: {least:.6g}")


def _reason(file: DesignFile, plans: list[OfferPlan], stated: dict[str, list[Estimate]], best: int) -> Claim:
    """The words are those that the stated numbers give."""
    options = [
        Option(option["mechanism"], plan, selection, report)
        for option, plan, selection, report in zip(file.market["options"], plans, stated["selection"], stated["report"])
    ]
    said = Design(file.instance, options, options[best]).reason
    return judged("reason", file.market["reason"] == said, said)
