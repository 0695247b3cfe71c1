"""The paper's programs as Pyomo models, one file each. Builders build; they never solve and never touch files."""

from raymenu.models.constant.first_best import first_best
from raymenu.models.constant.no_choice import no_choice
from raymenu.models.ex_post.eopr import boxed_eopr, eopr
from raymenu.models.ex_post.finite_market import finite_market
from raymenu.models.ex_post.selection import selection
from raymenu.models.large_market.dual import dual
from raymenu.models.large_market.joint import joint
from raymenu.models.large_market.outer import outer
from raymenu.models.program_1.bic import bic
from raymenu.models.program_1.full_information import full_information
from raymenu.models.support.lemma_5 import lemma_5
from raymenu.models.support.menu import menu
from raymenu.models.support.support_bic import support_bic
from raymenu.models.value_of_choice.bilateral import bilateral_trade

__all__ = [
    "bic",
    "bilateral_trade",
    "boxed_eopr",
    "dual",
    "eopr",
    "finite_market",
    "first_best",
    "full_information",
    "joint",
    "lemma_5",
    "menu",
    "no_choice",
    "outer",
    "selection",
    "support_bic",
]
