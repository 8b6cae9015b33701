"""Client for the gateway's REST API: one method for each endpoint.

https://developer.z-api.io/en/

What the vendor does not document is in ``docs/gateway.md``.
"""

from base64 import b64decode
from collections.abc import Iterable, Sequence
from http import HTTPMethod, HTTPStatus
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import ClientSession

from .chats import Chat
from .content import Content, Sent
from .directory import ChatPage, NumberCheck, number_checks
from .errors import ZapiConnectionError, ZapiPasskeyError, ZapiUnusableAnswerError
from .models import CallbackType, Device, Instance, Setting, Status
from .transport import Payload, RawResponse, Transport, deadline_seconds
from .values import count, text, words

DEFAULT_API_URL = "https://api.z-api.io"

_PNG_PREFIX = "data:image/png;base64,"
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


class ZapiClient:
    """Client for one instance.

    Each method makes one request and raises a ``ZapiError`` (see ``errors``) when it
    fails; see ``Transport`` for time-outs and for what is repeated.
    """

    def __init__(
        self,
        session: ClientSession,
        instance_id: str,
        token: str,
        client_token: str,
        api_url: str = DEFAULT_API_URL,
    ) -> None:
        """Initialize the client; no request is made.

        Raises:
            ValueError: ``api_url`` would carry the secrets unencrypted.
        """
        self._transport = Transport(session, instance_id, token, client_token, api_url)

    async def status(self) -> Status:
        """Return the state of the session (``GET /status``).

        https://developer.z-api.io/en/instance/status
        """
        return Status.from_json(await self._transport.request(HTTPMethod.GET, "status"))

    async def me(self) -> Instance:
        """Return the instance's settings, webhooks among them (``GET /me``).

        https://developer.z-api.io/en/instance/me

        Raises:
            ZapiConnectionError: also for an object without an instance id.
        """
        instance = Instance.from_json(
            await self._transport.request(HTTPMethod.GET, "me")
        )
        if instance.id is None:
            # An object without it would read as an instance without webhooks.
            raise ZapiConnectionError("the answer to /me has no id")
        return instance

    async def device(self) -> Device:
        """Return the linked phone (``GET /device``); fails while there is none.

        https://developer.z-api.io/en/instance/device
        """
        return Device.from_json(await self._transport.request(HTTPMethod.GET, "device"))

    async def set_webhook(self, kind: CallbackType, url: str) -> None:
        """Set where callbacks of a kind go (``PUT /update-webhook-*``).

        Success does not prove that it took effect: read ``me`` back
        (``docs/gateway.md``, 4.2).

        https://developer.z-api.io/en/webhooks/introduction

        Args:
            kind: the kind of callback.
            url: an https URL; empty clears.
        """
        await self._transport.request(HTTPMethod.PUT, kind.path, {"value": url})

    async def set_sent_by_me(self, is_on: bool) -> None:
        """Set whether ReceivedCallbacks tell of what the instance itself sends.

        ``PUT /update-notify-sent-by-me``. Success does not prove that it took effect:
        read ``me`` back.

        https://developer.z-api.io/en/webhooks/update-notify-sent-by-me
        """
        await self._transport.request(
            HTTPMethod.PUT, "update-notify-sent-by-me", {"notifySentByMe": is_on}
        )

    async def set_filters(
        self, callbacks: Iterable[str], messages: Iterable[str] | None
    ) -> None:
        """Set what the gateway does not deliver (``PUT /update-filters``).

        https://developer.z-api.io/en/webhooks/introduction

        Args:
            callbacks: names of kinds of callback, ``FILTER_CONNECTED_CALLBACK``.
            messages: names of kinds of message; None, if those of now are not known,
                leaves them out of the request, so that they stay as they are.
        """
        payload = {"callbackTypeFilters": list(callbacks)}
        if messages is not None:
            payload["messageFilters"] = list(messages)
        await self._transport.request(HTTPMethod.PUT, "update-filters", payload)

    async def set_setting(self, setting: Setting, value: bool | str) -> None:
        """Change a setting of the instance (``PUT /update-*``).

        Success does not prove that it took effect: read ``me`` back, which does not
        show every setting (``docs/gateway.md``, 3.2).

        https://developer.z-api.io/en/instance/introduction

        Args:
            setting: the setting.
            value: a boolean; a text for ``CALL_REJECT_MESSAGE``.
        """
        await self._transport.request(HTTPMethod.PUT, setting.path, {"value": value})

    async def restart(self) -> None:
        """Restart the instance (``GET /restart``); a ConnectedCallback follows.

        The phone stays linked.

        https://developer.z-api.io/en/instance/restart
        """
        await self._transport.request(HTTPMethod.GET, "restart")

    async def restore_session(self) -> None:
        """Try to restore a lost session (``GET /restore-session``).

        The newer pages do not mention it: expect ``ZapiNotFoundError``.

        https://developer.z-api.io/en/instance/restore-session
        """
        await self._transport.request(HTTPMethod.GET, "restore-session")

    async def disconnect(self) -> None:
        """Log the number out (``GET /disconnect``); it must be paired again.

        https://developer.z-api.io/en/instance/disconnect
        """
        await self._transport.request(HTTPMethod.GET, "disconnect")

    async def qr_image(self) -> bytes | None:
        """Return a QR code to scan (``GET /qr-code/image``), valid for 20 seconds.

        https://developer.z-api.io/en/instance/qrcode

        Returns:
            A PNG image, or None if the number is connected already.

        Raises:
            ZapiPasskeyError: WhatsApp requires a passkey and refuses codes.
            ZapiUnusableAnswerError: the answer has no such code.
        """
        value = await self._pairing_value("qr-code/image")
        if value is None:
            return None
        try:
            image = b64decode(value.removeprefix(_PNG_PREFIX), validate=True)
        except ValueError:
            image = b""
        if not image.startswith(_PNG_SIGNATURE):
            raise ZapiUnusableAnswerError("Z-API sent no picture")
        return image

    async def phone_code(self, phone: str) -> str | None:
        """Return a code to type on the phone (``GET /phone-code/{phone}``).

        https://developer.z-api.io/en/instance/qrcode

        Args:
            phone: digits with the country code.

        Returns:
            The code, or None if the number is connected already.

        Raises:
            ZapiPasskeyError: WhatsApp requires a passkey and refuses codes.
            ZapiUnusableAnswerError: the answer has no such code.
        """
        return words(await self._pairing_value(f"phone-code/{quote(phone, safe='')}"))

    async def extension_token(self) -> str:
        """Return a token for the browser extension (``GET /extension-token``).

        It is valid for five minutes.

        https://developer.z-api.io/en/instance/qrcode

        Raises:
            ZapiUnusableAnswerError: the answer has no token.
        """
        body = await self._transport.request(HTTPMethod.GET, "extension-token")
        if (token := words(body.get("token"))) is None:
            raise ZapiUnusableAnswerError("Z-API sent no token")
        return token

    async def send(
        self,
        chat: Chat,
        content: Content,
        body: BytesIO | None = None,
        timeout_seconds: float | None = None,
    ) -> Sent:
        """Send something to a chat; it is never sent again by itself.

        Args:
            chat: where it goes.
            content: what goes there, checked.
            body: what ``encode`` made of it in an executor, where it holds a file.
            timeout_seconds: how long it may take, if not as long as its size needs.

        Raises:
            ZapiUnreachableError: nothing was sent.
            ZapiConnectionError: whether it was sent is unknown.
        """
        payload: Payload = content.body(chat) if body is None else body
        size = body.getbuffer().nbytes if body else 0
        query = urlencode(content.query(chat))
        answer = await self._transport.request(
            content.method,
            f"{content.path}?{query}" if query else content.path,
            payload or None,
            timeout_seconds or deadline_seconds(size),
        )
        return Sent.from_json(answer)

    async def chats(self, page: int, page_size: int = 50) -> ChatPage:
        """Return a page of the chats, the first is 1 (``GET /chats``).

        https://developer.z-api.io/en/chats/get-chats

        Raises:
            ZapiUnusableAnswerError: the answer is no list.
        """
        return await self._chat_page("chats", page, page_size)

    async def groups(self, page: int, page_size: int = 50) -> ChatPage:
        """Return a page of the groups, the first is 1 (``GET /groups``).

        https://developer.z-api.io/en/group/get-groups

        Raises:
            ZapiUnusableAnswerError: the answer is no list.
        """
        return await self._chat_page("groups", page, page_size)

    async def contacts(self, page: int, page_size: int = 50) -> ChatPage:
        """Return a page of the contacts, the first is 1 (``GET /contacts``).

        The members of shared groups are among them.

        https://developer.z-api.io/en/contacts/get-contacts

        Raises:
            ZapiUnusableAnswerError: the answer is no list.
        """
        return await self._chat_page("contacts", page, page_size)

    async def check_numbers(self, numbers: Sequence[Chat]) -> tuple[NumberCheck, ...]:
        """Return what WhatsApp knows of numbers (``POST /phone-exists-batch``).

        https://developer.z-api.io/en/contacts/get-iswhatsapp-batch
        """
        response = await self._transport.fetch(
            HTTPMethod.POST,
            "phone-exists-batch",
            {"phones": [number.id for number in numbers]},
        )
        # An empty answer means unknown, never no.
        answer = [] if response.is_empty else self._list_or_object(response)
        return number_checks(answer, numbers)

    async def clear_queue(self) -> None:
        """Delete all messages that wait to be sent (``DELETE /queue``).

        https://developer.z-api.io/en/queue/introduction
        """
        response = await self._transport.fetch(HTTPMethod.DELETE, "queue")
        # The body of a success is not documented: docs/gateway.md, 3.4.
        if isinstance(response.body, dict) or response.status // 100 != 2:
            self._transport.checked_body(response)

    async def queue_count(self) -> int:
        """Return how many messages wait to be sent (``GET /queue/count``).

        The answer's shape is not documented: ``docs/gateway.md``, 3.4.

        https://developer.z-api.io/en/queue/introduction

        Raises:
            ZapiUnusableAnswerError: the answer has no count.
        """
        response = await self._transport.fetch(HTTPMethod.GET, "queue/count")
        if (found := count(response.body)) is None or response.status != HTTPStatus.OK:
            body = self._transport.checked_body(response)
            found = count(body.get("count", body.get("value")))
        if found is None:
            raise ZapiUnusableAnswerError("Z-API sent no count")
        return found

    async def _chat_page(self, path: str, page: int, page_size: int) -> ChatPage:
        response = await self._transport.fetch(
            HTTPMethod.GET, f"{path}?page={page}&pageSize={page_size}"
        )
        answer = self._list_or_object(response)
        if not isinstance(answer, list):
            raise ZapiUnusableAnswerError("Z-API sent no list")
        return ChatPage.from_json(answer)

    def _list_or_object(self, response: RawResponse) -> Any:
        """Return the body of a good answer, which may be a list."""
        if response.status == HTTPStatus.OK and isinstance(response.body, list):
            return response.body
        return self._transport.checked_body(response)

    async def _pairing_value(self, path: str) -> str | None:
        """Return the code of an answer, None if the number is connected already."""
        body = await self._transport.request(HTTPMethod.GET, path)
        if body.get("connected") is True:
            return None
        if (value := text(body.get("value"))) is not None:
            return value
        if "challenge" in body:
            raise ZapiPasskeyError("WhatsApp asks for a passkey")
        raise ZapiUnusableAnswerError("Z-API sent no code")
