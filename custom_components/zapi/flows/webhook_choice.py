"""The form that asks what to do with somebody else's webhooks."""

from collections.abc import Collection, Iterable

from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import SelectSelector, SelectSelectorConfig
import voluptuous as vol

from ..const import CONF_WEBHOOKS
from ..webhooks.forward_target import is_forwardable
from ..webhooks.ledger import Choice
from ..webhooks.ownership import redacted_host


def available_choices(hass: HomeAssistant, urls: Collection[str]) -> list[Choice]:
    """Return what a person may choose for somebody else's URLs."""
    may_forward = urls and all(is_forwardable(hass, url) for url in urls)
    return [
        choice
        for choice in Choice
        if may_forward or choice is not Choice.TAKE_OVER_AND_FORWARD
    ]


def webhook_choice_schema(
    hass: HomeAssistant, urls: Collection[str], preselected: Choice
) -> vol.Schema:
    """Return the form that asks what to do with somebody else's webhooks.

    Where the choice is not on offer none is preselected. The field is optional
    because the frontend fills a required one with its first option.
    """
    choices = available_choices(hass, urls)
    default = preselected if preselected in choices else vol.UNDEFINED
    return vol.Schema(
        {
            vol.Optional(CONF_WEBHOOKS, default=default): SelectSelector(
                SelectSelectorConfig(
                    options=[str(choice) for choice in choices],
                    translation_key=CONF_WEBHOOKS,
                )
            )
        }
    )


def shown_hosts(urls: Iterable[str]) -> dict[str, str]:
    """Return what may be shown of URLs."""
    return {"hosts": ", ".join(sorted({redacted_host(url) for url in urls}))}
