"""Measure designs for small markets: out of sample, against their baselines, over the size of the market.

Every line printed is one result, and the file holds them all. The random instances are L(J, I, seed): performance
uniform on [0, 1], counts J times a whole number from 1 to 6, the status quo an equal share, costs uniform on [.5, 2].
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
import pyomo.environ as pyo
import typer
from numpy.typing import NDArray

import raymenu
from raymenu.benchmarks.harness.machine import machine
from raymenu.designs.design import Design
from raymenu.designs.document import write_design
from raymenu.designs.verification import Claim, read_document, verify
from raymenu.instances.files import write_json
from raymenu.mechanisms.menus.choice_probabilities import out_of_sample
from raymenu.presentation.pictures import draw_scale, save
from raymenu.solvers.backends import Feature, backend, solve_to_optimality
from raymenu.solvers.eopr.estimate import estimate
from raymenu.solvers.small_market import FAMILIES, SmallMarketDesign

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
        "profiles": design.estimate.draws,
        "polarized": not design.plan.unpolarized(),
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
def effort(json_file: Json = None, seed: int = 0, times: float = 10.0) -> None:
    """J = 5, I = 4, one copy: what the same search gains in ten times the processor time, measured as such."""

    def rows() -> Iterator[dict[str, Any]]:
        for inst in (raymenu.load("anaesthesia"), random_instance(5, 4, 11)):
            raymenu.design_small_market(inst, seed=seed, effort=0.1, profiles=2)  # kernels are loaded here
            first = measure(inst, "effort", effort=1.0, seed=seed)
            yield first
            more, ratio = times, 0.0
            while ratio < times:
                row = measure(inst, "effort", effort=more, seed=seed)
                ratio = row["processor_seconds"] / first["processor_seconds"]
                print(f"effort {more:g}: {ratio:.1f} times the processor time, {row['gain'] / first['gain'] - 1:+.2%}")
                yield row | {"times_the_processor_time": ratio}
                more *= 1.1 * times / ratio

    _write(json_file, rows())


@app.command()
def limit(
    json_file: Json = None,
    instance: str = "anaesthesia",
    types: Annotated[str, typer.Option(help="types an agent, separated by commas")] = "200,500,2000,10000",
    gap: float = 0.003,
    bound_types: int = 30_000,
    bound_samples: int = 6,
    seed: int = 0,
) -> None:
    """What menus save in the large market: on finite types, of the distribution itself, and at most.

    The lotteries found on finite types are valued on the distribution (exactly where costs are uniform) and mixed anew
    so that they clear there: a mechanism. At any prices chosen beforehand, ``lambda . n - sum_j S_j(lambda - pi_j)`` on
    types that are unbiased draws of the distribution is on average at most its value: no mechanism of menus costs less.
    """
    inst = raymenu.load(instance)
    status_quo = inst.status_quo_cost

    def rows() -> Iterator[dict[str, Any]]:
        for size in (int(text) for text in types.split(",")):
            large = raymenu.solve_large_market(inst, size, seed, rel_gap=gap)
            row: dict[str, Any] = {
                "instance": inst.name,
                "what": "limit",
                "types": size,
                "gain_on_types": status_quo - large.upper,
                "most_on_types": status_quo - large.lower,
                "gain_of_distribution": status_quo - cost_of_distribution(large),
                "seconds": large.seconds,
            }
            print(row, flush=True)
            yield row
        most = [
            status_quo - dual_cost(inst, large.prices, bound_types, seed + 1 + k, gap) for k in range(bound_samples)
        ]
        row = {
            "instance": inst.name,
            "what": "limit",
            "types_of_bound": bound_types,
            "most_of_distribution": float(np.mean(most)),
            "stderr": float(np.std(most, ddof=1) / np.sqrt(len(most))),
        }
        print(row, flush=True)
        yield row

    _write(json_file, rows())


@app.command()
def same_types(json_file: Json = None, copies: int = 1000, types: int = 200, gap: float = 0.003, seed: int = 0) -> None:
    """`anaesthesia` with finite preferences: the large market and the market of so many copies on the same types."""
    given = raymenu.load("anaesthesia")
    made = [raymenu.FinitePreferences(costs=own.costs.tolist()) for own in given.types(types, seed)]
    inst = raymenu.make_instance(
        f"anaesthesia, {types} types",
        given.source,
        counts=given.counts,
        performance=given.performance,
        status_quo=given.status_quo,
        preferences=made,
    )
    large = raymenu.solve_large_market(inst, rel_gap=gap)
    value = inst.status_quo_cost - large.upper, inst.status_quo_cost - large.lower
    print(f"large market: gain between {value[0]:.4f} and {value[1]:.4f} a copy", flush=True)
    row = measure(inst.with_copies(copies), "same types", seed=seed, families=DRAWN)
    print(f"below the first by {1 - row['gain'] / value[0]:.2%}")
    _write(json_file, iter([row | {"large_market_gain": value}]))


def cost_of_distribution(large: raymenu.LargeMarket) -> float:
    """The menus of a solution, mixed anew to clear on the distribution that its types stand for."""
    inst = large.instance
    columns = [
        [out_of_sample(menu, preferences, large.prices).assignment for _, menu in lottery]
        + [inst.endowment[j], np.zeros(inst.n_tasks)]
        for j, (lottery, preferences) in enumerate(zip(large.lotteries, inst.preferences, strict=True))
    ]
    model = raymenu.models.outer(inst, columns)
    solve_to_optimality(model, backend("highs", needs=Feature.LINEAR), "outer program (5)")
    return float(pyo.value(model.social_cost))


def dual_cost(inst: raymenu.Instance, prices: NDArray[np.float64], types: int, seed: int, gap: float) -> float:
    """``lambda . n - sum_j copies_j S_j(lambda - pi_j)``, with upper bounds of S_j on one sample of types."""
    made = inst.types(types, seed)
    each = gap * inst.status_quo_cost / (4 * inst.copies.sum())
    bounds = [
        raymenu.support_function(own, eta, prices - pi, rel_gap=0.0, abs_gap=each).upper
        for own, eta, pi in zip(made, inst.endowment, inst.performance, strict=True)
    ]
    return float(prices @ inst.counts - inst.copies @ np.array(bounds))


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
            plans = [row.plan for row in design.table]
            for found, seen in zip(design.table, estimate(plans, profiles, seed + 999), strict=True):
                row = {
                    "instance": inst.name,
                    "what": "safety",
                    "copies": int(inst.copies.max()),
                    "family": found.family,
                    "profiles": profiles,
                    "dearest_less_status_quo": seen.dearest - design.endowment_cost,
                    "polarized": not found.plan.unpolarized(),
                }
                print(row, flush=True)
                yield row

    _write(json_file, rows())


@app.command()
def verified(json_file: Json = None, seed: int = 0, effort: float = 1.0) -> None:
    """Every family's design written to a file and rechecked as by ``raymenu verify``; status 1 where a check fails."""
    failed = []

    def rows() -> Iterator[dict[str, Any]]:
        for inst in (
            raymenu.load("anaesthesia"),
            raymenu.load("anaesthesia").with_copies(10),
            raymenu.load("two_task_uniform"),
            *(random_instance(*shape) for shape in RANDOM),
        ):
            for name, checks in rechecked(raymenu.design_small_market(inst, seed=seed, effort=effort), seed).items():
                broken = [check.name for check in checks if not check.passed]
                row = {
                    "instance": inst.name,
                    "what": "verified",
                    "copies": int(inst.copies.max()),
                    "family": name,
                    "checks": len(checks),
                    "failed": broken,
                }
                failed.extend(broken)
                print(row, flush=True)
                yield row

    _write(json_file, rows())
    if failed:
        raise typer.Exit(1)


def rechecked(design: SmallMarketDesign, seed: int) -> dict[str, list[Claim]]:
    """What ``raymenu verify`` finds in a file of each family's design."""
    found = {}
    for row in design.table:
        own = replace(design, table=[row])
        with TemporaryDirectory() as folder:
            file = Path(folder) / "design.json"
            write_design(file, Design.of_small_market(own, seed))
            found[row.family] = verify(read_document(file))
    return found


@app.command()
def picture(
    results: list[Path], out: Annotated[Path, typer.Option(help="the picture")], instance: str = "anaesthesia"
) -> None:
    """Draw one instance's rows of ``baselines`` and ``scale`` with what ``limit`` says is possible without end."""
    rows = [row for file in results for row in json.loads(file.read_text(encoding="utf-8"))["rows"]]
    rows = [row for row in rows if row["instance"] == instance]
    limits = {key: value for row in rows if row["what"] == "limit" for key, value in row.items()}
    value = (limits["gain_of_distribution"], limits["most_of_distribution"]) if limits else None
    curves: dict[str, dict[int, tuple[float, float]]] = {}
    for row in sorted((row for row in rows if "families" in row), key=lambda row: row["copies"]):
        for name, values in row["families"].items():
            if name in DRAWN:
                curves.setdefault(name, {})[row["copies"]] = values["gain"], values["stderr"]
    save(draw_scale(curves, value, f"{instance}: what menus save, a copy"), out)


def _write(json_file: Path | None, rows: Iterator[dict[str, Any]]) -> None:
    made = []
    for row in rows:
        made.append(row)
        if json_file is not None:
            write_json(json_file, {"machine": machine(), "rows": made})
