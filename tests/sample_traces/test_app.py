"""The exam app's endpoints, called as a browser calls them but within this process."""

import asyncio
from pathlib import Path

import pytest

from exam_apps import SMALL, exam_app


def test_health_needs_no_login(tmp_path: Path) -> None:
    async def check() -> None:
        async with exam_app(tmp_path).browser() as client:
            assert (await client.get("/health")).json() == {"status": "ok"}

    asyncio.run(check())


def test_a_whole_test_from_login_to_results(tmp_path: Path) -> None:
    exam = exam_app(tmp_path)
    test_id = exam.school.seats[0].test_ids[0]

    async def take_it() -> dict[str, int]:
        async with exam.browser("9a-01") as client:
            assert (await client.get("/tests")).json() == [{"test_id": test_id, "state": "waiting"}]
            started = (await client.post(f"/tests/{test_id}/start")).json()
            assert len(started["section_ids"]) == SMALL.sections
            for section_id in started["section_ids"]:
                paper = (await client.get(f"/tests/{test_id}/sections/{section_id}")).json()
                assert len(paper["question_ids"]) == SMALL.questions
                for question_id in paper["question_ids"]:
                    path = f"/tests/{test_id}/questions/{question_id}/answer"
                    assert (await client.post(path, json={"choice": 1})).status_code == 200
            assert (await client.post(f"/tests/{test_id}/finish")).status_code == 200
            assert (await client.get("/tests")).json() == [{"test_id": test_id, "state": "finished"}]
            results: dict[str, int] = (await client.get(f"/tests/{test_id}/results")).json()
            return results

    results = asyncio.run(take_it())
    right = exam.rows("select count(*) from questions where choice = 1 and right_choice = 1")[0][0]
    assert results == {"answered": SMALL.sections * SMALL.questions, "right": right}


def test_a_save_stores_the_time_left_and_reads_the_whole_activity_log(tmp_path: Path) -> None:
    exam = exam_app(tmp_path)
    test_id = exam.school.seats[0].test_ids[0]

    async def save() -> dict[str, float]:
        async with exam.browser("9a-01") as client:
            section_id = (await client.post(f"/tests/{test_id}/start")).json()["section_ids"][0]
            response = await client.put(f"/tests/{test_id}/sections/{section_id}", json={"time_left_s": 31.5})
            body: dict[str, float] = response.json()
            return body

    body = asyncio.run(save())
    assert body["time_left_s"] == 31.5
    # Three kinds of question, each looked at for 3 s on average (n % 13 * 0.5).
    assert body["usual_s"] == pytest.approx(3 * 3.0, abs=0.5)
    assert exam.rows("select time_left_s from sections where time_left_s is not null") == [(31.5,)]


def test_without_login_nothing_is_shown(tmp_path: Path) -> None:
    async def check() -> None:
        async with exam_app(tmp_path).browser() as client:
            for method, path in (("GET", "/tests"), ("PUT", "/tests/1/sections/1"), ("POST", "/tests/1/finish")):
                response = await client.request(method, path, json={"time_left_s": 1})
                assert response.status_code == 401, path
            assert (await client.post("/login", json={"name": "nobody"})).status_code == 404
            client.cookies.clear()
            assert (await client.post("/login", json={"name": "9a-01"})).status_code == 404

    asyncio.run(check())


def test_nobody_gets_at_the_test_of_another(tmp_path: Path) -> None:
    exam = exam_app(tmp_path)
    other = exam.school.seats[1].test_ids[0]

    async def check() -> None:
        async with exam.browser("9a-01") as client:
            section_id = exam.rows("select min(id) from sections where test_id = ?", other)[0][0]
            question_id = exam.rows("select min(id) from questions where section_id = ?", section_id)[0][0]
            for method, path in (
                ("POST", f"/tests/{other}/start"),
                ("GET", f"/tests/{other}/sections/{section_id}"),
                ("PUT", f"/tests/{other}/sections/{section_id}"),
                ("POST", f"/tests/{other}/questions/{question_id}/answer"),
                ("POST", f"/tests/{other}/finish"),
                ("GET", f"/tests/{other}/results"),
            ):
                response = await client.request(method, path, json={"time_left_s": 1, "choice": 1})
                assert response.status_code == 404, path

    asyncio.run(check())
    assert exam.rows("select count(*) from questions where choice is not null") == [(0,)]
    assert exam.rows("select count(*) from tests where state <> 'waiting'") == [(0,)]


def test_results_are_there_only_once_the_test_is_handed_in(tmp_path: Path) -> None:
    exam = exam_app(tmp_path)
    test_id = exam.school.seats[0].test_ids[0]

    async def check() -> None:
        async with exam.browser("9a-01") as client:
            assert (await client.get(f"/tests/{test_id}/results")).status_code == 404

    asyncio.run(check())


def test_the_page_gives_a_browser_its_cookie_once(tmp_path: Path) -> None:
    async def check() -> None:
        async with exam_app(tmp_path).browser() as client:
            first = client.cookies["session"]
            assert "set-cookie" not in (await client.get("/")).headers
            assert client.cookies["session"] == first

    asyncio.run(check())


def test_who_logs_in_on_the_same_browser_takes_over(tmp_path: Path) -> None:
    exam = exam_app(tmp_path)

    async def check() -> None:
        async with exam.browser("9a-01") as client:
            await client.post("/login", json={"name": "9a-02"})
            assert [test["test_id"] for test in (await client.get("/tests")).json()] == list(
                exam.school.seats[1].test_ids
            )

    asyncio.run(check())
    assert len(exam.rows("select * from logins")) == 1
