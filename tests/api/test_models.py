"""The gateway's answers as values: what is read, and what is taken for unknown."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from custom_components.zapi.api import (
    CallbackType,
    Device,
    DisconnectedCallback,
    Instance,
    Setting,
    Status,
    parse_callback,
)
from simulator.instance import HOOKS

NOT_TEXTS: list[Any] = [None, "", 5, True, [], {}, ["a"]]


@pytest.mark.parametrize(
    ("value", "boolean"),
    [
        (True, True),
        (False, False),
        ("true", True),
        ("false", False),
        ("", None),
        ("yes", None),
        ("True", True),
        (" FALSE ", False),
        (1, True),
        (0, False),
        ("1", True),
        ("0", False),
        (2, None),
        (-1, None),
        ("10", None),
        (1.5, None),
        (None, None),
        ([], None),
        ({}, None),
    ],
)
def test_a_boolean_may_be_text_or_a_digit_and_anything_else_is_unknown(
    value: object, boolean: bool | None
) -> None:
    status = Status.from_json({"connected": value, "smartphoneConnected": value})
    assert status.connected is boolean
    assert status.smartphone_connected is boolean


def test_an_empty_answer_says_nothing() -> None:
    assert Status.from_json({}) == Status(None, None, None)
    assert Device.from_json({}) == Device(None, None, None)
    assert Instance.from_json({}) == Instance(
        id=None,
        name=None,
        due=None,
        payment_status=None,
        webhooks=dict.fromkeys(CallbackType, ""),
        callback_filters=(),
        message_filters=None,
        connected=None,
        settings={},
    )


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("Casa", "Casa"),
        (" Casa\n", "Casa"),
        (" ", None),
        ("📱", "📱"),
        ("x" * 500, "x" * 255),
    ],
    ids=range(5),
)
def test_a_name_has_no_white_space_around_it(value: str, name: str | None) -> None:
    assert Instance.from_json({"name": value}).name == name


@pytest.mark.parametrize(
    ("value", "found"),
    [(True, True), ("false", False), (None, None), ("", None), (1, True), ([], None)],
)
@pytest.mark.parametrize(
    "setting",
    [Setting.AUTO_READ_MESSAGE, Setting.AUTO_READ_STATUS, Setting.CALL_REJECT_AUTO],
)
def test_a_setting_is_a_boolean_or_unknown(
    setting: Setting, value: object, found: bool | None
) -> None:
    assert Instance.from_json({setting: value}).settings.get(setting) is found


@pytest.mark.parametrize(
    ("value", "found"),
    [("No calls", "No calls"), ("", ""), (None, None), (True, None), (7, None)],
)
def test_the_call_rejection_message_may_be_empty(
    value: object, found: str | None
) -> None:
    settings = Instance.from_json({"callRejectMessage": value}).settings
    assert settings.get(Setting.CALL_REJECT_MESSAGE) == found


@pytest.mark.parametrize(
    ("setting", "path"),
    [
        (Setting.AUTO_READ_MESSAGE, "update-auto-read-message"),
        (Setting.AUTO_READ_STATUS, "update-auto-read-status"),
        (Setting.CALL_REJECT_AUTO, "update-call-reject-auto"),
        (Setting.CALL_REJECT_MESSAGE, "update-call-reject-message"),
    ],
)
def test_a_setting_is_changed_where_the_gateway_documents(
    setting: Setting, path: str
) -> None:
    assert setting.path == path


@pytest.mark.parametrize("value", NOT_TEXTS)
def test_what_is_no_text_is_not_there(value: object) -> None:
    fields = ("id", "name", "paymentStatus", "connectedCallbackUrl")
    instance = Instance.from_json(dict.fromkeys(fields, value))
    assert instance == Instance.from_json({})
    assert Device.from_json({"originalDevice": value}).model is None
    assert Status.from_json({"error": value}).error is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Down.\r\nSee\x07\x1b[1m the\u2028panel\u202e\x85", "Down. See [1m the panel"),
        ("👩\u200d👩\u200d👧 é", "👩\u200d👩\u200d👧 é"),
        ("é" * 900_000, "é" * 255),
        ("\x00" * 900_000, None),
        ("\n", None),
    ],
    ids=["control", "joined", "long", "long control", "blank"],
)
def test_what_is_only_shown_is_one_line_of_255_characters(
    value: str, shown: str | None
) -> None:
    assert Status.from_json({"error": value}).error == shown
    assert Device.from_json({"originalDevice": value}).model == shown
    instance = Instance.from_json({"name": value, "paymentStatus": value})
    assert (instance.name, instance.payment_status) == (shown, shown)
    body = {"type": "DisconnectedCallback", "instanceId": "A", "error": value}
    callback = parse_callback(orjson.dumps(body))
    assert isinstance(callback, DisconnectedCallback)
    assert callback.error == shown


def test_an_instance_id_is_in_upper_case() -> None:
    assert Instance.from_json({"id": "abc0"}).id == "ABC0"


@pytest.mark.parametrize(
    ("value", "due"),
    [
        (1_800_000_000, datetime(2027, 1, 15, 8, tzinfo=UTC)),
        (1_800_000_000_000, datetime(2027, 1, 15, 8, tzinfo=UTC)),
        (1_800_000_000.0, datetime(2027, 1, 15, 8, tzinfo=UTC)),
        ("1800000000", datetime(2027, 1, 15, 8, tzinfo=UTC)),
        ("1800000000000", datetime(2027, 1, 15, 8, tzinfo=UTC)),
        (0, None),
        (-1_800_000_000, None),
        (26151515154, None),
        (10**15, None),
        (1e300, None),
        (float("nan"), None),
        (float("inf"), None),
        (True, None),
        ("2027-01-15", None),
        ("-1800000000", None),
        ("9" * 5000, None),
        ("", None),
        (None, None),
        ([1_800_000_000], None),
    ],
)
def test_a_time_is_seconds_or_milliseconds_or_unknown(
    value: object, due: datetime | None
) -> None:
    assert Instance.from_json({"due": value}).due == due


@pytest.mark.parametrize(
    ("value", "phone"),
    [
        ("5544999999999", "5544999999999"),
        (5544999999999, "5544999999999"),
        ("1234", None),
        ("1" * 21, None),
        (10**20, None),
        (0, None),
        (-5544999999999, None),
        (5544999999999.0, None),
        (True, None),
        ("+5544999999999", None),
        ("5544999999999\n", None),
        ("٥٥٤٤٩٩٩٩٩٩٩٩٩", None),
        ("111122223333444@lid", None),
        ("120363000000000001-group", None),
        ("", None),
        (None, None),
    ],
)
def test_a_phone_is_digits_or_unknown(value: object, phone: str | None) -> None:
    assert Device.from_json({"phone": value}).phone == phone


@pytest.mark.parametrize(
    ("value", "filters"),
    [
        (["FILTER_CONNECTED_CALLBACK"], ("FILTER_CONNECTED_CALLBACK",)),
        (["a", 5, None, "b"], ("a", "b")),
        ([], ()),
    ],
)
def test_filters_are_the_texts_of_a_list(
    value: object, filters: tuple[str, ...]
) -> None:
    instance = Instance.from_json(
        {"callbackTypeFilters": value, "messageFilters": value}
    )
    assert instance.callback_filters == filters
    assert instance.message_filters == filters


@pytest.mark.parametrize("value", ["FILTER_CONNECTED_CALLBACK", {"a": "b"}, None, 5])
def test_what_is_no_list_filters_no_callback_and_leaves_messages_unknown(
    value: object,
) -> None:
    fields = ("callbackTypeFilters", "messageFilters")
    instance = Instance.from_json(dict.fromkeys(fields, value))
    assert instance.callback_filters == ()
    assert instance.message_filters is None


@pytest.mark.parametrize(
    ("kind", "path", "field", "name"),
    [
        (
            CallbackType.CONNECTED,
            "update-webhook-connected",
            "connectedCallbackUrl",
            "FILTER_CONNECTED_CALLBACK",
        ),
        (
            CallbackType.DISCONNECTED,
            "update-webhook-disconnected",
            "disconnectedCallbackUrl",
            "FILTER_DISCONNECTED_CALLBACK",
        ),
        (
            CallbackType.RECEIVED,
            "update-webhook-received",
            "receivedCallbackUrl",
            "FILTER_RECEIVED_CALLBACK",
        ),
        (
            CallbackType.RECEIVED_DELIVERY,
            "update-webhook-received-delivery",
            "receivedAndDeliveryCallbackUrl",
            "FILTER_RECEIVED_CALLBACK",
        ),
        (
            CallbackType.DELIVERY,
            "update-webhook-delivery",
            "deliveryCallbackUrl",
            "FILTER_DELIVERY_CALLBACK",
        ),
        (
            CallbackType.MESSAGE_STATUS,
            "update-webhook-message-status",
            "messageStatusCallbackUrl",
            "FILTER_MESSAGE_STATUS_CALLBACK",
        ),
        (
            CallbackType.CHAT_PRESENCE,
            "update-webhook-chat-presence",
            "presenceChatCallbackUrl",
            "FILTER_PRESENCE_CHAT_CALLBACK",
        ),
    ],
)
def test_a_webhook_has_the_names_that_the_gateway_documents(
    kind: CallbackType, path: str, field: str, name: str
) -> None:
    assert (kind.path, kind.field, kind.filter) == (path, field, name)


def test_the_webhooks_are_those_of_the_simulator() -> None:
    ours = {(kind.path, kind.field, kind.callback) for kind in CallbackType}
    assert ours == set(HOOKS)


def test_a_webhook_is_stored_by_the_last_words_of_its_path() -> None:
    assert [str(kind) for kind in CallbackType] == [
        "received",
        "received-delivery",
        "delivery",
        "message-status",
        "connected",
        "disconnected",
        "chat-presence",
    ]


@pytest.mark.parametrize(
    ("value", "found"), [(True, True), ("false", False), (None, None), ([], None)]
)
def test_whether_own_messages_are_told_may_be_unknown(
    value: object, found: bool | None
) -> None:
    instance = Instance.from_json({"receiveCallbackSentByMe": value})
    assert instance.sent_by_me is found
