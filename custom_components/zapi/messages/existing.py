"""What is done to messages that stand in a chat already."""

from ..api import CallbackType, ChatKind, Delete, Edit, Forward
from .sender import SendError
from .targets import LAST, Recipient, chat_of_message


def resolved_id(recipient: Recipient, message_id: str) -> str:
    """Return the id of a message, which may be given as the last one of a chat.

    Raises:
        SendError: nothing went to the chat lately.
    """
    if message_id != LAST:
        return message_id
    last = recipient.outbox.last(recipient.chat) if recipient.chat else None
    if last is None:
        raise SendError("no_last_message")
    return last


def edit(recipient: Recipient, message_id: str, message: str) -> Edit:
    """Return the change of a text.

    Raises:
        SendError: Z-API would not do it, or nothing went to the chat lately.
    """
    _need_receive_webhook(recipient)
    return Edit(resolved_id(recipient, message_id), message)


def forward(recipient: Recipient, message_id: str) -> Forward:
    """Return what forwards a message to a recipient.

    Raises:
        SendError: Z-API would not do it, or it is not known where the message stands.
    """
    _need_receive_webhook(recipient)
    message_id = resolved_id(recipient, message_id)
    if (found := chat_of_message(recipient.entry, message_id)) is None:
        raise SendError("message_unknown")
    return Forward(message_id, found.chat)


def delete(recipient: Recipient, message_id: str) -> Delete:
    """Return what takes a message back.

    Raises:
        SendError: nothing went to the chat lately.
    """
    message_id = resolved_id(recipient, message_id)
    # In a chat with one person only what is our own can be taken back.
    is_group = recipient.chat is not None and recipient.chat.kind is ChatKind.GROUP
    own = not is_group or recipient.outbox.find(message_id) is not None
    return Delete(message_id, own)


def _need_receive_webhook(recipient: Recipient) -> None:
    """Refuse what Z-API does only while somebody receives messages (gateway.md, 6.2)."""
    instance = recipient.entry.runtime_data.coordinator.data.instance
    kinds = (CallbackType.RECEIVED, CallbackType.RECEIVED_DELIVERY)
    if instance and not any(instance.webhooks[kind] for kind in kinds):
        raise SendError("receive_webhook_needed")
