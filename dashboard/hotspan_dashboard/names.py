"""Names as pages and reports show them: they come from whoever calls the server, so they are cut and never obeyed."""

from typing import Final

from hotspan_analysis.texts import printable

LONGEST: Final = 160
"""Characters of a name that a page shows; the whole of it is in the CSV."""


def shown(text: str, longest: int = LONGEST) -> str:
    """The text with everything invisible or turning written as an escape, and cut where it gets too long."""
    visible = printable(text[: longest + 1])
    return visible if len(visible) <= longest else f"{visible[: longest - 1]}…"
