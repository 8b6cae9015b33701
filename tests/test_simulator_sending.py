"""What the simulated gateway takes to send, refuses, keeps and shows, over real HTTP."""

from base64 import b64encode
from typing import Any

from aiohttp import ClientError
import pytest

from simulator import ERRORS, SENDS, Progress, State
from simulator.fields import LIMITS
from simulator.instance import HOOKS

from .line import CLIENT_TOKEN, MARIA, Line

GROUP = "120363000000000001-group"
CHANNEL = "120363000000000009@newsletter"
PNG = b"\x89PNG\r\n\x1a\n..."
OGG = b"OggS..."

pytestmark = pytest.mark.usefixtures("socket_enabled")


def data_uri(mime: str, data: bytes = b"...") -> str:
    return f"data:{mime};base64,{b64encode(data).decode()}"


TEXT = {"phone": MARIA, "message": "Hello"}
QUOTE = {"messageId": "3EB000000000000000AA", "delayMessage": 1}
LOCATION = {
    "phone": MARIA,
    "title": "Home",
    "address": "Rua A, 1",
    "latitude": "-23.5",
    "longitude": "-51",
}
POLL = {"phone": GROUP, "message": "Pizza?", "poll": [{"name": "Yes"}, {"name": "No"}]}
BUTTONS = {
    "phone": MARIA,
    "message": "Open the gate?",
    "buttonList": {"buttons": [{"id": "1", "label": "Yes"}, {"label": "No"}]},
}
LIST = {
    "phone": MARIA,
    "message": "Pick one",
    "optionList": {
        "title": "Scenes",
        "buttonLabel": "Open",
        "options": [{"id": "1", "title": "Night", "description": "all off"}],
    },
}
TAKEN: list[tuple[str, dict[str, Any]]] = [
    ("send-text", TEXT),
    ("send-text", TEXT | QUOTE | {"delayTyping": 15, "privateAnswer": True}),
    ("send-text", TEXT | {"editMessageId": "A"}),
    ("send-text", {"phone": GROUP, "message": "hi @all", "mentionAll": True}),
    ("send-text", {"phone": GROUP, "message": f"hi @{MARIA}", "mentioned": [MARIA]}),
    ("send-text", {"phone": "111122223333444@lid", "message": "hi"}),
    ("send-image", {"phone": MARIA, "image": data_uri("image/png")}),
    (
        "send-image",
        {"phone": MARIA, "image": "https://media.example.org/a.jpg"}
        | QUOTE
        | {"caption": "", "viewOnce": True},
    ),
    ("send-audio", {"phone": MARIA, "audio": data_uri("audio/ogg; codecs=opus")}),
    (
        "send-audio",
        {"phone": MARIA, "audio": data_uri("audio/mpeg"), "delayTyping": 3}
        | {"viewOnce": False, "async": True, "waveform": True},
    ),
    (
        "send-video",
        {"phone": MARIA, "video": data_uri("video/mp4"), "caption": "c", "async": True},
    ),
    ("send-ptv", {"phone": MARIA, "ptv": data_uri("video/mp4")} | QUOTE),
    ("send-gif", {"phone": MARIA, "gif": data_uri("video/mp4"), "caption": "c"}),
    (
        "send-document/pdf",
        {"phone": MARIA, "document": data_uri("application/pdf"), "fileName": "a.pdf"},
    ),
    ("send-sticker", {"phone": MARIA, "sticker": data_uri("image/webp")} | QUOTE),
    ("send-location", LOCATION),
    ("send-contact", {"phone": MARIA, "contactName": "Jo", "contactPhone": MARIA}),
    ("send-reaction", {"phone": MARIA, "reaction": "👍", "messageId": "A"}),
    ("send-remove-reaction", {"phone": MARIA, "messageId": "A"}),
    ("send-poll", POLL | {"pollMaxOptions": 1}),
    ("send-button-list", BUTTONS),
    ("send-option-list", LIST),
]


@pytest.mark.parametrize(("path", "body"), TAKEN)
async def test_a_send_as_the_vendor_describes_it_is_queued(
    line: Line, path: str, body: dict[str, Any]
) -> None:
    line.instance.state = State.UNPAIRED
    status, answer = await line.ask("POST", path, body)

    assert status == 200
    assert set(answer) == {"zaapId", "messageId", "id"}
    assert answer["messageId"] == answer["id"]
    sent = line.instance.sent[-1]
    assert (sent.route, sent.body, sent.phone) == (path, body, body["phone"])
    assert (sent.zaap_id, sent.message_id) == (answer["zaapId"], answer["messageId"])


async def test_forwarding_answers_with_the_id_of_the_queue_alone(line: Line) -> None:
    body = {"phone": GROUP, "messageId": "A", "messagePhone": MARIA}
    status, answer = await line.ask("POST", "forward-message", body)

    assert (status, list(answer)) == (200, ["zaapId"])


def missing() -> list[tuple[str, dict[str, Any]]]:
    """Return each body of the table once for each field, without it, unless it can be left out."""
    optional = {*QUOTE, "delayTyping", "privateAnswer", "caption", "viewOnce", "async"}
    optional |= {"waveform", "fileName", "pollMaxOptions", "editMessageId"}
    optional |= {"mentionAll", "mentioned"}
    return [
        (path, {key: value for key, value in body.items() if key != name})
        for path, body in TAKEN
        for name in body
        if name not in optional or (name == "messageId" and "reaction" in path)
    ]


REFUSED: list[tuple[str, dict[str, Any]]] = [
    *missing(),
    ("send-text", TEXT | {"message": " "}),
    ("send-text", TEXT | {"message": 1}),
    ("send-text", TEXT | {"phone": "+55 44 98888-8888"}),
    ("send-text", TEXT | {"phone": 5544988888888}),
    ("send-text", TEXT | {"delayMessage": 0}),
    ("send-text", TEXT | {"delayMessage": 16}),
    ("send-text", TEXT | {"delayTyping": "3"}),
    ("send-text", TEXT | {"delayTyping": True}),
    ("send-text", TEXT | {"messageId": None}),
    ("send-text", TEXT | {"messageid": "A"}),
    ("send-text", TEXT | {"message": "@all", "mentionAll": True}),
    ("send-text", TEXT | {"phone": GROUP, "mentionAll": True}),
    ("send-text", TEXT | {"message": f"@{MARIA}", "mentioned": [MARIA]}),
    ("send-text", {"phone": GROUP, "message": "hi", "mentioned": [MARIA]}),
    ("send-text", {"phone": GROUP, "message": f"@{MARIA}", "mentioned": MARIA}),
    ("send-image", {"phone": MARIA, "image": "http://media.example.org/a.jpg"}),
    ("send-image", {"phone": MARIA, "image": "/config/www/a.jpg"}),
    ("send-image", {"phone": MARIA, "image": b64encode(PNG).decode()}),
    ("send-image", {"phone": MARIA, "image": data_uri("video/mp4")}),
    ("send-image", {"phone": MARIA, "image": "data:image/png;base64,%%%"}),
    ("send-image", {"phone": MARIA, "image": data_uri("image/png", b"")}),
    ("send-image", {"phone": MARIA, "image": data_uri("image/png"), "viewOnce": 1}),
    ("send-audio", {"phone": MARIA, "audio": data_uri("audio/ogg"), "messageId": "A"}),
    ("send-audio", {"phone": MARIA, "audio": data_uri("audio/ogg"), "caption": "c"}),
    ("send-sticker", {"phone": MARIA, "sticker": data_uri("image/png"), "caption": ""}),
    ("send-location", LOCATION | {"latitude": -23.5}),
    ("send-location", LOCATION | {"latitude": "-23,5"}),
    ("send-location", LOCATION | {"longitude": "181"}),
    ("send-contact", {"phone": MARIA, "contactName": "Jo", "contactPhone": "+55"}),
    ("send-poll", POLL | {"poll": []}),
    ("send-poll", POLL | {"poll": ["Yes", "No"]}),
    ("send-poll", POLL | {"pollMaxOptions": "1"}),
    ("send-button-list", BUTTONS | {"buttonList": []}),
    ("send-button-list", BUTTONS | {"buttonList": {"buttons": [{"id": "1"}]}}),
    ("send-option-list", LIST | {"optionList": {"title": "T", "buttonLabel": "O"}}),
    ("forward-message", {"phone": GROUP, "messageId": "A"}),
    ("read-message", {"phone": MARIA}),
]


@pytest.mark.parametrize(("path", "body"), REFUSED)
async def test_a_send_that_the_vendor_does_not_describe_is_refused(
    line: Line, path: str, body: dict[str, Any]
) -> None:
    status, answer = await line.ask("POST", path, body)

    assert status == 400
    assert MARIA not in answer["error"]
    assert not line.instance.sent
    assert not line.instance.chats


@pytest.mark.parametrize(
    ("path", "method"),
    [(path, "PUT") for path, _ in TAKEN] + [("messages", "POST"), ("queue", "PUT")],
)
async def test_another_verb_is_refused(line: Line, path: str, method: str) -> None:
    assert (await line.ask(method, path, {}))[0] == 405


async def test_a_body_that_does_not_say_that_it_is_json_is_refused(line: Line) -> None:
    headers = {"Client-Token": CLIENT_TOKEN, "Content-Type": "text/plain"}
    assert await line.ask("POST", "send-text", TEXT, headers=headers) == (415, None)


async def test_the_record_has_the_headers_of_a_request(line: Line) -> None:
    await line.text()
    exchange = next(one for one in line.gateway.exchanges if one.path == "send-text")

    assert exchange.headers["client-token"] == CLIENT_TOKEN
    assert exchange.headers["content-type"] == "application/json"
    assert "headers" not in exchange.as_dict()
    assert CLIENT_TOKEN not in repr(exchange)


@pytest.mark.parametrize(
    ("path", "field", "mime"),
    [
        ("send-video", "video", "video/mp4"),
        ("send-video-status", "video", "video/mp4"),
    ],
)
async def test_a_video_may_have_so_many_bytes_and_no_more(
    line: Line, monkeypatch: pytest.MonkeyPatch, path: str, field: str, mime: str
) -> None:
    monkeypatch.setitem(LIMITS, "video", 10)
    monkeypatch.setattr("simulator.fields.STORY_LIMIT", 10)
    for size, status in (10, 200), (11, 400):
        body = {"phone": MARIA, field: data_uri(mime, bytes(size))}
        assert (await line.ask("POST", path, body))[0] == status


class TestChats:
    async def test_a_message_goes_from_queued_to_read(self, line: Line) -> None:
        line.instance.state = State.UNPAIRED
        await line.ask("POST", "send-text", TEXT)
        shown = line.instance.chats[MARIA].last
        assert (shown.kind, shown.text) == ("text", "Hello")
        assert shown.from_me
        assert str(shown.progress) == "queued"

        await line.gateway.connect(line.instance)
        await line.gateway.drain()
        assert str(shown.progress) == "read"

    async def test_what_is_taken_from_the_queue_is_never_sent(self, line: Line) -> None:
        line.instance.state = State.UNPAIRED
        _, first = await line.ask("POST", "send-text", TEXT)
        await line.ask("POST", "send-text", TEXT)
        await line.ask("POST", "send-text", TEXT)
        await line.ask("DELETE", f"queue/{first['zaapId']}")
        assert len(line.instance.queue) == 2
        await line.ask("DELETE", "queue")

        await line.gateway.connect(line.instance)
        await line.gateway.drain()
        progress = [
            one.progress for one in line.instance.chats[MARIA].messages.values()
        ]
        assert progress == [Progress.REMOVED] * 3

    async def test_a_file_is_kept_byte_for_byte(self, line: Line) -> None:
        picture = PNG * 3000
        shown = await line.send(
            "send-image", image=data_uri("image/png", picture), caption="Gate"
        )

        assert shown is not None and shown.media is not None
        assert (shown.kind, shown.text) == ("image", "Gate")
        assert (shown.media.mime, shown.media.data) == ("image/png", picture)
        assert line.instance.sent[-1].media is shown.media
        assert len(line.instance.sent[-1].body["image"]) < 200
        assert repr(shown.media) == "Media(mime='image/png')"

    async def test_a_file_is_served_without_becoming_a_page_of_the_gateway(
        self, line: Line
    ) -> None:
        page = b"<script>alert(1)</script>"
        shown = await line.send(
            "send-document/html", document=data_uri("text/html", page)
        )
        assert shown is not None
        async with line.client.get(shown.link) as response:
            assert await response.read() == page
            assert "sandbox" in response.headers["Content-Security-Policy"]
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Content-Disposition"] == "attachment"

    async def test_a_reply_names_what_it_answers(self, line: Line) -> None:
        await line.gateway.receive_message(line.instance, "Is it closed?")
        asked = line.instance.chats[MARIA].last
        answer = await line.text("Yes", messageId=asked.message_id)

        assert (asked.from_me, asked.author) == (False, MARIA)
        assert asked.name == "Maria Example"
        assert answer.quoted == asked.message_id
        assert list(line.instance.chats[MARIA].messages.values()) == [asked, answer]

    async def test_an_edit_replaces_the_text_and_adds_no_message(
        self, line: Line
    ) -> None:
        shown = await line.text("Gate opne")
        assert (
            await line.send(
                "send-text", message="Gate open", editMessageId=shown.message_id
            )
            is None
        )

        assert (shown.text, shown.edits) == ("Gate open", ["Gate opne"])
        assert len(line.instance.chats[MARIA].messages) == 1
        assert len(line.instance.sent) == 2

    @pytest.mark.parametrize("cause", ["age", "webhook", "message"])
    async def test_an_edit_may_fail(self, line: Line, cause: str) -> None:
        shown = await line.text("Gate opne")
        message_id = "another" if cause == "message" else shown.message_id
        if cause == "age":
            line.now += 7 * 86_400 + 1
        if cause == "webhook":
            line.gateway.set_webhooks(
                line.instance, "", *(hook.field for hook in HOOKS[:2])
            )
        await line.send("send-text", message="Gate open", editMessageId=message_id)

        assert "7 days" in line.delivered()["error"]
        assert (shown.text, shown.edits) == ("Gate opne", [])

    async def test_a_reaction_stands_at_its_message_until_it_is_removed(
        self, line: Line
    ) -> None:
        shown = await line.text()
        await line.send("send-reaction", reaction="👍", messageId=shown.message_id)
        assert shown.reactions == {line.instance.phone: "👍"}
        await line.send("send-reaction", reaction="❤️", messageId=shown.message_id)
        assert shown.reactions == {line.instance.phone: "❤️"}
        await line.send("send-remove-reaction", messageId=shown.message_id)
        assert shown.reactions == {}

    async def test_what_comes_in_reacts_and_edits_too(self, line: Line) -> None:
        receive, instance = line.gateway.receive_message, line.instance
        shown = await line.text()
        target = {"messageId": shown.message_id}
        reaction = {"value": "🎉", "referencedMessage": target}
        await receive(instance, {"reaction": reaction})
        assert shown.reactions == {MARIA: "🎉"}
        await receive(instance, {"reaction": {"value": "", "referencedMessage": None}})
        await receive(
            instance, {"reaction": {"value": "", "referencedMessage": target}}
        )
        assert shown.reactions == {}

        await receive(instance, "Helo", messageId="A")
        await receive(instance, "Hello", messageId="A", isEdit=True)
        assert instance.chats[MARIA].last.text == "Hello"
        assert instance.chats[MARIA].last.edits == ["Helo"]

    async def test_a_forwarded_message_is_a_copy(self, line: Line) -> None:
        shown = await line.send(
            "send-image", image=data_uri("image/png", PNG), caption="Gate"
        )
        assert shown is not None
        body = {"messageId": shown.message_id, "messagePhone": MARIA}
        await line.send("forward-message", phone=GROUP, **body)
        copy = line.instance.chats[GROUP].last

        assert (copy.forwarded, copy.kind, copy.text) == (True, "image", "Gate")
        assert (copy.media, copy.link) == (shown.media, shown.link)
        assert copy.progress is Progress.READ

    async def test_what_nobody_wrote_is_not_forwarded(self, line: Line) -> None:
        await line.send("forward-message", messageId="A", messagePhone=MARIA)

        assert "was not found" in line.delivered()["error"]
        assert line.instance.chats[MARIA].last.progress is Progress.FAILED

    async def test_only_whose_message_it_is_deletes_it(self, line: Line) -> None:
        shown = await line.text()
        path = f"messages?messageId={shown.message_id}&phone={MARIA}&owner="
        assert (await line.ask("DELETE", f"{path}false"))[0] == 204
        assert not shown.deleted
        assert (await line.ask("DELETE", f"{path}yes"))[0] == 400
        assert (await line.ask("DELETE", f"{path}true"))[0] == 204
        assert shown.deleted

    async def test_what_somebody_wrote_is_marked_read(self, line: Line) -> None:
        await line.gateway.receive_message(line.instance, "Hi", messageId="A")
        shown = line.instance.chats[MARIA].last
        assert str(shown.progress) == "received"

        body = {"phone": MARIA, "messageId": "A"}
        assert await line.ask("POST", "read-message", body) == (204, None)
        assert str(shown.progress) == "read"

    async def test_a_person_is_one_chat_in_all_three_forms(self, line: Line) -> None:
        await line.gateway.receive_message(line.instance, "Hi")
        lid = line.callbacks[-1]["chatLid"]
        for phone in MARIA, "554488888888", lid:
            await line.text(phone=phone)

        assert len(line.instance.chats) == 1
        assert len(line.instance.chats[lid].messages) == 4
        assert "554488888888" in line.instance.chats
        assert GROUP not in line.instance.chats

    async def test_the_echo_says_what_was_sent(self, line: Line) -> None:
        line.instance.settings["receiveCallbackSentByMe"] = True
        bodies = [body for body in TAKEN if "reaction" not in body[0]]
        seen = {}
        for path, body in bodies:
            if "editMessageId" not in body:
                await line.send(path, **body)
                echo = next(
                    one for one in reversed(line.callbacks) if one.get("fromApi")
                )
                seen[path] = echo.keys()
                assert echo["isGroup"] == body["phone"].endswith("-group")

        assert {
            "send-text": "text",
            "send-image": "image",
            "send-audio": "audio",
            "send-video": "video",
            "send-ptv": "ptv",
            "send-gif": "video",
            "send-document/pdf": "document",
            "send-sticker": "sticker",
            "send-location": "location",
            "send-contact": "contact",
            "send-poll": "poll",
            "send-button-list": "buttonsMessage",
            "send-option-list": "listMessage",
        }.items() <= {(path, key) for path, keys in seen.items() for key in keys}

    async def test_the_delay_is_the_gap_before_the_next_message(
        self, line: Line
    ) -> None:
        line.gateway.spacing = (0.5, 0.5)
        line.instance.state = State.UNPAIRED
        for delays in {"delayMessage": 9}, {"delayTyping": 2}, {}:
            await line.ask("POST", "send-text", TEXT | delays)
        await line.gateway.connect(line.instance)
        await line.gateway.drain()

        assert line.pauses[0] == 0.5
        assert [seconds for seconds in line.pauses if seconds != 0.5] == [11]

    async def test_a_queue_goes_on_after_its_work_was_dropped(self, line: Line) -> None:
        await line.gateway.send(line.instance, "send-text", TEXT)
        await line.gateway.close()
        assert len(line.instance.queue) == 1

        await line.text()

        assert not line.instance.queue


class TestFailures:
    @pytest.mark.parametrize(
        "text", [text for texts in ERRORS.values() for text in texts]
    )
    async def test_each_text_of_the_vendor_can_be_the_reason(
        self, line: Line, text: str
    ) -> None:
        line.gateway.faults.delivery_error = text
        shown = await line.text()

        assert line.delivered()["error"] == text
        assert ("errorCode" in line.delivered()) == ("shadow ban" in text)
        assert (shown.progress, shown.error) == (Progress.FAILED, text)

    @pytest.mark.parametrize(
        ("path", "body"),
        [("send-button-list", BUTTONS), ("send-option-list", LIST)],
    )
    async def test_buttons_can_be_refused_while_texts_go_through(
        self, line: Line, path: str, body: dict[str, Any]
    ) -> None:
        line.gateway.faults.buttons_refused = True
        refused = await line.send(path, **body)
        assert refused is not None
        assert "You must accept buttons message terms" in refused.error
        assert (await line.text()).progress is Progress.READ

    @pytest.mark.parametrize(
        ("path", "body", "error"),
        [
            ("send-poll", POLL | {"phone": MARIA}, "can only be sent in groups"),
            ("send-option-list", LIST | {"phone": GROUP}, "did not allow"),
            ("send-option-list", LIST | {"phone": CHANNEL}, "Options List not avail"),
            ("send-location", LOCATION | {"phone": CHANNEL}, "Location message not"),
            (
                "send-sticker",
                {"phone": MARIA, "sticker": data_uri("image/tiff")},
                "Unsupported sticker format: image/tiff",
            ),
        ],
    )
    async def test_what_a_chat_cannot_take_fails_after_it_was_queued(
        self, line: Line, path: str, body: dict[str, Any], error: str
    ) -> None:
        shown = await line.send(path, **body)
        assert shown is not None
        assert error in shown.error
        assert shown.error == line.delivered()["error"]

    async def test_a_group_that_was_left_takes_nothing(self, line: Line) -> None:
        line.instance.left.add(GROUP)
        assert "permission" in (await line.text(phone=GROUP)).error
        listed = await line.ask("GET", "groups?page=1&pageSize=50")
        assert listed == (200, [])

    @pytest.mark.parametrize(
        ("switch", "arrived"), [("reset_before", 0), ("reset_after", 1)]
    )
    async def test_the_connection_can_be_cut_for_sends_alone(
        self, line: Line, switch: str, arrived: int
    ) -> None:
        setattr(line.gateway.faults, switch, SENDS)
        forward = {"phone": GROUP, "messageId": "A", "messagePhone": MARIA}
        for path, body in ("send-text", TEXT), ("forward-message", forward):
            with pytest.raises(ClientError):
                await line.ask("POST", path, body)

        assert len(line.instance.sent) == 2 * arrived
        assert (await line.ask("GET", "status"))[0] == 200


class TestDirectory:
    async def test_a_number_comes_back_as_whatsapp_has_it(self, line: Line) -> None:
        line.instance.contacts["554477776666"] = "Ana"
        line.instance.absent.add("5544911112222")
        asked = [MARIA, "554488888888", "5544977776666", "5544911112222"]
        _, found = await line.ask("POST", "phone-exists-batch", {"phones": asked})

        assert [one["inputPhone"] for one in found] == asked
        assert [(one["exists"], one["outputPhone"]) for one in found] == [
            (True, MARIA),
            (True, MARIA),
            (True, "554477776666"),
            (False, "5544911112222"),
        ]
        assert found[0]["lid"] == found[1]["lid"]
        assert found[3]["lid"] is None

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"phones": []},
            {"phones": MARIA},
            {"phones": [5544988888888]},
            {"phones": ["+5544988888888"]},
            {"phones": [MARIA], "phone": MARIA},
            {"phones": [MARIA] * 50_001},
        ],
    )
    async def test_a_batch_that_the_vendor_does_not_describe_is_refused(
        self, line: Line, body: dict[str, Any]
    ) -> None:
        assert (await line.ask("POST", "phone-exists-batch", body))[0] == 400

    async def test_the_chats_have_whoever_was_written_to(self, line: Line) -> None:
        await line.text(phone="5511912345678")
        await line.text(phone="554488888888")
        _, chats = await line.ask("GET", "chats?page=1&pageSize=50")

        assert [chat["phone"] for chat in chats] == [MARIA, GROUP, "5511912345678"]
        assert [chat["isGroup"] for chat in chats] == [False, True, False]
        assert {chat["lastMessageTime"] for chat in chats} == {"1790000000"}

    @pytest.mark.parametrize("path", ["groups", "chats", "contacts"])
    async def test_a_list_is_given_by_page(self, line: Line, path: str) -> None:
        for number in range(60):
            line.instance.groups[f"1203630000000001{number:02}-group"] = "A group"
            line.instance.contacts[f"55449100000{number:02}"] = "A person"
        pages = [
            (await line.ask("GET", f"{path}?page={page}&pageSize=50"))[1]
            for page in range(1, 5)
        ]

        assert len(pages[0]) == 50
        assert pages[3] == []
        assert (await line.ask("GET", path))[0] == 400
        assert (await line.ask("GET", f"{path}?page=1"))[0] == 400
