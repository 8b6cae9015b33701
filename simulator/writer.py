"""Whoever writes to the number, and what they do in a chat (docs/gateway.md, sections 5.3 and 5.4)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import callbacks, screen
from .chats import Message, is_person, key_of
from .exchange import Exchange
from .instance import Instance
from .samples import NOTICES, sample, without_media

if TYPE_CHECKING:
    from .gateway import Gateway

_EDITABLE = {"image", "video", "document"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Somebody at the other end of a chat; with `own`, the number's own phone.

    Each method posts what the gateway would, and returns the exchanges; nothing while the instance is not connected. `changes`
    are fields to set besides, such as `momment` or `messageId`.
    """

    gateway: Gateway
    instance: Instance
    phone: str = field(default="5544988888888", repr=False)
    """Number, private id, channel or broadcast list; of a group's message its author."""
    name: str = field(default="", repr=False)
    """Kept as a contact; empty = the contact's, or the number."""
    group: str = field(default="", repr=False)
    """The group that it is written in; empty = in private."""
    own: bool = False

    @property
    def chat(self) -> str:
        """What stands in `phone` of the callbacks."""
        return self.group or self.phone

    @property
    def author(self) -> str:
        """Who writes."""
        return self.instance.phone if self.own else self.phone

    async def write(
        self,
        content: str | dict[str, Any] = "Is the gate closed?",
        quoted: str = "",
        **changes: Any,
    ) -> list[Exchange]:
        """Write a message.

        Args:
            content: a text, or content keys of section 5.4, or the keys of a notice, which lacks those that are null.
            quoted: the id of the message that it answers.
            **changes: see the class.
        """
        gateway, instance = self.gateway, self.instance
        if not instance.up:
            return []
        self._introduce()
        keys = {"text": {"message": content}} if isinstance(content, str) else content
        if quoted:
            keys = keys | {"referenceMessageId": quoted}
        body, done = self._envelope(), []
        if "notification" in keys:
            body = callbacks.notice(body) | keys
            body = {key: body[key] for key in body if keys.get(key, 0) is not None}
        else:
            if gateway.faults.waiting_then_content:
                early = callbacks.waiting(body | changes, keys)
                done = await gateway.courier.deliver(instance, early)
            body |= keys
        body |= changes
        screen.show_received(instance, body, gateway.clock(), gateway.base_url)
        return done + await gateway.courier.deliver(instance, body)

    async def send(self, kind: str, text: str = "", **changes: Any) -> list[Exchange]:
        """Send a sample of any kind of content, or cause any notice; see `samples.sample`.

        Raises:
            ValueError: there is no such kind.
        """
        gateway, instance = self.gateway, self.instance
        keys = sample(
            kind,
            self.author if is_person(self.author) else instance.phone,
            lambda suffix: gateway.media_url(instance, suffix),
            text,
        )
        if kind in NOTICES:
            call = gateway.hex(32)
            ids = {"CALL": call, "TIME": f"{gateway.moment() // 1000}-59"}
            keys |= {
                key: ids[keys[key]]
                for key in ("callId", "messageId")
                if keys.get(key) in ids
            }
        return await self.write(keys, **changes)

    async def press(self, target: str, choice: str, **changes: Any) -> list[Exchange]:
        """Press a button, or pick a row of a list, by its id.

        Raises:
            ValueError: there is no such message, or no such choice in it.
        """
        message = self._find(target)
        label = choices_of(message).get(choice)
        if label is None:
            raise ValueError("No such choice")
        content: dict[str, Any] = {
            "buttonsResponseMessage": {"buttonId": choice, "message": label}
        }
        if options := message.content.get("optionList"):
            picked = {"title": options["title"], "selectedRowId": choice}
            content = {"listResponseMessage": {"message": label, **picked}}
        return await self.write(content, target, **changes)

    async def vote(
        self, target: str, options: list[str], **changes: Any
    ) -> list[Exchange]:
        """Choose these options of a poll, by name; none withdraws the vote.

        Raises:
            ValueError: there is no such poll, or it has not these options.
        """
        content = self._find(target).content
        offered = content.get("poll") or content.get("options") or []
        if not {one["name"] for one in offered}.issuperset(options):
            raise ValueError("No such option")
        if content.get("pollMaxOptions") == 1 and len(options) > 1:
            raise ValueError("One option at most")
        chosen = [{"name": name} for name in options]
        vote = {"pollMessageId": target, "options": chosen}
        return await self.write({"pollVote": vote}, **changes)

    async def react(self, target: str, emoji: str, **changes: Any) -> list[Exchange]:
        """React to a message; an empty emoji takes it back.

        Raises:
            ValueError: there is no such message.
        """
        message = self._find(target)
        reaction = {
            "value": emoji,
            "time": self.gateway.moment(),
            # Private ids come without their suffix here.
            "reactionBy": self.author.removesuffix("@lid"),
            "referencedMessage": {
                "messageId": target,
                "fromMe": message.from_me,
                "phone": self.chat,
                "participant": (message.author or None) if self.group else None,
            },
        }
        return await self.write({"reaction": reaction}, **changes)

    async def edit(self, target: str, text: str, **changes: Any) -> list[Exchange]:
        """Replace the text or caption of a message of one's own.

        Raises:
            ValueError: there is no such message of theirs, or it has no text.
        """
        kind = self._find_own(target).kind
        if kind != "text" and kind not in _EDITABLE:
            raise ValueError("This kind cannot be edited")
        content = {"message": text}
        if kind in _EDITABLE:
            content = without_media(kind) | {"caption": text}
        ids = {"messageId": target, "editMessageId": self.gateway.hex(32)}
        return await self.write({kind: content, "isEdit": True}, **ids | changes)

    async def revoke(self, target: str, **changes: Any) -> list[Exchange]:
        """Delete a message of one's own, for everybody.

        Raises:
            ValueError: there is no such message of theirs.
        """
        self._find_own(target)
        changes = {"messageId": target} | changes
        return await self.write({"notification": "REVOKE"}, **changes)

    def _envelope(self) -> dict[str, Any]:
        gateway, instance = self.gateway, self.instance
        partner = self.author if self.group else self.phone
        body = callbacks.received(
            instance, gateway.moment(), self._new_id(), partner, self._known_as()
        )
        if self.group:
            title = instance.groups.setdefault(self.group, self.group)
            body = callbacks.in_group(body, self.group, title)
        if self.own:
            body |= {"fromMe": True, "senderName": instance.profile["name"]}
        return body

    def _new_id(self) -> str:
        if self.gateway.faults.colliding_ids:
            chats = self.instance.chats
            taken = (
                message_id
                for chat in chats
                for message_id in reversed(chat.messages)
                if chats.find(self.chat, message_id) is None
            )
            if found := next(taken, ""):
                return found
        return self.gateway.hex(32)

    def _introduce(self) -> None:
        contacts = self.instance.contacts
        is_known = key_of(self.phone) in map(key_of, contacts)
        if is_person(self.phone) and not is_known and not self.own:
            contacts[self.phone] = self._known_as()

    def _known_as(self) -> str:
        names = {key_of(phone): name for phone, name in self.instance.contacts.items()}
        return self.name or names.get(key_of(self.phone), self.phone)

    def _find(self, target: str) -> Message:
        message = self.instance.chats.find(self.chat, target)
        if message is None:
            raise ValueError("No such message in this chat")
        return message

    def _find_own(self, target: str) -> Message:
        message = self._find(target)
        author = message.author or self.instance.phone
        if key_of(author) != key_of(self.author):
            raise ValueError("Somebody else wrote this message")
        return message


def choices_of(message: Message) -> dict[str, str]:
    """Return the label of each button or row that can be chosen, by its id."""
    content = message.content
    buttons = content.get("buttonList", {}).get("buttons", [])
    rows = content.get("optionList", {}).get("options", [])
    actions = content.get("buttonActions", [])
    return {
        one.get("id", str(number)): one.get("label") or one["title"]
        for number, one in enumerate(buttons or rows or actions, 1)
        if one.get("type", "REPLY") == "REPLY"
    }
