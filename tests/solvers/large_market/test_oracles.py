"""Questions are answered the same wherever they are answered, and in order."""

from concurrent.futures import Executor, Future, ThreadPoolExecutor

import numpy as np
import pytest

import raymenu
from raymenu.benchmarks.suites.small_market import random_instance
from raymenu.solvers.large_market.oracles import Question, answer, oracles


def questions(number):
    rng = np.random.default_rng(0)
    types = [raymenu.FiniteTypes(rng.uniform(0.5, 2, (20, 3))) for _ in range(4)]
    return [
        Question(types[k % 4], np.full(3, 1.0 + k % 2), rng.uniform(-0.3, 1, 3), "auto", 1e-6, None)
        for k in range(number)
    ]


class Recorded(Executor):
    """Answers at once, and remembers how many questions came in each batch."""

    def __init__(self):
        self.batches = []

    def submit(self, fn, /, *args, **kwargs):
        self.batches.append(len(args[0]))
        future = Future()
        future.set_result(fn(*args, **kwargs))
        return future


@pytest.mark.parametrize("number", [1, 7, 40])
def test_every_question_gets_its_own_answer(number):
    asked = questions(number)
    expected = [answer(question).lower for question in asked]
    with ThreadPoolExecutor(2) as pool:
        for executor in (None, pool, Recorded()):
            with oracles(executor, "auto") as made:
                assert [found.lower for found in made.ask(asked)] == expected
    with oracles(None, "miqcp") as made:
        assert [found.lower for found in made.ask(asked)] == expected


def test_batches_are_few_and_even():
    recorded = Recorded()
    with oracles(recorded, "auto") as made:
        made.ask(questions(100))
    assert sum(recorded.batches) == 100
    assert max(recorded.batches) - min(recorded.batches) <= 1
    assert len(recorded.batches) < 100


def test_an_executor_changes_nothing():
    inst = random_instance(5, 3, 0)
    here = raymenu.solve_large_market(inst, types=40, rel_gap=1e-2)
    there = raymenu.solve_large_market(inst, types=40, rel_gap=1e-2, executor=Recorded())
    assert (here.lower, here.upper, here.rounds) == (there.lower, there.upper, there.rounds)
