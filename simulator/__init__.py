"""A Z-API on this machine: the gateway's HTTP side and the phone behind it, with every fault at hand."""

from .app import make_app
from .chats import Chat, Media, Message, Progress
from .delivery import ERRORS
from .exchange import Exchange
from .faults import ALL, SENDS, Faults
from .gateway import Gateway, StaleCodeError
from .instance import Instance, Outgoing, State

__all__ = [
    "ALL",
    "ERRORS",
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
    "make_app",
]
