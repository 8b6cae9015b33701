"""Bodies of received messages, one of each kind, as the gateway posts them."""

from collections.abc import Iterator
from typing import Any

import orjson

from custom_components.zapi.api import Message, ReceivedCallback, parse_callback
from tests.common import INSTANCE_ID, PHONE

OTHER = "5544988888888"
LID = "111122223333444@lid"
GROUP = "120363000000000001-group"
CHANNEL = "120363000000000009@newsletter"
NAME = "Maria Example"
GROUP_NAME = "Example house"
MESSAGE_ID = "AC00000000000000000000000000000A"
QUOTED_ID = "3EB000000000000000AA"
MEDIA = "https://media.example.org"

ENVELOPE: dict[str, Any] = {
    "isStatusReply": False,
    "chatLid": LID,
    "connectedPhone": PHONE,
    "waitingMessage": False,
    "isEdit": False,
    "isGroup": False,
    "isNewsletter": False,
    "instanceId": INSTANCE_ID,
    "messageId": MESSAGE_ID,
    "phone": OTHER,
    "fromMe": False,
    "momment": 1790000000000,
    "status": "RECEIVED",
    "chatName": NAME,
    "senderPhoto": None,
    "senderName": NAME,
    "photo": None,
    "broadcast": False,
    "participantPhone": None,
    "participantLid": None,
    "forwarded": False,
    "type": "ReceivedCallback",
    "fromApi": False,
}
IN_GROUP: dict[str, Any] = {
    "isGroup": True,
    "chatLid": None,
    "phone": GROUP,
    "chatName": GROUP_NAME,
    "participantPhone": OTHER,
    "participantLid": LID,
}
NOTICE: dict[str, Any] = {
    "notificationParameters": [],
    "callId": None,
    "code": None,
    "expiresAt": None,
    "referenceMessageId": None,
    "externalAdReply": None,
}
VCARD = (
    "BEGIN:VCARD\nVERSION:3.0\nN:;João;;;\nFN:João Example\n"
    "TEL;type=CELL;waid=5544977777777:+55 44 7777-7777\nEND:VCARD"
)
PICTURE: dict[str, Any] = {
    "mimeType": "image/jpeg",
    "imageUrl": f"{MEDIA}/a.jpeg",
    "thumbnailUrl": f"{MEDIA}/a.jpeg",
    "downloadError": None,
    "caption": "",
    "width": 600,
    "height": 315,
    "viewOnce": False,
}
FILM: dict[str, Any] = {
    "videoUrl": f"{MEDIA}/a.mp4",
    "caption": "The yard",
    "mimeType": "video/mp4",
    "seconds": 13,
    "viewOnce": False,
    "width": 0,
    "height": 0,
    "isGif": False,
}
FILE: dict[str, Any] = {
    "documentUrl": f"{MEDIA}/a.pdf",
    "mimeType": "application/pdf",
    "title": "invoice",
    "pageCount": 1,
    "fileName": "invoice.pdf",
    "caption": None,
}
PLACE: dict[str, Any] = {
    "longitude": -51.5,
    "latitude": -23.25,
    "address": "Example street 1",
    "url": "",
    "name": "Home",
    "thumbnailUrl": f"{MEDIA}/l.jpg",
}
TARGET: dict[str, Any] = {
    "messageId": QUOTED_ID,
    "fromMe": True,
    "phone": OTHER,
    "participant": None,
}
PAYMENT: dict[str, Any] = {
    "receiverPhone": PHONE,
    "value": 1,
    "currencyCode": "BRL",
    "status": "WAITING",
    "transactionStatus": "COLLECT_SUCCESS",
}
ORDER: dict[str, Any] = {
    "currency": "BRL",
    "referenceId": "REF0001",
    "orderRequestId": "REQ0001",
    "orderStatus": "processing",
    "paymentStatus": "pending",
    "total": 605,
    "products": [{"name": "item", "quantity": 2, "productId": "item-1", "value": 150}],
}
# One member for each kind of content.
CONTENTS: dict[str, dict[str, Any]] = {
    "text": {"message": "Is the gate closed?"},
    "image": PICTURE,
    "audio": {
        "ptt": True,
        "seconds": 10,
        "audioUrl": f"{MEDIA}/a.ogg",
        "mimeType": "audio/ogg; codecs=opus",
        "viewOnce": False,
    },
    "video": FILM,
    "ptv": {
        "ptvUrl": f"{MEDIA}/b.mp4",
        "caption": "",
        "mimeType": "video/mp4",
        "width": 400,
        "height": 400,
    },
    "document": FILE,
    "contact": {"displayName": "João", "vCard": VCARD, "phones": ["5544977777777"]},
    "location": PLACE,
    "liveLocation": {
        "longitude": -51,
        "latitude": -23,
        "sequence": {"low": 1, "high": 0, "unsigned": False},
        "caption": "On my way",
    },
    "sticker": {
        "stickerUrl": f"{MEDIA}/a.webp",
        "mimeType": "image/webp",
        "width": 512,
        "height": 512,
    },
    "reaction": {
        "value": "👍",
        "time": 1790000000150,
        "reactionBy": OTHER,
        "referencedMessage": TARGET,
    },
    "poll": {
        "question": "Pizza?",
        "pollMaxOptions": 0,
        "options": [{"name": "Yes"}, {"name": "No"}],
    },
    "pollVote": {"pollMessageId": QUOTED_ID, "options": [{"name": "Yes"}]},
    "buttonsMessage": {
        "imageUrl": None,
        "videoUrl": None,
        "message": "Open the gate?",
        "buttons": [{"buttonId": "1", "type": 1, "buttonText": {"displayText": "Yes"}}],
    },
    "buttonsResponseMessage": {"buttonId": "gate_open", "message": "Yes"},
    "listMessage": {
        "description": "Pick one",
        "footerText": "",
        "title": "Scenes",
        "buttonText": "Open",
        "sections": [{"title": "All", "options": [{"title": "Night", "rowId": "1"}]}],
    },
    "listResponseMessage": {
        "message": "Night",
        "title": "Scenes",
        "selectedRowId": "scene_night",
    },
    "hydratedTemplate": {
        "header": {},
        "message": "Your code",
        "footer": "",
        "title": "",
        "templateId": "",
        "hydratedButtons": [
            {
                "index": 0,
                "urlButton": {"displayText": "Copy", "url": "https://a.example"},
            }
        ],
    },
    "carouselMessage": {
        "text": "Look",
        "cards": [{"header": {"image": PICTURE}, "message": "card", "footer": ""}],
    },
    "pixKeyMessage": {
        "currency": "BRL",
        "referenceId": "REF0000",
        "key": "example-key",
        "keyType": "EVP",
        "merchantName": "Pix",
    },
    "product": {
        "productImage": "https://example.org/p.jpg",
        "businessOwnerJid": PHONE,
        "productId": "1000000001",
        "description": "",
        "price": 1,
        "title": "A lamp",
    },
    "order": {"itemCount": 1, "message": "", "orderTitle": "Lamps", "token": "opaque"},
    "reviewOrder": ORDER,
    "reviewAndPay": ORDER | {"type": "physical-goods"},
    "requestPayment": {"value": 1, "requestPhone": PHONE, "paymentInfo": PAYMENT},
    "sendPayment": {"paymentInfo": PAYMENT},
    "event": {
        "name": "Party",
        "description": "In the yard",
        "canceled": False,
        "scheduleTime": 1790000000,
        "location": {"name": "Home"},
    },
    "eventResponse": {
        "response": "GOING",
        "responseFrom": OTHER,
        "time": 1790000000000,
        "referencedMessage": TARGET,
    },
    "pinMessage": {
        "action": "pin",
        "pinDurationInSecs": 604800,
        "referencedMessage": TARGET,
    },
    "newsletterAdminInvite": {
        "newsletterId": CHANNEL,
        "newsletterName": "Example",
        "text": "join me",
        "inviteExpiration": 1790600000,
    },
}


def body(**fields: Any) -> dict[str, Any]:
    """Return the body of a private message with these fields; without its content."""
    return ENVELOPE | fields


def read(**fields: Any) -> Message:
    """Return the message that comes of such a body."""
    return read_body(body(**fields))


def read_body(fields: dict[str, Any]) -> Message:
    """Return the message that comes of a body."""
    callback = parse_callback(orjson.dumps(fields))
    assert isinstance(callback, ReceivedCallback)
    return callback.message


def places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the path to everything in a body."""
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for key, item in inner:
        yield (*path, key)
        yield from places(item, (*path, key))


def put(body: dict[str, Any], path: tuple[Any, ...], value: object) -> None:
    """Put a value where a path leads."""
    *way, last = path
    inner: Any = body
    for key in way:
        inner = inner[key]
    inner[last] = value
