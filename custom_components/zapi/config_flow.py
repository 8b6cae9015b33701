"""Config flow for Z-API."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components import webhook
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
    FlowType,
    SubentryFlowContext,
)
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import callback
from homeassistant.helpers.update_coordinator import UpdateFailed

from .api import HookUrls, Instance, ZapiError
from .client import async_create_client
from .const import CONF_INSTANCE_ID, CONF_WEBHOOKS, DOMAIN, LOGGER, MAX_NAME_LENGTH
from .flows.credentials import (
    FormError,
    credentials_schema,
    form_error,
    instance_field,
    read_credentials,
    refusal,
)
from .flows.options import JUST_ADDED, ZapiOptionsFlow
from .flows.pairing import awaits_pairing
from .flows.recipient import FOLLOWS_ADDING, RecipientFlow, can_send
from .flows.webhook_choice import shown_hosts, webhook_choice_schema
from .messages.recipients import RECIPIENT
from .runtime import ZapiConfigEntry
from .webhooks.claims import wanted_types
from .webhooks.ledger import Choice, LedgerError, async_get_ledger
from .webhooks.ownership import Owner, async_owner


class ZapiConfigFlow(ConfigFlow, domain=DOMAIN):
    """Handle the config flow: one form adds, signs in again and reconfigures."""

    VERSION = 1

    _data: dict[str, str]
    _instance: Instance
    _foreign: HookUrls

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Add an instance."""
        return await self._async_form("user", user_input)

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Handle a reauthentication."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Sign in again to the same instance."""
        return await self._async_form("reauth_confirm", user_input)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change the credentials of an instance, never the instance."""
        return await self._async_form("reconfigure", user_input)

    async def _async_form(
        self, step_id: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Show the form until Z-API accepts what is entered."""
        entry = self._entry()
        entry_data = entry.data if entry else {}
        errors, ip = self._refusal(), ""
        if user_input is not None:
            try:
                await self._async_validate(entry_data, user_input)
            except FormError as err:
                errors, ip = err.errors, err.ip
            else:
                return await self._async_finish()
        return self.async_show_form(
            step_id=step_id,
            # Without what was just entered, the field of an existing entry would
            # silently fall back to the stored value.
            data_schema=self.add_suggested_values_to_schema(
                credentials_schema(entry_data, user_input or {}), user_input
            ),
            errors=errors,
            description_placeholders={"name": entry.title if entry else "", "ip": ip},
        )

    def _entry(self) -> ZapiConfigEntry | None:
        """Return the entry that the flow changes, None for a new one."""
        if self.source == SOURCE_REAUTH:
            return self._get_reauth_entry()
        if self.source == SOURCE_RECONFIGURE:
            return self._get_reconfigure_entry()
        return None

    def _refusal(self) -> dict[str, str]:
        """Return why Z-API refused the entry's credentials, at the field to change."""
        if self.source != SOURCE_REAUTH:
            return {}
        entry = self._get_reauth_entry()
        key = entry.error_reason_translation_key
        if entry.state is ConfigEntryState.LOADED:
            err = entry.runtime_data.coordinator.last_exception
            key = err.translation_key if isinstance(err, UpdateFailed) else None
        return refusal(entry.data, key or "")

    async def _async_validate(
        self, entry_data: Mapping[str, Any], user_input: Mapping[str, Any]
    ) -> None:
        """Validate what was entered against Z-API.

        Raises:
            FormError: it is not valid, or Z-API does not accept it.
        """
        self._data = read_credentials(entry_data, user_input)
        instance_id = self._data[CONF_INSTANCE_ID]
        # A dialog left open in another tab must not block this one.
        await self.async_set_unique_id(instance_id, raise_on_progress=False)
        if not entry_data:
            self._abort_if_unique_id_configured()
        try:
            client = async_create_client(self.hass, self._data)
            self._instance = await client.me()
        except ZapiError as err:
            LOGGER.debug("Z-API did not take what was typed: %s", err)
            raise form_error(entry_data, err) from err
        if self._instance.id != instance_id:
            raise FormError(instance_field(entry_data), "wrong_instance")

    async def _async_finish(self) -> ConfigFlowResult:
        """Update the entry, or create it once it is known who owns the webhooks."""
        if (entry := self._entry()) is not None:
            return self.async_update_reload_and_abort(
                entry, data_updates=self._data, reason="credentials_updated"
            )
        self._data[CONF_WEBHOOK_ID] = webhook.async_generate_id()
        ledger = await async_get_ledger(self.hass)
        self._foreign = {
            kind: url
            for kind, url in self._instance.webhooks.items()
            # A new entry has no options yet.
            if kind in wanted_types({})
            and async_owner(
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
        """Ask what to do with webhooks that another system uses."""
        errors = {}
        if user_input is not None:
            if (choice := user_input.get(CONF_WEBHOOKS)) is not None:
                return await self._async_record_choice(Choice(choice))
            errors[CONF_WEBHOOKS] = "choice_required"
        urls = self._foreign.values()
        return self.async_show_form(
            step_id="webhooks_in_use",
            data_schema=webhook_choice_schema(
                self.hass, urls, Choice.TAKE_OVER_AND_FORWARD
            ),
            errors=errors,
            description_placeholders=shown_hosts(urls),
        )

    async def _async_record_choice(self, choice: Choice) -> ConfigFlowResult:
        """Record the choice for the URLs that were shown, and create the entry."""
        ledger = await async_get_ledger(self.hass)
        try:
            await ledger.async_record_consent(
                self._data[CONF_INSTANCE_ID], self._foreign, choice
            )
        except LedgerError:
            return self.async_abort(reason="not_stored")
        return await self._async_create()

    async def _async_create(self) -> ConfigFlowResult:
        """Create the entry."""
        name = (self._instance.name or "Z-API")[:MAX_NAME_LENGTH]
        return self.async_create_entry(title=name, data=self._data)

    @override
    async def async_on_create_entry(self, result: ConfigFlowResult) -> ConfigFlowResult:
        """Go on to pair the phone, else to the first recipient; the entry stays.

        An entry that is not loaded yet has no dialogs to go on to.
        """
        entry = result["result"]
        if awaits_pairing(entry):
            options = self.hass.config_entries.options
            flow = await options.async_init(entry.entry_id, context=JUST_ADDED.copy())
            result["next_flow"] = (FlowType.OPTIONS_FLOW, flow["flow_id"])
        elif can_send(entry):
            first = await self.hass.config_entries.subentries.async_init(
                (entry.entry_id, RECIPIENT),
                context=SubentryFlowContext(source=SOURCE_USER),
                data=FOLLOWS_ADDING,
            )
            result["next_flow"] = (FlowType.CONFIG_SUBENTRIES_FLOW, first["flow_id"])
        return result

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ZapiConfigEntry) -> ZapiOptionsFlow:
        """Return the options flow."""
        return ZapiOptionsFlow()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return the dialogs of what belongs to an instance."""
        return {RECIPIENT: RecipientFlow}
