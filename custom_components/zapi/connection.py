"""Tells the rest of Home Assistant of an instance's session and of its name."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
import time
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_DEVICE_ID, ATTR_ENTITY_ID, CONF_TYPE, Platform
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.event import (
    async_call_later,
    async_track_device_registry_updated_event,
    async_track_entity_registry_updated_event,
)

from . import issues
from .const import (
    ATTR_PHONE,
    ATTR_REASON,
    CONF_INSTANCE_ID,
    DOMAIN,
    EVENT_CONNECTION,
    MAX_NAME_LENGTH,
    MODELS,
)
from .coordinator import ZapiCoordinator
from .state.models import ConnectionChange

# How the unique id of the entity ends that shows whether the number is connected.
_CONNECTED = "_connected"
# Seconds without a session until a person is asked to pair the number again.
_PATIENCE = 5 * 60


def device_name(entry: ConfigEntry, coordinator: ZapiCoordinator) -> str:
    """Return what the device is called: as the instance is at the gateway."""
    instance = coordinator.data.instance
    return ((instance and instance.name) or entry.title)[:MAX_NAME_LENGTH]


def device_model(coordinator: ZapiCoordinator) -> str | None:
    """Return the kind of phone that is linked."""
    device = coordinator.data.device
    return MODELS.get(device.model) if device and device.model else None


def connection_entities(hass: HomeAssistant, entity_ids: Iterable[str]) -> set[str]:
    """Return those of the entities that show whether a number is connected."""
    registry = er.async_get(hass)
    return {
        entity_id
        for entity_id in entity_ids
        if (entity := registry.async_get(entity_id))
        and entity.platform == DOMAIN
        and entity.unique_id.endswith(_CONNECTED)
    }


class Connection:
    """Follows one loaded instance."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, coordinator: ZapiCoordinator
    ) -> None:
        """Do nothing yet; ``async_start`` begins."""
        self._hass = hass
        self._entry = entry
        self._coordinator = coordinator
        self._cancel: CALLBACK_TYPE | None = None
        self._lost_at: float | None = None
        self._ids: dict[str, str | None] = {}
        self._unfollow: list[CALLBACK_TYPE] = []
        # What was asked for before a reload is asked for still.
        self._may_be_asked = True
        self._named: object = None

    @callback
    def async_start(self) -> None:
        """Follow the instance until its entry is unloaded."""
        unload = self._entry.async_on_unload
        unload(self._coordinator.async_add_change_listener(self._announce))
        unload(self._coordinator.async_add_listener(self._look))
        unload(self._forget)
        unload(self._unfollow_ids)
        self._find_ids()
        self._look()

    @callback
    def _announce(self, change: ConnectionChange) -> None:
        """Fire the event that the logbook describes and automations may use."""
        self._hass.bus.async_fire(
            EVENT_CONNECTION,
            {
                **self._ids,
                CONF_TYPE: change.type,
                ATTR_PHONE: change.phone,
                ATTR_REASON: change.reason,
            },
        )

    @callback
    def _find_ids(self, _event: Event[Any] | None = None) -> None:
        """Look up what the event names, and again when a registry changes it."""
        self._unfollow_ids()
        device, entity_id = self._device, self._connected_entity
        self._ids = {
            ATTR_DEVICE_ID: device.id if device else None,
            ATTR_ENTITY_ID: entity_id,
        }
        if device:
            self._unfollow.append(
                async_track_device_registry_updated_event(
                    self._hass, device.id, self._find_ids
                )
            )
        if entity_id:
            self._unfollow.append(
                async_track_entity_registry_updated_event(
                    self._hass, entity_id, self._find_ids
                )
            )

    @callback
    def _unfollow_ids(self) -> None:
        while self._unfollow:
            self._unfollow.pop()()

    @property
    def _device(self) -> dr.DeviceEntry | None:
        identifier = (DOMAIN, self._entry.data[CONF_INSTANCE_ID])
        return dr.async_get(self._hass).async_get_device_by_identifier(
            identifier, self._entry.entry_id
        )

    @property
    def _connected_entity(self) -> str | None:
        return er.async_get(self._hass).async_get_entity_id(
            Platform.BINARY_SENSOR,
            DOMAIN,
            f"{self._entry.data[CONF_INSTANCE_ID]}{_CONNECTED}",
        )

    @callback
    def _look(self) -> None:
        """Keep the device and the repair in step with what is known."""
        data = self._coordinator.data
        if self._named != (data.instance, data.device):
            self._named = data.instance, data.device
            self._rename()
        if data.connected is not False:
            self._lost_at = None
            if self._may_be_asked:
                self._may_be_asked = False
                issues.async_delete_issues(
                    self._hass, self._entry, issues.NOT_CONNECTED
                )
        elif self._lost_at is None:
            self._lost_at = time.monotonic()
            if self._cancel is None:
                self._arm(self._lost_at)

    def _rename(self) -> None:
        name, model = (
            device_name(self._entry, self._coordinator),
            device_model(self._coordinator),
        )
        device = self._device
        if device and (device.name, device.model) != (name, model or device.model):
            dr.async_get(self._hass).async_update_device(
                device.id, name=name, model=model or device.model
            )

    def _arm(self, lost_at: float) -> None:
        """Look again once the number may have been lost for long enough."""
        self._cancel = async_call_later(
            self._hass,
            lost_at + _PATIENCE - time.monotonic(),
            partial(self._ring, lost_at),
        )

    @callback
    def _ring(self, lost_at: float, _now: datetime) -> None:
        """Ask to pair, unless the number came back meanwhile.

        Each change would pay for a timer that is armed and cancelled with it.
        """
        self._cancel = None
        if self._lost_at is None:
            return
        if self._lost_at != lost_at:
            self._arm(self._lost_at)
            return
        self._may_be_asked = True
        issues.async_create_issue(self._hass, self._entry, issues.NOT_CONNECTED)

    @callback
    def _forget(self) -> None:
        if self._cancel:
            self._cancel()
            self._cancel = None
