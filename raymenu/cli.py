"""The command line: one verb a file, in ``raymenu.commands``.

Exit status: 0 done, 1 a check failed, 2 bad input (one line on standard error), 3 stopped at a limit or by an
interrupt, with what it has written out. Verbs import what they work with when they are called: help is there at once.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from typer.exceptions import Abort, TyperException

from raymenu.commands import (
    allocate,
    bic,
    check,
    instances,
    new,
    publish,
    simulate,
    small_market,
    solve,
    study,
    support,
    verify,
)
from raymenu.commands.exits import EXIT_BAD_INPUT, EXIT_DONE, EXIT_LIMIT
from raymenu.commands.interrupts import INTERRUPTS, leave
from raymenu.commands.versions import versions

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
VERBS = (new, check, solve, publish, allocate, verify, small_market, simulate, study, support, bic, instances)
for verb in VERBS:
    verb.add_to(app)


@app.command(
    "bench", add_help_option=False, context_settings={"allow_extra_args": True, "ignore_unknown_options": True}
)
def _bench(context: typer.Context) -> int:
    """Compare methods, and known bounds with their records."""
    from raymenu.commands.bench import app as benchmarks

    return int(typer.main.get_command(benchmarks).main(context.args, context.command_path, standalone_mode=False) or 0)


def _say_versions(asked: bool) -> None:
    if asked:
        print("\n".join(versions()))
        raise typer.Exit


@app.callback()
def _raymenu(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_say_versions, is_eager=True, help="Versions of raymenu and its solvers."),
    ] = False,
) -> None:
    """Obviously strategy-proof task allocation by menus of polarized rays."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; bad input ends with one line on stderr and status 2, never with a traceback.

    Without arguments it answers for the whole process: for its signals and its time limit too.
    """
    INTERRUPTS.begin()
    if arguments is None:
        INTERRUPTS.watch()
    status = _status(arguments)
    if arguments is None and INTERRUPTS.reason is not None:
        leave()  # threads that are still at work are not waited for
    sys.exit(status)


def _status(arguments: list[str] | None) -> int:
    try:
        status = typer.main.get_command(app).main(args=arguments, prog_name="raymenu", standalone_mode=False)
    except (KeyboardInterrupt, Abort):
        INTERRUPTS.end()
        return EXIT_LIMIT
    except TyperException as fault:
        return _refuse(fault.format_message())
    except Exception as fault:
        from raymenu.instances.errors import InputError

        if isinstance(fault, InputError):
            return _refuse(str(fault))
        if INTERRUPTS.reason is None:
            raise
        INTERRUPTS.end()  # an interrupt may come out of compiled code under another name
        return EXIT_LIMIT
    finally:
        INTERRUPTS.ended()
    if INTERRUPTS.reason is not None:
        print(f"{INTERRUPTS.reason}: ended early, with what was found by then", file=sys.stderr)
        return EXIT_LIMIT
    return status if isinstance(status, int) else EXIT_DONE


def _refuse(message: str) -> int:
    print(" ".join(message.split()), file=sys.stderr)
    return EXIT_BAD_INPUT


if __name__ == "__main__":
    main()
