"""The benchmark's short form: ratios only, which say the same on any machine."""

from bench.callbacks import CONTENDERS, Effort, contest, rounds
from bench.docs import regressions
from bench.report import of_callbacks

from . import MARKS

pytestmark = MARKS

EFFORT = Effort(rounds=20, callbacks=60, parallel_rounds=6, parallel_callbacks=600)
TRIES = 2


async def test_no_callback_takes_half_as_long_again_as_it_did() -> None:
    async with contest() as (built, client):
        for _ in range(TRIES):
            rows = of_callbacks(await rounds(built, client, CONTENDERS, EFFORT))
            # What is slower is so each time; what a busy machine does to it is not.
            if not (worse := regressions(rows)):
                break
    print({row.key: round(row.seen.median, 2) for row in rows})
    assert not worse
