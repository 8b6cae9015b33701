"""What may be done about a webhook as it stands at the gateway, and how all stand."""

from collections.abc import Collection
from enum import Enum, StrEnum, auto

from .ledger import Choice, HookRecord
from .ownership import Owner, is_same
from .url import NoAddress


class Health(StrEnum):
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


class Claim(Enum):
    """What may be done about a webhook as it stands at the gateway."""

    HELD = auto()
    WRITE = auto()
    TAKEN = auto()
    LEFT = auto()


NO_ADDRESS = {
    NoAddress.NO_HTTPS: Health.NO_HTTPS_URL,
    NoAddress.CLOUD_AWAY: Health.CLOUD_AWAY,
}


def claim_to(current: str, owner: Owner, hook: HookRecord, address: str) -> Claim:
    """Return what may be done about a webhook, whose URL should be our address."""
    if is_same(current, address):
        return Claim.HELD
    if (consent := hook.consent) and is_same(consent.url, current):
        return Claim.LEFT if consent.choice == Choice.LEAVE else Claim.WRITE
    if owner is Owner.FOREIGN or hook.is_worn_out(address):
        return Claim.TAKEN
    return Claim.WRITE


def displaced_by_us(current: str, owner: Owner, hook: HookRecord) -> str | None:
    """Return what is to come back once a webhook has been taken."""
    if owner is Owner.FOREIGN:
        return current
    # One that was emptied since we had it is still somebody's.
    return "" if owner is Owner.FREE and not hook.written else hook.displaced


def health_of(claims: Collection[Claim], *, is_filtered: bool) -> Health:
    """Return how the registration stands by its worst webhook."""
    if Claim.WRITE in claims:
        return Health.NOT_REGISTERED
    if Claim.TAKEN in claims:
        return Health.TAKEN
    if Claim.LEFT in claims:
        return Health.LEFT
    return Health.FILTERED if is_filtered else Health.OK
