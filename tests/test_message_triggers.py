"""The triggers of messages, used by automations as a person makes them."""

from collections.abc import Iterable
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import automation
from homeassistant.components.automation import DATA_COMPONENT
from homeassistant.components.trace import DATA_TRACE
from homeassistant.const import SERVICE_TURN_OFF
from homeassistant.core import Event, HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
    label_registry as lr,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.zapi.api import (
    Chat,
    IncomingChoice,
    IncomingLocation,
    IncomingMedia,
    MessageKind,
    MessageStatus,
)
from custom_components.zapi.const import DOMAIN
from custom_components.zapi.messages.followers import async_get_followers
from custom_components.zapi.messages.needs import async_get_needs
from simulator import Gateway

from .actions import GROUP, JOAO, LID, MARIA, call, posted
from .common import PHONE, async_add_recipients, issues, recipient
from .messages.incoming import Heard, message
from .receipts import NO_PHONE, hand_on, not_taken, status

CASA = "event.casa_message"
ANY_MARIA = "event.maria_message"
STRANGER = "5511933334444"
CHOICES = [{"label": "Abrir", "id": "open"}, {"label": "Não", "id": "no"}]


class Runs:
    """What automations told, and why others did not run."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin to listen."""
        self._hass = hass
        self.events: list[Event] = async_capture_events(hass, "told")

    async def __call__(self) -> list[dict[str, Any]]:
        """Return what the trigger told in each run, and forget it."""
        await self._hass.async_block_till_done()
        told = [event.data["trigger"] for event in self.events]
        self.events.clear()
        return told

    async def texts(self) -> list[str]:
        """Return the text of the message of each run."""
        return [told["message"]["text"] for told in await self()]

    def refusals(self) -> list[dict[str, Any]]:
        """Return the results of the traces of what did not run."""
        buckets = self._hass.data[DATA_TRACE].values()
        traces = [one for bucket in buckets for one in bucket.not_triggered.values()]
        return [
            step["result"]
            for trace in traces
            for steps in trace.as_extended_dict()["trace"].values()
            for step in steps
        ]


@pytest.fixture
def told(hass: HomeAssistant) -> Runs:
    """Return what tells what ran."""
    return Runs(hass)


@pytest.fixture
def heard(clock: FrozenDateTimeFactory, house: MockConfigEntry) -> Heard:
    """Return who takes in the messages of the house."""
    return Heard(house)


async def automate(
    hass: HomeAssistant,
    trigger: str = "message_received",
    target: Any = CASA,
    actions: Any = None,
    more: Iterable[dict[str, Any]] = ({},),
    **options: Any,
) -> None:
    """Make an automation, or several that differ, and wait until they listen."""
    target = target if isinstance(target, dict) else {"entity_id": target}
    told = {"event": "told", "event_data": {"trigger": "{{ trigger }}"}}
    config = [
        {
            "id": f"it_{number}",
            "alias": "It",
            "triggers": {
                "trigger": f"{DOMAIN}.{trigger}",
                "target": target,
                "options": options,
                **different,
            },
            "actions": actions or told,
            "mode": "parallel",
        }
        for number, different in enumerate(more)
    ]
    assert await async_setup_component(hass, automation.DOMAIN, {"automation": config})
    await hass.async_block_till_done()
    assert hass.data[DATA_COMPONENT].get_entity("automation.it")


def device_of(hass: HomeAssistant, entity_id: str) -> str:
    """Return the device of an entity."""
    entity = er.async_get(hass).async_get(entity_id)
    assert entity
    assert entity.device_id
    return entity.device_id


async def test_all_that_an_answer_needs_is_told(
    hass: HomeAssistant, heard: Heard, house: MockConfigEntry, told: Runs
) -> None:
    await automate(hass)
    heard.receive(
        message(
            "Oi",
            message_id="M1",
            lid=LID,
            quoted_id="Q1",
            forwarded=True,
            media=IncomingMedia("https://m.example.org/a", "audio/ogg", "a.ogg"),
            location=IncomingLocation(-23.5, -51.5, "Casa", "Rua 1"),
        )
    )

    [trigger] = await told()
    assert trigger["entity_id"] == ANY_MARIA
    assert trigger["config_entry_id"] == house.entry_id
    assert trigger["description"] == "WhatsApp message received"
    received = trigger["message"]
    assert received.pop("at").startswith("20")
    assert received == {
        "id": "M1",
        "chat": MARIA,
        "kind": "text",
        "text": "Oi",
        "sender": {
            "name": "Maria",
            "phone": MARIA,
            "lid": LID,
            "recipient": "notify.maria",
        },
        "group": False,
        "quoted_id": "Q1",
        "media_url": "https://m.example.org/a",
        "mime_type": "audio/ogg",
        "file_name": "a.ogg",
        "choice": None,
        "location": {
            "latitude": -23.5,
            "longitude": -51.5,
            "name": "Casa",
            "address": "Rua 1",
        },
        "from_me": False,
        "edited": False,
        "forwarded": True,
        "late": False,
    }


async def test_who_is_not_saved_has_the_name_that_they_go_by(
    hass: HomeAssistant, heard: Heard, house: MockConfigEntry, told: Runs
) -> None:
    hass.config_entries.async_update_entry(house, options={"others": "everybody"})
    await automate(hass)
    heard.receive(message(where=STRANGER, name="Ana"))

    [trigger] = await told()
    assert trigger["entity_id"] == CASA
    assert trigger["message"]["sender"] == {
        "name": "Ana",
        "phone": STRANGER,
        "lid": None,
        "recipient": None,
    }


async def test_an_answer_needs_no_target(
    hass: HomeAssistant, gateway: Gateway, heard: Heard
) -> None:
    answer = {
        "action": "zapi.send_message",
        "data": {"message": "Sim?", "reply_to": "{{ trigger.message.id }}"},
    }
    await automate(hass, actions=answer)
    heard.receive(message(where=GROUP, author=STRANGER, message_id="M1"))
    await hass.async_block_till_done()

    [(_, path, sent)] = posted(gateway)
    assert path == "send-text"
    assert sent == {"phone": GROUP, "message": "Sim?", "messageId": "M1"}


async def test_an_id_that_stands_in_two_chats_is_answered_in_neither(
    hass: HomeAssistant, heard: Heard, gateway: Gateway
) -> None:
    heard.receive(message(message_id="M1"))
    heard.receive(message(where=JOAO, message_id="M1"))

    with pytest.raises(ServiceValidationError) as refused:
        await call(hass, "send_message", message="Sim?", reply_to="M1")
    assert refused.value.translation_key == "message_unknown"
    assert posted(gateway) == []


async def test_a_chat_that_flips_to_its_private_id_is_answered_still(
    hass: HomeAssistant, heard: Heard, gateway: Gateway
) -> None:
    heard.receive(message(message_id="M1"))
    heard.receive(
        message(where=LID, message_id="M1", edit_id="E"),
    )

    await call(hass, "send_message", message="Sim?", reply_to="M1")

    [(_, _, sent)] = posted(gateway)
    assert sent["phone"] == MARIA


@pytest.mark.parametrize(
    "entity_ids",
    [["notify.maria"], [ANY_MARIA], ["sensor.unknown", "notify.maria"]],
)
async def test_each_entity_of_a_recipient_stands_for_their_chat(
    hass: HomeAssistant, heard: Heard, told: Runs, entity_ids: list[str]
) -> None:
    await automate(hass, target=entity_ids)
    for where, text in ((MARIA, "Maria"), (JOAO, "João")):
        heard.receive(message(text, where=where))
    heard.receive(message("Maria in the group", where=GROUP, author=MARIA))

    assert await told.texts() == ["Maria"]


@pytest.mark.parametrize(
    "entity_id", [CASA, "event.casa_connection", "binary_sensor.casa_webhook"]
)
async def test_each_entity_of_an_instance_stands_for_everybody_who_may(
    hass: HomeAssistant, heard: Heard, told: Runs, entity_id: str
) -> None:
    await automate(hass, target=[entity_id, ANY_MARIA])
    for where in (MARIA, JOAO, STRANGER):
        heard.receive(message(where, where=where))

    assert await told.texts() == [MARIA, JOAO]


async def test_devices_labels_and_areas_may_be_chosen_and_are_followed(
    hass: HomeAssistant,
    heard: Heard,
    told: Runs,
    device_registry: dr.DeviceRegistry,
    label_registry: lr.LabelRegistry,
    area_registry: ar.AreaRegistry,
) -> None:
    family = label_registry.async_create("Family").label_id
    kitchen = area_registry.async_create("Kitchen").id
    maria, joao = (device_of(hass, f"notify.{name}") for name in ("maria", "joao"))

    async def texts() -> list[str]:
        for where, text in ((MARIA, "Maria"), (JOAO, "João")):
            heard.receive(message(text, where=where))
        return await told.texts()

    await automate(hass, target={"label_id": family, "area_id": kitchen})
    assert await texts() == []
    device_registry.async_update_device(maria, labels={family})
    await hass.async_block_till_done()
    assert await texts() == ["Maria"]
    device_registry.async_update_device(joao, area_id=kitchen)
    await hass.async_block_till_done()
    assert await texts() == ["Maria", "João"]
    device_registry.async_update_device(maria, labels=set())
    await hass.async_block_till_done()
    assert await texts() == ["João"]


async def test_a_trigger_outlives_a_reload_and_hears_who_is_added_later(
    hass: HomeAssistant,
    heard: Heard,
    house: MockConfigEntry,
    told: Runs,
) -> None:
    await automate(hass, target=device_target(hass, CASA))
    await hass.config_entries.async_reload(house.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    heard.listen()
    await async_add_recipients(hass, house, recipient("Ana", "5511988887777"))

    heard.receive(message("Ana", where="5511988887777"))

    assert await told.texts() == ["Ana"]


def device_target(hass: HomeAssistant, entity_id: str) -> dict[str, str]:
    """Return the device of an entity as a target."""
    return {"device_id": device_of(hass, entity_id)}


async def test_a_device_stays_chosen_though_its_event_is_disabled(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    heard: Heard,
    told: Runs,
) -> None:
    target = device_target(hass, ANY_MARIA)
    entity_registry.async_update_entity(
        ANY_MARIA, disabled_by=er.RegistryEntryDisabler.USER
    )
    await hass.async_block_till_done()
    await automate(hass, target=target)
    heard.receive(message("Oi"))

    [trigger] = await told()
    assert trigger["entity_id"] == ANY_MARIA


@pytest.mark.parametrize(
    ("options", "given", "age", "reason"),
    [
        ({"text": "portão"}, {"text": "Secret"}, 0, "text"),
        ({"kinds": ["image"]}, {"text": "Secret"}, 0, "kind"),
        ({}, {"text": "Secret"}, 121, "late"),
        ({}, {"text": "Secret", "from_me": True}, 0, "own"),
        (
            {"mentioned": True},
            {"text": "Secret", "where": GROUP, "author": JOAO},
            0,
            "not_mentioned",
        ),
        ({}, {"text": "Secret", "where": STRANGER, "name": "Secret"}, 0, "not_allowed"),
    ],
)
async def test_a_trace_says_why_it_did_not_run_and_nothing_else(
    hass: HomeAssistant,
    heard: Heard,
    told: Runs,
    options: dict[str, Any],
    given: dict[str, Any],
    age: float,
    reason: str,
) -> None:
    await automate(hass, **options)
    heard.receive(message(**given), age=age)

    assert await told() == []
    assert told.refusals() == [{"reason": reason}]


async def test_a_message_is_as_old_as_its_trigger_allows(
    hass: HomeAssistant, heard: Heard, told: Runs
) -> None:
    await automate(hass, max_age={"minutes": 10})
    for age in (5, 500, 601):
        heard.receive(message(str(age)), age=age)

    assert await told.texts() == ["5", "500"]


@pytest.mark.parametrize("any_age", [None, {"seconds": 0}, "00:00:00"])
async def test_without_an_age_even_one_of_yesterday_runs(
    hass: HomeAssistant, heard: Heard, told: Runs, any_age: Any
) -> None:
    await automate(hass, max_age=any_age)
    heard.receive(message("Old"), age=86_400)

    [trigger] = await told()
    assert trigger["message"]["late"] is True


async def test_ones_own_messages_run_if_wanted_but_never_those_sent_here(
    hass: HomeAssistant, heard: Heard, house: MockConfigEntry, told: Runs
) -> None:
    await automate(hass, own=True)
    heard.receive(message("By hand", from_me=True))
    heard.receive(message("By us", from_me=True, from_api=True))
    house.runtime_data.outbox.record("M1", Chat.parse(MARIA))
    heard.receive(message("Known", from_me=True, from_api=None, message_id="M1"))

    assert await told.texts() == ["By hand"]


@pytest.mark.parametrize("mention", [PHONE, "554499999999", "999988887777666"])
async def test_a_mention_of_the_number_is_found_by_each_of_its_ids(
    hass: HomeAssistant, heard: Heard, told: Runs, mention: str
) -> None:
    # By one's own message in a group the private id is learned.
    heard.receive(
        message(
            where=GROUP, author=PHONE, author_lid="999988887777666@lid", from_me=True
        )
    )
    await automate(hass, mentioned=True)
    for mentions in ((mention,), (JOAO,), ()):
        heard.receive(
            message(str(mentions), where=GROUP, author=JOAO, mentions=mentions)
        )

    assert await told.texts() == [str((mention,))]


async def test_the_run_belongs_to_the_message(
    hass: HomeAssistant, heard: Heard, told: Runs
) -> None:
    await automate(hass)
    received = heard.receive(message())
    await hass.async_block_till_done()

    assert received
    shown = hass.states.get("automation.it")
    assert shown
    assert shown.context.parent_id == received.context.id


async def test_what_is_recorded_of_a_run_holds_no_text_and_no_name(
    hass: HomeAssistant, heard: Heard
) -> None:
    runs = async_capture_events(hass, "automation_triggered")
    await automate(hass)
    heard.receive(message("Secret", name="Maria S."))
    await hass.async_block_till_done()

    [run] = runs
    assert run.data["source"] == "WhatsApp message received"
    assert not [word for word in ("Secret", "Maria S.", MARIA) if word in str(run)]


@pytest.mark.no_fail_on_log_exception
async def test_one_that_cannot_run_keeps_nothing_from_the_others(
    hass: HomeAssistant,
    heard: Heard,
    told: Runs,
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = {"variables": {"number": "{{ 1 / 0 }}"}}
    await automate(hass, more=[broken, {}])
    heard.receive(message("Secret"))

    assert await told.texts() == ["Secret"]
    said = [one.getMessage() for one in caplog.records if one.levelname == "ERROR"]
    assert "A trigger of WhatsApp messages failed" in said[0]
    assert "Secret" not in said[0]
    caplog.clear()


@pytest.mark.parametrize(
    "options",
    [
        {"text": "(", "match": "regex"},
        {"text": ""},
        {"kinds": ["waiting"]},
        {"max_age": -1},
        {"match": "like", "text": "Oi"},
    ],
)
async def test_what_cannot_work_is_an_error_in_the_editor(
    hass: HomeAssistant,
    house: MockConfigEntry,
    hass_ws_client: Any,
    options: dict[str, Any],
) -> None:
    assert await async_setup_component(hass, "websocket_api", {})
    client = await hass_ws_client(hass)
    trigger = {
        "trigger": "zapi.message_received",
        "target": {"entity_id": CASA},
        "options": options,
    }
    await client.send_json_auto_id({"type": "validate_config", "triggers": trigger})
    answer = (await client.receive_json())["result"]["triggers"]

    assert answer["valid"] is False
    assert answer["error"]


@pytest.mark.parametrize("target", [{}, None])
async def test_a_trigger_needs_a_target(
    hass: HomeAssistant, house: MockConfigEntry, hass_ws_client: Any, target: Any
) -> None:
    client = await hass_ws_client(hass)
    trigger = {"trigger": "zapi.call_received"}
    if target is not None:
        trigger["target"] = target
    await client.send_json_auto_id({"type": "validate_config", "triggers": trigger})

    assert (await client.receive_json())["result"]["triggers"]["valid"] is False


async def ask(hass: HomeAssistant, entity_id: str = "notify.maria") -> str:
    """Ask a question, and return its id."""
    answer = await call(
        hass,
        "send_choices",
        answer=True,
        entity_id=entity_id,
        message="Open?",
        choices=CHOICES,
        send_as="text",
    )
    return str(answer["messages"][0]["message_id"])


def choices(runs: Iterable[dict[str, Any]]) -> list[tuple[str, str | None]]:
    """Return id and label of what was chosen in each run."""
    found = [run["message"]["choice"] for run in runs]
    return [(one["id"], one["label"]) for one in found]


async def test_what_is_tapped_typed_or_quoted_is_a_choice(
    hass: HomeAssistant, heard: Heard, told: Runs
) -> None:
    question = await ask(hass)
    await automate(hass, "choice_made")
    tapped = IncomingChoice("open", "Abrir", (), question)
    for given in (
        {"text": "Abrir", "kind": MessageKind.CHOICE, "choice": tapped},
        {"text": "2"},
        {"text": "abrir."},
        {"text": "NAO", "quoted_id": question},
        {"text": "Talvez"},
        {"text": "1", "quoted_id": "ANOTHER"},
        {"text": "1", "where": JOAO},
        {"text": "1", "where": JOAO, "quoted_id": question},
    ):
        heard.receive(message(**given))

    runs = await told()
    assert choices(runs) == [
        ("open", "Abrir"),
        ("no", "Não"),
        ("open", "Abrir"),
        ("no", "Não"),
    ]
    assert {run["message"]["choice"]["question_id"] for run in runs} == {question}
    assert told.refusals() == []


async def test_a_number_answers_the_last_question_for_a_day(
    hass: HomeAssistant, clock: FrozenDateTimeFactory, heard: Heard, told: Runs
) -> None:
    first, second = await ask(hass), await ask(hass)
    await automate(hass, "choice_made", id="open")
    heard.receive(message("1"))
    clock.tick(86_401)
    heard.receive(message("1"))
    heard.receive(message("1", quoted_id=first))

    runs = await told()
    assert [run["message"]["choice"]["question_id"] for run in runs] == [second, first]


async def test_a_choice_may_be_that_of_one_id(
    hass: HomeAssistant, heard: Heard, told: Runs
) -> None:
    await ask(hass)
    await automate(hass, "choice_made", id="no")
    for text in ("1", "2"):
        heard.receive(message(text))
    heard.receive(message("2", from_me=True))
    heard.receive(message("2"), age=121)

    assert choices(await told()) == [("no", "Não")]
    assert told.refusals() == [
        {"reason": "choice"},
        {"reason": "own"},
        {"reason": "late"},
    ]


async def test_a_vote_has_the_id_of_our_option_and_one_of_others_its_words(
    hass: HomeAssistant, heard: Heard, told: Runs
) -> None:
    answer = await call(
        hass,
        "send_choices",
        answer=True,
        entity_id="notify.familia",
        message="Open?",
        choices=CHOICES,
        send_as="poll",
    )
    question = answer["messages"][0]["message_id"]
    await automate(hass, "choice_made")
    for choice in (
        IncomingChoice(None, "Não", ("Não",), question),
        IncomingChoice(None, "Tarde", ("Tarde",), "ANOTHER"),
        IncomingChoice(None, None, (), question),
    ):
        heard.receive(
            message(
                choice.label,
                kind=MessageKind.CHOICE,
                where=GROUP,
                author=JOAO,
                choice=choice,
            )
        )

    assert choices(await told()) == [("no", "Não"), (None, "Tarde")]


async def test_a_call_runs_when_it_rings_and_not_once_more_when_it_is_missed(
    hass: HomeAssistant, heard: Heard, told: Runs
) -> None:
    await automate(hass, "call_received", target=ANY_MARIA)
    for name, notice in (("A", "CALL_RECEIVED"), ("B", "CALL_MISSED_VIDEO")):
        heard.receive(
            message(
                None,
                kind=MessageKind.CALL,
                message_id=name,
                notification=notice,
                is_video=True,
            )
        )
    heard.receive(message("Oi"))

    [trigger] = await told()
    assert trigger["description"] == "WhatsApp call received"
    assert trigger["entity_id"] == ANY_MARIA
    rang = trigger["message"]
    assert (rang["id"], rang["video"]) == ("A", True)
    assert rang["sender"]["name"] == "Maria"


async def test_how_far_a_message_came_is_told_of_ours(
    hass: HomeAssistant, house: MockConfigEntry, told: Runs
) -> None:
    await automate(hass, "message_status_changed", status=["read", "failed"])
    first, second = await ask(hass), await ask(hass, "notify.joao")
    hand_on(
        house,
        status(MessageStatus.RECEIVED, first),
        status(MessageStatus.READ, first),
        status(MessageStatus.READ, first),
        status(MessageStatus.READ, "FOREIGN"),
        not_taken(second, NO_PHONE),
    )

    read, failed = await told()
    assert read["description"] == "WhatsApp message read"
    assert read["entity_id"] == ANY_MARIA
    assert read["config_entry_id"] == house.entry_id
    assert read["message"] == {
        "id": first,
        "chat": MARIA,
        "recipient": "notify.maria",
    }
    assert (read["status"], read["reason"]) == ("read", None)
    assert read["participant"] is None
    assert (failed["status"], failed["reason"]) == ("failed", "number_gone")


async def test_an_automation_that_is_off_leaves_nothing_behind(
    hass: HomeAssistant, heard: Heard, told: Runs, issue_registry: ir.IssueRegistry
) -> None:
    await automate(hass, target=[CASA, ANY_MARIA])
    assert issues(issue_registry)
    await hass.services.async_call(
        automation.DOMAIN,
        SERVICE_TURN_OFF,
        {"entity_id": "automation.it"},
        blocking=True,
    )
    heard.receive(message())

    assert await told() == []
    assert issues(issue_registry) == []
    followers = async_get_followers(hass)
    assert followers.messages._listeners == {}
    assert followers.refusals._listeners == {}
    assert not async_get_needs(hass)._needs
