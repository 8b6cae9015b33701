"""The content that an own message shows in its callback (docs/gateway.md, section 5.4)."""

from typing import Any

from .instance import Outgoing
from .sends import kind_of


def content_of(outgoing: Outgoing, link: str) -> dict[str, Any]:
    """Give the content keys of a send; `link` is where its file is served, if it came as a data URI."""
    body, kind = outgoing.body, kind_of(outgoing.route)
    if kind in _MEDIA:
        return _media(outgoing, kind, link)
    make = _OTHERS.get(kind)
    return make(body) if make else {"text": {"message": body.get("message", "")}}


_MEDIA = {
    "image": ("image", "imageUrl", "image/jpeg"),
    "audio": ("audio", "audioUrl", "audio/ogg; codecs=opus"),
    "video": ("video", "videoUrl", "video/mp4"),
    "gif": ("video", "videoUrl", "video/mp4"),
    "ptv": ("ptv", "ptvUrl", "video/mp4"),
    "document": ("document", "documentUrl", "application/octet-stream"),
    "sticker": ("sticker", "stickerUrl", "image/webp"),
}
"""Content key, key of the link, and the type where a link hides it, by kind."""


def _media(outgoing: Outgoing, kind: str, link: str) -> dict[str, Any]:
    body = outgoing.body
    key, url, mime = _MEDIA[kind]
    content: dict[str, Any] = {
        url: link if outgoing.media else body[kind],
        "mimeType": outgoing.media.mime if outgoing.media else mime,
    }
    if key == "audio":
        content |= {"ptt": True, "seconds": 1}
    if key in {"audio", "image", "video"}:
        content["viewOnce"] = body.get("viewOnce", False)
    if key in {"document", "image", "ptv", "video"}:
        content["caption"] = body.get("caption", "")
    if key == "video":
        content["isGif"] = kind == "gif"
    if key == "document":
        name = body.get("fileName", "")
        content |= {"title": name, "fileName": name, "pageCount": 1}
    return {key: content}


def _location(body: dict[str, Any]) -> dict[str, Any]:
    return {
        "location": {
            "longitude": float(body["longitude"]),
            "latitude": float(body["latitude"]),
            "name": body["title"],
            "address": body["address"],
            "url": "",
        }
    }


def _contact(body: dict[str, Any]) -> dict[str, Any]:
    name, phone = body["contactName"], body["contactPhone"]
    card = f"BEGIN:VCARD\nVERSION:3.0\nFN:{name}\nTEL;type=CELL;waid={phone}:+{phone}\nEND:VCARD"
    return {"contact": {"displayName": name, "vCard": card, "phones": [phone]}}


def _reaction(body: dict[str, Any]) -> dict[str, Any]:
    return {
        "reaction": {
            "value": body.get("reaction", ""),
            "referencedMessage": {
                "messageId": body["messageId"],
                "phone": body["phone"],
            },
        }
    }


def _poll(body: dict[str, Any]) -> dict[str, Any]:
    return {
        "poll": {
            "question": body["message"],
            "pollMaxOptions": body.get("pollMaxOptions", 0),
            "options": body["poll"],
        }
    }


def _buttons(body: dict[str, Any]) -> dict[str, Any]:
    buttons = body.get("buttonList", {}).get("buttons", [])
    return {
        "buttonsMessage": {
            "imageUrl": None,
            "videoUrl": None,
            "message": body["message"],
            "buttons": [
                {
                    "buttonId": button.get("id", str(number)),
                    "type": 1,
                    "buttonText": {"displayText": button["label"]},
                }
                for number, button in enumerate(buttons, 1)
            ],
        }
    }


def _list(body: dict[str, Any]) -> dict[str, Any]:
    choices = body["optionList"]
    options = [
        {
            "title": option["title"],
            "description": option.get("description", ""),
            "rowId": option.get("id", str(number)),
        }
        for number, option in enumerate(choices["options"], 1)
    ]
    return {
        "listMessage": {
            "description": body["message"],
            "footerText": "",
            "title": choices["title"],
            "buttonText": choices["buttonLabel"],
            "sections": [{"title": choices["title"], "options": options}],
        }
    }


_OTHERS = {
    "location": _location,
    "contact": _contact,
    "reaction": _reaction,
    "remove-reaction": _reaction,
    "poll": _poll,
    "buttons": _buttons,
    "list": _list,
}
