"""What can be offered: menus of polarized rays, how types choose from them, and what they lead to."""

from raymenu.mechanisms.acceptance import accepts
from raymenu.mechanisms.bilateral import BilateralTrade
from raymenu.mechanisms.lottery import AllocationLottery, decompose
from raymenu.mechanisms.menu import KEEP, Menu
from raymenu.mechanisms.polarization import RayKind, are_polarized, conflicts, kind_of
from raymenu.mechanisms.profiles import check_choices, choose, menus_by_agent

__all__ = [
    "KEEP",
    "AllocationLottery",
    "BilateralTrade",
    "Menu",
    "RayKind",
    "accepts",
    "are_polarized",
    "check_choices",
    "choose",
    "conflicts",
    "decompose",
    "kind_of",
    "menus_by_agent",
]
