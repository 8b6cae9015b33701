"""Repairs platform for Z-API.

Only an abort keeps an issue, so each fix that fails ends with one.
"""

from abc import abstractmethod
from asyncio import Task
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, override

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_translations
import voluptuous as vol

from .api import HookUrls, ZapiError
from .const import CONF_RECEIVE, DOMAIN, LOGGER, RECEIVE_MESSAGES
from .flows.pairing import PairingFlow
from .flows.webhook_choice import available_choices, shown_hosts
from .issues import IssueKind
from .messages.needs import Missing, async_get_needs
from .messages.recipients import CONF_MAY_TRIGGER, hears_nobody
from .runtime import ZapiConfigEntry, ZapiRuntime
from .webhooks.ledger import Choice, Consent, LedgerError

_WAIT_SECONDS = 60
_MAY_TRIGGER = "config_subentries.recipient.step.details.data.may_trigger"


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow that fixes an issue."""
    assert data
    entry = hass.config_entries.async_get_known_entry(str(data["entry_id"]))
    kind = issue_id.removesuffix(f"_{entry.entry_id}")
    return _FLOWS[kind](entry)


class _ZapiRepairsFlow(RepairsFlow):
    """Base for the fixes of an entry's issues."""

    def __init__(self, entry: ZapiConfigEntry) -> None:
        """Initialize the flow."""
        self._entry = entry

    @property
    def _runtime(self) -> ZapiRuntime | None:
        if self._entry.state is not ConfigEntryState.LOADED:
            return None
        return self._entry.runtime_data

    @property
    def _placeholders(self) -> dict[str, str]:
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        # The issue may have been deleted meanwhile.
        placeholders = (issue and issue.translation_placeholders) or {}
        return {"name": self._entry.title, **placeholders}

    async def _async_guard(
        self, fix: Callable[[ZapiRuntime], Awaitable[RepairsFlowResult]]
    ) -> RepairsFlowResult:
        """Apply a fix to the loaded entry, and abort where it fails."""
        if (runtime := self._runtime) is None:
            return self._failed("not_loaded")
        try:
            return await fix(runtime)
        except ZapiError as err:
            LOGGER.debug("A repair failed at Z-API: %s", err)
            return self._failed("cannot_connect")
        except LedgerError:
            return self._failed("not_stored")

    def _failed(self, reason: str) -> RepairsFlowResult:
        return self.async_abort(reason=reason)


class _ConfirmedFlow(_ZapiRepairsFlow):
    """Base for fixes that need a confirmation."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Handle the first step."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Ask for confirmation, then apply the fix."""
        if user_input is not None:
            return await self._async_guard(self._async_fix)
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            description_placeholders=self._placeholders,
        )

    @abstractmethod
    async def _async_fix(self, runtime: ZapiRuntime) -> RepairsFlowResult:
        """Apply the fix.

        Raises:
            ZapiError: the request failed.
            LedgerError: the change could not be stored.
        """


class _ChoiceFlow(_ZapiRepairsFlow):
    """Base for fixes that ask what to do with the webhooks of other systems."""

    _shown: HookUrls

    def _ask_about_others(self, step_id: str) -> RepairsFlowResult:
        """Show the choices; consent is given for the URLs of this moment."""
        choices = available_choices(
            self.hass, [url for url in self._shown.values() if url]
        )
        return self.async_show_menu(
            step_id=step_id,
            menu_options=[str(choice) for choice in choices],
            description_placeholders={
                **shown_hosts(filter(None, self._shown.values())),
                **self._placeholders,
            },
        )

    async def async_step_take_over(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Take the webhooks back."""
        return await self._async_guard(
            partial(self._async_apply_choice, Choice.TAKE_OVER)
        )

    async def async_step_take_over_and_forward(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Take the webhooks back, and forward callbacks to the other system."""
        return await self._async_guard(
            partial(self._async_apply_choice, Choice.TAKE_OVER_AND_FORWARD)
        )

    async def async_step_leave(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Leave the webhooks to the other system."""
        return await self._async_guard(partial(self._async_apply_choice, Choice.LEAVE))

    @abstractmethod
    async def _async_apply_choice(
        self, choice: Choice, runtime: ZapiRuntime
    ) -> RepairsFlowResult:
        """Apply what was chosen.

        Raises:
            ZapiError: the request failed.
            LedgerError: the change could not be stored.
        """


class WebhookTakenFlow(_ChoiceFlow):
    """Ask what to do with webhooks that another system took."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Handle the first step."""
        if (runtime := self._runtime) is None:
            return self._failed("not_loaded")
        self._shown = runtime.webhook_manager.claimable
        if not self._shown:
            return self._failed("changed_meanwhile")
        return self._ask_about_others("init")

    @override
    async def _async_apply_choice(
        self, choice: Choice, runtime: ZapiRuntime
    ) -> RepairsFlowResult:
        if not await runtime.webhook_manager.async_apply_choice(choice, self._shown):
            return self._failed("changed_meanwhile")
        return self.async_create_entry(data={})


class MessagesOffFlow(_ChoiceFlow):
    """Turn on what automations wait for."""

    _missing: Missing

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Find out what is missing at this moment."""
        self._missing = async_get_needs(self.hass).missing(self._entry)
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Show what will be turned on."""
        if user_input is not None:
            return await self.async_step_others()
        missing = await self._async_missing_texts()
        return self.async_show_form(
            step_id="confirm_nobody" if self._will_hear_nobody else "confirm",
            data_schema=vol.Schema({}),
            description_placeholders={
                **self._placeholders,
                "missing": "\n".join(f"- {text}" for text in missing),
            },
        )

    async def async_step_confirm_nobody(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Show it where no message would count even then."""
        return await self.async_step_confirm(user_input)

    @property
    def _will_hear_nobody(self) -> bool:
        """Whether messages are turned on, and none of them will count."""
        return (
            RECEIVE_MESSAGES in self._missing.receive
            and not self._missing.recipients
            and hears_nobody(self._entry, self._options)
        )

    async def _async_missing_texts(self) -> list[str]:
        """Return what is missing, as the dialogs call it where it is turned on."""
        start, language = f"component.{DOMAIN}.", self.hass.config.language
        options = await async_get_translations(
            self.hass, language, "selector", {DOMAIN}
        )
        dialogs = await async_get_translations(
            self.hass, language, "config_subentries", {DOMAIN}
        )
        may_trigger = dialogs[f"{start}{_MAY_TRIGGER}"]
        return [
            *(
                options[f"{start}selector.{CONF_RECEIVE}.options.{what}"]
                for what in self._missing.receive
            ),
            *(f"{one.title}: {may_trigger}" for one in self._missing.recipients),
        ]

    @property
    def _options(self) -> dict[str, Any]:
        """Return the options with what is missing turned on."""
        options = self._entry.options
        received = [*options.get(CONF_RECEIVE, ()), *self._missing.receive]
        return {**options, CONF_RECEIVE: received}

    async def async_step_others(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Ask about the webhooks that others have, and then turn it on."""
        return await self._async_guard(self._async_ask)

    async def _async_ask(self, runtime: ZapiRuntime) -> RepairsFlowResult:
        self._shown = await runtime.webhook_manager.async_foreign(self._options)
        if not self._shown:
            return await self._async_apply_choice(Choice.LEAVE, runtime)
        return self._ask_about_others("others")

    @override
    async def _async_apply_choice(
        self, choice: Choice, runtime: ZapiRuntime
    ) -> RepairsFlowResult:
        consents = {kind: Consent(url, choice) for kind, url in self._shown.items()}
        if self._missing.receive:
            await runtime.webhook_manager.async_want(self._options, consents)
        for recipient in self._missing.recipients:
            # It may have been removed meanwhile.
            if saved := self._entry.subentries.get(recipient.subentry_id):
                self.hass.config_entries.async_update_subentry(
                    self._entry, saved, data={**saved.data, CONF_MAY_TRIGGER: True}
                )
        return self.async_create_entry(data={})


class CallbacksFilteredFlow(_ConfirmedFlow):
    """Remove the filters that hold callbacks back."""

    @override
    async def _async_fix(self, runtime: ZapiRuntime) -> RepairsFlowResult:
        if not await runtime.webhook_manager.async_clear_filters():
            return self._failed("not_applied")
        return self.async_create_entry(data={})


class CallbacksMissingFlow(_ConfirmedFlow):
    """Register the webhooks again, and wait for a callback."""

    _proof: Task[bool] | None = None

    @override
    async def _async_fix(self, runtime: ZapiRuntime) -> RepairsFlowResult:
        await runtime.webhook_manager.async_reregister()
        if not runtime.coordinator.data.connected:
            return self._failed("pair_first")
        return await self.async_step_wait()

    async def async_step_wait(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Restart the instance, which posts a callback, and wait for it."""
        if self._proof is None:
            runtime = self._entry.runtime_data
            # In the background: an open dialog must not hold up a shutdown.
            self._proof = self.hass.async_create_background_task(
                runtime.callback_monitor.async_verify_delivery(
                    runtime.coordinator.client.restart, _WAIT_SECONDS
                ),
                f"{DOMAIN} proof",
            )
        if not self._proof.done():
            return self.async_show_progress(
                step_id="wait",
                progress_action="wait",
                progress_task=self._proof,
                description_placeholders=self._placeholders,
            )
        return self.async_show_progress_done(next_step_id="end")

    async def async_step_end(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Finish the flow with the outcome."""
        assert self._proof
        try:
            arrived = self._proof.result()
        except ZapiError:
            return self._failed("cannot_connect")
        if not arrived:
            return self._failed("no_callback")
        return self.async_create_entry(data={})


class NotConnectedFlow(PairingFlow[RepairsFlowResult], _ZapiRepairsFlow):
    """Pair a number that lost its session."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Handle the first step."""
        if self._runtime is None:
            return self._failed("not_loaded")
        self._start_pairing(self._entry)
        return self._menu("pair")

    @override
    async def async_step_paired(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Finish the flow: the number is connected."""
        return self.async_create_entry(data={})


_FLOWS: dict[str, type[_ZapiRepairsFlow]] = {
    IssueKind.WEBHOOK_TAKEN: WebhookTakenFlow,
    IssueKind.CALLBACKS_FILTERED: CallbacksFilteredFlow,
    IssueKind.CALLBACKS_MISSING: CallbacksMissingFlow,
    IssueKind.NOT_CONNECTED: NotConnectedFlow,
    IssueKind.MESSAGES_OFF: MessagesOffFlow,
}
