"""Whatever a received message holds: a message comes of it, or our own refusal."""

import re
from typing import Any

from hypothesis import HealthCheck, example, given, settings, strategies as st
import orjson
import pytest

from custom_components.zapi.api import (
    ReceivedCallback,
    ZapiCallbackError,
    parse_callback,
)
from tests.common import PHONE

from .bodies import (
    CONTENTS,
    ENVELOPE,
    IN_GROUP,
    MESSAGE_ID,
    NOTICE,
    QUOTED_ID,
    places,
    put,
)

# They stand in no repr, wherever they come from.
SECRET = "Geheimnis"
SECRET_ID = "999988887777666@lid"
NOTICES = ("REVOKE", "CALL_VIDEO", "GROUP_CREATE", "WA_OLD_REGISTRATION", "NEW", "")
# Names of the gateway, which anybody may read.
NAMED_IN_REPR = {
    *("type", "instanceId", "messageId", "editMessageId", "referenceMessageId"),
    *("pollMessageId", "notification", "mimeType"),
}

ODD: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.sampled_from(
        [
            "",
            "\0",
            "true",
            "-1",
            "x" * 70_000,
            "9" * 5000,
            "\u202e\n",
            "@" * 99,
            "٣" * 14,
        ]
    )
    | st.sampled_from([[], {}, [[]], [None], {"a": None}, [{"name": 5}]])
)
PRIVATE = (
    st.just(SECRET)
    | st.just(SECRET_ID)
    | st.just(SECRET_ID.removesuffix("@lid"))
    | st.just([SECRET])
    | st.just(f"FN:{SECRET}\nTEL:{PHONE}")
)


def marked(value: object, key: object = None) -> object:
    """Return a body with a secret in each text that is not the gateway's own."""
    if isinstance(value, dict):
        return {name: marked(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [marked(item) for item in value]
    if not isinstance(value, str) or key in NAMED_IN_REPR or value[:4].isdigit():
        return value
    return f"{value}{SECRET}"


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the body of a message in which some things are odd, secret or absent."""
    body: dict[str, Any] = ENVELOPE | draw(st.sampled_from([{}, IN_GROUP]))
    for key in draw(st.lists(st.sampled_from(sorted(CONTENTS)), max_size=2)):
        body[key] = CONTENTS[key]
    if draw(st.booleans()):
        flags = ("isEdit", "waitingMessage", "fromMe", "isGroup", "broadcast")
        body |= dict.fromkeys(draw(st.sets(st.sampled_from(flags))), True)
    if draw(st.integers(0, 3)) == 0:
        body |= NOTICE | {"notification": draw(st.sampled_from(NOTICES))}
    body = orjson.loads(orjson.dumps(marked(body)))
    ways = [path for path in places(body) if path[0] not in {"type", "instanceId"}]
    # The deepest first: what is put there takes no other place away.
    drawn = draw(st.lists(st.sampled_from(ways), max_size=6, unique=True))
    for path in sorted(drawn, key=len, reverse=True):
        is_named = path[-1] in NAMED_IN_REPR or not isinstance(path[-1], str)
        put(body, path, draw(ODD if is_named else ODD | PRIVATE))
    for key in draw(st.sets(st.sampled_from(sorted(body)), max_size=4)):
        if key not in {"type", "instanceId"}:
            del body[key]
    return body


@pytest.mark.timeout(120)
@settings(
    max_examples=1000,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(body=bodies())
@example(body=ENVELOPE | {"text": {"message": SECRET}, "chatName": SECRET})
def test_any_message_is_read_or_refused_and_betrays_nobody(
    body: dict[str, Any],
) -> None:
    refusal = ""
    try:
        news = parse_callback(orjson.dumps(body))
    except ZapiCallbackError as err:
        refusal = str(err)
    if refusal:
        assert refusal == "the body names no chat"
        return
    assert isinstance(news, ReceivedCallback)
    said = repr(news).replace(MESSAGE_ID, "").replace(QUOTED_ID, "")
    assert SECRET not in said
    assert not re.search(r"5544[0-9]|9999888877", said)
    assert hash(news.message) == hash(news.message)
