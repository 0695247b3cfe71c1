"""Every entry of docs/paper.md has its file, its test and its document."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROWS = [
    [cell.strip() for cell in line.strip("|\n").split("|")]
    for line in (ROOT / "docs" / "paper.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(("| paper", "| ---", "|---"))
]
ITEMS = (
    [f"Theorem {n}" for n in (1, 2)] + [f"Lemma {n}" for n in range(1, 6)] + [f"Claim {n}" for n in range(1, 7)]
    + [f"Proposition {n}" for n in (1, 2, 3)] + [f"Corollary {n}" for n in (1, 2, 3)] + ["Remark 1"]
    + [f"program ({n})" for n in (1, 4, 5, 6)] + ["(3)"] + [f"footnote {n}" for n in (12, 14, 16, 17, 18, 19)]
)  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_targets_exist(row):
    assert len(row) == 4
    for target in re.findall(r"`([^`]+)`", " ".join(row[1:])):
        path, _, name = target.partition("::")
        assert (ROOT / path).exists(), target
        if name:
            assert re.search(rf"(def|class) {name}\b", (ROOT / path).read_text(encoding="utf-8")), target


def test_everything_in_the_paper_is_there():
    text = "\n".join(row[0] for row in ROWS)
    missing = [item for item in ITEMS if not re.search(rf"{re.escape(item)}(?!\d)", text)]
    assert not missing
