"""Every documented example runs: docstrings, the README, and the pages of the site."""

import doctest
import importlib
import pkgutil
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import raymenu
from raymenu.cli import app

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    module.name for module in pkgutil.walk_packages(raymenu.__path__, "raymenu.") if module.name != "raymenu.__main__"
)
PAGES = [ROOT / "README.md", ROOT / "benchmarks" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("name", ["raymenu", *MODULES])
def test_docstring_examples(name):
    outcome = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert outcome.failed == 0


@pytest.mark.parametrize(
    "page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: str(page.relative_to(ROOT))
)
def test_the_python_of_a_page_runs(page, tmp_path):
    """All blocks of a page in order, in a process and an empty folder of their own: pages register things."""
    script = tmp_path / "page.py"
    script.write_text("\n\n".join(blocks(page, "python")), encoding="utf-8")
    ran = subprocess.run([sys.executable, script], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.slow
def test_the_first_page_leads_from_tables_to_an_assignment(tmp_path):
    """Its commands as they stand there, and an answer filled in where it says so."""
    commands = [line for block in blocks(ROOT / "docs" / "start.md", "sh") for line in block.splitlines()]
    assert 4 <= len(commands) <= 10
    for command in commands:
        program, *words = shlex.split(command)
        if program != "raymenu":
            continue
        if words[0] == "allocate":
            answers = tmp_path / "design" / "choices.csv"
            head, *lines = answers.read_text(encoding="utf-8-sig").splitlines()
            lines = [line.replace(",,", f",{line.rpartition(',')[2].split('|')[-1]},") for line in lines]
            answers.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
        ran = subprocess.run(
            [sys.executable, "-m", "raymenu", *words], cwd=tmp_path, check=False, capture_output=True, text=True
        )
        assert ran.returncode == 0, f"{command}: {ran.stderr}"
    assert list((tmp_path / "assignment" / "letters").iterdir())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_the_readme_names_the_verbs_there_are():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = "".join(line for line in readme.splitlines() if line.startswith("| `raymenu"))
    for command in app.registered_commands:
        assert f"`{command.name}`" in table or f"raymenu {command.name}" in table, command.name


def test_the_reference_lists_every_public_name():
    listed = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    for name in [*raymenu.__all__, *(f"models.{name}" for name in raymenu.models.__all__)]:
        assert name in ("models", "plot") or f"raymenu.{name}\n" in listed, name
