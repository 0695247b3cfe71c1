"""Trading protocols (section 1.1): an endowment, a menu of trading sets for each agent, and a selection rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import prod
from typing import Any

from raymenu.instances import InputError
from raymenu.mechanisms.protocols.trading_sets import Bundle, TradingSet, bundle

Profile = tuple[int, ...]
Rule = Callable[[Profile], Sequence[Sequence[Any]]]
MOST_PROFILES = 200_000


@dataclass(frozen=True)
class MyopicChoice:
    """The actions that minimise a type's workload over its trading sets; more than one is a tie.

    Attributes
    ----------
    actions
        All of them, in the menu's order.
    workload
        The least workload, which all of them promise at best.
    """

    actions: tuple[int, ...]
    workload: Fraction

    @property
    def tied(self) -> bool:
        """Whether more than one action is best."""
        return len(self.actions) > 1


@dataclass(frozen=True, eq=False)
class TradingProtocol:
    """Each agent picks a trading set from its menu; the rule picks an allocation that respects all picks.

    | symbol | attribute | meaning |
    |---|---|---|
    | eta | ``endowment`` | J bundles |
    | {T_j^k} | ``menus`` | for each agent its trading sets, the endowment alone among them |
    | P | ``rule`` | from a profile of actions to J bundles; None where it is left open |

    Examples
    --------
    >>> trade = {(1, 1): [[2, 0], [0, 2]]}
    >>> protocol = TradingProtocol.from_table([[1, 1], [1, 1]], [2, 2], trade)
    >>> [str(x) for x in protocol.outcome((1, 1))[0]]
    ['2', '0']
    >>> protocol.myopic_choice(0, [1, 1]).actions  # indifferent between keeping and trading
    (0, 1)
    """

    endowment: tuple[Bundle, ...]
    menus: tuple[tuple[TradingSet, ...], ...]
    rule: Rule | None = None
    name: str = "protocol"
    _outcomes: dict[Profile, tuple[Bundle, ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def make(
        cls,
        endowment: Iterable[Iterable[Any]],
        menus: Iterable[Iterable[TradingSet]],
        rule: Rule | Mapping[Profile, Sequence[Sequence[Any]]] | None = None,
        name: str = "protocol",
    ) -> TradingProtocol:
        """A protocol, checked: every menu holds the endowment alone, every set is one of bundles of the right length.

        Parameters
        ----------
        endowment
            J bundles.
        menus
            For each agent its trading sets.
        rule
            A function from profiles to J bundles; or a table, in which a profile not named leaves everybody the
            endowment; or None, the selection left open.

        Raises
        ------
        InputError
            Naming the agent and the mend.
        """
        eta = tuple(bundle(row) for row in endowment)
        sets = tuple(tuple(menu) for menu in menus)
        if len(sets) != len(eta) or not eta:
            raise InputError(f"{len(sets)} menus for {len(eta)} agents: give one each", field="menus")
        made = cls(eta, sets, _as_rule(rule, eta), name)
        for j, menu in enumerate(sets):
            if any(len(v) != len(eta[0]) for each in menu for v in each.vertices) or len(eta[j]) != len(eta[0]):
                raise InputError(f"bundles need {len(eta[0])} numbers, one a task", field=f"menus[{j}]")
            if TradingSet.point(eta[j]) not in menu:
                raise InputError(
                    "the endowment alone is not on the menu, and every agent may keep it: add "
                    "TradingSet.point(endowment)",
                    field=f"menus[{j}]",
                )
        return made

    @classmethod
    def from_table(
        cls,
        endowment: Iterable[Iterable[Any]],
        sizes: Sequence[int],
        table: Mapping[Profile, Sequence[Sequence[Any]]],
        name: str = "protocol",
    ) -> TradingProtocol:
        """A protocol from its outcomes; trading sets are just what the table selects, so nothing is redundant.

        Parameters
        ----------
        sizes
            How many actions each agent has; action 0 keeps the endowment.
        table
            J bundles for profiles of actions; a profile not named leaves everybody the endowment.
        """
        eta = [bundle(row) for row in endowment]
        if prod(sizes) > MOST_PROFILES:
            raise InputError(f"{prod(sizes)} profiles are more than {MOST_PROFILES}: use smaller menus", field="sizes")
        exact = {profile: tuple(bundle(row) for row in rows) for profile, rows in table.items()}
        menus: list[list[dict[Bundle, None]]] = [[{} for _ in range(size)] for size in sizes]
        for profile in product(*[range(size) for size in sizes]):
            for j, held in enumerate(exact.get(profile, eta)):
                menus[j][profile[j]][held] = None
        sets = [[TradingSet.points(bundles) for bundles in menu] for menu in menus]
        return cls.make(eta, sets, lambda profile: exact.get(profile, eta), name)

    @property
    def n_agents(self) -> int:
        """J."""
        return len(self.endowment)

    @property
    def n_tasks(self) -> int:
        """I."""
        return len(self.endowment[0])

    def keep(self, agent: int) -> int:
        """The action that keeps the endowment."""
        return self.menus[agent].index(TradingSet.point(self.endowment[agent]))

    def profiles(self) -> Iterable[Profile]:
        """All profiles of actions.

        Raises
        ------
        InputError
            Where there are too many to go through.
        """
        count = prod(len(menu) for menu in self.menus)
        if count > MOST_PROFILES:
            raise InputError(
                f"{count} profiles are more than {MOST_PROFILES}: decide on the unreduced trading sets instead",
                field="menus",
            )
        return product(*[range(len(menu)) for menu in self.menus])

    def outcome(self, profile: Profile) -> tuple[Bundle, ...]:
        """P(k), J bundles."""
        if self.rule is None:
            raise InputError("this protocol leaves the selection open: give it a rule", field="rule")
        if profile not in self._outcomes:
            self._outcomes[profile] = tuple(bundle(row) for row in self.rule(profile))
        return self._outcomes[profile]

    @cached_property
    def selected(self) -> tuple[tuple[frozenset[Bundle], ...], ...]:
        """For each agent and action, the bundles ``{P_j(k, k_-j)}`` that the rule ever selects."""
        found: list[list[set[Bundle]]] = [[set() for _ in menu] for menu in self.menus]
        for profile in self.profiles():
            for j, held in enumerate(self.outcome(profile)):
                found[j][profile[j]].add(held)
        return tuple(tuple(frozenset(bundles) for bundles in menu) for menu in found)

    def essential_reduction(self) -> TradingProtocol:
        """The same protocol with every trading set cut down to what the rule ever selects from it (section 3)."""
        menus = tuple(tuple(TradingSet.points(sorted(b)) for b in menu) for menu in self.selected)
        return replace(self, menus=menus, name=f"{self.name}, reduced")

    def with_rule(self, rule: Rule | Mapping[Profile, Sequence[Sequence[Any]]]) -> TradingProtocol:
        """The same menus under another selection rule, a function or a table."""
        # A new object, so that nothing found out under the other rule is carried over.
        return replace(self, rule=_as_rule(rule, self.endowment), _outcomes={})

    def myopic_choice(self, agent: int, cost: Iterable[Any], *, reduced: bool = False) -> MyopicChoice:
        """The actions whose sets hold the bundle a type with this linear cost would choose freely; ties reported.

        Parameters
        ----------
        reduced
            Whether to look at the essential reduction, as the definition of a* does, or at the sets as offered.
        """
        sets = self.essential_reduction().menus[agent] if reduced else self.menus[agent]
        c = bundle(cost)
        values = [each.best(c)[0] for each in sets]
        least = min(values)
        return MyopicChoice(tuple(k for k, value in enumerate(values) if value == least), least)

    def check(self, clearing: Fraction = Fraction(0)) -> list[str]:
        """What fails of a protocol's definition over all profiles, exactly; empty when nothing does.

        Parameters
        ----------
        clearing
            How far a task's total may be off, for rules that compute with floats.
        """
        faults = []
        counts = [sum(column) for column in zip(*self.endowment)]
        for profile in self.profiles():
            rows = self.outcome(profile)
            for j, held in enumerate(rows):
                if held not in self.menus[j][profile[j]]:
                    faults.append(f"profile {profile}: agent {j} gets a bundle outside the set it chose")
            if any(abs(sum(column) - n) > clearing for column, n in zip(zip(*rows), counts)):
                faults.append(f"profile {profile}: tasks are not all assigned exactly once")
        return faults


def _as_rule(rule: Rule | Mapping[Profile, Sequence[Sequence[Any]]] | None, eta: tuple[Bundle, ...]) -> Rule | None:
    if isinstance(rule, Mapping):
        table = dict(rule)
        return lambda profile: table.get(profile, eta)
    return rule
