"""What goes to the gateway, field by field as docs/gateway.md has it."""

import base64
from collections.abc import Iterator
from dataclasses import fields
from http import HTTPMethod
import json
import random
from typing import Any

import pytest

from custom_components.zapi.api import (
    Audio,
    Buttons,
    Chat,
    Choice,
    Content,
    ContentError,
    Delete,
    Document,
    Edit,
    File,
    Forward,
    Gif,
    Image,
    Location,
    OptionList,
    Poll,
    Reaction,
    Read,
    Sent,
    Sticker,
    Text,
    Video,
    encode,
)

PERSON = Chat.parse("5544999999999")
OTHER = Chat.parse("5544988888888")
LID = Chat.parse("111122223333444@lid")
GROUP = Chat.parse("120363000000000001-group")
CHANNEL = Chat.parse("120363000000000009@newsletter")
STATUS = Chat.parse("status@broadcast")
ID = "3EB000000000000000AA"
URL = "https://example.com/a.bin"
POST, DELETE = HTTPMethod.POST, HTTPMethod.DELETE
PNG = File("data:image/png;base64,iVBORw0KGgo=")
CHOICES = (Choice("Yes", "y"), Choice("No", description="Not now"))

REQUESTS: list[tuple[Content, Chat, HTTPMethod, str, dict[str, Any]]] = [
    (
        Text("Hello"),
        PERSON,
        POST,
        "send-text",
        {"phone": "5544999999999", "message": "Hello"},
    ),
    (
        Text("Hello", reply_to=ID, typing_s=15),
        LID,
        POST,
        "send-text",
        {
            "phone": "111122223333444@lid",
            "message": "Hello",
            "messageId": ID,
            "delayTyping": 15,
        },
    ),
    (
        Text("Hello @5544999999999", mentioned=(PERSON, OTHER)),
        GROUP,
        POST,
        "send-text",
        {
            "phone": "120363000000000001-group",
            "message": "Hello @5544999999999 @5544988888888",
            "mentioned": ["5544999999999", "5544988888888"],
        },
    ),
    (
        Text("Hello @allan", mention_all=True),
        GROUP,
        POST,
        "send-text",
        {
            "phone": "120363000000000001-group",
            "message": "Hello @allan @all",
            "mentionAll": True,
        },
    ),
    (
        Image(URL, caption="Gate", reply_to=ID, view_once=True),
        PERSON,
        POST,
        "send-image",
        {
            "phone": "5544999999999",
            "image": URL,
            "caption": "Gate",
            "messageId": ID,
            "viewOnce": True,
        },
    ),
    (
        Video(URL, caption="Gate", reply_to=ID, view_once=True),
        PERSON,
        POST,
        "send-video",
        {
            "phone": "5544999999999",
            "video": URL,
            "caption": "Gate",
            "messageId": ID,
            "viewOnce": True,
        },
    ),
    (
        Audio(URL, view_once=True),
        PERSON,
        POST,
        "send-audio",
        {
            "phone": "5544999999999",
            "audio": URL,
            "waveform": True,
            "viewOnce": True,
        },
    ),
    (
        Document(
            URL, extension="pdf", file_name="Bill.pdf", caption="Due", reply_to=ID
        ),
        PERSON,
        POST,
        "send-document/pdf",
        {
            "phone": "5544999999999",
            "document": URL,
            "caption": "Due",
            "messageId": ID,
            "fileName": "Bill.pdf",
        },
    ),
    (
        Sticker(URL, reply_to=ID),
        PERSON,
        POST,
        "send-sticker",
        {"phone": "5544999999999", "sticker": URL, "messageId": ID},
    ),
    (
        Gif(URL, caption="Ha", reply_to=ID),
        PERSON,
        POST,
        "send-gif",
        {"phone": "5544999999999", "gif": URL, "caption": "Ha", "messageId": ID},
    ),
    (
        Location(-23.55052, 0.00001, "Home", "1 Example St"),
        PERSON,
        POST,
        "send-location",
        {
            "phone": "5544999999999",
            "title": "Home",
            "address": "1 Example St",
            "latitude": "-23.550520",
            "longitude": "0.000010",
        },
    ),
    (
        Location(-23.55052, -46.633308),
        PERSON,
        POST,
        "send-location",
        {
            "phone": "5544999999999",
            "title": "-23.550520, -46.633308",
            "address": "-23.550520, -46.633308",
            "latitude": "-23.550520",
            "longitude": "-46.633308",
        },
    ),
    (
        Buttons("Open the gate?", CHOICES),
        PERSON,
        POST,
        "send-button-list",
        {
            "phone": "5544999999999",
            "message": "Open the gate?",
            "buttonList": {
                "buttons": [{"id": "y", "label": "Yes"}, {"id": "2", "label": "No"}]
            },
        },
    ),
    (
        OptionList("Open the gate?", CHOICES, title="Gate", button="Choose"),
        PERSON,
        POST,
        "send-option-list",
        {
            "phone": "5544999999999",
            "message": "Open the gate?",
            "optionList": {
                "title": "Gate",
                "buttonLabel": "Choose",
                "options": [
                    {"id": "y", "title": "Yes"},
                    {"id": "2", "title": "No", "description": "Not now"},
                ],
            },
        },
    ),
    (
        Poll("Pizza?", ("Yes", "No"), max_options=1),
        GROUP,
        POST,
        "send-poll",
        {
            "phone": "120363000000000001-group",
            "message": "Pizza?",
            "poll": [{"name": "Yes"}, {"name": "No"}],
            "pollMaxOptions": 1,
        },
    ),
    (
        Reaction(ID, "👍"),
        PERSON,
        POST,
        "send-reaction",
        {"phone": "5544999999999", "messageId": ID, "reaction": "👍"},
    ),
    (
        Reaction(ID, ""),
        PERSON,
        POST,
        "send-remove-reaction",
        {"phone": "5544999999999", "messageId": ID},
    ),
    (
        Edit(ID, "Hello again"),
        PERSON,
        POST,
        "send-text",
        {"phone": "5544999999999", "message": "Hello again", "editMessageId": ID},
    ),
    (
        Forward(ID, GROUP),
        PERSON,
        POST,
        "forward-message",
        {
            "phone": "5544999999999",
            "messageId": ID,
            "messagePhone": "120363000000000001-group",
        },
    ),
    (
        Read(ID),
        PERSON,
        POST,
        "read-message",
        {"phone": "5544999999999", "messageId": ID},
    ),
]


@pytest.mark.parametrize(
    ("content", "chat", "method", "path", "body"),
    REQUESTS,
    ids=lambda value: type(value).__name__ if isinstance(value, Content) else "",
)
def test_each_kind_makes_the_request_that_is_documented(
    content: Content,
    chat: Chat,
    method: HTTPMethod,
    path: str,
    body: dict[str, Any],
) -> None:
    content.check(chat)

    assert (content.method, content.path, content.query(chat)) == (method, path, {})
    assert content.body(chat) == body
    assert json.loads(encode(content, chat).read()) == body


@pytest.mark.parametrize(("own", "owner"), [(True, "true"), (False, "false")])
def test_a_message_is_deleted_by_a_query_alone(own: bool, owner: str) -> None:
    content = Delete(ID, own)

    content.check(PERSON)

    assert (content.method, content.path) == (DELETE, "messages")
    assert content.query(PERSON) == {
        "messageId": ID,
        "phone": "5544999999999",
        "owner": owner,
    }
    assert encode(content, PERSON).read() == b""


@pytest.mark.parametrize("size", [0, 256 * 1024, 256 * 1024 + 1, 1_000_000])
def test_a_file_goes_along_as_a_data_uri(size: int) -> None:
    uri = f"data:image/jpeg;base64,{base64.b64encode(random.Random(size).randbytes(size)).decode()}"

    encoded = encode(Image(File(uri), caption='A "gate"'), PERSON)

    assert json.loads(encoded.read()) == {
        "phone": "5544999999999",
        "image": uri,
        "caption": 'A "gate"',
    }


def test_a_text_that_looks_like_a_file_stays_a_text() -> None:
    said = 'data:image/png;base64,", "phone": "5511900000000'

    assert json.loads(encode(Text(said), PERSON).read()) == {
        "phone": "5544999999999",
        "message": said,
    }


@pytest.mark.parametrize(
    ("content", "chat", "key", "placeholders"),
    [
        (Text(" \n"), PERSON, "message_empty", {}),
        (Text("Hi", typing_s=0), PERSON, "typing_out_of_range", {"min": "1", "max": "15"}),
        (Text("Hi", typing_s=16), PERSON, "typing_out_of_range", {"min": "1", "max": "15"}),
        (Text("Hi", mention_all=True), PERSON, "mention_outside_group", {}),
        (Text("Hi", mentioned=(OTHER,)), CHANNEL, "mention_outside_group", {}),
        (Text("Hi", mentioned=(LID,)), GROUP, "mention_without_number", {}),
        (Text("Hi", mentioned=(GROUP,)), GROUP, "mention_without_number", {}),
        (Text("Hi"), STATUS, "not_in_status", {}),
        (Image("http://example.com/a.png"), PERSON, "media_url_not_https", {}),
        (Image("data:image/png;base64,AAAA"), PERSON, "media_url_not_https", {}),
        (Image("https://"), PERSON, "media_url_not_https", {}),
        (Image("https:///a.png"), PERSON, "media_url_not_https", {}),
        (Image("https://[/a.png"), PERSON, "media_url_not_https", {}),
        (Text("Half \ud83d"), PERSON, "text_invalid", {}),
        (Image(URL, caption="\udc4d"), PERSON, "text_invalid", {}),
        (Buttons("Go?", (Choice("\ud83d"),)), PERSON, "text_invalid", {}),
        (Poll("Go?", ("\ud83d",)), GROUP, "text_invalid", {}),
        (Delete("\ud83d"), PERSON, "text_invalid", {}),
        (Document(URL, extension=""), PERSON, "extension_invalid", {}),
        (Document(URL, extension="../me"), PERSON, "extension_invalid", {}),
        (Document(URL, extension="pdf"), CHANNEL, "not_in_channel", {}),
        (Location(90.1, 0), PERSON, "location_invalid", {}),
        (Location(0, float("nan")), PERSON, "location_invalid", {}),
        (Location(0, 0), CHANNEL, "not_in_channel", {}),
        (Buttons("", CHOICES), PERSON, "message_empty", {}),
        (Buttons("Go?", ()), PERSON, "choices_missing", {}),
        (Buttons("Go?", (Choice(" "),)), PERSON, "choice_empty", {}),
        (Buttons("Go?", (Choice("A", "1"), Choice("B", "1"))), PERSON, "choices_repeated", {}),
        (Buttons("Go?", (Choice("A"), Choice("B", "1"))), PERSON, "choices_repeated", {}),
        (Buttons("Go?", CHOICES), CHANNEL, "not_in_channel", {}),
        (OptionList("Go?", CHOICES, "", "Choose"), PERSON, "list_title_empty", {}),
        (OptionList("Go?", CHOICES, "Gate", ""), PERSON, "list_button_empty", {}),
        (OptionList("Go?", CHOICES, "Gate", "Choose"), GROUP, "not_in_group", {}),
        (Poll("Go?", ("Yes", "No")), PERSON, "poll_outside_group", {}),
        (Poll("", ("Yes", "No")), GROUP, "message_empty", {}),
        (Poll("Go?", ()), GROUP, "choices_missing", {}),
        (Poll("Go?", ("Yes", "")), GROUP, "choice_empty", {}),
        (Poll("Go?", ("Yes", "Yes")), GROUP, "choices_repeated", {}),
        (Poll("Go?", ("Yes", "No"), 0), GROUP, "max_options_invalid", {}),
        (Reaction("", "👍"), PERSON, "message_id_empty", {}),
        (Reaction(ID, ":)"), PERSON, "emoji_invalid", {}),
        (Reaction(ID, " "), PERSON, "emoji_invalid", {}),
        (Edit(ID, ""), PERSON, "message_empty", {}),
        (Edit("", "Hi"), PERSON, "message_id_empty", {}),
        (Forward("", GROUP), PERSON, "message_id_empty", {}),
        (Delete(""), PERSON, "message_id_empty", {}),
        (Read(" "), PERSON, "message_id_empty", {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_whatsapp_would_refuse_is_refused_by_its_rule(
    content: Content, chat: Chat, key: str, placeholders: dict[str, str]
) -> None:
    with pytest.raises(ContentError) as refused:
        content.check(chat)

    assert (refused.value.key, refused.value.placeholders) == (key, placeholders)


@pytest.mark.parametrize(
    ("content", "chat"),
    [
        (Image(PNG), PERSON),
        (
            Document(File("data:application/pdf;base64,JVBERg=="), extension="pdf"),
            GROUP,
        ),
        (Buttons("Go?", (Choice("A"), Choice("B"))), GROUP),
        (Text("Hi", typing_s=1), CHANNEL),
        (Location(-90, 180), GROUP),
    ],
)
def test_what_is_at_the_limit_goes(content: Content, chat: Chat) -> None:
    content.check(chat)


def values(content: Content) -> Iterator[str]:
    """Give the texts that a content holds."""
    for its in fields(content):
        value = getattr(content, its.name)
        if isinstance(value, str) and value:
            yield value


@pytest.mark.parametrize("content", [row[0] for row in REQUESTS])
def test_nothing_of_a_message_stands_in_its_repr(content: Content) -> None:
    assert not [value for value in values(content) if value in repr(content)]
    assert "PNG" not in repr(Image(PNG)) + repr(PNG)


@pytest.mark.parametrize(
    ("answer", "sent"),
    [
        (
            {"zaapId": "B1", "messageId": "3EB0", "id": "3EB0"},
            Sent("3EB0", "B1"),
        ),
        ({"zaapId": "B1", "messageId": "3EB0"}, Sent("3EB0", "B1")),
        ({"zaapId": "B1", "id": "3EB0"}, Sent("3EB0", "B1")),
        ({"zaapId": "B1"}, Sent(None, "B1")),
        ({"zaapId": None, "messageId": 7, "id": ""}, Sent(None, None)),
        ({}, Sent(None, None)),
        (None, Sent(None, None)),
        ([], Sent(None, None)),
    ],
)
def test_the_answer_to_a_send_is_read_leniently(answer: object, sent: Sent) -> None:
    assert Sent.from_json(answer) == sent
