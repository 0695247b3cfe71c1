"""What can be offered: menus of polarized rays, how types choose from them, and what they lead to."""

from raymenu.mechanisms.bilateral import BilateralTrade
from raymenu.mechanisms.changes import CarriedOver, carry_over
from raymenu.mechanisms.menus.acceptance import accepts
from raymenu.mechanisms.menus.choice_probabilities import (
    OutOfSample,
    acceptance_probabilities,
    halfspace_probability,
    out_of_sample,
)
from raymenu.mechanisms.menus.codes import choice_of, code_of, codes
from raymenu.mechanisms.menus.lotteries import Probability
from raymenu.mechanisms.menus.menu import KEEP, Menu
from raymenu.mechanisms.menus.polarization import (
    RayKind,
    are_polarized,
    conflicts,
    kind_of,
    lemma_5_minimum,
    polarized_by_definition,
)
from raymenu.mechanisms.offer_plan import OfferGroup, OfferPlan
from raymenu.mechanisms.profiles import check_choices, choose, menus_by_agent
from raymenu.mechanisms.protocols.domination import (
    PolarizedRayForm,
    dominates,
    effectively_dominates,
    polarized_ray_form,
    without_redundant_actions,
)
from raymenu.mechanisms.protocols.osp import (
    Counterexample,
    OspVerdict,
    Proof,
    is_obviously_dominant,
    is_osp,
    obviously_dominant,
)
from raymenu.mechanisms.protocols.protocols import MyopicChoice, TradingProtocol
from raymenu.mechanisms.protocols.ready_made import (
    all_or_nothing,
    bilateral_trade,
    pseudo_market,
    ray_protocol,
    redraw,
    remedial,
    two_price,
)
from raymenu.mechanisms.protocols.trading_sets import TradingSet
from raymenu.mechanisms.whole_numbers import AllocationLottery, decompose

__all__ = [
    "KEEP",
    "AllocationLottery",
    "BilateralTrade",
    "CarriedOver",
    "Counterexample",
    "Menu",
    "MyopicChoice",
    "OfferGroup",
    "OfferPlan",
    "OspVerdict",
    "OutOfSample",
    "PolarizedRayForm",
    "Probability",
    "Proof",
    "RayKind",
    "TradingProtocol",
    "TradingSet",
    "acceptance_probabilities",
    "accepts",
    "all_or_nothing",
    "are_polarized",
    "bilateral_trade",
    "carry_over",
    "check_choices",
    "choice_of",
    "choose",
    "code_of",
    "codes",
    "conflicts",
    "decompose",
    "dominates",
    "effectively_dominates",
    "halfspace_probability",
    "is_obviously_dominant",
    "is_osp",
    "kind_of",
    "lemma_5_minimum",
    "menus_by_agent",
    "obviously_dominant",
    "out_of_sample",
    "polarized_by_definition",
    "polarized_ray_form",
    "pseudo_market",
    "ray_protocol",
    "redraw",
    "remedial",
    "two_price",
    "without_redundant_actions",
]
