"""Menus for the market as it is: few agents, who must clear among themselves."""

from raymenu.solvers.small_market.design import (
    BILATERAL,
    COMMON,
    FAMILIES,
    PLANE,
    RANDOM,
    SPACE,
    FamilyResult,
    SmallMarketDesign,
    design_small_market,
)

__all__ = [
    "BILATERAL",
    "COMMON",
    "FAMILIES",
    "PLANE",
    "RANDOM",
    "SPACE",
    "FamilyResult",
    "SmallMarketDesign",
    "design_small_market",
]
