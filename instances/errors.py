"""The one exception for input that cannot be used: it names the place, the fault and the mend in one line."""

from __future__ import annotations

from collections.abc import Sequence

from raymenu.instances.text import printable

MOST_TOLD = 5
"""So many further mistakes are told in full; of the others, how many there are."""
LONGEST_PART = 600


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
    others
        Further mistakes in the same input, less important than this one.

    Examples
    --------
    >>> print(InputError("4 numbers needed, one a task, 3 given", field="agents[2].status_quo", source="mine.json"))
    mine.json: agents[2].status_quo: 4 numbers needed, one a task, 3 given
    """

    def __init__(
        self,
        problem: str,
        *,
        field: str | None = None,
        source: str | None = None,
        others: Sequence[InputError] = (),
    ) -> None:
        self.problem = printable(" ".join(problem.split()), LONGEST_PART)
        self.field = None if field is None else printable(field, LONGEST_PART // 3)
        self.source = None if source is None else printable(source, LONGEST_PART // 3)
        self.others = tuple(others)
        head = ": ".join(part for part in (self.source, self.field, self.problem) if part)
        super().__init__(head + _and(self.others))

    @classmethod
    def of_all(cls, faults: Sequence[InputError]) -> InputError:
        """Several mistakes as one error: the first is the most important.

        Examples
        --------
        >>> print(InputError.of_all([InputError("is missing: add it", field=name) for name in ("tasks", "agents")]))
        tasks: is missing: add it (and 1 more: agents: is missing: add it)
        """
        flat = [single for fault in faults for single in (fault, *fault.others)]
        first = flat[0]
        return cls(first.problem, field=first.field, source=first.source, others=[fault.alone() for fault in flat[1:]])

    def alone(self) -> InputError:
        """This mistake without the others."""
        return InputError(self.problem, field=self.field, source=self.source)

    def within(self, source: str) -> InputError:
        """The same fault, said of a file."""
        return InputError(self.problem, field=self.field, source=source, others=self.others)

    def __reduce__(self) -> tuple[object, tuple[str, str | None, str | None, tuple[InputError, ...]]]:
        # Keyword-only arguments do not survive the default pickling, and workers send their errors home.
        return _restore, (self.problem, self.field, self.source, self.others)


def _and(others: tuple[InputError, ...]) -> str:
    if not others:
        return ""
    told = "; ".join(str(fault) for fault in others[:MOST_TOLD])
    left = len(others) - MOST_TOLD
    return f" (and {len(others)} more: {told}{f'; and {left} like these' if left > 0 else ''})"


def _restore(problem: str, field: str | None, source: str | None, others: tuple[InputError, ...] = ()) -> InputError:
    return InputError(problem, field=field, source=source, others=others)
