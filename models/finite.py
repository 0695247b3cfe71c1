"""The finite types a program is written on: one ``FiniteTypes`` for each row of an instance."""

from __future__ import annotations

from collections.abc import Sequence

from raymenu.instances import FiniteTypes, InputError, Instance

Types = int | Sequence[FiniteTypes]
"""How many types to make of each row's preferences, or one ``FiniteTypes`` a row."""


def finite_types(inst: Instance, types: Types, seed: int = 0) -> list[FiniteTypes]:
    """One ``FiniteTypes`` a row: those given, or ``inst.types(types, seed)``.

    Raises
    ------
    InputError
        Where there is not one a row, or one has another number of tasks.

    Examples
    --------
    >>> import raymenu
    >>> [made.size for made in finite_types(raymenu.load("anaesthesia"), 7)]
    [7, 7, 7, 7, 7]
    """
    if isinstance(types, int):
        return inst.types(types, seed)
    given = list(types)
    if len(given) != inst.n_agents:
        raise InputError(f"{inst.n_agents} FiniteTypes needed, one a row, {len(given)} given", field="types")
    for j, made in enumerate(given):
        if made.n_tasks != inst.n_tasks:
            raise InputError(f"costs for {made.n_tasks} tasks, the instance has {inst.n_tasks}", field=f"types[{j}]")
    return given


def one_of(value: str, allowed: Sequence[str], field: str) -> None:
    """Refuse a word that is not among those allowed.

    Examples
    --------
    >>> one_of("huge", ("finite", "large"), "market")
    Traceback (most recent call last):
    ...
    raymenu.instances.errors.InputError: market: 'huge' is unknown: choose one of finite, large
    """
    if value not in allowed:
        raise InputError(f"{value!r} is unknown: choose one of {', '.join(allowed)}", field=field)
