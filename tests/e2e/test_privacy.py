"""What a house keeps of the messages that it sends and receives."""

from contextlib import closing
import json
from pathlib import Path
import sqlite3
from typing import Any, Final

import pytest

from demo.surroundings import COUNTRY
from demo.tour import add_instance, add_recipient
from harness.home_assistant import LEAN, HomeAssistant
from harness.websocket import CommandError, Json
from simulator import ALL, CONTENTS, NOTICES, Writer

from . import MARKS
from .conftest import FOREIGN, House, Starter, put_in_order
from .number import Number

pytestmark = MARKS

UNSAVED: Final = "5511977776666"
# Whatever is found of these somewhere tells what was said, or to whom.
TEXT, TITLE, CAPTION, FILE, PLACE, ADDRESS, CHOICE, FOOTER, EDITED = SECRETS = (
    "Zebra text",
    "Zebra title",
    "Zebra caption",
    "Zebra file",
    "Zebra place",
    "Zebra street",
    "Zebra choice",
    "Zebra footer",
    "Zebra edit",
)
# As it may be written.
NUMBERS: Final = (UNSAVED, UNSAVED[2:], "97777-6666")

NAME: Final = "Zebra person"
LID: Final = "111122223333444@lid"
GROUP: Final = "120363000000000002-group"
CONFIGURATION: Final = f"{LEAN}recorder:\ndiagnostics:\n"


def actions(message_id: str, picture: Path) -> dict[str, Json]:
    """Return each action, with every field that says something of somebody."""
    message = {"message_id": message_id}
    return {
        "send_message": {"message": TEXT, "title": TITLE, "typing": 1},
        "send_media": {
            "media": str(picture),
            "caption": CAPTION,
            "file_name": FILE,
            "send_as": "document",
        },
        "send_location": {
            "location": {"latitude": -23.4, "longitude": -51.9},
            "name": PLACE,
            "address": ADDRESS,
        },
        "send_choices": {
            "message": TEXT,
            "choices": [{"label": CHOICE, "description": CHOICE}],
            "title": TITLE,
            "footer": FOOTER,
        },
        "edit_message": {**message, "message": EDITED},
        "react": {**message, "emoji": "🦓"},
        "forward_message": message,
        "mark_read": message,
        "delete_message": message,
        "find_chats": {"query": TEXT},
        "check_number": {"numbers": [UNSAVED]},
    }


async def perform(home: HomeAssistant, action: str, data: Json) -> Any:
    """Run an action, and return what it answers, if anything."""
    services = await home.websocket.command("get_services")
    ran = await home.websocket.command(
        "call_service",
        domain="zapi",
        service=action,
        service_data=data,
        return_response="response" in services["zapi"][action],
    )
    return ran.get("response")


async def send_everything(home: HomeAssistant, entity_id: str) -> None:
    """Send all that can be sent, to a recipient and to somebody who is not saved."""
    picture = home.config / "www" / f"{FILE}.png"
    picture.parent.mkdir(exist_ok=True)
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    whom: Json
    for whom in ({"entity_id": entity_id}, {"to": UNSAVED}):
        said = await perform(home, "send_message", {**whom, "message": TEXT})
        message_id = said["messages"][0]["message_id"]
        for action, data in actions(message_id, picture).items():
            is_question = action in {"find_chats", "check_number"}
            await perform(home, action, data if is_question else {**whom, **data})
    await home.websocket.command(
        "call_service",
        domain="notify",
        service="send_message",
        service_data={"message": TEXT, "title": TITLE},
        target={"entity_id": entity_id},
    )


def recorded(database: Path) -> tuple[list[str], list[str]]:
    """Return all rows of a recorder's database, the data of called actions apart."""
    with closing(sqlite3.connect(database)) as connection:
        events = connection.execute(
            "SELECT event_types.event_type, shared_data FROM event_data"
            " JOIN events USING (data_id) JOIN event_types USING (event_type_id)"
        ).fetchall()
        texts = [
            line for line in connection.iterdump() if '"event_data"' not in line[:40]
        ]
    calls = [data for kind, data in events if kind == "call_service"]
    return texts + [data for kind, data in events if kind != "call_service"], calls


def found(texts: list[str]) -> set[str]:
    """Return what of the messages stands in some texts, whatever quotes JSON puts in."""
    every = "\n".join(texts)
    secrets = (*SECRETS, *NUMBERS, NAME, LID, LID.removesuffix("@lid"), "🦓")
    return {secret for secret in secrets if secret in every}


async def receive_everything(house: House) -> None:
    """Receive each kind of message and notice, in private, from a private id and in a group."""
    simulator, instance = house.gateway.simulator, house.gateway.instance
    for phone, group in ((UNSAVED, ""), (LID, ""), (UNSAVED, GROUP)):
        writer = Writer(
            gateway=simulator, instance=instance, phone=phone, name=NAME, group=group
        )
        for kind in (*CONTENTS, *NOTICES):
            await writer.send(kind, TEXT)


async def test_nothing_of_a_message_is_kept_but_in_the_event_of_the_call(
    start: Starter,
) -> None:
    async with start(configuration=CONFIGURATION) as house, put_in_order(house):
        home, gateway = house
        await home.websocket.command("config/core/update", country=COUNTRY)
        # Edits and forwards need somebody who listens.
        gateway.simulator.set_webhooks(gateway.instance, FOREIGN, "receivedCallbackUrl")
        await gateway.simulator.connect(gateway.instance)
        entry_id = (await add_instance(home, gateway))["entry_id"]
        entity_id = await add_recipient(home, entry_id, "Maria", "5544988888888")

        await send_everything(home, entity_id)
        gateway.simulator.faults.refused_phones = ALL
        refusal = {"message": TEXT, "entity_id": entity_id, "to": UNSAVED}
        with pytest.raises(CommandError) as refused:
            await perform(home, "send_message", refusal)
        dump = await home.get(f"diagnostics/config_entry/{entry_id}")
        await home.stop()
        texts, calls = recorded(home.config / "home-assistant_v2.db")
        await home.start()

    # Where it may stand, it is found.
    assert found(calls) >= {*SECRETS, UNSAVED}
    assert any(entity_id in text for text in texts)
    assert not found(texts)
    assert not found([home.log(), str(refused.value)])
    assert not found([json.dumps(dump, ensure_ascii=False)])


async def test_nothing_of_a_message_that_is_received_is_kept(start: Starter) -> None:
    async with start(configuration=CONFIGURATION) as house, put_in_order(house):
        home = house.home
        number = await Number.add(house)
        await number.receive("messages", "receipts", "own", others="everybody")
        shown: list[Json] = []
        await home.websocket.command(
            "subscribe_events",
            lambda event: shown.append(event["data"]["new_state"]),
            event_type="state_changed",
        )

        await receive_everything(house)
        entry = await home.entry_in("loaded")
        dump = await home.get(f"diagnostics/config_entry/{entry['entry_id']}")
        await home.stop()
        texts, calls = recorded(home.config / "home-assistant_v2.db")
        restored = (home.config / ".storage" / "core.restore_state").read_text()
        await home.start()

    # Where it may stand, it is found.
    assert found([json.dumps(shown)]) >= {TEXT, UNSAVED, LID}
    assert any("_message" in text for text in texts)
    assert not found([*texts, *calls])
    assert not found([home.log(), restored])
    assert not found([json.dumps(dump, ensure_ascii=False)])
