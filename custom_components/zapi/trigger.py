"""The triggers: those of a number that connects or disconnects, and of messages."""

from asyncio import Task
from datetime import datetime
from typing import Any, ClassVar, override

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.const import ATTR_ENTITY_ID, STATE_OFF, STATE_ON
from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.trigger import (
    ATTR_BEHAVIOR,
    BEHAVIOR_EACH,
    EntityTargetStateTriggerBase,
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .device import connection_entities
from .message_triggers import MESSAGE_TRIGGERS
from .runtime import ZapiConfigEntry

_BINARY_SENSORS = {BINARY_SENSOR_DOMAIN: DomainSpec()}
_ON, _OFF = {STATE_ON}, {STATE_OFF}


class ConnectionTrigger(EntityTargetStateTriggerBase):
    """Fires once for each real change, also for one that an outage hid."""

    _domain_specs = _BINARY_SENSORS
    _excluded_from_states: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Initialize the trigger."""
        super().__init__(hass, config)
        self._since = dt_util.utcnow()
        self._ran_at: dict[str, datetime] = {}

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Return the entities that show whether a number is connected."""
        return connection_entities(self._hass, super().entity_filter(entities))

    @override
    def is_valid_transition(self, from_state: State, to_state: State) -> bool:
        """Return whether the number changed; the end of an outage is not a change."""
        if from_state.state not in self._excluded_states:
            return super().is_valid_transition(from_state, to_state)
        changed_at = _last_change(self._hass, to_state.entity_id)
        return changed_at is not None and changed_at > self._told_until(from_state)

    def _told_until(self, from_state: State) -> datetime:
        """Return up to when changes were told, before an outage that ends now.

        While the number had yet to stay as it was for some time, an outage put an
        end to the wait, and nothing was told.
        """
        if not self._duration:
            return from_state.last_changed
        return self._ran_at.get(self._subject(from_state.entity_id), self._since)

    def _subject(self, entity_id: str) -> str:
        """Return what a run is about: a number, or all of them together."""
        behavior: str = self._options[ATTR_BEHAVIOR]
        return entity_id if behavior == BEHAVIOR_EACH else behavior

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Attach the trigger to an action runner, and note when it runs."""

        @callback
        def run(
            extra_trigger_payload: dict[str, Any],
            description: str,
            context: Context | None = None,
        ) -> Task[Any]:
            subject = self._subject(extra_trigger_payload[ATTR_ENTITY_ID])
            self._ran_at[subject] = dt_util.utcnow()
            return run_action(extra_trigger_payload, description, context)

        return await super().async_attach_runner(run, did_not_trigger)


class ConnectedTrigger(ConnectionTrigger):
    """Trigger for a number that connects."""

    _to_states = _ON


class DisconnectedTrigger(ConnectionTrigger):
    """Trigger for a number that disconnects."""

    _to_states = _OFF


TRIGGERS: dict[str, type[Trigger]] = {
    "connected": ConnectedTrigger,
    "disconnected": DisconnectedTrigger,
    **MESSAGE_TRIGGERS,
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers."""
    return TRIGGERS


def _last_change(hass: HomeAssistant, entity_id: str) -> datetime | None:
    """Return when the number of an entity last really changed, if it did."""
    entity = er.async_get(hass).async_get(entity_id)
    entry: ZapiConfigEntry
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        if entity and entity.config_entry_id == entry.entry_id:
            return entry.runtime_data.coordinator.last_change
    return None
