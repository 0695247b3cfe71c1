"""What is in the checkout is in the package: every folder with code is listed, every data file is named."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
SETUP = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
ROOMS = ("raymenu", "benchmarks", "instances", "mechanisms", "models", "solvers")


def test_every_folder_with_code_is_a_package():
    found = set()
    for room in ROOMS:
        for file in (ROOT / room).rglob("__init__.py"):
            parts = file.parent.relative_to(ROOT).parts
            links = room == "raymenu" and len(parts) > 1 and parts[1] in ROOMS
            if not links:
                found.add(".".join(parts if room == "raymenu" else ("raymenu", *parts)))
    assert sorted(found) == sorted(SETUP["packages"])


def test_every_template_is_package_data():
    patterns = SETUP["package-data"]["raymenu"]
    for file in (ROOT / "raymenu" / "presentation" / "templates").iterdir():
        assert any(file.relative_to(ROOT / "raymenu").match(pattern) for pattern in patterns), file.name
