"""The paper's programs as Pyomo models, one file each. Builders build; they never solve and never touch files."""

from raymenu.models.bic import bic
from raymenu.models.bilateral import bilateral_trade
from raymenu.models.dual import dual
from raymenu.models.eopr import boxed_eopr, eopr
from raymenu.models.first_best import first_best
from raymenu.models.full_information import full_information
from raymenu.models.lemma_5 import lemma_5
from raymenu.models.menu import menu
from raymenu.models.no_choice import no_choice
from raymenu.models.outer import outer
from raymenu.models.selection import selection
from raymenu.models.support_bic import support_bic

__all__ = [
    "bic",
    "bilateral_trade",
    "boxed_eopr",
    "dual",
    "eopr",
    "first_best",
    "full_information",
    "lemma_5",
    "menu",
    "no_choice",
    "outer",
    "selection",
    "support_bic",
]
