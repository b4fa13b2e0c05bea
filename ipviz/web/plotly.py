"""The installed Plotly: where its script is, and what it needs in a page that refuses inline styles."""

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

SCRIPT = "plotly.min.js"


def package_data() -> Path:
    """The folder with Plotly's script, found without importing the package."""
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise ImproperlyConfigured("plotly is not installed: its script draws the map")
    return Path(spec.origin).parent / "package_data"


@cache
def style_id() -> str:
    """The id of the style element that the script adds for its street maps, which we never draw.

    It is added where no element has that id, and our policy would refuse it; so the page has one. The id is a
    digest that changes with Plotly's version, and is therefore read from the script, once a process.
    """
    script = (package_data() / SCRIPT).read_text(encoding="utf-8")
    found = re.search(r'getElementById\("([0-9a-f]{64})"\)', script)
    return found[1] if found else ""
