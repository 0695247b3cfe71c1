"""Measure designs for small markets: out of sample, against their baselines, over the size of the market.

``python -m raymenu.benchmarks.small_market baselines|scale|effort|safety [--json FILE]``; every line printed is one
design, and the file holds them all. The random instances are L(J, I, seed): performance uniform on [0, 1], counts J
times a whole number from 1 to 6, the status quo an equal share, costs uniform on [.5, 2].
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

import raymenu
from raymenu.benchmarks.machine import machine
from raymenu.commands.files import write_json
from raymenu.pictures import draw_scale, save
from raymenu.solvers.small_market import FAMILIES, SmallMarketDesign
from raymenu.solvers.small_market.design import menus_of_agents
from raymenu.solvers.small_market.fresh import fresh_costs

RANDOM = ((6, 3, 0), (8, 4, 1), (12, 4, 3), (10, 5, 2), (7, 5, 4))
DRAWN = [name for name in FAMILIES if name not in (FAMILIES[0], FAMILIES[2])]
SCALES = (1, 2, 3, 5, 10, 20, 50, 100, 1000)
app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
Json = Annotated[Path | None, typer.Option("--json", help="write all rows here")]


def random_instance(n_agents: int, n_tasks: int, seed: int) -> raymenu.Instance:
    """L(J, I, seed)."""
    rng = np.random.default_rng(seed)
    counts = n_agents * rng.integers(1, 7, size=n_tasks).astype(float)
    performance = np.round(rng.random((n_agents, n_tasks)), 4)
    return raymenu.make_instance(
        f"L({n_agents}, {n_tasks}, {seed})",
        "Synthetic: benchmarks/small_market.py.",
        counts=counts,
        performance=performance,
        status_quo=np.tile(counts / n_agents, (n_agents, 1)),
        preferences=[raymenu.UniformPreferences(lower=(0.5,) * n_tasks, upper=(2.0,) * n_tasks)] * n_agents,
    )


def measure(inst: raymenu.Instance, label: str, **options: Any) -> dict[str, Any]:
    """One design, per copy: all families, wall and processor seconds, and the share of the full-information gain."""
    wall, processor = time.perf_counter(), time.process_time()
    design = raymenu.design_small_market(inst, **options)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    copies = int(inst.copies.max())
    full = design.endowment_cost - raymenu.solve_full_information(inst, types=200).cost
    row = {
        "instance": inst.name,
        "what": label,
        "copies": copies,
        "options": options,
        "family": design.family,
        "status_quo": design.endowment_cost / copies,
        "gain": design.gain / copies,
        "stderr": design.stderr / copies,
        "full_information_gain": full / copies,
        "share_of_full_information": design.gain / full,
        "wall_seconds": wall,
        "processor_seconds": processor,
        "profiles": design.profiles,
        "polarized": all(group.menu.is_polarized() for group in design.groups),
        "families": families(design),
    }
    print(
        f"{inst.name} x{copies} {label}: {design.family} saves {row['gain']:.4f} ± {row['stderr']:.4f} a copy of "
        f"{row['status_quo']:.4f}, {row['share_of_full_information']:.0%} of full information; "
        f"{wall:.0f} s, {processor:.0f} s of processor",
        flush=True,
    )
    for name, values in families(design).items():
        print(
            f"    {name}: {values['gain']:.4f} ± {values['stderr']:.4f} (selection {values['selected']:.4f}), "
            f"dearest profile less status quo {values['dearest']:.2g}",
            flush=True,
        )
    return row


def families(design: SmallMarketDesign) -> dict[str, dict[str, float | None]]:
    """Every family's gain a copy, on the same fresh profiles."""
    copies = int(design.inst.copies.max())
    return {
        row.family: {
            "gain": row.gain / copies,
            "stderr": row.stderr / copies,
            "selected": None if row.selected is None else row.selected / copies,
            "dearest": row.worst - design.endowment_cost,
            "seconds": row.seconds,
        }
        for row in design.table
    }


@app.command()
def baselines(json_file: Json = None, effort: float = 1.0, seed: int = 0) -> None:
    """`anaesthesia` at copies 1 and 10, and five random instances: never below the baselines, out of sample."""

    def rows() -> Iterator[dict[str, Any]]:
        for copies in (1, 10):
            yield measure(raymenu.load("anaesthesia").with_copies(copies), "baselines", effort=effort, seed=seed)
        for shape in RANDOM:
            yield measure(random_instance(*shape), "baselines", effort=effort, seed=seed)

    _write(json_file, rows())


@app.command()
def scale(
    json_file: Json = None,
    instance: str = "anaesthesia",
    copies: Annotated[str, typer.Option(help="how many, separated by commas")] = ",".join(map(str, SCALES)),
    effort: float = 1.0,
    seed: int = 0,
    large_seconds: Annotated[float, typer.Option(help="for the certified large market; 0 leaves it out")] = 300.0,
) -> None:
    """The same instance with 1 to 1,000 copies, with the large market's certified value beside it."""
    inst = raymenu.load(instance)
    large = raymenu.solve_large_market(inst, types=200, time_limit=large_seconds) if large_seconds else None
    value = None if large is None else (inst.status_quo_cost - large.upper, inst.status_quo_cost - large.lower)
    if value is not None:
        print(f"large market, 200 types: gain between {value[0]:.4f} and {value[1]:.4f} a copy", flush=True)

    def rows() -> Iterator[dict[str, Any]]:
        for number in (int(text) for text in copies.split(",")):
            made = inst.with_copies(number)
            row = measure(made, "scale", effort=effort, seed=seed, families=DRAWN, large_market=large)
            row["options"] = {"effort": effort, "seed": seed, "families": DRAWN}
            yield row | {"large_market_gain": value}

    _write(json_file, rows())


@app.command()
def effort(json_file: Json = None, seed: int = 0) -> None:
    """J = 5, I = 4, one copy: what ten times the starts add."""

    def rows() -> Iterator[dict[str, Any]]:
        for inst in (raymenu.load("anaesthesia"), random_instance(5, 4, 11)):
            for times in (1.0, 10.0):
                yield measure(inst, "effort", effort=times, seed=seed)

    _write(json_file, rows())


@app.command()
def safety(json_file: Json = None, profiles: int = 100_000, seed: int = 0) -> None:
    """The dearest of 100,000 fresh profiles of each family's design, against the status quo."""

    def rows() -> Iterator[dict[str, Any]]:
        for inst in (
            raymenu.load("anaesthesia"),
            raymenu.load("anaesthesia").with_copies(10),
            random_instance(6, 3, 0),
        ):
            design = raymenu.design_small_market(inst, seed=seed, profiles=1000)
            offered = [menus_of_agents(row.groups) for row in design.table]
            for found, menus, costs in zip(
                design.table, offered, fresh_costs(inst, offered, profiles, seed=seed + 999), strict=True
            ):
                row = {
                    "instance": inst.name,
                    "what": "safety",
                    "copies": int(inst.copies.max()),
                    "family": found.family,
                    "profiles": profiles,
                    "dearest_less_status_quo": float(costs.max() - design.endowment_cost),
                    "polarized": all(menu.is_polarized() for menu in menus),
                }
                print(row, flush=True)
                yield row

    _write(json_file, rows())


@app.command()
def picture(results: Path, out: Path) -> None:
    """Draw what ``scale`` wrote."""
    rows = json.loads(results.read_text(encoding="utf-8"))["rows"]
    value = rows[0]["large_market_gain"]
    curves: dict[str, dict[int, tuple[float, float]]] = {}
    for row in rows:
        for name, values in row["families"].items():
            if name in DRAWN:
                curves.setdefault(name, {})[row["copies"]] = values["gain"], values["stderr"]
    save(draw_scale(curves, value, f"{rows[0]['instance']}: what menus save, a copy"), out)


def _write(json_file: Path | None, rows: Iterator[dict[str, Any]]) -> None:
    made = []
    for row in rows:
        made.append(row)
        if json_file is not None:
            write_json(json_file, {"machine": machine(), "rows": made})


if __name__ == "__main__":
    app()
