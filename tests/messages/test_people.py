"""A number, its form without the ninth digit and a private id are one person."""

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zapi.api import Chat, Message
from custom_components.zapi.messages.pairs import Pairs
from custom_components.zapi.messages.people import People
from simulator import Gateway, Instance
from tests.actions import GROUP, JOAO, LID, MARIA
from tests.common import PHONE, async_add_recipients, recipient

from .incoming import message

WITHOUT_NINTH_DIGIT = "554488888888"
OTHER_LID = "555566667777888@lid"
OTHER_PHONE = "5511988887777"


def number(index: int) -> Chat:
    """Return one of many numbers."""
    return Chat.parse(f"55119{80000000 + index}")


def private(index: int) -> Chat:
    """Return one of many private ids."""
    return Chat.parse(f"{10**14 + index}@lid")


def test_a_pair_is_learned_once_and_works_both_ways() -> None:
    pairs = Pairs()
    assert pairs.learn(Chat.parse(WITHOUT_NINTH_DIGIT), Chat.parse(LID))
    assert not pairs.learn(Chat.parse(MARIA), Chat.parse(LID))
    assert pairs.other(LID) == MARIA
    assert pairs.other(MARIA) == LID
    assert pairs.other(JOAO) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [(None, LID), (MARIA, None), (LID, OTHER_LID), (MARIA, JOAO), (GROUP, LID)],
)
def test_what_is_no_pair_teaches_nothing(one: str | None, other: str | None) -> None:
    pairs = Pairs()
    assert not pairs.learn(one and Chat.parse(one), other and Chat.parse(other))  # type: ignore[arg-type]
    assert len(pairs) == 0


def test_a_number_that_changes_hands_leaves_its_old_owner() -> None:
    pairs = Pairs([(MARIA, LID)])
    pairs.learn(Chat.parse(MARIA), Chat.parse(OTHER_LID))
    assert list(pairs) == [(MARIA, OTHER_LID)]
    assert pairs.other(LID) is None
    pairs.learn(Chat.parse(JOAO), Chat.parse(OTHER_LID))
    assert list(pairs) == [(JOAO, OTHER_LID)]
    assert pairs.other(MARIA) is None


def test_the_first_of_5001_pairs_is_forgotten() -> None:
    pairs = Pairs()
    for index in range(5_001):
        pairs.learn(number(index), private(index))
    assert len(pairs) == 5_000
    assert pairs.other(number(0).id) is None
    assert pairs.other(private(0).id) is None
    assert pairs.other(private(1).id) == number(1).id
    assert list(Pairs(pairs)) == list(pairs)


@pytest.fixture
def pairs() -> Pairs:
    """Return what callbacks have told."""
    return Pairs()


@pytest.fixture
def people(hass: HomeAssistant, house: MockConfigEntry, pairs: Pairs) -> People:
    """Return the people of the house: Maria with a private id, João without."""
    people = People(hass, house, house.runtime_data.coordinator, pairs)
    people.async_start()
    return people


def named(people: People, *ids: str | None) -> str | None:
    """Return what the recipient with some ids is called."""
    chats = [Chat.parse(one) if one else None for one in ids]
    found = people.recipient(*chats)
    return found.title if found else None


@pytest.mark.parametrize(
    ("ids", "name"),
    [
        ([MARIA], "Maria"),
        ([WITHOUT_NINTH_DIGIT], "Maria"),
        ([LID], "Maria"),
        ([OTHER_PHONE, LID], "Maria"),
        ([OTHER_PHONE, None], None),
        ([JOAO, OTHER_LID], "João"),
        ([OTHER_LID], None),
        ([GROUP], "Família"),
        ([PHONE], "Me"),
        (["120363000000000099-group"], None),
    ],
)
def test_a_recipient_is_found_by_any_id(
    people: People, ids: list[str | None], name: str | None
) -> None:
    assert named(people, *ids) == name


def test_a_private_id_is_the_recipients_once_it_came_with_the_number(
    people: People,
) -> None:
    assert named(people, OTHER_LID) is None
    assert people.learn(message(where=JOAO, lid=OTHER_LID))
    assert not people.learn(message(where=JOAO, lid=OTHER_LID))
    assert named(people, OTHER_LID) == "João"


def test_a_member_of_a_group_teaches_their_pair(people: People) -> None:
    people.learn(message(where=GROUP, author=JOAO, author_lid=OTHER_LID))
    assert named(people, OTHER_LID) == "João"


def test_a_callback_knows_better_than_what_was_saved(
    hass: HomeAssistant, house: MockConfigEntry, people: People, pairs: Pairs
) -> None:
    assert pairs.other(MARIA) == LID
    people.learn(message(where=MARIA, lid=OTHER_LID))
    [maria] = [one for one in house.subentries.values() if one.title == "Maria"]
    hass.config_entries.async_update_subentry(house, maria, title="Mãe")
    assert pairs.other(MARIA) == OTHER_LID
    assert named(people, OTHER_LID) == "Mãe"


async def test_recipients_that_come_change_and_go_are_followed(
    hass: HomeAssistant, house: MockConfigEntry, people: People
) -> None:
    ana: ConfigSubentry = recipient("Ana", OTHER_PHONE)
    await async_add_recipients(hass, house, ana)
    assert named(people, OTHER_PHONE) == "Ana"
    hass.config_entries.async_update_subentry(
        house, ana, data={"chat": OTHER_LID, "lid": None}, unique_id=OTHER_LID
    )
    assert named(people, OTHER_PHONE) is None
    assert named(people, OTHER_LID) == "Ana"
    hass.config_entries.async_remove_subentry(house, ana.subentry_id)
    assert named(people, OTHER_LID) is None


async def test_ones_own_number_is_whichever_is_connected(
    hass: HomeAssistant, people: People, gateway: Gateway, instance: Instance
) -> None:
    await gateway.disconnect(instance)
    await gateway.connect(instance, OTHER_PHONE)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert named(people, OTHER_PHONE) == "Me"
    assert named(people, PHONE) is None


def test_a_message_without_ids_of_its_author_has_none(people: People) -> None:
    nobody: Message = message(where=GROUP, name=None)
    assert people.recipient(nobody.sender.phone, nobody.sender.lid) is None
