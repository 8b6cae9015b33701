"""The form for an instance's credentials, and how it is read."""

from collections.abc import Mapping
import re
from string import whitespace
from typing import Any, NamedTuple

from homeassistant.const import CONF_TOKEN
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from ..api import DEFAULT_API_URL, ZapiError, ZapiForbiddenError, normalize_api_url
from ..const import CONF_ADVANCED, CONF_API_URL, CONF_CLIENT_TOKEN, CONF_INSTANCE_ID
from ..errors import failure_key

# No field of the form has it, or the frontend does not show errors there.
_BASE = "base"
_REFUSALS = {"invalid_auth", "instance_not_found"}
_FAILURES = _REFUSALS | {"subscription", "cannot_connect"}

_PASTED_URL = re.compile(
    r"instances/(?P<id>[^/\s]+)/token/(?P<token>[^/\s?#]+)", re.IGNORECASE
)
_CREDENTIAL = re.compile(r"[\w-]+", re.ASCII)
_AROUND = f"{whitespace}\u00a0\u200b\"'`“”‘’"

_SECRET = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))
_URL = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))


class FormError(Exception):
    """An error to show on the form.

    Attributes:
        errors: the message's key by its field.
        ip: the caller's address, where the message names it.
    """

    def __init__(self, field: str, key: str, ip: str = "") -> None:
        """Initialize the error."""
        super().__init__(key)
        self.errors = {field: key}
        self.ip = ip


class _PastedUrl(NamedTuple):
    """An instance's whole API address, and the field that holds it."""

    field: str
    root: str
    instance_id: str
    token: str


def credentials_schema(
    entry_data: Mapping[str, Any], user_input: Mapping[str, Any]
) -> vol.Schema:
    """Return the form; for an existing entry all is optional, and no secret is sent.

    Args:
        entry_data: what the entry has that the form is about; empty for a new one.
        user_input: what was just submitted; empty where nothing was.
    """
    api_url = _usual_api_url(entry_data)
    advanced = section(
        vol.Schema({vol.Optional(CONF_API_URL, default=api_url): _URL}),
        {"collapsed": _typed_api_url(user_input) in ("", api_url)},
    )
    return vol.Schema(
        {
            **({} if entry_data else {vol.Required(CONF_INSTANCE_ID): TextSelector()}),
            # Not required by the schema: a pasted address contains the token.
            vol.Optional(CONF_TOKEN): _SECRET,
            (vol.Optional if entry_data else vol.Required)(CONF_CLIENT_TOKEN): _SECRET,
            # A default of the section itself would hide those inside from the
            # frontend; without one, a required section is missed by the API.
            vol.Optional(CONF_ADVANCED): advanced,
        }
    )


def read_credentials(
    entry_data: Mapping[str, Any], user_input: Mapping[str, Any]
) -> dict[str, str]:
    """Return the entry's data from what was typed or pasted, else from the entry.

    Raises:
        FormError: something is missing or not valid.
    """
    values: dict[str, str] = {
        field: _typed(user_input, field) or entry_data.get(field, "")
        for field in (CONF_INSTANCE_ID, CONF_TOKEN, CONF_CLIENT_TOKEN)
    }
    if pasted := _pasted_url(CONF_INSTANCE_ID, values):
        values[CONF_INSTANCE_ID] = pasted.instance_id
        values[CONF_TOKEN] = values[CONF_TOKEN] or pasted.token
    if second := _pasted_url(CONF_TOKEN, values):
        values[CONF_TOKEN] = second.token
        if second.instance_id.upper() != values[CONF_INSTANCE_ID].upper():
            raise FormError(CONF_TOKEN, "wrong_instance")
    if not _CREDENTIAL.fullmatch(values[CONF_INSTANCE_ID]):
        raise FormError(CONF_INSTANCE_ID, "invalid_instance_id")
    if not values[CONF_TOKEN]:
        raise FormError(CONF_TOKEN, "token_required")
    for field in (CONF_TOKEN, CONF_CLIENT_TOKEN):
        if not _CREDENTIAL.fullmatch(values[field]):
            raise FormError(field, "invalid_characters")
    return {
        **values,
        CONF_INSTANCE_ID: values[CONF_INSTANCE_ID].upper(),
        CONF_API_URL: _read_api_url(entry_data, user_input, pasted or second),
    }


def refusal(entry_data: Mapping[str, Any], key: str) -> dict[str, str]:
    """Return the error of refused credentials, at the field to change; else nothing."""
    return {_field_of(entry_data, key): key} if key in _REFUSALS else {}


def form_error(entry_data: Mapping[str, Any], err: ZapiError) -> FormError:
    """Return what the form shows for a failed request."""
    if isinstance(err, ZapiForbiddenError):
        key = "ip_not_allowed" if err.ip else "own_ip_not_allowed"
        return FormError(_BASE, key, err.ip or "")
    key = failure_key(err)
    if key not in _FAILURES:
        return FormError(_BASE, "unknown")
    return FormError(_field_of(entry_data, key), key)


def instance_field(entry_data: Mapping[str, Any]) -> str:
    """Return the field that identifies the instance."""
    return CONF_TOKEN if entry_data else CONF_INSTANCE_ID


def _field_of(entry_data: Mapping[str, Any], key: str) -> str:
    match key:
        case "invalid_auth":
            return CONF_CLIENT_TOKEN
        case "instance_not_found":
            return instance_field(entry_data)
    return _BASE


def _read_api_url(
    entry_data: Mapping[str, Any],
    user_input: Mapping[str, Any],
    pasted: _PastedUrl | None,
) -> str:
    """Return the API's root: typed, else pasted, else the entry's, else Z-API's."""
    usual, api_url = _usual_api_url(entry_data), _typed_api_url(user_input)
    field = _BASE
    if api_url in ("", usual):
        api_url = usual
        if pasted and pasted.root:
            api_url, field = pasted.root, pasted.field
    if "://" not in api_url:
        api_url = f"https://{api_url}"
    try:
        return normalize_api_url(api_url)
    except ValueError:
        raise FormError(field, "invalid_api_url") from None


def _usual_api_url(entry_data: Mapping[str, Any]) -> str:
    api_url: str = entry_data.get(CONF_API_URL, DEFAULT_API_URL)
    return api_url


def _typed_api_url(user_input: Mapping[str, Any]) -> str:
    return _typed(user_input.get(CONF_ADVANCED, {}), CONF_API_URL)


def _typed(user_input: Mapping[str, Any], field: str) -> str:
    """Return a text without the quotes and spaces that copying brings along."""
    text: str = user_input.get(field, "")
    return text.strip(_AROUND)


def _pasted_url(field: str, values: Mapping[str, str]) -> _PastedUrl | None:
    """Return the address that was pasted into a field."""
    if (found := _PASTED_URL.search(values[field])) is None:
        return None
    root = re.split(r"\s", values[field][: found.start()])[-1]
    return _PastedUrl(
        field,
        root.strip(_AROUND).rstrip("/"),
        found["id"].strip(_AROUND),
        found["token"].strip(_AROUND),
    )
