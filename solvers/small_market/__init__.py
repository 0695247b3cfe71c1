"""Menus for the market as it is: few agents, who must clear among themselves."""

from raymenu.solvers.small_market.design import FAMILIES, FamilyResult, SmallMarketDesign, design_small_market

__all__ = ["FAMILIES", "FamilyResult", "SmallMarketDesign", "design_small_market"]
