"""The actions: what each sends, and what it answers."""

from asyncio import Event
from http import HTTPStatus
from pathlib import Path
from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.zapi.api import Chat
from custom_components.zapi.const import DOMAIN
from custom_components.zapi.services import ACTIONS
from simulator import ALL, Gateway, Instance
from tests.actions import (
    EVERYBODY,
    GROUP,
    JOAO,
    LID,
    MARIA,
    a_message,
    body,
    call,
    posted,
)
from tests.common import CLIENT_TOKEN
from tests.messages.common import PNG

FOREIGN = "https://n8n.example.com/hook"

REQUESTS: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    (
        "send_message",
        {"entity_id": "notify.maria", "message": "Portão aberto"},
        "send-text",
        body(MARIA, message="Portão aberto"),
    ),
    (
        "send_message",
        {
            "entity_id": "notify.maria",
            "message": "aberto",
            "title": "Por*tão",
            "reply_to": "3EB0AA",
            "typing": 5,
        },
        "send-text",
        body(
            MARIA,
            message="*Por\u200b*\u200btão*\naberto",
            messageId="3EB0AA",
            delayTyping=5,
        ),
    ),
    (
        "send_message",
        {
            "entity_id": "notify.familia",
            "message": "Oi",
            "mention": ["44 98888-8888"],
            "mention_all": True,
        },
        "send-text",
        body(
            GROUP,
            message=f"Oi @{MARIA} @all",
            mentioned=[MARIA],
            mentionAll=True,
        ),
    ),
    (
        "send_message",
        {"entity_id": "notify.me", "message": "Lembrar"},
        "send-text",
        body("5544999999999", message="Lembrar"),
    ),
    (
        "send_message",
        {"to": " +55 (44) 98888-8888 ", "message": "Oi"},
        "send-text",
        body(MARIA, message="Oi"),
    ),
    (
        "send_message",
        {"to": [44988888888], "message": "Oi"},
        "send-text",
        body(MARIA, message="Oi"),
    ),
    (
        "send_message",
        {"to": LID, "message": "Oi"},
        "send-text",
        body(LID, message="Oi"),
    ),
    (
        "send_media",
        {
            "entity_id": "notify.maria",
            "media": "https://example.com/a.jpg",
            "caption": "Oi",
            "view_once": True,
            "reply_to": "3EB0AA",
        },
        "send-image",
        body(
            MARIA,
            image="https://example.com/a.jpg",
            caption="Oi",
            messageId="3EB0AA",
            viewOnce=True,
        ),
    ),
    (
        "send_media",
        {
            "entity_id": "notify.maria",
            "media": "https://example.com/a.mp4",
            "caption": "Oi",
        },
        "send-video",
        body(MARIA, video="https://example.com/a.mp4", caption="Oi"),
    ),
    (
        "send_media",
        {
            "entity_id": "notify.maria",
            "media": "https://example.com/a.mp4",
            "send_as": "gif",
        },
        "send-gif",
        body(MARIA, gif="https://example.com/a.mp4"),
    ),
    (
        "send_media",
        {"entity_id": "notify.maria", "media": "https://example.com/a.mp3"},
        "send-audio",
        body(MARIA, audio="https://example.com/a.mp3", waveform=True),
    ),
    (
        "send_media",
        {
            "entity_id": "notify.maria",
            "media": "https://example.com/a.png",
            "send_as": "sticker",
        },
        "send-sticker",
        body(MARIA, sticker="https://example.com/a.png"),
    ),
    (
        "send_media",
        {
            "entity_id": "notify.maria",
            "media": "https://example.com/a.pdf",
            "file_name": "Conta.pdf",
        },
        "send-document/pdf",
        body(MARIA, document="https://example.com/a.pdf", fileName="Conta.pdf"),
    ),
    (
        "send_location",
        {
            "entity_id": "notify.maria",
            "location": {"latitude": -23.4, "longitude": -51.9, "radius": 10},
            "name": "Casa",
            "address": "Rua A, 1",
        },
        "send-location",
        body(
            MARIA,
            title="Casa",
            address="Rua A, 1",
            latitude="-23.400000",
            longitude="-51.900000",
        ),
    ),
    (
        "send_location",
        {"entity_id": "notify.maria", "location": "zone.home"},
        "send-location",
        body(
            MARIA,
            title="Casa",
            address="-23.500000, -51.500000",
            latitude="-23.500000",
            longitude="-51.500000",
        ),
    ),
    (
        "send_choices",
        {
            "entity_id": "notify.maria",
            "message": "Abrir?",
            "choices": ["Sim", {"label": "Não", "description": "agora não"}],
            "title": "Portão",
            "footer": "Casa",
        },
        "send-text",
        body(
            MARIA,
            message="*Portão*\nAbrir?\n\n1. Sim\n2. Não – agora não\n\nCasa",
        ),
    ),
    (
        "send_choices",
        {
            "entity_id": "notify.maria",
            "message": "Abrir?",
            "choices": ["Sim", "Não"],
            "numbered": False,
        },
        "send-text",
        body(MARIA, message="Abrir?\n\n• Sim\n• Não"),
    ),
    (
        "send_choices",
        {
            "entity_id": "notify.familia",
            "message": "Abrir?",
            "choices": [{"label": "Sim", "id": "yes"}, {"label": "Não"}],
            "send_as": "buttons",
        },
        "send-button-list",
        body(
            GROUP,
            message="Abrir?\n\n1. Sim\n2. Não",
            buttonList={
                "buttons": [{"id": "yes", "label": "Sim"}, {"id": "2", "label": "Não"}]
            },
        ),
    ),
    (
        "send_choices",
        {
            "entity_id": "notify.maria",
            "message": "Abrir?",
            "choices": [{"label": "Sim", "description": "agora"}],
            "send_as": "list",
            "numbered": False,
        },
        "send-option-list",
        body(
            MARIA,
            message="Abrir?",
            optionList={
                "title": "List",
                "buttonLabel": "List",
                "options": [{"id": "1", "title": "Sim", "description": "agora"}],
            },
        ),
    ),
    (
        "send_choices",
        {
            "entity_id": "notify.familia",
            "message": "Abrir?",
            "choices": ["Sim", "Não"],
            "send_as": "poll",
        },
        "send-poll",
        body(
            GROUP,
            message="Abrir?\n\n1. Sim\n2. Não",
            poll=[{"name": "Sim"}, {"name": "Não"}],
            pollMaxOptions=1,
        ),
    ),
    (
        "react",
        {"entity_id": "notify.maria", "message_id": "3EB0AA", "emoji": "👍"},
        "send-reaction",
        body(MARIA, messageId="3EB0AA", reaction="👍"),
    ),
    (
        "react",
        {"entity_id": "notify.maria", "message_id": "3EB0AA"},
        "send-remove-reaction",
        body(MARIA, messageId="3EB0AA"),
    ),
    (
        "mark_read",
        {"to": MARIA, "message_id": "3EB0AA"},
        "read-message",
        body(MARIA, messageId="3EB0AA"),
    ),
]


@pytest.mark.parametrize(
    ("action", "data", "path", "expected"),
    REQUESTS,
    ids=[f"{row[0]}-{row[2]}" for row in REQUESTS],
)
async def test_an_action_makes_the_request_that_is_documented(
    hass: HomeAssistant,
    house: MockConfigEntry,
    gateway: Gateway,
    action: str,
    data: dict[str, Any],
    path: str,
    expected: dict[str, Any],
) -> None:
    await call(hass, action, **data)

    assert posted(gateway) == [("POST", path, expected)]
    [exchange] = [one for one in gateway.exchanges if one.method == "POST"]
    assert HTTPStatus(exchange.status).is_success
    assert exchange.headers["Client-Token"] == CLIENT_TOKEN
    assert exchange.headers["Content-Type"] == "application/json"


async def test_the_button_of_a_list_speaks_the_language_of_the_house(
    hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway
) -> None:
    hass.config.language = "pt-BR"

    await call(
        hass,
        "send_choices",
        entity_id="notify.maria",
        message="Abrir?",
        choices=["Sim"],
        send_as="list",
        title="Portão",
    )

    [(_, _, sent)] = posted(gateway)
    assert sent["optionList"]["buttonLabel"] == "Lista"
    assert sent["optionList"]["title"] == "Portão"


# -- Messages that stand in a chat already ------------------------------------------


@pytest.fixture
def heard(instance: Instance) -> None:
    """Let somebody else receive the messages."""
    instance.webhooks["receivedCallbackUrl"] = FOREIGN


async def test_a_message_is_changed_without_saying_whose_it_is(
    heard: None, hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway
) -> None:
    message_id = await a_message(hass)
    gateway.exchanges.clear()

    await call(hass, "edit_message", message_id=message_id, message="Olá")
    await call(hass, "react", message_id=message_id, emoji="❤️")
    await call(hass, "delete_message", message_id=message_id)

    assert posted(gateway) == [
        ("POST", "send-text", body(MARIA, message="Olá", editMessageId=message_id)),
        ("POST", "send-reaction", body(MARIA, messageId=message_id, reaction="❤️")),
        ("DELETE", "messages", None),
    ]


async def test_last_is_the_last_message_to_the_same_chat(
    heard: None, hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway
) -> None:
    message_id = await a_message(hass)
    await a_message(hass, "notify.joao")
    await call(hass, "react", message_id=message_id, emoji="👍")
    gateway.exchanges.clear()

    await call(
        hass,
        "send_message",
        entity_id="notify.maria",
        message="E aí",
        reply_to="last",
    )

    # The reaction is no message.
    assert posted(gateway) == [
        ("POST", "send-text", body(MARIA, message="E aí", messageId=message_id))
    ]


async def test_a_message_is_forwarded_from_the_chat_that_holds_it(
    heard: None, hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway
) -> None:
    message_id = await a_message(hass)
    gateway.exchanges.clear()

    answer = await call(
        hass,
        "forward_message",
        answer=True,
        entity_id="notify.joao",
        message_id=message_id,
    )

    assert posted(gateway) == [
        (
            "POST",
            "forward-message",
            body(JOAO, messageId=message_id, messagePhone=MARIA),
        )
    ]
    [message] = answer["messages"]
    assert (message["message_id"], message["state"]) == (None, "queued")
    assert message["zaap_id"]


async def test_a_message_that_went_nowhere_we_know_is_not_forwarded(
    heard: None, hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway
) -> None:
    gateway.exchanges.clear()

    with pytest.raises(HomeAssistantError) as raised:
        await call(
            hass, "forward_message", entity_id="notify.joao", message_id="3EB0AA"
        )

    assert raised.value.translation_key == "message_unknown"
    assert posted(gateway) == []


@pytest.mark.parametrize(
    ("entity_id", "is_known", "owner"),
    [
        ("notify.maria", False, "true"),
        ("notify.familia", True, "true"),
        ("notify.familia", False, "false"),
    ],
)
async def test_what_others_wrote_is_deleted_in_groups_only(
    hass: HomeAssistant,
    house: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
    entity_id: str,
    is_known: bool,
    owner: str,
) -> None:
    message_id = await a_message(hass, entity_id) if is_known else "3EB0AA"
    queries = []
    send = house.runtime_data.coordinator.client.send

    async def watched(chat: Any, content: Any, *args: Any) -> Any:
        queries.append(content.query(chat))
        return await send(chat, content, *args)

    house.runtime_data.coordinator.client.send = watched
    await call(hass, "delete_message", entity_id=entity_id, message_id=message_id)

    assert [query["owner"] for query in queries] == [owner]


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("edit_message", {"message": "Olá"}),
        ("forward_message", {"entity_id": "notify.joao"}),
    ],
)
async def test_what_needs_a_webhook_is_refused_without_one(
    hass: HomeAssistant,
    house: MockConfigEntry,
    gateway: Gateway,
    action: str,
    data: dict[str, Any],
) -> None:
    message_id = await a_message(hass)
    gateway.exchanges.clear()

    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, action, message_id=message_id, **data)

    assert raised.value.translation_key == "receive_webhook_needed"
    assert posted(gateway) == []


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"message_id": "3EB0AA"}, "message_unknown"),
        ({"message_id": "last"}, "message_unknown"),
        ({"message_id": "last", "entity_id": "notify.maria"}, "no_last_message"),
        ({"message_id": " ", "entity_id": "notify.maria"}, "message_id_empty"),
        (
            {"message_id": "3EB0AA", "entity_id": ["notify.maria", "notify.joao"]},
            "one_chat_only",
        ),
    ],
)
async def test_a_message_that_is_not_known_is_not_looked_for_elsewhere(
    hass: HomeAssistant,
    house: MockConfigEntry,
    gateway: Gateway,
    data: dict[str, Any],
    key: str,
) -> None:
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, "react", emoji="👍", **data)

    assert raised.value.translation_key == key
    assert posted(gateway) == []


# -- What comes of it ---------------------------------------------------------------


async def test_the_answer_names_each_message(
    hass: HomeAssistant, house: MockConfigEntry, instance: Instance
) -> None:
    answer = await call(
        hass,
        "send_message",
        answer=True,
        entity_id="notify.maria",
        to=["11 98765-0000"],
        message="Oi",
    )

    sent = list(instance.sent)
    assert answer == {
        "messages": [
            {
                "recipient": entity_id,
                "to": phone,
                "config_entry_id": house.entry_id,
                "message_id": message.message_id,
                "zaap_id": message.zaap_id,
                "state": "queued",
            }
            for entity_id, phone, message in zip(
                ("notify.maria", None), (MARIA, "5511987650000"), sent, strict=True
            )
        ],
        "failed": [],
    }


@pytest.fixture
def second_fails(gateway: Gateway) -> None:
    """Let the gateway refuse what goes to the second of three."""
    gateway.faults.refused_phones = frozenset({JOAO})


async def test_who_asks_for_the_answer_gets_the_failure_in_it(
    hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway, second_fails: None
) -> None:
    answer = await call(
        hass, "send_message", answer=True, entity_id=EVERYBODY, message="Oi"
    )

    assert [message["to"] for message in answer["messages"]] == [GROUP, MARIA]
    assert answer["failed"] == [
        {
            "recipient": "notify.joao",
            "to": JOAO,
            "error": "Z-API declined the request: Phone not exists",
            "reason": "refused",
        }
    ]
    assert len(posted(gateway)) == 3


async def test_without_an_answer_a_failure_is_raised_after_all_were_tried(
    hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway, second_fails: None
) -> None:
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, "send_message", entity_id=EVERYBODY, message="Oi")

    assert len(posted(gateway)) == 3
    assert raised.value.translation_key == "not_all_sent"
    assert raised.value.translation_placeholders == {
        "failures": "João: Z-API declined the request: Phone not exists"
    }


async def test_a_token_that_is_rotated_between_two_recipients_is_asked_for_once(
    hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway
) -> None:
    client, rotated = house.runtime_data.coordinator.client, Event()
    send = client.send

    async def rotate_after_the_first(chat: Chat, *args: Any) -> Any:
        if chat.id != GROUP:
            await rotated.wait()
            return await send(chat, *args)
        sent = await send(chat, *args)
        gateway.rotate_client_token("F11112222333344445555666677778888S")
        rotated.set()
        return sent

    client.send = rotate_after_the_first

    answer = await call(
        hass, "send_message", answer=True, entity_id=EVERYBODY, message="Oi"
    )

    assert [message["to"] for message in answer["messages"]] == [GROUP]
    assert [(one["to"], one["reason"]) for one in answer["failed"]] == [
        (JOAO, "invalid_auth"),
        (MARIA, "invalid_auth"),
    ]
    assert len(posted(gateway)) == 3
    [flow] = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["source"] == SOURCE_REAUTH


async def test_an_error_of_one_alone_is_raised_with_its_own_reason(
    hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway, second_fails: None
) -> None:
    with pytest.raises(HomeAssistantError) as raised:
        await call(
            hass, "send_message", answer=True, entity_id="notify.joao", message="Oi"
        )

    assert raised.value.translation_key == "refused"


async def test_somebody_who_is_not_saved_is_named_by_four_digits(
    hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway
) -> None:
    gateway.faults.refused_phones = ALL

    with pytest.raises(HomeAssistantError) as raised:
        await call(
            hass,
            "send_message",
            answer=True,
            to=["11 98765-0000", MARIA],
            message="Oi",
        )

    said = (raised.value.translation_placeholders or {})["failures"]
    assert said == (
        "…0000: Z-API declined the request: Phone not exists"
        " · …8888: Z-API declined the request: Phone not exists"
    )


async def test_failures_are_told_in_the_language_of_the_house(
    hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway, second_fails: None
) -> None:
    hass.config.language = "pt-BR"

    answer = await call(
        hass, "send_message", answer=True, entity_id=EVERYBODY, message="Oi"
    )

    assert answer["failed"][0]["error"] == (
        "A Z-API recusou o pedido: Phone not exists"
    )


async def test_parts_after_one_that_failed_are_not_sent(
    hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway
) -> None:
    gateway.faults.value_false = frozenset({"send-video"})

    answer = await call(
        hass,
        "send_media",
        answer=True,
        entity_id="notify.maria",
        media=[f"https://example.com/a.{suffix}" for suffix in ("jpg", "mp4", "pdf")],
        caption="Oi",
    )

    assert [(one["part"], one["state"]) for one in answer["messages"]] == [
        (1, "queued")
    ]
    assert [(one["part"], one["reason"]) for one in answer["failed"]] == [
        (2, "refused"),
        (3, "earlier_part_failed"),
    ]
    assert [path for _, path, _ in posted(gateway)] == ["send-image", "send-video"]


async def test_a_file_goes_as_it_is_with_the_caption_below_the_first(
    hass: HomeAssistant,
    house: MockConfigEntry,
    instance: Instance,
    tmp_path: Path,
) -> None:
    (tmp_path / "door.png").write_bytes(PNG)
    (tmp_path / "bill.pdf").write_bytes(b"%PDF-1.7")
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    caption = "A" * 10_000

    await call(
        hass,
        "send_media",
        entity_id="notify.maria",
        media=[str(tmp_path / "door.png"), str(tmp_path / "bill.pdf")],
        caption=caption,
    )

    picture, document = instance.sent
    assert picture.media
    assert (picture.media.mime, picture.media.data) == ("image/png", PNG)
    # The simulator keeps the beginning and the length.
    assert picture.body["caption"].endswith("A… (10000 characters)")
    assert document.route == "send-document/pdf"
    assert document.body["fileName"] == "bill.pdf"
    assert "caption" not in document.body


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"media": "https://example.com/a.mp3", "caption": "Oi"}, "no_caption_for_voice"),
        ({"media": "https://example.com/a.mp3", "reply_to": "3EB0"}, "no_reply_by_voice"),
        (
            {"media": "https://example.com/a.png", "send_as": "sticker", "caption": "Oi"},
            "no_caption_for_sticker",
        ),
        ({"media": "https://example.com/a.pdf", "view_once": True}, "no_view_once"),
        ({"media": "/etc/passwd"}, "path_not_allowed"),
        (
            {"media": ["https://example.com/a.png", "http://192.168.0.2/a.png"]},
            "url_not_allowed",
        ),
    ],
)  # fmt: skip
async def test_media_that_whatsapp_has_not_is_refused_before_anything_is_sent(
    hass: HomeAssistant,
    house: MockConfigEntry,
    gateway: Gateway,
    data: dict[str, Any],
    key: str,
) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await call(hass, "send_media", entity_id="notify.maria", **data)

    assert raised.value.translation_key == key
    assert posted(gateway) == []


@pytest.mark.parametrize(
    ("action", "data", "key"),
    [
        ("send_message", {"message": " "}, "message_empty"),
        ("send_message", {"message": "Half \ud83d"}, "text_invalid"),
        ("send_message", {"message": "Oi", "mention_all": True}, "mention_outside_group"),
        ("send_message", {"message": "Oi", "mention": MARIA}, "mention_outside_group"),
        ("send_message", {"message": "Oi", "mention": "Maria"}, "invalid_chat"),
        ("send_message", {"message": "Oi", "reply_to": "last"}, "no_last_message"),
        ("send_location", {"location": "person.maria"}, "place_unknown"),
        ("send_choices", {"message": " ", "choices": ["A"]}, "message_empty"),
        ("send_choices", {"message": "?", "choices": [" "]}, "choice_empty"),
        (
            "send_choices",
            {"message": "?", "choices": [{"label": "A"}, {"label": "B", "id": "1"}]},
            "choices_repeated",
        ),
        (
            "send_choices",
            {"message": "?", "choices": ["A"], "send_as": "poll"},
            "poll_outside_group",
        ),
        ("react", {"message_id": "3EB0", "emoji": ":)"}, "emoji_invalid"),
    ],
)  # fmt: skip
async def test_what_breaks_a_rule_is_refused_before_anything_is_sent(
    hass: HomeAssistant,
    house: MockConfigEntry,
    gateway: Gateway,
    action: str,
    data: dict[str, Any],
    key: str,
) -> None:
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, action, entity_id="notify.maria", **data)

    assert raised.value.translation_key == key
    assert posted(gateway) == []


@pytest.mark.parametrize(
    ("title", "line"),
    [
        ("***", "*\u200b*\u200b\u200b*\u200b\u200b*\u200b*"),
        (" ", None),
        ("A\nB", "*A B*"),
    ],
)
async def test_a_title_is_one_bold_line_whatever_it_has_in_it(
    hass: HomeAssistant,
    house: MockConfigEntry,
    gateway: Gateway,
    title: str,
    line: str | None,
) -> None:
    await call(
        hass, "send_message", entity_id="notify.maria", message="Oi", title=title
    )

    [(_, _, sent)] = posted(gateway)
    assert sent["message"] == (f"{line}\nOi" if line else "Oi")


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("send_message", {}),
        ("send_message", {"message": "Oi", "typing": 16}),
        ("send_message", {"message": "Oi", "when_disconnected": "wait"}),
        ("send_media", {"media": []}),
        ("send_media", {"media": "a.png"}),
        ("send_location", {"location": "light.door"}),
        ("send_location", {"location": {"latitude": 91, "longitude": 0}}),
        ("send_choices", {"message": "?", "choices": []}),
        ("send_choices", {"message": "?", "choices": [{"id": "1"}]}),
        ("find_chats", {"limit": 201}),
        ("check_number", {"numbers": []}),
    ],
)
async def test_what_the_editor_would_not_let_through_is_refused_in_yaml_too(
    hass: HomeAssistant,
    house: MockConfigEntry,
    gateway: Gateway,
    action: str,
    data: dict[str, Any],
) -> None:
    target: dict[str, Any] = (
        {} if action in {"find_chats", "check_number"} else {"to": MARIA}
    )

    with pytest.raises(vol.Invalid):
        await call(
            hass,
            action,
            answer=action in {"find_chats", "check_number"},
            **target,
            **data,
        )

    assert posted(gateway) == []


# -- What is asked of WhatsApp ------------------------------------------------------


async def test_chats_are_found_by_a_part_of_their_name(
    hass: HomeAssistant, house: MockConfigEntry, instance: Instance
) -> None:
    instance.groups |= {f"1203630000001{n:05}-group": f"Obra {n}" for n in range(130)}

    found = await call(
        hass, "find_chats", answer=True, kind="groups", query="obra 1", limit=200
    )

    assert len(found["chats"]) == 41
    assert {"id": GROUP, "name": "Família", "kind": "group"} in (
        await call(hass, "find_chats", answer=True, kind="groups", query="FAMÍLIA")
    )["chats"]
    first = await call(hass, "find_chats", answer=True, kind="groups", limit=3)
    assert len(first["chats"]) == 3


async def test_numbers_are_checked_as_they_were_written(
    hass: HomeAssistant, house: MockConfigEntry, instance: Instance
) -> None:
    instance.absent.add("5511900000000")

    answer = await call(
        hass,
        "check_number",
        answer=True,
        numbers=[44988888888, "11 90000-0000"],
    )

    known, absent = answer["numbers"]
    assert (known["number"], known["exists"], known["phone"]) == (
        "44988888888",
        True,
        MARIA,
    )
    assert known["lid"].endswith("@lid")
    assert absent == {
        "number": "11 90000-0000",
        "exists": False,
        "phone": None,
        "lid": None,
    }


async def test_of_a_number_without_an_answer_nothing_is_known(
    hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway
) -> None:
    gateway.faults.empty_body = frozenset({"phone-exists-batch"})

    answer = await call(hass, "check_number", answer=True, numbers=MARIA)

    assert answer["numbers"] == [
        {"number": MARIA, "exists": None, "phone": None, "lid": None}
    ]


@pytest.mark.parametrize("written", ["Maria", LID, GROUP, "123"])
async def test_only_numbers_are_checked(
    hass: HomeAssistant, house: MockConfigEntry, gateway: Gateway, written: str
) -> None:
    with pytest.raises(ServiceValidationError):
        await call(hass, "check_number", answer=True, numbers=[MARIA, written])

    assert posted(gateway) == []


@pytest.mark.parametrize(
    ("action", "data"),
    [("find_chats", {"kind": "contacts"}), ("check_number", {"numbers": MARIA})],
)
async def test_a_question_that_is_not_answered_raises(
    hass: HomeAssistant,
    house: MockConfigEntry,
    gateway: Gateway,
    action: str,
    data: dict[str, Any],
) -> None:
    gateway.faults.http_5xx = ALL

    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, action, answer=True, **data)

    assert raised.value.translation_key == "cannot_connect"


async def test_actions_are_there_while_no_entry_is(
    hass: HomeAssistant, house: MockConfigEntry
) -> None:
    await hass.config_entries.async_unload(house.entry_id)
    assert house.state is ConfigEntryState.NOT_LOADED

    for action, (_, _, supports_response) in ACTIONS.items():
        assert hass.services.supports_response(DOMAIN, action) is supports_response
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, "send_message", entity_id="notify.maria", message="Oi")
    assert raised.value.translation_key == "not_loaded"


async def test_nothing_of_a_message_stands_in_our_logs(
    hass: HomeAssistant,
    house: MockConfigEntry,
    gateway: Gateway,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    await call(
        hass, "send_message", entity_id="notify.maria", message="Segredo", title="Casa"
    )
    gateway.faults.refused_phones = ALL
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, "send_message", to=MARIA, message="Segredo")

    ours = [
        record.getMessage()
        for record in caplog.records
        if "zapi" in record.name and not record.name.startswith("simulator")
    ]
    assert not [
        line
        for line in ours
        for secret in ("Segredo", MARIA, "Maria")
        if secret in line
    ]
    assert MARIA not in str(raised.value)
