"""The rules of taking webhooks, without a gateway and without Home Assistant."""

from dataclasses import replace
import time

import pytest

from custom_components.zapi.api import CallbackType
from custom_components.zapi.webhooks.claims import (
    HookState,
    RegistrationStatus,
    are_messages_ours,
    claimable_urls,
    displaced_by_us,
    displaced_urls,
    due_switch,
    filtered_placeholders,
    hook_state,
    kinds_in,
    present_choice,
    registration_status,
    taken_placeholders,
    wanted_types,
    with_choice,
    without_consent,
    without_idle,
)
from custom_components.zapi.webhooks.ledger import Choice, Consent, HookRecord
from custom_components.zapi.webhooks.ownership import Owner

UP, DOWN = CallbackType.CONNECTED, CallbackType.DISCONNECTED
OUR_URL = "https://ha.example.org/api/webhook/1"
OLD_URL = "https://old.example.org/api/webhook/1"
FOREIGN_URL = "https://n8n.example.com/hook?secret=1"
CRM = "https://crm.example.net/hook"
NOTHING = HookRecord()
HELD = HookRecord(displaced=FOREIGN_URL, our_urls=(OUR_URL,), confirmed=OUR_URL)
TAKE_OVER = HookRecord(pending_consent=Consent(FOREIGN_URL, Choice.TAKE_OVER))
LEAVE = HookRecord(pending_consent=Consent(FOREIGN_URL, Choice.LEAVE))
UNKNOWN_CHOICE = HookRecord(pending_consent=Consent(FOREIGN_URL, "ask_in_june"))


def contested() -> HookRecord:
    """Return the record of a webhook that was written again three times today."""
    return replace(HELD, rewrites=(time.time(),) * 3)


@pytest.mark.parametrize(
    ("current", "owner", "record", "state"),
    [
        (OUR_URL, Owner.OURS, NOTHING, HookState.REGISTERED),
        (OUR_URL.replace("ha", "HA"), Owner.OURS, NOTHING, HookState.REGISTERED),
        (OUR_URL, Owner.OURS, LEAVE, HookState.REGISTERED),
        (OLD_URL, Owner.OURS, HELD, HookState.PENDING),
        ("", Owner.FREE, NOTHING, HookState.PENDING),
        (FOREIGN_URL, Owner.FOREIGN, NOTHING, HookState.TAKEN),
        (FOREIGN_URL, Owner.FOREIGN, TAKE_OVER, HookState.PENDING),
        (FOREIGN_URL, Owner.FOREIGN, LEAVE, HookState.DECLINED),
        (FOREIGN_URL, Owner.FOREIGN, UNKNOWN_CHOICE, HookState.TAKEN),
        (CRM, Owner.FOREIGN, TAKE_OVER, HookState.TAKEN),
        (CRM, Owner.FOREIGN, LEAVE, HookState.TAKEN),
        ("", Owner.FREE, contested(), HookState.TAKEN),
    ],
)
def test_the_state_of_a_webhook_follows_from_its_url_its_owner_and_its_record(
    current: str, owner: Owner, record: HookRecord, state: HookState
) -> None:
    assert hook_state(current, owner, record, OUR_URL) is state


@pytest.mark.parametrize(
    ("current", "owner", "record", "displaced"),
    [
        (CRM, Owner.FOREIGN, HELD, CRM),
        ("", Owner.FREE, NOTHING, ""),
        ("", Owner.FREE, HELD, FOREIGN_URL),
        (OLD_URL, Owner.OURS, HELD, FOREIGN_URL),
        (OLD_URL, Owner.OURS, NOTHING, None),
    ],
)
def test_what_is_to_be_restored_is_what_somebody_last_had(
    current: str, owner: Owner, record: HookRecord, displaced: str | None
) -> None:
    assert displaced_by_us(current, owner, record) == displaced


@pytest.mark.parametrize(
    ("states", "is_filtered", "status"),
    [
        ([HookState.REGISTERED] * 2, False, RegistrationStatus.OK),
        ([HookState.REGISTERED] * 2, True, RegistrationStatus.FILTERED),
        ([HookState.REGISTERED, HookState.DECLINED], True, RegistrationStatus.LEFT),
        ([HookState.TAKEN, HookState.DECLINED], False, RegistrationStatus.TAKEN),
        ([HookState.TAKEN, HookState.PENDING], True, RegistrationStatus.NOT_REGISTERED),
    ],
)
def test_a_registration_is_as_good_as_its_worst_webhook(
    states: list[HookState], is_filtered: bool, status: RegistrationStatus
) -> None:
    assert registration_status(states, is_filtered=is_filtered) is status


def test_a_user_may_decide_about_what_was_taken_or_declined() -> None:
    claims = {UP: HookState.TAKEN, DOWN: HookState.DECLINED}
    urls = {UP: FOREIGN_URL, DOWN: CRM, CallbackType.RECEIVED: CRM}
    assert claimable_urls(claims, urls) == {UP: FOREIGN_URL, DOWN: CRM}
    claims = {UP: HookState.REGISTERED, DOWN: HookState.PENDING}
    assert claimable_urls(claims, urls) == {}
    assert kinds_in(claims, HookState.PENDING) == [DOWN]


def test_a_url_counts_as_displaced_while_its_webhook_is_ours() -> None:
    claims = {UP: HookState.REGISTERED, DOWN: HookState.TAKEN}
    assert displaced_urls(claims, {UP: HELD, DOWN: HELD}) == {UP: FOREIGN_URL}
    empty = replace(HELD, displaced="")
    assert displaced_urls(claims, {UP: empty, DOWN: HELD}) == {}


@pytest.mark.parametrize(
    ("state", "record", "choice"),
    [
        (HookState.REGISTERED, NOTHING, None),
        (HookState.REGISTERED, HELD, Choice.TAKE_OVER),
        (
            HookState.REGISTERED,
            replace(HELD, forward=True),
            Choice.TAKE_OVER_AND_FORWARD,
        ),
        (HookState.DECLINED, LEAVE, Choice.LEAVE),
        (HookState.TAKEN, NOTHING, None),
    ],
)
def test_the_present_choice_is_what_was_done(
    state: HookState, record: HookRecord, choice: Choice | None
) -> None:
    claims = {UP: state, DOWN: HookState.REGISTERED}
    assert present_choice(claims, {UP: record, DOWN: NOTHING}) is choice


def test_a_choice_changes_the_records_of_the_urls_that_still_stand() -> None:
    records = {UP: NOTHING, DOWN: NOTHING}
    changed = with_choice(
        Choice.TAKE_OVER,
        {UP: FOREIGN_URL, DOWN: FOREIGN_URL},
        {UP: FOREIGN_URL, DOWN: CRM},
        records,
        set(),
    )
    assert changed == {UP: TAKE_OVER}


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Choice.TAKE_OVER, HELD),
        (Choice.TAKE_OVER_AND_FORWARD, replace(HELD, forward=True)),
        (
            Choice.LEAVE,
            replace(HELD, pending_consent=Consent(FOREIGN_URL, Choice.LEAVE)),
        ),
    ],
)
def test_a_choice_about_what_is_held_concerns_copies_or_the_return(
    choice: Choice, expected: HookRecord
) -> None:
    changed = with_choice(choice, {UP: FOREIGN_URL}, {UP: OUR_URL}, {UP: HELD}, {UP})
    assert changed == {UP: expected}


def test_a_choice_that_failed_leaves_copies_as_they_were() -> None:
    both = {UP: replace(LEAVE, forward=True), DOWN: replace(TAKE_OVER, forward=True)}
    assert without_consent(both, {UP: False}) == {
        UP: NOTHING,
        DOWN: replace(NOTHING, forward=True),
    }


def test_issues_name_callbacks_hosts_and_filters_and_no_secrets() -> None:
    claims = {UP: HookState.TAKEN, DOWN: HookState.TAKEN}
    assert taken_placeholders(claims, {UP: FOREIGN_URL, DOWN: CRM}) == {
        "hooks": "ConnectedCallback, DisconnectedCallback",
        "hosts": "crm.example.net, n8n.example.com",
    }
    assert taken_placeholders({UP: HookState.PENDING}, {UP: FOREIGN_URL}) is None
    assert filtered_placeholders({DOWN, UP}) == {
        "filters": "FILTER_CONNECTED_CALLBACK, FILTER_DISCONNECTED_CALLBACK"
    }
    assert filtered_placeholders(()) is None


FIRST, SECOND = CallbackType.RECEIVED, CallbackType.RECEIVED_DELIVERY
RECEIPTS = {CallbackType.DELIVERY, CallbackType.MESSAGE_STATUS}


@pytest.mark.parametrize(
    ("receive", "more"),
    [
        (None, set()),
        ([], set()),
        (["messages"], {FIRST, SECOND}),
        (["receipts"], RECEIPTS),
        (["messages", "receipts", "own"], {FIRST, SECOND, *RECEIPTS}),
        (["own"], set()),
        (["of another version"], set()),
    ],
)
def test_the_connection_is_always_wanted_and_the_rest_by_choice(
    receive: list[str] | None, more: set[CallbackType]
) -> None:
    options = {} if receive is None else {"receive": receive}
    assert wanted_types(options) == {UP, DOWN, *more}


@pytest.mark.parametrize(
    ("first", "second", "is_set", "kept"),
    [
        (HookState.PENDING, HookState.PENDING, False, {FIRST}),
        (HookState.REGISTERED, HookState.PENDING, False, {FIRST}),
        (HookState.TAKEN, HookState.PENDING, False, {FIRST}),
        (HookState.PENDING, HookState.PENDING, True, {FIRST, SECOND}),
        (HookState.PENDING, HookState.TAKEN, True, {SECOND}),
        (HookState.PENDING, HookState.DECLINED, True, {SECOND}),
        (HookState.DECLINED, HookState.PENDING, True, {FIRST}),
        (HookState.TAKEN, HookState.PENDING, True, {FIRST}),
        (HookState.TAKEN, HookState.TAKEN, True, {FIRST, SECOND}),
        (HookState.REGISTERED, HookState.TAKEN, True, {FIRST, SECOND}),
    ],
)
def test_both_webhooks_of_messages_are_taken_or_none(
    first: HookState, second: HookState, is_set: bool, kept: set[CallbackType]
) -> None:
    claims = {FIRST: first, SECOND: second, UP: HookState.PENDING}
    urls = {FIRST: "", SECOND: CRM if is_set else "", UP: ""}
    assert without_idle(claims, urls).keys() == {UP, *kept}


@pytest.mark.parametrize(
    ("states", "are_ours", "before", "shown", "own", "due"),
    [
        ([HookState.REGISTERED], True, None, False, True, True),
        ([HookState.REGISTERED], True, None, True, True, None),
        ([HookState.REGISTERED] * 2, True, True, True, False, False),
        ([HookState.REGISTERED], True, None, None, True, None),
        ([HookState.PENDING], None, False, True, True, None),
        ([HookState.REGISTERED, HookState.PENDING], None, None, False, True, None),
        ([HookState.REGISTERED, HookState.TAKEN], False, None, False, True, None),
        ([HookState.REGISTERED, HookState.TAKEN], False, False, True, True, False),
        ([HookState.DECLINED], False, True, False, False, True),
        ([], False, False, True, False, False),
        ([], False, None, True, False, None),
    ],
)
def test_the_switch_is_as_wanted_while_messages_are_ours_and_else_as_it_was(
    states: list[HookState],
    are_ours: bool | None,
    before: bool | None,
    shown: bool | None,
    own: bool,
    due: bool | None,
) -> None:
    claims = dict(zip((FIRST, SECOND), states, strict=False))
    hook = replace(NOTHING, sent_by_me=before)
    assert are_messages_ours(claims) is are_ours
    assert due_switch(claims, hook, shown, own=own) is due


def test_what_two_webhooks_have_in_common_is_named_once() -> None:
    claims = {FIRST: HookState.TAKEN, SECOND: HookState.TAKEN}
    placeholders = taken_placeholders(claims, {FIRST: CRM, SECOND: CRM})
    assert placeholders == {"hooks": "ReceivedCallback", "hosts": "crm.example.net"}
    assert filtered_placeholders({FIRST, SECOND}) == {
        "filters": "FILTER_RECEIVED_CALLBACK"
    }
