"""The benchmark's short form: ratios only, which say the same on any machine."""

from bench import receiving, sending
from bench.callbacks import CONTENDERS, Effort, contest, rounds
from bench.docs import regressions
from bench.report import of_callbacks, of_messages, of_sending

from . import MARKS

pytestmark = MARKS

EFFORT = Effort(rounds=20, callbacks=60, parallel_rounds=6, parallel_callbacks=600)
MESSAGES = Effort(rounds=12, callbacks=60, parallel_rounds=0, parallel_callbacks=0)
SENDING = sending.Effort(rounds=6, messages=50, files=3)
TRIES = 2
# Encoding 16 MB in the event loop would take longer; what a busy machine does to it, not.
STALL_MILLISECONDS = 100


async def test_no_callback_takes_half_as_long_again_as_it_did() -> None:
    async with contest() as (built, client):
        for _ in range(TRIES):
            rows = of_callbacks(await rounds(built, client, CONTENDERS, EFFORT))
            # What is slower is so each time; what a busy machine does to it is not.
            if not (worse := regressions(rows)):
                break
    print({row.key: round(row.seen.median, 2) for row in rows})
    assert not worse


async def test_no_message_takes_half_as_long_again_as_it_did() -> None:
    for _ in range(TRIES):
        # Telegram's library may not be there.
        rows = of_messages(await receiving.measure(MESSAGES, None))
        if not (worse := regressions(rows)):
            break
    print({row.key: round(row.seen.median, 2) for row in rows})
    assert rows
    assert not worse


async def test_no_text_takes_half_as_long_again_as_it_did_and_no_file_holds_all_up() -> (
    None
):
    for _ in range(TRIES):
        result = await sending.measure(SENDING)
        worse = regressions(of_sending(result))
        if not worse and result.stall.median < STALL_MILLISECONDS:
            break
    print(result)
    assert not worse
    assert result.requests == 1
    assert result.stall.median < STALL_MILLISECONDS
