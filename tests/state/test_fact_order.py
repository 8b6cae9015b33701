"""Which facts of a poll stand when callbacks came in meanwhile."""

from dataclasses import replace

import pytest

from custom_components.zapi.api import Device, Instance, Status
from custom_components.zapi.state.fact_order import FactOrder, Found
from custom_components.zapi.state.models import InstanceState

UP = Status(connected=True, smartphone_connected=True, error=None)
DOWN = replace(UP, connected=False)
PHONE, OTHER_PHONE = "5544999999999", "5511988887777"
KNOWN = InstanceState(connected=True, phone=OTHER_PHONE)


def device(phone: str | None = PHONE) -> Device:
    """Return a linked phone."""
    return Device(phone=phone, model="android", is_business=False)


@pytest.fixture
def order() -> FactOrder:
    """Return an order in which nothing has been told yet."""
    return FactOrder()


def test_a_poll_that_nobody_overtook_decides(order: FactOrder) -> None:
    began = order.mark()
    assert not order.is_overtaken(began)
    merged = order.merge(KNOWN, Found(DOWN, queued=3), began)
    assert (merged.connected, merged.queued) == (False, 3)
    merged = order.merge(KNOWN, Found(UP, device=device()), began)
    assert merged.phone == PHONE


def test_a_callback_before_the_poll_changes_nothing_of_that(order: FactOrder) -> None:
    order.note_callback(has_phone=True)
    began = order.mark()
    merged = order.merge(KNOWN, Found(DOWN, device=device()), began)
    assert merged.connected is False


def test_what_a_callback_told_meanwhile_stays(order: FactOrder) -> None:
    began = order.mark()
    order.note_callback(has_phone=True)
    assert order.is_overtaken(began)
    merged = order.merge(KNOWN, Found(DOWN, device=device(), queued=3), began)
    assert (merged.connected, merged.phone) == (True, OTHER_PHONE)
    assert (merged.smartphone_connected, merged.queued) == (True, 3)


def test_a_callback_without_a_phone_leaves_it_to_the_poll(order: FactOrder) -> None:
    began = order.mark()
    order.note_callback(has_phone=False)
    assert order.merge(KNOWN, Found(UP, device=device()), began).phone == PHONE


@pytest.mark.parametrize(
    "found", [Found(DOWN, device=device()), Found(UP, device=device(None)), Found(UP)]
)
def test_the_last_phone_stays_where_none_is_connected(
    order: FactOrder, found: Found
) -> None:
    assert order.merge(KNOWN, found, order.mark()).phone == OTHER_PHONE


def test_an_instance_that_was_read_meanwhile_stays(order: FactOrder) -> None:
    old, new = (Instance.from_json({"id": "A", "name": name}) for name in "ab")
    began = order.mark()
    known = KNOWN._replace(instance=new)
    order.note_instance()
    assert order.merge(known, Found(UP, instance=old), began).instance is new
    assert order.merge(known, Found(UP, instance=old), order.mark()).instance is old
