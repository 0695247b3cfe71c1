"""The schema of an instance file: data only, every field checked, misspelt ones refused."""

from __future__ import annotations

import difflib
import json
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    SerializeAsAny,
    ValidationError,
    model_validator,
)

from raymenu.instances.errors import InputError
from raymenu.instances.preferences import KINDS, Preferences, preferences_from
from raymenu.instances.rules import CompiledRules, Rule, compile_rules
from raymenu.instances.rules.endowment import check_endowment

NonNegative = Annotated[FiniteFloat, Field(ge=0)]
Positive = Annotated[FiniteFloat, Field(gt=0)]
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

    name: str = Field(min_length=1)
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

    name: str = Field(min_length=1)
    performance: tuple[FiniteFloat, ...]
    status_quo: tuple[NonNegative, ...]
    preferences: SerializeAsAny[Annotated[Preferences, BeforeValidator(preferences_from)]]
    slack: Annotated[FiniteFloat, Field(ge=1)] = 1.0
    endowment: tuple[NonNegative, ...] | None = None
    copies: int = Field(default=1, ge=1)


class InstanceRecord(_Record):
    """A whole instance file."""

    name: str = Field(min_length=1)
    source: str = Field(min_length=1)
    tasks: tuple[TaskRecord, ...] = Field(min_length=2)
    agents: tuple[AgentRecord, ...] = Field(min_length=1)
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _check_whole(self) -> InstanceRecord:
        _unique("tasks", [task.name for task in self.tasks])
        _unique("agents", [agent.name for agent in self.agents])
        tasks = len(self.tasks)
        for j, agent in enumerate(self.agents):
            rows = {"performance": agent.performance, "status_quo": agent.status_quo, "endowment": agent.endowment}
            for field, row in rows.items():
                if row is not None and len(row) != tasks:
                    raise InputError(
                        f"{tasks} numbers needed, one a task, {len(row)} given", field=f"agents[{j}].{field}"
                    )
            if agent.preferences.n_tasks != tasks:
                raise InputError(
                    f"costs for {agent.preferences.n_tasks} tasks, the instance has {tasks}: give one a task",
                    field=f"agents[{j}].preferences",
                )
        for field in ("status_quo", "endowment"):
            self._check_sums(field)
        self._check_payments()
        self.check_rules()
        return self

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

    def _check_payments(self) -> None:
        for i, task in enumerate(self.tasks):
            if task.transfer != "payment":
                continue
            if len({agent.performance[i] for agent in self.agents}) > 1:
                raise InputError(
                    f"{task.name!r} is a payment without a lower bound, so a unit must cost the designer the same "
                    "from whomever it comes: give every agent the same number there",
                    field=f"agents[*].performance[{i}]",
                )
            if any(agent.slack != 1 for agent in self.agents):
                raise InputError(
                    f"slack is a multiple of a workload, which {task.name!r} (a payment) may make negative: "
                    "leave slack at 1",
                    field="agents[*].slack",
                )

    def _check_sums(self, field: str) -> None:
        rows = [getattr(agent, field) or agent.status_quo for agent in self.agents]
        totals = np.array([agent.copies for agent in self.agents]) @ np.array(rows)
        for i, task in enumerate(self.tasks):
            if abs(totals[i] - task.count) > CLEARING_TOLERANCE * task.count:
                raise InputError(
                    f"agents hold {totals[i]:.12g} of task {task.name!r} together (copies counted) but its count is "
                    f"{task.count:.12g}: make tasks[{i}].count and the column sum equal",
                    field=f"agents[*].{field}[{i}]",
                )


def parse(text: str) -> InstanceRecord:
    """Read an instance from JSON text.

    Raises
    ------
    InputError
        One line naming the field and the mend.
    """
    if not text.strip():
        raise InputError("the file is empty: write an instance as JSON into it")
    try:
        data = json.loads(text, object_pairs_hook=_refuse_duplicates)
    except json.JSONDecodeError as fault:
        raise InputError(f"not JSON ({fault.msg}, line {fault.lineno}, column {fault.colno}): mend it there") from None
    if not isinstance(data, dict):
        raise InputError("an instance is a JSON object with name, source, tasks and agents")
    return check(data)


def check(data: dict[str, Any]) -> InstanceRecord:
    """An instance from a dictionary; ``InputError`` names the field and the mend."""
    try:
        return InstanceRecord.model_validate(data)
    except ValidationError as fault:
        raise _first_fault(fault) from None


def _first_fault(fault: ValidationError) -> InputError:
    # Misspelt fields first: the "missing" fault they bring along would send the reader the wrong way.
    error = min(fault.errors(), key=lambda item: item["type"] != "extra_forbidden")
    place = error["loc"]
    field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
    if error["type"] == "missing":
        return InputError("is missing: add it", field=field)
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(place[-1]), _known_fields(place), n=1)
        mend = f"did you mean {near[0]!r}?" if near else "remove it"
        return InputError(f"unknown field, {mend}", field=field)
    inner = error.get("ctx", {}).get("error")
    if isinstance(inner, InputError):
        between = ", " if field.startswith("rules") else "."
        return InputError(inner.problem, field=between.join(part for part in (field, inner.field) if part))
    message = error["msg"].removeprefix("Value error, ")
    given = error.get("input")
    shown = f" (given: {given!r})" if isinstance(given, str | int | float | None) else ""
    return InputError(f"{message[:1].lower()}{message[1:]}{shown}", field=field)


def _known_fields(place: tuple[int | str, ...]) -> list[str]:
    if "preferences" in place:
        return sorted({name for kind in KINDS.values() for name in kind.model_fields})
    records: dict[int | str, type[BaseModel]] = {"tasks": TaskRecord, "agents": AgentRecord, "rules": Rule}
    return list(records.get(place[0], InstanceRecord).model_fields)


def _unique(field: str, names: list[str]) -> None:
    for k, name in enumerate(names):
        if name in names[:k]:
            raise InputError(f"the name {name!r} is given twice: make names different", field=f"{field}[{k}].name")


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            raise InputError("is given twice in one object: keep one", field=key)
        seen[key] = value
    return seen
