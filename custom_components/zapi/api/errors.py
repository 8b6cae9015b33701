"""What can go wrong between this machine and the gateway.

The text of each error is fit for a log: it holds neither a URL nor one of the
secrets that the client was made with.
"""

from ipaddress import ip_address
import re

_ADDRESS = re.compile(r"[\da-f.:]*[\da-f]", re.IGNORECASE)


class ZapiError(Exception):
    """A call to the gateway failed."""


class ZapiConnectionError(ZapiError):
    """The gateway was not reached, or answered what no gateway would."""


class ZapiAuthError(ZapiError):
    """The credentials are refused; unless it is the error below, the Client-Token."""


class ZapiInstanceNotFoundError(ZapiAuthError):
    """Instance id and token do not fit together, or the instance is gone."""


class ZapiForbiddenError(ZapiError):
    """The account admits only listed IP addresses, and ours is not among them."""

    @property
    def ip(self) -> str | None:
        """The address that was refused, where the gateway names it."""
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
    """The gateway took the request, and its answer lacks what was asked for."""


class ZapiNotFoundError(ZapiError):
    """The gateway has no such endpoint."""


class ZapiPasskeyError(ZapiError):
    """WhatsApp refuses to pair this phone by a code."""


class ZapiCallbackError(ValueError):
    """A callback's body is not what the gateway documents; the text never quotes it.

    Attributes:
        instance_id: the instance in upper case, where the body names one.
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
