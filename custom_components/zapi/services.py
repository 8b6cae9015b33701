"""The actions: what can be sent, and what can be asked of WhatsApp."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_CONFIG_ENTRY_ID, ATTR_LOCATION, ATTR_NAME
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers.service import async_get_config_entry
from homeassistant.helpers.translation import async_get_translations
import voluptuous as vol

from .api import Content, Reaction, Read, Text
from .const import DOMAIN
from .messages.ask import Wording, async_ask
from .messages.attachments import attachments
from .messages.caller import Caller
from .messages.choices import Question
from .messages.directory import async_check_numbers, async_find_chats
from .messages.existing import delete, edit, forward, resolved_id
from .messages.formatting import with_title
from .messages.media import async_load
from .messages.places import place_of
from .messages.questions import Option
from .messages.results import Compose, async_send_all
from .messages.targets import (
    ATTR_MESSAGE_ID,
    ATTR_REPLY_TO,
    Recipient,
    async_message_recipients,
    async_recipients,
    parse_chats,
)
from .service_schemas import (
    ASK_SCHEMA,
    ATTR_ACKNOWLEDGE,
    ATTR_ADDRESS,
    ATTR_ANSWERS,
    ATTR_CAPTION,
    ATTR_CHOICES,
    ATTR_EMOJI,
    ATTR_FILE_NAME,
    ATTR_FOOTER,
    ATTR_KIND,
    ATTR_LIMIT,
    ATTR_MEDIA,
    ATTR_MENTION,
    ATTR_MENTION_ALL,
    ATTR_MESSAGE,
    ATTR_NUMBERED,
    ATTR_NUMBERS,
    ATTR_QUERY,
    ATTR_SEND_AS,
    ATTR_TIMEOUT,
    ATTR_TITLE,
    ATTR_TYPING,
    ATTR_VIEW_ONCE,
    CHECK_NUMBER_SCHEMA,
    EDIT_MESSAGE_SCHEMA,
    FIND_CHATS_SCHEMA,
    ON_MESSAGE_SCHEMA,
    REACT_SCHEMA,
    SEND_CHOICES_SCHEMA,
    SEND_LOCATION_SCHEMA,
    SEND_MEDIA_SCHEMA,
    SEND_MESSAGE_SCHEMA,
)

type _Handler = Callable[[ServiceCall], Coroutine[Any, Any, ServiceResponse]]


async def _async_send(
    call: ServiceCall, compose: Compose, options: Sequence[Option] = ()
) -> ServiceResponse:
    recipients = await async_recipients(call.hass, call)
    return await async_send_all(call.hass, call, recipients, compose, options)


async def _async_change(call: ServiceCall, compose: Compose) -> ServiceResponse:
    """Do something to a message, wherever it stands."""
    recipients = await async_message_recipients(call.hass, call)
    await async_send_all(call.hass, call, recipients, compose)
    return None


async def _async_send_message(call: ServiceCall) -> ServiceResponse:
    data = call.data
    mentioned = tuple(parse_chats(call.hass, data[ATTR_MENTION]))

    def compose(recipient: Recipient) -> list[Content]:
        text = Text(
            with_title(data[ATTR_MESSAGE], data.get(ATTR_TITLE)),
            _reply_to(recipient, data),
            mentioned,
            data[ATTR_MENTION_ALL],
            data.get(ATTR_TYPING),
        )
        return [text]

    return await _async_send(call, compose)


def _reply_to(recipient: Recipient, data: Mapping[str, Any]) -> str | None:
    quoted = data.get(ATTR_REPLY_TO)
    return resolved_id(recipient, quoted) if quoted else None


async def _async_send_media(call: ServiceCall) -> ServiceResponse:
    data = call.data
    # First: who may not write to somebody learns nothing of files either.
    recipients = await async_recipients(call.hass, call)
    media = [
        await async_load(
            call.hass,
            reference,
            send_as=data[ATTR_SEND_AS],
            file_name=data.get(ATTR_FILE_NAME),
            context=call.context,
        )
        for reference in data[ATTR_MEDIA]
    ]
    parts = attachments(
        media,
        data.get(ATTR_CAPTION),
        view_once=data[ATTR_VIEW_ONCE],
        is_reply=bool(data.get(ATTR_REPLY_TO)),
    )

    def compose(recipient: Recipient) -> list[Content]:
        reply_to = _reply_to(recipient, data)
        return [part.content(reply_to) for part in parts]

    return await async_send_all(call.hass, call, recipients, compose)


async def _async_send_location(call: ServiceCall) -> ServiceResponse:
    data = call.data
    place = place_of(
        call.hass,
        await Caller.async_of(call.hass, call.context),
        data[ATTR_LOCATION],
        data.get(ATTR_NAME),
        data.get(ATTR_ADDRESS),
    )
    return await _async_send(call, lambda _: [place])


async def _async_send_choices(call: ServiceCall) -> ServiceResponse:
    data = call.data
    question = Question(
        data[ATTR_MESSAGE],
        data[ATTR_CHOICES],
        data.get(ATTR_TITLE),
        data.get(ATTR_FOOTER),
        data[ATTR_NUMBERED],
    )
    label = await _async_list_label(call.hass)
    return await _async_send(
        call,
        lambda recipient: [question.content(recipient, data[ATTR_SEND_AS], label)],
        question.options,
    )


async def _async_ask(call: ServiceCall) -> ServiceResponse:
    data = call.data
    recipients = await async_recipients(call.hass, call)
    media = [
        await async_load(call.hass, reference, context=call.context)
        for reference in data[ATTR_MEDIA]
    ]
    wording = Wording(
        data[ATTR_MESSAGE],
        data[ATTR_ANSWERS],
        data[ATTR_SEND_AS],
        attachments(media, None, view_once=False, is_reply=False),
        await _async_list_label(call.hass),
    )
    seconds = data[ATTR_TIMEOUT].total_seconds()
    return await async_ask(
        call.hass, recipients, wording, seconds, data.get(ATTR_ACKNOWLEDGE)
    )


async def _async_list_label(hass: HomeAssistant) -> str:
    """Return what stands on the button of a list, which WhatsApp demands."""
    texts = await async_get_translations(
        hass, hass.config.language, "selector", {DOMAIN}
    )
    return texts[f"component.{DOMAIN}.selector.choices_as.options.list"]


async def _async_edit_message(call: ServiceCall) -> ServiceResponse:
    data = call.data
    return await _async_change(
        call,
        lambda recipient: [edit(recipient, data[ATTR_MESSAGE_ID], data[ATTR_MESSAGE])],
    )


async def _async_react(call: ServiceCall) -> ServiceResponse:
    data = call.data
    return await _async_change(
        call,
        lambda recipient: [
            Reaction(resolved_id(recipient, data[ATTR_MESSAGE_ID]), data[ATTR_EMOJI])
        ],
    )


async def _async_forward_message(call: ServiceCall) -> ServiceResponse:
    message_id = call.data[ATTR_MESSAGE_ID]
    return await _async_send(call, lambda recipient: [forward(recipient, message_id)])


async def _async_delete_message(call: ServiceCall) -> ServiceResponse:
    message_id = call.data[ATTR_MESSAGE_ID]
    return await _async_change(call, lambda recipient: [delete(recipient, message_id)])


async def _async_mark_read(call: ServiceCall) -> ServiceResponse:
    message_id = call.data[ATTR_MESSAGE_ID]
    return await _async_change(
        call, lambda recipient: [Read(resolved_id(recipient, message_id))]
    )


async def _async_instance(call: ServiceCall) -> ConfigEntry:
    """Return the instance to ask; who asks of people must be allowed to see all."""
    (await Caller.async_of(call.hass, call.context)).check_everything()
    return async_get_config_entry(
        call.hass, DOMAIN, call.data.get(ATTR_CONFIG_ENTRY_ID)
    )


async def _async_find_chats(call: ServiceCall) -> ServiceResponse:
    data = call.data
    entry = await _async_instance(call)
    found = await async_find_chats(
        call.hass, entry, data[ATTR_KIND], data[ATTR_QUERY], data[ATTR_LIMIT]
    )
    return {"chats": found}


async def _async_check_number(call: ServiceCall) -> ServiceResponse:
    entry = await _async_instance(call)
    checked = await async_check_numbers(call.hass, entry, call.data[ATTR_NUMBERS])
    return {"numbers": checked}


ACTIONS: Final[dict[str, tuple[_Handler, vol.Schema, SupportsResponse]]] = {
    "send_message": (
        _async_send_message,
        SEND_MESSAGE_SCHEMA,
        SupportsResponse.OPTIONAL,
    ),
    "send_media": (_async_send_media, SEND_MEDIA_SCHEMA, SupportsResponse.OPTIONAL),
    "send_location": (
        _async_send_location,
        SEND_LOCATION_SCHEMA,
        SupportsResponse.OPTIONAL,
    ),
    "send_choices": (
        _async_send_choices,
        SEND_CHOICES_SCHEMA,
        SupportsResponse.OPTIONAL,
    ),
    "ask": (_async_ask, ASK_SCHEMA, SupportsResponse.ONLY),
    "edit_message": (_async_edit_message, EDIT_MESSAGE_SCHEMA, SupportsResponse.NONE),
    "react": (_async_react, REACT_SCHEMA, SupportsResponse.NONE),
    "forward_message": (
        _async_forward_message,
        ON_MESSAGE_SCHEMA,
        SupportsResponse.OPTIONAL,
    ),
    "delete_message": (_async_delete_message, ON_MESSAGE_SCHEMA, SupportsResponse.NONE),
    "mark_read": (_async_mark_read, ON_MESSAGE_SCHEMA, SupportsResponse.NONE),
    "find_chats": (_async_find_chats, FIND_CHATS_SCHEMA, SupportsResponse.ONLY),
    "check_number": (_async_check_number, CHECK_NUMBER_SCHEMA, SupportsResponse.ONLY),
}


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions, for entries that are loaded or not."""
    for name, (handler, schema, supports_response) in ACTIONS.items():
        hass.services.async_register(
            DOMAIN, name, handler, schema, supports_response=supports_response
        )
