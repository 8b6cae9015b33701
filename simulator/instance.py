"""One instance: a container for one WhatsApp number, its settings and its queue (docs/gateway.md, sections 1 and 3)."""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from .chats import KEPT, Chats, Media, Progress, key_of

# How many writes of a webhook are remembered.
HISTORY = 100


class State(StrEnum):
    """Where an instance stands (docs/gateway.md, section 7.1)."""

    UNPAIRED = "unpaired"
    PAIRING = "pairing"
    CONNECTED = "connected"
    PHONE_OFFLINE = "phone_offline"
    LOST_SESSION = "lost_session"
    EXPIRED = "expired"
    DELETED = "deleted"


class Hook(NamedTuple):
    """A slot for a URL: the route that sets it, its field in `GET me`, the callback posted there (section 4.1)."""

    route: str
    field: str
    callback: str


HOOKS = (
    Hook("update-webhook-received", "receivedCallbackUrl", "ReceivedCallback"),
    Hook(
        "update-webhook-received-delivery",
        "receivedAndDeliveryCallbackUrl",
        "ReceivedCallback",
    ),
    Hook("update-webhook-delivery", "deliveryCallbackUrl", "DeliveryCallback"),
    Hook(
        "update-webhook-message-status",
        "messageStatusCallbackUrl",
        "MessageStatusCallback",
    ),
    Hook("update-webhook-connected", "connectedCallbackUrl", "ConnectedCallback"),
    Hook(
        "update-webhook-disconnected", "disconnectedCallbackUrl", "DisconnectedCallback"
    ),
    Hook(
        "update-webhook-chat-presence",
        "presenceChatCallbackUrl",
        "PresenceChatCallback",
    ),
)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request that sends, as it was taken (sections 3.4 and 6.2)."""

    number: int
    """Position among all messages ever queued; the cursor of the listing."""
    zaap_id: str
    message_id: str
    phone: str = field(repr=False)
    """The recipient as the request named it; empty for stories."""
    route: str
    """The path after the token, such as `send-document/pdf`."""
    body: dict[str, Any] = field(repr=False)
    """The JSON of the request; texts of over 8,192 characters are cut."""
    created: float
    """Seconds since the epoch."""
    media: Media | None = None
    """The file, where the request held it as a data URI."""

    def listed(self, instance_id: str, created_at: str) -> dict[str, Any]:
        """Give the message as `POST queue` lists it."""
        return {
            "_id": self.zaap_id,
            "ZaapId": self.zaap_id,
            "MessageId": self.message_id,
            "InstanceId": instance_id,
            "Phone": self.phone,
            "Message": self.body.get("message", ""),
            "DelayMessage": self.body.get("delayMessage", -1),
            "DelayTyping": self.body.get("delayTyping", 0),
            "Created": int(self.created * 1000),
            "CreatedAt": created_at,
            "Beta": False,
            "IsTrial": False,
        }


@dataclass(slots=True, eq=False)
class Instance:
    """One instance. Change its fields directly to prepare a scene; the methods of `Gateway` also tell the consumer."""

    instance_id: str
    token: str = field(repr=False)
    name: str = "Example instance"
    phone: str = field(default="5544999999999", repr=False)
    state: State = State.UNPAIRED
    due: int = 1_800_000_000
    """Expiry of the plan, seconds since the epoch."""
    payment_status: str = "ACTIVE"
    created: str = "2026-01-01T00:00:00.000Z"
    is_business: bool = False
    webhooks: dict[str, str] = field(
        default_factory=lambda: dict.fromkeys((hook.field for hook in HOOKS), ""),
        repr=False,
    )
    """URL by field of `GET me`."""
    overwritten: dict[str, list[tuple[float, str]]] = field(
        default_factory=dict, repr=False
    )
    """When a request wrote over which URL, by field, the newest last."""
    settings: dict[str, Any] = field(
        default_factory=lambda: {
            "receiveCallbackSentByMe": False,
            "callbackTypeFilters": [],
            "callRejectAuto": False,
            "callRejectMessage": "",
            "autoReadMessage": False,
            "proxyUrl": "",
            "useProxy": False,
        },
        repr=False,
    )
    """What `GET me` shows besides; names as there."""
    hidden: dict[str, Any] = field(
        default_factory=lambda: {
            "messageFilters": [],
            "autoReadStatus": False,
            "disableEnqueueWhenDisconnected": False,
        },
        repr=False,
    )
    """Settings that no route shows."""
    profile: dict[str, str] = field(
        default_factory=lambda: {"name": "Example house", "about": "", "imgUrl": ""},
        repr=False,
    )
    queue: dict[str, Outgoing] = field(default_factory=dict, repr=False)
    """Waiting messages by `zaapId`, oldest first."""
    sent: deque[Outgoing] = field(
        default_factory=lambda: deque(maxlen=KEPT), repr=False
    )
    """All sends that were taken, oldest first: reactions, edits and what failed later among them."""
    chats: Chats = field(default_factory=Chats, repr=False)
    """What the phone shows."""
    contacts: dict[str, str] = field(
        default_factory=lambda: {"5544988888888": "Maria Example"}, repr=False
    )
    """Name by phone."""
    groups: dict[str, str] = field(
        default_factory=lambda: {"120363000000000001-group": "Example house"},
        repr=False,
    )
    absent: set[str] = field(default_factory=set, repr=False)
    """Phones without WhatsApp."""
    left: set[str] = field(default_factory=set, repr=False)
    """Groups that the number has left: sends there fail."""
    code: str = field(default="", repr=False)
    """The live pairing code or QR text."""
    code_ends: float = 0.0
    """When that code dies, seconds since the epoch."""
    resumes: State = State.UNPAIRED
    """The state to return to when an expired plan is renewed."""

    @property
    def up(self) -> bool:
        """Whether messages flow: a phone without internet does not stop a linked device."""
        return self.state in {State.CONNECTED, State.PHONE_OFFLINE}

    @property
    def hears_messages(self) -> bool:
        """Whether a URL for received messages is set, without which nothing is edited or forwarded (section 6.2)."""
        return any(self.webhooks[hook.field] for hook in HOOKS[:2])

    def names(self) -> dict[str, str]:
        """Give the name of everybody who has a chat or could have one, by phone: contacts, groups, then strangers."""
        named = self.contacts | self.groups
        keys = {key_of(phone) for phone in named}
        strangers = (
            chat.phone for chat in self.chats if key_of(chat.phone) not in keys
        )
        return named | {phone: phone for phone in strangers}

    def unqueue(self, *zaap_ids: str) -> None:
        """Take messages from the queue, so that they are never sent."""
        for zaap_id in zaap_ids:
            outgoing = self.queue.pop(zaap_id, None)
            message = outgoing and self.chats.find(outgoing.phone, outgoing.message_id)
            if message:
                message.progress = Progress.REMOVED

    def status(self, *, up: bool | None = None) -> dict[str, Any]:
        """Give the answer of `GET status` (section 3.1); `up=False` hides a connection."""
        if self.up and up is not False:
            return {
                "connected": True,
                "error": "You are already connected.",
                "smartphoneConnected": self.state is State.CONNECTED,
            }
        if self.state is State.LOST_SESSION:
            return {
                "connected": False,
                "smartphoneConnected": True,
                "error": "You need to restore the session.",
            }
        return {
            "connected": False,
            "session": False,
            "smartphoneConnected": False,
            "error": "You are not connected.",
        }

    def write_webhooks(self, urls: dict[str, str], now: float) -> None:
        """Take URLs from a request, and note what was there before."""
        for name, url in urls.items():
            writes = self.overwritten.setdefault(name, [])
            writes.append((now, self.webhooks[name]))
            del writes[:-HISTORY]
            self.webhooks[name] = url

    def write_filters(self, filters: dict[str, list[str]]) -> None:
        """Set `messageFilters`, `callbackTypeFilters` or both; each name blocks (section 4.3)."""
        for key, names in filters.items():
            store = self.hidden if key in self.hidden else self.settings
            store[key] = list(names)

    def webhooks_at(self, moment: float) -> dict[str, str]:
        """Give the URLs as they were at a moment, in seconds since the epoch."""
        later = {
            name: next(url for at, url in writes if at > moment)
            for name, writes in self.overwritten.items()
            if writes and writes[-1][0] > moment
        }
        return {**self.webhooks, **later}

    def me(self, moment: float) -> dict[str, Any]:
        """Give the answer of `GET me` (section 3.2), the token included.

        Args:
            moment: of which the webhooks are shown, in seconds since the epoch.
        """
        return {
            "id": self.instance_id,
            "token": self.token,
            "name": self.name,
            "due": self.due,
            "connected": self.up,
            "paymentStatus": self.payment_status,
            "created": self.created,
            **self.webhooks_at(moment),
            "initialDataCallbackUrl": "",
            **self.settings,
        }

    def device(self) -> dict[str, Any]:
        """Give the answer of `GET device` while a phone is connected (section 3)."""
        return {
            "phone": self.phone,
            "imgUrl": self.profile["imgUrl"],
            "about": self.profile["about"],
            "name": self.profile["name"],
            "device": {"sessionName": "Z-API", "device_model": "Z-API"},
            "originalDevice": "smba" if self.is_business else "android",
            "sessionId": 118,
            "isBusiness": self.is_business,
        }
