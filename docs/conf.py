"""Configuration of Sphinx: `sphinx-build -W docs build/docs`."""

import sktune

project = "sktune"
author = "The sktune developers"
copyright = "2026, the sktune developers"
release = sktune.__version__
extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc"]
html_theme = "alabaster"
myst_heading_anchors = 3
suppress_warnings = [
    "myst.xref_missing",  # links to files beside the docs, for readers of the source
    "ref.term",  # terms of scikit-learn's glossary, in docstrings that are inherited
]
autodoc_typehints = "none"  # the docstrings have them, with shapes
numpydoc_show_class_members = False
