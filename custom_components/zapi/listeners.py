"""Whoever wants to be told."""

from collections.abc import Callable
from functools import partial

from homeassistant.core import CALLBACK_TYPE, callback


class Listeners[**P]:
    """The listeners of one kind of news, each called once, the oldest first."""

    def __init__(self) -> None:
        """Initialize without listeners."""
        self._listeners: dict[Callable[P, None], None] = {}

    @callback
    def async_add(self, listener: Callable[P, None]) -> CALLBACK_TYPE:
        """Add a listener; return how to remove it."""
        self._listeners[listener] = None
        return partial(self._listeners.pop, listener, None)

    @callback
    def async_call(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call all; one that is added meanwhile has to wait for the next time."""
        for listener in list(self._listeners):
            listener(*args, **kwargs)
