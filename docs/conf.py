"""Configuration of Sphinx: `sphinx-build -W docs build/docs`."""

import sys
from pathlib import Path

import sktune

HERE = Path(__file__).parent

project = "sktune"
author = "The sktune developers"
copyright = "2026, the sktune developers"
release = sktune.__version__
extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc"]
html_theme = "alabaster"
html_static_path = ["_static"]  # custom.css, which the theme links
myst_heading_anchors = 3
suppress_warnings = [
    "myst.xref_missing",  # links to files beside the docs, for readers of the source
    "ref.term",  # terms of scikit-learn's glossary, in docstrings that are inherited
]
autodoc_typehints = "none"  # the docstrings have them, with shapes
numpydoc_show_class_members = False
exclude_patterns = ["_gallery"]
html_extra_path = ["_gallery/report"]  # written anew by the build, but must be there before
(HERE / "_gallery" / "report").mkdir(parents=True, exist_ok=True)


def draw_gallery(app):
    """Draw the figures of the gallery anew, beside the pages, where git does not see them."""
    import matplotlib

    matplotlib.use("Agg")
    sys.path.insert(0, str(HERE.parent / "examples"))
    import gallery

    gallery.main(HERE / "_gallery")


def setup(app):
    app.connect("builder-inited", draw_gallery)
