from . import models, plot
from .designs.design import Design
from .designs.document import read_design, write_design
from .instances import (
    FinitePreferences,
    FiniteTypes,
    InputError,
    Instance,
    LognormalPreferences,
    Preferences,
    Rule,
    UniformPreferences,
    library,
    load,
    make_instance,
)
from .mechanisms import (
    AllocationLottery,
    BilateralTrade,
    CarriedOver,
    Menu,
    OfferPlan,
    OutOfSample,
    TradingProtocol,
    TradingSet,
    all_or_nothing,
    bilateral_trade,
    carry_over,
    decompose,
    dominates,
    effectively_dominates,
    is_osp,
    out_of_sample,
    polarized_ray_form,
    pseudo_market,
    ray_protocol,
    redraw,
    remedial,
    two_price,
)
from .solvers.bic.constant_mechanisms import solve_first_best, solve_no_choice
from .solvers.bic.full_information import solve_full_information
from .solvers.bic.program_1 import solve_bic
from .solvers.eopr.allocation import Allocation, EoprRule, allocate
from .solvers.eopr.robustness import RobustnessRow, Scenario, robustness
from .solvers.eopr.selection import eopr_selection
from .solvers.eopr.simulation import Simulation, simulate
from .solvers.large_market.large_market import LargeMarket, solve_large_market
from .solvers.large_market.on_support import OnSupport, solve_on_support
from .solvers.small_market import SmallMarketDesign, design_small_market
from .solvers.support import SupportResult, support_function
from .solvers.support.bic_support import support_function_bic
from .solvers.support.out_of_sample import GapInterval, optimality_gap_interval
from .solvers.value_of_choice.bilateral import best_bilateral_trade
from .solvers.value_of_choice.value_of_choice import ValueOfChoice, value_of_choice

__all__ = [
    "Allocation",
    "AllocationLottery",
    "BilateralTrade",
    "CarriedOver",
    "Design",
    "EoprRule",
    "FinitePreferences",
    "FiniteTypes",
    "GapInterval",
    "InputError",
    "Instance",
    "LargeMarket",
    "LognormalPreferences",
    "Menu",
    "OfferPlan",
    "OnSupport",
    "OutOfSample",
    "Preferences",
    "RobustnessRow",
    "Rule",
    "Scenario",
    "Simulation",
    "SmallMarketDesign",
    "SupportResult",
    "TradingProtocol",
    "TradingSet",
    "UniformPreferences",
    "ValueOfChoice",
    "all_or_nothing",
    "allocate",
    "best_bilateral_trade",
    "bilateral_trade",
    "carry_over",
    "decompose",
    "design_small_market",
    "dominates",
    "effectively_dominates",
    "eopr_selection",
    "is_osp",
    "library",
    "load",
    "make_instance",
    "models",
    "optimality_gap_interval",
    "out_of_sample",
    "plot",
    "polarized_ray_form",
    "pseudo_market",
    "ray_protocol",
    "read_design",
    "redraw",
    "remedial",
    "robustness",
    "simulate",
    "solve_bic",
    "solve_first_best",
    "solve_full_information",
    "solve_large_market",
    "solve_no_choice",
    "solve_on_support",
    "support_function",
    "support_function_bic",
    "two_price",
    "value_of_choice",
    "write_design",
]
