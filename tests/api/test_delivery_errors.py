"""The gateway's sentences on what was not sent, and what they mean."""

from hypothesis import given, strategies as st
import pytest

from custom_components.zapi.api import DeliveryFailure, delivery_failure
from simulator import ERRORS

# By the classes of the gateway's documentation, in the order of its sentences.
EXPECTED: dict[str, list[str]] = {
    "refused by WhatsApp": [
        "whatsapp_refused",
        "whatsapp_refused",
        "whatsapp_refused",
        "shadow_ban",
        "whatsapp_refused",
        "group_closed",
    ],
    "setting of the panel, kind of chat": ["buttons_terms", "groups_only"],
    "outcome unclear": ["delivery_unclear"] * 3,
    "recipient": ["number_gone"] * 2,
    "media": ["media_unusable"] * 4,
    "too old": ["message_too_old"] * 2,
    "catalogue, orders": ["delivery_failed"] * 5,
    "events, polls": ["delivery_failed"] * 3,
    "target missing, content": [
        "message_not_found",
        "message_not_found",
        "media_unusable",
        "delivery_failed",
    ],
    "channels": ["not_in_channel"] * len(ERRORS["channels"]),
}


@pytest.mark.parametrize("kind", ERRORS)
def test_each_sentence_that_is_known_has_its_reason(kind: str) -> None:
    assert [delivery_failure(text) for text in ERRORS[kind]] == EXPECTED[kind]


@pytest.mark.parametrize("change", [str.upper, str.lower, lambda text: f" {text}. "])
def test_neither_case_nor_a_full_stop_matters(change: object) -> None:
    assert callable(change)
    assert delivery_failure(change("Phone number does not exist")) == "number_gone"


@given(st.text())
def test_any_other_sentence_is_a_failure_too(error: str) -> None:
    assert delivery_failure(error) in DeliveryFailure


def test_of_a_huge_sentence_nothing_is_kept() -> None:
    assert delivery_failure("5544988888888 " * 100_000) == "delivery_failed"
