"""The switches that make the gateway misbehave (docs/gateway.md, section 7.3)."""

from collections.abc import Mapping
from dataclasses import Field, asdict, dataclass, fields
from fnmatch import fnmatchcase
from itertools import groupby
from typing import Annotated, Any, get_type_hints

from .delivery import ERRORS

type Names = frozenset[str]

NONE: Names = frozenset()
ALL: Names = frozenset({"*"})
SENDS: Names = frozenset({"send-*", "forward-message", "pin-message", "reply-*"})
"""Every route that sends a message."""

# Under which heading the page shows a switch.
_REFUSED = "Answers: refused, and nothing done"
_SPOILT = "Answers: spoilt after the work"
_SHAPES = "Answers: speed and shape"
_SETTINGS = "Settings and webhooks"
_POSTS = "Callbacks: whether and when"
_BODIES = "Callbacks: what they say"
_SENDING = "Sending"
_PAIRING = "Pairing and media"


def hit(names: Names, name: str) -> bool:
    """Tell whether a switch speaks of this name; `*` in the switch stands for any characters."""
    return bool(names) and any(fnmatchcase(name, pattern) for pattern in names)


@dataclass(slots=True, kw_only=True)
class Faults:
    """All switches, off by default but for `https_strict`; each says where it belongs, what it does, and which values it has.

    A switch on *answers* is a set of routes, as they stand after the token in the URL: `frozenset({"me"})`,
    `frozenset({"update-webhook-*", "send-*"})`, `SENDS` or `ALL`. A switch on *callbacks* is a flag, or a set of callback
    types or field names of the same form. Times are seconds. Change the fields at any moment: each request and callback
    looks anew.
    """

    expired_plan: Annotated[
        Names, _REFUSED, "400: the plan has lapsed, subscribe again."
    ] = NONE
    wrong_client_token: Annotated[
        Names, _REFUSED, "403: the Client-Token is not allowed, and echoed."
    ] = NONE
    missing_client_token: Annotated[
        Names, _REFUSED, "400: the Client-Token is not configured."
    ] = NONE
    missing_client_token_old: Annotated[
        Names,
        _REFUSED,
        "403: `Client-Token null not allowed`, the text until August 2025.",
    ] = NONE
    ip_blocked: Annotated[
        Names, _REFUSED, "403: the address in `blocked_ip` is not allowed."
    ] = NONE
    instance_not_found: Annotated[
        Names,
        _REFUSED,
        "`Instance not found`, as for a wrong id or token, with `instance_not_found_status`.",
    ] = NONE
    not_found_200: Annotated[
        Names,
        _REFUSED,
        "`NOT_FOUND`, as if the route did not exist, with `unknown_route_status`.",
    ] = NONE
    http_405: Annotated[Names, _REFUSED, "405 without a body, as for a wrong verb."] = (
        NONE
    )
    http_415: Annotated[
        Names, _REFUSED, "415 without a body, as for a wrong Content-Type."
    ] = NONE
    http_429: Annotated[Names, _REFUSED, "429 with `Retry-After: 30`."] = NONE
    http_5xx: Annotated[Names, _REFUSED, "502 with a page of HTML."] = NONE
    value_false: Annotated[Names, _REFUSED, '200 with `{"value": false}`.'] = NONE
    success_false: Annotated[
        Names, _REFUSED, '200 with `{"success": false, "message": …}`.'
    ] = NONE
    reset_before: Annotated[
        Names, _REFUSED, "The connection is cut before the request is read."
    ] = NONE
    reset_after: Annotated[
        Names, _SPOILT, "The request is read and done, then the connection is cut."
    ] = NONE
    html_answer: Annotated[Names, _SPOILT, "The usual status with a page of HTML."] = (
        NONE
    )
    truncated_json: Annotated[Names, _SPOILT, "The first half of the JSON alone."] = (
        NONE
    )
    empty_body: Annotated[Names, _SPOILT, "The usual status without a body."] = NONE
    slow_answers: Annotated[
        Names, _SPOILT, "The headers come after `slow_seconds`."
    ] = NONE
    stalled_body: Annotated[
        Names, _SPOILT, "The headers come at once, the body after `slow_seconds`."
    ] = NONE
    string_booleans: Annotated[Names, _SPOILT, "Booleans and numbers come as text."] = (
        NONE
    )
    slow_seconds: Annotated[
        float, _SHAPES, "Seconds for `slow_answers` and `stalled_body`."
    ] = 30.0
    latency: Annotated[float, _SHAPES, "Seconds before each answer of each route."] = (
        0.0
    )
    blocked_ip: Annotated[str, _SHAPES, "The address that `ip_blocked` names."] = (
        "203.0.113.7"
    )
    instance_not_found_status: Annotated[
        int, _SHAPES, "HTTP status of `Instance not found`, 400 or 404."
    ] = 404
    unknown_route_status: Annotated[
        int, _SHAPES, "HTTP status of `NOT_FOUND`, 200 or 404."
    ] = 200
    phone_exists_object: Annotated[
        bool, _SHAPES, "`phone-exists` answers a bare object instead of a list of one."
    ] = False
    queue_count_shape: Annotated[
        str,
        _SHAPES,
        "`queue/count` answers an object with `count` or `value`, or a bare number.",
        ("count", "value", "number"),
    ] = "count"
    put_true_not_applied: Annotated[
        Names,
        _SETTINGS,
        "A setter answers true and changes nothing, or only after `applied_after` seconds.",
    ] = NONE
    applied_after: Annotated[
        float,
        _SETTINGS,
        "Seconds until `put_true_not_applied` changes it after all; 0 is never.",
    ] = 0.0
    me_lags: Annotated[
        float,
        _SETTINGS,
        "`me` shows of each webhook what it was so many seconds ago, but for what the panel has set since.",
    ] = 0.0
    second_receive_url_stale: Annotated[
        bool,
        _SETTINGS,
        "`receivedAndDeliveryCallbackUrl` keeps what it holds, though its setter answers true.",
    ] = False
    foreign_url: Annotated[
        str, _SETTINGS, "Somebody else writes this URL over each webhook that is set."
    ] = ""
    foreign_after: Annotated[
        float, _SETTINGS, "Seconds until `foreign_url` is written."
    ] = 0.0
    https_strict: Annotated[
        bool, _SETTINGS, "Webhook URLs other than https are refused with 400."
    ] = True
    lose_callbacks: Annotated[
        Names, _POSTS, "Callbacks of these types are never posted."
    ] = NONE
    lose_share: Annotated[
        float, _POSTS, "The share of all other callbacks that is never posted, 0 to 1."
    ] = 0.0
    late_callbacks: Annotated[
        float,
        _POSTS,
        "Seconds between the event, which keeps its `momment`, and its first post.",
    ] = 0.0
    duplicate_callbacks: Annotated[
        int, _POSTS, "So many further posts of the same body."
    ] = 0
    duplicate_after: Annotated[
        float,
        _POSTS,
        "Seconds between the posts of `duplicate_callbacks`; 0 is at once.",
    ] = 0.0
    redeliver_callbacks: Annotated[
        int,
        _POSTS,
        "So many further posts of each ReceivedCallback, alike but for a newer `momment`; up to nine were seen.",
    ] = 0
    redeliver_after: Annotated[
        float,
        _POSTS,
        "Seconds between the posts of `redeliver_callbacks`; 0 is at once.",
    ] = 0.0
    callback_retries: Annotated[
        int, _POSTS, "So many posts after a 4xx, a 5xx or no answer."
    ] = 0
    retry_gap: Annotated[
        float,
        _POSTS,
        "Seconds before the first of the `callback_retries`; each gap is twice the last.",
    ] = 1.0
    reorder_callbacks: Annotated[
        bool,
        _POSTS,
        "READ before RECEIVED before DeliveryCallback; the echo before the answer to the send.",
    ] = False
    disconnect_event: Annotated[
        bool, _POSTS, "`GET disconnect` posts a DisconnectedCallback."
    ] = False
    waiting_then_content: Annotated[
        bool, _POSTS, "A waiting message first, then the content under the same id."
    ] = False
    no_token_header: Annotated[
        bool, _BODIES, "The header `z-api-token` is left out."
    ] = False
    bad_token_header: Annotated[
        bool, _BODIES, "The header `z-api-token` holds a wrong token."
    ] = False
    renamed_token_header: Annotated[
        str, _BODIES, "The name of the header instead of `z-api-token`."
    ] = ""
    colliding_ids: Annotated[
        bool,
        _BODIES,
        "What somebody writes comes under an id that another chat has used.",
    ] = False
    lid_flip: Annotated[
        bool,
        _BODIES,
        "The same person as number, as private id and without the ninth digit, in turns.",
    ] = False
    momment_seconds: Annotated[bool, _BODIES, "`momment` is in seconds."] = False
    momment_nonsense: Annotated[
        bool, _BODIES, "`momment` is the nonsense of the vendor's sample."
    ] = False
    momment_string: Annotated[bool, _BODIES, "`momment` is text."] = False
    unknown_type: Annotated[bool, _BODIES, "`type` is one that nobody knows."] = False
    missing_fields: Annotated[
        Names, _BODIES, "These fields are left out, at the top level, of answers too."
    ] = NONE
    null_fields: Annotated[
        Names, _BODIES, "These fields are null, at the top level, in answers too."
    ] = NONE
    extra_fields: Annotated[
        bool, _BODIES, "A field that nobody knows is added, to answers too."
    ] = False
    disconnected_but_queued: Annotated[
        bool,
        _SENDING,
        "`status` says down, and nothing leaves the queue until `Gateway.wake` is called after switching it off; the page does so.",
    ] = False
    refuse_when_down: Annotated[
        bool,
        _SENDING,
        "Sends are refused while no phone is connected, instead of queued.",
    ] = False
    queue_full: Annotated[
        bool, _SENDING, "Sends are refused because the queue is full."
    ] = False
    refused_phones: Annotated[
        Names, _SENDING, "Sends to these numbers and groups are refused at once."
    ] = NONE
    delivery_error: Annotated[
        str,
        _SENDING,
        "What is sent fails later with this text, in a DeliveryCallback; `SHADOW_BAN` stands for its own text.",
        ("SHADOW_BAN", *(text for texts in ERRORS.values() for text in texts)),
    ] = ""
    buttons_refused: Annotated[
        bool,
        _SENDING,
        "Buttons, lists and carousels fail later, as while their terms are not accepted in the panel.",
    ] = False
    qr_connected: Annotated[
        bool, _PAIRING, "The QR routes say connected, whatever the state."
    ] = False
    qr_no_prefix: Annotated[
        bool, _PAIRING, "The picture comes without `data:image/png;base64,`."
    ] = False
    qr_challenge: Annotated[
        bool,
        _PAIRING,
        "A `challenge` comes instead of a picture, as phones with a passkey make it.",
    ] = False
    qr_expired: Annotated[bool, _PAIRING, "Each code is dead on arrival."] = False
    media_gone: Annotated[
        str,
        _PAIRING,
        "Links to media answer 404, a page of HTML, or 64 MiB.",
        ("404", "html", "oversized"),
    ] = ""

    def update(self, values: Mapping[str, Any]) -> None:
        """Set switches from JSON; for a set also `true` (everything) and `false` (nothing).

        Raises:
            ValueError: a name that does not exist, or a value of the wrong kind; nothing is changed then.
        """
        known = {switch.name for switch in fields(self)}
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
        for switch in fields(self):
            setattr(self, switch.name, switch.default)

    @classmethod
    def described(cls) -> list[dict[str, Any]]:
        """Give the groups of switches, each with `title` and `switches`; of a switch `name`, `says`, `default`, `choices`."""
        notes = {
            name: hint.__metadata__
            for name, hint in get_type_hints(cls, include_extras=True).items()
        }
        return [
            {
                "title": title,
                "switches": [_described(one, *notes[one.name][1:]) for one in group],
            }
            for title, group in groupby(fields(cls), lambda one: notes[one.name][0])
        ]

    def as_dict(self) -> dict[str, Any]:
        """Give the switches as JSON values, sets as sorted lists."""
        return {name: _as_json(value) for name, value in asdict(self).items()}


def _as_json(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else value


def _described(
    switch: Field[Any], says: str, choices: tuple[str, ...] = ()
) -> dict[str, Any]:
    return {
        "name": switch.name,
        "says": says,
        "default": _as_json(switch.default),
        "choices": choices,
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
