"""The configuration of Sphinx: `sphinx-build -c . docs build/html`."""

from nsdoc import __version__

project = "nsdoc"
author = "The nsdoc developers"
copyright = "2026, The nsdoc developers"
version = release = __version__

extensions = ["nsdoc.sphinx_ext", "sphinx.ext.autodoc", "sphinx_copybutton"]
exclude_patterns = ["evidence"]
default_role = "literal"
# A page says -- and ' where it means them: the shell and the roff output need the very characters.
smartquotes = False
nitpicky = True

autodoc_member_order = "bysource"
autodoc_typehints = "description"

html_theme = "furo"
html_title = "nsdoc"
html_copy_source = True
html_show_sphinx = False
