"""What rungs and families are called: plain words first, with the paper's term beside them."""

from __future__ import annotations

RUNGS = {
    "first_best": ("Anything goes", "first best"),
    "full_information": ("Preferences known, many agents", "full information, large market"),
    "lm_bic": ("Anything strategy-proof on average, many agents", "BIC, large market"),
    "lm_osp_support": ("Menus OSP at costs in the support only", "large market; best found, bounded by LM-BIC"),
    "lm_osp": ("Best menus, many agents", "OSP whatever the costs, large market: program (5)"),
    "lm_single": ("Best menus without a lottery, many agents", "program (4), best tried"),
    "bic": ("Anything strategy-proof on average, this market", "BIC, program (1)"),
    "eopr": ("Menus for many agents, in this market", "EOPR with the menus of (5)"),
    "small_market": ("Menus made for this market", "EOPR with menus that clear"),
    "bilateral": ("One exchange between two agents", "best bilateral trade found"),
    "no_choice": ("Best fixed plan that nobody can object to", "best constant mechanism"),
    "status_quo": ("Everything as it is", "status quo"),
}
"""By name of the rung: plain words, the paper's term."""

FAMILIES = {
    "status quo": ("Everything as it is", "status quo"),
    "endowment": ("Everybody starts from the endowment, nobody trades", "endowment"),
    "large-market menus": ("The menus for many agents", "menus of program (5)"),
    "polished random direction": ("One exchange that anyone may make either way, quickly found", "common direction"),
    "one common direction": ("One exchange that anyone may make either way", "common direction"),
    "best bilateral trade": ("One exchange between two agents", "bilateral trade"),
    "own directions in a plane": ("An exchange of one's own, either way", "directions in a plane"),
    "own directions in three dimensions": ("An exchange of one's own, either way", "directions in three dimensions"),
    "large-market menus as they are": ("The menus for many agents, handed out here", "menus of (5)"),
    "large-market menus improved": (
        "The menus for many agents, made to clear in this market",
        "menus of (5), improved",
    ),
}
"""By name of the mechanism: plain words, and how the field calls it."""


def rung_words(name: str) -> tuple[str, str]:
    """Plain words and the paper's term of a rung."""
    return RUNGS[name]


def family_words(name: str) -> tuple[str, str]:
    """Plain words and the field's term of a mechanism; a family without words of its own is called by its name."""
    return FAMILIES.get(name, (name[:1].upper() + name[1:], name))
