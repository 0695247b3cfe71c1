"""A cluster on this machine: the certificate of a local run, whatever happens to the workers."""

import os
import signal

import pytest

import raymenu
from raymenu import InputError
from raymenu.benchmarks.suites.small_market import random_instance
from raymenu.solvers.large_market import dask_oracles

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.slow
RUN = {"types": 150, "rel_gap": 5e-3}


@pytest.fixture(scope="module")
def inst():
    return random_instance(12, 4, 1)


@pytest.fixture(scope="module")
def local(inst):
    return raymenu.solve_large_market(inst, **RUN)


@pytest.fixture
def client():
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None, "processes": True}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        yield client


def same(found, local):
    return (found.lower, found.upper, found.rounds) == (local.lower, local.upper, local.rounds)


def test_the_same_certificate(client, inst, local):
    assert same(raymenu.solve_large_market(inst, executor=client, **RUN), local)
    assert same(raymenu.solve_large_market(inst, executor=client.get_executor(), **RUN), local)


def test_a_worker_killed_in_the_middle_changes_nothing(client, inst, local):
    victim = next(iter(client.run(os.getpid).values()))
    heard = []

    def progress(rounds, lower, upper):
        if not heard:
            os.kill(victim, signal.SIGKILL)
        heard.append(rounds)

    assert same(raymenu.solve_large_market(inst, executor=client, progress=progress, **RUN), local)


def test_a_worker_that_hangs_costs_time_only(client, inst, local, monkeypatch):
    monkeypatch.setattr(dask_oracles, "LEAST_PATIENCE", 5.0)
    victim = next(iter(client.run(os.getpid).values()))
    heard = []

    def progress(rounds, lower, upper):
        if not heard:
            os.kill(victim, signal.SIGSTOP)
        heard.append(rounds)

    try:
        assert same(raymenu.solve_large_market(inst, executor=client, progress=progress, **RUN), local)
    finally:
        os.kill(victim, signal.SIGCONT)  # so that the cluster can be closed


def test_a_worker_with_another_version_is_refused(client, inst):
    victim = next(iter(client.scheduler_info()["workers"]))

    def age():
        from raymenu.solvers.large_market import dask_oracles

        dask_oracles.VERSION = "0.0.1"

    client.run(age, workers=[victim])
    with pytest.raises(InputError, match=r"has raymenu 0\.0\.1, here is .*: install the same"):
        raymenu.solve_large_market(inst, executor=client, **RUN)


def test_no_workers(inst):
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
        pytest.raises(InputError, match="no workers: start some"),
    ):
        raymenu.solve_large_market(inst, executor=client, **RUN)
