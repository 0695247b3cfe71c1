"""Domination of trading mechanisms, and Theorem 2's construction.

A mechanism is dominated by one with the same endowment, actions and strategies whose trading sets are larger: the
designer can do no worse there, whatever the selection rule. Theorem 2: with strictly monotone preferences every OSP
mechanism is, once reduced to what it ever selects, dominated by a polarized-ray mechanism.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from raymenu.instances import InputError
from raymenu.mechanisms.protocols.osp import is_osp
from raymenu.mechanisms.protocols.protocols import Profile, TradingProtocol
from raymenu.mechanisms.protocols.trading_sets import Bundle, TradingSet


def dominates(larger: TradingProtocol, smaller: TradingProtocol) -> bool:
    """Same endowment, as many actions, and every trading set of ``smaller`` inside that of ``larger``.

    Strategies name actions, so they carry over as they are; whether they stay the right ones is for ``is_osp``.
    """
    return (
        larger.endowment == smaller.endowment
        and [len(menu) for menu in larger.menus] == [len(menu) for menu in smaller.menus]
        and all(t.within(s) for small, large in zip(smaller.menus, larger.menus) for t, s in zip(small, large))
    )


def effectively_dominates(larger: TradingProtocol, smaller: TradingProtocol) -> bool:
    """Whether ``larger`` dominates the essential reduction of ``smaller``."""
    return dominates(larger, smaller.essential_reduction())


@dataclass(frozen=True)
class PolarizedRayForm:
    """What Theorem 2 makes of an OSP protocol.

    Attributes
    ----------
    protocol
        The polarized-ray mechanism, under the given protocol's own rule; it dominates ``core``.
    core
        The essential reduction of the given protocol, without its redundant actions.
    actions
        For each agent the actions of the given protocol that are left, in the order of ``core`` and ``protocol``.
    """

    protocol: TradingProtocol
    core: TradingProtocol
    actions: tuple[tuple[int, ...], ...]


def without_redundant_actions(protocol: TradingProtocol) -> tuple[TradingProtocol, tuple[tuple[int, ...], ...]]:
    """The essential reduction without actions that only ever add tasks, and the actions that are left.

    With strictly monotone preferences nobody takes such an action, so nothing changes for the others. Their trading
    sets stay what the given protocol selects from them, also against the actions that went.
    """
    kept = tuple(
        tuple(k for k, bundles in enumerate(menu) if not _redundant(bundles, eta))
        for eta, menu in zip(protocol.endowment, protocol.selected)
    )

    def restricted(profile: Profile) -> tuple[Bundle, ...]:
        return protocol.outcome(tuple(ks[k] for ks, k in zip(kept, profile)))

    reduced = protocol.essential_reduction()
    menus = tuple(tuple(menu[k] for k in ks) for menu, ks in zip(reduced.menus, kept))
    name = f"{protocol.name}, without redundant actions"
    return replace(protocol, menus=menus, rule=restricted, name=name, _outcomes={}), kept


def polarized_ray_form(protocol: TradingProtocol) -> PolarizedRayForm:
    """Theorem 2's construction: the polarized-ray mechanism that effectively dominates an OSP protocol.

    Redundant actions go. Then either an agent has one action that ever selects anything but its endowment and that only
    takes tasks away, and it gets the remedial menu; or what each action selects lies on one ray from the endowment, and
    the action gets the whole ray. Rays of an agent are then polarized.

    Parameters
    ----------
    protocol
        With a rule and finitely many profiles, OSP on the orthant.

    Raises
    ------
    InputError
        Where it is not OSP; the message holds the counterexample.

    Source: Valenzuela-Stookey (2026), Theorem 2 and its proof.

    Examples
    --------
    >>> swap = {(1, 1): [[2, 0], [0, 2]]}
    >>> form = polarized_ray_form(TradingProtocol.from_table([[1, 1], [1, 1]], [2, 2], swap))
    >>> form.protocol.menus[0][1] == TradingSet.ray([1, 1], [1, -1]), dominates(form.protocol, form.core)
    (True, True)
    """
    verdict = is_osp(protocol, "orthant", reduced=True)
    if not verdict:
        raise InputError(
            f"not OSP, so no polarized-ray mechanism dominates it: {verdict.counterexample}", field="protocol"
        )
    core, actions = without_redundant_actions(protocol)
    menus = tuple(tuple(_enlarge(offered, eta) for offered in menu) for menu, eta in zip(core.menus, core.endowment))
    return PolarizedRayForm(replace(core, menus=menus, name=f"{protocol.name}, polarized rays"), core, actions)


def _redundant(bundles: frozenset[Bundle], eta: Bundle) -> bool:
    others = bundles - {eta}
    return bool(others) and all(x >= e for held in others for x, e in zip(held, eta))


def _enlarge(offered: TradingSet, eta: Bundle) -> TradingSet:
    others = [held for held in offered.vertices if held != eta]
    if not others:
        return TradingSet.point(eta)
    if all(x <= e for held in others for x, e in zip(held, eta)):
        return TradingSet.box_below(eta)
    return TradingSet.ray(eta, [x - e for x, e in zip(others[0], eta)])
