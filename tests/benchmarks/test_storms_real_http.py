"""The real-HTTP tier in small: real connections, the real middleware, and what the clients themselves know."""

from pathlib import Path

from storms.real_http import run


def test_the_buggy_are_found_over_real_http_and_the_polite_are_spared(tmp_path: Path) -> None:
    result, found = run(tmp_path / "store", clients=2, calm_s=14.0, trouble_s=9.0)
    assert result.false_alarms == 0, found
    assert result.hits >= 0.75 * (result.hits + result.misses) > 0
    right = sum(named[mechanism] for mechanism, named in result.mechanisms.items())
    assert right >= 0.75 * result.hits, result.mechanisms
    assert result.mechanisms["timer"]["timer"] > 0, result.mechanisms
    assert not [each for each in found if each.endpoint.startswith(("PUT /polite", "PUT /poller"))]
