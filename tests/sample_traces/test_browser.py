"""The virtual browser: what it sends along, and what it writes down about each call."""

import asyncio

import httpx
import pytest

import virtual_time
from hotspan_sample_traces.browser import Browser
from hotspan_sample_traces.scenario import FIXED


def browser(handler: httpx.MockTransport) -> Browser:
    return Browser.at("http://exam", "9a-01", "203.0.113.1", FIXED, handler)


def test_keeps_its_cookie_and_says_where_it_is_from() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, headers={"set-cookie": "session=abc; HttpOnly"})

    async def calls() -> None:
        page = browser(httpx.MockTransport(answer))
        async with page.client:
            await page.call("POST", "/login", {"name": "9a-01"})
            await page.call("GET", "/tests")

    virtual_time.run(calls())
    assert [request.headers.get("cookie") for request in seen] == [None, "session=abc"]
    assert {request.headers["x-forwarded-for"] for request in seen} == {"203.0.113.1"}
    assert seen[0].content == b'{"name":"9a-01"}'


def test_counts_how_many_of_its_own_calls_for_the_same_thing_are_still_unanswered() -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(5)
        return httpx.Response(200)

    async def calls() -> Browser:
        page = browser(httpx.MockTransport(answer))
        async with page.client, asyncio.TaskGroup() as group:
            for path in ("/a", "/a", "/b", "/a"):
                group.create_task(page.call("PUT", path))
                await asyncio.sleep(1)
        await asyncio.sleep(0)
        return page

    page = virtual_time.run(calls())
    assert [(call.path, call.waiting) for call in page.calls] == [("/a", 0), ("/a", 1), ("/b", 0), ("/a", 2)]
    assert all(call.status == 200 and call.answered_ns is not None for call in page.calls)


def test_a_call_that_failed_is_no_longer_waited_for() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    async def calls() -> Browser:
        page = browser(httpx.MockTransport(answer))
        async with page.client:
            for _ in range(2):
                with pytest.raises(httpx.ConnectError):
                    await page.call("GET", "/a")
        return page

    page = virtual_time.run(calls())
    assert [(call.waiting, call.status, call.answered_ns) for call in page.calls] == [(0, None, None)] * 2
