"""The dashboard in tests: pages run by Streamlit's AppTest, and what a person reads on them."""

import html
import json
import re
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import hotspan_dashboard
from hotspan_dashboard.answers import SOURCES

SCRIPT = Path(hotspan_dashboard.__file__).parent / "server" / "script.py"


class Page:
    """One page of the dashboard, run to its end without a browser."""

    def __init__(self, monkeypatch: Any, source: Path | str | None, name: str = "overview", **query: str) -> None:
        monkeypatch.setenv(SOURCES, json.dumps([str(source)] if source else []))
        self.test = AppTest.from_file(str(SCRIPT), default_timeout=120)
        if name != "overview":
            self.test._page_hash = calc_hash(name)  # AppTest.switch_page knows pages that are files only
        for key, value in query.items():
            self.test.query_params[key] = value
        self.run()

    def run(self) -> "Page":
        """Runs the page again; a traceback on it fails the test."""
        self.test.run()
        assert not self.test.exception, [each.message for each in self.test.exception]
        return self

    @property
    def sentences(self) -> list[str]:
        """The texts on the page, without their markup."""
        found = [each.proto.body for each in self.test.get("html")]
        return [html.unescape(re.sub(r"<[^>]*>", "", each)) for each in found]

    @property
    def text(self) -> str:
        """All of them together."""
        return "\n".join(self.sentences)

    @property
    def markup(self) -> str:
        """The HTML on the page, as it is sent."""
        return "\n".join(each.proto.body for each in self.test.get("html"))

    @property
    def codes(self) -> list[str]:
        """The commands and queries to copy."""
        return [each.value for each in self.test.code]

    @property
    def figures(self) -> dict[str, str]:
        """The metrics by their labels."""
        return {each.label: each.value for each in self.test.metric}

    @property
    def query(self) -> dict[str, str]:
        """What the address holds."""
        params: dict[str, Any] = self.test.query_params
        return {name: value[0] if isinstance(value, list) else value for name, value in params.items()}

    def table(self, name: str) -> Any:
        """The data frame with this key; one that cannot be clicked has none here, and is found by a column."""
        return next(each.value for each in self.test.dataframe if name == each.key or name in each.value.columns)

    def charts(self) -> list[Any]:
        """The Plotly figures, as they are sent."""
        return [json.loads(each.proto.spec) for each in self.test.get("plotly_chart")]
