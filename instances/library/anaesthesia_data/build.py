"""Builds ``anaesthesia.json`` from the ratings of Dawid & Skene (1979), Table 1.

A. P. Dawid and A. M. Skene (1979), "Maximum likelihood estimation of observer error-rates using the EM algorithm",
Journal of the Royal Statistical Society C (Applied Statistics) 28(1), 20-28. Five anaesthetists rate 45 patients
into four classes of fitness for surgery, the first anaesthetist three times. ``ratings.csv`` beside this file is
that table: patient, anaesthetist, rating.

``python -m raymenu.instances.catalogue`` writes the instance again, with the rest of the library.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

Floats = NDArray[np.float64]
HERE = Path(__file__).parent
CLASSES = ("good", "fair", "poor", "critical")
PATIENTS = (18, 19, 5, 3)
"""The published class shares (.40, .42, .11, .07) of 45 patients, in whole patients."""


def read_ratings(path: Path = HERE / "ratings.csv") -> NDArray[np.int64]:
    """(patients, anaesthetists, classes), how often anaesthetist k put patient i into class l."""
    with path.open(newline="") as file:
        rows = [(int(row["patient"]), int(row["anaesthetist"]), int(row["rating"])) for row in csv.DictReader(file)]
    table = np.array(rows) - 1
    counts = np.zeros(table.max(axis=0) + 1, dtype=np.int64)
    np.add.at(counts, tuple(table.T), 1)
    return counts


def estimate_error_rates(ratings: NDArray[np.int64], iterations: int = 1000) -> tuple[Floats, Floats]:
    """Dawid & Skene's EM: class shares (classes,) and P(rating | true class) (anaesthetists, true, rated).

    Starts from each patient's share of ratings per class, as they do; ``ratings`` as ``read_ratings`` gives them.
    """
    posterior = ratings.sum(axis=1) / ratings.sum(axis=(1, 2))[:, None]
    for _ in range(iterations):
        shares = posterior.mean(axis=0)
        confusion = np.einsum("it,ikl->ktl", posterior, ratings)
        confusion /= confusion.sum(axis=2, keepdims=True)
        # xlogy: 0 log 0 = 0, for a rating never given says nothing about a class it cannot come from.
        log_likelihood = np.log(shares) + xlogy(ratings[:, :, None, :], confusion[None]).sum(axis=(1, 3))
        likelihood = np.exp(log_likelihood - log_likelihood.max(axis=1, keepdims=True))
        posterior = likelihood / likelihood.sum(axis=1, keepdims=True)
    return shares, confusion


def build() -> dict[str, object]:
    """The instance as the JSON object that ``raymenu.load`` reads."""
    shares, confusion = estimate_error_rates(read_ratings())
    error = np.round(1.0 - np.diagonal(confusion, axis1=1, axis2=2), 4)
    agents = [
        {
            "name": f"anaesthetist {k + 1}",
            "performance": [float(rate) for rate in error[k]],
            "status_quo": [count / len(error) for count in PATIENTS],
            "preferences": {"kind": "uniform", "lower": [0.5] * len(CLASSES), "upper": [2.0] * len(CLASSES)},
        }
        for k in range(len(error))
    ]
    return {
        "name": "anaesthesia",
        "source": (
            "A. P. Dawid and A. M. Skene (1979), Applied Statistics 28(1), 20-28, Table 1: five anaesthetists rate 45 "
            "patients into four classes of fitness for surgery. Performance: each anaesthetist's estimated error rate "
            "by true class, from their EM algorithm run on that table (anaesthesia_data/build.py), rounded to four "
            f"digits. Counts: the class shares ({', '.join(f'{share:.2f}' for share in shares)}) of 45 patients. "
            "Status quo: an equal share of each class. Preferences are an ASSUMPTION, not data: private costs "
            "independent and uniform on [0.5, 2] for each class."
        ),
        "tasks": [{"name": name, "count": count} for name, count in zip(CLASSES, PATIENTS)],
        "agents": agents,
    }
