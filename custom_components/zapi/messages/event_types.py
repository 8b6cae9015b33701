"""What the events of received messages are called."""

from typing import Final

from ..api import Message, MessageKind

_EDITED: Final = "edited"
_OTHER: Final = "other"
_KINDS: Final = (
    *(MessageKind.TEXT, MessageKind.IMAGE, MessageKind.VIDEO, MessageKind.AUDIO),
    *(MessageKind.VOICE, MessageKind.DOCUMENT, MessageKind.STICKER),
    *(MessageKind.LOCATION, MessageKind.CONTACT, MessageKind.REACTION),
    *(MessageKind.CHOICE, MessageKind.POLL, MessageKind.CALL, MessageKind.GROUP),
    MessageKind.DELETED,
)
# Fixed: the editor of automations offers them.
EVENT_TYPES: Final = [*(kind.value for kind in _KINDS), _EDITED, _OTHER]


def event_type(message: Message) -> str:
    """Return the type of the event of a message."""
    if message.is_edit:
        return _EDITED
    return message.kind.value if message.kind in _KINDS else _OTHER
