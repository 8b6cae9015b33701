"""Received messages: every kind, and every oddity of the gateway."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.zapi.api import (
    Chat,
    ChatKind,
    IncomingChoice,
    IncomingContact,
    IncomingLocation,
    IncomingMedia,
    IncomingReaction,
    Message,
    MessageKind,
    Sender,
    ZapiCallbackError,
)
from tests.common import PHONE

from .bodies import (
    CHANNEL,
    CONTENTS,
    ENVELOPE,
    FILE,
    FILM,
    GROUP,
    GROUP_NAME,
    IN_GROUP,
    LID,
    MEDIA,
    MESSAGE_ID,
    NAME,
    NOTICE,
    OTHER,
    PICTURE,
    PLACE,
    QUOTED_ID,
    VCARD,
    read,
    read_body,
)

PERSON = Chat(OTHER, ChatKind.PERSON)
PRIVATE_ID = Chat(LID, ChatKind.PERSON)
OWN = Chat(PHONE, ChatKind.PERSON)
BARE_LID = LID.removesuffix("@lid")
TEXT = {"text": {"message": "A text"}}

PLAIN = Message(
    id=MESSAGE_ID,
    kind=MessageKind.TEXT,
    chat=PERSON,
    chat_lid=PRIVATE_ID,
    chat_name=NAME,
    sender=Sender(PERSON, PRIVATE_ID, NAME),
    is_group=False,
    from_me=False,
    from_api=False,
)
IMAGE = IncomingMedia(f"{MEDIA}/a.jpeg", "image/jpeg")
VIDEO = IncomingMedia(f"{MEDIA}/a.mp4", "video/mp4", seconds=13)
DOCUMENT = IncomingMedia(f"{MEDIA}/a.pdf", "application/pdf", "invoice.pdf")
HOME = IncomingLocation(-23.25, -51.5, "Home", "Example street 1")
CARD = IncomingContact("João", ("5544977777777",))


EXPECTED: dict[str, dict[str, Any]] = {
    "text": {"text": "Is the gate closed?"},
    "image": {"kind": MessageKind.IMAGE, "media": IMAGE},
    "audio": {
        "kind": MessageKind.VOICE,
        "media": IncomingMedia(f"{MEDIA}/a.ogg", "audio/ogg; codecs=opus", seconds=10),
    },
    "video": {"kind": MessageKind.VIDEO, "text": "The yard", "media": VIDEO},
    "ptv": {
        "kind": MessageKind.VIDEO,
        "media": IncomingMedia(f"{MEDIA}/b.mp4", "video/mp4"),
    },
    "document": {"kind": MessageKind.DOCUMENT, "media": DOCUMENT},
    "contact": {"kind": MessageKind.CONTACT, "contacts": (CARD,)},
    "location": {"kind": MessageKind.LOCATION, "location": HOME},
    "liveLocation": {
        "kind": MessageKind.LOCATION,
        "text": "On my way",
        "location": IncomingLocation(-23.0, -51.0),
    },
    "sticker": {
        "kind": MessageKind.STICKER,
        "media": IncomingMedia(f"{MEDIA}/a.webp", "image/webp"),
    },
    "reaction": {
        "kind": MessageKind.REACTION,
        "reaction": IncomingReaction("👍", QUOTED_ID),
    },
    "poll": {"kind": MessageKind.POLL, "text": "Pizza?"},
    "pollVote": {
        "kind": MessageKind.CHOICE,
        "text": "Yes",
        "choice": IncomingChoice(None, "Yes", ("Yes",), QUOTED_ID),
    },
    "buttonsMessage": {"kind": MessageKind.BUTTONS, "text": "Open the gate?"},
    "buttonsResponseMessage": {
        "kind": MessageKind.CHOICE,
        "text": "Yes",
        "choice": IncomingChoice("gate_open", "Yes", (), None),
    },
    "listMessage": {"kind": MessageKind.LIST, "text": "Pick one"},
    "listResponseMessage": {
        "kind": MessageKind.CHOICE,
        "text": "Night",
        "choice": IncomingChoice("scene_night", "Night", (), None),
    },
    "hydratedTemplate": {"kind": MessageKind.TEMPLATE, "text": "Your code"},
    "carouselMessage": {"kind": MessageKind.CAROUSEL, "text": "Look"},
    "pixKeyMessage": {"kind": MessageKind.PIX},
    "product": {"kind": MessageKind.PRODUCT, "text": "A lamp"},
    "order": {"kind": MessageKind.ORDER, "text": "Lamps"},
    "reviewOrder": {"kind": MessageKind.ORDER},
    "reviewAndPay": {"kind": MessageKind.PAYMENT},
    "requestPayment": {"kind": MessageKind.PAYMENT},
    "sendPayment": {"kind": MessageKind.PAYMENT},
    "event": {"kind": MessageKind.EVENT, "text": "Party"},
    "eventResponse": {"kind": MessageKind.EVENT},
    "pinMessage": {"kind": MessageKind.PIN},
    "newsletterAdminInvite": {"kind": MessageKind.INVITE, "text": "join me"},
}


@pytest.mark.parametrize("key", CONTENTS)
def test_every_content_is_read(key: str) -> None:
    assert read(**{key: CONTENTS[key]}) == replace(PLAIN, **EXPECTED[key])


@pytest.mark.parametrize("key", CONTENTS)
def test_a_content_with_nothing_in_it_has_its_kind(key: str) -> None:
    kind = EXPECTED[key].get("kind", MessageKind.TEXT)
    if kind is MessageKind.VOICE:
        kind = MessageKind.AUDIO

    found = read(**{key: {}})

    assert (found.kind, found.text, found.location) == (kind, None, None)


@pytest.mark.parametrize(
    ("notice", "extras", "fields"),
    [
        ("CALL_VOICE", {}, {"kind": MessageKind.CALL}),
        ("CALL_VIDEO", {}, {"kind": MessageKind.CALL, "is_video": True}),
        ("CALL_MISSED_VOICE", {"isVideo": False}, {"kind": MessageKind.CALL}),
        (
            "CALL_MISSED_VIDEO",
            {"isVideo": None},
            {"kind": MessageKind.CALL, "is_video": True},
        ),
        ("CALL_RECEIVED", {"isVideo": False}, {"kind": MessageKind.CALL}),
        (
            "CALL_RECEIVED",
            {"isVideo": True},
            {"kind": MessageKind.CALL, "is_video": True},
        ),
        ("CALL_ACCEPTED", {}, {"kind": MessageKind.CALL}),
        ("CALL_STARTED", {}, {"kind": MessageKind.CALL}),
        ("CALL_ENDED", {}, {"kind": MessageKind.CALL}),
        ("CALL_MISSED", {}, {"kind": MessageKind.CALL}),
        ("CALL_OF_A_NEW_SORT", {}, {"kind": MessageKind.CALL}),
        ("GROUP_CREATE", {}, {"kind": MessageKind.GROUP}),
        ("GROUP_CHANGE_SUBJECT", {}, {"kind": MessageKind.GROUP}),
        ("GROUP_PARTICIPANT_ADD", {}, {"kind": MessageKind.GROUP}),
        ("GROUP_PARTICIPANT_INVITE", {}, {"kind": MessageKind.GROUP}),
        ("GROUP_MEMBER_LINK_PROPERTY_UPDATE", {}, {"kind": MessageKind.GROUP}),
        ("MEMBERSHIP_APPROVAL_REQUEST", {}, {"kind": MessageKind.GROUP}),
        ("REVOKED_MEMBERSHIP_REQUESTS", {}, {"kind": MessageKind.GROUP}),
        ("REVOKE", {}, {"kind": MessageKind.DELETED}),
        ("WA_OLD_REGISTRATION", {}, {"kind": MessageKind.REGISTRATION_CODE}),
        ("NEWSLETTER_ADMIN_PROMOTE", {}, {"kind": MessageKind.ACCOUNT}),
        ("PROFILE_NAME_UPDATED", {"profileName": "x"}, {"kind": MessageKind.ACCOUNT}),
        ("CHAT_LABEL_ASSOCIATION", {}, {"kind": MessageKind.ACCOUNT}),
        ("E2E_ENCRYPTED", {}, {"kind": MessageKind.ACCOUNT}),
        ("CIPHERTEXT", {}, {"kind": MessageKind.ACCOUNT}),
        ("PAYMENT_ACTION_REQUEST_DECLINED", {}, {"kind": MessageKind.ACCOUNT}),
        ("SOMETHING_NEW", {}, {"kind": MessageKind.ACCOUNT}),
        ("AN_ACCOUNT_VIDEO", {"isVideo": True}, {"kind": MessageKind.ACCOUNT}),
    ],
)
def test_every_notice_is_named(
    notice: str, extras: dict[str, Any], fields: dict[str, Any]
) -> None:
    found = read(**NOTICE, **extras, notification=notice)

    assert found == replace(PLAIN, notification=notice, **fields)


@pytest.mark.parametrize(
    ("notice", "name", "kind"),
    [
        ("call-missed", "CALL_MISSED", MessageKind.CALL),
        (" revoke\n", "REVOKE", MessageKind.DELETED),
        ("A" * 1000, "A" * 64, MessageKind.ACCOUNT),
        ("💥", None, MessageKind.ACCOUNT),
    ],
)
def test_the_name_of_a_notice_is_short_and_plain(
    notice: str, name: str | None, kind: MessageKind
) -> None:
    found = read(notification=notice)

    assert (found.notification, found.kind) == (name, kind)


@pytest.mark.parametrize("notice", ["", None, 5, True, ["CALL_VOICE"], {}])
def test_what_is_no_notice_does_not_hide_the_content(notice: object) -> None:
    assert read(notification=notice, **TEXT) == replace(PLAIN, text="A text")


def test_a_deletion_has_the_id_of_what_is_deleted() -> None:
    found = read(
        notification="REVOKE",
        notificationParameters=[],
        messageId=QUOTED_ID,
        referenceMessageId=None,
    )

    assert (found.kind, found.id) == (MessageKind.DELETED, QUOTED_ID)


def test_the_signs_count_in_the_order_of_the_reference() -> None:
    """Each sign is taken away in turn: the next one decides."""
    signs: list[tuple[str, Any, MessageKind]] = [
        ("notification", "CALL_VOICE", MessageKind.CALL),
        ("waitingMessage", True, MessageKind.WAITING),
        ("reaction", CONTENTS["reaction"], MessageKind.REACTION),
        ("pollVote", CONTENTS["pollVote"], MessageKind.CHOICE),
        ("image", PICTURE, MessageKind.IMAGE),
        ("text", CONTENTS["text"], MessageKind.TEXT),
        ("location", PLACE, MessageKind.LOCATION),
        ("novelty", {}, MessageKind.UNKNOWN),
    ]
    while signs:
        found = read(**{key: value for key, value, _ in reversed(signs)})
        assert found.kind is signs.pop(0)[2]


def test_a_waiting_message_has_no_content_yet() -> None:
    found = read(waitingMessage=True, viewOnce=True)

    assert found == replace(PLAIN, kind=MessageKind.WAITING, view_once=True)


def test_an_unknown_kind_names_the_keys_that_are_not_understood() -> None:
    found = read(
        zebra={"a": 1}, apple="x", empty=None, **{OTHER: 1, "a b": 1, "x" * 41: 1}
    )

    assert found == replace(
        PLAIN, kind=MessageKind.UNKNOWN, unknown_keys=("apple", "zebra")
    )


def test_an_unknown_kind_names_ten_keys_at_most() -> None:
    found = read(**{f"key_{number}": 1 for number in range(10, 50)})

    assert found.unknown_keys == tuple(f"key_{number}" for number in range(10, 20))


@pytest.mark.parametrize("value", ["A text", 5, True, [], [{"message": "x"}]])
def test_a_content_of_another_shape_is_unknown(value: object) -> None:
    found = read(text=value)

    assert (found.kind, found.unknown_keys) == (MessageKind.UNKNOWN, ("text",))


def test_a_content_that_is_null_does_not_hide_the_other() -> None:
    assert read(image=None, **TEXT) == replace(PLAIN, text="A text")


def test_a_body_without_any_content_is_unknown() -> None:
    assert read() == replace(PLAIN, kind=MessageKind.UNKNOWN)


@pytest.mark.parametrize(
    "beside",
    [
        {"externalAdReply": {"title": "Ad", "body": "text"}},
        {"statusImage": {"imageUrl": f"{MEDIA}/s.jpg", "mimetype": "image/jpeg"}},
        {"statusVideo": {"videoUrl": f"{MEDIA}/s.mp4"}},
        {"statusAudio": {"audioUrl": f"{MEDIA}/s.ogg"}, "isStatusReply": True},
    ],
)
def test_what_a_text_is_an_answer_to_is_not_its_content(beside: dict[str, Any]) -> None:
    assert read(**TEXT, **beside) == replace(PLAIN, text="A text")


# What is written


def test_a_text_is_not_cut_and_not_cleaned() -> None:
    written = " é\n\t\u202e" + "x" * 65_536 + " "

    assert read(text={"message": written}).text == written


def test_a_text_has_no_nul() -> None:
    assert read(text={"message": "a\0b"}).text == "ab"
    assert read(text={"message": "\0"}).text is None


@pytest.mark.parametrize("value", ["", None, 5, True, [], {}])
def test_a_text_that_is_none_is_left_out(value: object) -> None:
    assert read(text={"message": value}) == PLAIN


def test_an_answer_names_what_it_answers() -> None:
    assert read(**TEXT, referenceMessageId=QUOTED_ID).quoted_id == QUOTED_ID


@pytest.mark.parametrize("key", ["buttonsResponseMessage", "listResponseMessage"])
def test_a_choice_names_the_question(key: str) -> None:
    found = read(**{key: CONTENTS[key]}, referenceMessageId=QUOTED_ID)

    assert found.choice is not None
    assert (found.choice.question_id, found.quoted_id) == (QUOTED_ID, QUOTED_ID)


def test_a_vote_may_be_for_several_and_be_withdrawn() -> None:
    options: list[Any] = [{"name": "Yes"}, {"name": "No"}]
    several = read(pollVote={"pollMessageId": QUOTED_ID, "options": options})
    none = read(pollVote={"pollMessageId": QUOTED_ID, "options": []})

    assert several.text == "Yes, No"
    assert several.choice == IncomingChoice(None, "Yes", ("Yes", "No"), QUOTED_ID)
    assert none.text is None
    assert none.choice == IncomingChoice(None, None, (), QUOTED_ID)


@pytest.mark.parametrize(
    "options", [None, "Yes", 5, {"name": "Yes"}, [None, "Yes", {}]]
)
def test_options_of_another_shape_are_no_choice(options: object) -> None:
    assert read(pollVote={"options": options}).choice == IncomingChoice(
        None, None, (), None
    )


@pytest.mark.parametrize("value", ["", None])
def test_a_removed_reaction_has_no_emoji(value: object) -> None:
    removed = CONTENTS["reaction"] | {"value": value}

    assert read(reaction=removed).reaction == IncomingReaction(None, QUOTED_ID)


def test_a_product_without_a_title_has_its_description() -> None:
    assert read(product={"title": "", "description": "A lamp"}).text == "A lamp"


# Mentions


@pytest.mark.parametrize(
    ("written", "mentions"),
    [
        (f"@{OTHER} open", (OTHER,)),
        (f"open, @{BARE_LID}: now", (BARE_LID,)),
        (f"@{OTHER} and @{OTHER} and @{PHONE}", (OTHER, PHONE)),
        (f"a@{OTHER}", ()),
        (f"@{OTHER}x", ()),
        ("@all @12 @", ()),
        ("nobody", ()),
    ],
)
def test_mentions_stand_in_the_text_of_a_group(
    written: str, mentions: tuple[str, ...]
) -> None:
    content = {"text": {"message": written}}

    assert read(**IN_GROUP, **content).mentions == mentions
    assert read(**content).mentions == ()


def test_mentions_may_stand_in_a_caption() -> None:
    found = read(**IN_GROUP, image=PICTURE | {"caption": f"Look @{OTHER}"})

    assert found.mentions == (OTHER,)


# Media


def test_an_audio_that_was_not_spoken_is_audio() -> None:
    for spoken in (False, None, "no"):
        audio = CONTENTS["audio"] | {"ptt": spoken}
        assert read(audio=audio).kind is MessageKind.AUDIO


def test_a_moving_picture_is_a_video() -> None:
    assert read(video=FILM | {"isGif": True}).kind is MessageKind.VIDEO


@pytest.mark.parametrize("key", ["image", "video", "audio"])
def test_a_file_may_be_for_one_look(key: str) -> None:
    assert read(**{key: CONTENTS[key] | {"viewOnce": True}}).view_once


def test_a_file_that_the_gateway_could_not_fetch_has_no_url() -> None:
    failed = {"imageUrl": None, "thumbnailUrl": None, "downloadError": "gone"}

    assert read(image=PICTURE | failed).media == IncomingMedia(None, "image/jpeg")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "file:///etc/passwd",
        "javascript://example.org",
        "media.example.org/a.jpeg",
        "https://media.example.org/a b",
        "https://media.example.org/a\nb",
        "https://media.example.org/" + "a" * 2048,
        5,
        True,
        ["https://media.example.org/a.jpeg"],
    ],
)
def test_what_is_no_url_is_none(url: object) -> None:
    found = read(image=PICTURE | {"imageUrl": url})

    assert found.media == IncomingMedia(None, "image/jpeg")


@pytest.mark.parametrize("value", ["", "jpeg", "image/é", "a/b\n", "a/" + "b" * 127, 5])
def test_what_is_no_mime_type_is_none(value: object) -> None:
    found = read(image=PICTURE | {"mimeType": value})

    assert found.media == IncomingMedia(f"{MEDIA}/a.jpeg", None)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(0, 0), ("10", 10), (-1, None), (1.5, None), (True, None), (None, None)],
)
def test_seconds_are_a_number(value: object, seconds: int | None) -> None:
    found = read(video=FILM | {"seconds": value})

    assert found.media == replace(VIDEO, seconds=seconds)


@pytest.mark.parametrize("pages", [1, "1", None, "many"])
def test_the_pages_of_a_document_do_not_matter(pages: object) -> None:
    found = read(document=FILE | {"pageCount": pages, "caption": "See page 2"})

    assert (found.text, found.media) == ("See page 2", DOCUMENT)


def test_the_name_of_a_document_is_one_line() -> None:
    named = read(document=FILE | {"fileName": "a\u202efdp.exe\n"})
    titled = read(document=FILE | {"fileName": ""})

    assert named.media == replace(DOCUMENT, file_name="a fdp.exe")
    assert titled.media == replace(DOCUMENT, file_name="invoice")


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        ({"image": PICTURE}, {"media": IMAGE}),
        ({"video": FILM}, {"media": VIDEO}),
        ({"document": FILE}, {"media": DOCUMENT}),
        ({"location": PLACE}, {"location": HOME}),
        ({"image": None}, {}),
        (None, {}),
        ("x", {}),
    ],
)
def test_a_template_has_what_stands_above_its_text(
    header: object, fields: dict[str, Any]
) -> None:
    found = read(hydratedTemplate={"header": header, "message": "text"})

    assert found == replace(PLAIN, kind=MessageKind.TEMPLATE, text="text", **fields)


# Places and cards


@pytest.mark.parametrize(
    "wrong",
    [
        {"latitude": None},
        {"latitude": "-23.25"},
        {"latitude": True},
        {"latitude": 90.1},
        {"longitude": -180.1},
        {"longitude": 1e300},
    ],
)
def test_what_is_no_place_is_none(wrong: dict[str, Any]) -> None:
    found = read(location=PLACE | wrong)

    assert (found.kind, found.location) == (MessageKind.LOCATION, None)


@pytest.mark.parametrize(
    ("content", "name", "phones"),
    [
        ({"vCard": VCARD}, "João Example", ("5544977777777",)),
        (
            {"vCard": VCARD.replace("\n", "\\n")},
            "João Example",
            ("5544977777777",),
        ),
        (
            {"vCard": VCARD.replace("\n", "\r\n")},
            "João Example",
            ("5544977777777",),
        ),
        (
            {"vCard": "FN:Doe\\, John\nitem1.TEL:+1 (202) 555-0123\nTEL:x"},
            "Doe, John",
            ("12025550123",),
        ),
        ({"displayName": "+55 44 7777-7777", "vCard": VCARD}, "João Example",
         ("5544977777777",)),
        ({"displayName": "João", "phones": ["5544977777777", None, 5]}, "João",
         ("5544977777777",)),
        ({"vCard": VCARD, "phones": [OTHER]}, "João Example",
         (OTHER, "5544977777777")),
        ({"vCard": 5, "phones": "5544977777777", "displayName": []}, None, ()),
        ({}, None, ()),
    ],
)  # fmt: skip
def test_a_card_has_a_name_and_each_number_once(
    content: dict[str, Any], name: str | None, phones: tuple[str, ...]
) -> None:
    assert read(contact=content).contacts == (IncomingContact(name, phones),)


def test_a_card_has_twenty_numbers_at_most() -> None:
    lines = "\n".join(f"TEL:{5544900000000 + number}" for number in range(100))
    (card,) = read(contact={"vCard": lines}).contacts

    assert len(card.phones) == 20


# Edits


def test_an_edit_has_the_original_s_id_and_one_of_its_own() -> None:
    found = read(**TEXT, isEdit=True, editMessageId="3EB0EDIT")

    assert found == replace(PLAIN, text="A text", edit_id="3EB0EDIT")
    assert found.is_edit


@pytest.mark.parametrize(
    ("key", "gone"),
    [
        ("video", {"videoUrl": None}),
        ("image", {"imageUrl": None, "thumbnailUrl": None}),
    ],
)
def test_an_edit_of_a_caption_erases_no_media(key: str, gone: dict[str, Any]) -> None:
    odd = {"mimeType": "", "caption": "New", "width": 0, "height": 0, "seconds": 0}
    found = read(**{key: CONTENTS[key] | odd | gone}, isEdit=True, editMessageId="E")

    assert (found.kind, found.text, found.media) == (MessageKind(key), "New", None)


def test_an_edit_with_media_has_it() -> None:
    assert read(image=PICTURE, isEdit=True, editMessageId="E").media == IMAGE


def test_an_edit_without_an_id_is_told_by_its_text() -> None:
    first = read(**TEXT, isEdit=True)
    again = read(**TEXT, isEdit=True, momment=1790000207000)
    other = read(text={"message": "Another"}, isEdit=True, editMessageId=5)

    assert first.is_edit and first == again
    assert other.edit_id not in {None, first.edit_id}


def test_an_edit_of_a_kind_that_is_not_known_is_an_edit() -> None:
    found = read(novelty={}, isEdit=True, editMessageId="E")

    assert (found.kind, found.edit_id) == (MessageKind.UNKNOWN, "E")


# Who and where


def test_a_member_of_a_group_is_named_by_number_and_private_id() -> None:
    assert read(**IN_GROUP, **TEXT) == replace(
        PLAIN,
        chat=Chat(GROUP, ChatKind.GROUP),
        chat_lid=None,
        chat_name=GROUP_NAME,
        is_group=True,
        text="A text",
    )


@pytest.mark.parametrize(
    ("ids", "phone", "lid"),
    [
        ({"participantPhone": LID, "participantLid": OTHER}, PERSON, PRIVATE_ID),
        ({"participantPhone": BARE_LID, "participantLid": None}, None, PRIVATE_ID),
        ({"participantPhone": None, "participantLid": BARE_LID}, None, PRIVATE_ID),
        ({"participantPhone": int(OTHER), "participantLid": 5}, PERSON, None),
        ({"participantPhone": OTHER, "participantLid": None, "senderLid": LID}, PERSON,
         PRIVATE_ID),
        ({"participantPhone": None, "participantLid": None}, None, None),
        ({"participantPhone": GROUP, "participantLid": CHANNEL}, None, None),
        ({"participantPhone": "", "participantLid": [LID]}, None, None),
    ],
)  # fmt: skip
def test_the_ids_of_a_member_may_be_in_either_place(
    ids: dict[str, Any], phone: Chat | None, lid: Chat | None
) -> None:
    assert read_body(ENVELOPE | IN_GROUP | ids | TEXT).sender == Sender(
        phone, lid, NAME
    )


@pytest.mark.parametrize(
    ("by", "phone", "lid"),
    [(OTHER, PERSON, None), (BARE_LID, None, PRIVATE_ID), (LID, None, PRIVATE_ID)],
)
def test_who_reacted_may_stand_in_the_reaction_alone(
    by: str, phone: Chat | None, lid: Chat | None
) -> None:
    nobody = {"participantPhone": None, "participantLid": None}
    reaction = {"reaction": CONTENTS["reaction"] | {"reactionBy": by}}
    response = {"eventResponse": CONTENTS["eventResponse"] | {"responseFrom": by}}
    for content in (reaction, response):
        found = read_body(ENVELOPE | IN_GROUP | nobody | content)
        assert found.sender == Sender(phone, lid, NAME)


def test_who_reacted_is_not_paired_with_the_member() -> None:
    """Whose the private id is, is not certain; a wrong pair would let strangers in."""
    member = {"participantPhone": PHONE, "participantLid": None}
    reaction = CONTENTS["reaction"] | {"reactionBy": LID}

    found = read_body(ENVELOPE | IN_GROUP | member | {"reaction": reaction})

    assert found.sender == Sender(OWN, None, NAME)


@pytest.mark.parametrize(
    ("ids", "chat", "phone", "lid"),
    [
        ({"phone": LID}, PRIVATE_ID, None, PRIVATE_ID),
        ({"phone": BARE_LID}, PRIVATE_ID, None, PRIVATE_ID),
        ({"phone": LID, "chatLid": OTHER}, PRIVATE_ID, PERSON, PRIVATE_ID),
        ({"chatLid": None}, PERSON, PERSON, None),
        ({"chatLid": BARE_LID}, PERSON, PERSON, PRIVATE_ID),
        ({"chatLid": None, "senderLid": LID}, PERSON, PERSON, PRIVATE_ID),
        ({"chatLid": GROUP}, PERSON, PERSON, None),
        ({"phone": int(OTHER)}, PERSON, PERSON, PRIVATE_ID),
        ({"phone": None}, PRIVATE_ID, None, PRIVATE_ID),
        ({"phone": "x"}, PRIVATE_ID, None, PRIVATE_ID),
        ({"phone": None, "chatLid": None, "senderLid": LID}, PRIVATE_ID, None,
         PRIVATE_ID),
    ],
)  # fmt: skip
def test_a_private_chat_is_what_phone_says(
    ids: dict[str, Any], chat: Chat, phone: Chat | None, lid: Chat | None
) -> None:
    found = read_body(ENVELOPE | ids | TEXT)

    assert (found.chat, found.chat_lid) == (chat, lid)
    assert found.sender == Sender(phone, lid, NAME)


@pytest.mark.parametrize(
    ("chat", "kind"),
    [
        (CHANNEL, ChatKind.CHANNEL),
        ("status@broadcast", ChatKind.STATUS),
        ("1790000000@broadcast", ChatKind.BROADCAST),
    ],
)
def test_what_is_no_private_chat_has_members(chat: str, kind: ChatKind) -> None:
    found = read(**TEXT, phone=chat, chatLid=LID, participantPhone=OTHER)

    assert (found.chat, found.chat_lid) == (Chat(chat, kind), None)
    assert found.sender == Sender(PERSON, None, NAME)
    assert not found.is_group


def test_a_broadcast_list_may_be_written_with_a_dash() -> None:
    found = read(**TEXT, phone="1790000000-broadcast", broadcastRecipients=[BARE_LID])

    assert found.chat == Chat("1790000000@broadcast", ChatKind.BROADCAST)


def test_a_group_is_one_by_its_id_too() -> None:
    assert read(**TEXT, phone=GROUP, isGroup=None).is_group


@pytest.mark.parametrize(
    "ids",
    [
        {"phone": None, "chatLid": None},
        {"phone": "x", "chatLid": "y", "senderLid": []},
        # A member's own chat is not where it was said.
        {"phone": None, "isGroup": True},
        # What the own number wrote is not what it wrote to itself.
        {"phone": None, "chatLid": None, "senderLid": LID, "fromMe": True},
    ],
)
def test_a_message_in_no_chat_is_refused(ids: dict[str, Any]) -> None:
    with pytest.raises(ZapiCallbackError, match="the body names no chat"):
        read_body(ENVELOPE | TEXT | ids)
    with pytest.raises(ZapiCallbackError, match="the body names no chat"):
        read_body(ENVELOPE | NOTICE | ids | {"notification": "CALL_VOICE"})


@pytest.mark.parametrize("notice", ["WA_OLD_REGISTRATION", "E2E_ENCRYPTED"])
def test_a_notice_of_the_account_needs_no_chat_but_its_own(notice: str) -> None:
    nowhere = {"phone": None, "chatLid": None, "messageId": None}
    found = read_body(ENVELOPE | NOTICE | nowhere | {"notification": notice})

    assert (found.chat, found.id) == (OWN, None)
    with pytest.raises(ZapiCallbackError, match="the body names no chat"):
        read_body(ENVELOPE | nowhere | {"notification": notice, "connectedPhone": ""})


@pytest.mark.parametrize("where", [{}, IN_GROUP])
@pytest.mark.parametrize("from_api", [True, False, None])
def test_of_the_own_number_the_sender_is_the_instance(
    where: dict[str, Any], from_api: bool | None
) -> None:
    own = {"fromMe": True, "fromApi": from_api, "senderName": "Home", "senderLid": LID}
    found = read_body(ENVELOPE | where | own | TEXT)

    assert (found.from_me, found.from_api) == (True, from_api)
    assert found.sender == Sender(OWN, None, "Home")
    assert found.chat_name == (GROUP_NAME if where else NAME)


def test_the_sender_s_id_is_not_that_of_the_chat_in_own_messages() -> None:
    own = {"fromMe": True, "chatLid": None, "senderLid": LID}

    assert read_body(ENVELOPE | own | TEXT).chat_lid is None


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (OTHER, None),
        (int(OTHER), None),
        ("554488888888", None),
        ("+55 44 8888-8888", None),
        ("+55 (44) 98888\u20118888", None),
        (LID, None),
        (GROUP, None),
        (f"{PHONE}-1623281429", None),
        ("", None),
        ("\n", None),
        (None, None),
        ({}, None),
        ("Maria\nExample", "Maria Example"),
        ("2024-2025", "2024-2025"),
        ("007", "007"),
        ("🌞 Maria", "🌞 Maria"),
        ("x" * 300, "x" * 255),
    ],
)
def test_a_name_is_one_line_and_not_a_number(written: object, name: str | None) -> None:
    found = read(**TEXT, chatName=written, senderName=written)

    assert (found.chat_name, found.sender.name) == (name, name)


def test_whoever_has_no_name_has_that_of_the_private_chat() -> None:
    assert read(**TEXT, senderName=OTHER).sender.name == NAME
    assert (
        read_body(ENVELOPE | IN_GROUP | TEXT | {"senderName": OTHER}).sender.name
        is None
    )


@pytest.mark.parametrize("value", [True, "true", 1, "1"])
def test_flags_may_be_written(value: object) -> None:
    found = read(**TEXT, fromMe=value, fromApi=value, forwarded=value, isEdit=value)

    assert (found.from_me, found.from_api, found.forwarded) == (True, True, True)
    assert found.is_edit


@pytest.mark.parametrize("value", [None, "maybe", [], {}, 2, 1.5])
def test_flags_that_say_nothing_are_no_flags(value: object) -> None:
    flags = ("fromMe", "fromApi", "forwarded", "isEdit", "isGroup", "waitingMessage")
    found = read(**TEXT, **dict.fromkeys(flags, value))

    assert found == replace(PLAIN, text="A text", from_api=None)


@pytest.mark.parametrize("value", [None, "", 5, [], "x" * 129, "a\nb"])
def test_an_id_that_is_not_usable_is_none(value: object) -> None:
    found = read(**TEXT, messageId=value, referenceMessageId=value)

    assert (found.id, found.quoted_id) == (None, None)


def test_a_body_of_years_ago_is_read() -> None:
    found = read_body(
        {
            "type": "ReceivedCallBack",
            "instanceId": "x",
            "messageId": MESSAGE_ID,
            "phone": OTHER,
            "text": {"message": "A text"},
        }
    )

    assert found == replace(
        PLAIN,
        chat_lid=None,
        chat_name=None,
        sender=Sender(PERSON, None, None),
        from_api=None,
        text="A text",
    )
