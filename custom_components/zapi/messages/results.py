"""What came of an action, recipient by recipient."""

from asyncio import gather
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.translation import async_get_translations

from ..api import Content, InvalidInputError
from ..const import DOMAIN, RECEIVE_RECEIPTS
from .questions import Option
from .receipts import DeliveryState
from .sender import (
    CONF_WHEN_DISCONNECTED,
    ContentRefusedError,
    Sender,
    SendError,
    SentMessage,
    refusal,
)
from .targets import Recipient

ATTR_WAIT_FOR: Final = "wait_for"
WAIT_FOR_SENT: Final = "sent"

_EARLIER_PART_FAILED: Final = "earlier_part_failed"
_WAIT_SECONDS: Final = 30

# What goes to a recipient, part by part.
type Compose = Callable[[Recipient], Sequence[Content]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one message; ``part`` counts where there are several."""

    recipient: Recipient
    part: int | None
    result: SentMessage | SendError


async def async_send_all(
    hass: HomeAssistant,
    call: ServiceCall,
    recipients: Sequence[Recipient],
    compose: Compose,
    options: Sequence[Option] = (),
) -> ServiceResponse:
    """Send to everybody, and only then say what failed.

    Args:
        hass: Home Assistant.
        call: the action.
        recipients: everybody.
        compose: what makes the parts for each.
        options: what may be answered to them.

    Raises:
        SendError: all failed, or some did and nobody asked for the answer.
        ServiceValidationError: the call waits for what is not received.
    """
    waits = ATTR_WAIT_FOR in call.data
    if waits:
        _need_receipts(recipients)
    outcomes = [
        outcome
        for its_outcomes in await gather(
            *(
                async_send_parts(
                    recipient,
                    compose,
                    call.data.get(CONF_WHEN_DISCONNECTED),
                    options,
                )
                for recipient in recipients
            )
        )
        for outcome in its_outcomes
    ]
    if waits:
        outcomes = await gather(*(_async_wait(call, outcome) for outcome in outcomes))
    is_any_failed = any(isinstance(outcome.result, SendError) for outcome in outcomes)
    is_any_sent = any(isinstance(outcome.result, SentMessage) for outcome in outcomes)
    if is_any_failed and not (call.return_response and is_any_sent):
        raise await async_failure(hass, outcomes, len(recipients))
    texts = await _async_texts(hass) if is_any_failed else {}
    return {
        "messages": [
            _sent(outcome, outcome.result)
            for outcome in outcomes
            if isinstance(outcome.result, SentMessage)
        ],
        "failed": [
            _failed(outcome, outcome.result, texts)
            for outcome in outcomes
            if isinstance(outcome.result, SendError)
        ],
    }


def _need_receipts(recipients: Sequence[Recipient]) -> None:
    """Refuse to wait where nothing would ever come."""
    for recipient in recipients:
        if RECEIVE_RECEIPTS not in recipient.receives:
            raise ServiceValidationError(
                translation_domain=DOMAIN, translation_key="receipts_needed"
            )


async def _async_texts(hass: HomeAssistant) -> dict[str, str]:
    """Return the texts of errors, in the language of this Home Assistant."""
    return await async_get_translations(
        hass, hass.config.language, "exceptions", {DOMAIN}
    )


async def async_send_parts(
    recipient: Recipient,
    compose: Compose,
    when_disconnected: str | None = None,
    options: Sequence[Option] = (),
) -> list[Outcome]:
    """Send all parts to a recipient, one after the other, until one fails."""
    try:
        contents = _contents(recipient, compose)
    except SendError as err:
        return [Outcome(recipient, None, err)]
    outcomes: list[Outcome] = []
    failed = False
    for place, content in enumerate(contents, start=1):
        part = place if len(contents) > 1 else None
        result: SentMessage | SendError
        if failed:
            result = SendError(_EARLIER_PART_FAILED)
        else:
            result = await _async_send_one(
                recipient, content, when_disconnected, options
            )
            failed = isinstance(result, SendError)
        outcomes.append(Outcome(recipient, part, result))
    return outcomes


def _contents(recipient: Recipient, compose: Compose) -> Sequence[Content]:
    if recipient.problem:
        raise recipient.problem
    try:
        return compose(recipient)
    except InvalidInputError as err:
        raise refusal(err) from err


async def _async_send_one(
    recipient: Recipient,
    content: Content,
    when_disconnected: str | None,
    options: Sequence[Option],
) -> SentMessage | SendError:
    assert recipient.chat
    if recipient.entry.state is not ConfigEntryState.LOADED:
        # It was, when the action began.
        return SendError("not_loaded")
    sender: Sender = recipient.entry.runtime_data.sender
    try:
        return await sender.async_send(
            recipient.chat,
            content,
            subentry_id=recipient.subentry_id,
            when_disconnected=when_disconnected,
            options=options,
        )
    except SendError as err:
        return err


async def _async_wait(call: ServiceCall, outcome: Outcome) -> Outcome:
    """Return what became of a message that was handed over.

    Whoever asked for the answer reads there that WhatsApp did not take it; for others
    it is a failure as any other.
    """
    result, entry = outcome.result, outcome.recipient.entry
    if (
        isinstance(result, SendError)
        or result.message_id is None
        or entry.state is not ConfigEntryState.LOADED
    ):
        return outcome
    sent = await outcome.recipient.outbox.async_wait_until_sent(
        result.message_id, _WAIT_SECONDS
    )
    if sent is None or sent.state is DeliveryState.QUEUED:
        # Not known yet, which is not the same as not sent.
        return outcome
    if sent.state is not DeliveryState.FAILED:
        return replace(outcome, result=replace(result, state=DeliveryState.SENT))
    if not call.return_response:
        return replace(outcome, result=SendError(str(sent.reason)))
    return replace(
        outcome, result=replace(result, state=sent.state, reason=sent.reason)
    )


def _first_failures(
    outcomes: Sequence[Outcome],
) -> list[tuple[Recipient, SendError]]:
    """Return what first failed of each recipient."""
    failures: dict[int, tuple[Recipient, SendError]] = {}
    for outcome in outcomes:
        if isinstance(outcome.result, SendError):
            failures.setdefault(
                id(outcome.recipient), (outcome.recipient, outcome.result)
            )
    return list(failures.values())


async def async_failure(
    hass: HomeAssistant, outcomes: Sequence[Outcome], recipients: int
) -> SendError:
    """Return one error for all that failed; whoever wrote to one alone needs no name."""
    failures = _first_failures(outcomes)
    errors = [error for _, error in failures]
    if recipients == 1:
        return errors[0]
    texts = await _async_texts(hass)
    said = " · ".join(
        f"{recipient.name}: {_text(error, texts)}" for recipient, error in failures
    )
    refused = all(isinstance(error, ContentRefusedError) for error in errors)
    kind = ContentRefusedError if refused else SendError
    return kind("not_all_sent", failures=said)


def _address(outcome: Outcome) -> dict[str, Any]:
    recipient = outcome.recipient
    address = {"recipient": recipient.entity_id, "to": recipient.chat_id}
    return address if outcome.part is None else address | {"part": outcome.part}


def _sent(outcome: Outcome, sent: SentMessage) -> dict[str, Any]:
    row = _address(outcome) | {
        "config_entry_id": outcome.recipient.entry.entry_id,
        "message_id": sent.message_id,
        "zaap_id": sent.zaap_id,
        "state": sent.state,
    }
    return row | {"reason": sent.reason} if sent.reason else row


def _failed(
    outcome: Outcome, error: SendError, texts: dict[str, str]
) -> dict[str, Any]:
    return _address(outcome) | {"error": _text(error, texts), "reason": error.reason}


def _text(error: SendError, texts: dict[str, str]) -> str:
    """Return the text of an error in the language of this Home Assistant."""
    key = f"component.{DOMAIN}.exceptions.{error.reason}.message"
    return texts[key].format(**error.translation_placeholders or {})
