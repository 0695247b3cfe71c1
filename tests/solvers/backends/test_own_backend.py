"""A backend added in one file by following the documentation alone."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_the_documented_file_passes_the_conformance_suite(tmp_path):
    page = (ROOT / "docs" / "own-backend.md").read_text(encoding="utf-8")
    file = tmp_path / "my_backend.py"
    file.write_text(re.search(r"```python\n(.*?)```", page, re.DOTALL)[1], encoding="utf-8")
    suites = ["tests/solvers/backends/test_backends.py", "tests/solvers/test_conformance.py"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "scipy", *suites],
        cwd=ROOT,
        env={**os.environ, "RAYMENU_BACKEND": str(file)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:]
    passed = re.search(r"(\d+) passed", run.stdout)
    assert passed and int(passed[1]) >= 20
