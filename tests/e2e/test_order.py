"""In which order a test finds the two that all share, and what they may have said."""

from . import MARKS
from .conftest import House, faults_in, put_in_order

pytestmark = MARKS


async def test_what_a_test_has_sent_does_not_hold_up_the_next(pair: House) -> None:
    gateway, instance = pair.gateway.simulator, pair.gateway.instance
    async with put_in_order(pair):
        await gateway.connect(instance)
        body = {"phone": "5544988888888", "message": "Is the gate closed?"}
        await gateway.send(instance, "send-text", body)

    assert not instance.queue


async def test_a_page_that_was_left_is_no_fault_of_an_integration() -> None:
    left = (
        "\x1b[31m2026-11-29 12:00:00.000 ERROR (MainThread) [homeassistant] Error doing job\n"
        '  File "/homeassistant/components/websocket_api/http.py", line 1\n'
        "ClientConnectionResetError: Cannot write to closing transport\n"
    )
    ours = left.replace("homeassistant/components", "custom_components/zapi")
    assert faults_in(left + ours + left) == [ours]
