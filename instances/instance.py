"""An instance: what is given, as arrays (sections 1 and 4.1 of the paper)."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from raymenu.instances.errors import InputError
from raymenu.instances.files import json_text
from raymenu.instances.finite_types import FiniteTypes
from raymenu.instances.preferences import Preferences
from raymenu.instances.rules import CompiledRules, Rule
from raymenu.instances.schema import InstanceRecord, check
from raymenu.instances.shown import Shown

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Instance(Shown):
    """A task-allocation problem.

    | symbol | attribute | shape | meaning |
    |---|---|---|---|
    | n^i | ``counts`` | (I,) | instances of task i that must be assigned |
    | pi_j(i) | ``performance`` | (J, I) | social cost of one task i done by j |
    | sigma_j | ``status_quo`` | (J, I) | expected assignment j may insist on |
    | eta_j | ``endowment`` | (J, I) | where j's trading sets start |
    | beta_j | ``slack`` | (J,) | participation slack, >= 1 |
    | | ``copies`` | (J,) | row j stands for that many agents alike in all but their drawn types |

    ``sum_j copies_j status_quo_j = counts``, and likewise for the endowment.

    An endowment other than the status quo separates incentives from participation (section 1.1): menus start there, and
    types may be worse off than with sigma, see ``raymenu.mechanisms.participation``. The slack beta enters program (1),
    full information and constant mechanisms; menus and the large market leave it unused.

    Examples
    --------
    >>> import raymenu
    >>> inst = raymenu.load("anaesthesia")
    >>> inst.n_agents, inst.n_tasks
    (5, 4)
    >>> inst.with_copies(10).counts.tolist()
    [180.0, 190.0, 50.0, 30.0]
    """

    record: InstanceRecord
    file: str | None = field(default=None)

    def summary(self) -> str:
        """Its size, and what the status quo costs."""
        return (
            f"{self.name}: {self.n_tasks} tasks, {self.n_agents} rows, {int(self.copies.sum())} agents; the status quo "
            f"costs {self.status_quo_cost:.6g}"
        )

    def to_frame(self) -> pd.DataFrame:
        """One line for each row and task: performance, status quo and endowment."""
        import pandas as pd

        lines = pd.MultiIndex.from_product([self.agents, self.tasks], names=["agent", "task"])
        columns = {"performance": self.performance, "status_quo": self.status_quo, "endowment": self.endowment}
        return pd.DataFrame({name: x.ravel() for name, x in columns.items()}, index=lines).reset_index()

    @property
    def name(self) -> str:
        """The instance's name."""
        return self.record.name

    @property
    def source(self) -> str:
        """Citation, and how the numbers were made."""
        return self.record.source

    @property
    def tasks(self) -> list[str]:
        """Names of the tasks."""
        return [task.name for task in self.record.tasks]

    @property
    def agents(self) -> list[str]:
        """Names of the agents."""
        return [agent.name for agent in self.record.agents]

    @property
    def n_tasks(self) -> int:
        """I."""
        return len(self.record.tasks)

    @property
    def n_agents(self) -> int:
        """J, the rows; ``copies`` says how many agents each stands for."""
        return len(self.record.agents)

    @cached_property
    def counts(self) -> Floats:
        """n, (I,)."""
        return _frozen([task.count for task in self.record.tasks])

    @cached_property
    def performance(self) -> Floats:
        """pi, (J, I)."""
        return _frozen([agent.performance for agent in self.record.agents])

    @cached_property
    def status_quo(self) -> Floats:
        """sigma, (J, I)."""
        return _frozen([agent.status_quo for agent in self.record.agents])

    @cached_property
    def endowment(self) -> Floats:
        """eta, (J, I)."""
        return _frozen([agent.endowment or agent.status_quo for agent in self.record.agents])

    @cached_property
    def slack(self) -> Floats:
        """beta, (J,)."""
        return _frozen([agent.slack for agent in self.record.agents])

    @cached_property
    def copies(self) -> NDArray[np.int64]:
        """How many agents each row stands for, (J,)."""
        return np.array([agent.copies for agent in self.record.agents], dtype=np.int64)

    @cached_property
    def agent_rows(self) -> NDArray[np.int64]:
        """The row of each single agent, (sum of copies,): row 0's copies first, then row 1's, ..."""
        return np.repeat(np.arange(self.n_agents), self.copies)

    @cached_property
    def single_agents(self) -> list[str]:
        """Names of the single agents, in the order of ``agent_rows``: a row's copies are numbered.

        Examples
        --------
        >>> import raymenu
        >>> raymenu.load("two_task_ratio").with_copies(2).single_agents
        ['agent 1 #1', 'agent 1 #2', 'agent 2 #1', 'agent 2 #2']
        """
        names: list[str] = []
        for name, copies in zip(self.agents, self.copies.tolist()):
            names += [name] if copies == 1 else [f"{name} #{n}" for n in range(1, copies + 1)]
        return names

    @cached_property
    def cost_signs(self) -> Floats:
        """(I,), -1 for payments to agents, whose cost counts with the sign reversed, and 1 for all other tasks."""
        return _frozen([-1.0 if task.transfer == "payment" else 1.0 for task in self.record.tasks])

    @cached_property
    def clearing_senses(self) -> list[str]:
        """Each total against its count: "==", but for transfers with revenue "at least" ">=" (money that
        agents pay) or "<=" (money paid to them)."""
        return [
            "==" if task.revenue == "equal" else "<=" if task.transfer == "payment" else ">="
            for task in self.record.tasks
        ]

    @property
    def burdens_only(self) -> bool:
        """Whether every task is a burden in fixed supply: no payments to agents, no revenue left open."""
        return bool((self.cost_signs > 0).all()) and set(self.clearing_senses) == {"=="}

    def require_burdens(self, what: str) -> None:
        """Refuse payments to agents and open revenue where only tasks that burden, in fixed supply, are understood.

        Raises
        ------
        InputError
            Naming the task.
        """
        for i, task in enumerate(self.record.tasks):
            if task.transfer == "payment" or task.revenue != "equal":
                raise InputError(
                    f"{what} is understood for burdensome tasks in fixed supply; for {task.name!r} the theory is not "
                    "settled (section 1.2): use first best, full information, BIC or EOPR, or make it burdensome with "
                    "revenue equal",
                    field=f"tasks[{i}].transfer",
                )

    @property
    def preferences(self) -> list[Preferences]:
        """The distribution of c_j, one a row."""
        return [agent.preferences for agent in self.record.agents]

    @property
    def endowment_cost(self) -> float:
        """Social cost of the endowments, ``sum_j copies_j pi_j . eta_j``: EOPR never costs more."""
        return float(self.copies @ (self.performance * self.endowment).sum(axis=1))

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Rules on the final assignment, beside market clearing and consent."""
        return self.record.rules

    @cached_property
    def compiled_rules(self) -> CompiledRules:
        """The rules as linear rows, the form that every program reads."""
        return self.record.compiled_rules()

    def with_rules(self, rules: Sequence[Rule | Mapping[str, Any]]) -> Instance:
        """The same with these rules, in place of its own.

        Raises
        ------
        InputError
            Where a rule names an agent or a task that is not there, or the endowment does not keep it.

        Examples
        --------
        >>> import raymenu
        >>> inst = raymenu.load("anaesthesia")
        >>> steady = raymenu.Rule("change", "steady", each=True, at_most=0.2, times=True)
        >>> len(inst.with_rules([steady]).compiled_rules)
        5
        """
        made = tuple(rule if isinstance(rule, Rule) else Rule(**rule) for rule in rules)
        record = self.record.model_copy(update={"rules": made})
        record.check_rules()
        return replace(self, record=record)

    @property
    def status_quo_cost(self) -> float:
        """sum_j copies_j pi_j . sigma_j, the social cost of leaving all as it is."""
        return float(self.copies @ (self.performance * self.status_quo).sum(axis=1))

    def types(self, size: int = 200, seed: int = 0) -> list[FiniteTypes]:
        """One ``FiniteTypes`` a row; rows with equal preferences share one object, and so one S_j."""
        made: dict[Preferences, FiniteTypes] = {}
        for preferences in self.preferences:
            if preferences not in made:
                made[preferences] = preferences.discretize(size, seed=seed)
        return [made[preferences] for preferences in self.preferences]

    @cached_property
    def starts_at_status_quo(self) -> bool:
        """Whether trading starts where agents stand: eta = sigma."""
        return bool((self.endowment == self.status_quo).all())

    def from_status_quo(self) -> Instance:
        """The same instance with trading sets that start at the status quo: eta = sigma.

        Examples
        --------
        >>> import raymenu
        >>> moved = raymenu.load("moved_endowment")
        >>> moved.starts_at_status_quo, moved.from_status_quo().starts_at_status_quo
        (False, True)
        """
        agents = tuple(agent.model_copy(update={"endowment": None}) for agent in self.record.agents)
        return replace(self, record=self.record.model_copy(update={"agents": agents}))

    def with_copies(self, factor: int) -> Instance:
        """The N-replica economy (section 4.3): ``factor`` times the copies, the counts and the limits of totals."""
        if factor < 1:
            raise InputError(f"{factor} copies asked for: give a whole number of at least 1", field="copies")
        agents = tuple(agent.model_copy(update={"copies": agent.copies * factor}) for agent in self.record.agents)
        tasks = tuple(task.model_copy(update={"count": task.count * factor}) for task in self.record.tasks)
        rules = self.compiled_rules.replicated(factor) if self.rules else ()
        return replace(self, record=self.record.model_copy(update={"agents": agents, "tasks": tasks, "rules": rules}))

    @classmethod
    def from_frames(
        cls,
        performance: Any,
        status_quo: Any,
        performance_is: Literal["cost", "score"] = "cost",
        preferences: Any = (0.5, 2.0),
        counts: Any = None,
        copies: Any = None,
        slack: Any = None,
        name: str = "mine",
        source: str = "",
    ) -> Instance:
        """An instance from pandas data frames, matched by the names of agents and tasks, never by position.

        Parameters
        ----------
        performance, status_quo
            Agents x tasks, names in the index (or first column) and the columns; or long, a row for each agent and
            task. ``performance`` is pi, the social cost of one task; ``status_quo`` is sigma, how many tasks an agent
            does today.
        performance_is
            "score" where more is better: 1 - score is the cost of scores between 0 and 1, else the best score less
            the score.
        preferences
            (low, high), costs uniform on that range for every agent and task; or a frame with columns ``lower`` and
            ``upper``, an agent a row, or long, with a ``task`` column; or a frame of stated costs, respondents x tasks,
            each equally likely for every agent.
        counts
            n by task (a dict or Series), only to check: it must be what agents do today.
        copies, slack
            By agent (a dict or Series), or a number for all; ``copies`` may name a column of one of the two tables.
            ``status_quo`` is that of each copy.
        name, source
            As in ``Instance``; what was assumed is added to the source, and logged under ``raymenu.tables``.

        Raises
        ------
        InputError
            One line naming table, row, column and mend.

        Examples
        --------
        >>> import pandas as pd
        >>> rates = pd.DataFrame({"hip": [0.04, 0.09], "knee": [0.08, 0.02]}, index=["Dr Lee", "Dr Ray"])
        >>> today = pd.DataFrame({"knee": [6, 10], "hip": [10, 6]}, index=["Dr Ray", "Dr Lee"])
        >>> inst = Instance.from_frames(rates, today)
        >>> inst.tasks, inst.counts.tolist(), inst.status_quo[0].tolist()
        (['hip', 'knee'], [16.0, 16.0], [6.0, 10.0])
        """
        # pandas takes half a second to import: only those who have data frames wait for it.
        from raymenu.instances.tables.assembling import from_frames

        built = from_frames(performance, status_quo, performance_is, preferences, counts, copies, slack, name, source)
        for note in built.notes:
            logging.getLogger("raymenu.tables").info(note)
        return built.instance

    def to_dict(self) -> dict[str, Any]:
        """The instance as the JSON object that ``load`` reads; fields at their default are left out."""
        data: dict[str, Any] = self.record.model_dump(mode="json", exclude_defaults=True)
        for agent, record in zip(data["agents"], self.record.agents):
            agent["preferences"]["kind"] = record.preferences.model_dump()["kind"]
        return data

    def to_json(self) -> str:
        """``to_dict`` as text, every list of numbers on one line."""
        text = json_text(self.to_dict())
        return re.sub(r"\[\n[^\[\]{}\"]*\]", lambda found: json.dumps(json.loads(found.group())), text)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON: equal instances, equal digests."""
        canonical = json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


def make_instance(
    name: str,
    source: str,
    *,
    counts: Sequence[float] | Floats,
    performance: Sequence[Sequence[float]] | Floats,
    status_quo: Sequence[Sequence[float]] | Floats,
    preferences: Sequence[Preferences],
    tasks: Sequence[str] | None = None,
    agents: Sequence[str] | None = None,
    copies: Sequence[int] | None = None,
    slack: Sequence[float] | None = None,
    endowment: Sequence[Sequence[float]] | Floats | None = None,
    transfers: Mapping[int, Literal["burdensome", "payment"]] | None = None,
    revenue: Mapping[int, Literal["equal", "at least"]] | None = None,
    rules: Sequence[Rule] = (),
) -> Instance:
    """Build an instance from arrays, with the same checks as a file.

    Parameters
    ----------
    counts
        n, (I,).
    performance, status_quo, endowment
        pi, sigma, eta, each (J, I); endowment defaults to status_quo.
    preferences
        One a row.
    copies, slack
        (J,), 1 by default.
    transfers, revenue
        By task number, which tasks stand for money and how their total stands to the count: see ``TaskRecord``.
    rules
        On the final assignment; the endowment keeps them.

    Raises
    ------
    InputError
        With the field and the mend.
    """
    n_agents, n_tasks = np.shape(performance)
    records = []
    for j in range(n_agents):
        record: dict[str, Any] = {
            "name": agents[j] if agents else f"agent {j + 1}",
            "performance": np.asarray(performance)[j].tolist(),
            "status_quo": np.asarray(status_quo)[j].tolist(),
            "preferences": preferences[j],
        }
        if copies is not None:
            record["copies"] = int(copies[j])
        if slack is not None:
            record["slack"] = float(slack[j])
        if endowment is not None:
            record["endowment"] = np.asarray(endowment)[j].tolist()
        records.append(record)
    named = tasks or [f"task {i + 1}" for i in range(n_tasks)]
    counted: list[dict[str, Any]] = [{"name": task, "count": float(n)} for task, n in zip(named, np.asarray(counts))]
    for mark_name, marks in (("transfer", transfers), ("revenue", revenue)):
        for i, mark in (marks or {}).items():
            counted[i][mark_name] = mark
    return Instance(check({"name": name, "source": source, "tasks": counted, "agents": records, "rules": rules}))


def _frozen(values: Any) -> Floats:
    array = np.array(values, dtype=np.float64)
    array.setflags(write=False)
    return array
