"""raymenu: obviously strategy-proof task allocation by menus of polarized rays (Valenzuela-Stookey 2026).

What the package offers is listed in ``__init__.pyi``, and loaded when it is first asked for: importing raymenu takes a
moment, not the second that the solvers behind it take.
"""

import logging

import lazy_loader

logging.getLogger(__name__).addHandler(logging.NullHandler())  # silent until someone listens

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
