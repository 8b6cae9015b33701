"""What a person is asked to put right so that messages arrive, and for how long."""

from datetime import timedelta
import time
from types import MappingProxyType

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryDisabler, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.zapi.api import (
    Chat,
    Message,
    MessageKind,
    MessageStatus,
    ReceivedCallback,
    Sender,
)
from custom_components.zapi.const import DOMAIN, PANEL_URL
from tests.actions import GROUP, MARIA, a_message, call
from tests.common import INSTANCE_ID, issues
from tests.receipts import (
    NO_PHONE,
    SHADOW_BAN,
    TERMS,
    hand_on,
    not_taken,
    status,
    taken,
)

NOT_A_MEMBER = "You can't message this group as you don't have permission"


def kinds(registry: ir.IssueRegistry) -> list[str | None]:
    """Return what a person is asked for."""
    return [issue.translation_key for issue in issues(registry)]


def recipient_of(entry: MockConfigEntry, name: str) -> ConfigSubentry:
    """Return a recipient by the name."""
    [found] = [one for one in entry.subentries.values() if one.title == name]
    return found


async def async_reload(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Reload an entry."""
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def async_fail(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    error: str,
    entity_id: str = "notify.maria",
) -> str:
    """Hand a message over that WhatsApp does not take, and return its id."""
    message_id = await a_message(hass, entity_id)
    hand_on(entry, not_taken(message_id, error))
    return message_id


async def test_a_shadow_ban_is_told_until_a_later_message_is_taken(
    hass: HomeAssistant, house: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    earlier = await a_message(hass)
    hand_on(house, taken(earlier))
    await async_fail(hass, house, SHADOW_BAN)
    [issue] = issues(issue_registry)
    assert issue.issue_id == f"shadow_ban_{house.entry_id}"
    assert not issue.is_fixable

    # It was taken before that.
    hand_on(house, status(MessageStatus.READ, earlier))
    await async_reload(hass, house)
    assert kinds(issue_registry) == ["shadow_ban"]

    hand_on(house, taken(await a_message(hass, "notify.joao")))
    assert not issues(issue_registry)


async def test_the_terms_of_buttons_are_asked_for_until_buttons_are_taken(
    hass: HomeAssistant, house: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    async def buttons() -> str:
        answer = await call(
            hass,
            "send_choices",
            answer=True,
            entity_id="notify.maria",
            message="?",
            choices=["Yes", "No"],
            send_as="buttons",
        )
        return str(answer["messages"][0]["message_id"])

    hand_on(house, not_taken(await buttons(), TERMS))
    [issue] = issues(issue_registry)
    assert issue.translation_key == "buttons_terms"
    assert issue.learn_more_url == PANEL_URL

    hand_on(house, taken(await a_message(hass)))
    assert kinds(issue_registry) == ["buttons_terms"]

    hand_on(house, taken(await buttons()))
    assert not issues(issue_registry)


@pytest.mark.parametrize(
    ("entity_id", "error", "digits"),
    [
        ("notify.maria", NO_PHONE, "…8888"),
        ("notify.familia", NOT_A_MEMBER, "…0001"),
    ],
)
async def test_a_recipient_who_is_gone_is_told_without_name_and_number(
    hass: HomeAssistant,
    house: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    entity_id: str,
    error: str,
    digits: str,
) -> None:
    await async_fail(hass, house, error, entity_id)

    [issue] = issues(issue_registry)
    assert issue.translation_key == "recipient_gone"
    assert issue.translation_placeholders == {"name": "Casa", "recipient": digits}
    for secret in (MARIA, GROUP, "Maria", "Família"):
        assert secret not in str(issue)


async def test_each_recipient_is_gone_alone_and_back_with_the_next_message(
    hass: HomeAssistant, house: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    await async_fail(hass, house, NO_PHONE)
    await async_fail(hass, house, NO_PHONE, "notify.joao")
    await async_fail(hass, house, NO_PHONE, "notify.joao")
    assert kinds(issue_registry) == ["recipient_gone"] * 2

    hand_on(house, taken(await a_message(hass)))

    [issue] = issues(issue_registry)
    joao = recipient_of(house, "João").subentry_id
    assert issue.issue_id == f"recipient_gone_{house.entry_id}_{joao}"


async def test_who_is_not_saved_is_not_missed(
    hass: HomeAssistant, house: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    answer = await call(
        hass, "send_message", answer=True, to="5511912345678", message="Oi"
    )
    hand_on(house, not_taken(answer["messages"][0]["message_id"], NO_PHONE))

    assert not issues(issue_registry)


@pytest.mark.parametrize("is_reloaded", [False, True])
async def test_a_recipient_who_was_changed_is_asked_about_no_more(
    hass: HomeAssistant,
    house: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    is_reloaded: bool,
) -> None:
    await async_fail(hass, house, NO_PHONE)
    maria = recipient_of(house, "Maria")
    if is_reloaded:
        await async_reload(hass, house)

    hass.config_entries.async_update_subentry(house, maria, title="Mary")
    assert kinds(issue_registry) == ["recipient_gone"]
    # Nothing but the ninth digit.
    data = MappingProxyType({**maria.data, "chat": "554488888888"})
    hass.config_entries.async_update_subentry(house, maria, data=data)

    assert not issues(issue_registry)


@pytest.mark.parametrize("is_loaded", [True, False])
async def test_a_recipient_who_was_removed_is_asked_about_no_more(
    hass: HomeAssistant,
    house: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    is_loaded: bool,
) -> None:
    await async_fail(hass, house, NO_PHONE)
    maria = recipient_of(house, "Maria")
    if not is_loaded:
        await hass.config_entries.async_unload(house.entry_id)

    hass.config_entries.async_remove_subentry(house, maria.subentry_id)
    if not is_loaded:
        await hass.config_entries.async_setup(house.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert not issues(issue_registry)


async def test_what_failed_of_a_recipient_who_was_removed_meanwhile_is_not_told(
    hass: HomeAssistant, house: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    message_id = await a_message(hass)
    maria = recipient_of(house, "Maria")
    hass.config_entries.async_remove_subentry(house, maria.subentry_id)

    hand_on(house, not_taken(message_id, NO_PHONE))

    assert not issues(issue_registry)


async def test_a_number_that_is_disabled_asks_for_nothing(
    hass: HomeAssistant, house: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    await async_fail(hass, house, NO_PHONE)
    await async_fail(hass, house, SHADOW_BAN)
    hand_on(house, CODE)
    assert len(issues(issue_registry)) == 3

    await hass.config_entries.async_set_disabled_by(
        house.entry_id, ConfigEntryDisabler.USER
    )
    await hass.async_block_till_done(wait_background_tasks=True)

    assert not issues(issue_registry)


@pytest.mark.parametrize("error", ["Timeout on send message", "¡Ay!", TERMS[:-10]])
async def test_other_failures_ask_for_nothing(
    hass: HomeAssistant,
    house: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    error: str,
) -> None:
    await async_fail(hass, house, error)

    assert not issues(issue_registry)


def received(
    kind: MessageKind, message_id: str | None = None, moment: int | None = None
) -> ReceivedCallback:
    """Return a notice of WhatsApp."""
    chat = Chat.parse(MARIA)
    return ReceivedCallback(
        INSTANCE_ID,
        moment,
        Message(
            message_id,
            kind,
            chat,
            None,
            None,
            Sender(chat, None, None),
            False,
            False,
            None,
        ),
    )


CODE = received(MessageKind.REGISTRATION_CODE)


def wait(hass: HomeAssistant, freezer: FrozenDateTimeFactory, hours: float) -> None:
    """Let time pass, without the polls of that time."""
    freezer.tick(timedelta(hours=hours))
    async_fire_time_changed(hass)


@pytest.mark.parametrize("is_reloaded", [False, True])
async def test_a_request_for_a_registration_code_is_told_for_a_day(
    hass: HomeAssistant,
    house: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    freezer: FrozenDateTimeFactory,
    is_reloaded: bool,
) -> None:
    hand_on(house, CODE)
    [issue] = issues(issue_registry)
    assert issue.translation_key == "registration_code"
    # It outlives a restart of Home Assistant.
    assert issue.is_persistent

    wait(hass, freezer, 20)
    if is_reloaded:
        await async_reload(hass, house)
    assert issues(issue_registry)
    wait(hass, freezer, 4.1)
    assert not issues(issue_registry)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_with_the_next_request_the_day_begins_again_whatever_was_ignored(
    hass: HomeAssistant,
    house: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    freezer: FrozenDateTimeFactory,
) -> None:
    hand_on(house, CODE)
    [issue] = issues(issue_registry)
    ir.async_ignore_issue(hass, DOMAIN, issue.issue_id, True)
    wait(hass, freezer, 20)

    hand_on(house, CODE)
    wait(hass, freezer, 20)

    [issue] = issues(issue_registry)
    assert issue.dismissed_version is None
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_day_that_ends_while_the_entry_is_not_loaded_is_over_with_the_start(
    hass: HomeAssistant,
    house: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    freezer: FrozenDateTimeFactory,
) -> None:
    hand_on(house, CODE)
    await hass.config_entries.async_unload(house.entry_id)
    wait(hass, freezer, 30)
    await hass.config_entries.async_setup(house.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    wait(hass, freezer, 0.01)

    assert not issues(issue_registry)
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.parametrize("kind", [MessageKind.TEXT, MessageKind.ACCOUNT])
async def test_other_messages_ask_for_nothing(
    hass: HomeAssistant,
    house: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    kind: MessageKind,
) -> None:
    hand_on(house, received(kind))

    assert not issues(issue_registry)


async def test_a_request_that_is_posted_again_does_not_undo_that_it_was_ignored(
    hass: HomeAssistant, house: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    now = int(time.time())
    hand_on(house, received(MessageKind.REGISTRATION_CODE, "A", now))
    [issue] = issues(issue_registry)
    ir.async_ignore_issue(hass, DOMAIN, issue.issue_id, True)

    # With a newer moment, as Z-API does.
    hand_on(house, received(MessageKind.REGISTRATION_CODE, "A", now + 30))

    [issue] = issues(issue_registry)
    assert issue.dismissed_version
