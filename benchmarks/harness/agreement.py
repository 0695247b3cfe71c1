"""The check of benchmarks whose methods each find one number: they must find the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from raymenu.benchmarks.harness.jobs import Row, Verdict


def verify_values(rows: Sequence[Row], tolerance: float) -> dict[str, Verdict]:
    """Compare ``result["value"]`` with the median of the values found for the same problem and seed.

    Parameters
    ----------
    tolerance
        Relative, or absolute below 1.
    """
    verdicts = {}
    for row in rows:
        if row.outcome != "done":
            verdicts[row.job.key] = Verdict("none")
            continue
        same = [
            other.result["value"]
            for other in rows
            if other.outcome == "done" and (other.job.problem, other.job.seed) == (row.job.problem, row.job.seed)
        ]
        value, middle = float(row.result["value"]), float(np.median(same))
        if abs(value - middle) <= tolerance * max(1.0, abs(middle)):
            verdicts[row.job.key] = Verdict("ok", solved=True, lower=value, upper=value)
        else:
            reason = f"finds {value:.12g}, the median of {len(same)} is {middle:.12g}"
            verdicts[row.job.key] = Verdict("wrong", (reason,), lower=value, upper=value)
    return verdicts
