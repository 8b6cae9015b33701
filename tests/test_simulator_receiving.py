"""What the simulated gateway posts of what others write, and how their phones show it, over real HTTP."""

from typing import Any

import pytest

from simulator import CONTENTS, NOTICES, Message, Writer

from .line import MARIA, Line

pytestmark = pytest.mark.usefixtures("socket_enabled")

GROUP = "120363000000000001-group"
CHANNEL = "120363000000000009@newsletter"
STRANGER = "111122223333444@lid"
YES_OR_NO = {"buttons": [{"id": "y", "label": "Yes"}, {"label": "No"}]}
SCENES = {
    "title": "Scenes",
    "buttonLabel": "Open",
    "options": [{"id": "n", "title": "Night"}, {"title": "Day", "description": ""}],
}


def words(text: str) -> set[str]:
    return set(text.split())


# As captured: what a message has in every chat, and what a notice has in private.
ENVELOPE = words(
    "isStatusReply chatLid connectedPhone waitingMessage isEdit isGroup isNewsletter instanceId messageId phone fromMe "
    "momment status chatName senderPhoto senderName photo broadcast participantPhone participantLid forwarded type fromApi"
)
NOTICE = words(
    "type notification notificationParameters callId code messageId phone chatLid connectedPhone instanceId isGroup "
    "isNewsletter fromMe momment expiresAt status chatName senderName senderPhoto photo broadcast participantLid "
    "referenceMessageId externalAdReply forwarded"
)
WAITING = words(
    "type instanceId messageId phone chatName fromMe isGroup isNewsletter isStatusReply momment status waitingMessage viewOnce"
)
PRODUCTS = "products.{}.name products.{}.quantity products.{}.isCustomItem products.{}.productId products.{}.value"
REVIEWED = (
    "currency referenceId orderRequestId orderStatus paymentStatus total subTotal discount shipping tax "
    + PRODUCTS.replace("{}", "0")
)
REFERENCED = (
    "referencedMessage.messageId referencedMessage.fromMe referencedMessage.phone "
    "referencedMessage.participant"
)
PAID = "receiverPhone value currencyCode status transactionStatus"
PAYMENT = " ".join(f"paymentInfo.{name}" for name in PAID.split())
CARD = "cards.0.header.image"
KINDS = {
    "text": "message description title url thumbnailUrl",
    "image": "mimeType imageUrl thumbnailUrl downloadError caption width height viewOnce",
    "audio": "ptt seconds audioUrl mimeType viewOnce",
    "video": "videoUrl caption mimeType seconds viewOnce width height isGif",
    "ptv": "ptvUrl caption mimeType width height",
    "document": "documentUrl mimeType title pageCount fileName caption",
    "contact": "displayName vCard phones.0",
    "location": "longitude latitude address url name thumbnailUrl",
    "liveLocation": "longitude latitude sequence.low sequence.high sequence.unsigned caption",
    "sticker": "stickerUrl mimeType width height",
    "reaction": f"value time reactionBy {REFERENCED}",
    "poll": "question pollMaxOptions options.0.name options.1.name",
    "pollVote": "pollMessageId options.0.name",
    "buttonsMessage": "imageUrl videoUrl message buttons.0.buttonId buttons.0.type buttons.0.buttonText.displayText",
    "buttonsResponseMessage": "buttonId message",
    "listMessage": "description footerText title buttonText sections.0.title sections.0.options.0.title "
    "sections.0.options.0.description sections.0.options.0.rowId",
    "listResponseMessage": "message title selectedRowId",
    "hydratedTemplate": "header message footer title templateId hydratedButtons.0.index "
    "hydratedButtons.0.urlButton.displayText hydratedButtons.0.urlButton.url",
    "carouselMessage": "text cards.0.message cards.0.footer cards.0.title cards.0.hydratedButtons.0.index "
    "cards.0.hydratedButtons.0.urlButton.displayText cards.0.hydratedButtons.0.urlButton.url "
    "cards.0.hydratedButtons.1.index cards.0.hydratedButtons.1.quickReplyButton.displayText "
    f"cards.0.hydratedButtons.1.quickReplyButton.id {CARD}.imageUrl {CARD}.thumbnailUrl {CARD}.caption "
    f"{CARD}.mimeType {CARD}.viewOnce {CARD}.width {CARD}.height",
    "pixKeyMessage": "currency referenceId key keyType merchantName",
    "externalAdReply": "title body mediaType thumbnailUrl sourceType sourceId ctwaClid sourceUrl containsAutoReply "
    "renderLargerThumbnail showAdAttribution",
    "product": "productImage businessOwnerJid currencyCode productId description productImageCount price url retailerId "
    "firstImageId title",
    "order": "itemCount orderId message orderTitle sellerJid thumbnailUrl token currency total subTotal "
    "products.0.quantity products.0.name products.0.productId products.0.retailerId products.0.price products.0.currencyCode",
    "reviewOrder": REVIEWED,
    "reviewAndPay": f"type {REVIEWED}",
    "requestPayment": f"value currencyCode expiration requestPhone {PAYMENT}",
    "sendPayment": PAYMENT,
    "event": "name description canceled joinLink scheduleTime location.name",
    "eventResponse": f"response responseFrom time {REFERENCED}",
    "pinMessage": f"action pinDurationInSecs {REFERENCED}",
    "newsletterAdminInvite": "newsletterId newsletterName text inviteExpiration",
    "statusImage": "imageUrl thumbnailUrl caption mimeType width height",
    "statusVideo": "videoUrl caption mimeType",
    "statusAudio": "audioUrl mimeType",
}
BESIDE = {
    "buttonsResponseMessage": {"referenceMessageId"},
    "listResponseMessage": {"referenceMessageId"},
    "externalAdReply": {"text"},
    "statusImage": {"text", "referenceMessageId"},
    "statusVideo": {"text", "referenceMessageId"},
    "statusAudio": {"text", "referenceMessageId"},
}
CALLED = {"callDirection", "isVideo", "fromApi"}
NOTICE_BESIDE = {
    "GROUP_MEMBER_LINK_PROPERTY_UPDATE": {"linkMode"},
    "MEMBERSHIP_APPROVAL_REQUEST": {"requestMethod"},
    "PROFILE_NAME_UPDATED": {"profileName"},
    "PROFILE_PICTURE_UPDATED": {"updatedPhoto"},
} | {
    f"CALL_{name}": CALLED
    for name in words(
        "RECEIVED MISSED_VOICE MISSED_VIDEO ACCEPTED STARTED ENDED MISSED"
    )
}
NOTICE_LACKS = {
    "PROFILE_NAME_UPDATED": {"messageId", "notificationParameters"},
    "PROFILE_PICTURE_UPDATED": {"messageId", "notificationParameters"},
    "CHAT_LABEL_ASSOCIATION": {"messageId"},
}


def paths(value: Any, path: str = "") -> set[str]:
    """Return the paths of all values that hold no others."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found = set()
    for key, item in items:
        is_nested = isinstance(item, dict | list) and item
        found |= paths(item, f"{path}{key}.") if is_nested else {f"{path}{key}"}
    return found


def writer(line: Line, **who: Any) -> Writer:
    return Writer(gateway=line.gateway, instance=line.instance, **who)


def shown(line: Line, chat: str = MARIA) -> Message:
    return line.instance.chats[chat].last


def test_nothing_is_left_out_of_the_tables() -> None:
    assert KINDS.keys() == CONTENTS.keys()
    assert NOTICE_BESIDE.keys() | NOTICE_LACKS.keys() < NOTICES.keys()


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_has_the_keys_of_the_reference(line: Line, kind: str) -> None:
    await writer(line).send(kind)

    [body] = line.callbacks
    assert body.keys() == ENVELOPE | {kind} | BESIDE.get(kind, set())
    assert paths(body[kind]) == words(KINDS[kind])
    assert body["isStatusReply"] == kind.startswith("status")
    assert "media.example.org" not in str(body)


@pytest.mark.parametrize("notification", NOTICES)
async def test_each_notice_has_the_keys_of_the_reference(
    line: Line, notification: str
) -> None:
    await writer(line).send(notification)
    await writer(line, group=GROUP).send(notification)

    private, group = line.callbacks
    keys = NOTICE | NOTICE_BESIDE.get(notification, set())
    assert private.keys() == keys - NOTICE_LACKS.get(notification, set())
    assert private["notification"] == notification
    assert group.keys() == private.keys() | {"participantPhone"}


async def test_a_call_is_told_by_its_time_or_by_its_own_id(line: Line) -> None:
    for notification in "CALL_RECEIVED", "CALL_ENDED", "CALL_VOICE":
        await writer(line, phone=STRANGER).send(notification)

    received, ended, older = line.callbacks
    assert received["messageId"] == older["messageId"] == "1790000000-59"
    assert ended["messageId"] == ended["callId"] != received["callId"]
    assert older["callId"] is None
    assert received["phone"] == received["chatLid"] == STRANGER


@pytest.mark.parametrize(
    ("who", "told"),
    [
        ({}, {"phone": MARIA, "chatName": "Maria Example", "participantPhone": None}),
        (
            {"phone": STRANGER, "name": "Ana"},
            {"phone": STRANGER, "chatLid": STRANGER, "senderName": "Ana"},
        ),
        ({"phone": "5511900000000"}, {"chatName": "5511900000000"}),
        (
            {"group": GROUP},
            {
                "phone": GROUP,
                "isGroup": True,
                "chatLid": None,
                "chatName": "Example house",
                "participantPhone": MARIA,
                "senderName": "Maria Example",
            },
        ),
        (
            {"group": GROUP, "phone": STRANGER},
            {"phone": GROUP, "participantLid": STRANGER},
        ),
        (
            {"phone": CHANNEL, "name": "News"},
            {"phone": CHANNEL, "isNewsletter": True, "chatLid": None},
        ),
        (
            {"phone": "1790000000-broadcast"},
            {"broadcast": True, "chatLid": None},
        ),
        (
            {"own": True},
            {
                "phone": MARIA,
                "fromMe": True,
                "fromApi": False,
                "chatName": "Maria Example",
                "senderName": "Example house",
            },
        ),
        (
            {"own": True, "group": GROUP},
            {"phone": GROUP, "participantPhone": "5544999999999"},
        ),
    ],
)
async def test_it_is_told_who_wrote_and_where(
    line: Line, who: dict[str, Any], told: dict[str, Any]
) -> None:
    line.instance.settings["receiveCallbackSentByMe"] = True
    await writer(line, **who).write("Hello")

    [body] = line.callbacks
    assert body.keys() == ENVELOPE | {"text"}
    assert {key: body[key] for key in told} == told


async def test_whoever_writes_is_a_contact_once(line: Line) -> None:
    for phone in STRANGER, STRANGER, "554488888888", CHANNEL:
        await writer(line, phone=phone, name="Ana").write("Hello")

    assert line.instance.contacts == {MARIA: "Maria Example", STRANGER: "Ana"}


async def test_own_messages_are_posted_only_while_they_are_asked_for(
    line: Line,
) -> None:
    own, path = writer(line, own=True), "update-notify-sent-by-me"
    await own.write("Hello")
    assert await line.ask("PUT", path, {"notifySentByMe": True}) == (
        200,
        {"value": True},
    )
    await own.write("Once more")
    assert (await line.ask("GET", "me"))[1]["receiveCallbackSentByMe"] is True
    await line.ask("PUT", path, {"notifySentByMe": False})
    await own.write("Never mind")

    assert [body["text"]["message"] for body in line.callbacks] == ["Once more"]
    assert shown(line).from_me


class TestAnswering:
    """A person answers what stands in the chat."""

    async def test_by_a_text_that_quotes(self, line: Line) -> None:
        sent = await line.text()
        await writer(line).write("Hi", sent.message_id)

        assert line.callbacks[-1]["referenceMessageId"] == sent.message_id
        assert shown(line).quoted == sent.message_id

    @pytest.mark.parametrize(("choice", "label"), [("y", "Yes"), ("2", "No")])
    async def test_by_a_button(self, line: Line, choice: str, label: str) -> None:
        sent = await line.send("send-button-list", message="?", buttonList=YES_OR_NO)
        assert sent
        await writer(line).press(sent.message_id, choice)

        body = line.callbacks[-1]
        assert body["buttonsResponseMessage"] == {"buttonId": choice, "message": label}
        assert body["referenceMessageId"] == sent.message_id

    async def test_by_a_button_that_acts(self, line: Line) -> None:
        actions = [
            {"type": "URL", "label": "Open", "url": "https://example.org"},
            {"type": "REPLY", "label": "Fine"},
        ]
        sent = await line.send(
            "send-button-actions", message="?", buttonActions=actions
        )
        assert sent
        await writer(line).press(sent.message_id, "2")
        with pytest.raises(ValueError, match="No such choice"):
            await writer(line).press(sent.message_id, "1")

        assert line.callbacks[-1]["buttonsResponseMessage"]["message"] == "Fine"

    @pytest.mark.parametrize(("row", "title"), [("n", "Night"), ("2", "Day")])
    async def test_by_a_row(self, line: Line, row: str, title: str) -> None:
        sent = await line.send("send-option-list", message="?", optionList=SCENES)
        assert sent
        await writer(line).press(sent.message_id, row)

        body = line.callbacks[-1]
        assert body["listResponseMessage"] == {
            "message": title,
            "title": "Scenes",
            "selectedRowId": row,
        }
        assert body["referenceMessageId"] == sent.message_id

    async def test_by_a_vote(self, line: Line) -> None:
        names = [{"name": "Yes"}, {"name": "No"}]
        sent = await line.send("send-poll", phone=GROUP, message="?", poll=names)
        assert sent
        member = writer(line, group=GROUP)
        await member.vote(sent.message_id, ["Yes", "No"])
        assert sent.votes == {MARIA: ["Yes", "No"]}
        await member.vote(sent.message_id, [])
        assert sent.votes == {MARIA: []}
        with pytest.raises(ValueError, match="No such option"):
            await member.vote(sent.message_id, ["Perhaps"])

        voted, withdrawn = line.callbacks[-2:]
        assert voted["pollVote"] == {
            "pollMessageId": sent.message_id,
            "options": names,
        }
        assert voted["participantPhone"] == MARIA
        assert withdrawn["pollVote"]["options"] == []

    async def test_once_in_a_poll_of_one_answer(self, line: Line) -> None:
        sent = await line.send(
            "send-poll",
            phone=GROUP,
            message="?",
            poll=[{"name": "Yes"}, {"name": "No"}],
            pollMaxOptions=1,
        )
        assert sent
        with pytest.raises(ValueError, match="One option"):
            await writer(line, group=GROUP).vote(sent.message_id, ["Yes", "No"])

    async def test_by_a_reaction(self, line: Line) -> None:
        sent = await line.text()
        stranger = writer(line, phone=STRANGER)
        await writer(line).react(sent.message_id, "👍")
        assert sent.reactions == {MARIA: "👍"}
        await writer(line).react(sent.message_id, "")
        assert sent.reactions == {}
        await stranger.write("Hi")
        await stranger.react(shown(line, STRANGER).message_id, "🎉")

        given, taken, lid = (
            body["reaction"] for body in line.callbacks if "reaction" in body
        )
        assert given == {
            "value": "👍",
            "time": 1_790_000_000_000,
            "reactionBy": MARIA,
            "referencedMessage": {
                "messageId": sent.message_id,
                "fromMe": True,
                "phone": MARIA,
                "participant": None,
            },
        }
        assert taken["value"] == ""
        assert lid["reactionBy"] == STRANGER.removesuffix("@lid")
        assert lid["referencedMessage"]["fromMe"] is False

    async def test_to_what_is_not_there(self, line: Line) -> None:
        for answer in (
            writer(line).react("A", "👍"),
            writer(line).press("A", "1"),
            writer(line).vote("A", []),
            writer(line).edit("A", "Hi"),
            writer(line).revoke("A"),
        ):
            with pytest.raises(ValueError, match="No such message"):
                await answer
        assert line.callbacks == []


class TestChanging:
    """A person changes or deletes what they wrote, and nothing else."""

    async def test_a_text(self, line: Line) -> None:
        await writer(line).write("Helo")
        [wrong] = line.callbacks
        await writer(line).edit(wrong["messageId"], "Hello")

        right = line.callbacks[-1]
        assert right["isEdit"]
        assert right["messageId"] == wrong["messageId"] != right["editMessageId"]
        assert right["text"] == {"message": "Hello"}
        assert (shown(line).text, shown(line).edits) == ("Hello", ["Helo"])

    async def test_a_caption_without_its_media(self, line: Line) -> None:
        await writer(line).send("video", "Befor")
        message_id = line.callbacks[-1]["messageId"]
        await writer(line).edit(message_id, "Before")

        video = line.callbacks[-1]["video"]
        assert paths(video) == words(KINDS["video"])
        assert (video["caption"], video["videoUrl"], video["mimeType"]) == (
            "Before",
            None,
            "",
        )
        assert video["width"] == video["seconds"] == 0
        assert shown(line).link.endswith(".mp4")

    async def test_by_deleting_it(self, line: Line) -> None:
        await writer(line, group=GROUP).write("Hello")
        message_id = line.callbacks[-1]["messageId"]
        with pytest.raises(ValueError, match="Somebody else"):
            await writer(line, group=GROUP, phone=STRANGER).revoke(message_id)
        await writer(line, group=GROUP).revoke(message_id)

        body = line.callbacks[-1]
        assert body.keys() == NOTICE | {"participantPhone"}
        assert (body["notification"], body["messageId"]) == ("REVOKE", message_id)
        assert (body["referenceMessageId"], body["notificationParameters"]) == (
            None,
            [],
        )
        assert shown(line, GROUP).deleted

    async def test_on_the_own_phone_what_was_sent(self, line: Line) -> None:
        sent = await line.text()
        with pytest.raises(ValueError, match="Somebody else"):
            await writer(line).edit(sent.message_id, "Mine")
        await writer(line, own=True).revoke(sent.message_id)

        assert sent.deleted

    async def test_but_no_voice_note(self, line: Line) -> None:
        await writer(line).send("audio")
        with pytest.raises(ValueError, match="cannot be edited"):
            await writer(line).edit(line.callbacks[-1]["messageId"], "Hello")


class TestMedia:
    async def get(self, line: Line, url: str) -> tuple[int, str, bytes]:
        path = url.removeprefix(line.gateway.base_url)
        async with line.client.get(path) as response:
            return response.status, response.content_type, await response.read()

    async def test_a_voice_note_is_one(self, line: Line) -> None:
        await writer(line).send("audio")
        url = line.callbacks[-1]["audio"]["audioUrl"]
        status, kind, data = await self.get(line, url)

        assert (status, kind) == (200, "audio/ogg")
        assert data.startswith(b"OggS")
        assert b"OpusHead" in data[:64]
        assert 2_000 < len(data) < 4_000
        # The last page says how many samples there are, 48,000 a second.
        page = data[data.rindex(b"OggS") :]
        samples = int.from_bytes(page[6:14], "little")
        assert samples // 48_000 == line.callbacks[-1]["audio"]["seconds"]
        assert shown(line).link == url.removeprefix(line.gateway.base_url)

    async def test_a_picture_has_its_caption(self, line: Line) -> None:
        await writer(line).send("image", "The gate")
        image = line.callbacks[-1]["image"]
        _, kind, data = await self.get(line, image["imageUrl"])

        assert (image["caption"], kind) == ("The gate", image["mimeType"])
        assert data.startswith(b"\xff\xd8")

    async def test_a_link_lives_thirty_days(self, line: Line) -> None:
        await writer(line).send("audio")
        url = line.callbacks[-1]["audio"]["audioUrl"]
        line.now += 30 * 86_400
        assert (await self.get(line, url))[0] == 200
        line.now += 1
        assert (await self.get(line, url))[0] == 404

    async def test_a_file_can_be_gone(self, line: Line) -> None:
        await writer(line).send("audio")
        url = line.callbacks[-1]["audio"]["audioUrl"]
        line.gateway.faults.media_gone = "404"
        assert (await self.get(line, url))[0] == 404
        line.gateway.faults.media_gone = "html"
        assert (await self.get(line, url))[:2] == (200, "text/html")


class TestFaults:
    async def test_a_message_comes_again_with_a_newer_moment(self, line: Line) -> None:
        line.gateway.faults.redeliver_callbacks = 9
        await writer(line).write("Hello")
        await line.gateway.connect(line.instance)

        *messages, connected = line.callbacks
        assert len(messages) == 10
        moments = [body.pop("momment") for body in messages]
        assert moments == sorted(set(moments))
        assert all(body == messages[0] for body in messages)
        assert connected["type"] == "ConnectedCallback"

    @pytest.mark.parametrize(
        ("switches", "moments"),
        [
            ({"momment_seconds": True}, [1_790_000_000, 1_790_000_001]),
            ({"momment_string": True}, ["1790000000000", "1790000001000"]),
            ({"missing_fields": ["momment"]}, [None, None]),
        ],
    )
    async def test_its_newer_moment_is_told_as_badly(
        self, line: Line, switches: dict[str, Any], moments: list[Any]
    ) -> None:
        line.gateway.faults.update({"redeliver_callbacks": 1} | switches)
        await writer(line).write("Hello")

        assert [body.get("momment") for body in line.callbacks] == moments

    async def test_it_may_come_again_later(
        self, line: Line, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("simulator.courier.asyncio.sleep", line.pause)
        line.gateway.faults.update({"redeliver_callbacks": 2, "redeliver_after": 23})
        assert len(await writer(line).write("Hello")) == 1
        await line.gateway.drain()

        moments = [body["momment"] - 1_790_000_000_000 for body in line.callbacks]
        assert moments == [0, 23_000, 46_000]
        assert line.pauses == [23, 23]

    async def test_an_id_can_be_that_of_another_chat(self, line: Line) -> None:
        line.gateway.faults.colliding_ids = True
        sent = await line.text()
        await writer(line, phone=STRANGER).send("audio")
        await writer(line, phone=STRANGER).write("Hello")

        voice, text = line.callbacks[-2:]
        assert voice["messageId"] == sent.message_id != text["messageId"]
        assert shown(line).text == "Hello"
        assert len(line.instance.chats[STRANGER].messages) == 2

    async def test_a_member_can_have_three_names(self, line: Line) -> None:
        line.gateway.faults.lid_flip = True
        for _ in range(3):
            await writer(line, group=GROUP).write("Hello")

        first, second, third = line.callbacks
        assert second["participantPhone"] == first["participantLid"]
        assert (first["participantPhone"], third["participantPhone"]) == (
            MARIA,
            "554488888888",
        )
        assert first["phone"] == second["phone"] == third["phone"] == GROUP

    async def test_content_can_follow_a_waiting_message(self, line: Line) -> None:
        line.gateway.faults.waiting_then_content = True
        await writer(line).write("Hello")
        await writer(line, group=GROUP).send("CALL_VOICE")
        await writer(line, group=GROUP).write({"image": {"viewOnce": True}})

        waiting, text, _, in_group, image = line.callbacks
        assert waiting.keys() == WAITING
        assert (waiting["waitingMessage"], waiting["viewOnce"]) == (True, False)
        assert waiting["messageId"] == text["messageId"]
        assert text["waitingMessage"] is False
        assert in_group.keys() == WAITING | {"participantPhone", "participantLid"}
        assert in_group["viewOnce"]
        assert in_group["messageId"] == image["messageId"]


class TestControl:
    async def act(self, line: Line, action: str, **body: Any) -> int:
        path = f"/_control/{line.instance.instance_id}/{action}"
        async with line.client.post(path, json=body) as response:
            return response.status

    async def test_all_that_a_person_does_is_an_action(self, line: Line) -> None:
        buttons = await line.send("send-button-list", message="?", buttonList=YES_OR_NO)
        assert buttons
        target = buttons.message_id
        line.callbacks.clear()
        assert await self.act(line, "message", content="Hi", quoted=target) == 200
        own = line.callbacks[-1]["messageId"]
        assert await self.act(line, "press", target=target, choice="y") == 200
        assert await self.act(line, "react", target=target, emoji="👍") == 200
        assert await self.act(line, "edit", target=own, text="Hello") == 200
        assert await self.act(line, "revoke", target=own) == 200
        assert await self.act(line, "send", kind="poll", group=GROUP) == 200
        poll = line.callbacks[-1]["messageId"]
        vote = {"target": poll, "options": ["Yes"], "group": GROUP}
        assert await self.act(line, "vote", **vote) == 200

        assert len(line.callbacks) == 7
        assert line.callbacks[-1]["pollVote"]["pollMessageId"] == poll
        written = line.instance.chats[MARIA].messages[own]
        assert (written.deleted, written.edits) == (True, ["Hi"])

    @pytest.mark.parametrize(
        ("action", "body"),
        [
            ("send", {"kind": "telegram"}),
            ("send", {}),
            ("press", {"target": "A", "choice": "1"}),
            ("react", {"target": "A", "emoji": "👍"}),
        ],
    )
    async def test_what_cannot_be_done_is_refused(
        self, line: Line, action: str, body: dict[str, Any]
    ) -> None:
        assert await self.act(line, action, **body) == 400
        assert line.callbacks == []

    async def test_all_kinds_are_named(self, line: Line) -> None:
        async with line.client.get("/_control/switches") as response:
            kinds = (await response.json())["kinds"]
        assert kinds == {"messages": list(KINDS), "notices": list(NOTICES)}
