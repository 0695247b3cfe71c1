"""The schema of an instance file: data only, every field checked, misspelt ones refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SerializeAsAny, ValidationError, model_validator

from raymenu.instances.errors import InputError
from raymenu.instances.fields import Name, NonNegative, Number, Positive, Text, WholeNumber
from raymenu.instances.preferences import KINDS, Preferences, preferences_from
from raymenu.instances.rules import CompiledRules, Rule, compile_rules
from raymenu.instances.rules.endowment import check_endowment
from raymenu.instances.text import plain_name, quoted
from raymenu.instances.validation import Place, input_error

CLEARING_TOLERANCE = 1e-9
"""Decimals do not sum exactly in binary: the status quo may miss a count by this share of it."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class TaskRecord(_Record):
    """One task type i: its name and n^i, the instances of it that must be assigned.

    A task can stand for money (section 1.2). ``transfer``: "burdensome" is money that agents pay, an ordinary task
    with positive cost; "payment" is money paid to agents, whose workload it lowers (its cost counts with the sign
    reversed), and it has no lower bound: a negative amount is paid by the agent. ``revenue``: "equal" keeps the total
    at the count; "at least" lets the designer collect more, or pay out less, than the count.
    """

    name: Name
    count: Positive
    transfer: Literal["burdensome", "payment"] | None = None
    revenue: Literal["equal", "at least"] = "equal"

    @model_validator(mode="after")
    def _check_revenue(self) -> TaskRecord:
        if self.transfer is None and self.revenue != "equal":
            raise InputError("is for transfers only: add transfer, or remove it", field="revenue")
        return self


class AgentRecord(_Record):
    """One row j: pi_j, sigma_j, preferences, and optionally beta_j, eta_j (default sigma_j) and copies."""

    name: Name
    performance: tuple[Number, ...]
    status_quo: tuple[NonNegative, ...]
    preferences: SerializeAsAny[Annotated[Preferences, BeforeValidator(preferences_from)]]
    slack: Annotated[Number, Field(ge=1)] = 1.0
    endowment: tuple[NonNegative, ...] | None = None
    copies: WholeNumber = 1


class InstanceRecord(_Record):
    """A whole instance file."""

    name: Name
    source: Text
    tasks: tuple[TaskRecord, ...] = Field(min_length=2)
    agents: tuple[AgentRecord, ...] = Field(min_length=1)
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _check_whole(self) -> InstanceRecord:
        # A whole can only be asked of parts that fit: stop at the first kind of mistake, and tell all of that kind.
        for kind in (self._names, self._lengths, self._sums, self._payments):
            faults = list(kind())
            if faults:
                raise InputError.of_all(faults)
        self.check_rules()
        return self

    def _names(self) -> Iterator[InputError]:
        for field, names in (("tasks", [t.name for t in self.tasks]), ("agents", [a.name for a in self.agents])):
            seen: dict[str, int] = {}
            for k, name in enumerate(names):
                other = names[seen.setdefault(plain_name(name), k)]
                if seen[plain_name(name)] != k:
                    alike = "is given twice" if other == name else f"differs from {quoted(other)} in blanks only"
                    yield InputError(
                        f"the name {quoted(name)} {alike}: make names different", field=f"{field}[{k}].name"
                    )

    def _lengths(self) -> Iterator[InputError]:
        tasks = len(self.tasks)
        for j, agent in enumerate(self.agents):
            rows = {"performance": agent.performance, "status_quo": agent.status_quo, "endowment": agent.endowment}
            for field, row in rows.items():
                if row is not None and len(row) != tasks:
                    yield InputError(
                        f"{tasks} numbers needed, one per task, {len(row)} given", field=f"agents[{j}].{field}"
                    )
            if agent.preferences.n_tasks != tasks:
                yield InputError(
                    f"costs for {agent.preferences.n_tasks} tasks, the instance has {tasks}: give one per task",
                    field=f"agents[{j}].preferences",
                )

    def compiled_rules(self) -> CompiledRules:
        """The rules as linear rows.

        Raises
        ------
        InputError
            Where a rule names what is not there.
        """
        status_quo = np.array([agent.status_quo for agent in self.agents])
        copies = np.array([agent.copies for agent in self.agents], dtype=np.int64)
        names = [agent.name for agent in self.agents], [task.name for task in self.tasks]
        return compile_rules(self.rules, *names, status_quo, copies)

    def check_rules(self) -> None:
        """Refuse rules that do not fit, or that the endowment does not keep."""
        for k, rule in enumerate(self.rules):
            if rule.name in [other.name for other in self.rules[:k]]:
                raise InputError(f"two rules are called {rule.name!r}: make names different", field=f"rules[{k}].name")
        if not self.rules:
            return
        endowment = np.array([agent.endowment or agent.status_quo for agent in self.agents])
        counts = np.array([task.count for task in self.tasks])
        names = [agent.name for agent in self.agents], [task.name for task in self.tasks]
        check_endowment(self.compiled_rules(), *names, endowment, counts)

    def _payments(self) -> Iterator[InputError]:
        for i, task in enumerate(self.tasks):
            if task.transfer != "payment":
                continue
            if len({agent.performance[i] for agent in self.agents}) > 1:
                yield InputError(
                    f"{quoted(task.name)} is a payment without a lower bound, so a unit must cost the designer the "
                    "same from whomever it comes: give every agent the same number there",
                    field=f"agents[*].performance[{i}]",
                )
            if any(agent.slack != 1 for agent in self.agents):
                yield InputError(
                    f"slack is a multiple of a workload, which {quoted(task.name)} (a payment) may make negative: "
                    "leave slack at 1",
                    field="agents[*].slack",
                )

    def _sums(self) -> Iterator[InputError]:
        copies = np.array([agent.copies for agent in self.agents], dtype=np.float64)
        for field in ("status_quo", "endowment"):
            totals = copies @ np.array([getattr(agent, field) or agent.status_quo for agent in self.agents])
            for i, task in enumerate(self.tasks):
                if abs(totals[i] - task.count) > CLEARING_TOLERANCE * task.count:
                    yield InputError(
                        f"agents hold {totals[i]:.12g} of task {quoted(task.name)} together (copies counted) but its "
                        f"count is {task.count:.12g}: make tasks[{i}].count and the column sum equal",
                        field=f"agents[*].{field}[{i}]",
                    )


def check_document(document: Any) -> InstanceRecord:
    """An instance from the data of its file, whatever they are; see ``check``."""
    if not isinstance(document, dict):
        raise InputError("an instance is a JSON object with name, source, tasks and agents")
    return check(document)


def check(data: dict[str, Any]) -> InstanceRecord:
    """An instance from a dictionary.

    Raises
    ------
    InputError
        One line naming the field and the mend; several mistakes are told together.
    """
    try:
        return InstanceRecord.model_validate(data)
    except ValidationError as fault:
        raise input_error(fault, _known_fields) from None


def _known_fields(place: Place) -> list[str]:
    if "preferences" in place:
        return sorted({name for kind in KINDS.values() for name in kind.model_fields})
    records: dict[int | str, type[BaseModel]] = {"tasks": TaskRecord, "agents": AgentRecord, "rules": Rule}
    return list((records.get(place[0], InstanceRecord) if len(place) > 1 else InstanceRecord).model_fields)
