"""``raymenu allocate``: from what agents answered to who does what, and a letter to each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from raymenu.commands.options import Backend, Json, Out, Quiet, TimeLimit
from raymenu.commands.run import Run

if TYPE_CHECKING:
    from raymenu.presentation.outcome import Outcome


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command("allocate")(allocate)


def allocate(
    design: Annotated[Path, typer.Argument(metavar="DESIGN", help="A design, or a JSON file with instance and menus.")],
    choices: Annotated[
        Path, typer.Argument(metavar="CHOICES", help='choices.csv filled in, or JSON: {"choices": {"Dr Lee": "B"}}.')
    ],
    whole: Annotated[
        int | None, typer.Option(min=0, metavar="SEED", help="Hand out whole tasks, drawn with this seed.")
    ] = None,
    mechanism: Annotated[
        str | None, typer.Option(help="Of a design: recommended (default), large_market, or another by its name.")
    ] = None,
    instance: Annotated[str | None, typer.Option(help="A name or a .json file, instead of the file's own.")] = None,
    offer_seed: Annotated[
        int | None, typer.Option(min=0, help="Who is offered which menu, where that is drawn; default: the design's.")
    ] = None,
    backend: Backend = "highs",
    out: Out = None,
    time_limit: TimeLimit = None,
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Turn answers into an assignment, hand-overs and letters."""
    with Run(quiet, json_file, time_limit, folder=out) as run:
        from raymenu.designs.choices import read_answers
        from raymenu.designs.offers import read_offers
        from raymenu.presentation.outcome import Outcome
        from raymenu.solvers.eopr import allocation

        offers = read_offers(design, mechanism, instance)
        plan = offers.plan.settled(offers.offer_seed if offer_seed is None else offer_seed)
        answers = read_answers(choices, plan)
        run.phase("the cheapest allocation that respects all answers")
        found = allocation.allocate(plan.inst, plan.menus(), answers.choices, backend=backend)
        outcome = Outcome(answers, found, None if whole is None else found.lottery(whole), whole)
        if out is not None:
            _write_out(outcome, out)
        run.figures(_record(outcome))
        run.show(*outcome.tables())
        run.say(*outcome.sentences(), *outcome.handover_lines())
        if out is not None:
            run.say(f"Written to {out}: assignment.csv, handovers.csv, handovers.png, letters/")


def _write_out(outcome: Outcome, folder: Path) -> None:
    from raymenu.instances.files import folder_together, write_text
    from raymenu.presentation.csv_text import csv_text
    from raymenu.presentation.pictures import draw_handovers, save

    allocation = outcome.allocation
    with folder_together(folder) as made:
        frame = allocation.to_frame(outcome.drawn)
        write_text(made / "assignment.csv", csv_text(list(frame.columns), frame.to_numpy().tolist()))
        edges = [[giver, taker, data["task"], data["amount"]] for giver, taker, data in outcome.graph.edges(data=True)]
        write_text(made / "handovers.csv", csv_text(["from", "to", "task", "amount"], edges))
        (made / "letters").mkdir()
        for name, page in outcome.letters():
            (made / "letters" / name).write_text(page, encoding="utf-8")  # the folder moves as a whole
        save(draw_handovers(outcome.graph, f"{allocation.rule.inst.name}: hand-overs"), made / "handovers.png")


def _record(outcome: Outcome) -> dict[str, object]:
    allocation, answers = outcome.allocation, outcome.answers
    inst = allocation.rule.inst
    data = {
        "instance": inst.name,
        "agents": inst.single_agents,
        "tasks": inst.tasks,
        "choices": dict(zip(inst.single_agents, answers.codes)),
        "unanswered": answers.missing,
        "cost": allocation.cost,
        "bound": allocation.bound,
        "status_quo_cost": inst.status_quo_cost,
        "endowment_cost": allocation.rule.endowment_cost,
        "assignment": allocation.assignment.tolist(),
    }
    if outcome.drawn is None:
        return data
    return data | {"seed": outcome.seed, "drawn": outcome.drawn.tolist(), "drawn_cost": outcome.costs["drawn"]}
