"""A Z-API on this machine: the gateway's HTTP side and the phone behind it, with every fault at hand."""

from .app import make_app
from .exchange import Exchange
from .faults import ALL, Faults
from .gateway import Gateway, StaleCodeError
from .instance import Instance, State

__all__ = [
    "ALL",
    "Exchange",
    "Faults",
    "Gateway",
    "Instance",
    "StaleCodeError",
    "State",
    "make_app",
]
