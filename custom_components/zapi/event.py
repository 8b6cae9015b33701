"""When the session comes and goes, as an event."""

from typing import override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import ATTR_PHONE, ATTR_REASON
from .entity import ZapiEntity
from .runtime import ZapiConfigEntry
from .state.models import ConnectionChange

PARALLEL_UPDATES = 0

CONNECTION = EventEntityDescription(
    key="connection",
    translation_key="connection",
    event_types=["connected", "disconnected"],
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ZapiConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event of an instance."""
    async_add_entities(
        [ZapiConnectionEvent(entry.runtime_data.coordinator, CONNECTION)]
    )


class ZapiConnectionEvent(ZapiEntity, EventEntity):
    """An event of each real change of the session, from a callback or a poll."""

    @property
    @override
    def available(self) -> bool:
        """Whether the last event may be shown: it stays true while the gateway is away.

        Home Assistant restores no event from an entity that was unavailable.
        """
        return True

    @property
    @override
    def _state_fingerprint(self) -> object:
        """Nothing: the state is written with each event alone."""
        return None

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to changes."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.async_add_change_listener(self._fire))

    @callback
    def _fire(self, change: ConnectionChange) -> None:
        self._trigger_event(
            change.type, {ATTR_PHONE: change.phone, ATTR_REASON: change.reason}
        )
        self.async_write_ha_state()
