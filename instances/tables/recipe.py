"""What an instance is made from: tables in files and how to read them, as the options of ``raymenu new``."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from raymenu.instances.errors import InputError
from raymenu.instances.rules import read_rules
from raymenu.instances.tables.assembling import assemble
from raymenu.instances.tables.building import BuiltInstance, Meaning
from raymenu.instances.tables.costs import Incomplete
from raymenu.instances.tables.grid import Grid
from raymenu.instances.tables.numbers import Decimal
from raymenu.instances.tables.reading import read_grid

BOX = "0.5..2"
WORDS_IN_A_FILE = (".txt", ".md")


@dataclass(frozen=True)
class TableRecipe:
    """Tables and options.

    Attributes
    ----------
    performance, status_quo, costs, cases, rules
        Files, CSV or XLSX.
    performance_is
        "cost" or "score".
    preferences
        ``LOW..HIGH``, or a file with columns lower and upper.
    incomplete, copies, shrink, decimal
        As the options of ``raymenu new``.
    name
        Of the instance.
    source
        Where the numbers are from: words, or a .txt or .md file of them.
    """

    performance: str
    performance_is: Meaning
    status_quo: str
    preferences: str = BOX
    costs: str | None = None
    incomplete: Incomplete = "refuse"
    copies: str | None = None
    cases: str | None = None
    shrink: str | None = None
    rules: str | None = None
    decimal: Decimal | None = None
    name: str | None = None
    source: str | None = None

    def command(self) -> str:
        """The command that makes the instance, wherever it is then written.

        Examples
        --------
        >>> TableRecipe("p.csv", "cost", "q.csv", costs="our costs.csv").command()
        "raymenu new --performance p.csv --performance-is cost --status-quo q.csv --costs 'our costs.csv'"
        """
        chosen = {
            "name": self.name,
            "performance": self.performance,
            "performance-is": self.performance_is,
            "status-quo": self.status_quo,
            "preferences": None if self.costs else self.preferences,
            "costs": self.costs,
            "incomplete": None if self.incomplete == "refuse" else self.incomplete,
            "copies": self.copies,
            "shrink": self.shrink,
            "cases": self.cases,
            "rules": self.rules,
            "decimal": self.decimal,
            "source": self.source if self._words_in_a_file else None,
        }
        options = [part for option, value in chosen.items() if value is not None for part in (f"--{option}", value)]
        return shlex.join(["raymenu", "new", *options])

    def build(self, folder: Path | None = None, name: str = "mine") -> BuiltInstance:
        """The instance, and what was assumed.

        Parameters
        ----------
        folder
            Where relative paths start; by default the current folder.
        name
            Of the instance, where the recipe gives none.

        Raises
        ------
        InputError
            Naming file, row, column and mend.
        """
        place = folder or Path()
        read: dict[str, Grid] = {}

        def grid(file: str) -> Grid:
            if file not in read:
                read[file] = read_grid(file, folder)
            return read[file]

        built = assemble(
            grid(self.performance),
            grid(self.status_quo),
            self.performance_is,
            grid(self.costs) if self.costs is not None else _box(self.preferences) or grid(self.preferences),
            incomplete=self.incomplete,
            copies=self.copies,
            cases=None if self.cases is None else grid(self.cases),
            shrink=self.shrink,
            decimal=self.decimal,
            name=self.name or name,
            source=" ".join([*self._words(place).split(), f"Made by `{self.command()}`."]),
        )
        return built if self.rules is None else self._ruled(built, folder)

    def _ruled(self, built: BuiltInstance, folder: Path | None) -> BuiltInstance:
        rules = read_rules(str(self.rules), folder)
        try:
            inst = built.instance.with_rules(rules)
        except InputError as fault:
            raise fault.within(str(self.rules)) from None
        return BuiltInstance(inst, (*built.notes, *(f"rule {rule}" for rule in rules)))

    @property
    def _words_in_a_file(self) -> bool:
        return self.source is not None and self.source.lower().endswith(WORDS_IN_A_FILE)

    def _words(self, folder: Path) -> str:
        if self.source is None or not self._words_in_a_file:
            return self.source or ""
        try:
            return (folder / self.source).read_text(encoding="utf-8-sig")
        except (OSError, ValueError) as fault:
            reason = getattr(fault, "strerror", None) or fault
            raise InputError(f"cannot be read as text ({reason}): check the file", source=self.source) from None


def _box(text: str) -> tuple[float, float] | None:
    low, dots, high = text.partition("..")
    try:
        return (float(low), float(high)) if dots else None
    except ValueError:
        return None
