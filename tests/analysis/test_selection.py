import pytest

from hotspan_analysis.selection import Filters, Selection
from hotspan_analysis.window import Window
from hotspan_collector.errors import BadInputError


def given_values(**filters: str | None) -> dict[str, object]:
    """What a selection binds, without what was not asked for."""
    selection = Selection.of(**Filters(**filters))  # type: ignore[typeddict-item]  # the names are those of Filters
    bound = selection.bind(Window(5, 9))
    return {name: value for name, value in bound.items() if value is not None and not name.endswith("_ns")}


def test_without_filters_nothing_is_bound() -> None:
    assert given_values() == {}


def test_a_filter_of_none_is_no_filter() -> None:
    assert given_values(service=None, status=None, client=None, route=None) == {}


def test_a_method_may_be_written_small() -> None:
    assert given_values(method="put", service="shop") == {"method": "PUT", "service": "shop"}


def test_a_route_with_a_star_is_everything_below() -> None:
    assert given_values(route="/api/*") == {"route_prefix": "/api/"}
    assert given_values(route="/api/{id}") == {"route": "/api/{id}"}


def test_an_endpoint_may_be_a_request_or_a_job() -> None:
    assert given_values(endpoint="GET /x y") == {"method": "GET", "route": "/x y", "job": "GET /x y"}


@pytest.mark.parametrize(("text", "bounds"), [("5xx", (500, 600)), ("404", (404, 405)), ("2XX", (200, 300))])
def test_a_status_or_a_class_of_them(text: str, bounds: tuple[int, int]) -> None:
    assert given_values(status=text) == {"status_from": bounds[0], "status_to": bounds[1]}


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("00000000000000ff", (255, 255)),
        ("ff", (0xFF << 56, (1 << 64) - 1)),
        ("FF", (0xFF << 56, (1 << 64) - 1)),
        ("unknown", (0, 0)),
    ],
)
def test_a_client_by_its_first_digits(text: str, bounds: tuple[int, int]) -> None:
    assert given_values(client=text) == {"client_from": bounds[0], "client_to": bounds[1]}


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ({"kind": "cron"}, "choose web, job or held_open"),
        ({"status": "6xx"}, "write 503 or a class"),
        ({"status": "ok"}, "write 503 or a class"),
        ({"client": "ann"}, "is no client id"),
        ({"client": "0123456789abcdef0"}, "is no client id"),
        ({"endpoint": "GET /x", "method": "GET"}, "one or the other"),
    ],
)
def test_what_nothing_could_match_says_what_to_do(filters: dict[str, str], words: str) -> None:
    with pytest.raises(BadInputError, match=words):
        given_values(**filters)


def test_the_window_is_bound_too_and_may_look_further_back() -> None:
    bound = Selection().bind(Window(5, 9), since_ns=1)
    assert (bound["since_ns"], bound["from_ns"], bound["to_ns"]) == (1, 5, 9)
