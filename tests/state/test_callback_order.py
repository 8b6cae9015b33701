"""Which callback is the newest, whatever the clocks say."""

from typing import Any

import pytest

from custom_components.zapi.api import ConnectedCallback, DisconnectedCallback
from custom_components.zapi.state.callback_order import CallbackOrder, Verdict
from tests.common import INSTANCE_ID, PHONE

NOW = 1_790_000_000.5
SECOND = int(NOW)
OTHER_PHONE = "5511988887777"

ACCEPT = Verdict(accept=True, poll=False)
ACCEPT_AND_POLL = Verdict(accept=True, poll=True)
POLL = Verdict(accept=False, poll=True)
DROP = Verdict(accept=False, poll=False)


def connected(moment: float | None, phone: str = PHONE) -> ConnectedCallback:
    """Return a connected callback of that moment."""
    return ConnectedCallback(INSTANCE_ID, moment, phone)


def disconnected(
    moment: float | None, reason: str | None = None
) -> DisconnectedCallback:
    """Return a disconnected callback of that moment."""
    return DisconnectedCallback(INSTANCE_ID, moment, reason)


@pytest.mark.parametrize(
    ("callbacks", "verdict"),
    [
        ([connected(NOW)], ACCEPT),
        ([connected(NOW - 2.1), disconnected(NOW - 1.1)], ACCEPT),
        ([connected(NOW - 1.1), disconnected(NOW - 2.1)], DROP),
        ([connected(NOW - 1.1), connected(NOW - 1.1)], DROP),
        ([connected(NOW - 3.1), disconnected(NOW - 2.1), connected(NOW - 3.1)], DROP),
        ([connected(None)], ACCEPT_AND_POLL),
        ([connected(NOW - 1.1), disconnected(None), connected(NOW - 1.1)], POLL),
        ([connected(NOW - 1.1), connected(NOW - 1.1, OTHER_PHONE)], ACCEPT_AND_POLL),
        (
            [
                connected(NOW - 1.1),
                connected(NOW - 1.1, OTHER_PHONE),
                connected(NOW - 1.1),
            ],
            POLL,
        ),
        (
            [disconnected(NOW - 1.1), disconnected(NOW - 1.1, "Logged out")],
            ACCEPT_AND_POLL,
        ),
        ([disconnected(SECOND), connected(NOW - 0.4), disconnected(SECOND)], POLL),
        (
            [
                disconnected(SECOND),
                connected(NOW - 0.4),
                disconnected(SECOND),
                disconnected(SECOND),
            ],
            DROP,
        ),
        (
            [
                disconnected(SECOND),
                connected(SECOND),
                disconnected(SECOND),
                connected(SECOND),
            ],
            POLL,
        ),
        ([disconnected(SECOND), connected(SECOND), connected(SECOND)], DROP),
        ([connected(NOW + 60)], ACCEPT),
        ([connected(NOW + 3600)], ACCEPT_AND_POLL),
        ([connected(NOW + 3600), disconnected(NOW - 1.1)], ACCEPT),
        ([connected(NOW - 121)], POLL),
        ([connected(NOW - 121), disconnected(NOW - 100.1)], ACCEPT),
        ([connected(NOW - 0.1), disconnected(int(NOW))], ACCEPT_AND_POLL),
        ([connected(NOW - 0.1), disconnected(int(NOW) - 1)], DROP),
        ([disconnected(int(NOW)), connected(NOW - 0.4)], ACCEPT_AND_POLL),
    ],
)
def test_callbacks_are_ordered_by_their_moment(
    callbacks: list[Any], verdict: Verdict
) -> None:
    order = CallbackOrder()
    assert [order.judge(incoming, NOW) for incoming in callbacks][-1] == verdict


def test_a_clock_that_is_set_back_wedges_nothing() -> None:
    order = CallbackOrder()
    order.judge(connected(NOW), NOW)
    earlier = NOW - 3600
    assert order.judge(disconnected(earlier - 0.1), earlier) == ACCEPT


@pytest.mark.parametrize(
    ("incoming", "polled", "verdict"),
    [
        (disconnected(NOW - 2.1), NOW - 2.2, ACCEPT),
        (disconnected(NOW - 2.1), NOW - 2.1, ACCEPT),
        (disconnected(NOW - 2.1), NOW - 1.1, POLL),
        (disconnected(int(NOW) - 2), NOW - 1.8, ACCEPT),
        (disconnected(int(NOW) - 2), NOW - 0.8, POLL),
        (disconnected(NOW - 2.1), NOW + 3600, ACCEPT),
    ],
)
def test_a_callback_older_than_the_last_poll_is_not_believed_but_asked_about(
    incoming: DisconnectedCallback, polled: float, verdict: Verdict
) -> None:
    order = CallbackOrder()
    order.note_poll(polled)
    assert order.judge(incoming, NOW) == verdict
