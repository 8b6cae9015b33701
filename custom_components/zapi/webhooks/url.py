"""The URL at which the gateway reaches a webhook of this Home Assistant."""

from collections.abc import Callable
from contextlib import suppress
from enum import Enum, auto

from homeassistant.components import webhook
from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.network import NoURLAvailableError, get_url


class UrlProblem(Enum):
    """Reason why there is no URL."""

    NO_HTTPS = auto()
    CLOUD_AWAY = auto()


async def async_webhook_url(hass: HomeAssistant, webhook_id: str) -> str | UrlProblem:
    """Return the https URL of a webhook: the cloudhook first, else our own."""
    if uses_cloud(hass):
        from homeassistant.components import cloud  # noqa: PLC0415

        try:
            return await cloud.async_get_or_create_cloudhook(hass, webhook_id)
        except _cloud_failures():
            return UrlProblem.CLOUD_AWAY
    try:
        root = get_url(hass, allow_internal=False, allow_cloud=False, require_ssl=True)
    except NoURLAvailableError:
        return UrlProblem.NO_HTTPS
    return f"{root}{webhook.async_generate_path(webhook_id)}"


def uses_cloud(hass: HomeAssistant) -> bool:
    """Return whether there is a subscription to Home Assistant Cloud."""
    # Importing the cloud pulls in half of Home Assistant's voice stack.
    if "cloud" not in hass.config.components:
        return False
    from homeassistant.components import cloud  # noqa: PLC0415

    return cloud.async_active_subscription(hass)


def _cloud_failures() -> tuple[type[Exception], ...]:
    """Return the exceptions of a cloud that is not available now."""
    from hass_nabucasa.exceptions import NabuCasaBaseError  # noqa: PLC0415
    from hass_nabucasa.iot_base import NotConnected  # noqa: PLC0415
    from homeassistant.components.cloud import CloudNotAvailable  # noqa: PLC0415

    return (
        CloudNotAvailable,
        NabuCasaBaseError,
        NotConnected,
        TimeoutError,
        ValueError,
    )


@callback
def async_add_url_listener(
    hass: HomeAssistant, webhook_id: str, listener: Callable[[], None]
) -> CALLBACK_TYPE:
    """Call the listener whenever the URL may have changed."""

    @callback
    def config_changed(event: Event[dict[str, object]]) -> None:
        if "external_url" in event.data:
            listener()

    @callback
    def cloud_changed(_change: object) -> None:
        listener()

    unsubscribe = [hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, config_changed)]
    if "cloud" in hass.config.components:
        from homeassistant.components import cloud  # noqa: PLC0415

        unsubscribe += [
            cloud.async_listen_connection_change(hass, cloud_changed),
            cloud.async_listen_cloudhook_change(hass, webhook_id, cloud_changed),
        ]

    def stop() -> None:
        for end in unsubscribe:
            end()

    return stop


async def async_delete_cloudhook(hass: HomeAssistant, webhook_id: str) -> None:
    """Delete the cloudhook of a webhook, if there is one and the cloud is there."""
    if "cloud" not in hass.config.components:
        return
    from homeassistant.components import cloud  # noqa: PLC0415

    with suppress(*_cloud_failures()):
        await cloud.async_delete_cloudhook(hass, webhook_id)
