"""Who follows the messages of some chats, whether their entries are loaded or not."""

from collections.abc import Callable, Collection
from functools import partial

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.singleton import singleton
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from .inbox import Inbox, ReceivedMessage
from .matching import Candidate
from .outbox import Outbox, StatusChange

# The id of an entry, and of the subentry whose chat it is; None for the whole instance.
type Place = tuple[str, str | None]


class PlaceListeners[*Ts]:
    """Those who listen to one kind of news of some places, the oldest first."""

    def __init__(self) -> None:
        """Initialize without listeners."""
        self._listeners: dict[Place, dict[Callable[[*Ts], None], None]] = {}

    @callback
    def async_add(
        self, places: Collection[Place], listener: Callable[[*Ts], None]
    ) -> CALLBACK_TYPE:
        """Add a listener; return how to remove it.

        Args:
            places: of what it is told; of a whole instance or of chats of it, not both.
            listener: whom to tell.
        """
        for place in places:
            self._listeners.setdefault(place, {})[listener] = None
        return partial(self._remove, places, listener)

    def _remove(
        self, places: Collection[Place], listener: Callable[[*Ts], None]
    ) -> None:
        for place in places:
            there = self._listeners[place]
            del there[listener]
            if not there:
                del self._listeners[place]

    def has(self, entry_id: str, subentry_id: str | None) -> bool:
        """Return whether somebody listens to what happens in a chat."""
        listeners = self._listeners
        return (entry_id, None) in listeners or (entry_id, subentry_id) in listeners

    @callback
    def async_call(self, entry_id: str, subentry_id: str | None, *news: *Ts) -> None:
        """Tell whoever listens to a chat, or to the whole instance."""
        told = [*self._listeners.get((entry_id, None), ())]
        if subentry_id is not None:
            told += self._listeners.get((entry_id, subentry_id), ())
        for listener in told:
            listener(*news)


class Followers:
    """All who follow messages, in one Home Assistant.

    Attributes:
        messages: of each that may start something.
        refusals: of each that may not, without a word of it.
        statuses: of how far ours came.
    """

    def __init__(self) -> None:
        """Initialize without anybody."""
        self.messages = PlaceListeners[Candidate]()
        self.refusals = PlaceListeners[()]()
        self.statuses = PlaceListeners[ConfigEntry, StatusChange]()

    @callback
    def async_connect(self, entry: ConfigEntry, inbox: Inbox, outbox: Outbox) -> None:
        """Tell what one entry hears, until it is unloaded; call once it is set up."""
        entry_id = entry.entry_id

        @callback
        def handle_message(received: ReceivedMessage) -> None:
            if self.messages.has(entry_id, received.recipient):
                self.messages.async_call(
                    entry_id, received.recipient, Candidate(entry, inbox, received)
                )

        @callback
        def handle_refusal(subentry_id: str | None) -> None:
            self.refusals.async_call(entry_id, subentry_id)

        @callback
        def handle_status(change: StatusChange) -> None:
            self.statuses.async_call(entry_id, change.subentry_id, entry, change)

        entry.async_on_unload(inbox.async_add_listener(handle_message))
        entry.async_on_unload(inbox.async_add_refusal_listener(handle_refusal))
        entry.async_on_unload(outbox.async_add_listener(handle_status))


_FOLLOWERS: HassKey[Followers] = HassKey(f"{DOMAIN}_followers")


@callback
@singleton(_FOLLOWERS)
def async_get_followers(_hass: HomeAssistant) -> Followers:
    """Return all who follow messages."""
    return Followers()
