"""What the dashboard sends stays small, measured in a real browser over a storm that goes on."""

import dashboard


def test_the_overview_and_the_ticks_of_every_page_keep_within_their_bytes() -> None:
    said: list[str] = []
    assert dashboard.measure(ticks=1, minutes=0, openings=["cold"], say=said.append) == []
    assert sum("a tick" in line for line in said) == len(dashboard.PAGES)


def test_what_is_too_much_is_named() -> None:
    assert dashboard.gates(150_000, {"storms": [59_999, 60_000], "jobs": [1]}) == [
        "storms: a tick of 60,000 bytes",
        "overview: 150,000 bytes of data",
    ]
