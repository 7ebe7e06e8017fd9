"""Marks can be told from the page in both colour schemes."""

import pytest

from contrast import contrast
from hotspan_dashboard.charts import palette
from hotspan_dashboard.server.launcher import configuration


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("mark", palette.MARKS)
def test_every_mark_stands_out_on_both_pages(mark: str, scheme: str) -> None:
    assert contrast(mark, configuration()[f"theme.{scheme}.backgroundColor"]) >= 3.0


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.478, abs=0.001)
    assert contrast("#FFFFFF", "#777777") == contrast("#777777", "#FFFFFF")


def test_charts_use_no_other_colours() -> None:
    for colours in (palette.PARTS, palette.CATEGORIES, palette.OUTCOMES):
        assert set(colours.values()) <= set(palette.MARKS)


def test_no_count_lets_the_page_show_through_and_a_hatch_leaves_the_bar() -> None:
    assert palette.COUNTS[0] == (0.0, palette.NOTHING)
    assert [share for share, _ in palette.COUNTS] == sorted(share for share, _ in palette.COUNTS)
    assert palette.HATCH["fillmode"] == "overlay"
