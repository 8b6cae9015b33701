"""Conditions on whether a number is connected."""

from typing import override

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import Condition, EntityStateConditionBase

from .device import connection_entities

_BINARY_SENSORS = {BINARY_SENSOR_DOMAIN: DomainSpec()}
_ON: set[str | bool] = {STATE_ON}
_OFF: set[str | bool] = {STATE_OFF}


class ConnectionCondition(EntityStateConditionBase):
    """Holds for numbers of which it is known: one that is unavailable is neither."""

    _domain_specs = _BINARY_SENSORS

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Return the entities that show whether a number is connected."""
        return connection_entities(self._hass, super().entity_filter(entities))

    @override
    def _should_include(self, _state: State) -> bool:
        """Return True: all of them are so only if that is known of each."""
        return True

    @override
    def _check_all_match_state(self, states: list[State]) -> bool:
        """Return whether all are so; where there is none, none is."""
        return bool(states) and super()._check_all_match_state(states)


class IsConnectedCondition(ConnectionCondition):
    """Condition for a number that is connected."""

    _states = _ON


class IsDisconnectedCondition(ConnectionCondition):
    """Condition for a number that is not connected."""

    _states = _OFF


CONDITIONS: dict[str, type[Condition]] = {
    "is_connected": IsConnectedCondition,
    "is_disconnected": IsDisconnectedCondition,
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions on a number."""
    return CONDITIONS
