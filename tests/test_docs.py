"""Every documented example runs."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import raymenu
from raymenu.cli import app

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(raymenu.__path__, "raymenu.")
    if ".library." not in module.name and module.name != "raymenu.__main__"  # importing that one runs the command
)


@pytest.mark.parametrize("name", ["raymenu", *MODULES])
def test_docstring_examples(name):
    outcome = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert outcome.failed == 0


def test_the_readme_example():
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL)
    exec(compile(example, "README.md", "exec"), {})


def test_the_readme_names_the_verbs_and_files_there_are():
    root = Path(__file__).parents[1]
    readme = (root / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", readme):
        assert (root / target).exists(), target
    table = "".join(line for line in readme.splitlines() if line.startswith("| `raymenu"))
    for command in app.registered_commands:
        assert f"`{command.name}`" in table or f"raymenu {command.name}" in table, command.name
