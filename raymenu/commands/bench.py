"""``raymenu bench``: measure methods against each other, and known bounds against their records."""

from __future__ import annotations

import shlex
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from raymenu.benchmarks.harness.jobs import Job, Size, load_plugin, suite
from raymenu.benchmarks.harness.runner import Limits
from raymenu.benchmarks.harness.session import as_data, benchmark
from raymenu.benchmarks.suites import regress as regression
from raymenu.instances import InputError, library, load
from raymenu.instances.files import write_json, write_text
from raymenu.instances.known_bounds import TIERS, Tier
from raymenu.instances.readme import readme

EXIT_FAILED, EXIT_LIMIT = 1, 3
Smoke = Annotated[bool, typer.Option("--smoke", help="a minute: does everything run")]
Quick = Annotated[bool, typer.Option("--quick", help="minutes: how do the methods compare")]
Out = Annotated[Path | None, typer.Option(help="folder for rows and reports [benchmarks/results/NAME]")]
Resume = Annotated[bool, typer.Option("--resume", help="keep the rows of a finished run too")]
Fresh = Annotated[bool, typer.Option("--fresh", help="throw away what the folder holds")]
Workers = Annotated[int, typer.Option(help="processes at once")]
Memory = Annotated[float, typer.Option(help="MB each process may use")]
Plugin = Annotated[list[str] | None, typer.Option(help="a Python file that registers methods or backends; repeatable")]
Json = Annotated[Path | None, typer.Option("--json", help="write rows and verdicts here")]
Report = Annotated[Path | None, typer.Option("--report", help="write report.md here too")]
UNSAID = ("out", "json_file", "report", "fresh", "resume")
"""Options that say nothing of what was measured: reports leave them out."""
MEASUREMENTS = {
    "support-marks": ("suites.support_marks", "Measure the certified support function against its marks."),
    "small-market": ("suites.small_market", "Measure designs for small markets."),
}
STUDIES = {
    "first-cuts": ("studies.first_cuts", "Measure bounds on S(w) that need no search."),
    "formulations": ("studies.formulations", "Measure formulations of S(w) for general solvers."),
    "lotteries": ("studies.lotteries", "Measure decompositions into lotteries, and draws."),
    "scip-calls": ("studies.scip_calls", "Measure what the way to call SCIP costs."),
    "small-market-variants": ("studies.small_market_variants", "Measure variants of small-market menus."),
    "solver-ratio": ("studies.solver_ratio", "Measure branch and bound against general solvers at one gap."),
}
"""Measurements with options of their own: name -> module of ``raymenu.benchmarks``, what it measures."""


app = typer.Typer(no_args_is_help=True, help="Benchmarks: methods against each other, known bounds against records.")
studies = typer.Typer(no_args_is_help=True, help="Questions that were settled by measuring, measured again.")
app.add_typer(studies, name="study")


def _add_measurement(parent: typer.Typer, name: str, module: str, about: str) -> None:
    """A module's own command, imported when it is called; whatever follows the name is its own."""

    def command(context: typer.Context) -> int:
        made = import_module(f"raymenu.benchmarks.{module}")
        own = getattr(made, "app", None)
        if own is None:
            own = typer.Typer(add_completion=False)
            own.command(help=made.__doc__)(made.main)
        status = typer.main.get_command(own).main(context.args, context.command_path, standalone_mode=False)
        return status if isinstance(status, int) else 0

    passed_on = {"allow_extra_args": True, "ignore_unknown_options": True}
    parent.command(name, help=about, add_help_option=False, context_settings=passed_on)(command)


for _name, (_module, _about) in MEASUREMENTS.items():
    _add_measurement(app, _name, _module, _about)
for _name, (_module, _about) in STUDIES.items():
    _add_measurement(studies, _name, _module, _about)


@app.command("regress")
def regress(
    tier: Annotated[str, typer.Option(help="seconds, minutes or hours: how long the longest may take")] = "seconds",
    instance: Annotated[list[str] | None, typer.Option(help="only this one; may be repeated")] = None,
    time_limit: Annotated[float | None, typer.Option(help="seconds for each bound")] = None,
    tighten: Annotated[bool, typer.Option("--tighten", help="write tighter certified bounds into the records")] = False,
    record: Annotated[bool, typer.Option("--record", help="make the records anew instead of comparing")] = False,
    folder: Annotated[Path | None, typer.Option(help="where the library lies, for writing")] = None,
    write_readme: Annotated[bool, typer.Option("--readme", help="write the table of the library")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="write the comparisons here")] = None,
) -> int:
    """Find the known bounds of the library again; fail where one is crossed or a method got worse."""
    console = Console()
    place = folder or Path("instances/library")
    if (tighten or record or write_readme) and not (place / "known_bounds").is_dir():
        raise InputError(
            "no known_bounds there: run in a checkout, or give --folder", field="--folder", source=str(place)
        )
    for name in instance or []:
        load(name)
    if record:
        for name in instance or library():
            regression.write_record(place / "known_bounds", regression.make_record(load(name), time_limit))
            console.print(f"recorded {name}")
        comparisons = []
    else:
        comparisons = regression.regress(
            _tier(tier), instance, time_limit=time_limit, on_comparison=lambda done: _say(console, done)
        )
    if tighten:
        for label in regression.tighten(place / "known_bounds", comparisons):
            console.print(f"tightened {label}")
    if tighten or record or write_readme:
        write_text(place / "README.md", readme(place / "known_bounds"))
    if json_file is not None:
        found = [
            {"instance": done.instance, "standing": done.standing, "remark": done.remark}
            | {"known": done.known.model_dump(mode="json"), "found": done.found.model_dump(mode="json")}
            for done in comparisons
        ]
        write_json(json_file, found)
    failed = sum(done.failed for done in comparisons)
    console.print(f"{len(comparisons)} bounds found again, {failed} failed")
    return EXIT_FAILED if failed else 0


@app.command("support")
def support(
    context: typer.Context,
    quick: Quick = False,
    smoke: Smoke = False,
    out: Out = None,
    resume: Resume = False,
    fresh: Fresh = False,
    problem: Annotated[list[str] | None, typer.Option(help="in place of the standard ones; repeatable")] = None,
    method: Annotated[list[str] | None, typer.Option(help="in place of the standard ones; repeatable")] = None,
    with_method: Annotated[
        list[str] | None, typer.Option("--with", help="beside the standard ones; repeatable")
    ] = None,
    seeds: Annotated[int | None, typer.Option(help="seeds 0, 1, ... of each problem")] = None,
    time_limit: Annotated[float | None, typer.Option(help="seconds a run")] = None,
    rel_gap: Annotated[float, typer.Option(help="gap on the gain that counts as solved")] = 1e-3,
    workers: Workers = 2,
    memory: Memory = 4000.0,
    plugin: Plugin = None,
    json_file: Json = None,
    report: Report = None,
) -> int:
    """Compare every method and backend for the support function; claims are checked outside the solvers."""
    from raymenu.benchmarks.suites import support as standard

    size = _size(quick, smoke)
    for path in plugin or []:
        load_plugin(path)
    standard.check_methods([*(method or []), *(with_method or [])])
    jobs = standard.make_jobs(
        problem or standard.PROBLEMS[size],
        method or [*standard.METHODS, *(with_method or [])],
        range(standard.SEEDS[size] if seeds is None else seeds),
        time_limit or standard.TIME_LIMITS[size],
        rel_gap,
    )
    for name in problem or []:
        standard.make_problem(name, 0)
    return _bench(context, jobs, out, Limits(workers, memory), plugin, resume, fresh, json_file, report)


def _add_suite(name: str) -> None:
    """The suites whose jobs are fixed share their options."""

    def command(
        context: typer.Context,
        quick: Quick = False,
        smoke: Smoke = False,
        out: Out = None,
        resume: Resume = False,
        fresh: Fresh = False,
        workers: Workers = 2,
        memory: Memory = 4000.0,
        json_file: Json = None,
        report: Report = None,
    ) -> int:
        jobs = suite(name).jobs(_size(quick, smoke))
        return _bench(context, jobs, out, Limits(workers, memory), None, resume, fresh, json_file, report)

    command.__doc__ = SUITES[name]
    app.command(name)(command)


SUITES = {
    "bic": "Compare forms of program (1) and ways of solving them.",
    "allocate": "Compare EOPR over many profiles with one program per profile.",
    "large-market": "Solve large-market programs to a gap.",
}
for _name in SUITES:
    _add_suite(_name)


def _bench(
    context: typer.Context,
    jobs: list[Job],
    out: Path | None,
    limits: Limits,
    plugins: list[str] | None,
    resume: bool,
    fresh: bool,
    json_file: Path | None,
    report: Path | None,
) -> int:
    if not jobs:
        raise InputError("nothing to run: ask for at least one seed", field="--seeds")
    if limits.workers < 1:
        raise InputError(f"{limits.workers} processes asked for: give at least 1", field="--workers")
    folder = out or Path("benchmarks/results") / jobs[0].suite
    finding = benchmark(
        jobs,
        folder,
        limits=limits,
        plugins=plugins or [],
        resume=resume,
        fresh=fresh,
        command=said(context),
    )
    if json_file is not None:
        write_json(json_file, as_data(finding))
    if report is not None:
        write_text(report, (folder / "report.md").read_text(encoding="utf-8"))
    if finding.wrong:
        return EXIT_FAILED
    return 0 if finding.complete else EXIT_LIMIT


def said(context: typer.Context) -> str:
    """The command as it was given, without the options that say nothing of what was measured."""
    words = context.command_path.split()
    for option in context.command.params:
        source = context.get_parameter_source(option.name or "")
        if source is None or source.name != "COMMANDLINE" or option.name in UNSAID:
            continue
        value = context.params[option.name or ""]
        for one in value if isinstance(value, list | tuple) else [value]:
            words += (
                [option.opts[0]]
                if one is True
                else [option.opts[0], Path(one).name if option.name == "plugin" else str(one)]
            )
    return shlex.join(words)


def _size(quick: bool, smoke: bool) -> Size:
    if quick and smoke:
        raise InputError("give --quick or --smoke, not both", field="--quick")
    return "smoke" if smoke else "quick" if quick else "full"


def _say(console: Console, done: regression.Comparison) -> None:
    colour = {"crossed": "bold red", "worse": "red", "tighter": "green", "cut short": "yellow"}.get(done.standing, "")
    text = f"{done.standing:9} {done.instance}: {done.known.label} {done.remark}"
    console.print(text, style=colour or None, highlight=False, markup=False)


def _tier(name: str) -> Tier:
    for tier in TIERS:
        if tier == name:
            return tier
    raise InputError(f"{name!r} is no tier: choose one of {', '.join(TIERS)}", field="--tier")
