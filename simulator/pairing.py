"""Routes that show the instance and pair it (docs/gateway.md, section 3)."""

from math import inf

import segno

from .endpoint import DONE, Answer, Call, Handler, RefusalError, Routes
from .instance import State

PREFIX = "data:image/png;base64,"


async def status(call: Call) -> Answer:
    """`GET status`, section 3.1."""
    return Answer(call.instance.status(up=call.gateway.is_sending(call.instance)))


async def me(call: Call) -> Answer:
    """`GET me`, section 3.2."""
    lag = call.gateway.faults.me_lags
    return Answer(call.instance.me(call.gateway.clock() - lag if lag else inf))


async def device(call: Call) -> Answer:
    """`GET device`; an error while down."""
    call.need_phone()
    return Answer(call.instance.device())


async def qr_code(call: Call) -> Answer:
    """`GET qr-code` and `GET qr-code/image`: a new picture each time, the last one is dead then (section 3.3)."""
    gateway, faults = call.gateway, call.gateway.faults
    if call.instance.up or faults.qr_connected:
        return Answer({"connected": True, "error": "You are already connected."})
    if faults.qr_challenge:
        return Answer({"challenge": gateway.hex(64)})
    text = f"2@{gateway.hex(64)},{gateway.hex(44)},{gateway.hex(44)}"
    gateway.show_code(call.instance, text)
    picture: str = segno.make(text, micro=False).png_data_uri(scale=5, border=4)
    return Answer(
        {"value": picture.removeprefix(PREFIX) if faults.qr_no_prefix else picture}
    )


async def phone_code(call: Call) -> Answer:
    """`GET phone-code/{phone}`."""
    if call.instance.up:
        return Answer({"connected": True, "error": "You are already connected."})
    if call.gateway.faults.qr_challenge:
        return Answer({"challenge": call.gateway.hex(64)})
    if not call.argument.isdecimal():
        raise RefusalError(400, "Invalid phone")
    code = call.gateway.hex(10)
    call.gateway.show_code(call.instance, code)
    return Answer({"value": code})


async def extension_token(call: Call) -> Answer:
    """`GET extension-token`: valid for five minutes."""
    token = f"{call.gateway.hex(4)}-{call.gateway.hex(4)}"
    return Answer({"token": token, "expiresAt": call.gateway.moment() + 300_000})


async def restart(call: Call) -> Answer:
    """`GET restart`: keeps the phone link, revives a lost login; a ConnectedCallback follows."""
    if call.instance.up or call.instance.state is State.LOST_SESSION:
        call.gateway.tasks.spawn(call.gateway.connect(call.instance))
    return DONE


async def restore_session(call: Call) -> Answer:
    """`GET restore-session`: revives a lost login."""
    if call.instance.state is State.LOST_SESSION:
        call.gateway.tasks.spawn(call.gateway.connect(call.instance))
    return DONE


async def disconnect(call: Call) -> Answer:
    """`GET disconnect`: logs the number out."""
    call.gateway.log_out(call.instance)
    return DONE


def _get(handler: Handler) -> dict[str, Handler]:
    return {"GET": handler}


ROUTES: Routes = {
    "status": _get(status),
    "me": _get(me),
    "device": _get(device),
    "qr-code": _get(qr_code),
    "qr-code/image": _get(qr_code),
    "phone-code/*": _get(phone_code),
    "extension-token": _get(extension_token),
    "restart": _get(restart),
    "restore-session": _get(restore_session),
    "disconnect": _get(disconnect),
}
