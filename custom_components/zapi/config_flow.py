"""The dialogs in which a person adds an instance or mends its credentials."""

from collections.abc import Collection, Iterable, Mapping
import re
from typing import Any, override

from homeassistant.components import webhook
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlow,
)
from homeassistant.const import CONF_TOKEN, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import section
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from .api import (
    DEFAULT_API_URL,
    Instance,
    Webhook,
    ZapiClient,
    ZapiError,
    normalize_api_url,
)
from .const import (
    CONF_ADVANCED,
    CONF_API_URL,
    CONF_CLIENT_TOKEN,
    CONF_INSTANCE_ID,
    CONF_WEBHOOKS,
    DOMAIN,
    LONGEST_NAME,
)
from .coordinator import failure_key
from .forward import choices_for
from .ledger import Choice, LedgerError, async_get_ledger
from .ownership import Owner, async_owner, host_of
from .pairing_flow import PairingFlow
from .runtime import ZapiConfigEntry
from .webhook import ZapiWebhook

_PASTED_URL = re.compile(
    r"(?P<root>https?://\S+?)?/?instances/(?P<id>[^/\s]+)/token/(?P<token>[^/\s?#]+)",
    re.IGNORECASE,
)
_CREDENTIAL = re.compile(r"[\w-]+", re.ASCII)

_SHOWN_ERRORS = {"invalid_auth", "subscription", "ip_not_allowed", "cannot_connect"}

_SECRET = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))
_CREDENTIALS = {
    # Demanded by us: a pasted URL brings the token along.
    vol.Optional(CONF_TOKEN): _SECRET,
    vol.Required(CONF_CLIENT_TOKEN): _SECRET,
}


def _choices(hass: HomeAssistant, urls: Collection[str], default: Choice) -> vol.Schema:
    """Return the form that asks what to do with somebody else's webhooks."""
    options = [str(choice) for choice in choices_for(hass, urls)]
    return vol.Schema(
        {
            vol.Required(CONF_WEBHOOKS, default=default): SelectSelector(
                SelectSelectorConfig(options=options, translation_key=CONF_WEBHOOKS)
            )
        }
    )


def _hosts(urls: Iterable[str]) -> dict[str, str]:
    """Return what may be shown of URLs."""
    return {"hosts": ", ".join(sorted({host_of(url) for url in urls}))}


class _FormError(Exception):
    """What to show on the form: the field, the message, and the gateway's words."""

    def __init__(self, field: str, key: str, words: str = "") -> None:
        super().__init__(key)
        self.errors = {field: key}
        self.words = words


def _schema(
    fields: dict[vol.Marker, Any], api_url: str, *, collapsed: bool
) -> vol.Schema:
    """Return a form of fields and the section that few people need."""
    url = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))
    advanced = vol.Schema({vol.Required(CONF_API_URL, default=api_url): url})
    return vol.Schema(
        {
            **fields,
            vol.Required(CONF_ADVANCED, default=dict): section(
                advanced, {"collapsed": collapsed}
            ),
        }
    )


def _read(user_input: Mapping[str, Any]) -> dict[str, str]:
    """Return the credentials that were typed or pasted, in the entry's form."""
    instance_id = user_input[CONF_INSTANCE_ID].strip()
    token = user_input.get(CONF_TOKEN, "").strip()
    api_url = user_input[CONF_ADVANCED][CONF_API_URL].strip()
    if pasted := _PASTED_URL.search(instance_id):
        instance_id, token = pasted["id"], token or pasted["token"]
        if pasted["root"] and api_url == DEFAULT_API_URL:
            api_url = pasted["root"]
    try:
        api_url = normalize_api_url(api_url)
    except ValueError:
        raise _FormError("base", "invalid_api_url") from None
    client_token = user_input[CONF_CLIENT_TOKEN].strip()
    if not _CREDENTIAL.fullmatch(instance_id):
        raise _FormError(CONF_INSTANCE_ID, "invalid_instance_id")
    if not token:
        raise _FormError(CONF_TOKEN, "token_required")
    for field, value in ((CONF_TOKEN, token), (CONF_CLIENT_TOKEN, client_token)):
        if not _CREDENTIAL.fullmatch(value):
            raise _FormError(field, "invalid_characters")
    return {
        CONF_INSTANCE_ID: instance_id.upper(),
        CONF_TOKEN: token,
        CONF_CLIENT_TOKEN: client_token,
        CONF_API_URL: api_url,
    }


class ZapiConfigFlow(PairingFlow, ConfigFlow, domain=DOMAIN):
    """One form for adding, signing in again and reconfiguring."""

    VERSION = 1

    _data: dict[str, str]
    _instance: Instance
    _foreign: dict[Webhook, str]

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Add an instance."""
        fields = {vol.Required(CONF_INSTANCE_ID): TextSelector(), **_CREDENTIALS}
        return await self._async_form("user", fields, user_input)

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Begin to sign in again."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Sign in again to the same instance."""
        return await self._async_form("reauth_confirm", _CREDENTIALS, user_input)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change the credentials of an instance, never the instance."""
        return await self._async_form("reconfigure", _CREDENTIALS, user_input)

    async def _async_form(
        self,
        step_id: str,
        fields: dict[vol.Marker, Any],
        user_input: dict[str, Any] | None,
    ) -> ConfigFlowResult:
        """Show the form until what it brings is good at the gateway."""
        known = self._known()
        api_url = known.get(CONF_API_URL, DEFAULT_API_URL)
        errors: dict[str, str] = {}
        words = ""
        if user_input is not None:
            try:
                self._data = _read({**known, **user_input})
                # A dialog left open in another tab must not block this one.
                await self.async_set_unique_id(
                    self._data[CONF_INSTANCE_ID], raise_on_progress=False
                )
                if not known:
                    self._abort_if_unique_id_configured()
                self._instance = await self._async_check()
            except _FormError as err:
                errors, words = err.errors, err.words
            else:
                return await self._async_finish()
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                _schema(
                    fields, api_url, collapsed=errors.get("base") != "invalid_api_url"
                ),
                user_input or known,
            ),
            errors=errors,
            description_placeholders={
                "name": self.context.get("title_placeholders", {}).get("name", ""),
                "reason": self._reason(),
                "error": words,
            },
        )

    def _known(self) -> dict[str, Any]:
        """Return the values of the entry that the flow is about, for its form."""
        if self.source == SOURCE_REAUTH:
            entry = self._get_reauth_entry()
        elif self.source == SOURCE_RECONFIGURE:
            entry = self._get_reconfigure_entry()
        else:
            return {}
        return {**entry.data, CONF_ADVANCED: {CONF_API_URL: entry.data[CONF_API_URL]}}

    def _reason(self) -> str:
        """Return why the gateway refused the entry."""
        if self.source != SOURCE_REAUTH:
            return ""
        entry = self._get_reauth_entry()
        if entry.state is ConfigEntryState.LOADED:
            return str(entry.runtime_data.coordinator.last_exception or "")
        return entry.reason or ""

    async def _async_check(self) -> Instance:
        """Ask the gateway whether the credentials are good."""
        try:
            instance = await self.pairing_client.me()
        except ZapiError as err:
            key = failure_key(err)
            shown = key if key in _SHOWN_ERRORS else "unknown"
            raise _FormError("base", shown, str(err)) from err
        if instance.id != self._data[CONF_INSTANCE_ID]:
            raise _FormError("base", "wrong_instance")
        return instance

    async def _async_finish(self) -> ConfigFlowResult:
        """Change the entry, or add it once it is known what is whose."""
        if self.source == SOURCE_REAUTH:
            return self.async_update_reload_and_abort(
                self._get_reauth_entry(), data_updates=self._data
            )
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_reload_and_abort(
                self._get_reconfigure_entry(), data_updates=self._data
            )
        self._data[CONF_WEBHOOK_ID] = webhook.async_generate_id()
        ledger = await async_get_ledger(self.hass)
        self._foreign = {
            kind: url
            for kind, url in self._instance.webhooks.items()
            if async_owner(
                self.hass,
                url,
                self._data[CONF_WEBHOOK_ID],
                ledger.hook(self._data[CONF_INSTANCE_ID], kind),
            )
            is Owner.FOREIGN
        }
        if self._foreign:
            return await self.async_step_webhooks_in_use()
        return await self._async_create()

    async def async_step_webhooks_in_use(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what to do with webhooks that somebody else has."""
        if user_input is None:
            urls = self._foreign.values()
            return self.async_show_form(
                step_id="webhooks_in_use",
                data_schema=_choices(self.hass, urls, Choice.TAKE_OVER),
                description_placeholders=_hosts(urls),
            )
        ledger = await async_get_ledger(self.hass)
        choice = Choice(user_input[CONF_WEBHOOKS])
        try:
            await ledger.async_answer(
                self._data[CONF_INSTANCE_ID], self._foreign, choice
            )
        except LedgerError:
            return self.async_abort(reason="not_stored")
        return await self._async_create()

    async def _async_create(self) -> ConfigFlowResult:
        """Add the entry, of an unpaired instance after asking for the phone."""
        if self._instance.connected is False:
            pair: ConfigFlowResult = await self.async_step_pair()
            return pair
        return await self.async_paired()

    @property
    @override
    def pairing_client(self) -> ZapiClient:
        """The client with the credentials that were typed."""
        return ZapiClient(
            async_get_clientsession(self.hass),
            self._data[CONF_INSTANCE_ID],
            self._data[CONF_TOKEN],
            self._data[CONF_CLIENT_TOKEN],
            self._data[CONF_API_URL],
        )

    @property
    @override
    def pairing_placeholders(self) -> dict[str, str]:
        """The name of the instance."""
        return {"name": self._name}

    @property
    def _name(self) -> str:
        return (self._instance.name or "Z-API")[:LONGEST_NAME]

    @override
    async def async_paired(self) -> ConfigFlowResult:
        """Add the entry."""
        return self.async_create_entry(title=self._name, data=self._data)

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> ZapiOptionsFlow:
        """Return the dialog in which a choice can be undone."""
        return ZapiOptionsFlow()


class ZapiOptionsFlow(OptionsFlow):
    """Asks again what to do with webhooks that are, or were, somebody else's."""

    config_entry: ZapiConfigEntry

    _shown: dict[Webhook, str]

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what was said, and carry out what is said now."""
        if self.config_entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        manager = self.config_entry.runtime_data.webhook
        if user_input is not None:
            return await self._async_decide(manager, user_input[CONF_WEBHOOKS])
        self._shown = {**manager.displaced, **manager.contested}
        if not self._shown:
            return self.async_abort(reason="nobody_else")
        urls = self._shown.values()
        return self.async_show_form(
            step_id="init",
            data_schema=_choices(self.hass, urls, manager.choice),
            description_placeholders=_hosts(urls),
        )

    async def _async_decide(
        self, manager: ZapiWebhook, choice: str
    ) -> ConfigFlowResult:
        try:
            worked = await manager.async_decide(Choice(choice), self._shown)
        except ZapiError as err:
            return self.async_abort(
                reason="cannot_connect", description_placeholders={"error": str(err)}
            )
        except LedgerError:
            return self.async_abort(reason="not_stored")
        if not worked:
            return self.async_abort(reason="changed_meanwhile")
        return self.async_create_entry(data={})
