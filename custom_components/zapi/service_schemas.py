"""What the actions take."""

from datetime import timedelta
from typing import Any, Final

from homeassistant.const import (
    ATTR_CONFIG_ENTRY_ID,
    ATTR_LATITUDE,
    ATTR_LOCATION,
    ATTR_LONGITUDE,
    ATTR_NAME,
)
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import VolDictType
import voluptuous as vol

from .api import Choice
from .messages.ask import PossibleAnswer
from .messages.choices import ChoicesAs
from .messages.directory import ChatList
from .messages.media_reference import MediaReference
from .messages.media_types import SendAs
from .messages.results import ATTR_WAIT_FOR, WAIT_FOR_SENT
from .messages.sender import (
    CONF_WHEN_DISCONNECTED,
    WHEN_DISCONNECTED_FAIL,
    WHEN_DISCONNECTED_QUEUE,
)
from .messages.targets import ATTR_MESSAGE_ID, ATTR_REPLY_TO, ATTR_TO

ATTR_ACKNOWLEDGE: Final = "acknowledge"
ATTR_ADDRESS: Final = "address"
ATTR_ALSO: Final = "also"
ATTR_ANSWERS: Final = "answers"
ATTR_CAPTION: Final = "caption"
ATTR_CHOICES: Final = "choices"
ATTR_DESCRIPTION: Final = "description"
ATTR_EMOJI: Final = "emoji"
ATTR_FILE_NAME: Final = "file_name"
ATTR_FOOTER: Final = "footer"
ATTR_ID: Final = "id"
ATTR_KIND: Final = "kind"
ATTR_LABEL: Final = "label"
ATTR_LIMIT: Final = "limit"
ATTR_MEDIA: Final = "media"
ATTR_MENTION: Final = "mention"
ATTR_MENTION_ALL: Final = "mention_all"
ATTR_MESSAGE: Final = "message"
ATTR_NUMBERED: Final = "numbered"
ATTR_NUMBERS: Final = "numbers"
ATTR_QUERY: Final = "query"
ATTR_SEND_AS: Final = "send_as"
ATTR_TIMEOUT: Final = "timeout"
ATTR_TITLE: Final = "title"
ATTR_TYPING: Final = "typing"
ATTR_VIEW_ONCE: Final = "view_once"

_MAX_TYPING_SECONDS: Final = 15
_MAX_FOUND: Final = 200
_MIN_ANSWERS: Final = 2
_MAX_ANSWERS: Final = 10
_TIMEOUT: Final = timedelta(minutes=5)
_MAX_TIMEOUT: Final = timedelta(days=1)

_NUMBERS = vol.All(cv.ensure_list, [vol.Any(int, cv.string)])
_INSTANCE: VolDictType = {vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string}
_TARGET: VolDictType = {
    **cv.ENTITY_SERVICE_FIELDS,
    vol.Optional(ATTR_TO): _NUMBERS,
    **_INSTANCE,
}
_WAIT_FOR: VolDictType = {vol.Optional(ATTR_WAIT_FOR): vol.In((WAIT_FOR_SENT,))}
_ON_MESSAGE: VolDictType = {**_TARGET, vol.Required(ATTR_MESSAGE_ID): cv.string}


def _choice(value: Any) -> Choice:
    """Return a choice; a text is one that has a label alone."""
    if not isinstance(value, dict):
        return Choice(cv.string(value))
    given = _CHOICE(value)
    return Choice(given[ATTR_LABEL], given.get(ATTR_ID), given.get(ATTR_DESCRIPTION))


_CHOICE = vol.Schema(
    {
        vol.Required(ATTR_LABEL): cv.string,
        vol.Optional(ATTR_ID): cv.string,
        vol.Optional(ATTR_DESCRIPTION): cv.string,
    }
)
_ANSWER = vol.All(
    {
        vol.Required(ATTR_ID): cv.string,
        vol.Required(ATTR_LABEL): cv.string,
        vol.Optional(ATTR_ALSO, default=list): vol.All(cv.ensure_list, [cv.string]),
    },
    lambda given: PossibleAnswer(
        given[ATTR_ID], given[ATTR_LABEL], tuple(given[ATTR_ALSO])
    ),
)
_COORDINATES = vol.Schema(
    {
        vol.Required(ATTR_LATITUDE): cv.latitude,
        vol.Required(ATTR_LONGITUDE): cv.longitude,
    },
    # The selector adds a radius.
    extra=vol.REMOVE_EXTRA,
)

SEND_MESSAGE_SCHEMA = vol.Schema(
    {
        **_TARGET,
        vol.Required(ATTR_MESSAGE): cv.string,
        vol.Optional(ATTR_TITLE): cv.string,
        vol.Optional(ATTR_REPLY_TO): cv.string,
        vol.Optional(ATTR_MENTION, default=list): _NUMBERS,
        vol.Optional(ATTR_MENTION_ALL, default=False): cv.boolean,
        vol.Optional(ATTR_TYPING): vol.All(
            vol.Coerce(int), vol.Range(min=1, max=_MAX_TYPING_SECONDS)
        ),
        vol.Optional(CONF_WHEN_DISCONNECTED): vol.In(
            (WHEN_DISCONNECTED_QUEUE, WHEN_DISCONNECTED_FAIL)
        ),
        **_WAIT_FOR,
    }
)
_MEDIA = vol.All(cv.ensure_list, vol.Length(min=1), [MediaReference.parse])
SEND_MEDIA_SCHEMA = vol.Schema(
    {
        **_TARGET,
        vol.Required(ATTR_MEDIA): _MEDIA,
        vol.Optional(ATTR_CAPTION): cv.string,
        vol.Optional(ATTR_SEND_AS, default=SendAs.AUTO): vol.Coerce(SendAs),
        vol.Optional(ATTR_FILE_NAME): cv.string,
        vol.Optional(ATTR_VIEW_ONCE, default=False): cv.boolean,
        vol.Optional(ATTR_REPLY_TO): cv.string,
        **_WAIT_FOR,
    }
)
SEND_LOCATION_SCHEMA = vol.Schema(
    {
        **_TARGET,
        vol.Required(ATTR_LOCATION): vol.Any(
            cv.entity_domain(["zone", "person", "device_tracker"]), _COORDINATES
        ),
        vol.Optional(ATTR_NAME): cv.string,
        vol.Optional(ATTR_ADDRESS): cv.string,
    }
)
SEND_CHOICES_SCHEMA = vol.Schema(
    {
        **_TARGET,
        vol.Required(ATTR_MESSAGE): cv.string,
        vol.Required(ATTR_CHOICES): vol.All(
            cv.ensure_list, vol.Length(min=1), [_choice], vol.Coerce(tuple)
        ),
        vol.Optional(ATTR_SEND_AS, default=ChoicesAs.AUTO): vol.Coerce(ChoicesAs),
        vol.Optional(ATTR_TITLE): cv.string,
        vol.Optional(ATTR_FOOTER): cv.string,
        vol.Optional(ATTR_NUMBERED, default=True): cv.boolean,
    }
)
ASK_SCHEMA = vol.Schema(
    {
        **_TARGET,
        vol.Required(ATTR_MESSAGE): cv.string,
        vol.Optional(ATTR_MEDIA, default=list): vol.Any([], _MEDIA),
        vol.Optional(ATTR_ANSWERS, default=list): vol.Any(
            [],
            vol.All([_ANSWER], vol.Length(min=_MIN_ANSWERS, max=_MAX_ANSWERS)),
        ),
        vol.Optional(ATTR_SEND_AS, default=ChoicesAs.AUTO): vol.Coerce(ChoicesAs),
        vol.Optional(ATTR_TIMEOUT, default=_TIMEOUT): vol.All(
            cv.positive_time_period, vol.Range(max=_MAX_TIMEOUT)
        ),
        vol.Optional(ATTR_ACKNOWLEDGE): cv.string,
    }
)
EDIT_MESSAGE_SCHEMA = vol.Schema({**_ON_MESSAGE, vol.Required(ATTR_MESSAGE): cv.string})
REACT_SCHEMA = vol.Schema({**_ON_MESSAGE, vol.Optional(ATTR_EMOJI, default=""): str})
ON_MESSAGE_SCHEMA = vol.Schema(_ON_MESSAGE)
FIND_CHATS_SCHEMA = vol.Schema(
    {
        **_INSTANCE,
        vol.Optional(ATTR_KIND, default=ChatList.CHATS): vol.Coerce(ChatList),
        vol.Optional(ATTR_QUERY, default=""): cv.string,
        vol.Optional(ATTR_LIMIT, default=50): vol.All(
            vol.Coerce(int), vol.Range(min=1, max=_MAX_FOUND)
        ),
    }
)
CHECK_NUMBER_SCHEMA = vol.Schema(
    {**_INSTANCE, vol.Required(ATTR_NUMBERS): vol.All(_NUMBERS, vol.Length(min=1))}
)
