"""The library's real instances, made from the data that lie in ``library/NAME_data``.

``SOURCE.txt`` there says where the data are from, under which licence, and how they were derived. An instance made
from tables records its command in ``source``: run in that folder, ``raymenu new ... --out ../NAME.json`` makes the file
again, byte for byte, as ``python -m raymenu.instances.catalogue`` does for the whole library.
"""

from __future__ import annotations

import runpy
from collections.abc import Callable
from functools import partial
from pathlib import Path

from raymenu.instances.instance import Instance
from raymenu.instances.schema import check

LIBRARY = Path(__file__).parent / "library"


def _from_tables(name: str, costs: str | None = None) -> Instance:
    # pandas takes half a second to import: only those who make instances wait for it.
    from raymenu.instances.tables.recipe import TableRecipe

    recipe = TableRecipe("performance.csv", "cost", "status_quo.csv", costs=costs, name=name, source="SOURCE.txt")
    return recipe.build(data_folder(name)).instance


def _by_script(name: str) -> Instance:
    return Instance(check(runpy.run_path(str(data_folder(name) / "build.py"))["build"]()))


def data_folder(name: str) -> Path:
    """Where the data of a real instance lie."""
    return LIBRARY / f"{name}_data"


REAL: dict[str, Callable[[str], Instance]] = {
    "anaesthesia": _by_script,
    "carriers_nyc": _from_tables,
    "courses_ariel": partial(_from_tables, costs="preferences.csv"),
    "food_inspectors": _from_tables,
    "hospitals_ct": _from_tables,
    "hospitals_ny": _from_tables,
    "hospitals_ri": _from_tables,
    "mammography_screeninghighp": _from_tables,
    "mammography_screeninglowp": _from_tables,
    "refugees_states": _from_tables,
}


def build_real(name: str) -> Instance:
    """A real instance from its data."""
    return REAL[name](name)
