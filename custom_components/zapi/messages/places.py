"""A place on the map: coordinates, or where an entity is."""

from typing import Any

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.const import ATTR_LATITUDE, ATTR_LONGITUDE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError

from ..api import Location
from ..const import DOMAIN
from .caller import Caller


def place_of(
    hass: HomeAssistant,
    caller: Caller,
    location: dict[str, Any] | str,
    name: str | None,
    address: str | None,
) -> Location:
    """Return a place to send.

    Args:
        hass: where the entities are.
        caller: must be allowed to see where an entity is.
        location: coordinates, or a zone, a person or a device tracker.
        name: what to call it; an entity has a name of its own.
        address: a line below the name.

    Raises:
        ServiceValidationError: it is not known where the entity is.
        Unauthorized: the caller may not see it.
    """
    if isinstance(location, dict):
        return Location(
            location[ATTR_LATITUDE], location[ATTR_LONGITUDE], name, address
        )
    caller.check_entity(location, POLICY_READ)
    state = hass.states.get(location)
    latitude, longitude = (
        state.attributes.get(key) if state else None
        for key in (ATTR_LATITUDE, ATTR_LONGITUDE)
    )
    if state is None or latitude is None or longitude is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="place_unknown",
            translation_placeholders={"entity": location},
        )
    return Location(latitude, longitude, name or state.name, address)
