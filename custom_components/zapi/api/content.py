"""What one request sends: its path, its rules and its body.

docs/gateway.md, sections 6.1 and 6.2

The kinds are in ``outgoing``, ``outgoing_choices`` and ``outgoing_media``.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from http import HTTPMethod
from io import BytesIO
from typing import Any, ClassVar, Self

import orjson

from .chats import Chat, ChatKind
from .errors import ContentError
from .values import text

# What neither stories nor channels take.
NOT_IN_CHANNELS = frozenset({ChatKind.STATUS, ChatKind.CHANNEL})

# So small that no piece keeps the event loop's thread waiting.
_PIECE_CHARACTERS = 256 * 1024


@dataclass(frozen=True, slots=True)
class File:
    """A file as a data URI, ``data:image/png;base64,…``, which holds all of it."""

    data_uri: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """What the gateway answers to a send: it is queued, and no more than that.

    https://developer.z-api.io/en/queue/introduction

    Attributes:
        message_id: WhatsApp's id of the message; None for a forwarded one.
        zaap_id: the id in the gateway's queue.
    """

    message_id: str | None
    zaap_id: str | None

    @classmethod
    def from_json(cls, data: object) -> Self:
        """Read the answer; one without ids, or none at all, is not a failure."""
        if not isinstance(data, dict):
            return cls(None, None)
        return cls(
            message_id=text(data.get("messageId")) or text(data.get("id")),
            zaap_id=text(data.get("zaapId")),
        )


@dataclass(frozen=True, slots=True, repr=False)
class Content(ABC):
    """What goes to a chat by one request.

    Attributes:
        method: the verb of the request.
        endpoint: the path, where all of a kind have the same.
        refused_in: the kinds of chat that do not take this.
        is_message: it stands in the chat by itself, and can be quoted.
    """

    method: ClassVar[HTTPMethod] = HTTPMethod.POST
    endpoint: ClassVar[str]
    refused_in: ClassVar[frozenset[ChatKind]] = frozenset({ChatKind.STATUS})
    is_message: ClassVar[bool] = True

    @property
    def path(self) -> str:
        """The path of the request; it identifies nobody."""
        return self.endpoint

    def check(self, chat: Chat) -> None:
        """Refuse what WhatsApp would, before anything is sent.

        Raises:
            ContentError: a rule is broken, ``not_in_channel`` among them.
        """
        if chat.kind in self.refused_in:
            raise ContentError(f"not_in_{chat.kind}")
        if not all(map(_is_unicode, _texts(self))):
            raise ContentError("text_invalid")

    def query(self, chat: Chat) -> dict[str, str]:
        """Return the query of the request, not quoted yet."""
        return {}

    @abstractmethod
    def body(self, chat: Chat) -> dict[str, Any]:
        """Return the body of the request; a ``File`` in it is left to ``encode``."""


def encode(content: Content, chat: Chat) -> BytesIO:
    """Return the JSON of a request's body, empty where it has none.

    With a file it takes time: call this in an executor.
    """
    encoded = BytesIO()
    before = b"{"
    for name, value in content.body(chat).items():
        encoded.write(before + orjson.dumps(name) + b":")
        if isinstance(value, File):
            _write_data_uri(encoded, value.data_uri)
        else:
            encoded.write(orjson.dumps(value))
        before = b","
    if encoded.tell():
        encoded.write(b"}")
    encoded.seek(0)
    return encoded


def _write_data_uri(encoded: BytesIO, data_uri: str) -> None:
    """Write a text that needs no escapes."""
    encoded.write(b'"')
    encoded.writelines(
        data_uri[start : start + _PIECE_CHARACTERS].encode()
        for start in range(0, len(data_uri), _PIECE_CHARACTERS)
    )
    encoded.write(b'"')


def _texts(value: object) -> Iterator[str]:
    """Give all texts of a content."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item)
    elif is_dataclass(value):
        for one in fields(value):
            yield from _texts(getattr(value, one.name))


def _is_unicode(value: str) -> bool:
    """Return whether a text has no halves of characters."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def need(key: str, *values: str) -> None:
    """Refuse texts that are empty."""
    if not all(value.strip() for value in values):
        raise ContentError(key)


def given(**fields: Any) -> dict[str, Any]:
    """Return the fields that say something."""
    return {name: value for name, value in fields.items() if value}
