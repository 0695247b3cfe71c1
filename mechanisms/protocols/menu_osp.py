"""Whether one agent's menu of rays is OSP on the costs it may have, whatever the selection rule."""

from __future__ import annotations

from typing import Any

from raymenu.mechanisms.menus.menu import Menu
from raymenu.mechanisms.protocols.osp import OspVerdict, is_osp
from raymenu.mechanisms.protocols.protocols import TradingProtocol
from raymenu.mechanisms.protocols.trading_sets import TradingSet, bundle


def menu_is_osp(menu: Menu, types: Any = "orthant") -> OspVerdict:
    """Whether every type has an obviously dominant choice from the menu; exact, with a proof or a counterexample.

    On the orthant that is polarization (Theorem 2). On a box or on finite types rays may conflict outside the support.

    Parameters
    ----------
    types
        As of ``is_osp``: "orthant", (lower, upper), ``FiniteTypes`` or ``Preferences``.

    Examples
    --------
    >>> menu = Menu([1, 1, 1], [[-1, 1.25, 0], [-1, 0, 1.25]])
    >>> bool(menu_is_osp(menu)), bool(menu_is_osp(menu, ([1, 1, 1], [1.2, 1.2, 1.2])))
    (False, True)
    """
    eta = bundle(menu.endowment.tolist())
    if menu.kind == "remedial":
        sets = [TradingSet.point(eta), TradingSet.box_below(eta)]
    else:
        sets = [TradingSet.point(eta), *[TradingSet.ray(eta, ray) for ray in menu.rays.tolist()]]
    return is_osp(TradingProtocol.make([eta], [sets], name="menu"), types, reduced=False)
