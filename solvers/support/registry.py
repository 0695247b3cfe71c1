"""The methods of the support function, by name: what each can do is declared, and checked before anything is solved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from raymenu.instances import InputError
from raymenu.mechanisms import Menu
from raymenu.solvers.support.question import SupportQuestion
from raymenu.solvers.support.result import SupportResult


@dataclass(frozen=True)
class Limits:
    """When to stop: at ``upper - lower <= max(abs_gap, rel_gap * gain, 1e-12 |w . eta|)``, or after ``time_limit`` s.

    ``known`` are menus worth starting from; ``on_progress(lower, upper)`` hears of the interval as it closes.
    """

    rel_gap: float = 1e-3
    abs_gap: float = 0.0
    time_limit: float | None = None
    known: tuple[Menu, ...] = field(default=())
    on_progress: Callable[[float, float], None] | None = None


class Method(Protocol):
    """A method: solves a task within limits."""

    def __call__(self, task: SupportQuestion, limits: Limits) -> SupportResult: ...


@dataclass(frozen=True)
class Registered:
    """A method and what it is fit for: ``unfit`` gives the reason why it can't do a task, or None.

    ``prepare`` makes ready what must not count as its time; it is called before ``solve``.
    """

    name: str
    solve: Method
    certified: bool
    unfit: Callable[[SupportQuestion], str | None]
    prepare: Callable[[], None]
    knows_rules: bool

    def why_not(self, task: SupportQuestion) -> str | None:
        """The reason why it can't do a task, or None."""
        if task.region is not None and not self.knows_rules:
            return "knows no rules of an organisation"
        return self.unfit(task)


_methods: dict[str, Registered] = {}


def register(
    name: str,
    solve: Method,
    *,
    certified: bool,
    unfit: Callable[[SupportQuestion], str | None] = lambda task: None,
    prepare: Callable[[], None] = lambda: None,
    knows_rules: bool = False,
) -> None:
    """Add a method under a name, so that ``support_function(..., method=name)`` finds it.

    Parameters
    ----------
    certified
        Whether its ``upper`` is proven; a method that is not returns ``upper = inf`` and the status "heuristic".
    unfit
        Says why the method can't do a task; None where it can.
    prepare
        Compiles or loads what the method needs, at once where that is done: it is called before every solve, and time
        limits count from its end.
    knows_rules
        Whether it does questions with a region, of agents with rules of their own.
    """
    _methods[name] = Registered(name, solve, certified, unfit, prepare, knows_rules)


def methods() -> list[str]:
    """Names of the registered methods, and "auto"."""
    return ["auto", *_methods]


def chosen(task: SupportQuestion, method: str) -> Registered:
    """The method asked for, or the first certified one that fits where "auto" is asked for.

    Raises
    ------
    InputError
        Where there is no such method or it can't do the task; the message names one that can.
    """
    if method == "auto":
        return _first_fit(task)
    if method not in _methods:
        raise InputError(f"no method {method!r}: choose one of {', '.join(methods())}", field="method")
    reason = _methods[method].why_not(task)
    if reason is not None:
        raise InputError(f"{method!r} {reason}: use {_first_fit(task).name!r}", field="method")
    return _methods[method]


def _first_fit(task: SupportQuestion) -> Registered:
    """The first certified method that fits, or the first that fits; looked for only so far, for this is asked often."""
    return next(
        entry
        for certified in (True, False)
        for entry in _methods.values()
        if entry.certified >= certified and entry.why_not(task) is None
    )
