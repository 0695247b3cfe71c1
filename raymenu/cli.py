"""The command line: one verb a function, in ``raymenu.commands``.

Exit status: 0 done, 1 a check failed, 2 bad input (one line on stderr), 3 stopped at a limit with what it has
written out.
"""

from __future__ import annotations

import sys

import typer
from typer.exceptions import TyperException

from raymenu.commands import allocate, bench, bic, check, instances, simulate, small_market, solve, support, verify
from raymenu.commands.exits import EXIT_BAD_INPUT, EXIT_DONE
from raymenu.instances import InputError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Obviously strategy-proof task allocation by menus of polarized rays.",
)
VERBS = (solve, verify, check, support, bic, small_market, allocate, simulate, instances, bench)
for verb in VERBS:
    verb.add_to(app)


@app.callback()
def _raymenu() -> None:
    """Obviously strategy-proof task allocation by menus of polarized rays."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; bad input ends with one line on stderr and status 2, never with a traceback."""
    command = typer.main.get_command(app)
    try:
        status = command.main(args=arguments, prog_name="raymenu", standalone_mode=False)
    except InputError as fault:
        print(fault, file=sys.stderr)
        sys.exit(EXIT_BAD_INPUT)
    except TyperException as fault:
        print(" ".join(fault.format_message().split()), file=sys.stderr)
        sys.exit(EXIT_BAD_INPUT)
    sys.exit(status if isinstance(status, int) else EXIT_DONE)
