"""Rules compile to rows that say what their words say, and are refused in one line where they cannot hold."""

import json

import numpy as np
import pytest
from random_instances import random_instance
from random_rules import literal_excess, random_rules

import raymenu
from raymenu import InputError, Rule


@pytest.fixture
def inst():
    return raymenu.load("anaesthesia")


@pytest.mark.parametrize("seed", range(60))
def test_rows_say_what_the_words_say(seed):
    rng = np.random.default_rng(seed)
    plain = random_instance(rng, copies=3 if seed % 2 else 1, agents=int(rng.integers(1, 5)))
    inst = plain.with_rules(random_rules(rng, plain, 8))
    rules = inst.compiled_rules
    several = rng.uniform(0, 3, (5, inst.agent_rows.size, inst.n_tasks))
    found = rules.excess(several)
    for p, assignment in enumerate(several):
        for k, rule in enumerate(inst.rules):
            mine = [r for r, row in enumerate(rules.rows) if row.rule == k]
            assert np.isclose(found[p, mine].max(), literal_excess(inst, rule, assignment), atol=1e-12)
    endowment = rules.excess(inst.endowment[inst.agent_rows])
    assert (endowment <= 1e-9 * rules.scales).all()
    over = rules.bodies(inst.endowment) - rules.limits
    signed = [{"<=": o, ">=": -o, "==": abs(o)}[row.sense] for o, row in zip(over, rules.rows)]
    assert np.allclose(signed, endowment)


@pytest.mark.parametrize("seed", range(20))
def test_replicas_keep_scaled_limits(seed):
    rng = np.random.default_rng(seed)
    plain = random_instance(rng, copies=2, agents=3)
    inst = plain.with_rules(random_rules(rng, plain, 6))
    market = inst.with_copies(3)
    rows = inst.compiled_rules.rows
    # All copies of an agent hold the same: totals grow with the market, single agents stay.
    assignment = rng.uniform(0, 3, (inst.n_agents, inst.n_tasks))
    before = inst.compiled_rules.excess(assignment[inst.agent_rows])
    after = market.compiled_rules.excess(assignment[market.agent_rows])
    assert len(market.compiled_rules) == len(rows)
    assert np.allclose(after, [b * (1 if row.agent is not None else 3) for b, row in zip(before, rows)])


def test_files_keep_rules(tmp_path, inst):
    rules = [
        Rule("cap", "hips", tasks=["good"], each=True, at_most=1.5, times=True, reason="theatre time"),
        Rule("equal", "even", groups=[["anaesthetist 1"], ["anaesthetist 2"]], within=2),
        Rule("linear", "hours", terms=[["all", "good", 1.5], ["all", "fair", 1]], each=True, at_most=10),
        Rule("licence", "none", agents=["anaesthetist 1"], tasks=["good"]),
    ]
    made = inst.with_rules(rules[:3])
    path = tmp_path / "mine.json"
    path.write_text(made.to_json())
    again = raymenu.load(path)
    assert again.rules == made.rules and again.digest == made.digest != inst.digest
    assert inst.with_rules([]).digest == inst.digest
    path.write_text(json.dumps(inst.to_dict() | {"rules": [rules[3].model_dump()]}))
    with pytest.raises(InputError, match=r"mine.json.*'none'.*'anaesthetist 1'"):
        raymenu.load(path)


def test_a_total_of_one_agent_is_its_own(inst):
    alone = inst.with_rules([Rule("cap", "one", agents="anaesthetist 2", at_most=12)])
    assert alone.compiled_rules.rows[0].agent == 1
    assert alone.with_copies(2).rules[0].each
    assert (
        inst.with_copies(2).with_rules([Rule("cap", "two", agents="anaesthetist 2", at_most=24)]).compiled_rules.joint
    )


BAD = {
    "kind": ({"kind": "cp"}, "did you mean 'cap'"),
    "no kind": ({"kind": None}, "kind"),
    "no name": ({"name": ""}, "name"),
    "field": ({"at_mots": 3}, "did you mean 'at_most'"),
    "no limit": ({"at_most": None}, "at_most: a cap needs it"),
    "text": ({"at_most": "many"}, "at_most"),
    "nan": ({"at_most": float("nan")}, "finite"),
    "infinite": ({"at_most": float("inf")}, "finite"),
    "floor's": ({"at_least": 1}, "a floor has it"),
    "agent": ({"agents": ["anesthetist 1"]}, "did you mean 'anaesthetist 1'"),
    "stranger": ({"agents": ["Bob"]}, "no agent 'Bob'"),
    "task": ({"tasks": ["goood"]}, "did you mean 'good'"),
    "twice": ({"tasks": ["good", "good"]}, "named twice"),
    "nobody": ({"agents": []}, "agents"),
    "nothing": ({"tasks": []}, "tasks"),
    "number": ({"tasks": [3]}, "tasks"),
    "groups": ({"groups": [["anaesthetist 1"], ["anaesthetist 2"]]}, "groups"),
    "tight": ({"at_most": 3}, "raise at_most of 'mine' to 3.6"),
    "negative": ({"at_most": -3}, "raise at_most of 'mine' to 3.6"),
    "times": ({"at_most": 0.5, "times": True}, "raise at_most of 'mine' to 1"),
    "total": ({"each": False, "at_most": 17}, "raise at_most of 'mine' to 18"),
    "floor": ({"kind": "floor", "at_most": None, "at_least": 4}, "lower at_least of 'mine' to 3.6"),
    "licence": ({"kind": "licence", "at_most": None}, "take those agents out of 'mine'"),
    "linear": (
        {"kind": "linear", "agents": "all", "tasks": "all", "terms": [["all", "good", 2]], "at_most": 7},
        "of 'mine' to 36",
    ),
    "no terms": ({"kind": "linear", "agents": "all", "tasks": "all"}, "terms: a linear needs it"),
    "short term": ({"kind": "linear", "agents": "all", "tasks": "all", "terms": [["all", "good"]]}, "[agent, task"),
    "zero": ({"kind": "linear", "agents": "all", "tasks": "all", "terms": [["all", "good", 0]]}, "all coefficients"),
    "change": ({"kind": "change", "at_most": -0.1}, "raise at_most of 'mine' to 0"),
    "one group": ({"kind": "equal", "agents": "all", "groups": [["anaesthetist 1"]], "at_most": None}, "at least 2"),
    "both groups": (
        {"kind": "equal", "agents": "all", "groups": [["anaesthetist 1"], ["anaesthetist 1"]], "at_most": None},
        "named twice",
    ),
    "uneven": (
        {
            "kind": "equal",
            "agents": "all",
            "groups": [["anaesthetist 1"], ["anaesthetist 2", "anaesthetist 3"]],
            "at_most": None,
        },
        "set within of 'mine' to 3.6",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_rules_end_in_one_line(inst, case):
    change, mend = BAD[case]
    rule = {"kind": "cap", "name": "mine", "tasks": ["good"], "each": True, "at_most": 4.0} | change
    if rule["kind"] == "linear" or rule["kind"] == "equal":
        rule.pop("each")
    given = {field: value for field, value in rule.items() if value is not None}
    with pytest.raises(InputError) as caught:
        inst.with_rules([given])
    message = str(caught.value)
    assert mend in message and "\n" not in message and len(message) < 500
    with pytest.raises(InputError) as in_file:
        raymenu.instances.schema.check(inst.to_dict() | {"rules": [given]})
    assert mend in str(in_file.value) and "\n" not in str(in_file.value)


def test_contradictions_name_both_rules(inst):
    rules = [
        Rule("cap", "few", agents="anaesthetist 1", tasks="good", at_most=3),
        Rule("floor", "many", agents="anaesthetist 1", tasks="good", at_least=5),
        Rule("cap", "slack", each=True, at_most=50),
    ]
    with pytest.raises(InputError) as caught:
        inst.with_rules(rules)
    message = str(caught.value)
    assert "'few'" in message and "'many'" in message and "'slack'" not in message and "'anaesthetist 1'" in message
    # What it says mends it.
    mended = [rules[0].model_copy(update={"at_most": 3.6}), rules[1].model_copy(update={"at_least": 3.6})]
    assert "raise at_most of 'few' to 3.6; lower at_least of 'many' to 3.6" in message and inst.with_rules(mended)


def test_limits_against_the_counts(inst):
    with pytest.raises(InputError, match=r"no assignment of all tasks keeps it .missed by 3 at least"):
        inst.with_rules([Rule("cap", "all hands", tasks="good", at_most=15)])


def test_two_rules_of_one_name(inst):
    with pytest.raises(InputError, match="two rules are called 'x'"):
        inst.with_rules([Rule("cap", "x", at_most=50), Rule("cap", "x", at_most=60)])


@pytest.mark.parametrize("seed", range(60))
def test_mutated_rules_never_end_in_a_traceback(inst, seed):
    rng = np.random.default_rng(seed)
    good = [rule.model_dump(exclude_defaults=True) for rule in random_rules(rng, inst, 5)]
    values = [
        None,
        "",
        "all",
        -1,
        0,
        1e308,
        float("nan"),
        [],
        {},
        ["x"],
        [["x"]],
        True,
        "anaesthetist 1",
        [["all", "good", "z"]],
    ]
    for rule in good:
        for _ in range(int(rng.integers(1, 4))):
            field = str(rng.choice([*Rule.model_fields, "colour"]))
            if rng.random() < 0.3:
                rule.pop(field, None)
            else:
                rule[field] = values[int(rng.integers(len(values)))]
    try:
        raymenu.instances.schema.check(inst.to_dict() | {"rules": good})
    except InputError as fault:
        assert "\n" not in str(fault) and "rule" in str(fault)


def test_rules_in_words(inst):
    for rule in random_rules(np.random.default_rng(0), inst, 30):
        words = rule.in_words()
        assert words.startswith(rule.name) and "None" not in words


def test_rules_from_csv(tmp_path, inst):
    path = tmp_path / "rules.csv"
    path.write_text(
        "﻿kind;name;agents;tasks;each;at_most;at_least;times;groups;within;terms;reason\n"
        'cap;hips;all;"good;fair";yes;1,5;;yes;;;;theatre time\n'
        "equal;even;;;;;;;anaesthetist 1|anaesthetist 2;2;;\n"
        'linear;hours;;;;40;;;;;"all;good;1,5|all;fair;1";\n'
        ";;;;;;;;;;;\n",
        encoding="utf-8",
    )
    rules = raymenu.instances.rules.read_rules(path)
    assert [rule.kind for rule in rules] == ["cap", "equal", "linear"]
    assert rules[0].tasks == ("good", "fair") and rules[0].at_most == 1.5 and rules[0].each and rules[0].times
    assert rules[1].groups == (("anaesthetist 1",), ("anaesthetist 2",))
    assert rules[2].terms == (("all", "good", 1.5), ("all", "fair", 1.0))
    assert inst.with_rules([rules[1]])
    for broken, said in (
        ("kind,name\ncp,x\n", "line 2: rule 'x': kind"),
        ("kind,name,each\ncap,x,perhaps\n", "neither yes nor no"),
        ("kind,name,at_most\ncap,x,much\n", "not a number"),
        ("", "empty"),
        ("kind,name\ncap,x,5\n", "has 3 cells, the header 2"),
    ):
        path.write_text(broken)
        with pytest.raises(InputError) as caught:
            raymenu.instances.rules.read_rules(path)
        assert said in str(caught.value) and str(path) in str(caught.value)


def test_draws_keep_rules_but_those_named():
    plain = raymenu.make_instance(
        "whole",
        "made up",
        counts=[6, 6],
        performance=[[1, 2], [2, 1], [3, 3]],
        status_quo=[[2, 2]] * 3,
        preferences=[raymenu.UniformPreferences(lower=[1, 1], upper=[2, 2])] * 3,
    )
    inst = plain.with_rules(
        [
            Rule("cap", "entry", tasks="task 1", each=True, at_most=3),
            Rule("cap", "total", each=True, at_most=5),
            Rule("cap", "odd", tasks="task 2", each=True, at_most=2.5),
            Rule("cap", "both", agents=["agent 1", "agent 2"], tasks="task 1", at_most=5),
        ]
    )
    named = raymenu.instances.rules.only_in_expectation(inst)
    assert set(named) == {"odd", "both"}
    menus = [raymenu.Menu([2, 2], [[1.9, -1.7], [-1.7, 1.9]])] * 3
    a = raymenu.allocate(inst, menus, [0, 1, 1])
    kept = [r for r, name in enumerate(inst.compiled_rules.names) if name not in named]
    for seed in range(50):
        assert (inst.compiled_rules.excess(a.lottery(seed).astype(float))[kept] <= 0).all()
