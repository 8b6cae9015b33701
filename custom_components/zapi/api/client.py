"""The gateway's REST API: one method an endpoint.

https://developer.z-api.io/en/
"""

from base64 import b64decode
from collections.abc import Iterable
from http import HTTPMethod, HTTPStatus
from urllib.parse import quote

from aiohttp import ClientSession

from .errors import ZapiConnectionError, ZapiPasskeyError, ZapiUnusableAnswerError
from .models import CallbackType, Device, Instance, Setting, Status
from .transport import Transport
from .values import count, text, words

DEFAULT_API_URL = "https://api.z-api.io"

_PNG_PREFIX = "data:image/png;base64,"
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


class ZapiClient:
    """One instance at the gateway, reached with the account's Client-Token.

    Each method raises a ``ZapiError``: see ``errors``. For what is repeated and what
    is not, see ``Transport``.
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
        """Ask for the state of the session (``GET /status``).

        https://developer.z-api.io/en/instance/status
        """
        return Status.from_json(await self._transport.request(HTTPMethod.GET, "status"))

    async def me(self) -> Instance:
        """Ask for the instance's settings, webhooks among them (``GET /me``).

        https://developer.z-api.io/en/instance/me

        Raises:
            ZapiConnectionError: also for an object that is no instance.
        """
        instance = Instance.from_json(
            await self._transport.request(HTTPMethod.GET, "me")
        )
        if instance.id is None:
            # An object without it would read as an instance without webhooks.
            raise ZapiConnectionError("the answer to /me has no id")
        return instance

    async def device(self) -> Device:
        """Ask for the linked phone (``GET /device``); fails while there is none.

        https://developer.z-api.io/en/instance/device
        """
        return Device.from_json(await self._transport.request(HTTPMethod.GET, "device"))

    async def set_webhook(self, kind: CallbackType, url: str) -> None:
        """Set where callbacks of a kind go (``PUT /update-webhook-*``).

        An answer without error is no proof: read ``me`` back.

        https://developer.z-api.io/en/webhooks/introduction

        Args:
            kind: the kind of callback.
            url: an https URL; empty clears.
        """
        await self._transport.request(HTTPMethod.PUT, kind.path, {"value": url})

    async def set_filters(
        self, callbacks: Iterable[str], messages: Iterable[str] | None
    ) -> None:
        """Set what the gateway holds back (``PUT /update-filters``).

        https://developer.z-api.io/en/webhooks/introduction

        Args:
            callbacks: names of kinds of callback, ``FILTER_CONNECTED_CALLBACK``.
            messages: names of kinds of message; None, where they are not known,
                leaves them out of the request, so that they stay what they are.
        """
        payload = {"callbackTypeFilters": list(callbacks)}
        if messages is not None:
            payload["messageFilters"] = list(messages)
        await self._transport.request(HTTPMethod.PUT, "update-filters", payload)

    async def set_setting(self, setting: Setting, value: bool | str) -> None:
        """Change a setting of the instance (``PUT /update-*``).

        An answer without error is no proof: read ``me`` back.

        https://developer.z-api.io/en/instance/introduction
        """
        await self._transport.request(HTTPMethod.PUT, setting.path, {"value": value})

    async def restart(self) -> None:
        """Restart the instance (``GET /restart``); a ConnectedCallback follows.

        The link with the phone stays.

        https://developer.z-api.io/en/instance/restart
        """
        await self._transport.request(HTTPMethod.GET, "restart")

    async def restore_session(self) -> None:
        """Try to revive a lost login (``GET /restore-session``).

        Gone from the newer pages: be ready for ``ZapiNotFoundError``.

        https://developer.z-api.io/en/instance/restore-session
        """
        await self._transport.request(HTTPMethod.GET, "restore-session")

    async def disconnect(self) -> None:
        """Log the number out (``GET /disconnect``); it must be paired again.

        https://developer.z-api.io/en/instance/disconnect
        """
        await self._transport.request(HTTPMethod.GET, "disconnect")

    async def qr_image(self) -> bytes | None:
        """Ask for a QR code to scan (``GET /qr-code/image``); it lives 20 seconds.

        https://developer.z-api.io/en/instance/qrcode

        Returns:
            A PNG image, or None where the number is connected already.

        Raises:
            ZapiPasskeyError: WhatsApp demands a passkey and refuses codes.
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
        """Ask for a code to type on the phone (``GET /phone-code/{phone}``).

        https://developer.z-api.io/en/instance/qrcode

        Args:
            phone: digits with the country code.

        Returns:
            The code, or None where the number is connected already.

        Raises:
            ZapiPasskeyError: WhatsApp demands a passkey and refuses codes.
        """
        return words(await self._pairing_value(f"phone-code/{quote(phone, safe='')}"))

    async def extension_token(self) -> str:
        """Ask for what the gateway's browser extension takes (``GET /extension-token``).

        It is valid for five minutes.

        https://developer.z-api.io/en/instance/qrcode
        """
        body = await self._transport.request(HTTPMethod.GET, "extension-token")
        if (token := words(body.get("token"))) is None:
            raise ZapiUnusableAnswerError("Z-API sent no token")
        return token

    async def queue_count(self) -> int:
        """Ask how many messages wait to go out (``GET /queue/count``).

        https://developer.z-api.io/en/queue/introduction
        """
        response = await self._transport.fetch(HTTPMethod.GET, "queue/count")
        if (found := count(response.body)) is None or response.status != HTTPStatus.OK:
            body = self._transport.checked_body(response)
            found = count(body.get("count", body.get("value")))
        if found is None:
            raise ZapiUnusableAnswerError("Z-API sent no count")
        return found

    async def _pairing_value(self, path: str) -> str | None:
        """Return what pairs, None where nothing is left to pair."""
        body = await self._transport.request(HTTPMethod.GET, path)
        if body.get("connected") is True:
            return None
        if (value := text(body.get("value"))) is not None:
            return value
        if "challenge" in body:
            raise ZapiPasskeyError("WhatsApp asks for a passkey")
        raise ZapiUnusableAnswerError("Z-API sent no code")
