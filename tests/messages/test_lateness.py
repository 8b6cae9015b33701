"""How old a message is when it is handed on, whatever the clocks say."""

from hypothesis import given, strategies as st
import pytest

from custom_components.zapi.messages.lateness import Lateness

NOW = 1_790_000_000.0
MINUTE = 60


@pytest.mark.parametrize(
    ("age", "waited", "is_late"),
    [
        (0, 0, False),
        (5, 0, False),
        (120, 0, False),
        (121, 0, True),
        (3600, 0, True),
        # What waits here ages, too.
        (0, 121, True),
        (60, 61, True),
        (60, 60, False),
        # Z-API's clock is ahead, within reason.
        (-500, 0, False),
        (-500, 121, True),
    ],
)
def test_the_first_message_after_a_start_is_judged_by_its_age(
    age: float, waited: float, is_late: bool
) -> None:
    lateness = Lateness()
    arrived = NOW - waited
    lateness.learn(arrived - age, arrived)
    assert lateness.is_late(arrived - age, arrived, NOW) is is_late


@pytest.mark.parametrize("moment", [None, NOW + 601, NOW * 10])
@pytest.mark.parametrize(("waited", "is_late"), [(0, False), (120, False), (121, True)])
def test_a_moment_that_says_nothing_is_the_arrival_and_teaches_nothing(
    moment: float | None, waited: float, is_late: bool
) -> None:
    lateness = Lateness()
    lateness.learn(moment, NOW)
    assert lateness.is_late(moment, NOW, NOW + waited) is is_late
    assert lateness.samples == {0: 0.0}


def prompt(lateness: Lateness, difference: float, start: float, minutes: int) -> float:
    """Let one message a minute arrive two seconds after it was sent; return when."""
    for minute in range(minutes):
        arrived = start + minute * MINUTE
        lateness.learn(arrived - 2 - difference, arrived)
    return start + minutes * MINUTE


@pytest.mark.parametrize("difference", [-500, -90, 0, 300, 86_400])
def test_clocks_that_differ_are_learned(difference: float) -> None:
    lateness = Lateness()
    now = prompt(lateness, difference, NOW, 50)
    assert not lateness.is_late(now - 100 - difference, now, now)
    assert lateness.is_late(now - 130 - difference, now, now)
    told = lateness.clock_difference
    assert (told is not None) == (abs(difference) > 60)
    assert told is None or told == pytest.approx(difference, abs=3)


def test_what_comes_all_at_once_teaches_little() -> None:
    lateness = Lateness()
    now = prompt(lateness, 0, NOW, 50)
    for number in range(60):
        lateness.learn(now - 3600 + number, now)
        assert lateness.is_late(now - 3600 + number, now, now)
    assert len(lateness.samples) == 50


def test_the_smallest_age_of_a_minute_is_its_sample() -> None:
    lateness = Lateness({1: 5.0})
    minute = int(NOW // MINUTE)
    for age in (9.0, 7.0, 8.0):
        lateness.learn(NOW - age, NOW)
    assert lateness.samples == {1: 5.0, minute: 7.0}


def test_samples_outlive_a_restart() -> None:
    before = Lateness()
    now = prompt(before, 300, NOW, 50)
    after = Lateness(before.samples)
    assert after.samples == before.samples
    assert not after.is_late(now - 302, now, now)


@pytest.mark.parametrize(("sent", "is_late"), [(-1, True), (0, False), (1, False)])
def test_what_was_sent_before_the_start_after_an_unclean_stop_is_late(
    sent: float, is_late: bool
) -> None:
    lateness = Lateness(not_before=NOW)
    assert lateness.is_late(NOW + sent, NOW + 2, NOW + 2) is is_late


def test_the_start_is_compared_by_one_clock() -> None:
    before = Lateness()
    now = prompt(before, -300, NOW, 50)
    after = Lateness(before.samples, not_before=now)
    # By Z-API's clock both come after the start.
    assert after.is_late(now - 5 + 300, now, now)
    assert not after.is_late(now + 5 + 300, now + 7, now + 7)


@given(
    st.lists(
        st.tuples(
            st.floats(0, 7200),
            st.floats(0, 7200),
            st.floats(0, 600),
        ),
        max_size=49,
    )
)
def test_nothing_older_than_two_minutes_is_obeyed_while_the_clocks_agree(
    messages: list[tuple[float, float, float]],
) -> None:
    """Each is a pause before it, its way, and its wait here."""
    lateness, now = Lateness(), NOW
    for pause, way, wait in messages:
        now += pause
        arrived = now
        moment = arrived - way
        lateness.learn(moment, arrived)
        now += wait
        is_late = lateness.is_late(moment, arrived, now)
        assert is_late or now - moment <= 120
        assert not is_late or way + wait > 119
