"""One rule, as a user writes it: a kind, whom and what it is about, a number or two, and a reason in words."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from raymenu.instances.errors import InputError
from raymenu.instances.fields import Name, Number
from raymenu.instances.text import quoted

Kind = Literal["cap", "floor", "licence", "fixed", "change", "equal", "linear"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_NEEDS: dict[str, tuple[str, ...]] = {
    "cap": ("at_most",),
    "floor": ("at_least",),
    "change": ("at_most",),
    "equal": ("groups",),
    "linear": ("terms",),
}
_TAKES: dict[str, tuple[str, ...]] = {
    "cap": ("agents", "tasks", "each", "at_most", "times"),
    "floor": ("agents", "tasks", "each", "at_least", "times"),
    "licence": ("agents", "tasks", "each"),
    "fixed": ("agents", "tasks", "each"),
    "change": ("agents", "tasks", "each", "at_most", "times"),
    "equal": ("tasks", "groups", "within"),
    "linear": ("terms", "each", "at_most", "at_least"),
}
_INSTEAD = {
    ("cap", "at_least"): "a floor has it",
    ("floor", "at_most"): "a cap has it",
    ("equal", "agents"): "its agents are named in groups",
    ("equal", "at_most"): "it is called within",
    ("linear", "agents"): "its agents are named in terms",
    ("linear", "tasks"): "its tasks are named in terms",
}


def _names(value: Any) -> Any:
    # One name may stand without its list.
    return (value,) if isinstance(value, str) and value != "all" else value


Names = Annotated[Literal["all"] | Annotated[tuple[str, ...], Field(min_length=1)], BeforeValidator(_names)]
Group = Annotated[tuple[str, ...], Field(min_length=1), BeforeValidator(lambda v: (v,) if isinstance(v, str) else v)]


class Rule(BaseModel):
    """A rule on the final assignment mu.

    | kind | says of the agents and tasks it names |
    |---|---|
    | ``cap`` | together they do at most ``at_most`` |
    | ``floor`` | together they do at least ``at_least`` |
    | ``licence`` | these agents may not do these tasks |
    | ``fixed`` | their status quo of these tasks stays as it is |
    | ``change`` | what is added and what is taken away sum to at most ``at_most``: ``sum |mu - sigma|`` |
    | ``equal`` | the totals of ``groups`` differ by at most ``within`` (0 by default) |
    | ``linear`` | ``sum coefficient * mu_agent(task)`` over ``terms`` is at most ``at_most``, at least ``at_least`` |

    Parameters
    ----------
    kind, name
        One of the kinds above, and what messages and reports call the rule.
    agents, tasks
        Names, or "all". A row of several ``copies`` is named once and stands for all of them.
    each
        One row for each agent (each copy), instead of one for their total. Of ``linear``: one for each agent named in
        the terms. A licence and a fixed part always hold for each agent.
    at_most, at_least
        Limits, in tasks.
    times
        Whether these are multiples of the status quo of the same agents and tasks.
    groups, within
        Of ``equal``: lists of agents, and how far their totals may be apart.
    terms
        Of ``linear``: ``[agent, task, coefficient]``, each "all" or a name; a coefficient counts for each copy.
    reason
        Why, in words: it stands beside the rule wherever the rule is shown.

    Raises
    ------
    InputError
        Where a field is missing, not one of this kind's, or not of its form.

    Examples
    --------
    >>> Rule("cap", "hips", tasks=["hip"], each=True, at_most=1.2, times=True).agents
    'all'
    >>> Rule("cap", "hips", tasks=["hip"], at_least=3)
    Traceback (most recent call last):
    ...
    raymenu.instances.errors.InputError: rule 'hips': at_least: a cap does not have it, a floor has it
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    name: Name
    agents: Names = "all"
    tasks: Names = "all"
    each: bool = False
    at_most: Number | None = None
    at_least: Number | None = None
    times: bool = False
    groups: Annotated[tuple[Group, ...], Field(min_length=2)] | None = None
    within: Annotated[Number, Field(ge=0)] | None = None
    terms: Annotated[tuple[tuple[str, str, Number], ...], Field(min_length=1)] | None = None
    reason: str = ""

    def __init__(self, kind: Any = None, name: Any = None, **fields: Any) -> None:
        given = {field: value for field, value in (("kind", kind), ("name", name)) if value is not None} | fields
        called = f"rule {quoted(name)}" if name else "a rule"
        try:
            super().__init__(**given)
        except ValidationError as fault:
            raise _fault(called, fault) from None
        self._check_fields()

    def _check_fields(self) -> None:
        called = f"rule {self.name!r}"
        for field in type(self).model_fields:
            if field in ("kind", "name", "reason", *_TAKES[self.kind]) or self._is_default(field):
                continue
            instead = _INSTEAD.get((self.kind, field), "leave it out")
            raise InputError(f"a {self.kind} does not have it, {instead}", field=f"{called}: {field}")
        for field in _NEEDS.get(self.kind, ()):
            if getattr(self, field) is None:
                raise InputError(f"a {self.kind} needs it: add it", field=f"{called}: {field}")
        if self.kind == "linear" and self.at_most is None and self.at_least is None:
            raise InputError("a linear rule needs at_most or at_least: add one", field=called)
        if self.at_most is not None and self.at_least is not None and self.at_least > self.at_most:
            raise InputError(
                f"at_least {self.at_least:g} is above at_most {self.at_most:g}: no assignment keeps both", field=called
            )

    def _is_default(self, field: str) -> bool:
        value = getattr(self, field)
        return bool(value == type(self).model_fields[field].default)

    def replicated(self, factor: int, alone: bool) -> Rule:
        """The rule for ``factor`` times the market: limits of totals grow with it, those of single agents stay.

        Parameters
        ----------
        alone
            Whether a total is about one agent without copies: then it holds for each of its copies.
        """
        if self.kind in ("licence", "fixed") or self.each:
            return self
        if alone:
            return self.model_copy(update={"each": True})
        limits = ("within",) if self.kind == "equal" else () if self.times else ("at_most", "at_least")
        given = {name: getattr(self, name) for name in limits}
        return self.model_copy(update={name: factor * limit for name, limit in given.items() if limit is not None})

    def __str__(self) -> str:
        return self.in_words()

    def in_words(self) -> str:
        """The rule in a sentence.

        Examples
        --------
        >>> print(Rule("cap", "hips", tasks=["hip"], each=True, at_most=1.2, times=True, reason="theatre time"))
        hips: each agent does at most 1.2 times the status quo of 'hip' (theatre time)
        """
        tasks = "all tasks" if self.tasks == "all" else _listed(self.tasks)
        agents = "all agents" if self.agents == "all" else _listed(self.agents)
        whom = agents if not self.each else ("each agent" if self.agents == "all" else f"each of {agents}")
        does = "does" if self.each or len(self.agents) == 1 else "together do"
        unit = " times the status quo of" if self.times else " of"
        match self.kind:
            case "cap":
                said = f"{whom} {does} at most {self.at_most:g}{unit} {tasks}"
            case "floor":
                said = f"{whom} {does} at least {self.at_least:g}{unit} {tasks}"
            case "licence":
                said = f"{agents}: none of {tasks}"
            case "fixed":
                said = f"{agents}: the status quo of {tasks} stays"
            case "change":
                said = f"{whom}: what changes of {tasks} sums to at most {self.at_most:g}"
                said += " times the status quo" if self.times else ""
            case "equal":
                said = f"totals of {tasks} of {' and '.join(f'({_listed(group)})' for group in self.groups or ())} "
                said += f"within {self.within:g}" if self.within else "are equal"
            case "linear":
                said = " + ".join(f"{c:g} {agent!r} {task!r}" for agent, task, c in self.terms or ())
                said += "" if self.at_least is None else f" at least {self.at_least:g}"
                said += "" if self.at_most is None else f" at most {self.at_most:g}"
                said += ", for each agent" if self.each else ""
        return f"{self.name}: {said}" + (f" ({self.reason})" if self.reason else "")


def _listed(names: tuple[str, ...] | str) -> str:
    return ", ".join(repr(name) for name in names)


def _fault(called: str, fault: ValidationError) -> InputError:
    import difflib

    error = min(fault.errors(), key=lambda item: item["type"] != "extra_forbidden")
    place = [part for part in error["loc"] if isinstance(part, int) or part in Rule.model_fields] or error["loc"]
    field = "".join(f"[{part}]" if isinstance(part, int) else str(part) for part in place)
    if field.startswith("terms["):
        problem = f"a term is [agent, task, coefficient], given {quoted(error['input'])}"
    elif error["type"] == "missing":
        problem = "is missing: add it" + (f", one of {', '.join(KINDS)}" if field == "kind" else "")
    elif error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(field, list(Rule.model_fields), n=1)
        problem = f"unknown field, did you mean {near[0]!r}?" if near else "unknown field, remove it"
    elif error["loc"][0] == "kind":
        near = difflib.get_close_matches(str(error["input"]), KINDS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"choose one of {', '.join(KINDS)}"
        problem = f"{quoted(error['input'])} is no kind of rule: {hint}"
    elif error["type"] == "too_short":
        problem = f"needs at least {error['ctx']['min_length']}, given {quoted(error['input'])}"
    elif isinstance(inner := error.get("ctx", {}).get("error"), InputError):
        problem = inner.problem
    else:
        message = error["msg"]
        problem = f"{message[:1].lower()}{message[1:]} (given: {quoted(error['input'])})"
    return InputError(problem, field=f"{called}: {field}")
