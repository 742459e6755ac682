"""Configuration of Sphinx: `sphinx-build -W docs build/docs`.

Nothing is fetched: links into other packages' documentation are made where SKTUNE_INTERSPHINX is
set, as it is where the site is published.
"""

import inspect
import os
import sys
from pathlib import Path

import matplotlib

import sktune
from sktune.searches.base import BaseSearch

matplotlib.use("Agg")
HERE = Path(__file__).parent

project = "sktune"
author = "The sktune developers"
copyright = "2026, the sktune developers"
release = version = sktune.__version__
extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
exclude_patterns = ["_gallery", "**/sg_execution_times.rst", "sg_execution_times.rst"]
suppress_warnings = [
    "ref.term",  # terms of scikit-learn's glossary, in docstrings that are inherited
    "config.cache",  # functions in the settings of sphinx-gallery
]

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
maximum_signature_line_length = 88  # a parameter a line, in longer ones
autodoc_typehints = "none"  # the docstrings have them, with shapes
autosummary_generate = True
numpydoc_show_class_members = False
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
intersphinx_mapping = {
    "python": ("https://docs.python.org/3", None),
    "numpy": ("https://numpy.org/doc/stable", None),
    "sklearn": ("https://scikit-learn.org/stable", None),
}
if not os.environ.get("SKTUNE_INTERSPHINX"):
    intersphinx_mapping = {}

RUN = [  # by the build for their pictures, besides those named plot_*; all others are shown
    *("blending", "early_stopping", "early_stopping_xgboost", "figures", "halving"),
    *("honest_winners", "nested_cross_validation", "quickstart", "racing", "report"),
    *("thresholds", "watching"),
]
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",  # where git does not see it
    "filename_pattern": rf"/(plot_\w+|{'|'.join(RUN)})\.py$",
    "within_subsection_order": "FileNameSortKey",
    "doc_module": ("sktune",),  # below each class, the examples that use it
    "backreferences_dir": "generated/backreferences",
    "reference_url": {"sktune": None},
    "abort_on_example_error": True,
    "download_all_examples": False,
    "show_signature": False,
    "show_memory": False,
    "min_reported_time": 1e9,
    "remove_config_comments": True,
    "plot_gallery": True,
    "parallel": 2,
    "capture_repr": (),
    "default_thumb_file": str(HERE / "_static" / "search.png"),
}

html_theme = "pydata_sphinx_theme"
html_title = "sktune"
html_static_path = ["_static"]
html_css_files = ["custom.css"]
html_search_scorer = str(HERE / "_static" / "scorer.js")
html_extra_path = ["_gallery/report"]  # written anew by the build, but must be there before
html_show_sourcelink = False
html_theme_options = {
    "logo": {"text": "sktune"},
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "header_links_before_dropdown": 5,
    "navigation_with_keys": False,
    "show_prev_next": True,
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
# pages of their own, whose sidebar would be empty
ALONE = ("install", "start", "changes", "benchmarks", "contributing", "security", "versioning")
html_sidebars = {page: [] for page in ALONE}
(HERE / "_gallery" / "report").mkdir(parents=True, exist_ok=True)


def draw_gallery(app):
    """Draw the figures of the gallery anew, beside the pages, where git does not see them."""
    sys.path.insert(0, str(HERE))
    import every_figure

    every_figure.main(HERE / "_gallery")


def sign(app, what, name, thing, options, signature, return_annotation):
    """Show what a search is called with, not its `__new__`; of no class private options."""
    if what != "class" or issubclass(thing, Exception):
        return None
    if getattr(thing, "_is_protocol", False):
        return "", return_annotation
    called = thing.__init__ if issubclass(thing, BaseSearch) else thing
    given = inspect.signature(called).parameters.values()
    shown = [one for one in given if one.name != "self" and not one.name.startswith("_")]
    if len(shown) == len(given):
        return None
    bare = [parameter.replace(annotation=parameter.empty) for parameter in shown]
    return str(inspect.Signature(bare)), return_annotation


def leave_out(app, what, name, thing, skip, options):
    """Leave out what a contract's suite tests: its page says what there is to define."""
    return True if name.startswith("test_") else None


def setup(app):
    app.connect("builder-inited", draw_gallery)
    app.connect("autodoc-process-signature", sign)
    app.connect("autodoc-skip-member", leave_out)
