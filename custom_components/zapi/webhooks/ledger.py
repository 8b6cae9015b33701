"""What we wrote at the gateway and what it displaced: on disk before any write.

Home Assistant saves config entries a second late, and they vanish with their
entry; this ledger does neither, so that a URL taken from somebody can be given
back after a crash, and after the entry is gone. Records are values: a change
counts once it has been read back from the disk.
"""

from asyncio import Lock, Task, shield
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
import time
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.singleton import singleton
from homeassistant.helpers.storage import Store
from homeassistant.util.hass_dict import HassKey

from ..api import CallbackType, HookUrls
from ..const import DOMAIN

_LEDGER: HassKey[Ledger] = HassKey(f"{DOMAIN}_ledger")
_VERSION = 1
_PROOF = "proof"
_MAX_OUR_URLS = 20
_MAX_REWRITES = 3
_DAY_SECONDS = 24 * 60 * 60
# How long the gateway may still show what was there before a write.
LAG_SECONDS = 120


class LedgerError(Exception):
    """Raised when a change could not be stored."""


class Choice(StrEnum):
    """Choice of a user about a URL that is somebody else's."""

    TAKE_OVER = "take_over"
    TAKE_OVER_AND_FORWARD = "take_over_and_forward"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Consent:
    """Consent of a user, valid for the one URL that was shown.

    Attributes:
        choice: a ``Choice``, or what another version of ours knows.
    """

    url: str
    choice: str


@dataclass(frozen=True, slots=True)
class HookRecord:
    """One webhook of one instance.

    Attributes:
        displaced: the URL to give back; empty where there was none, None where
            that is not known.
        forward: the displaced URL gets a copy of each callback.
        our_urls: the URLs that are ours, the newest last.
        written_at: when we wrote last, seconds since 1970.
        confirmed: the URL that was last read back.
        rewrites: when a confirmed URL had to be written again, seconds since 1970.
        pending_consent: what was consented for a foreign URL and is not yet applied.
        sent_by_me: of received messages, whether one's own were posted too before we
            changed that; None where we did not.
    """

    displaced: str | None = None
    forward: bool = False
    our_urls: tuple[str, ...] = ()
    written_at: float = 0.0
    confirmed: str = ""
    rewrites: tuple[float, ...] = ()
    pending_consent: Consent | None = None
    sent_by_me: bool | None = None

    @property
    def consent(self) -> Consent | None:
        """The pending consent, where its choice is one that we know."""
        return (
            self.pending_consent
            if self.pending_consent and self.pending_consent.choice in Choice
            else None
        )

    @property
    def owes(self) -> bool:
        """Whether something of ours may be at the gateway."""
        return bool(self.our_urls) or self.sent_by_me is not None

    @property
    def may_hide_another(self) -> bool:
        """Whether somebody may have been there before us, and nobody knows."""
        return bool(self.our_urls) and self.displaced is None

    @property
    def is_in_doubt(self) -> bool:
        """Whether the gateway may not yet show our last write, or not yet have made it."""
        return bool(self.our_urls) and (
            self.confirmed != self.our_urls[-1] or self.is_recent
        )

    @property
    def is_recent(self) -> bool:
        """Whether the gateway may not yet show our last write."""
        return time.time() - self.written_at < LAG_SECONDS

    @property
    def at_rest(self) -> HookRecord:
        """The record once the webhook is not ours: what was displaced, what was consented."""
        return HookRecord(
            displaced=self.displaced, pending_consent=self.pending_consent
        )

    @property
    def at_rest_with_consent(self) -> HookRecord:
        """The record once the webhook was given back, to be taken again some day."""
        if not (self.displaced and self.our_urls):
            return self.at_rest
        choice = Choice.TAKE_OVER_AND_FORWARD if self.forward else Choice.TAKE_OVER
        return replace(self.at_rest, pending_consent=Consent(self.displaced, choice))

    @property
    def when_dropped(self) -> HookRecord:
        """The record once a webhook is no longer wanted.

        One that was never noted may be ours all the same, and shown so in a while.
        """
        if self.our_urls:
            return self
        return replace(self, pending_consent=None, written_at=time.time())

    @property
    def when_given_back(self) -> HookRecord | None:
        """The record once a webhook that is not wanted is not ours, None once it may go.

        A gateway that lags may show it as ours once more, though it did not just now.
        """
        if not self.our_urls:
            return None
        return HookRecord(displaced=self.displaced, written_at=time.time())

    def owes_switch(self, shown: bool | None) -> bool:
        """Return whether the switch for own messages is to be set back, by what is shown."""
        return None not in (self.sent_by_me, shown) and self.sent_by_me != shown

    def is_contested(self, url: str) -> bool:
        """Return whether another system keeps overwriting this webhook."""
        return self.confirmed == url and len(self._recent_rewrites) >= _MAX_REWRITES

    def before_write(self, url: str) -> HookRecord:
        """Return the record that must be on disk before a URL is written."""
        return replace(self, our_urls=self._with(url), written_at=time.time())

    def before_taking(self, url: str, displaced: str | None) -> HookRecord:
        """Return the record before a webhook is taken that is not, or no longer, ours."""
        hook = replace(self.before_write(url), displaced=displaced)
        if consent := self.consent:
            forward = consent.choice == Choice.TAKE_OVER_AND_FORWARD
            return replace(hook, forward=forward, rewrites=())
        if self.confirmed == url:
            return replace(hook, rewrites=(*self._recent_rewrites, time.time()))
        return hook

    def after_reading(self, url: str) -> HookRecord:
        """Return the record once a URL of ours has been read back."""
        # A write whose record was lost may have been made just now.
        is_known = url in self.our_urls
        return replace(
            self,
            our_urls=self._with(url),
            written_at=self.written_at if is_known else time.time(),
            confirmed=url,
            pending_consent=None if self.consent else self.pending_consent,
        )

    def _with(self, url: str) -> tuple[str, ...]:
        return (*(old for old in self.our_urls if old != url), url)[-_MAX_OUR_URLS:]

    @property
    def _recent_rewrites(self) -> tuple[float, ...]:
        now = time.time()
        return tuple(at for at in self.rewrites if 0 <= now - at < _DAY_SECONDS)

    def to_json(self) -> dict[str, Any]:
        """Return the record as it is stored."""
        stored = {
            **asdict(self),
            "our_urls": list(self.our_urls),
            "rewrites": list(self.rewrites),
        }
        if self.sent_by_me is None:
            del stored["sent_by_me"]
        return stored

    @classmethod
    def from_json(cls, data: Any) -> HookRecord:
        """Read a record; what makes no sense is as if it were not there."""
        found = data if isinstance(data, dict) else {}
        displaced, confirmed = found.get("displaced"), found.get("confirmed")
        written_at, sent_by_me = found.get("written_at"), found.get("sent_by_me")
        return cls(
            displaced=displaced if isinstance(displaced, str) else None,
            forward=found.get("forward") is True,
            our_urls=_items(found.get("our_urls"), str),
            written_at=written_at if isinstance(written_at, float) else 0.0,
            confirmed=confirmed if isinstance(confirmed, str) else "",
            rewrites=_items(found.get("rewrites"), float),
            pending_consent=_consent(found.get("pending_consent")),
            sent_by_me=sent_by_me if isinstance(sent_by_me, bool) else None,
        )


def _items[T](value: Any, kind: type[T]) -> tuple[T, ...]:
    items = value if isinstance(value, list) else []
    return tuple(item for item in items if isinstance(item, kind))


def _consent(value: Any) -> Consent | None:
    match value:
        case {"url": str(url), "choice": str(choice)}:
            return Consent(url, choice)
    return None


_NOTHING = HookRecord()
_FIELDS = {field.name for field in fields(HookRecord)}

type _Json = dict[str, Any]
type _Change = Mapping[CallbackType, HookRecord | None]


class Ledger:
    """The records of all instances, whether or not they have an entry."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialize an empty ledger; ``async_load`` fills it."""
        self._hass = hass
        self._store = _make_store(hass)
        # The content of the file, with all that only another version understands;
        # None while it could not be read.
        self._stored: _Json | None = None
        self._records: dict[str, dict[CallbackType, HookRecord]] = {}
        self._changes: dict[str, dict[CallbackType, HookRecord | None]] = {}
        self._saving: Task[bool] | None = None
        self._is_to_prove = False
        self._lock = Lock()

    async def async_load(self) -> None:
        """Read what is on disk."""
        if (stored := await self._async_read()) is not None:
            self._take(stored)

    def hook(self, instance_id: str, kind: CallbackType) -> HookRecord:
        """Return the record of a webhook as it is on disk."""
        return self._records.get(instance_id, {}).get(kind, _NOTHING)

    def hooks(
        self, instance_id: str, wanted: Collection[CallbackType] = ()
    ) -> dict[CallbackType, HookRecord]:
        """Return the records of an instance, and empty ones of what else is wanted."""
        recorded = self._records.get(instance_id, {})
        return {
            kind: recorded.get(kind, _NOTHING)
            for kind in CallbackType
            if kind in wanted or kind in recorded
        }

    def owes(self, instance_id: str) -> bool:
        """Return whether something of ours may be at the gateway."""
        return any(hook.owes for hook in self.hooks(instance_id).values())

    async def async_update(
        self, instance_id: str, change: _Change, *, proving: bool = False
    ) -> None:
        """Put records on disk, or drop those that are None.

        Args:
            instance_id: whose.
            change: the records by their webhooks.
            proving: write even if no record changes, to see whether the disk takes it.

        Raises:
            LedgerError: they are not there, and nothing has changed.
        """
        known = self._records.get(instance_id, {})
        is_idle = self._saving is None and not self._lock.locked()
        is_known = all(known.get(kind) == hook for kind, hook in change.items())
        if is_idle and is_known and not proving:
            return
        self._is_to_prove |= proving
        self._changes.setdefault(instance_id, {}).update(change)
        # Changes that arrive during a write are written together: many instances
        # that register at once would write everything once each.
        if self._saving is None:
            self._saving = self._hass.async_create_task(
                self._async_save(), f"{DOMAIN} ledger", eager_start=False
            )
        # A caller that is cancelled must not cut off the others.
        if not await shield(self._saving):
            raise LedgerError("The ledger could not be stored")

    async def async_record_consent(
        self, instance_id: str, shown: HookUrls, choice: Choice
    ) -> None:
        """Record the choice of a user about the URLs shown.

        Raises:
            LedgerError: it could not be stored.
        """
        change = {
            kind: replace(
                self.hook(instance_id, kind), pending_consent=Consent(url, choice)
            )
            for kind, url in shown.items()
        }
        await self.async_update(instance_id, change)

    async def _async_save(self) -> bool:
        """Write what is waiting; return whether it is on disk."""
        async with self._lock:
            changes, self._changes, self._saving = self._changes, {}, None
            proves, self._is_to_prove = self._is_to_prove, False
            if self._stored is None:
                await self.async_load()
            if self._stored is None:
                return False
            wanted = _changed(self._stored, changes)
            if proves:
                # What is there already would be read back even from a full disk.
                wanted[_PROOF] = time.time()
            # Home Assistant only logs most of what keeps it from writing, and
            # while it is stopping it writes nothing.
            with suppress(OSError):
                await self._store.async_save(wanted)
            if await self._async_read() != wanted:
                return False
            self._take(wanted)
            return True

    async def _async_read(self) -> _Json | None:
        """Return what is on disk, or None where that cannot be read."""
        try:
            stored = await _make_store(self._hass).async_load()
        except HomeAssistantError, OSError, KeyError, TypeError, NotImplementedError:
            # The last three: an edit by hand left no data, or no version, or one of
            # which there was none.
            return None
        return stored if isinstance(stored, dict) else {}

    def _take(self, stored: _Json) -> None:
        self._stored = stored
        self._records = {
            instance_id: {
                kind: HookRecord.from_json(hooks[kind])
                for kind in CallbackType
                if kind in hooks
            }
            for instance_id, hooks in stored.items()
            if isinstance(hooks, dict)
        }


def _make_store(hass: HomeAssistant) -> Store[_Json]:
    return Store(hass, _VERSION, f"{DOMAIN}.webhooks", private=True, atomic_writes=True)


def _changed(stored: _Json, changes: Mapping[str, _Change]) -> _Json:
    """Return what is to be on disk; what we do not understand stays as it is."""
    wanted = {key: value for key, value in stored.items() if key != _PROOF}
    for instance_id, change in changes.items():
        old = stored.get(instance_id)
        hooks: _Json = dict(old) if isinstance(old, dict) else {}
        for kind, hook in change.items():
            before = hooks.pop(kind, None)
            if hook is not None:
                rest = before if isinstance(before, dict) else {}
                unknown = {key: rest[key] for key in rest.keys() - _FIELDS}
                hooks[str(kind)] = {**unknown, **hook.to_json()}
        wanted.pop(instance_id, None)
        if hooks:
            wanted[instance_id] = hooks
    return wanted


@singleton(_LEDGER, async_=True)
async def async_get_ledger(hass: HomeAssistant) -> Ledger:
    """Return the ledger, which all entries share."""
    ledger = Ledger(hass)
    await ledger.async_load()
    return ledger
