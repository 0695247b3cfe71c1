"""raymenu: obviously strategy-proof task allocation by menus of polarized rays (Valenzuela-Stookey 2026)."""

from raymenu import models
from raymenu.instances import (
    FinitePreferences,
    FiniteTypes,
    InputError,
    Instance,
    LognormalPreferences,
    Preferences,
    UniformPreferences,
    library,
    load,
    make_instance,
)
from raymenu.mechanisms import Menu

__all__ = [
    "FinitePreferences",
    "FiniteTypes",
    "InputError",
    "Instance",
    "LognormalPreferences",
    "Menu",
    "Preferences",
    "UniformPreferences",
    "library",
    "load",
    "make_instance",
    "models",
]
