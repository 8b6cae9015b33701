"""Triggers for what is received, and for what becomes of what was sent."""

from abc import abstractmethod
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar, Final, cast, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import (
    ATTR_AREA_ID,
    ATTR_DEVICE_ID,
    ATTR_ENTITY_ID,
    ATTR_FLOOR_ID,
    ATTR_LABEL_ID,
    CONF_ID,
    CONF_OPTIONS,
    CONF_TARGET,
)
from homeassistant.core import (
    CALLBACK_TYPE,
    Context,
    HassJobType,
    HomeAssistant,
    callback,
)
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.helpers.target import TargetEntityChangeTracker, TargetSelection
from homeassistant.helpers.trigger import (
    NotTriggeredInfo,
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
from homeassistant.helpers.typing import ConfigType, VolDictType, VolSchemaType
from homeassistant.util.logging import catch_log_exception
import voluptuous as vol

from . import message_payload
from .api import MessageKind
from .const import DOMAIN, RECEIVE_MESSAGES, RECEIVE_OWN, RECEIVE_RECEIPTS
from .messages.event_types import EVENT_TYPES
from .messages.followers import Place, async_get_followers
from .messages.lateness import LATE_SECONDS
from .messages.matching import Candidate, Match, MessageFilter, Refusal, text_test
from .messages.needs import async_get_needs
from .messages.outbox import StatusChange
from .messages.receipts import DeliveryState

CONF_KINDS: Final = "kinds"
CONF_TEXT: Final = "text"
CONF_MATCH: Final = "match"
CONF_MENTIONED: Final = "mentioned"
CONF_OWN: Final = "own"
CONF_MAX_AGE: Final = "max_age"
CONF_STATUS: Final = "status"

_STATUSES: Final = tuple(
    state.value for state in DeliveryState if state is not DeliveryState.QUEUED
)
# What is told of a call after it rang.
_LATER: Final = ("CALL_MISSED", "CALL_ACCEPTED", "CALL_STARTED", "CALL_ENDED")
_NOT_TRIGGERED: Final = {
    refusal: NotTriggeredInfo(refusal.value) for refusal in Refusal
}

type _Run = Callable[[dict[str, Any], str, Context | None], None]


def _max_age(value: Any) -> timedelta | None:
    """Return how old a message may be; nothing, or no time at all, is any age."""
    return (value is not None and cv.positive_time_period(value)) or None


def _has_valid_text(options: dict[str, Any]) -> dict[str, Any]:
    """Refuse a text that nothing could be compared with."""
    if CONF_TEXT in options:
        try:
            text_test(options[CONF_TEXT], options[CONF_MATCH])
        except ValueError as err:
            raise vol.Invalid(f"invalid text: {err}", [CONF_TEXT]) from err
    return options


def _schema(options: VolSchemaType | VolDictType) -> vol.Schema:
    named = (
        *(ATTR_ENTITY_ID, ATTR_DEVICE_ID, ATTR_AREA_ID),
        *(ATTR_FLOOR_ID, ATTR_LABEL_ID),
    )
    return vol.Schema(
        {
            vol.Required(CONF_TARGET): vol.All(
                cv.TARGET_FIELDS, cv.has_at_least_one_key(*named)
            ),
            vol.Required(CONF_OPTIONS, default=dict): options,
        }
    )


def _places(hass: HomeAssistant, entity_ids: set[str]) -> frozenset[Place]:
    """Return the instances and chats that entities of ours stand for."""
    registry = er.async_get(hass)
    places = {
        (entity.config_entry_id, entity.config_subentry_id)
        for entity in map(registry.async_get, entity_ids)
        if entity and entity.platform == DOMAIN and entity.config_entry_id
    }
    # An instance has the messages of all its chats.
    return frozenset(
        place for place in places if place[1] is None or (place[0], None) not in places
    )


class _PlaceTracker(TargetEntityChangeTracker):
    """Follows which instances and chats a target means."""

    def __init__(
        self,
        hass: HomeAssistant,
        target: ConfigType,
        follow: Callable[[frozenset[Place]], CALLBACK_TYPE],
    ) -> None:
        """Initialize the tracker.

        Args:
            hass: Home Assistant.
            target: what was chosen; each of our entities stands for its device.
            follow: what is done with the places; returns how to stop.
        """
        super().__init__(
            hass, TargetSelection(target), set, primary_entities_only=False
        )
        self._follow = follow
        self._places: frozenset[Place] = frozenset()
        self._stop: CALLBACK_TYPE | None = None

    @callback
    @override
    def _handle_entities_update(self, tracked_entities: set[str]) -> None:
        places = _places(self._hass, tracked_entities)
        if self._stop is None or places != self._places:
            self._end()
            self._places, self._stop = places, self._follow(places)

    @override
    def _unsubscribe(self) -> None:
        super()._unsubscribe()
        self._end()

    def _end(self) -> None:
        if self._stop:
            self._stop()
            self._stop = None


class _PlaceTrigger(Trigger):
    """Base for triggers of what happens in some chats, or to a whole instance."""

    _schema: ClassVar[vol.Schema]
    _needs: tuple[str, ...] = (RECEIVE_MESSAGES,)

    _run: _Run
    _report: TriggerNotTriggeredReporter | None

    @classmethod
    @override
    async def async_validate_config(
        cls, hass: HomeAssistant, config: ConfigType
    ) -> ConfigType:
        """Validate config."""
        return cast("ConfigType", cls._schema(config))

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Initialize the trigger."""
        super().__init__(hass, config)
        assert config.target is not None
        self._target = config.target
        self._options = config.options or {}

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Attach the trigger to an action runner."""
        # One that fails must not keep a message from the others.
        guarded = catch_log_exception(
            run_action, _describe_failure, HassJobType.Callback
        )
        self._run = cast("_Run", guarded)
        self._report = did_not_trigger
        return await _PlaceTracker(self._hass, self._target, self._follow).async_setup()

    @callback
    def _follow(self, places: frozenset[Place]) -> CALLBACK_TYPE:
        """Listen to some places; return how to stop."""
        stops = (
            *self._listen(places),
            async_get_needs(self._hass).async_add(places, *self._needs),
        )

        @callback
        def stop() -> None:
            for one in stops:
                one()

        return stop

    @abstractmethod
    def _listen(self, places: frozenset[Place]) -> list[CALLBACK_TYPE]:
        """Listen to some places; return how to stop."""


class _MessageTrigger(_PlaceTrigger):
    """Base for triggers of what is received."""

    _description: ClassVar[str]
    # Why most messages start nothing; that is nothing to tell in a trace.
    _expected: ClassVar[Refusal | None] = Refusal.KIND

    @override
    def _listen(self, places: frozenset[Place]) -> list[CALLBACK_TYPE]:
        followers = async_get_followers(self._hass)
        return [followers.messages.async_add(places, self._handle_message)]

    @callback
    def _handle_message(self, candidate: Candidate) -> None:
        refusal = self._refusal(candidate)
        if refusal is None:
            self._run(
                self._payload(candidate), self._description, candidate.received.context
            )
        elif self._report is not None and refusal is not self._expected:
            self._report(_NOT_TRIGGERED[refusal], candidate.received.context)

    @abstractmethod
    def _refusal(self, candidate: Candidate) -> Refusal | None:
        """Return why a message starts nothing, None where it does."""

    def _payload(self, candidate: Candidate) -> dict[str, Any]:
        return message_payload.of_message(self._hass, candidate)


class MessageReceivedTrigger(_MessageTrigger):
    """Trigger for messages."""

    _description = "WhatsApp message received"
    _expected = None
    _schema = _schema(
        vol.All(
            {
                vol.Optional(CONF_KINDS): vol.All(
                    cv.ensure_list, [vol.In(EVENT_TYPES)]
                ),
                vol.Optional(CONF_TEXT): cv.string,
                vol.Optional(CONF_MATCH, default=Match.CONTAINS): vol.Coerce(Match),
                vol.Optional(CONF_MENTIONED, default=False): cv.boolean,
                vol.Optional(CONF_OWN, default=False): cv.boolean,
                vol.Optional(
                    CONF_MAX_AGE, default=timedelta(seconds=LATE_SECONDS)
                ): _max_age,
            },
            _has_valid_text,
        )
    )

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Initialize the trigger."""
        super().__init__(hass, config)
        options = self._options
        text, max_age = options.get(CONF_TEXT), options[CONF_MAX_AGE]
        if options[CONF_OWN]:
            self._needs = (RECEIVE_MESSAGES, RECEIVE_OWN)
        self._filter = MessageFilter(
            kinds=frozenset(options.get(CONF_KINDS, ())) or None,
            has_text=text_test(text, options[CONF_MATCH]) if text else None,
            mentioned=options[CONF_MENTIONED],
            own=options[CONF_OWN],
            max_age=max_age and max_age.total_seconds(),
        )

    @override
    def _listen(self, places: frozenset[Place]) -> list[CALLBACK_TYPE]:
        followers = async_get_followers(self._hass)
        return [
            *super()._listen(places),
            followers.refusals.async_add(places, self._handle_not_allowed),
        ]

    @callback
    def _handle_not_allowed(self) -> None:
        if self._report is not None:
            self._report(_NOT_TRIGGERED[Refusal.NOT_ALLOWED])

    @override
    def _refusal(self, candidate: Candidate) -> Refusal | None:
        return self._filter.refusal(candidate)


class ChoiceMadeTrigger(_MessageTrigger):
    """Trigger for answers to questions."""

    _description = "WhatsApp choice made"
    _schema = _schema({vol.Optional(CONF_ID): cv.string})

    @override
    def _refusal(self, candidate: Candidate) -> Refusal | None:
        if (answer := candidate.answer) is None:
            return Refusal.KIND
        if (wanted := self._options.get(CONF_ID)) and answer.id != wanted:
            return Refusal.CHOICE
        return _not_obeyed(candidate)


class CallReceivedTrigger(_MessageTrigger):
    """Trigger for calls, when they ring."""

    _description = "WhatsApp call received"
    _schema = _schema({})

    @override
    def _refusal(self, candidate: Candidate) -> Refusal | None:
        message = candidate.received.message
        if message.kind is not MessageKind.CALL:
            return Refusal.KIND
        if (message.notification or "").startswith(_LATER):
            return Refusal.KIND
        return _not_obeyed(candidate)

    @override
    def _payload(self, candidate: Candidate) -> dict[str, Any]:
        return message_payload.of_call(self._hass, candidate)


class MessageStatusChangedTrigger(_PlaceTrigger):
    """Trigger for how far a message of ours came."""

    _needs = (RECEIVE_RECEIPTS,)
    _schema = _schema(
        {
            vol.Required(CONF_STATUS): vol.All(
                cv.ensure_list, vol.Length(min=1), [vol.In(_STATUSES)]
            )
        }
    )

    @override
    def _listen(self, places: frozenset[Place]) -> list[CALLBACK_TYPE]:
        followers = async_get_followers(self._hass)
        return [followers.statuses.async_add(places, self._handle_status)]

    @callback
    def _handle_status(self, entry: ConfigEntry, change: StatusChange) -> None:
        if change.status in self._options[CONF_STATUS]:
            payload = message_payload.of_status(self._hass, entry, change)
            self._run(payload, f"WhatsApp message {change.status}", None)


def _not_obeyed(candidate: Candidate) -> Refusal | None:
    """Return why nothing obeys a message, whatever it says."""
    if candidate.received.is_own:
        return Refusal.OWN
    return Refusal.LATE if candidate.received.is_late else None


def _describe_failure(*_payload: object) -> str:
    return "A trigger of WhatsApp messages failed"


MESSAGE_TRIGGERS: Final[dict[str, type[Trigger]]] = {
    "message_received": MessageReceivedTrigger,
    "choice_made": ChoiceMadeTrigger,
    "message_status_changed": MessageStatusChangedTrigger,
    "call_received": CallReceivedTrigger,
}
