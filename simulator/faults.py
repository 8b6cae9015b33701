"""The switches that make the gateway misbehave (docs/gateway.md, section 7.3)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from typing import Any

type Names = frozenset[str]

NONE: Names = frozenset()
ALL: Names = frozenset({"*"})
SENDS: Names = frozenset({"send-*", "forward-message", "pin-message", "reply-*"})
"""Every route that sends a message."""


def hit(names: Names, name: str) -> bool:
    """Tell whether a switch speaks of this name; `*` in the switch stands for any characters."""
    return bool(names) and any(fnmatchcase(name, pattern) for pattern in names)


@dataclass(slots=True, kw_only=True)
class Faults:
    """All switches, off by default but for `https_strict`.

    A switch on *answers* is a set of routes, as they stand after the token in the URL: `frozenset({"me"})`,
    `frozenset({"update-webhook-*", "send-*"})`, or `ALL`. A switch on *callbacks* is a flag, or a set of callback types or
    field names of the same form. Times are seconds. Change the fields at any moment: each request and callback looks anew.
    """

    # Answers: refused before anything is done.
    expired_plan: Names = NONE
    """400, the unpaid text."""
    wrong_client_token: Names = NONE
    """403, with the Client-Token echoed."""
    missing_client_token: Names = NONE
    """400, the text of today."""
    missing_client_token_old: Names = NONE
    """403, the text until August 2025."""
    ip_blocked: Names = NONE
    """403, `[203.0.113.7] not allowed`, or whatever `blocked_ip` says."""
    instance_not_found: Names = NONE
    """`instance_not_found_status`, as for a wrong id or token."""
    not_found_200: Names = NONE
    """`unknown_route_status`, `NOT_FOUND`, as if the route did not exist."""
    http_405: Names = NONE
    http_415: Names = NONE
    http_429: Names = NONE
    """429 with `Retry-After: 30`."""
    http_5xx: Names = NONE
    """502 with a page of HTML."""
    value_false: Names = NONE
    """200, `{"value": false}`, nothing done."""
    success_false: Names = NONE
    """200, `{"success": false, "message": ...}`, nothing done."""
    reset_before: Names = NONE
    """The connection is cut and nothing done."""

    # Answers: spoilt after the work was done.
    reset_after: Names = NONE
    html_answer: Names = NONE
    """The usual status with a page of HTML."""
    truncated_json: Names = NONE
    empty_body: Names = NONE
    slow_answers: Names = NONE
    """The headers come after `slow_seconds`."""
    stalled_body: Names = NONE
    """The headers come at once, the body after `slow_seconds`."""
    string_booleans: Names = NONE
    """Booleans and numbers as text."""
    slow_seconds: float = 30.0
    latency: float = 0.0
    """A delay before each answer of each route."""
    blocked_ip: str = "203.0.113.7"
    instance_not_found_status: int = 404
    unknown_route_status: int = 200
    phone_exists_object: bool = False
    """A bare object instead of a list of one."""
    queue_count_shape: str = "count"
    """`count` or `value`: an object with that key; `number`: a bare number."""

    # Settings.
    put_true_not_applied: Names = NONE
    """A setter answers true and changes nothing, or only `applied_after` seconds later (0 = never)."""
    applied_after: float = 0.0
    me_lags: float = 0.0
    """`me` shows of each webhook what it was so many seconds ago, but for what the panel has set since."""
    second_receive_url_stale: bool = False
    """`receivedAndDeliveryCallbackUrl` keeps what it holds."""
    foreign_url: str = ""
    """Somebody else writes this URL over each webhook set, `foreign_after` seconds later."""
    foreign_after: float = 0.0
    https_strict: bool = True
    """Webhook URLs other than https are refused with 400."""

    # Callbacks: whether, when and how often.
    lose_callbacks: Names = NONE
    """Types never posted."""
    lose_share: float = 0.0
    """Share of all other callbacks never posted, 0 to 1."""
    late_callbacks: float = 0.0
    """Seconds between the event, which keeps its `momment`, and its first post."""
    duplicate_callbacks: int = 0
    """Further posts of the same body, `duplicate_after` seconds apart (0 = at once)."""
    duplicate_after: float = 0.0
    callback_retries: int = 0
    """Posts after a 4xx, 5xx or no answer, the first `retry_gap` seconds later, each gap twice the last."""
    retry_gap: float = 1.0
    reorder_callbacks: bool = False
    """READ before RECEIVED before DeliveryCallback; the echo before the answer to the send."""
    disconnect_event: bool = False
    """`GET disconnect` posts a DisconnectedCallback."""
    waiting_then_content: bool = False
    """A waiting message first, then the content under the same id."""

    # Callbacks: what they say.
    no_token_header: bool = False
    bad_token_header: bool = False
    renamed_token_header: str = ""
    """The name of the header instead of `z-api-token`."""
    lid_flip: bool = False
    """The same person as number, as LID and without the ninth digit, in turns."""
    momment_seconds: bool = False
    momment_nonsense: bool = False
    momment_string: bool = False
    unknown_type: bool = False
    missing_fields: Names = NONE
    """Top-level fields left out, in callbacks and answers alike; as are the next two."""
    null_fields: Names = NONE
    extra_fields: bool = False

    # Sending.
    disconnected_but_queued: bool = False
    """`status` says down and nothing leaves the queue; call `Gateway.wake` after switching it off."""
    refuse_when_down: bool = False
    queue_full: bool = False
    delivery_error: str = ""
    """Sends fail with this text; `SHADOW_BAN` brings its own text and `errorCode`. All texts: `delivery.ERRORS`."""
    buttons_refused: bool = False
    """Buttons, lists and carousels fail, as while their terms are not accepted in the panel."""

    # Pairing.
    qr_connected: bool = False
    """The QR routes say connected, whatever the state."""
    qr_no_prefix: bool = False
    qr_challenge: bool = False
    qr_expired: bool = False
    """Each QR is dead on arrival."""

    media_gone: str = ""
    """Media links answer `404`, `html` or `oversized` (64 MiB)."""

    def update(self, values: Mapping[str, Any]) -> None:
        """Set switches from JSON; for a set also `true` (everything) and `false` (nothing).

        Raises:
            ValueError: a name that does not exist, or a value of the wrong kind; nothing is changed then.
        """
        known = {field.name for field in fields(self)}
        if unknown := set(values) - known:
            raise ValueError(f"No such switch: {', '.join(sorted(unknown))}")
        converted = {
            name: _like(getattr(self, name), value, name)
            for name, value in values.items()
        }
        for name, value in converted.items():
            setattr(self, name, value)

    def clear(self) -> None:
        """Put every switch back to its default."""
        for field in fields(self):
            setattr(self, field.name, field.default)

    def as_dict(self) -> dict[str, Any]:
        """Give the switches as JSON values, sets as sorted lists."""
        return {
            name: sorted(value) if isinstance(value, frozenset) else value
            for name, value in asdict(self).items()
        }


def _like(current: object, value: object, name: str) -> object:
    if isinstance(current, frozenset):
        if isinstance(value, bool) or value is None:
            return ALL if value else NONE
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return frozenset(value)
    elif isinstance(current, bool) or isinstance(value, bool):
        if isinstance(current, bool) and isinstance(value, bool):
            return value
    elif isinstance(current, float) and isinstance(value, int | float):
        return float(value)
    elif isinstance(value, type(current)):
        return value
    raise ValueError(f"Wrong kind of value for {name}")
