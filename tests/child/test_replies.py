"""Replies that are matched to requests by their numbers."""

import threading

import pytest

from claude_cli.child.replies import Inboxes, NoReply, wait_for


def test_each_waiter_gets_the_reply_of_its_number_in_any_order() -> None:
    inboxes, never = Inboxes(), threading.Event()
    first, second = inboxes.expect(1), inboxes.expect(2)
    inboxes.deliver(2, {"id": 2})
    inboxes.deliver(1, {"id": 1})
    assert wait_for(first, 5, never) == {"id": 1}
    assert wait_for(second, 5, never) == {"id": 2}


@pytest.mark.parametrize("number", [7, "1", None, [1], {}])
def test_a_reply_that_nobody_waits_for_is_passed_over(number: object) -> None:
    inboxes = Inboxes()
    waiting = inboxes.expect(1)
    inboxes.deliver(number, {"id": number})
    assert waiting.empty()


def test_after_the_end_nobody_waits() -> None:
    inboxes, never = Inboxes(), threading.Event()
    before = inboxes.expect(1)
    inboxes.close()
    assert wait_for(before, 5, never) is None
    assert wait_for(inboxes.expect(2), 5, never) is None
    assert not inboxes.is_open


def test_no_reply_in_time_and_a_stop_are_told() -> None:
    stop = threading.Event()
    inbox = Inboxes().expect(1)
    with pytest.raises(NoReply):
        wait_for(inbox, 0.01, stop)
    stop.set()
    with pytest.raises(NoReply):
        wait_for(inbox, 60, stop)
