import dataclasses
import json
import threading
import time
from concurrent.futures import wait
from pathlib import Path
from typing import Any

import duckdb
import pytest

import receivers
from foreign_files import otlp_document, rows, served
from hotspan_collector import merge, receiver_intake, receiver_journal, receiver_sealing
from hotspan_collector.layout import Layout
from hotspan_collector.receiver_intake import FullError, Intake, NotStoredError
from hotspan_collector.receiver_journal import Journal, Kept, digest_of
from hotspan_collector.receiver_sealing import Body, NotOtlpError, Sealer
from hotspan_collector.segments import waiting
from hotspan_collector.store import Store


def _body(*numbers: int) -> Body:
    text = json.dumps(otlp_document([served(number) for number in numbers]))
    return Body(text, len(text), digest_of(text.encode()))


def _layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "store")
    layout.make()
    return layout


def test_bodies_are_sealed_into_one_segment(tmp_path: Path) -> None:
    layout = _layout(tmp_path)
    sealer = Sealer(layout)
    bad = Body("{bad", 4, "bad")
    outcomes = sealer.seal([_body(1, 2), bad, _body(3), Body("{}", 2, "empty")])
    assert (outcomes[0], outcomes[2], outcomes[3]) == (Kept(2, 0), Kept(1, 0), Kept(0, 0))
    assert isinstance(outcomes[1], NotOtlpError)
    (segment,) = waiting(layout.inbox)
    assert (segment.table, segment.rows) == ("spans", 3)
    sealer.close()


def test_nothing_to_keep_writes_nothing(tmp_path: Path) -> None:
    layout = _layout(tmp_path)
    sealer = Sealer(layout)
    assert sealer.seal([Body("{}", 2, "empty"), Body([], 0, "none")]) == [Kept(0, 0), Kept(0, 0)]
    assert waiting(layout.inbox) == []
    sealer.close()


def test_segments_of_one_sealer_never_share_a_row_number(tmp_path: Path) -> None:
    layout = _layout(tmp_path)
    sealer = Sealer(layout)
    for number in range(1, 4):
        sealer.seal([_body(number)])
    sealer.close()
    with Store(tmp_path / "store").reading() as connection:
        assert len({(row["worker"], row["seq"]) for row in rows(connection, "spans")}) == 3


def test_old_drafts_of_a_killed_receiver_go_and_fresh_ones_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = _layout(tmp_path)
    draft = layout.inbox / "0123.receiving"
    draft.write_bytes(b"half")
    Sealer(layout).close()
    assert draft.exists()
    later = time.time() + 7_200
    monkeypatch.setattr(time, "time", lambda: later)
    Sealer(layout).close()
    assert not draft.exists()


def test_what_was_taken_is_told_when_it_is_in_the_inbox(tmp_path: Path) -> None:
    intake = Intake(receivers.settings(tmp_path / "store"))
    intake.start()
    outcomes = [intake.take(_body(number)) for number in range(1, 21)]
    wait(outcomes, timeout=60)
    assert [outcome.result() for outcome in outcomes] == [Kept(1, 0)] * 20
    assert intake.spans == 20
    intake.stop()
    with Store(tmp_path / "store").reading() as connection:
        assert len(rows(connection, "spans")) == 20


def test_a_bounded_queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    real = Sealer.seal

    def slow(self: Sealer, bodies: list[Body]) -> object:
        go.wait(60)
        return real(self, bodies)

    monkeypatch.setattr(Sealer, "seal", slow)
    bodies = [_body(number) for number in range(1, 6)]
    intake = Intake(receivers.settings(tmp_path / "store"), max_waiting_bytes=int(bodies[0].size_bytes * 2.5))
    intake.start()
    outcomes = [intake.take(bodies[0])]
    while intake._waiting:  # until the first is being sealed
        time.sleep(0.01)
    outcomes.append(intake.take(bodies[1]))
    with pytest.raises(FullError):
        intake.take(bodies[2])
    go.set()
    wait(outcomes, timeout=60)
    assert all(outcome.result() == Kept(1, 0) for outcome in outcomes)
    outcomes.append(intake.take(bodies[3]))  # there is room again
    intake.stop()
    assert outcomes[-1].result() == Kept(1, 0)
    with pytest.raises(FullError):
        intake.take(bodies[4])


def test_what_waits_is_sealed_in_pieces_of_bounded_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    real = Sealer.seal

    def noted(self: Sealer, bodies: list[Body]) -> object:
        sizes.append(len(bodies))
        return real(self, bodies)

    bodies = [_body(number) for number in range(10, 20)]
    monkeypatch.setattr(Sealer, "seal", noted)
    monkeypatch.setattr(receiver_intake, "MAX_SEALED_BYTES", bodies[0].size_bytes * 3)
    intake = Intake(receivers.settings(tmp_path / "store"))
    outcomes = [intake.take(body) for body in bodies]
    intake.start()
    wait(outcomes, timeout=60)
    intake.stop()
    assert max(sizes) <= 3
    assert sum(sizes) == 10


def test_a_body_that_comes_again_counts_once(tmp_path: Path) -> None:
    intake = Intake(receivers.settings(tmp_path / "store"))
    first = [intake.take(_body(1)) for _ in range(2)]
    intake.start()
    later = intake.take(_body(1)).result(timeout=60)
    assert [outcome.result() for outcome in first] == [Kept(1, 0)] * 2 == [later] * 2
    intake.stop()
    assert _stored(tmp_path / "store") == 1


def test_a_body_whose_answer_was_lost_with_its_receiver_counts_once(tmp_path: Path) -> None:
    layout = _layout(tmp_path)
    sealer = Sealer(layout)
    sealer.seal([_body(1), _body(2)])  # and killed before it could answer
    sealer.close()
    intake = Intake(receivers.settings(tmp_path / "store"))
    intake.start()
    assert intake.take(_body(1)).result(timeout=60) == Kept(1, 0)
    assert intake.take(_body(3)).result(timeout=60) == Kept(1, 0)
    intake.stop()
    assert _stored(tmp_path / "store") == 3


def test_what_was_noted_but_never_sealed_is_taken(tmp_path: Path) -> None:
    layout = _layout(tmp_path)
    Journal(layout).note("spans-v1-00000000000000ff-1790000000000000000-1.parquet", {_body(1).digest: Kept(1, 0)})
    intake = Intake(receivers.settings(tmp_path / "store"))
    intake.start()
    intake.take(_body(1)).result(timeout=60)
    intake.stop()
    assert _stored(tmp_path / "store") == 1


def test_a_journal_that_was_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    layout = _layout(tmp_path)
    sealer = Sealer(layout)
    sealer.seal([_body(1)])
    sealer.close()
    path = layout.root / "receiver.journal"
    path.write_text(path.read_text() + '{"at_s": 1')
    assert Journal(layout).recall() == {_body(1).digest: Kept(1, 0)}


def test_a_journal_forgets_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = _layout(tmp_path)
    sealer = Sealer(layout)
    sealer.seal([_body(1)])
    sealer.close()
    later_s = time.time() + receiver_journal.REMEMBERED_S + 1
    monkeypatch.setattr(time, "time", lambda: later_s)
    assert Journal(layout).recall() == {}
    assert not (layout.root / "receiver.journal").exists()


def test_a_body_that_failed_may_come_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = receiver_sealing._sync
    failing = [True]

    def flaky(path: Path) -> None:
        if failing:
            failing.pop()
            raise OSError(28, "No space left on device")
        real(path)

    monkeypatch.setattr(receiver_sealing, "_sync", flaky)
    intake = Intake(receivers.settings(tmp_path / "store"))
    intake.start()
    with pytest.raises(NotStoredError, match="No space left"):
        intake.take(_body(1)).result(timeout=60)
    assert intake.take(_body(1)).result(timeout=60) == Kept(1, 0)
    intake.stop()
    assert _stored(tmp_path / "store") == 1


def _stored(store: Path) -> int:
    with Store(store).reading() as connection:
        return len(rows(connection, "spans"))


def test_a_duckdb_is_replaced_before_it_has_grown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiver_sealing, "RENEW_AFTER", 2)
    layout = _layout(tmp_path)
    sealer = Sealer(layout)
    first = sealer._connection
    assert sealer.seal([_body(1)]) == [Kept(1, 0)]
    assert sealer._connection is first
    assert [sealer.seal([_body(number)]) for number in (2, 3)] == [[Kept(1, 0)]] * 2
    assert sealer._connection is not first
    assert sum(segment.rows for segment in waiting(layout.inbox)) == 3
    sealer.close()


def test_a_store_removed_under_way_is_begun_anew(tmp_path: Path) -> None:
    layout = _layout(tmp_path)
    sealer = Sealer(layout)
    assert sealer.seal([_body(1)]) == [Kept(1, 0)]
    layout.root.rename(tmp_path / "gone")
    assert sealer.seal([_body(2)]) == [Kept(1, 0)]
    sealer.close()
    assert len(waiting(layout.inbox)) == 1
    assert (layout.root / "secret").read_bytes() != (tmp_path / "gone" / "secret").read_bytes()


def test_a_merge_that_fails_inside_duckdb_is_told_and_the_next_one_merges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failed = threading.Event()

    def once(*arguments: Any, **more: Any) -> bool:
        if failed.is_set():
            return whole(*arguments, **more)
        failed.set()
        raise duckdb.IOException("no space left")

    whole = merge.merge
    monkeypatch.setattr(merge, "merge", once)
    intake = Intake(dataclasses.replace(receivers.settings(tmp_path / "store"), merge_interval_s=0.01))
    intake.start()
    wait([intake.take(_body(1))])
    assert failed.wait(60)
    intake.stop()
    assert [record.getMessage() for record in caplog.records] == [
        "hotspan cannot merge what arrived, it goes on waiting: no space left"
    ]
    assert waiting(tmp_path / "store" / "inbox") == []
