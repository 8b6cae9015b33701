"""Routes that list chats, contacts and groups (docs/gateway.md, section 6.3)."""

from typing import Any

from .callbacks import lid_of
from .endpoint import Answer, Call, Handler, RefusalError, Routes


def _exists(call: Call, phone: str) -> bool:
    return phone.isdecimal() and len(phone) >= 8 and phone not in call.instance.absent


async def phone_exists(call: Call) -> Answer:
    """`GET phone-exists/{phone}`."""
    call.need_phone()
    exists = _exists(call, call.argument)
    body = {
        "exists": exists,
        "phone": call.argument,
        "lid": lid_of(call.argument) if exists else None,
    }
    return Answer(body if call.gateway.faults.phone_exists_object else [body])


async def phone_exists_batch(call: Call) -> Answer:
    """`POST phone-exists-batch`."""
    call.need_phone()
    phones = [str(phone) for phone in call.field("phones", list)]
    return Answer(
        [
            {
                "exists": exists,
                "inputPhone": phone,
                "outputPhone": phone,
                "lid": lid_of(phone) if exists else None,
            }
            for phone in phones
            for exists in [_exists(call, phone)]
        ]
    )


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


def _chat(call: Call, phone: str, name: str, *, is_group: bool) -> dict[str, Any]:
    now = call.gateway.moment()
    return {
        "archived": "false",
        "pinned": "false",
        "messagesUnread": 0,
        "phone": phone,
        "unread": "0",
        "name": name,
        "lastMessageTime": str(now if is_group else now // 1000),
        "muteEndTime": None,
        "isMuted": "0",
        "isMarkedSpam": "false",
        "isGroupAnnouncement": False,
        "isGroup": is_group,
    }


def _contacts(call: Call) -> list[dict[str, Any]]:
    return [_contact(phone, name) for phone, name in call.instance.contacts.items()]


def _groups(call: Call) -> list[dict[str, Any]]:
    return [
        _chat(call, phone, name, is_group=True)
        for phone, name in call.instance.groups.items()
    ]


def _chats(call: Call) -> list[dict[str, Any]]:
    people = [
        _chat(call, phone, name, is_group=False)
        for phone, name in call.instance.contacts.items()
    ]
    return people + [
        chat | {"lastMessageTime": chat["lastMessageTime"][:-3]}
        for chat in _groups(call)
    ]


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
