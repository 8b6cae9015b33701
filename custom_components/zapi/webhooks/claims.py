"""What may be done about a webhook as it stands at the gateway, and how all stand."""

from collections.abc import Collection
from enum import Enum, StrEnum, auto

from ..api import CallbackType
from .ledger import Choice, HookRecord
from .ownership import Owner, is_same
from .url import UrlProblem

# The webhooks that an entry takes. Only these, and others that the ledger holds, are
# written, watched, asked about and given back; what the rest show is nobody's concern.
WANTED = frozenset({CallbackType.CONNECTED, CallbackType.DISCONNECTED})


class RegistrationStatus(StrEnum):
    """How the registration stands."""

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
    """What may be done about a webhook as it stands at the gateway."""

    REGISTERED = auto()
    PENDING = auto()
    TAKEN = auto()
    DECLINED = auto()


STATUS_OF_PROBLEM = {
    UrlProblem.NO_HTTPS: RegistrationStatus.NO_HTTPS_URL,
    UrlProblem.CLOUD_AWAY: RegistrationStatus.CLOUD_AWAY,
}


def hook_state(current: str, owner: Owner, hook: HookRecord, address: str) -> HookState:
    """Return what may be done about a webhook, whose URL should be our address."""
    if is_same(current, address):
        return HookState.REGISTERED
    if (consent := hook.consent) and is_same(consent.url, current):
        return (
            HookState.DECLINED if consent.choice == Choice.LEAVE else HookState.PENDING
        )
    if owner is Owner.FOREIGN or hook.is_contested(address):
        return HookState.TAKEN
    return HookState.PENDING


def displaced_by_us(current: str, owner: Owner, hook: HookRecord) -> str | None:
    """Return what is to come back once a webhook has been taken."""
    if owner is Owner.FOREIGN:
        return current
    # One that was emptied since we had it is still somebody's.
    return "" if owner is Owner.FREE and not hook.our_urls else hook.displaced


def registration_status(
    claims: Collection[HookState], *, is_filtered: bool
) -> RegistrationStatus:
    """Return how the registration stands by its worst webhook."""
    if HookState.PENDING in claims:
        return RegistrationStatus.NOT_REGISTERED
    if HookState.TAKEN in claims:
        return RegistrationStatus.TAKEN
    if HookState.DECLINED in claims:
        return RegistrationStatus.LEFT
    return RegistrationStatus.FILTERED if is_filtered else RegistrationStatus.OK
