"""Tell the rest of Home Assistant that the session came or went."""

from datetime import datetime
from functools import partial
import time
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_DEVICE_ID, ATTR_ENTITY_ID, CONF_TYPE
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.event import (
    async_call_later,
    async_track_device_registry_updated_event,
    async_track_entity_registry_updated_event,
)

from . import issues
from .const import ATTR_PHONE, ATTR_REASON, EVENT_CONNECTION
from .coordinator import ZapiCoordinator
from .device import async_get_connection_entity, async_get_device
from .issues import IssueKind
from .state.models import ConnectionChange

# How long a number is without a session before a person is asked to pair it again.
PAIRING_REPAIR_SECONDS = 5 * 60


class ConnectionNotifier:
    """Fires the bus event of each change at once, and raises the repair after a while."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, coordinator: ZapiCoordinator
    ) -> None:
        """Initialize; ``async_start`` begins."""
        self._hass = hass
        self._entry = entry
        self._coordinator = coordinator
        self._cancel: CALLBACK_TYPE | None = None
        self._lost_at: float | None = None
        self._ids: dict[str, str | None] = {}
        self._unfollow: list[CALLBACK_TYPE] = []
        # What was raised before a reload stands still.
        self._may_have_issue = True

    @callback
    def async_start(self) -> None:
        """Follow the instance until its entry is unloaded; call once, after set-up."""
        unload = self._entry.async_on_unload
        unload(self._coordinator.async_add_change_listener(self._fire))
        unload(self._coordinator.async_add_listener(self._handle_update))
        unload(self._cancel_timer)
        unload(self._stop_following_ids)
        self._find_ids()
        self._handle_update()

    @callback
    def _fire(self, change: ConnectionChange) -> None:
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
        self._stop_following_ids()
        device = async_get_device(self._hass, self._entry)
        entity_id = async_get_connection_entity(self._hass, self._entry)
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
    def _stop_following_ids(self) -> None:
        while self._unfollow:
            self._unfollow.pop()()

    @callback
    def _handle_update(self) -> None:
        """Keep the repair in step with what is known."""
        if self._coordinator.data.connected is not False:
            self._lost_at = None
            if self._may_have_issue:
                self._may_have_issue = False
                issues.async_delete_issues(
                    self._hass, self._entry, IssueKind.NOT_CONNECTED
                )
        elif self._lost_at is None:
            self._lost_at = time.monotonic()
            if self._cancel is None:
                self._arm(self._lost_at)

    def _arm(self, lost_at: float) -> None:
        """Look again once the number may have been lost for long enough."""
        self._cancel = async_call_later(
            self._hass,
            lost_at + PAIRING_REPAIR_SECONDS - time.monotonic(),
            partial(self._handle_timeout, lost_at),
        )

    @callback
    def _handle_timeout(self, lost_at: float, _now: datetime) -> None:
        """Ask to pair, unless the number came back meanwhile.

        Each change would pay for a timer that is armed and cancelled with it.
        """
        self._cancel = None
        if self._lost_at is None:
            return
        if self._lost_at != lost_at:
            self._arm(self._lost_at)
            return
        self._may_have_issue = True
        issues.async_create_issue(self._hass, self._entry, IssueKind.NOT_CONNECTED)

    @callback
    def _cancel_timer(self) -> None:
        if self._cancel:
            self._cancel()
            self._cancel = None
