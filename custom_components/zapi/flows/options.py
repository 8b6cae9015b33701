"""Options flow for Z-API."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import (
    ConfigEntryState,
    ConfigFlowContext,
    ConfigFlowResult,
    OptionsFlow,
)
from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from ..api import HookUrls, ZapiError
from ..const import (
    CONF_OTHERS,
    CONF_RECEIVE,
    CONF_WEBHOOKS,
    OTHERS_CONTACTS,
    OTHERS_EVERYBODY,
    OTHERS_NOBODY,
    RECEIVE_MESSAGES,
    RECEIVE_OWN,
    RECEIVE_RECEIPTS,
)
from ..messages.recipients import hears_nobody
from ..messages.sender import (
    CONF_WHEN_DISCONNECTED,
    WHEN_DISCONNECTED_FAIL,
    WHEN_DISCONNECTED_QUEUE,
)
from ..runtime import ZapiConfigEntry
from ..webhooks.ledger import Choice, Consent, LedgerError
from ..webhooks.registration import WebhookManager
from .pairing import PairingFlow, awaits_pairing
from .webhook_choice import shown_hosts, webhook_choice_schema

_SENDING_SCHEMA = vol.Schema(
    {
        vol.Required(
            CONF_WHEN_DISCONNECTED, default=WHEN_DISCONNECTED_QUEUE
        ): SelectSelector(
            SelectSelectorConfig(
                options=[WHEN_DISCONNECTED_QUEUE, WHEN_DISCONNECTED_FAIL],
                translation_key=CONF_WHEN_DISCONNECTED,
            )
        )
    }
)

_RECEIVE_SCHEMA = vol.Schema(
    {
        # Optional because nothing is an answer too.
        vol.Optional(CONF_RECEIVE, default=list): SelectSelector(
            SelectSelectorConfig(
                options=[RECEIVE_MESSAGES, RECEIVE_RECEIPTS, RECEIVE_OWN],
                multiple=True,
                mode=SelectSelectorMode.LIST,
                translation_key=CONF_RECEIVE,
            )
        ),
        vol.Required(CONF_OTHERS, default=OTHERS_NOBODY): SelectSelector(
            SelectSelectorConfig(
                options=[OTHERS_NOBODY, OTHERS_CONTACTS, OTHERS_EVERYBODY],
                translation_key=CONF_OTHERS,
            )
        ),
    }
)

# Marks an options flow that follows adding.
JUST_ADDED = ConfigFlowContext(source="added")


class ZapiOptionsFlow(PairingFlow[ConfigFlowResult], OptionsFlow):
    """Pair the phone, or change an option; each step leaves the others as they are."""

    config_entry: ZapiConfigEntry

    _shown: HookUrls
    _wished: dict[str, Any] | None = None
    _told_of_nobody = False

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the menu."""
        entry = self.config_entry
        options = ["webhooks", "sending", "receive"]
        if awaits_pairing(entry):
            self._start_pairing(entry)
            if self._follows_adding():
                return self._menu("added")
            options.insert(0, "pair")
        return self.async_show_menu(
            step_id="init",
            menu_options=options,
            description_placeholders={"name": entry.title},
        )

    def _follows_adding(self) -> bool:
        """Return whether the entry was just added, and abort the flow that says so.

        The frontend starts a flow of its own instead of the one that it is given.
        """
        options = self.hass.config_entries.options
        marked = options.async_progress_by_handler(
            self.handler, include_uninitialized=True, match_context=dict(JUST_ADDED)
        )
        for flow in marked:
            if flow["flow_id"] != self.flow_id:
                options.async_abort(flow["flow_id"])
        return bool(marked)

    @override
    async def async_step_paired(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Finish the flow: the number is connected, and no option was changed."""
        return self.async_abort(reason="paired", description_placeholders=self._named)

    async def async_step_webhooks(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the choice of before, and apply a new one."""
        if self.config_entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        manager = self.config_entry.runtime_data.webhook_manager
        if user_input is None:
            self._shown = {**manager.displaced, **manager.claimable}
        elif (choice := user_input.get(CONF_WEBHOOKS)) is not None:
            return await self._async_apply_choice(manager, Choice(choice))
        if not self._shown:
            return self.async_abort(reason="nobody_else")
        return self._ask_about_others("webhooks", user_input, manager.choice)

    def _ask_about_others(
        self,
        step_id: str,
        user_input: dict[str, Any] | None,
        before: Choice | None = None,
    ) -> ConfigFlowResult:
        """Ask what to do with the webhooks of others, again where nothing was chosen."""
        urls = self._shown.values()
        return self.async_show_form(
            step_id=step_id,
            data_schema=webhook_choice_schema(
                self.hass, urls, before or Choice.TAKE_OVER_AND_FORWARD
            ),
            errors={} if user_input is None else {CONF_WEBHOOKS: "choice_required"},
            description_placeholders={
                "name": self.config_entry.title,
                **shown_hosts(urls),
            },
        )

    async def _async_apply_choice(
        self, manager: WebhookManager, choice: Choice
    ) -> ConfigFlowResult:
        try:
            worked = await manager.async_apply_choice(choice, self._shown)
        except ZapiError:
            return self.async_abort(reason="cannot_connect")
        except LedgerError:
            return self.async_abort(reason="not_stored")
        if not worked:
            return self.async_abort(reason="changed_meanwhile")
        return self._async_store()

    async def async_step_sending(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change how messages are sent."""
        if user_input is not None:
            return self._async_store(**user_input)
        return self.async_show_form(
            step_id="sending",
            data_schema=self.add_suggested_values_to_schema(
                _SENDING_SCHEMA, self.config_entry.options
            ),
            description_placeholders={"name": self.config_entry.title},
        )

    async def async_step_receive(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change what is received; a second page asks about the webhooks of others."""
        if self.config_entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        manager = self.config_entry.runtime_data.webhook_manager
        if user_input is None:
            return self._ask_what_to_receive(self.config_entry.options, {})
        if self._wished is not None:
            if (choice := user_input.get(CONF_WEBHOOKS)) is None:
                return self._ask_about_others("receive", user_input)
            return await self._async_receive(manager, self._wished, Choice(choice))
        if errors := self._errors_of(user_input):
            return self._ask_what_to_receive(user_input, errors)
        self._shown = await manager.async_foreign(user_input)
        if not self._shown:
            return await self._async_receive(manager, user_input)
        self._wished = user_input
        return self._ask_about_others("receive", None)

    def _errors_of(self, wished: dict[str, Any]) -> dict[str, str]:
        """Return what is wrong with what is to be received, some of it only once."""
        received = wished[CONF_RECEIVE]
        if RECEIVE_OWN in received and RECEIVE_MESSAGES not in received:
            return {CONF_RECEIVE: "own_needs_messages"}
        if hears_nobody(self.config_entry, wished) and not self._told_of_nobody:
            # Recipients may be saved later: who sends it again gets it.
            self._told_of_nobody = True
            return {CONF_OTHERS: "nobody_counts"}
        return {}

    def _ask_what_to_receive(
        self, shown: Mapping[str, Any], errors: dict[str, str]
    ) -> ConfigFlowResult:
        return self.async_show_form(
            step_id="receive",
            data_schema=self.add_suggested_values_to_schema(_RECEIVE_SCHEMA, shown),
            errors=errors,
            description_placeholders={"name": self.config_entry.title, "hosts": ""},
        )

    async def _async_receive(
        self,
        manager: WebhookManager,
        wished: dict[str, Any],
        choice: Choice = Choice.LEAVE,
    ) -> ConfigFlowResult:
        """Apply what is to be received, and what to do with the webhooks of others."""
        consents = {kind: Consent(url, choice) for kind, url in self._shown.items()}
        options = {**self.config_entry.options, **wished}
        try:
            await manager.async_want(options, consents)
        except LedgerError:
            return self.async_abort(reason="not_stored")
        return self._async_store(**wished)

    def _async_store(self, **changed: Any) -> ConfigFlowResult:
        """Finish the flow; Home Assistant replaces the options by what it is given."""
        return self.async_create_entry(data={**self.config_entry.options, **changed})
