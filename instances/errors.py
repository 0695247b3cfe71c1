"""The one exception for input that cannot be used: it names the place, the fault and the mend in one line."""

from __future__ import annotations


class InputError(ValueError):
    """Input that cannot be used, said in one line.

    Parameters
    ----------
    problem
        What is wrong and how to mend it, without a full stop.
    field
        The argument or the path inside a file, e.g. ``agents[2].status_quo``.
    source
        The file, where there is one.

    Examples
    --------
    >>> print(InputError("4 numbers needed, one a task, 3 given", field="agents[2].status_quo", source="mine.json"))
    mine.json: agents[2].status_quo: 4 numbers needed, one a task, 3 given
    """

    def __init__(self, problem: str, *, field: str | None = None, source: str | None = None) -> None:
        self.problem = " ".join(problem.split())
        self.field = field
        self.source = source
        super().__init__(": ".join(part for part in (source, field, self.problem) if part))

    def within(self, source: str) -> InputError:
        """The same fault, said of a file."""
        return InputError(self.problem, field=self.field, source=source)

    def __reduce__(self) -> tuple[object, tuple[str, str | None, str | None]]:
        # Keyword-only arguments do not survive the default pickling, and workers send their errors home.
        return _restore, (self.problem, self.field, self.source)


def _restore(problem: str, field: str | None, source: str | None) -> InputError:
    return InputError(problem, field=field, source=source)
