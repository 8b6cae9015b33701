"""Routes that list chats, contacts and groups (docs/gateway.md, section 6.3)."""

from typing import Any

from .chats import lid_of, with_ninth_digit, without_ninth_digit
from .endpoint import Answer, Call, Handler, RefusalError, Routes

BATCH_LIMIT = 50_000


def _exists(call: Call, phone: str) -> bool:
    return phone.isdecimal() and len(phone) >= 8 and phone not in call.instance.absent


def _as_known(call: Call, phone: str) -> str:
    """Give a number as WhatsApp has it: a contact's, with or without the ninth digit (section 6.3)."""
    contacts = call.instance.contacts
    forms = phone, without_ninth_digit(phone), with_ninth_digit(phone)
    return next((form for form in forms if form in contacts), phone)


async def phone_exists(call: Call) -> Answer:
    """`GET phone-exists/{phone}`."""
    call.need_phone()
    exists = _exists(call, call.argument)
    body = {
        "exists": exists,
        "phone": _as_known(call, call.argument),
        "lid": lid_of(call.argument) if exists else None,
    }
    return Answer(body if call.gateway.faults.phone_exists_object else [body])


async def phone_exists_batch(call: Call) -> Answer:
    """`POST phone-exists-batch`: digits alone, 50,000 at most."""
    call.need_phone()
    phones = call.field("phones", list)
    if not 0 < len(phones) <= BATCH_LIMIT or call.body.keys() != {"phones"}:
        raise RefusalError(400, "phones is invalid")
    if not all(isinstance(phone, str) and phone.isdecimal() for phone in phones):
        raise RefusalError(400, "phones is invalid")
    return Answer([_found(call, phone) for phone in phones])


def _found(call: Call, phone: str) -> dict[str, Any]:
    exists = _exists(call, phone)
    return {
        "exists": exists,
        "inputPhone": phone,
        "outputPhone": _as_known(call, phone),
        "lid": lid_of(phone) if exists else None,
    }


async def contact(call: Call) -> Answer:
    """`GET contacts/{phone}`."""
    call.need_phone()
    name = call.instance.contacts.get(call.argument, "")
    return Answer(
        _contact(call.argument, name)
        | {"imgUrl": call.gateway.media_url(call.instance, "png"), "about": ""}
    )


async def profile_picture(call: Call) -> Answer:
    """`GET profile-picture?phone=`."""
    call.need_phone()
    if not call.query.get("phone"):
        raise RefusalError(400, "phone is required")
    return Answer({"link": call.gateway.media_url(call.instance, "png")})


async def group_metadata(call: Call) -> Answer:
    """`GET group-metadata/{id}` and `GET light-group-metadata/{id}`."""
    call.need_phone()
    subject = call.instance.groups.get(call.argument)
    if subject is None:
        raise RefusalError(400, "Group not found")
    owner, members = call.instance.phone, call.instance.contacts
    people = [
        {"phone": phone, "name": name, "isAdmin": False, "isSuperAdmin": False}
        for phone, name in members.items()
    ]
    return Answer(
        {
            "phone": call.argument,
            "description": "",
            "owner": owner,
            "subject": subject,
            "creation": 1_767_225_600_000,
            "invitationLink": None,
            "communityId": None,
            "adminOnlyMessage": False,
            "adminOnlySettings": False,
            "requireAdminApproval": False,
            "isGroupAnnouncement": False,
            "participants": [
                {"phone": owner, "isAdmin": True, "isSuperAdmin": True},
                *people,
            ],
            "subjectTime": 1_767_225_600_000,
            "subjectOwner": owner,
        }
    )


def _contact(phone: str, name: str) -> dict[str, Any]:
    first = name.partition(" ")[0]
    return {
        "name": name,
        "short": first,
        "notify": first.lower(),
        "vname": name,
        "phone": phone,
    }


def _chat(call: Call, phone: str, name: str, *, unit: int = 1) -> dict[str, Any]:
    """Give a chat as the listings do; `unit` is how many of `lastMessageTime` make a second (section 6.3)."""
    chats = call.instance.chats
    last = chats[phone].last.at if phone in chats else call.gateway.clock()
    return {
        "archived": "false",
        "pinned": "false",
        "messagesUnread": 0,
        "phone": phone,
        "unread": "0",
        "name": name,
        "lastMessageTime": str(int(last * unit)),
        "muteEndTime": None,
        "isMuted": "0",
        "isMarkedSpam": "false",
        "isGroupAnnouncement": False,
        "isGroup": phone.endswith("-group"),
    }


def _contacts(call: Call) -> list[dict[str, Any]]:
    return [_contact(phone, name) for phone, name in call.instance.contacts.items()]


def _groups(call: Call) -> list[dict[str, Any]]:
    instance = call.instance
    return [
        _chat(call, phone, name, unit=1000)
        for phone, name in instance.groups.items()
        if phone not in instance.left
    ]


def _chats(call: Call) -> list[dict[str, Any]]:
    return [_chat(call, phone, name) for phone, name in call.instance.names().items()]


def _number(call: Call, name: str) -> int:
    text = call.query.get(name, "")
    if not text.isdecimal() or int(text) < 1:
        raise RefusalError(400, f"{name} is required")
    return int(text)


def _listing(items: Any) -> Handler:
    async def handler(call: Call) -> Answer:
        call.need_phone()
        page, size = _number(call, "page"), _number(call, "pageSize")
        return Answer(items(call)[(page - 1) * size : page * size])

    return handler


ROUTES: Routes = {
    "phone-exists/*": {"GET": phone_exists},
    "phone-exists-batch": {"POST": phone_exists_batch},
    "chats": {"GET": _listing(_chats)},
    "contacts": {"GET": _listing(_contacts)},
    "contacts/*": {"GET": contact},
    "groups": {"GET": _listing(_groups)},
    "group-metadata/*": {"GET": group_metadata},
    "light-group-metadata/*": {"GET": group_metadata},
    "profile-picture": {"GET": profile_picture},
}
