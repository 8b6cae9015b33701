"""The dialog that saves a recipient, and changes one."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntryState,
    ConfigSubentry,
    ConfigSubentryFlow,
    SubentryFlowResult,
    UnknownSubEntry,
)
from homeassistant.const import CONF_NAME
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from ..api import (
    PAGE_SIZE,
    Chat,
    ChatError,
    ChatKind,
    ListedChat,
    ZapiError,
    read_pages,
)
from ..const import LOGGER, MAX_NAME_LENGTH
from ..coordinator import ZapiCoordinator
from ..errors import failure_key
from ..messages.recipients import (
    CONF_CHAT,
    CONF_LID,
    CONF_MAY_TRIGGER,
    MYSELF,
    is_chat_of,
    may_trigger,
    recipients_of,
)
from ..phone import readable
from ..runtime import ZapiConfigEntry
from .pairing import CONF_PHONE, SHOWN_FAILURES

# Given to the flow that follows adding an instance.
FOLLOWS_ADDING: Final = {"follows_adding": True}

_WAYS: Final = ("number", "group", "recent", MYSELF)
_MAX_PAGES: Final = 10

_NUMBER_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_PHONE): TextSelector(
            TextSelectorConfig(type=TextSelectorType.TEL)
        )
    }
)
_DETAILS_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_NAME): TextSelector(),
        vol.Required(CONF_MAY_TRIGGER, default=True): BooleanSelector(),
    }
)

# By what each is called in the list: the frontend shows the value of what was picked.
type _Listed = Mapping[str, ListedChat]


@callback
def can_send(entry: ZapiConfigEntry) -> bool:
    """Return whether an entry is loaded and its number is known to be connected."""
    return (
        entry.state is ConfigEntryState.LOADED
        and entry.runtime_data.coordinator.data.connected is True
    )


class RecipientFlow(ConfigSubentryFlow):
    """Save a chat under a name; reconfiguring keeps the recipient and its entities."""

    _chat_id: str
    _lid: str | None = None
    _name: str | None = None
    _may_trigger = True
    # None until Z-API was asked.
    _listed: _Listed | None = None
    _lists_all = True

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask how to choose the chat."""
        return self._menu("added" if self.init_data == FOLLOWS_ADDING else "user")

    async def async_step_added(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the first recipient of an instance that was added a moment ago."""
        return self._menu("added")

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask what to change."""
        recipient = self._recipient
        self._chat_id = recipient.data[CONF_CHAT]
        self._lid = recipient.data[CONF_LID]
        self._name = recipient.title
        self._may_trigger = may_trigger(recipient)
        return self._menu("reconfigure", "details")

    def _menu(self, step_id: str, *before: str) -> SubentryFlowResult:
        entry = self._loaded_entry
        return self.async_show_menu(
            step_id=step_id,
            menu_options=[*before, *_WAYS],
            description_placeholders={"name": self._name or entry.title},
        )

    async def async_step_number(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for a phone number."""
        errors = {}
        if user_input is not None:
            errors = await self._async_take(CONF_PHONE, user_input)
            if not errors:
                return await self.async_step_details()
        return self.async_show_form(
            step_id="number",
            data_schema=self.add_suggested_values_to_schema(_NUMBER_SCHEMA, user_input),
            errors=errors,
        )

    async def async_step_group(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for a group."""
        return await self._async_pick(
            "group", self._async_groups, user_input, sort=True
        )

    async def async_step_group_of_many(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for a group where there are too many to list."""
        return await self.async_step_group(user_input)

    async def async_step_recent(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for a chat in which something was said lately."""
        return await self._async_pick(
            "recent", self._async_chats, user_input, sort=False
        )

    async def async_step_myself(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Take the instance's own number, whichever it will be."""
        self._chat_id, self._lid = MYSELF, None
        self._abort_if_saved()
        return await self.async_step_details()

    async def async_step_details(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask what to call the recipient and what they may, and save it."""
        errors = {}
        if user_input is not None:
            self._may_trigger = user_input[CONF_MAY_TRIGGER]
            if name := " ".join(user_input[CONF_NAME].split())[:MAX_NAME_LENGTH]:
                return self._save(name)
            errors[CONF_NAME] = "name_required"
        return self.async_show_form(
            step_id="details",
            data_schema=self.add_suggested_values_to_schema(
                _DETAILS_SCHEMA,
                {CONF_NAME: self._name, CONF_MAY_TRIGGER: self._may_trigger},
            ),
            errors=errors,
        )

    def _save(self, name: str) -> SubentryFlowResult:
        # Another dialog may have saved the chat meanwhile.
        self._abort_if_saved()
        data = {
            CONF_CHAT: self._chat_id,
            CONF_LID: self._lid,
            CONF_MAY_TRIGGER: self._may_trigger,
        }
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_and_abort(
                self._get_entry(),
                self._recipient,
                unique_id=self._chat_id,
                title=name,
                data_updates=data,
            )
        return self.async_create_entry(title=name, data=data, unique_id=self._chat_id)

    async def _async_pick(
        self,
        step_id: str,
        fetch: Callable[[], Awaitable[_Listed]],
        user_input: dict[str, Any] | None,
        *,
        sort: bool,
    ) -> SubentryFlowResult:
        """Show a list to pick from, or to type an id that is not in it."""
        errors = {}
        if user_input is not None:
            errors = await self._async_take(CONF_CHAT, user_input)
            if not errors:
                return await self.async_step_details()
        if self._listed is None:
            try:
                self._listed = await fetch()
            except ZapiError as err:
                errors["base"] = self._failure(err)
        return self.async_show_form(
            step_id=step_id if self._lists_all else f"{step_id}_of_many",
            data_schema=self.add_suggested_values_to_schema(
                _pick_schema(self._listed or {}, sort=sort), user_input
            ),
            errors=errors,
        )

    async def _async_groups(self) -> _Listed:
        """Return the groups, 500 at most."""
        groups = read_pages(self._coordinator.client.groups, _MAX_PAGES)
        pages = [page async for page in groups]
        self._lists_all = len(pages) < _MAX_PAGES or pages[-1].size < PAGE_SIZE
        return self._by_label(chat for page in pages for chat in page.chats)

    async def _async_chats(self) -> _Listed:
        """Return the chats with the latest messages."""
        client = self._coordinator.client
        return self._by_label((await client.chats(1, PAGE_SIZE)).chats)

    def _by_label(self, chats: Iterable[ListedChat]) -> _Listed:
        """Return the chats that something can be sent to, by their labels."""
        sendable = {
            listed.chat.id: listed
            for listed in chats
            if listed.chat.kind is not ChatKind.STATUS
        }
        names = Counter(listed.name for listed in sendable.values())
        by_label: dict[str, ListedChat] = {}
        for chat_id, listed in sendable.items():
            # A name may look like the number of somebody else.
            is_clear = names[listed.name] == 1 and not self._parse(listed.name or "")
            label = _label(listed, is_clear=is_clear)
            by_label[chat_id if label in by_label else label] = listed
        return by_label

    async def _async_take(
        self, field: str, user_input: Mapping[str, Any]
    ) -> dict[str, str]:
        """Take the chat that was typed or picked, or return the errors of the form."""
        written, listed, lid = user_input.get(field, ""), self._listed or {}, None
        picked = listed.get(written)
        chat = picked.chat if picked else self._parse(written)
        if chat is None:
            return {field: "invalid_chat"}
        name = next((one.name for one in listed.values() if one.chat == chat), None)
        if chat.kind is ChatKind.PERSON and not chat.is_lid:
            try:
                [check] = await self._coordinator.client.check_numbers([chat])
            except ZapiError as err:
                return {"base": self._failure(err)}
            if check.exists is False:
                return {field: "not_on_whatsapp"}
            chat, lid = check.number or chat, check.lid
        self._chat_id, self._lid = chat.id, lid.id if lid else None
        self._abort_if_saved()
        if self.source != SOURCE_RECONFIGURE:
            self._name = name
        return {}

    def _parse(self, written: str) -> Chat | None:
        """Return the chat that a person typed, None for what nothing can be sent to."""
        try:
            chat = Chat.parse(written, self.hass.config.country)
        except ChatError:
            return None
        return None if chat.kind is ChatKind.STATUS else chat

    def _abort_if_saved(self) -> None:
        """Abort if another recipient has the chat, by its number or private id."""
        own_phone = self._coordinator.data.phone
        chat_id = own_phone if self._chat_id == MYSELF else self._chat_id
        chats = [chat for chat in map(Chat.from_gateway, (chat_id, self._lid)) if chat]
        for recipient in self._other_recipients():
            if recipient.unique_id == self._chat_id or any(
                is_chat_of(recipient, chat, own_phone) for chat in chats
            ):
                raise AbortFlow("already_configured", {"name": recipient.title})

    def _other_recipients(self) -> list[ConfigSubentry]:
        recipients = recipients_of(self._loaded_entry)
        if self.source == SOURCE_RECONFIGURE:
            recipients.remove(self._recipient)
        return recipients

    def _failure(self, err: ZapiError) -> str:
        """Return what the form says of a failed request."""
        LOGGER.debug("Z-API told nothing of chats: %s", err)
        key = failure_key(err)
        if key in SHOWN_FAILURES:
            return key
        return "refused" if can_send(self._loaded_entry) else "not_connected"

    @property
    def _recipient(self) -> ConfigSubentry:
        """The recipient to change; the dialog ends where it was removed."""
        try:
            return self._get_reconfigure_subentry()
        except UnknownSubEntry:
            raise AbortFlow("recipient_removed") from None

    @property
    def _coordinator(self) -> ZapiCoordinator:
        return self._loaded_entry.runtime_data.coordinator

    @property
    def _loaded_entry(self) -> ZapiConfigEntry:
        """The entry; the dialog ends where it is not loaded."""
        entry: ZapiConfigEntry = self._get_entry()
        if entry.state is not ConfigEntryState.LOADED:
            raise AbortFlow("entry_not_loaded")
        return entry


def _pick_schema(listed: _Listed, *, sort: bool) -> vol.Schema:
    """Return the form with a list.

    The field is optional because the frontend fills a required one with its first
    option.
    """
    selector = SelectSelector(
        SelectSelectorConfig(
            options=list(listed),
            mode=SelectSelectorMode.DROPDOWN,
            custom_value=True,
            sort=sort,
        )
    )
    return vol.Schema({vol.Optional(CONF_CHAT): selector})


def _label(listed: ListedChat, *, is_clear: bool) -> str:
    """Return what a chat is called in the list; a name may not be clear by itself."""
    if listed.name is None:
        chat_id = listed.chat.id
        return readable(chat_id) if chat_id.isdecimal() else chat_id
    return listed.name if is_clear else f"{listed.name} ({listed.chat.masked})"
