"""Restarts, failures and crashes of a real Home Assistant."""

from asyncio import sleep
from http import HTTPMethod

from demo.tour import Tour, add_instance
from harness.expect import until

from . import MARKS
from .conftest import FOREIGN, HOOKS, House

pytestmark = MARKS


async def test_a_restart_writes_nothing_at_the_gateway(house: House) -> None:
    home, gateway = house
    await add_instance(home, gateway)
    await house.until_registered()
    registered = house.hooks()
    await gateway.simulator.connect(gateway.instance)

    await home.stop()
    before = gateway.simulator.log.count
    await home.start()
    await home.entry_in("loaded")
    # Longer than the webhooks take to be looked at, shorter than the first poll is away.
    await sleep(5)

    requests = gateway.requests(before)
    assert {request.method for request in requests} == {HTTPMethod.GET}
    assert len(requests) <= 3
    assert house.hooks() == registered
    for step in Tour(home, gateway).again:
        await step.does()


async def test_an_entry_comes_up_by_itself_when_the_gateway_does(house: House) -> None:
    home, gateway = house
    await add_instance(home, gateway)
    await home.stop()
    await gateway.stop()

    await home.start()
    await home.entry_in("setup_retry")
    await gateway.start()

    await home.entry_in("loaded", seconds=30)


async def test_a_rotated_client_token_asks_to_sign_in_again(house: House) -> None:
    home, gateway = house
    entry = await add_instance(home, gateway)
    old = gateway.client_token
    gateway.rotate_client_token()

    await home.reload_entry(entry["entry_id"])
    await home.entry_in("setup_error")
    flows = home.websocket.flows
    await until("a dialog", lambda: list(flows.values()))
    form = await home.show_flow(next(iter(flows.values())))

    assert form["step_id"] == "reauth_confirm"
    assert form["errors"] == {"client_token": "invalid_auth"}
    assert not [
        secret for secret in (gateway.instance.token, old) if secret in str(form)
    ]

    result = await home.submit(form, {"client_token": gateway.client_token})

    assert (result["type"], result["reason"]) == ("abort", "credentials_updated")
    assert (await home.entry_in("loaded"))["entry_id"] == entry["entry_id"]
    assert not flows
    assert old not in home.log()


async def test_what_a_killed_home_assistant_took_is_given_back(house: House) -> None:
    home, gateway = house
    # An entry removed a moment ago would come back.
    await until("no entry on disk", lambda: not home.stored_entries())
    gateway.simulator.set_webhooks(gateway.instance, FOREIGN, *HOOKS)
    await add_instance(home, gateway, webhooks_in_use={"webhooks": "take_over"})
    await sleep(0.5)
    assert FOREIGN not in house.hooks(), "nothing was taken, so nothing is tested"
    await home.kill()

    await home.start()
    if not home.entries():
        await add_instance(home, gateway)
    entry = await home.entry_in("loaded")
    await house.until_registered()
    await home.remove_entry(entry["entry_id"])

    assert house.hooks() == [FOREIGN, FOREIGN]
