"""The colours of the charts. Each mark has a contrast of 3:1 or more on the light page and on the dark one.

Hues after Paul Tol's "bright" scheme (Technical Note SRON/EPS/TN/09-002), lightened or left out where they miss that contrast;
none of them carries a meaning alone: a hatch says duplicate, a label or the hover text says the rest.
"""

from collections.abc import Mapping
from typing import Any, Final

BLUE: Final = "#4477AA"
GREEN: Final = "#228833"
PURPLE: Final = "#B03A7E"
ROSE: Final = "#EE6677"
OCHRE: Final = "#A8741A"
GREY: Final = "#7B7B7B"
MARKS: Final = (BLUE, GREEN, PURPLE, ROSE, OCHRE, GREY)

GRID: Final = "rgba(128,128,128,0.25)"
NOTHING: Final = "rgba(0,0,0,0)"

PARTS: Final[Mapping[str, str]] = {
    "self": BLUE,
    "database": PURPLE,
    "external": GREEN,
    "cache": OCHRE,
    "template": ROSE,
    "other": GREY,
}
"""Where time goes, in the order of the stack."""

CATEGORIES: Final[Mapping[str, str]] = {
    **PARTS,
    "server": BLUE,
    "internal": BLUE,
    "messaging": OCHRE,
}
"""What a span is."""

OUTCOMES: Final[Mapping[str, str]] = {
    "answered": BLUE,
    "failed": ROSE,
    "client left": PURPLE,
    "open": GREEN,
    "process died": OCHRE,
    "no status": GREY,
    "job ran": BLUE,
}
"""How an attempt ended. No status: it ended, and nobody recorded how."""

HATCH: Final[Mapping[str, Any]] = {
    "shape": "/",
    "fillmode": "overlay",
    "size": 6,
    "solidity": 0.35,
    "fgcolor": "#FFFFFF",
}
"""What marks a duplicate. The default fill mode would leave an invisible bar on a light page."""

COUNTS: Final = (
    (0.0, NOTHING),
    (1e-9, "#2B446E"),
    (0.2, "#4A546C"),
    (0.4, "#6F7073"),
    (0.6, "#999075"),
    (0.8, "#C9B269"),
    (1.0, "#FEE838"),
)
"""How many, from none (the page shows through) to most: Cividis of Nuñez, Anderton, Renslow (PLOS ONE, 2018)."""
