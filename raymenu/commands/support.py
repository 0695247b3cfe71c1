"""``raymenu support``: one agent's support function S_j(w), by any method."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console

from raymenu.commands.exits import EXIT_LIMIT
from raymenu.commands.lists import numbers
from raymenu.instances import InputError, Instance, load
from raymenu.instances.files import write_json
from raymenu.mechanisms import out_of_sample
from raymenu.presentation.words import describe_menu
from raymenu.solvers.support import support_function

Floats = NDArray[np.float64]


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command("support")(support)


def support(
    instance: Annotated[str, typer.Argument(help="Name of a library instance, or a .json file.")],
    agent: Annotated[str, typer.Option(help="Name of the agent, or its row counted from 1.")] = "1",
    w: Annotated[str | None, typer.Option(help="w, one number a task, separated by commas.")] = None,
    prices: Annotated[str | None, typer.Option(help="lambda, likewise; then w = lambda - pi_j.")] = None,
    types: Annotated[int, typer.Option(min=1, help="Preference types.")] = 200,
    seed: Annotated[int, typer.Option(help="Seed of the types.")] = 0,
    method: Annotated[str, typer.Option(help="auto, or the name of a method.")] = "auto",
    gap: Annotated[float, typer.Option(help="Gap relative to the gain.")] = 1e-3,
    time_limit: Annotated[float | None, typer.Option(help="Seconds.")] = None,
    json: Annotated[Path | None, typer.Option(help="File for the result as JSON.")] = None,
) -> int:
    """Bracket S_j(w) for one agent of INSTANCE and print the menu that attains the lower bound.

    Without --w and --prices, each task is priced at the mean social cost of the status quo.
    """
    inst = load(instance)
    row = _row(inst, agent)
    worth = _worth(inst, row, w, prices)
    own = inst.types(types, seed)[row]
    found = support_function(own, inst.endowment[row], worth, method=method, rel_gap=gap, time_limit=time_limit)
    console = Console()

    def say(line: str) -> None:
        console.print(line, highlight=False, markup=False, soft_wrap=True)

    say(f"{inst.agents[row]}, w = {', '.join(f'{task} {value:.6g}' for task, value in zip(inst.tasks, worth))}")
    say(f"{found.lower:.9g} <= S(w) <= {found.upper:.9g}   {found.status}, {found.method}, {found.seconds:.3f} s")
    say(f"gain over the endowment {found.gain:.6g}, gap {found.gap:.2g}, {own.size} types")
    fresh = out_of_sample(found.menu, inst.preferences[row], worth)
    say(f"the menu's value on the distribution itself: {fresh.value:.9g} ({fresh.method})")
    acceptance = found.menu.acceptance(own)
    for line in describe_menu(found.menu, inst.tasks, acceptance):
        say(f"  - {line}")
    if json is not None:
        data = {
            "instance": inst.name,
            "agent": inst.agents[row],
            "w": worth.tolist(),
            "lower": found.lower,
            "upper": found.upper if np.isfinite(found.upper) else None,
            "status": found.status,
            "method": found.method,
            "seconds": found.seconds,
            "menu": found.menu.to_dict(),
            "acceptance": [float(p) for p in acceptance],
            "out_of_sample": fresh.value,
        }
        write_json(json, data)
    return EXIT_LIMIT if found.status == "feasible" else 0


def _row(inst: Instance, agent: str) -> int:
    if agent in inst.agents:
        return inst.agents.index(agent)
    if agent.isdigit() and 1 <= int(agent) <= inst.n_agents:
        return int(agent) - 1
    raise InputError(
        f"no agent {agent!r}: give a name or a number from 1 to {inst.n_agents}", field="--agent", source=inst.name
    )


def _worth(inst: Instance, row: int, w: str | None, prices: str | None) -> Floats:
    if w is not None and prices is not None:
        raise InputError("give --w or --prices, not both", field="--w")
    if w is not None:
        return _one_a_task(w, "--w", inst)
    if prices is not None:
        worth: Floats = _one_a_task(prices, "--prices", inst) - inst.performance[row]
        return worth
    held = inst.copies[:, None] * inst.status_quo
    mean: Floats = (held * inst.performance).sum(axis=0) / held.sum(axis=0)
    return mean - inst.performance[row]


def _one_a_task(text: str, option: str, inst: Instance) -> Floats:
    given = np.array(numbers(text, float, option, "1,0.5,-0.2"))
    if given.size != inst.n_tasks or not np.isfinite(given).all():
        raise InputError(f"{inst.n_tasks} finite numbers needed, one a task: {', '.join(inst.tasks)}", field=option)
    return given
