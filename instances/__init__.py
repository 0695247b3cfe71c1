"""What is given: instances, their schema, preference distributions and finite types."""

from raymenu.instances.errors import InputError
from raymenu.instances.finite_types import FiniteTypes
from raymenu.instances.instance import Instance, make_instance
from raymenu.instances.loading import library, load
from raymenu.instances.preferences import (
    FinitePreferences,
    LognormalPreferences,
    Preferences,
    UniformPreferences,
    register,
)
from raymenu.instances.rules import Rule

__all__ = [
    "FinitePreferences",
    "FiniteTypes",
    "InputError",
    "Instance",
    "LognormalPreferences",
    "Preferences",
    "Rule",
    "UniformPreferences",
    "library",
    "load",
    "make_instance",
    "register",
]
