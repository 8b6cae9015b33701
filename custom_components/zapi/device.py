"""What Home Assistant's registries have of an instance, kept in step with it."""

from collections.abc import Iterable

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .const import CONF_INSTANCE_ID, DOMAIN, MAX_NAME_LENGTH, MODELS, PANEL_URL
from .coordinator import ZapiCoordinator

# How the unique id of the entity ends that shows whether the number is connected.
_CONNECTED = "_connected"
MESSAGE_EVENT = "message"


def device_name(entry: ConfigEntry, coordinator: ZapiCoordinator) -> str:
    """Return what the device is called: as the instance is at the gateway."""
    instance = coordinator.data.instance
    return ((instance and instance.name) or entry.title)[:MAX_NAME_LENGTH]


def device_model(coordinator: ZapiCoordinator) -> str | None:
    """Return the kind of phone that is linked."""
    device = coordinator.data.device
    return MODELS.get(device.model) if device and device.model else None


def instance_device_info(
    entry: ConfigEntry, coordinator: ZapiCoordinator
) -> dr.DeviceInfo:
    """Return the device of an instance, as it is now."""
    info = dr.DeviceInfo(
        configuration_url=PANEL_URL,
        entry_type=dr.DeviceEntryType.SERVICE,
        identifiers={(DOMAIN, entry.data[CONF_INSTANCE_ID])},
        manufacturer="Z-API",
        name=device_name(entry, coordinator),
    )
    # Not named while disconnected: the model of the last phone stays then.
    if model := device_model(coordinator):
        info["model"] = model
    return info


@callback
def async_create_device(
    hass: HomeAssistant, entry: ConfigEntry, coordinator: ZapiCoordinator
) -> None:
    """Create the device of an instance, before its recipients refer to it."""
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, **instance_device_info(entry, coordinator)
    )


def recipient_device_info(
    hass: HomeAssistant, entry: ConfigEntry, recipient: ConfigSubentry
) -> dr.DeviceInfo:
    """Return the device of a recipient; the instance's has to be there."""
    return dr.DeviceInfo(
        entry_type=dr.DeviceEntryType.SERVICE,
        identifiers={(DOMAIN, recipient.subentry_id)},
        manufacturer="WhatsApp",
        name=recipient.title,
        via_device_id=dr.async_get_device_id_by_identifier(
            hass,
            (DOMAIN, entry.data[CONF_INSTANCE_ID]),
            config_entry_id=entry.entry_id,
        ),
    )


@callback
def async_rename_recipient(
    hass: HomeAssistant, entry: ConfigEntry, recipient: ConfigSubentry
) -> None:
    """Give the device of a recipient the recipient's name."""
    registry = dr.async_get(hass)
    device = registry.async_get_device_by_identifier(
        (DOMAIN, recipient.subentry_id), entry.entry_id
    )
    if device:
        registry.async_update_device(device.id, name=recipient.title)


@callback
def async_get_device(hass: HomeAssistant, entry: ConfigEntry) -> dr.DeviceEntry | None:
    """Return the device of an instance."""
    return dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, entry.data[CONF_INSTANCE_ID]), entry.entry_id
    )


@callback
def async_get_connection_entity(hass: HomeAssistant, entry: ConfigEntry) -> str | None:
    """Return the id of the entity that shows whether the number is connected."""
    return er.async_get(hass).async_get_entity_id(
        Platform.BINARY_SENSOR, DOMAIN, f"{entry.data[CONF_INSTANCE_ID]}{_CONNECTED}"
    )


@callback
def async_get_message_event(
    hass: HomeAssistant, entry: ConfigEntry, subentry_id: str | None
) -> str | None:
    """Return the id of the event entity of a recipient, or of the whole instance."""
    return er.async_get(hass).async_get_entity_id(
        Platform.EVENT, DOMAIN, message_event_id(entry, subentry_id)
    )


def message_event_id(entry: ConfigEntry, subentry_id: str | None) -> str:
    """Return the unique id of that entity."""
    return f"{subentry_id or entry.data[CONF_INSTANCE_ID]}_{MESSAGE_EVENT}"


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


class DeviceSync:
    """Keeps name and model of the device of one loaded instance."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, coordinator: ZapiCoordinator
    ) -> None:
        """Initialize; ``async_start`` begins."""
        self._hass = hass
        self._entry = entry
        self._coordinator = coordinator
        self._last_facts: object = None

    @callback
    def async_start(self) -> None:
        """Follow the instance until its entry is unloaded; call once, after set-up."""
        self._entry.async_on_unload(
            self._coordinator.async_add_listener(self._handle_update)
        )
        self._handle_update()

    @callback
    def _handle_update(self) -> None:
        data = self._coordinator.data
        if self._last_facts != (data.instance, data.device):
            self._last_facts = data.instance, data.device
            self._rename()

    def _rename(self) -> None:
        name = device_name(self._entry, self._coordinator)
        model = device_model(self._coordinator)
        device = async_get_device(self._hass, self._entry)
        if device and (device.name, device.model) != (name, model or device.model):
            dr.async_get(self._hass).async_update_device(
                device.id, name=name, model=model or device.model
            )
