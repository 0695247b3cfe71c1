"""``raymenu support``: one agent's support function S_j(w), by any method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from raymenu.commands.exits import EXIT_DONE, EXIT_LIMIT
from raymenu.commands.lists import numbers
from raymenu.commands.options import InstanceName, Json, Quiet, Seed, TimeLimit, Types
from raymenu.commands.run import Run

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from raymenu.instances import Instance

    Floats = NDArray[np.float64]


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command("support")(support)


def support(
    instance: InstanceName,
    agent: Annotated[str, typer.Option(help="Name of the agent, or its row counted from 1.")] = "1",
    w: Annotated[str | None, typer.Option(help="w, one number per task, separated by commas.")] = None,
    prices: Annotated[str | None, typer.Option(help="lambda, likewise; then w = lambda - pi_j.")] = None,
    types: Types = 200,
    seed: Seed = 0,
    method: Annotated[str, typer.Option(help="auto, or the name of a method.")] = "auto",
    gap: Annotated[float, typer.Option(min=0, help="Gap relative to the gain.")] = 1e-3,
    time_limit: TimeLimit = None,
    json_file: Json = None,
    quiet: Quiet = False,
) -> int:
    """Bracket the support function S_j(w) of one agent.

    Prints the menu that attains the lower bound.

    Without --w and --prices, each task is priced at the mean social cost of the status quo.
    """
    with Run(quiet, json_file, time_limit) as run:
        import numpy as np

        from raymenu.instances import load

        inst = load(instance)
        row = _row(inst, agent)
        worth = _worth(inst, row, w, prices)
        run.phase(f"support function by {method} (kernels are compiled once, which takes about a minute)")
        from raymenu.mechanisms import out_of_sample
        from raymenu.presentation.words import describe_menu
        from raymenu.solvers.support import support_function

        own = inst.types(types, seed)[row]
        left = run.seconds_left()
        found = support_function(own, inst.endowment[row], worth, method=method, rel_gap=gap, time_limit=left)
        fresh = out_of_sample(found.menu, inst.preferences[row], worth)
        acceptance = found.menu.acceptance(own)
        run.say(
            f"{inst.agents[row]}, w = {', '.join(f'{task} {value:.6g}' for task, value in zip(inst.tasks, worth))}",
            f"{found.lower:.9g} <= S(w) <= {found.upper:.9g}   {found.status}, {found.method}, {found.seconds:.3f} s",
            f"gain over the endowment {found.gain:.6g}, gap {found.gap:.2g}, {own.size} types",
            f"the menu's value on the distribution itself: {fresh.value:.9g} ({fresh.method})",
            *(f"  - {line}" for line in describe_menu(found.menu, inst.tasks, acceptance)),
        )
        run.figures(
            {
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
        )
        return EXIT_LIMIT if found.status == "feasible" else EXIT_DONE


def _row(inst: Instance, agent: str) -> int:
    from raymenu.instances import InputError

    if agent in inst.agents:
        return inst.agents.index(agent)
    if agent.isdigit() and 1 <= int(agent) <= inst.n_agents:
        return int(agent) - 1
    raise InputError(
        f"no agent {agent!r}: give a name or a number from 1 to {inst.n_agents}", field="--agent", source=inst.name
    )


def _worth(inst: Instance, row: int, w: str | None, prices: str | None) -> Floats:
    from raymenu.instances import InputError

    if w is not None and prices is not None:
        raise InputError("give --w or --prices, not both", field="--w")
    if w is not None:
        return _one_per_task(w, "--w", inst)
    if prices is not None:
        worth: Floats = _one_per_task(prices, "--prices", inst) - inst.performance[row]
        return worth
    held = inst.copies[:, None] * inst.status_quo
    mean: Floats = (held * inst.performance).sum(axis=0) / held.sum(axis=0)
    return mean - inst.performance[row]


def _one_per_task(text: str, option: str, inst: Instance) -> Floats:
    import numpy as np

    from raymenu.instances import InputError

    given = np.array(numbers(text, float, option, "1,0.5,-0.2"))
    if given.size != inst.n_tasks or not np.isfinite(given).all():
        raise InputError(f"{inst.n_tasks} finite numbers needed, one per task: {', '.join(inst.tasks)}", field=option)
    return given
