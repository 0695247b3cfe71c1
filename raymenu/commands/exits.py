"""Exit statuses of the command line."""

EXIT_DONE = 0
EXIT_FAILED = 1
"""A check did not hold."""
EXIT_BAD_INPUT = 2
EXIT_LIMIT = 3
"""Stopped at a limit or by an interrupt, with what it has written out."""
