"""Short codes for the choices of a menu, as people write them: K keeps the endowment, then A, B, ... in menu order."""

from __future__ import annotations

from raymenu.instances import InputError
from raymenu.mechanisms.menus.menu import KEEP, Menu

KEEP_CODE = "K"
LETTERS = "ABCDEFGHIJLMNOPQRSTUVWXYZ"
"""K is taken."""


def code_of(choice: int) -> str:
    """The code of a choice: K for ``KEEP``, A for ray 0 (or the remedial menu accepted), then B, ..., Z, AA, AB, ...

    Examples
    --------
    >>> [code_of(choice) for choice in (-1, 0, 1, 9, 10, 24, 25, 26)]
    ['K', 'A', 'B', 'J', 'L', 'Z', 'AA', 'AB']
    """
    if choice == KEEP:
        return KEEP_CODE
    code, rest = "", choice + 1
    while rest:
        rest, letter = divmod(rest - 1, len(LETTERS))
        code = LETTERS[letter] + code
    return code


def codes(menu: Menu) -> list[str]:
    """All choices of a menu, keeping the endowment first.

    Examples
    --------
    >>> codes(Menu([2, 2], [[-1, 1.5], [1, -1.5]])), codes(Menu([2, 2])), codes(Menu.remedial([2, 2], [0, 2]))
    (['K', 'A', 'B'], ['K'], ['K', 'A'])
    """
    return [code_of(choice) for choice in range(KEEP, menu.n_choices)]


def choice_of(code: str, menu: Menu) -> int:
    """The choice that a code stands for on a menu; small letters and spaces around it are understood.

    Raises
    ------
    InputError
        Where the menu has no such choice; it names those that there are.
    """
    known = codes(menu)
    if code.strip().upper() not in known:
        raise InputError(f"{code!r} is not on this menu: choose {' or '.join(known)}", field="choice")
    return known.index(code.strip().upper()) + KEEP
