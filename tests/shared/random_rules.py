"""Seeded random rules that an endowment keeps, some of them tight, and an oracle that reads them literally."""

from itertools import permutations, product

import numpy as np

from raymenu import Rule


def random_rules(
    rng, inst, number=4, kinds=("cap", "floor", "licence", "fixed", "change", "equal", "linear"), slack=1.0
):
    """Rules about random agents and tasks; ``slack`` scales how loose they are, 0 makes them all bind."""
    held, copies = inst.endowment, inst.copies
    made = []
    for k in range(number):
        kind = str(rng.choice(kinds))
        agents = sorted(rng.choice(inst.n_agents, size=int(rng.integers(1, inst.n_agents + 1)), replace=False).tolist())
        tasks = sorted(rng.choice(inst.n_tasks, size=int(rng.integers(1, inst.n_tasks + 1)), replace=False).tolist())
        each = bool(rng.random() < 0.5)
        loose = slack * float(rng.choice([0.0, 0.1, 0.5, 1.0]))
        names = {"agents": [inst.agents[j] for j in agents], "tasks": [inst.tasks[i] for i in tasks]}
        own = held[np.ix_(agents, tasks)].sum(axis=1)
        total = float(own @ copies[agents])
        if kind in ("cap", "floor"):
            base = (own.max() if kind == "cap" else own.min()) if each else total
            limit = {"at_most": base * (1 + loose)} if kind == "cap" else {"at_least": base * (1 - min(loose, 1.0))}
            made.append(Rule(kind, f"{kind} {k}", each=each, **names, **limit))
        elif kind == "licence":
            empty = [(j, i) for j in range(inst.n_agents) for i in range(inst.n_tasks) if held[j, i] == 0]
            if empty:
                j, i = empty[int(rng.integers(len(empty)))]
                made.append(Rule(kind, f"{kind} {k}", agents=inst.agents[j], tasks=inst.tasks[i]))
        elif kind == "fixed":
            made.append(Rule(kind, f"{kind} {k}", agents=inst.agents[agents[0]], tasks=inst.tasks[tasks[0]]))
        elif kind == "change":
            made.append(Rule(kind, f"{kind} {k}", each=each, at_most=loose + 0.05, times=True, **names))
        elif kind == "equal" and inst.n_agents > 1:
            cut = max(1, len(agents) // 2)
            first, second = agents[:cut], agents[cut:] or [j for j in range(inst.n_agents) if j not in agents][:1]
            if not second:
                continue
            sides = [float((held[np.ix_(side, tasks)].sum(axis=1)) @ copies[side]) for side in (first, second)]
            within = abs(sides[0] - sides[1]) * (1 + 1e-12) + loose
            groups = [[inst.agents[j] for j in side] for side in (first, second)]
            made.append(Rule(kind, f"{kind} {k}", groups=groups, tasks=names["tasks"], within=within))
        elif kind == "linear":
            terms = [(inst.agents[j], inst.tasks[i], float(rng.normal())) for j in agents for i in tasks]
            body = sum(
                c * copies[inst.agents.index(a)] * held[inst.agents.index(a), inst.tasks.index(t)] for a, t, c in terms
            )
            size = sum(abs(c) for _, _, c in terms)
            made.append(Rule(kind, f"{kind} {k}", terms=terms, at_most=float(body) + loose * size))
    return made


def literal_excess(inst, rule, assignment):
    """How far single agents' assignments (N, I) break a rule, by its words alone; at most 0 where they keep it."""
    rows = inst.agent_rows
    tasks = [inst.tasks.index(t) for t in (inst.tasks if rule.tasks == "all" else rule.tasks)]
    named = inst.agents if rule.agents == "all" else rule.agents
    mine = [a for a, j in enumerate(rows) if inst.agents[j] in named]
    sigma = inst.status_quo[rows]
    amount, held = assignment[:, tasks].sum(axis=1), sigma[:, tasks].sum(axis=1)
    groups = [[a] for a in mine] if rule.each else [mine]
    if rule.kind in ("cap", "floor", "change"):
        if rule.kind == "change":
            amount = np.abs(assignment - sigma)[:, tasks].sum(axis=1)
        worst = []
        for group in groups:
            base = held[group].sum() if rule.times else 1.0
            total = amount[group].sum()
            worst.append(rule.at_least * base - total if rule.kind == "floor" else total - rule.at_most * base)
        return max(worst)
    if rule.kind == "licence":
        return float(np.abs(assignment[np.ix_(mine, tasks)]).max())
    if rule.kind == "fixed":
        return float(np.abs(assignment - sigma)[np.ix_(mine, tasks)].max())
    if rule.kind == "equal":
        totals = [sum(amount[a] for a, j in enumerate(rows) if inst.agents[j] in group) for group in rule.groups]
        return max(totals) - min(totals) - (rule.within or 0.0)
    worst = []
    for group in [[a] for a in range(len(rows))] if rule.each else [list(range(len(rows)))]:
        relevant = [a for a in group if any(t[0] in ("all", inst.agents[rows[a]]) for t in rule.terms)]
        if not relevant:
            continue
        body = sum(
            c * assignment[a, i]
            for agent, task, c in rule.terms
            for a in group
            for i in range(inst.n_tasks)
            if agent in ("all", inst.agents[rows[a]]) and task in ("all", inst.tasks[i])
        )
        worst += [body - rule.at_most] if rule.at_most is not None else []
        worst += [rule.at_least - body] if rule.at_least is not None else []
    return max(worst)


def literal_rows(inst, rule):
    """``literal_terms`` with absolute values written out, one row for each pattern of signs: pairs (A, limit)."""
    made = []
    for amounts, changes, limit in literal_terms(inst, rule):
        cells = np.argwhere(changes)
        for signs in product((1.0, -1.0), repeat=len(cells)):
            signed = np.zeros(changes.shape)
            for sign, (a, i) in zip(signs, cells):
                signed[a, i] = sign * changes[a, i]
            made.append((amounts + signed, limit + float((signed * inst.status_quo[inst.agent_rows]).sum())))
    return made


def literal_terms(inst, rule):
    """A rule by its words: (A, G, limit) with ``sum A mu + sum G |mu - sigma| <= limit``, over single agents (N, I)."""
    rows = inst.agent_rows
    tasks = [inst.tasks.index(t) for t in (inst.tasks if rule.tasks == "all" else rule.tasks)]
    named = inst.agents if rule.agents == "all" else rule.agents
    mine = [a for a, j in enumerate(rows) if inst.agents[j] in named]
    sigma = inst.status_quo[rows]
    none = np.zeros(sigma.shape)

    def total(cells):
        coefficients = np.zeros(sigma.shape)
        for a, i, c in cells:
            coefficients[a, i] += c
        return coefficients

    made = []
    if rule.kind in ("cap", "floor", "change"):
        for group in [[a] for a in mine] if rule.each else [mine]:
            cells = [(a, i, 1.0) for a in group for i in tasks]
            coefficients = total(cells)
            base = float((coefficients * sigma).sum()) if rule.times else 1.0
            if rule.kind == "cap":
                made.append((coefficients, none, rule.at_most * base))
            elif rule.kind == "floor":
                made.append((-coefficients, none, -rule.at_least * base))
            else:
                made.append((none, coefficients, rule.at_most * base))
    elif rule.kind in ("licence", "fixed"):
        for a in mine:
            for i in tasks:
                stays = sigma[a, i] if rule.kind == "fixed" else 0.0
                made += [(total([(a, i, s)]), none, s * stays) for s in (1.0, -1.0)]
    elif rule.kind == "equal":
        members = [[a for a, j in enumerate(rows) if inst.agents[j] in group] for group in rule.groups]
        for first, second in permutations(members, 2):
            cells = [(a, i, 1.0) for a in first for i in tasks] + [(a, i, -1.0) for a in second for i in tasks]
            made.append((total(cells), none, rule.within or 0.0))
    else:
        whole = [
            (a, i, c)
            for agent, task, c in rule.terms
            for a, j in enumerate(rows)
            for i in range(inst.n_tasks)
            if agent in ("all", inst.agents[j]) and task in ("all", inst.tasks[i])
        ]
        for group in [[a] for a in range(rows.size)] if rule.each else [list(range(rows.size))]:
            coefficients = total([cell for cell in whole if cell[0] in group])
            made += [(coefficients, none, rule.at_most)] if rule.at_most is not None else []
            made += [(-coefficients, none, -rule.at_least)] if rule.at_least is not None else []
    return made
