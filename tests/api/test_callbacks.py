"""Callbacks: from whatever was posted to a typed value or a narrow refusal."""

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st
import orjson
import pytest

from custom_components.zapi.api import (
    Callback,
    Chat,
    ChatKind,
    ConnectedCallback,
    DeliveryCallback,
    DisconnectedCallback,
    MessageStatus,
    MessageStatusCallback,
    ReceivedCallback,
    ZapiCallbackError,
    ZapiCallbackJSONError,
    parse_callback,
)
from custom_components.zapi.api.errors import ZapiError
from tests.common import INSTANCE_ID, PHONE

FIXTURES = Path(__file__).parent.parent / "fixtures"
SAMPLES = (
    "connected.json",
    "disconnected.json",
    "received.json",
    "delivery.json",
    "message_status.json",
)
CAUSE = "Device has been disconnected"
OTHER = Chat("5544988888888", ChatKind.PERSON)
MESSAGE_ID = "3EB000000000000000AA"
ZAAP_ID = "BBBB0000000000000000000000000001"


def sample(name: str) -> bytes:
    """Return a body as the gateway posts it."""
    return (FIXTURES / name).read_bytes()


def connected(**changes: Any) -> bytes:
    """Return a body that tells of a connect, with changes."""
    return orjson.dumps(orjson.loads(sample("connected.json")) | changes)


def disconnected(**changes: Any) -> bytes:
    """Return a body that tells of a disconnect, with changes."""
    return orjson.dumps(orjson.loads(sample("disconnected.json")) | changes)


def received(**changes: Any) -> bytes:
    """Return a body that tells of a message that came in, with changes."""
    return orjson.dumps(orjson.loads(sample("received.json")) | changes)


def delivery(**changes: Any) -> bytes:
    """Return a body that tells of a message that WhatsApp took, with changes."""
    return orjson.dumps(orjson.loads(sample("delivery.json")) | changes)


def status(**changes: Any) -> bytes:
    """Return a body that tells of two messages that were read, with changes."""
    return orjson.dumps(orjson.loads(sample("message_status.json")) | changes)


def with_moment(moment: str) -> bytes:
    """Return a body with this JSON as its moment."""
    return connected(momment="HERE").replace(b'"HERE"', moment.encode())


def test_a_connect_is_read() -> None:
    assert parse_callback(sample("connected.json")) == ConnectedCallback(
        instance_id=INSTANCE_ID, moment=1790000007.0, phone=PHONE
    )


def test_a_disconnect_is_read() -> None:
    assert parse_callback(sample("disconnected.json")) == DisconnectedCallback(
        instance_id=INSTANCE_ID, moment=1790000008.0, error=CAUSE
    )


def test_another_type_is_a_plain_callback() -> None:
    for kind in ("PresenceChatCallback", "Nonsense"):
        news = parse_callback(received(type=kind))
        assert news == Callback(instance_id=INSTANCE_ID, moment=1790000009.0)
        assert type(news) is Callback


def test_a_message_is_read() -> None:
    news = parse_callback(sample("received.json"))
    assert isinstance(news, ReceivedCallback)
    assert (news.instance_id, news.moment) == (INSTANCE_ID, 1790000009.0)
    assert news.message.text == "A text"


def test_a_delivery_is_read() -> None:
    assert parse_callback(sample("delivery.json")) == DeliveryCallback(
        instance_id=INSTANCE_ID,
        moment=1790000004.341,
        chat=OTHER,
        message_id=MESSAGE_ID,
        zaap_id=ZAAP_ID,
        error=None,
        is_shadow_ban=False,
    )


def test_a_status_is_read() -> None:
    assert parse_callback(sample("message_status.json")) == MessageStatusCallback(
        instance_id=INSTANCE_ID,
        moment=1790000005.0,
        status=MessageStatus.READ,
        message_ids=(MESSAGE_ID, "3EB000000000000000AB"),
        chat=OTHER,
        participant=None,
    )


def test_the_official_sample_of_a_connect_is_not_json() -> None:
    with pytest.raises(ZapiCallbackJSONError, match="the body is not a JSON object"):
        parse_callback(sample("connected_official_sample.txt"))


def test_nothing_that_identifies_is_in_repr() -> None:
    for name in SAMPLES:
        said = repr(parse_callback(sample(name)))
        assert INSTANCE_ID not in said
        assert PHONE not in said
        assert OTHER.id not in said
    assert CAUSE not in repr(parse_callback(delivery(error=CAUSE)))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("CONNECTEDCALLBACK", ConnectedCallback),
        ("connectedCallBack", ConnectedCallback),
        ("disconnectedcallback", DisconnectedCallback),
        ("DisconnectedCallBack", DisconnectedCallback),
        ("ReceivedCallBack", ReceivedCallback),
        ("deliveryCallBack", DeliveryCallback),
        ("MESSAGESTATUSCALLBACK", MessageStatusCallback),
        ("StatusInstanceCallback", Callback),
        ("connected", Callback),
        ("💥", Callback),
    ],
)
def test_the_case_of_the_type_does_not_matter(
    kind: str, expected: type[Callback]
) -> None:
    body = orjson.dumps({"type": kind, "instanceId": INSTANCE_ID, "phone": PHONE})
    assert type(parse_callback(body)) is expected


def test_the_instance_is_in_upper_case() -> None:
    assert (
        parse_callback(connected(instanceId=INSTANCE_ID.lower())).instance_id
        == INSTANCE_ID
    )


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("1790000007", 1790000007.0),
        ("1790000007000", 1790000007.0),
        ("1790000007123", 1790000007.123),
        ("1790000007.5", 1790000007.5),
        ('"1790000007"', 1790000007.0),
        ('"1790000007123"', 1790000007.123),
        ("1577836800", 1577836800.0),
        ("1577836800000", 1577836800.0),
        ("1577836799", None),
        ("1577836799999", None),
        ("26151515154", None),
        ('"26151515154"', None),
        ("0", None),
        ("-1", None),
        ("-1790000007000", None),
        ('"-1790000007"', None),
        ("10000000000000", None),
        ("1e300", None),
        ("123456789012345678901234567890", None),
        ('"%s"' % ("9" * 10_000), None),
        ('"1790000007.5"', None),
        ('"2026-09-21T14:13:27Z"', None),
        ('""', None),
        ('" 1790000007"', None),
        ("true", None),
        ("null", None),
        ("[]", None),
        ("[1790000007]", None),
        ("{}", None),
    ],
)
def test_a_moment_is_seconds_or_milliseconds_since_2020_or_unknown(
    moment: str, expected: float | None
) -> None:
    assert parse_callback(with_moment(moment)).moment == expected


def test_a_moment_may_be_missing() -> None:
    body = orjson.dumps({"type": "ConnectedCallback", "instanceId": INSTANCE_ID})
    assert parse_callback(body) == ConnectedCallback(INSTANCE_ID, None, None)


@pytest.mark.parametrize(
    "moment", ["NaN", "Infinity", "-Infinity", "1e999", "01", "1."]
)
def test_a_moment_that_is_no_json_number_is_refused(moment: str) -> None:
    with pytest.raises(ZapiCallbackJSONError):
        parse_callback(with_moment(moment))


TRUE = [True, "true", "True", 1, "1"]
FALSE = [False, "false", "FALSE", 0, "0"]


@pytest.mark.parametrize("value", [*TRUE, None])
def test_a_connect_may_repeat_that_it_is_one(value: object) -> None:
    assert isinstance(parse_callback(connected(connected=value)), ConnectedCallback)


@pytest.mark.parametrize("value", FALSE)
def test_a_connect_that_says_connected_false_is_a_disconnect(value: object) -> None:
    assert parse_callback(
        connected(connected=value, error=CAUSE)
    ) == DisconnectedCallback(INSTANCE_ID, 1790000007.0, CAUSE)


@pytest.mark.parametrize("value", [*TRUE, None])
def test_a_disconnect_may_repeat_that_it_is_one(value: object) -> None:
    assert isinstance(
        parse_callback(disconnected(disconnected=value)), DisconnectedCallback
    )


@pytest.mark.parametrize("value", FALSE)
def test_a_disconnect_that_says_disconnected_false_is_refused(value: object) -> None:
    with pytest.raises(ZapiCallbackError, match="the body says disconnected: false"):
        parse_callback(disconnected(disconnected=value))


@pytest.mark.parametrize("value", [2, "", "maybe", [], {}, 1.5])
def test_a_flag_that_is_no_boolean_is_refused(value: object) -> None:
    with pytest.raises(ZapiCallbackError, match="connected is not a boolean"):
        parse_callback(connected(connected=value))
    with pytest.raises(ZapiCallbackError, match="disconnected is not a boolean"):
        parse_callback(disconnected(disconnected=value))


@pytest.mark.parametrize("value", ["", None, "lid@lid", 5.5, True, [], {"a": 1}])
def test_a_connect_without_a_usable_phone_is_a_connect(value: object) -> None:
    news = parse_callback(connected(phone=value))
    assert isinstance(news, ConnectedCallback)
    assert news.phone is None


def test_a_phone_may_be_a_number() -> None:
    news = parse_callback(connected(phone=int(PHONE)))
    assert isinstance(news, ConnectedCallback)
    assert news.phone == PHONE


@pytest.mark.parametrize("value", ["", None, 5, True, [], {"a": 1}])
def test_a_disconnect_without_a_usable_cause_is_a_disconnect(value: object) -> None:
    news = parse_callback(disconnected(error=value))
    assert isinstance(news, DisconnectedCallback)
    assert news.error is None


def test_a_message_in_no_chat_is_refused_and_names_the_instance() -> None:
    with pytest.raises(ZapiCallbackError, match="the body names no chat") as caught:
        parse_callback(received(phone=None, chatLid=None))
    assert caught.value.instance_id == INSTANCE_ID


@pytest.mark.parametrize(
    ("failure", "error", "is_shadow_ban"),
    [
        ({}, None, False),
        ({"error": None, "errorCode": None}, None, False),
        ({"error": ""}, None, False),
        (
            {"error": "Phone number does not exist"},
            "Phone number does not exist",
            False,
        ),
        ({"error": "Rejected", "errorCode": "SHADOW_BAN"}, "Rejected", True),
        ({"errorCode": "shadow_ban"}, "shadow_ban", True),
        ({"error": "Rejected", "errorCode": "OTHER"}, "Rejected", False),
        ({"error": "Rejected", "errorCode": 5}, "Rejected", False),
        ({"error": "a\nb" + "c" * 300}, "a b" + "c" * 252, False),
        ({"error": {"message": "Rejected"}}, "unknown", False),
        ({"error": True}, "unknown", False),
        ({"error": "\n"}, "unknown", False),
    ],
)
def test_a_failed_delivery_has_a_cause(
    failure: dict[str, Any], error: str | None, is_shadow_ban: bool
) -> None:
    news = parse_callback(delivery(**failure))
    assert isinstance(news, DeliveryCallback)
    assert (news.error, news.is_shadow_ban) == (error, is_shadow_ban)


@pytest.mark.parametrize("value", [None, "", 5, True, [], {}, "x" * 129])
def test_a_delivery_without_usable_ids_is_a_delivery(value: object) -> None:
    news = parse_callback(
        delivery(messageId=value, zaapId=value, phone=value, momment=value)
    )
    assert news == DeliveryCallback(INSTANCE_ID, None, None, None, None, None, False)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("SENT", MessageStatus.SENT),
        ("RECEIVED", MessageStatus.RECEIVED),
        ("READ", MessageStatus.READ),
        ("read", MessageStatus.READ),
        ("PLAYED", MessageStatus.PLAYED),
        ("MESSAGE_SENT", MessageStatus.SENT),
        ("MESSAGE_READ", MessageStatus.READ),
        ("READ_BY_ME", None),
        ("READ-SELF", None),
        ("MESSAGE_READ-SELF", None),
        ("PENDING", None),
        ("MESSAGE_", None),
        ("NEW", None),
        ("", None),
        (None, None),
        (5, None),
        (["READ"], None),
        ({}, None),
    ],
)
def test_a_status_is_one_of_the_ladder_or_none(
    written: object, expected: MessageStatus | None
) -> None:
    news = parse_callback(status(status=written))
    assert isinstance(news, MessageStatusCallback)
    assert news.status is expected


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ([MESSAGE_ID], (MESSAGE_ID,)),
        ([None, 5, "", MESSAGE_ID, [], "x" * 129], (MESSAGE_ID,)),
        ([], ()),
        (None, ()),
        (MESSAGE_ID, ()),
        ({}, ()),
    ],
)
def test_a_status_is_about_messages_that_have_ids(
    ids: object, expected: tuple[str, ...]
) -> None:
    news = parse_callback(status(ids=ids))
    assert isinstance(news, MessageStatusCallback)
    assert news.message_ids == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (OTHER.id, OTHER),
        ("111122223333444@lid", Chat("111122223333444@lid", ChatKind.PERSON)),
        ("111122223333444", Chat("111122223333444@lid", ChatKind.PERSON)),
        (None, None),
        ("x", None),
        ([], None),
    ],
)
def test_a_status_in_a_group_names_the_member(
    written: object, expected: Chat | None
) -> None:
    group = "120363000000000001-group"
    news = parse_callback(status(phone=group, isGroup=True, participant=written))
    assert isinstance(news, MessageStatusCallback)
    assert (news.chat, news.participant) == (Chat(group, ChatKind.GROUP), expected)


@pytest.mark.parametrize("value", ["", None, 5, True, ["ConnectedCallback"], {}])
@pytest.mark.parametrize("key", ["type", "instanceId"])
def test_a_body_without_type_or_instance_is_refused(key: str, value: object) -> None:
    with pytest.raises(ZapiCallbackError, match=f"the body has no {key}"):
        parse_callback(connected(**{key: value}))


@pytest.mark.parametrize(
    "signs",
    [
        *({"disconnected": value} for value in TRUE),
        *({"connected": value} for value in FALSE),
        {"connected": False, "disconnected": True},
        {"type": "", "disconnected": True},
        {"type": None, "connected": False},
    ],
)
def test_a_body_that_says_down_needs_no_type(signs: dict[str, Any]) -> None:
    body = orjson.dumps({"instanceId": INSTANCE_ID, "error": CAUSE} | signs)
    assert parse_callback(body) == DisconnectedCallback(INSTANCE_ID, None, CAUSE)


@pytest.mark.parametrize(
    "signs",
    [
        *({"disconnected": value} for value in FALSE),
        *({"connected": value} for value in TRUE),
        {"connected": True, "disconnected": False},
    ],
)
def test_a_body_that_does_not_say_down_needs_a_type(signs: dict[str, Any]) -> None:
    body = orjson.dumps({"instanceId": INSTANCE_ID, "phone": PHONE} | signs)
    with pytest.raises(ZapiCallbackError, match="the body has no type"):
        parse_callback(body)


def test_the_last_of_two_equal_keys_counts() -> None:
    body = b'{"type":"a","instanceId":"B","type":"DisconnectedCallback"}'
    assert parse_callback(body) == DisconnectedCallback("B", None, None)


def test_fields_that_nobody_knows_are_ignored() -> None:
    known = parse_callback(sample("connected.json"))
    assert parse_callback(connected(new={"deep": [[[{}]]]}, huge=2**64 - 1)) == known


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"null",
        b"true",
        b"5",
        b'"ConnectedCallback"',
        b"[]",
        b'[{"type": "ConnectedCallback"}]',
        b"{",
        b"{}{}",
        b"{'type': 'ConnectedCallback'}",
        b'{"type": "ConnectedCallback",}',
        b"type=ConnectedCallback",
        b"\xff\xfe\x00",
        b'{"type": "\xff"}',
        b'{"type": "\\ud800"}',
        b"\xef\xbb\xbf{}",
        b"\x00",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"type": ' + b"9" * 100_000,
    ],
    ids=range(21),
)
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(ZapiCallbackJSONError) as caught:
        parse_callback(body)
    assert str(caught.value) == "the body is not a JSON object"
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_a_refused_callback_is_not_a_failure_of_the_gateway() -> None:
    assert not issubclass(ZapiCallbackError, ZapiError)


TEXTS_OF_REFUSALS = {
    "the body is not a JSON object",
    "the body has no type",
    "the body has no instanceId",
    "the body says disconnected: false",
    "connected is not a boolean",
    "disconnected is not a boolean",
    "the body names no chat",
}
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text()
    | st.sampled_from(["true", "false", "1790000007", 1790000007, 1790000007000])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=5,
)
KINDS = st.sampled_from(
    [
        "ConnectedCallback",
        "DISCONNECTEDCALLBACK",
        "ReceivedCallback",
        "DeliveryCallback",
        "MessageStatusCallback",
        "Another",
    ]
)
OBJECTS = st.fixed_dictionaries(
    {},
    optional={
        "type": KINDS | VALUES,
        "instanceId": st.just(INSTANCE_ID) | VALUES,
        "connected": st.booleans() | VALUES,
        "disconnected": st.booleans() | VALUES,
        "phone": VALUES,
        "momment": VALUES,
        "error": VALUES,
        "errorCode": VALUES,
        "status": VALUES,
        "ids": VALUES,
        "participant": VALUES,
        "extra": VALUES,
    },
).map(orjson.dumps)


def mutated(parts: tuple[bytes, bytes, int]) -> bytes:
    """Return a body with other bytes written over a part of it."""
    body, patch, at = parts
    at %= len(body)
    return body[:at] + patch + body[at + len(patch) :]


BODIES = (
    st.binary()
    | OBJECTS
    | VALUES.map(orjson.dumps)
    | st.tuples(
        st.sampled_from([sample(name) for name in SAMPLES]),
        st.binary(min_size=1, max_size=4),
        st.integers(0, 1000),
    ).map(mutated)
)


@settings(
    max_examples=2000,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(body=BODIES)
def test_any_body_is_a_callback_or_refused_in_our_own_words(body: bytes) -> None:
    refusal = ""
    try:
        news = parse_callback(body)
    except ZapiCallbackError as err:
        refusal = str(err)
    assert refusal in TEXTS_OF_REFUSALS or isinstance(news, Callback)
