"""Errors of the gateway.

The message of each can be logged: it contains no URL and none of the client's secrets.
Which answer becomes which error is in ``docs/gateway.md``, 2.3.
"""

from ipaddress import ip_address
import re

_ADDRESS = re.compile(r"[\da-f.:]*[\da-f]", re.IGNORECASE)


class ZapiError(Exception):
    """Base for failed requests."""


class ZapiConnectionError(ZapiError):
    """The gateway was not reached, or its answer is not one of the API's.

    Whether it has done what was asked is unknown then, unless it is the subclass.
    """


class ZapiUnreachableError(ZapiConnectionError):
    """No connection came about: nothing was sent."""


class ZapiAuthError(ZapiError):
    """The credentials are refused; unless it is the subclass, the Client-Token."""


class ZapiInstanceNotFoundError(ZapiAuthError):
    """Instance id and token do not match, or the instance no longer exists."""


class ZapiForbiddenError(ZapiError):
    """The account allows only listed IP addresses, and ours is not one of them."""

    @property
    def ip(self) -> str | None:
        """Return the address that was refused, None if the gateway does not name it."""
        for candidate in _ADDRESS.findall(str(self)):
            try:
                return str(ip_address(candidate))
            except ValueError:
                continue
        return None


class ZapiSubscriptionError(ZapiError):
    """The plan of the instance has expired or is unpaid."""


class ZapiRequestError(ZapiError):
    """The gateway understood the request and declined it."""


class ZapiUnusableAnswerError(ZapiRequestError):
    """The request succeeded, but the answer lacks what was requested."""


class ZapiNotFoundError(ZapiError):
    """The gateway has no such endpoint."""


class ZapiPasskeyError(ZapiError):
    """WhatsApp refuses to pair this phone by a code."""


class ZapiCallbackError(ValueError):
    """A callback's body is not valid; the message never quotes it.

    Attributes:
        instance_id: the instance in upper case; None if the body names none.
    """

    instance_id: str | None = None


class ZapiCallbackJSONError(ZapiCallbackError):
    """A callback's body is not a JSON object."""


class InvalidInputError(ValueError):
    """What somebody gave cannot be used; nothing was sent.

    Attributes:
        key: which rule it breaks, in snake case.
        placeholders: limits that the rule names; nothing of what was given.
    """

    def __init__(self, key: str, **placeholders: str) -> None:
        """Take the rule, which is all that the text says."""
        super().__init__(key)
        self.key = key
        self.placeholders = placeholders


class ChatError(InvalidInputError):
    """What was written names no chat."""


class ContentError(InvalidInputError):
    """WhatsApp does not take this content, or not in this chat."""
