"""A Z-API on this machine: the gateway's HTTP side and the phone behind it, with every fault at hand."""

from .app import make_app
from .chats import Chat, Media, Message, Progress
from .delivery import ERRORS
from .exchange import Exchange
from .faults import ALL, SENDS, Faults
from .gateway import Gateway, StaleCodeError
from .instance import Instance, Outgoing, State
from .samples import CONTENTS, NOTICES
from .writer import Writer

__all__ = [
    "ALL",
    "CONTENTS",
    "ERRORS",
    "NOTICES",
    "SENDS",
    "Chat",
    "Exchange",
    "Faults",
    "Gateway",
    "Instance",
    "Media",
    "Message",
    "Outgoing",
    "Progress",
    "StaleCodeError",
    "State",
    "Writer",
    "make_app",
]
