"""In which order a test finds the gateway that all share."""

from . import MARKS
from .conftest import House, put_in_order

pytestmark = MARKS


async def test_what_a_test_has_sent_does_not_hold_up_the_next(pair: House) -> None:
    gateway, instance = pair.gateway.simulator, pair.gateway.instance
    async with put_in_order(pair):
        await gateway.connect(instance)
        body = {"phone": "5544988888888", "message": "Is the gate closed?"}
        await gateway.send(instance, "send-text", body)

    assert not instance.queue
