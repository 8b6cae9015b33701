"""Rules of taking webhooks: the state of each, of all, and what a choice changes."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from enum import Enum, StrEnum, auto
from typing import Any

from ..api import CallbackType, HookUrls
from ..const import CONF_RECEIVE, RECEIVE_MESSAGES, RECEIVE_OWN, RECEIVE_RECEIPTS
from .ledger import Choice, Consent, HookRecord
from .ownership import Owner, is_same, redacted_host
from .url import UrlProblem

# Two webhooks have the received messages. Once the second is set it has them all,
# else the first: docs/gateway.md, section 4.2.
RECEIVE_PAIR = frozenset({CallbackType.RECEIVED, CallbackType.RECEIVED_DELIVERY})
_CONNECTION = frozenset({CallbackType.CONNECTED, CallbackType.DISCONNECTED})
_RECEIPTS = frozenset({CallbackType.DELIVERY, CallbackType.MESSAGE_STATUS})


class RegistrationStatus(StrEnum):
    """Status of a registration as a whole."""

    OK = "ok"
    REGISTERING = "registering"
    NO_HTTPS_URL = "no_https_url"
    CLOUD_AWAY = "cloud_away"
    NOT_REGISTERED = "not_registered"
    TAKEN = "taken"
    LEFT = "left"
    FILTERED = "filtered"
    CALLBACKS_MISSING = "callbacks_missing"


class HookState(Enum):
    """State of one webhook at the gateway."""

    REGISTERED = auto()
    PENDING = auto()
    TAKEN = auto()
    DECLINED = auto()


type Claims = Mapping[CallbackType, HookState]
type HookRecords = Mapping[CallbackType, HookRecord]

STATUS_OF_PROBLEM = {
    UrlProblem.NO_HTTPS: RegistrationStatus.NO_HTTPS_URL,
    UrlProblem.CLOUD_AWAY: RegistrationStatus.CLOUD_AWAY,
}


def wanted_types(options: Mapping[str, Any]) -> frozenset[CallbackType]:
    """Return the webhooks that an entry with these options takes.

    Only these, and others that the ledger holds, are written, watched, asked about and
    given back; the rest are left alone, but for those that end in our id, which are
    emptied.
    """
    received = options.get(CONF_RECEIVE, ())
    return (
        _CONNECTION
        | (RECEIVE_PAIR if RECEIVE_MESSAGES in received else frozenset())
        | (_RECEIPTS if RECEIVE_RECEIPTS in received else frozenset())
    )


def wants_own(options: Mapping[str, Any]) -> bool:
    """Return whether an entry with these options receives its own messages too."""
    return RECEIVE_OWN in options.get(CONF_RECEIVE, ())


def hook_state(current: str, owner: Owner, hook: HookRecord, our_url: str) -> HookState:
    """Return the state of a webhook, judged by its current URL and the one it should have."""
    if is_same(current, our_url):
        return HookState.REGISTERED
    if (consent := hook.consent) and is_same(consent.url, current):
        return (
            HookState.DECLINED if consent.choice == Choice.LEAVE else HookState.PENDING
        )
    if owner is Owner.FOREIGN or hook.is_contested(our_url):
        return HookState.TAKEN
    return HookState.PENDING


def without_idle(claims: Claims, urls: HookUrls) -> dict[CallbackType, HookState]:
    """Return the claims without webhooks that we could take and had better not.

    The second one for received messages stays empty where it is. Where either of the
    two is somebody else's, the other stays as it is: they would lose messages by it,
    or get more than they did, and we would have none.
    """
    second = CallbackType.RECEIVED_DELIVERY
    idle = set() if urls.get(second) else {second}
    pair = {claims[kind] for kind in RECEIVE_PAIR - idle if kind in claims}
    if pair & {HookState.TAKEN, HookState.DECLINED}:
        idle |= {k for k in RECEIVE_PAIR if claims.get(k) is HookState.PENDING}
    return {kind: state for kind, state in claims.items() if kind not in idle}


def are_messages_ours(claims: Claims) -> bool | None:
    """Return whether received messages are ours, None where that is not settled."""
    pair = {claims[kind] for kind in RECEIVE_PAIR if kind in claims}
    return None if HookState.PENDING in pair else pair == {HookState.REGISTERED}


def due_switch(
    claims: Claims, hook: HookRecord, shown: bool | None, *, own: bool
) -> bool | None:
    """Return what the switch for own messages has to become, None where it may stay.

    It is as the entry wants it while received messages are ours, and else as it was:
    who has them instead may answer what it sends itself.

    Args:
        claims: the state of the webhooks.
        hook: the record of received messages.
        shown: what the gateway says.
        own: the entry receives its own messages.
    """
    if (are_ours := are_messages_ours(claims)) is None or shown is None:
        return None
    due = own if are_ours else hook.sent_by_me
    return None if due == shown else due


def displaced_by_us(current: str, owner: Owner, hook: HookRecord) -> str | None:
    """Return the URL to restore once a webhook has been taken."""
    if owner is Owner.FOREIGN:
        return current
    # One that was emptied since we had it still has its previous owner.
    return "" if owner is Owner.FREE and not hook.our_urls else hook.displaced


def registration_status(
    claims: Collection[HookState], *, is_filtered: bool
) -> RegistrationStatus:
    """Return the status of a registration, which is that of its worst webhook."""
    if HookState.PENDING in claims:
        return RegistrationStatus.NOT_REGISTERED
    if HookState.TAKEN in claims:
        return RegistrationStatus.TAKEN
    if HookState.DECLINED in claims:
        return RegistrationStatus.LEFT
    return RegistrationStatus.FILTERED if is_filtered else RegistrationStatus.OK


def kinds_in(claims: Claims, *states: HookState) -> list[CallbackType]:
    """Return the webhooks in one of the states."""
    return [kind for kind, state in claims.items() if state in states]


def claimable_urls(claims: Claims, urls: HookUrls) -> HookUrls:
    """Return the URLs at the gateway that a user may decide about."""
    kinds = kinds_in(claims, HookState.TAKEN, HookState.DECLINED)
    return {kind: urls[kind] for kind in kinds}


def displaced_urls(claims: Claims, records: HookRecords) -> HookUrls:
    """Return the URLs that were taken over from somebody, with consent."""
    return {
        kind: displaced
        for kind in kinds_in(claims, HookState.REGISTERED)
        if (displaced := records[kind].displaced)
    }


def present_choice(claims: Claims, records: HookRecords) -> Choice | None:
    """Return the last choice of a user, for the form that asks again."""
    displaced = displaced_urls(claims, records)
    if any(records[kind].forward for kind in displaced):
        return Choice.TAKE_OVER_AND_FORWARD
    if HookState.DECLINED in claims.values():
        return Choice.LEAVE
    return Choice.TAKE_OVER if displaced else None


def with_choice(
    choice: Choice,
    shown: HookUrls,
    current: HookUrls,
    records: HookRecords,
    held: Collection[CallbackType],
) -> HookRecords:
    """Return the records that a choice about the URLs shown changes."""
    change = {}
    for kind, url in shown.items():
        hook = records[kind]
        if kind in held and choice is Choice.LEAVE:
            consent = Consent(hook.displaced or "", choice)
            change[kind] = replace(hook, pending_consent=consent)
        elif kind in held:
            forward = choice is Choice.TAKE_OVER_AND_FORWARD
            change[kind] = replace(hook, forward=forward)
        elif is_same(current[kind], url):
            change[kind] = replace(hook, pending_consent=Consent(url, choice))
    return change


def without_consent(
    records: HookRecords, forward: Mapping[CallbackType, bool]
) -> HookRecords:
    """Return the records without what was consented, forwarding as given."""
    return {
        kind: replace(
            hook, pending_consent=None, forward=forward.get(kind, hook.forward)
        )
        for kind, hook in records.items()
    }


def taken_placeholders(claims: Claims, urls: HookUrls) -> dict[str, str] | None:
    """Return the placeholders of the issue about taken webhooks, None if there are none."""
    if not (taken := kinds_in(claims, HookState.TAKEN)):
        return None
    hosts = {redacted_host(urls[kind]) for kind in taken}
    return {
        "hooks": ", ".join(dict.fromkeys(kind.callback for kind in taken)),
        "hosts": ", ".join(sorted(hosts)),
    }


def filtered_placeholders(filtered: Iterable[CallbackType]) -> dict[str, str] | None:
    """Return the placeholders of the issue about filters, None if there are none."""
    names = ", ".join(sorted({kind.filter for kind in filtered}))
    return {"filters": names} if names else None
