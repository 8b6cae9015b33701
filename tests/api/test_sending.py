"""What the client sends, lists and empties, and what it makes of each answer."""

from io import BytesIO
from unittest.mock import patch

from aiohttp import ClientTimeout
import pytest

from custom_components.zapi.api import (
    Chat,
    Delete,
    Sent,
    Text,
    ZapiClient,
    ZapiConnectionError,
    ZapiError,
    ZapiInstanceNotFoundError,
    ZapiNotFoundError,
    ZapiRequestError,
    ZapiUnusableAnswerError,
)
from tests.failures import failure_of
from tests.odd_server import Oddity

MARIA = Chat.parse("5544988888888")


@pytest.mark.parametrize(
    ("answer", "status", "sent"),
    [
        (b'{"messageId":"3EB0","zaapId":"B1"}', 200, Sent("3EB0", "B1")),
        (b"", 204, Sent(None, None)),
        (b"", 201, Sent(None, None)),
        (b"{}", 204, Sent(None, None)),
    ],
)
async def test_a_send_is_good_with_the_answer_that_its_status_promises(
    odd_client: ZapiClient, oddity: Oddity, answer: bytes, status: int, sent: Sent
) -> None:
    oddity.says_bytes(answer, status)

    assert await odd_client.send(MARIA, Text("Oi")) == sent


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        (b"", 200, ZapiConnectionError),
        (b"<html>", 200, ZapiConnectionError),
        (b"[]", 200, ZapiConnectionError),
        (b"", 302, ZapiConnectionError),
        (b'{"error":"Phone not exists"}', 400, ZapiRequestError),
        (b'{"value":false}', 200, ZapiRequestError),
        (b"", 502, ZapiConnectionError),
    ],
)
async def test_a_send_with_another_answer_is_no_success(
    odd_client: ZapiClient,
    oddity: Oddity,
    answer: bytes,
    status: int,
    error: type[ZapiError],
) -> None:
    oddity.says_bytes(answer, status)

    assert type(await failure_of(odd_client.send(MARIA, Text("Oi")))) is error
    assert len(oddity.requests) == 1


async def test_a_deletion_is_a_query_without_a_body(
    odd_client: ZapiClient, oddity: Oddity
) -> None:
    oddity.says_bytes(b"", 204)

    await odd_client.send(Chat.parse("120363000000000001-group"), Delete("3E&B=0"))

    [request] = oddity.requests
    assert request.method == "DELETE"
    assert request.path.endswith("/messages")
    assert dict(request.query) == {
        "messageId": "3E&B=0",
        "phone": "120363000000000001-group",
        "owner": "true",
    }
    assert request.content_length in {None, 0}


@pytest.mark.parametrize(
    ("size", "seconds"),
    [(0, 30), (256 * 1024, 31), (16 * 1024**2, 94), (64 * 1024**2, 180)],
)
async def test_a_send_may_take_as_long_as_its_size_needs(
    odd_client: ZapiClient, oddity: Oddity, size: int, seconds: float
) -> None:
    oddity.says({"messageId": "3EB0"})

    with patch(
        "custom_components.zapi.api.transport.ClientTimeout", wraps=ClientTimeout
    ) as timeout:
        await odd_client.send(MARIA, Text("Oi"), BytesIO(bytes(size)))

    assert timeout.call_args.kwargs["total"] == pytest.approx(seconds)


@pytest.mark.parametrize("kind", ["chats", "groups", "contacts"])
async def test_a_list_is_read_page_by_page(
    odd_client: ZapiClient, oddity: Oddity, kind: str
) -> None:
    oddity.says([{"phone": "5544988888888", "name": "Maria"}, {"phone": "?"}])

    page = await getattr(odd_client, kind)(2, 10)

    assert [listed.name for listed in page.chats] == ["Maria"]
    assert page.size == 2
    [request] = oddity.requests
    assert request.path.endswith(f"/{kind}")
    assert dict(request.query) == {"page": "2", "pageSize": "10"}


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        ({}, 200, ZapiUnusableAnswerError),
        ({"error": "Instance not found"}, 400, ZapiInstanceNotFoundError),
        ([], 502, ZapiConnectionError),
        (None, 200, ZapiConnectionError),
    ],
)
async def test_a_list_that_is_none_is_an_error_and_not_empty(
    odd_client: ZapiClient,
    oddity: Oddity,
    answer: object,
    status: int,
    error: type[ZapiError],
) -> None:
    oddity.says(answer, status)

    assert type(await failure_of(odd_client.chats(1))) is error


async def test_numbers_are_checked_in_one_request(
    odd_client: ZapiClient, oddity: Oddity
) -> None:
    oddity.says([])

    checks = await odd_client.check_numbers([MARIA])

    assert [check.exists for check in checks] == [None]
    [request] = oddity.requests
    assert (request.method, request.path.rpartition("/")[2]) == (
        "POST",
        "phone-exists-batch",
    )


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        (b"", 200, None),
        (b"deleted", 200, None),
        (b'{"value":true}', 200, None),
        (b"", 204, None),
        (b'{"value":false}', 200, ZapiRequestError),
        (b'{"error":"NOT_FOUND"}', 200, ZapiNotFoundError),
        (b"", 302, ZapiConnectionError),
        (b"", 500, ZapiConnectionError),
    ],
)
async def test_the_queue_is_empty_unless_the_gateway_says_otherwise(
    odd_client: ZapiClient,
    oddity: Oddity,
    answer: bytes,
    status: int,
    error: type[ZapiError] | None,
) -> None:
    oddity.says_bytes(answer, status)

    if error is None:
        await odd_client.clear_queue()
    else:
        assert type(await failure_of(odd_client.clear_queue())) is error
