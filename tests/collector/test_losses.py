import threading

from hotspan_collector.losses import Losses


def test_what_was_dropped_for_one_reason_is_one_loss() -> None:
    losses = Losses()
    losses.add("buffer_full", "requests")
    losses.add("buffer_full", "requests", 4)
    losses.add("buffer_full", "spans", 2)
    assert sorted((loss.what, loss.rows) for loss in losses.take()) == [("requests", 5), ("spans", 2)]


def test_a_loss_says_from_when_to_when() -> None:
    losses = Losses()
    losses.add("buffer_full", "requests")
    losses.add("buffer_full", "requests")
    (loss,) = losses.take()
    assert 0 < loss.first_ns <= loss.last_ns


def test_taken_losses_are_gone() -> None:
    losses = Losses()
    losses.add("buffer_full", "requests")
    losses.take()
    assert not losses
    assert losses.take() == []


def test_losses_given_back_are_added_to_the_new_ones() -> None:
    losses = Losses()
    losses.add("buffer_full", "requests", 3)
    taken = losses.take()
    losses.add("buffer_full", "requests", 2)
    losses.give_back(taken)
    (loss,) = losses.take()
    assert loss.rows == 5
    assert loss.first_ns == taken[0].first_ns


def test_no_loss_is_lost_between_threads() -> None:
    losses = Losses()

    def drop() -> None:
        for _ in range(2000):
            losses.add("buffer_full", "requests")

    threads = [threading.Thread(target=drop) for _ in range(4)]
    for thread in threads:
        thread.start()
    taken = 0
    while any(thread.is_alive() for thread in threads):
        taken += sum(loss.rows for loss in losses.take())
    taken += sum(loss.rows for loss in losses.take())
    assert taken == 8000
