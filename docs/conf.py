"""The site: ``make site`` builds it from this folder, without warnings, into out/site."""

import sys
from pathlib import Path

from raymenu.version import VERSION

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "raymenu"
author = "The raymenu developers"
copyright = author
version = release = VERSION

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
    "sphinx_copybutton",
    "markdown_tables",
]
exclude_patterns = ["_build", "_ext"]
html_theme = "furo"
html_title = f"raymenu {VERSION}"
html_theme_options = {"footer_icons": [], "top_of_page_buttons": []}

myst_enable_extensions = ["dollarmath", "deflist", "colon_fence"]
myst_heading_anchors = 3
# Notebooks are run when the site is built, so that what they show is what the code does.
nb_execution_mode = "cache"
nb_execution_timeout = 300
nb_execution_raise_on_error = True

autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_default_options = {"members": True, "undoc-members": False}
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
autosummary_generate = True
